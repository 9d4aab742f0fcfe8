"""What passes between the parsers of file formats and the reader: records, rejects and the limits of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much one input may claim before it is rejected instead of read.

    Attributes:
        text: characters of one text, title or other field.
        depth: levels of nesting in a JSON value.
        page: bytes of one HTML page.
        document: bytes of a file that must be held whole (JSON that is not line by line, UTF-16).
        stream: bytes that a compressed file or the strings of a Parquet file may expand to.
    """

    text: int = 20_000_000
    depth: int = 100
    page: int = 20_000_000
    document: int = 512 * 2**20
    stream: int = 8 * 2**30

    @property
    def line(self) -> int:
        """Bytes of one line: a JSON escape spends up to twelve on a character."""
        return 12 * self.text


@dataclass(frozen=True, slots=True)
class Record:
    """One candidate article as its source names its fields.

    Attributes:
        where: its place in the source (line, row, item, record id); None where the source is the record.
        fields: the values under the names that the source gives them.
    """

    where: str | None
    fields: Mapping[Any, object]


@dataclass(frozen=True, slots=True)
class Reject:
    """Something that can't become an article, and why."""

    where: str | None
    reason: str


class Unusable(Exception):  # noqa: N818 - control flow inside the reader, always turned into a Reject
    """What was being read can't be used; the message is the reason that the user will see."""


def shown(value: object, longest: int = 120) -> str:
    """`value` for a message: one line, printable, valid Unicode, cut after `longest` characters."""
    text = str(value)
    cut = text if len(text) <= longest else f"{text[:longest]}..."
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in cut)
