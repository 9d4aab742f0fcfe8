"""Bytes of a file as the parsers want them: decompressed, bounded, without a byte order mark, line by line."""

from __future__ import annotations

import codecs
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from provtrace.stages.read.records import Limits, Unusable

_CHUNK: Final = 1 << 20
# Byte order marks; the four-byte ones first: that of UTF-32 begins like that of UTF-16.
MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Stream:
    """A readable stream that counts what it gives and stops at a limit.

    Args:
        raw: where the bytes come from, decompressed.
        limit: the most bytes it may give; None for no limit.
    """

    def __init__(self, raw: io.BufferedReader | gzip.GzipFile, limit: int | None = None) -> None:
        self._raw = raw
        self._limit = limit
        self._given = 0
        self.tail = b""  # the last bytes given, at most four

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, none only at the end.

        Fewer come where more would have to be unpacked first, so that what is before a break is given.
        """
        return self._counted(self._raw.read1(size))

    def readline(self, size: int = -1) -> bytes:
        """Bytes up to and with the next line feed, at most `size`."""
        return self._counted(self._raw.readline(size))

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, or fewer, which stay to be read."""
        return self._raw.peek(size)[:size]

    def tell(self) -> int:
        """How many bytes were given."""
        return self._given

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Stay: fastwarc asks for the position by seeking nowhere, and a pipe can do no more."""
        if (offset, whence) != (0, io.SEEK_CUR):
            raise io.UnsupportedOperation("this stream only goes forward")
        return self._given

    def close(self) -> None:
        """Close where the bytes come from."""
        self._raw.close()

    def document(self, limit: int, *, of: str = "the file") -> bytes:
        """All that is left.

        Raises:
            Unusable: it is longer than `limit` bytes.
        """
        data = bytearray()
        while part := self.read(_CHUNK):
            data += part
            if len(data) > limit:
                raise Unusable(f"{of} is longer than {limit:,} bytes")
        return bytes(data)

    def _counted(self, data: bytes) -> bytes:
        self._given += len(data)
        self.tail = (self.tail + data[-4:])[-4:]
        if self._limit is not None and self._given > self._limit:
            raise Unusable(f"expands to more than {self._limit:,} bytes; what follows was not read")
        return data


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        number: 1, 2, 3 ...
        offset: bytes before it, after decompression.
        data: its bytes with the line feed; None where it is longer than the limit.
    """

    number: int
    offset: int
    data: bytes | None


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[Stream]:
    """Open a file for reading, through gzip where its name ends in ``.gz``."""
    if path.name.casefold().endswith(".gz"):
        with gzip.open(path) as unpacked:
            yield Stream(unpacked, limits.stream)
    else:
        with path.open("rb") as raw:
            yield Stream(raw)


def utf8(stream: Stream, limits: Limits) -> Stream:
    """Take off a byte order mark, and recode UTF-16 and UTF-32 that announce themselves by one.

    Raises:
        Unusable: the mark lies, or the file is too long to be recoded.
    """
    head = stream.peek(4)
    mark, encoding = next((pair for pair in MARKS if head.startswith(pair[0])), (b"", "utf-8"))
    stream.read(len(mark))
    if encoding == "utf-8":
        return stream
    data = stream.document(limits.document)
    try:
        recoded = data.decode(encoding).encode()
    except UnicodeDecodeError as error:
        raise Unusable(f"invalid {encoding.upper()} at byte {len(mark) + error.start}") from error
    return Stream(io.BufferedReader(io.BytesIO(recoded)))  # type: ignore[arg-type, unused-ignore]


def lines(stream: Stream, limits: Limits) -> Iterator[Line]:
    """The lines of a text file; only line feeds end one."""
    stream = utf8(stream, limits)
    for number in count(1):
        offset = stream.tell()
        data = stream.readline(limits.line)
        if not data:
            return
        whole = len(data) < limits.line or data.endswith(b"\n")
        yield Line(number, offset, data if whole else None)
        if not whole:
            while not (stream.readline(_CHUNK) or b"\n").endswith(b"\n"):
                pass


def text(data: bytes, offset: int = 0) -> str:
    """Decode UTF-8.

    Raises:
        Unusable: the bytes are not UTF-8; names the place of the first wrong one, counted from the file's start.
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Unusable(f"invalid UTF-8 at byte {offset + error.start}") from error
