"""`read`: any source of articles to ARTICLES and REJECTS."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import polars as pl

from provtrace.errors import InputError
from provtrace.stages.read import files, jsons, languages, pages, streams, tabular
from provtrace.stages.read.articles import Article, article
from provtrace.stages.read.records import Limits, Record, Reject, Unusable, shown
from provtrace.stages.read.streams import Stream
from provtrace.tables import ARTICLES, REJECTS, canonical, conform

if TYPE_CHECKING:
    import pandas as pd

Source: TypeAlias = "str | Path | pl.DataFrame | pd.DataFrame | Iterable[str | Path] | Iterable[Mapping[str, object]]"

DEFAULT_LIMITS: Final = Limits()

_MEMORY: Final = "records"  # the source of what came from no file


def read(source: Source, *, limits: Limits = DEFAULT_LIMITS) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read articles from files, frames or records; what can't become an article becomes a reject with its reason.

    Files are JSON Lines (``.jsonl``, ``.ndjson``), JSON (one object or an array; IPTC ninjs 1 to 3), CSV (``.csv``,
    ``.tsv``), plain text (``.txt``: one article, the stem is its id), HTML (``.html``, ``.htm``; extra ``html``), any
    of those also with ``.gz``, WARC (``.warc``, ``.wet``, ``.gz`` of both; extra ``warc``) and Parquet. Field names are
    recognised by `fields.SYNONYMS`, whatever their case. A record without an id is called by its URL, or by a hash of
    its content. Of several records with one id the first by content is kept, so that the order of files is no matter.

    Args:
        source: a path, a folder (read with all below it), a glob, several of those; a polars or pandas frame; or
            mappings, one an article.
        limits: the sizes beyond which something is rejected.

    Returns:
        ARTICLES, sorted by id, texts unchanged (a page's or ninjs item's markup is gone), and REJECTS. Both may be
        empty.

    Raises:
        InputError: a path does not exist, a glob matches nothing, a frame has no text column, or the source is of no
            kind that can be read.
        MissingExtra: a file of the source needs an optional dependency.
    """
    found: list[_Found] = []
    rejects: list[_Row] = []
    for origin, item in _items(source, limits):
        try:
            if isinstance(item, Reject):
                raise Unusable(item.reason)
            found.append(_Found(article(item, limits), origin, item.where))
        except Unusable as unusable:
            rejects.append(_Row(origin, item.where, str(unusable)))
    kept, doubles = _distinct(found)
    return _articles(kept), _rejects([*rejects, *doubles])


class _Found(NamedTuple):
    article: Article
    source: str
    where: str | None


class _Row(NamedTuple):
    source: str
    record: str | None
    reason: str


_Items: TypeAlias = Iterator[tuple[str, Record | Reject]]


def _items(source: Source, limits: Limits) -> _Items:
    if isinstance(source, str | Path):
        return _of_files([source], limits)
    if isinstance(source, pl.DataFrame):
        return ((_MEMORY, record) for record in tabular.polars_rows(source))
    if tabular.is_pandas(source):
        return ((_MEMORY, record) for record in tabular.pandas_rows(source))
    if isinstance(source, Iterable) and not isinstance(source, Mapping | bytes | bytearray):
        return _of_iterable(source, limits)
    raise InputError(
        f"can't read articles from a value of type {type(source).__name__}; "
        "give a path, paths, a polars or pandas frame, or an iterable of mappings"
    )


def _of_iterable(source: Iterable[object], limits: Limits) -> _Items:
    paths: list[str | Path] = []
    for number, item in enumerate(source, 1):
        where = f"record {number}"
        if isinstance(item, str | Path):
            paths.append(item)
        elif isinstance(item, Mapping):
            yield _MEMORY, Record(where, item)
        else:
            yield _MEMORY, Reject(where, f"of type {type(item).__name__}, neither a mapping nor a path")
    yield from _of_files(paths, limits)


