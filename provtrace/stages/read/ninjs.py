"""IPTC ninjs 1.x, 2.x and 3.x items to plain records.

The versions name the same things differently (``body_text`` and ``bodies[]``, ``headline`` and ``headlines[]``,
``versioncreated`` and ``versionCreated``); see https://iptc.org/std/ninjs/.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any, Final

from provtrace.stages.read import fields

_HTML_BODIES: Final = ("bodyxhtml", "bodyhtml")
_BODIES: Final = frozenset(("bodies", "bodytext", *_HTML_BODIES))
# The moment at which this text existed comes before that of an earlier version of it.
_MOMENTS: Final = ("versioncreated", "firstcreated", "contentcreated")
_OUTLETS: Final = ("infosources", "infosource", "copyrightholder")
_BLOCKS: Final = re.compile(
    "address|article|aside|blockquote|body|br|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|li|main|nav|ol|p|"
    "pre|section|table|td|th|tr|ul"
)
_HIDDEN: Final = frozenset(("script", "style", "template", "head"))


def recognised(record: Mapping[Any, object]) -> bool:
    """Whether the record is a ninjs item with a body: a ``uri``, and a body under one of the standard's names."""
    names = set(map(fields.plain, record))
    return "uri" in names and not _BODIES.isdisjoint(names)


def flat(record: Mapping[Any, object]) -> dict[str, object]:
    """The item under the names that every other record has; only what it states."""
    item = {fields.plain(name): value for name, value in sorted(record.items(), key=lambda pair: str(pair[0]))}
    uri = fields.label(item["uri"])
    return {
        "id": uri,
        "uri": uri,
        "text": _body(item),
        "title": _headline(item),
        "published": next((item[name] for name in _MOMENTS if not fields.is_missing(item.get(name))), None),
        "outlet": next((item[name] for name in _OUTLETS if fields.label(item.get(name))), None),
        "language": item.get("language"),
    }


def _body(item: Mapping[str, object]) -> object:
    plain_text = item.get("bodytext")
    if not fields.is_missing(plain_text):
        return plain_text
    for body in _parts(item.get("bodies")):
        value = body.get("value")
        if fields.is_missing(value):
            continue
        return _without_markup(value) if "html" in str(body.get("contenttype", "")).casefold() else value
    return next((_without_markup(item[name]) for name in _HTML_BODIES if not fields.is_missing(item.get(name))), None)


def _headline(item: Mapping[str, object]) -> object:
    values = (part.get("value") for part in _parts(item.get("headlines")))
    return next((value for value in values if fields.label(value)), item.get("headline"))


def _parts(value: object) -> list[dict[str, object]]:
    """The objects of a list: the main one first, then plain text before markup, then as listed."""
    listed = value if isinstance(value, list) else []
    parts = [
        {fields.plain(name): inner for name, inner in part.items()} for part in listed if isinstance(part, Mapping)
    ]
    return sorted(
        parts, key=lambda part: (part.get("role") not in (None, "main"), part.get("contenttype") != "text/plain")
    )


def _without_markup(value: object) -> object:
    if not isinstance(value, str):
        return value
    parser = _Text()
    parser.feed(value)
    parser.close()
    return parser.text()


class _Text(HTMLParser):
    """The text of an HTML fragment, a line to a block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        if _BLOCKS.fullmatch(tag):
            self._parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        if _BLOCKS.fullmatch(tag):
            self._parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._parts.append(" ".join(data.split("\n")))

    def text(self) -> str:
        lines = (" ".join(line.split()) for line in "".join(self._parts).split("\n"))
        return "\n".join(line for line in lines if line)
