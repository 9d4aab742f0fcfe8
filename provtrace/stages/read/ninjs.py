"""IPTC ninjs 1.x, 2.x and 3.x items to plain records.

The versions name the same things differently (``body_text`` and ``bodies[]``, ``headline`` and ``headlines[]``,
``versioncreated`` and ``versionCreated``); see https://iptc.org/std/ninjs/.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
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
# No tag reaches beyond the next "<", so that scanning stays linear.
_TAG: Final = re.compile(
    r"""</?(?P<name>[a-z][a-z0-9]*)(?:[^<>"']|"[^"<]*"|'[^'<]*')*+>|</?[a-z][^<>]*>|<[!?/][^<>]*>""", re.IGNORECASE
)
_HIDDEN: Final = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style", "template", "head")}
# Longer than any character reference; Python would refuse to make a number of it.
_NO_CHARACTER: Final = re.compile("&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")


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
    """The text of an HTML fragment, a line to a block; anything but a string as it is.

    Own code, because the time of ``html.parser`` grows with the square of what a hostile fragment leaves open.
    """
    if not isinstance(value, str):
        return value
    parts: list[str] = []
    at = 0
    while (start := value.find("<", at)) >= 0:
        parts.append(value[at:start].replace("\n", " "))
        at, stands_for = _behind_markup(value, start)
        parts.append(stands_for)
    parts.append(value[at:].replace("\n", " "))
    text = html.unescape(_NO_CHARACTER.sub("\ufffd", "".join(parts)))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _behind_markup(value: str, start: int) -> tuple[int, str]:
    """Where the comment, tag or hidden element at `start` ends, and the text that stands for it."""
    if value.startswith("<!--", start):
        end = value.find("-->", start)
        return (end + 3 if end >= 0 else len(value)), ""
    tag = _TAG.match(value, start)
    if not tag:
        return start + 1, "<"
    name = (tag["name"] or "").casefold()
    if name in _HIDDEN and value[start + 1] != "/":
        closing = _HIDDEN[name].search(value, tag.end())
        return (closing.start() if closing else len(value)), ""
    return tag.end(), "\n" if _BLOCKS.fullmatch(name) else ""
