"""Tables to records: CSV and Parquet files, polars and pandas frames."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from provtrace.errors import InputError
from provtrace.stages.read import fields, streams
from provtrace.stages.read.records import Limits, Record, Reject, Unusable, shown
from provtrace.stages.read.streams import Stream

if TYPE_CHECKING:
    import pandas as pd

_DELIMITERS: Final = ",;\t|"
_BATCH: Final = 256  # rows of a Parquet file that are Python objects at once


def csv_rows(stream: Stream, limits: Limits) -> Iterator[Record | Reject]:
    """The rows below the header of a table separated by commas, semicolons, tabs or bars.

    A row is the unit of damage: one that is not UTF-8, or not as wide as the header, is rejected alone.

    Raises:
        Unusable: no column holds a text, or two have one name.
    """
    source = _Lines(stream, limits)
    first = next(source, "")
    delimiter = max(_DELIMITERS, key=lambda char: len(fields.wanted(_cells(first, char))))
    reader = csv.reader(chain([first], source), delimiter=delimiter, strict=True)
    names = _header(_row(reader, source, limits))
    while True:
        where = f"line {reader.line_num + 1}"
        try:
            row = _row(reader, source, limits)
        except Unusable as unusable:
            yield Reject(where, str(unusable))
            continue
        if row is None:
            return
        if len(row) == len(names):
            yield Record(where, dict(zip(names, row, strict=True)))
        elif row:  # a blank line is an empty row
            yield Reject(where, f"the row has {len(row)} cells, the header {len(names)}")


class _Lines:
    """The lines of a CSV file as text. Bytes that are not UTF-8 pass as surrogates, and their place is kept."""

    def __init__(self, stream: Stream, limits: Limits) -> None:
        self._lines = streams.lines(stream, limits)
        self._limit = limits.line
        self.damage: str | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        if line.data is None:
            self.damage = f"line {line.number} is longer than {self._limit:,} bytes"
            return "\n"
        try:
            return streams.text(line.data, line.offset)
        except Unusable as unusable:
            self.damage = str(unusable)
            return line.data.decode(errors="surrogateescape")


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _row(reader: Iterator[list[str]], source: _Lines, limits: Limits) -> list[str] | None:
    """The next row; None at the end.

    Raises:
        Unusable: the row is damaged.
    """
    outside = csv.field_size_limit(limits.text)  # the module's only setting is global: borrowed for one row
    row, problem = None, None
    try:
        row = next(reader, None)
    except csv.Error as error:
        problem = f"not valid CSV: {error}"
    finally:
        csv.field_size_limit(outside)
    problem, source.damage = source.damage or problem, None
    if problem:
        raise Unusable(problem)
    return row


def _header(row: list[str] | None) -> list[str]:
    names = row or []
    fields.columns(names)
    return names


def parquet_rows(path: Path, limits: Limits) -> Iterator[Record | Reject]:
    """The rows of a Parquet file; of its columns only those that mean a field are read.

    Raises:
        Unusable: the file is damaged, expands beyond the limits, or no column holds a text.
    """
    try:
        yield from _parquet_rows(pl.scan_parquet(path, glob=False, hive_partitioning=False), limits)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise Unusable(f"not a readable Parquet file: {shown(error)}") from error


def _parquet_rows(table: pl.LazyFrame, limits: Limits) -> Iterator[Record]:
    schema = table.collect_schema()
    columns = fields.columns(schema)
    strings = [name for name in columns if schema[name] == pl.String]
    size = table.select(pl.sum_horizontal(pl.col(name).str.len_bytes().sum() for name in strings)) if strings else None
    if size is not None and (size.collect().item() or 0) > limits.stream:
        raise Unusable(f"expands to more than {limits.stream:,} bytes")
    rows = table.select(pl.len()).collect().item()
    for start in range(0, rows, _BATCH):
        yield from _rows(table.select(columns).slice(start, _BATCH).collect(), start)


def _rows(frame: pl.DataFrame, before: int = 0) -> Iterator[Record]:
    for number, row in enumerate(frame.iter_rows(named=True), before + 1):
        yield Record(f"row {number}", row)


def polars_rows(frame: pl.DataFrame) -> Iterator[Record]:
    """The rows of a polars frame.

    Raises:
        InputError: no column holds a text.
    """
    return _rows(frame.select(_frame_columns(frame.columns)))


def pandas_rows(frame: pd.DataFrame) -> Iterator[Record]:
    """The rows of a pandas frame; a named index is a column.

    Raises:
        InputError: no column holds a text, or two have one name.
    """
    if frame.index.name is not None and frame.index.name not in frame.columns:
        frame = frame.reset_index()
    columns = _frame_columns(frame.columns)
    rows = zip(*(frame[name].tolist() for name in columns), strict=True)
    return (Record(f"row {number}", dict(zip(columns, row, strict=True))) for number, row in enumerate(rows, 1))


def is_pandas(value: object) -> bool:
    """Whether the value is a pandas frame, found out without importing pandas."""
    return any(
        kind.__module__.partition(".")[0] == "pandas" and kind.__name__ == "DataFrame" for kind in type(value).__mro__
    )


def _frame_columns(names: Iterable[object]) -> list[str]:
    try:
        return fields.columns(names)
    except Unusable as unusable:
        raise InputError(f"the frame can't be read: {unusable}") from unusable
