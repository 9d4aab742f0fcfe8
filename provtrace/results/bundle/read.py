"""An evidence bundle, taken apart. Anyone may have made it, so it is trusted in nothing.

Nothing of it is written to disk and none of its names is used as a path; members are looked up by the names that a
bundle has, and their sizes are bounded before they are unpacked.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import polars as pl

from provtrace.errors import InputError, RunError
from provtrace.results.bundle import layout
from provtrace.results.bundle.hashes import ALGORITHM, HASH
from provtrace.settings import VERSION, Settings
from provtrace.tables import PRECISIONS, SCHEMA_VERSION, TIMESTAMP

_MEMBERS: Final = frozenset([layout.README, layout.MANIFEST, *map(layout.member, (*layout.PARTS, *layout.AUDITS))])
_COMPRESSION: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SALT: Final = re.compile("[0-9a-f]{32}")
_MODEL: Final = "transformers:"
_MAX_MANIFEST: Final = 1 << 20  # bytes; one has a few hundred
_BLOCK: Final = 20_000  # rows


@dataclass(frozen=True, eq=False)
class Bundle:
    """What a bundle states.

    Attributes:
        path: where it was read from.
        version: the version of provtrace that made it.
        signature: the signature it states.
        settings: the settings it states.
        salt: what its hashes begin with.
        tables: the tables of `layout.PARTS`, with the columns of `layout.schema`.
    """

    path: Path
    version: str
    signature: str
    settings: Settings
    salt: str
    tables: Mapping[str, pl.DataFrame]
    _audits: Mapping[str, bytes]

    def __repr__(self) -> str:
        return f"<Bundle {self.path.name}: {self.tables['articles'].height} articles, provtrace {self.version}>"

    def rows(self, name: str) -> int:
        """How many rows a table or an audit has."""
        return self.tables[name].height if name in self.tables else sum(1 for _ in _lines(self._audits[name]))

    def trusted(self, encoder: str | None, translator: str | None) -> Settings:
        """The settings, with the models that whoever verifies names.

        A model in a folder or on a hub is never loaded because a bundle says so.

        Args:
            encoder: stands for the bundle's; None for the bundle's own, which must be one that comes with provtrace.
            translator: stands for the bundle's; None for none, which the bundle's must be too.

        Raises:
            InputError: the bundle names a model that has to be named again.
        """
        named = {"encoder": (self.settings.encoder, encoder), "translator": (self.settings.translator, translator)}
        for option, (stated, mine) in named.items():
            if mine is None and stated is not None and stated.startswith(_MODEL):
                raise InputError(
                    f"{self.path} was made with the {option} {stated!r}: name it with --{option}, if you trust it"
                )
        return replace(
            self.settings, encoder=encoder or self.settings.encoder, translator=translator or self.settings.translator
        )

    def audit(self, name: str, schema: pl.Schema) -> pl.DataFrame:
        """One of `layout.AUDITS`, whose columns are those that the audit of this version has.

        Raises:
            RunError: it has others.
        """
        return _frame(self._audits[name], schema, f"{self.path}: {layout.member(name)}")


def read_bundle(path: str | Path) -> Bundle:
    """Read a bundle.

    Raises:
        RunError: there is none in that place, it is damaged, or no version like this one made it.
    """
    place = Path(path)
    contents = _unpacked(place)
    manifest = _manifest(contents[layout.MANIFEST], place)
    try:
        settings = Settings.from_stored(manifest.get("settings"))
    except InputError as error:
        raise RunError(
            f"the settings in {place} can't be used ({error}): verify it with provtrace {manifest.get('version')!r}"
        ) from error
    tables = {
        name: _frame(contents[layout.member(name)], layout.schema(name), f"{place}: {layout.member(name)}")
        for name in layout.PARTS
    }
    _check_articles(tables["articles"], place)
    return Bundle(
        path=place,
        version=_text(manifest, "version", place),
        signature=_text(manifest, "signature", place),
        settings=settings,
        salt=_text(manifest, "salt", place),
        tables=tables,
        _audits={name: contents[layout.member(name)] for name in layout.AUDITS},
    )


def _unpacked(place: Path) -> dict[str, bytes]:
    """Every member by its name; all of a bundle's are there, and no other."""
    try:
        with zipfile.ZipFile(place) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if sorted(names) != sorted(_MEMBERS):
                raise RunError(f"{place} is no evidence bundle of provtrace {VERSION}: {_odd(names)}")
            if any(entry.compress_type not in _COMPRESSION for entry in entries):
                raise RunError(f"{place} is compressed in a way that no bundle is")
            if sum(entry.file_size for entry in entries) > layout.MAX_BYTES:
                raise RunError(f"{place} would have more than {layout.MAX_BYTES:,} bytes unpacked")
            return {entry.filename: archive.read(entry) for entry in entries}
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise RunError(f"{place} can't be read as an evidence bundle: {error}") from error


