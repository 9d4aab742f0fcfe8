"""HTML pages and WARC archives to records; the article of a page is found by trafilatura."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from provtrace.errors import MissingExtra
from provtrace.stages.read.records import Limits, Record, Reject, Unusable, shown
from provtrace.stages.read.streams import MARKS, Stream

if TYPE_CHECKING:
    from fastwarc.warc import WarcRecord

_MARKUP: Final = ("text/html", "application/xhtml+xml")
_DECLARED: Final = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{2,20})""", re.IGNORECASE)
_DECLARED_WITHIN: Final = 2048
# Character sets of the web that Python decodes in linear time; what the web calls Latin-1 is windows-1252.
_CHARSETS: Final = re.compile(
    r"utf-?8|utf-(?:16|32)(?:-?(?:le|be))?|iso-?8859-\d+|(?:windows-|cp)125\d|koi8-[ru]|gb2312|gbk|gb18030|big5|shift[_-]jis|euc-jp|"
    r"euc-kr|tis-620|macintosh"
)
_LATIN: Final = frozenset(("iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii", "ascii"))
_CHUNK_SIZE: Final = re.compile(rb"([0-9a-fA-F]{1,8})[^\r\n]{0,200}\r?\n")
# Dates after it are errors; without a constant, htmldate asks the clock and a run could not be repeated.
_LAST_DAY: Final = "2200-12-31"


def html_page(stream: Stream, limits: Limits) -> Iterator[Record | Reject]:
    """One saved page.

    Raises:
        Unusable: the page is too long, in an unknown character set, or has no article.
        MissingExtra: trafilatura is not installed.
    """
    yield Record(None, _page(stream.document(limits.page, of="the page"), None, None))


def warc_records(stream: Stream, limits: Limits) -> Iterator[Record | Reject]:
    """The pages (``response``) and plain texts (``conversion``, as in WET files) of an archive.

    Records of other types (requests, metadata) are no articles and are passed over.

    Raises:
        Unusable: what follows is no WARC.
        MissingExtra: fastwarc or trafilatura is not installed.
    """
    try:
        from fastwarc.warc import ArchiveIterator, WarcRecordType
    except ImportError as error:
        raise MissingExtra("reading WARC files", "warc") from error

    kinds = WarcRecordType.response | WarcRecordType.conversion
    if not stream.peek(1):
        raise Unusable("an empty file")
    try:
        # HTTP is parsed record by record, and decoded here, within bounds: a bad one would end fastwarc's iteration.
        for record in ArchiveIterator(stream, record_types=kinds, parse_http=False, stream_detect=False):
            yield _archived(record, limits)
    except gzip.BadGzipFile:
        raise
    except OSError as error:
        raise Unusable(f"not a valid WARC file: {shown(error)}; what follows was not read") from error
    if not stream.tail.endswith((b"\r\n\r\n", b"\n\n")):
        raise Unusable("the archive ends in the middle of a record")


def _archived(record: WarcRecord, limits: Limits) -> Record | Reject:
    headers = {name.casefold(): value for name, value in record.headers.items()}
    where = headers.get("warc-record-id", "").strip("<>") or headers.get("warc-target-uri")
    limit = limits.page if record.is_http else 4 * limits.text
    try:
        _parse_http(record)
        data = record.reader.read(limit + 1)
        if len(data) > limit:
            raise Unusable(f"the record is longer than {limit:,} bytes")
        if "content-length" not in headers or len(data) < record.content_length:
            raise Unusable(f"the record is cut off after {len(data):,} bytes")
        content = _response(record, data, limits) if record.is_http else _plain(headers, data)
    except Unusable as unusable:
        return Reject(where, str(unusable))
    known: dict[str, object] = {
        "id": where,
        "url": headers.get("warc-target-uri"),
        "published": headers.get("warc-date"),
    }
    return Record(where, {**known, **content})


def _parse_http(record: WarcRecord) -> None:
    try:
        record.parse_http(auto_decode="none")
    except gzip.BadGzipFile:
        raise
    except OSError as error:
        raise Unusable(f"not a valid HTTP response: {shown(error)}") from error


