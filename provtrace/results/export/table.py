"""Tables for spreadsheets: one row per derivation, and CSV that opens as data (no cell of it starts a formula)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from provtrace.results.report.words import CONTROL_PICTURES
from provtrace.results.verdicts import verdicts

# What makes spreadsheets read a cell as a formula, or run it through the clipboard.
_FORMULA: Final = r"^[=+\-@\t\r\n]"
_CONTROL: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
_DIGITS: Final = 6  # 32-bit floats have no more

_EDGE_COLUMNS: Final = (
    "derived_id",
    "derived_kind",
    "derived_outlet",
    "derived_language",
    "derived_published_at",
    "source_id",
    "source_kind",
    "source_outlet",
    "source_language",
    "source_published_at",
    "upstream_agency",
    "relation",
    "probability",
    "share",
    "credited",
    "names_agencies",
    "text_of_agencies",
    "verdict",
    "note",
    "reasons",
)


def derivation_rows(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """One row per derivation, with both ends' outlets and what the derived article credits; upstreams have neither."""
    articles = tables["articles"].select("article_id", "outlet", "language", "published_at")
    upstreams = tables["upstreams"].select(
        pl.col("upstream_id").alias("source_id"), pl.col("agency").alias("upstream_agency")
    )
    edges = tables["derivations"].join(
        articles.rename({name: f"derived_{name.removeprefix('article_')}" for name in articles.columns}),
        on="derived_id",
        how="left",
    )
    edges = edges.join(
        articles.rename({name: f"source_{name.removeprefix('article_')}" for name in articles.columns}),
        on="source_id",
        how="left",
    )
    judged = verdicts(tables).select(pl.col("article_id").alias("derived_id"), "credited", "textual", "verdict", "note")
    judged = judged.rename({"credited": "names_agencies", "textual": "text_of_agencies"})
    kinds = [
        pl.when(pl.col(f"{end}_id").is_in(articles["article_id"].implode()))
        .then(pl.lit("article"))
        .otherwise(pl.lit("upstream"))
        .alias(f"{end}_kind")
        for end in ("derived", "source")
    ]
    return (
        edges.join(upstreams, on="source_id", how="left")
        .join(judged, on="derived_id", how="left")
        .with_columns(kinds)
        .select(_EDGE_COLUMNS)
        .sort("derived_id", "source_id", "relation")
    )


def csv_text(frame: pl.DataFrame) -> str:
    """The frame as CSV with a header (RFC 4180, UTF-8, lines end in a line feed).

    Lists are joined by ``; ``, floats rounded to six digits. Text that a spreadsheet would take for a formula is
    preceded by an apostrophe. Control characters are shown by pictures of them.
    """
    return frame.select(_cell(name, dtype) for name, dtype in frame.schema.items()).write_csv()


def _cell(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.List):
        return _guarded(column.list.eval(pl.element().cast(pl.String)).list.join("; ", ignore_nulls=True)).alias(name)
    if dtype == pl.String:
        return _guarded(column).alias(name)
    if dtype.is_float():
        return column.cast(pl.Float64).round(_DIGITS)
    return column


def _guarded(text: pl.Expr) -> pl.Expr:
    shown = pl.when(text.str.contains(_CONTROL)).then(text.str.replace_many(dict(CONTROL_PICTURES))).otherwise(text)
    return pl.when(text.str.contains(_FORMULA)).then("'" + shown).otherwise(shown)
