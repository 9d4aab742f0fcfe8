"""JSON Lines and JSON files to records."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from provtrace.stages.read import streams
from provtrace.stages.read.records import Limits, Record, Reject, Unusable
from provtrace.stages.read.streams import Line, Stream

_SPACE: Final = re.compile(r"[ \t\n\r]*")
# Possessive, and content with a string that never ends: a hostile one must not make the scan go back.
_BRACKETS: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)
_DECODER: Final = json.JSONDecoder()


def json_lines(stream: Stream, limits: Limits) -> Iterator[Record | Reject]:
    """One JSON object a line; blank lines are nothing."""
    for line in streams.lines(stream, limits):
        if line.data is None or not line.data.isspace():
            yield _line(line, limits)


def json_document(stream: Stream, limits: Limits) -> Iterator[Record | Reject]:
    """One object, an array of objects, or objects one after another.

    Raises:
        Unusable: the file is too long, or not UTF-8.
    """
    stream = streams.utf8(stream, limits)
    offset = stream.tell()
    text = streams.text(stream.document(limits.document), offset)
    _check_depth(text, limits)
    number = 0
    try:
        for number, value in enumerate(_values(text), 1):
            yield _record(value, f"item {number}")
    except Unusable as unusable:
        yield Reject(f"item {number + 1}", f"{unusable}; what follows was not read")


def _line(line: Line, limits: Limits) -> Record | Reject:
    where = f"line {line.number}"
    if line.data is None:
        return Reject(where, f"the line is longer than {limits.line:,} bytes")
    try:
        text = streams.text(line.data.rstrip(b"\r\n"), line.offset)
        _check_depth(text, limits)
        value, end = _decoded(text, _after_space(text, 0))
        if _after_space(text, end) != len(text):
            raise Unusable(f"not valid JSON: more than one value, at character {end}")
    except Unusable as unusable:
        return Reject(where, str(unusable))
    return _record(value, where)


def _record(value: object, where: str) -> Record | Reject:
    if isinstance(value, Mapping):
        return Record(where, value)
    return Reject(where, f"a JSON value of type {type(value).__name__}, not an object")


def _values(text: str) -> Iterator[object]:
    """The items of a top-level array, or the values one after another; all before a break, which raises."""
    at = _after_space(text, 0)
    array = text[at : at + 1] == "["
    at = _after_space(text, at + array)
    while at < len(text) and not (array and text[at] == "]"):
        value, at = _decoded(text, at)
        yield value
        at = _after_space(text, at)
        if array and text[at : at + 1] == ",":
            at = _after_space(text, at + 1)
        elif array and text[at : at + 1] != "]":
            raise Unusable(f"not valid JSON: no comma or bracket behind an item, at character {at}")
    if array and _after_space(text, at + 1) < len(text):
        raise Unusable(f"not valid JSON: more behind the array, at character {at + 1}")
    if array and at >= len(text):
        raise Unusable(f"not valid JSON: the array is not closed, at character {at}")


def _decoded(text: str, at: int) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise Unusable(f"not valid JSON: {error.msg}, at character {error.pos}") from error
    except (ValueError, RecursionError) as error:  # a number with too many digits; a stack that is nearly full
        raise Unusable(f"not usable JSON: {error}") from error


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _check_depth(text: str, limits: Limits) -> None:
    if text.count("[") + text.count("{") <= limits.depth:
        return
    depth = 0
    for found in _BRACKETS.finditer(text):
        bracket = found[0]
        depth += (bracket in "[{") - (bracket in "]}")
        if depth > limits.depth:
            raise Unusable(f"JSON nested deeper than {limits.depth} levels, at character {found.start()}")
