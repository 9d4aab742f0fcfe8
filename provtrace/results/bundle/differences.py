"""Two versions of one table held against one another, figure by figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from provtrace.tables import canonical, conform, table

# Vectors differ in their last bits from processor to processor, and with them whatever is computed of them.
TOLERANCE: Final = 1e-4

DIFFERENCES: Final = table(
    {
        "table": pl.String,
        "row": pl.String,  # its keys, joined by " / "
        "column": pl.String,  # ? null where the whole row is on one side alone
        "stated": pl.String,  # ? by the bundle
        "found": pl.String,  # ? by tracing the texts again
    }
)

_NTH, _STATED, _FOUND = "_nth", "_stated", "_found"
_ROW: Final = "a row"


def differences(name: str, stated: pl.DataFrame, found: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Where two frames of one schema differ.

    Args:
        name: what the table is called.
        stated: one version.
        found: the other.
        keys: the columns that tell rows apart; rows alike in them are told apart by their order.

    Returns:
        A frame of `DIFFERENCES`: one row a cell that differs, floats by more than `TOLERANCE` (relative to the
        larger where that is above 1), and one a row that only one version has.
    """
    by = [*keys, _NTH]
    sides = [_numbered(frame, keys).with_columns(pl.lit(True).alias(mark)) for frame, mark in
             ((stated, _STATED), (found, _FOUND))]  # fmt: skip
    both = sides[0].join(sides[1], on=by, how="full", coalesce=True, nulls_equal=True, suffix=_FOUND)
    both = both.with_columns(_label(keys).alias("row"))
    alone = both.filter(pl.col(_STATED).is_null() | pl.col(_FOUND).is_null()).select(
        pl.lit(name).alias("table"),
        "row",
        pl.lit(None, dtype=pl.String).alias("column"),
        pl.when(pl.col(_STATED)).then(pl.lit(_ROW)).alias("stated"),
        pl.when(pl.col(_FOUND)).then(pl.lit(_ROW)).alias("found"),
    )
    met = both.filter(pl.col(_STATED) & pl.col(_FOUND))
    cells = [_cells(met, name, column, dtype) for column, dtype in stated.schema.items() if column not in keys]
    return conform(pl.concat([alone, *cells]), DIFFERENCES).sort("row", "column", nulls_last=False)


def _numbered(frame: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    return canonical(frame).with_columns(pl.int_range(pl.len()).over(keys).alias(_NTH))


def _label(keys: Sequence[str]) -> pl.Expr:
    return pl.concat_str([pl.col(key).cast(pl.String).fill_null("-") for key in keys], separator=" / ")


def _cells(met: pl.DataFrame, name: str, column: str, dtype: pl.DataType) -> pl.DataFrame:
    stated, found = pl.col(column), pl.col(f"{column}{_FOUND}")
    return met.filter(~_alike(stated, found, dtype)).select(
        pl.lit(name).alias("table"),
        "row",
        pl.lit(column).alias("column"),
        _shown(stated, dtype).alias("stated"),
        _shown(found, dtype).alias("found"),
    )


def _alike(stated: pl.Expr, found: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    same = stated.eq_missing(found)
    if not dtype.is_float():
        return same
    one, other = stated.cast(pl.Float64), found.cast(pl.Float64)
    scale = pl.max_horizontal(one.abs(), other.abs(), pl.lit(1.0))
    return same | ((one - other).abs() <= TOLERANCE * scale).fill_null(False)


def _shown(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.List):
        return column.list.eval(pl.element().cast(pl.String)).list.join("; ", ignore_nulls=True)
    return column.cast(pl.String)