def _plain(headers: dict[str, str], data: bytes) -> dict[str, object]:
    kind = headers.get("content-type", "").partition(";")[0].strip()
    if kind != "text/plain":
        raise Unusable(f"neither a page nor plain text, but {shown(kind or 'without a type')}")
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError as error:
        raise Unusable(f"invalid UTF-8 at byte {error.start} of the record") from error


def _response(record: WarcRecord, data: bytes, limits: Limits) -> dict[str, object]:
    status, kind = record.http_headers.status_code, record.http_content_type
    if status is None:
        raise Unusable("no HTTP response in the record")
    if status != 200:
        raise Unusable(f"HTTP status {status}")
    if kind not in _MARKUP:
        raise Unusable(f"not an HTML page, but {shown(kind or 'without a type')}")
    coding = {name.casefold(): value.strip().casefold() for name, value in record.http_headers.items()}
    if "chunked" in coding.get("transfer-encoding", ""):
        data = _joined(data)
    data = _unpacked(data, coding.get("content-encoding", "identity"), limits)
    found = _page(data, record.http_charset, record.headers.get("WARC-Target-URI"))
    return {name: value for name, value in found.items() if value and name != "url"}


def _joined(data: bytes) -> bytes:
    """Chunks put together; many crawlers have done it already, and kept the header."""
    if not _CHUNK_SIZE.match(data):
        return data
    parts: list[bytes] = []
    at = 0
    while size := _CHUNK_SIZE.match(data, at):
        start, length = size.end(), int(size[1], 16)
        if length == 0:
            return b"".join(parts)
        parts.append(data[start : start + length])
        at = start + length + (2 if data[start + length : start + length + 1] == b"\r" else 1)
    raise Unusable("chunked content is cut off")


def _unpacked(data: bytes, coding: str, limits: Limits) -> bytes:
    if coding in ("identity", ""):
        return data
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise Unusable(f"content encoding {shown(coding)}, of which only gzip and deflate can be read")
    if data.lstrip()[:1] == b"<":  # unpacked by the crawler, which kept the header
        return data
    try:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
        page = unpacker.decompress(data, limits.page)
    except zlib.error as error:
        raise Unusable(f"damaged {coding} content: {error}") from error
    if unpacker.unconsumed_tail:
        raise Unusable(f"the page is longer than {limits.page:,} bytes")
    if not unpacker.eof:
        raise Unusable(f"{coding} content is cut off")
    return page


def _page(data: bytes, charset: str | None, url: str | None) -> dict[str, object]:
    """The article of a page: its text, and what the page says about it."""
    found = _extracted(_decoded(data, charset), url)
    if found is None or not found.text:
        raise Unusable("no article found in the page")
    return {
        "text": found.text,
        "title": found.title,
        "published": found.date,
        "outlet": found.sitename or found.hostname,
        "url": found.url,
    }


def _decoded(data: bytes, charset: str | None) -> str:
    """The page as text, by its mark, the server's word, its own word, or UTF-8."""
    mark, marked = next((pair for pair in MARKS if data.startswith(pair[0])), (b"", None))
    declared = _DECLARED.search(data[:_DECLARED_WITHIN])
    name = marked or (charset or (declared[1].decode("ascii") if declared else "utf-8")).casefold()
    if name in _LATIN:
        name = "windows-1252"
    if not _CHARSETS.fullmatch(name):
        raise Unusable(f"unknown character set {shown(name)}")
    try:
        return data[len(mark) :].decode(name)
    except UnicodeDecodeError as error:
        raise Unusable(f"invalid {name.upper()} at byte {len(mark) + error.start}") from error
    except LookupError as error:
        raise Unusable(f"unknown character set {shown(name)}") from error


def _extracted(page: str, url: str | None) -> Any:  # noqa: ANN401 - trafilatura.settings.Document, an optional dependency
    try:
        import trafilatura
    except ImportError as error:
        raise MissingExtra("reading HTML pages", "html") from error
    dates = {"original_date": True, "extensive_search": False, "max_date": _LAST_DAY}
    try:
        return trafilatura.bare_extraction(
            page, url=url, with_metadata=True, include_comments=False, date_extraction_params=dates
        )
    except Exception as error:  # hostile markup finds every exception; a page never stops a run
        raise Unusable(f"the page can't be parsed: {type(error).__name__}") from error
