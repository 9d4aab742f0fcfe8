"""CSV that spreadsheets open as data: no cell of it starts a formula."""

from __future__ import annotations

from typing import Final

import polars as pl

# What makes spreadsheets read a cell as a formula, or run it through the clipboard.
_FORMULA: Final = r"^[=+\-@\t\r\n]"
_DIGITS: Final = 6  # 32-bit floats have no more


def csv_text(frame: pl.DataFrame) -> str:
    """The frame as CSV with a header (RFC 4180, UTF-8, lines end in a line feed).

    Lists are joined by ``; ``, floats rounded to six digits. Text that a spreadsheet would take for a formula is
    preceded by an apostrophe.
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
    return pl.when(text.str.contains(_FORMULA)).then("'" + text).otherwise(text)