def _odd(names: list[str]) -> str:
    lacking = sorted(_MEMBERS.difference(names))
    if lacking:
        return f"it lacks {', '.join(lacking)}"
    return "it holds members that a bundle does not have, or one of them twice"


def _manifest(content: bytes, place: Path) -> dict[str, Any]:
    try:
        if len(content) > _MAX_MANIFEST:
            raise ValueError(f"larger than {_MAX_MANIFEST} bytes")
        manifest = json.loads(content)
        if not isinstance(manifest, dict):
            raise ValueError("not an object")
    except (ValueError, RecursionError) as error:
        raise RunError(f"the manifest of {place} can't be read: {error}") from error
    expected = (layout.FORMAT, SCHEMA_VERSION, ALGORITHM)
    if (manifest.get("format"), manifest.get("schema"), manifest.get("hash")) != expected:
        raise RunError(
            f"{place} is a bundle of schema {manifest.get('schema')!r} (provtrace {manifest.get('version')!r}); "
            f"this is provtrace {VERSION}, which verifies schema {SCHEMA_VERSION}: "
            "verify it with the version that made it, or ask for a bundle of this one"
        )
    if not _SALT.fullmatch(_text(manifest, "salt", place)):
        raise RunError(f"the salt of {place} is none that a bundle has")
    return manifest


def _text(manifest: Mapping[str, Any], key: str, place: Path) -> str:
    value = manifest.get(key)
    if not isinstance(value, str):
        raise RunError(f"the manifest of {place} has no {key}")
    return value


def _check_articles(articles: pl.DataFrame, place: Path) -> None:
    """Hold the articles to what the pipeline may be given; whatever else is wrong is found by comparing."""
    for name in ("article_id", "language", HASH):
        if articles[name].null_count():
            raise RunError(f"{place} has an article without {name}")
    twice = articles["article_id"].filter(articles["article_id"].is_duplicated())
    if not twice.is_empty():
        raise RunError(f"{place} has the article {twice[0]!r} twice")
    strange = set(articles["published_precision"].drop_nulls()).difference(PRECISIONS)
    if strange:
        raise RunError(f"{place} has a published_precision that can't be: {min(strange)!r}")


def _frame(content: bytes, schema: pl.Schema, where: str) -> pl.DataFrame:
    """A table, from one JSON object a line; row objects, which take many times their bytes, exist for a block only."""
    try:
        lines = _lines(content)
        blocks = iter(lambda: [_row(line, schema) for line in islice(lines, _BLOCK)], [])
        return pl.concat([schema.to_frame(), *(_block(rows, schema) for rows in blocks)])
    except (ValueError, TypeError, OverflowError, RecursionError, pl.exceptions.PolarsError) as error:
        raise RunError(f"{where} can't be read: {error}") from error


def _block(rows: list[dict[str, Any]], schema: pl.Schema) -> pl.DataFrame:
    columns = {name: _column([row[name] for row in rows], name, dtype) for name, dtype in schema.items()}
    return pl.DataFrame(columns, schema=schema)


def _lines(content: bytes) -> Iterator[bytes]:
    return (line for line in io.BytesIO(content) if line.strip())


def _row(line: bytes, schema: pl.Schema) -> dict[str, Any]:
    row = json.loads(line)
    if not isinstance(row, dict) or row.keys() != schema.keys():
        raise ValueError(f"a row has other columns than {', '.join(schema)}")
    return row


def _column(values: list[Any], name: str, dtype: pl.DataType) -> list[Any]:
    """Values as JSON has them, held to the types that stand for the column's; polars would turn others into it."""
    given = [value for value in values if value is not None]
    if isinstance(dtype, pl.List):
        if not all(isinstance(value, list) for value in given):
            raise ValueError(f"{name} has a value that is no list")
        _column(list(chain.from_iterable(given)), name, _inner(dtype))
        return values
    strange = set(map(type, given)) - _types(dtype)
    if strange:
        raise ValueError(f"{name} has a value of type {min(kind.__name__ for kind in strange)}")
    if dtype == TIMESTAMP:
        return [None if value is None else _time(value, name) for value in values]
    return values


def _time(value: str, name: str) -> datetime:
    """A time in UTC, where year 1 may turn out to be year 0, which there is not."""
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError(f"{name} has a time without a zone: {value!r}")
    return time.astimezone(UTC)


def _inner(dtype: pl.List) -> pl.DataType:
    return dtype.inner if isinstance(dtype.inner, pl.DataType) else dtype.inner()


def _types(dtype: pl.DataType) -> set[type]:
    if dtype.is_integer():
        return {int}
    if dtype.is_float():
        return {int, float}
    return {bool} if dtype == pl.Boolean else {str}