def _of_files(paths: Iterable[str | Path], limits: Limits) -> _Items:
    for path in files.expand(paths):
        count = 0
        for count, item in enumerate(_file(path, limits), 1):  # noqa: B007 - zero if there is none
            yield str(path), item
        if not count:
            yield str(path), Reject(None, "no record in the file")


def _file(path: Path, limits: Limits) -> Iterator[Record | Reject]:
    """Records and rejects of one file; whatever breaks it off is its last reject."""
    try:
        if not path.is_file():
            raise Unusable("not a file that can be opened")
        yield from _parsed(path, limits)
    except Unusable as unusable:
        yield Reject(None, str(unusable))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield Reject(None, f"damaged or cut off gzip: {error}; what follows was not read")
    except OSError as error:
        yield Reject(None, f"can't be read: {error.strerror or error}")


def _parsed(path: Path, limits: Limits) -> Iterator[Record | Reject]:
    stem, suffix = path.stem, path.suffix.casefold()
    if suffix == ".parquet":
        yield from tabular.parquet_rows(path, limits)
        return
    if suffix == ".gz":
        stem, suffix = Path(stem).stem, Path(stem).suffix.casefold()
    parser = _PARSERS.get(suffix)
    if parser is None:
        raise Unusable(
            f"unsupported file type; recognised: .parquet, {', '.join(sorted(_PARSERS))}, the latter also as gz"
        )
    with streams.opened(path, limits) as stream:
        for item in parser(stream, limits):
            yield _named(item, stem) if suffix in _ONE_ARTICLE else item


def _named(item: Record | Reject, stem: str) -> Record | Reject:
    return Record(item.where, {"id": stem, **item.fields}) if isinstance(item, Record) else item


def _plain_text(stream: Stream, limits: Limits) -> Iterator[Record | Reject]:
    stream = streams.utf8(stream, limits)
    offset = stream.tell()
    data = stream.document(4 * limits.text, of="the text")
    yield Record(None, {"text": streams.text(data, offset)})


_PARSERS: Final[Mapping[str, Callable[[Stream, Limits], Iterator[Record | Reject]]]] = {
    ".csv": tabular.csv_rows,
    ".htm": pages.html_page,
    ".html": pages.html_page,
    ".json": jsons.json_document,
    ".jsonl": jsons.json_lines,
    ".ndjson": jsons.json_lines,
    ".tsv": tabular.csv_rows,
    ".txt": _plain_text,
    ".warc": pages.warc_records,
    ".wet": pages.warc_records,
}
_ONE_ARTICLE: Final = frozenset((".txt", ".htm", ".html"))


def _distinct(found: list[_Found]) -> tuple[list[Article], list[_Row]]:
    """One article an id, and the rest as rejects, whatever the order in which they were found."""
    kept: dict[str, Article] = {}
    doubles: list[_Row] = []
    for one in sorted(found, key=_order):
        article_id = one.article.article_id
        first = kept.setdefault(article_id, one.article)
        if first is not one.article:
            text = "the same" if one.article.text == first.text else "a different"
            reason = f"another article has the id {shown(article_id)} and {text} text"
            doubles.append(_Row(one.source, one.where, reason))
    return list(kept.values()), doubles


def _order(one: _Found) -> tuple[str, tuple[tuple[bool, str], ...], str, str]:
    return one.article.article_id, one.article.rank(), one.source, one.where or ""


def _articles(kept: list[Article]) -> pl.DataFrame:
    rows = [
        (
            one.article_id,
            one.outlet,
            one.url,
            one.published_at,
            one.published_precision,
            one.language or languages.detect(one.text),
            one.title,
            one.text,
        )
        for one in kept
    ]
    return conform(pl.DataFrame(rows, schema=ARTICLES, orient="row"), ARTICLES)


def _rejects(rows: list[_Row]) -> pl.DataFrame:
    clean = [
        (shown(row.source, len(row.source)), None if row.record is None else shown(row.record), row.reason)
        for row in rows
    ]
    return canonical(conform(pl.DataFrame(clean, schema=REJECTS, orient="row"), REJECTS))
