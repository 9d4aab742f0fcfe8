"""One record to one article: the fields found, checked, and given the types of the table."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from provtrace.stages.read import dates, fields, languages, ninjs
from provtrace.stages.read.records import Limits, Record, Unusable
from provtrace.tables import PRECISIONS

_UNTYPEABLE: Final = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Article:
    """A row of ARTICLES before its language is settled (None: no usable label was given)."""

    article_id: str
    outlet: str | None
    url: str | None
    published_at: datetime | None
    published_precision: str | None
    language: str | None
    title: str | None
    text: str

    def rank(self) -> tuple[tuple[bool, str], ...]:
        """Sort key over the whole content; a value ranks before a missing one."""
        at = self.published_at.isoformat() if self.published_at else None
        values = (self.text, at, self.published_precision, self.outlet, self.url, self.title, self.language)
        return tuple((value is None, value or "") for value in values)


def article(record: Record, limits: Limits) -> Article:
    """Read one record.

    Raises:
        Unusable: it has no usable text or id; the message says why.
    """
    given = ninjs.flat(record.fields) if ninjs.recognised(record.fields) else record.fields
    names = fields.recognised(given)
    text = _text(given, names)
    outlet, title, language = (_label(given, names, field) for field in ("outlet", "title", "language"))
    url = _url(given, names)
    checked = {"text": text, "outlet": outlet, "title": title, "url": url}
    _check(checked, limits)
    at, precision = _published(given, names, text)
    article_id = _id(given, names) or url or _content_id(text, at, outlet, title)
    _check({"id": article_id}, limits)
    return Article(
        article_id=article_id,
        outlet=outlet,
        url=url,
        published_at=at,
        published_precision=precision,
        language=languages.code(language) if language else None,
        title=title,
        text=text,
    )


def _values(given: Mapping[Any, object], names: fields.Names, field: str) -> Iterator[object]:
    """The values of a field that are not missing, the preferred first."""
    return (given[name] for name in names.get(field, ()) if not fields.is_missing(given[name]))


def _text(given: Mapping[Any, object], names: fields.Names) -> str:
    if "text" not in names:
        raise Unusable(fields.no_text(given))
    value = next(_values(given, names, "text"), None)
    if value is None:
        raise Unusable("empty text")
    if not isinstance(value, str):
        raise Unusable(f"the text is of type {type(value).__name__}, not a string")
    return str(value)


def _label(given: Mapping[Any, object], names: fields.Names, field: str) -> str | None:
    return next(filter(None, map(fields.label, _values(given, names, field))), None)


def _url(given: Mapping[Any, object], names: fields.Names) -> str | None:
    for name in names.get("url", ()):
        url = fields.label(given[name])
        if url and (fields.plain(name) != "uri" or url.casefold().startswith(("http://", "https://"))):
            return url
    return None


def _id(given: Mapping[Any, object], names: fields.Names) -> str | None:
    value = next(_values(given, names, "id"), None)
    inner = fields.scalar(value)
    if fields.is_missing(inner):
        return None
    written = fields.written(inner)
    if written is None:
        raise Unusable(f"the id is of type {type(inner).__name__}, neither a string nor a usable number")
    return written


def _content_id(text: str, at: datetime | None, outlet: str | None, title: str | None) -> str:
    """An id that the content alone decides: two outlets that print one text stay two articles."""
    content = "\0".join((text, at.isoformat() if at else "", outlet or "", title or ""))
    return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()


def _published(given: Mapping[Any, object], names: fields.Names, text: str) -> tuple[datetime | None, str | None]:
    own = (dates.moment(fields.scalar(value)) for value in _values(given, names, "published"))
    found = next(filter(None, own), None) or dates.store_prefix(text)
    if found is None:
        return None, None
    stated = _label(given, names, "published_precision")
    return found.at, stated if stated in PRECISIONS else found.precision


def _check(values: Mapping[str, str | None], limits: Limits) -> None:
    for name, value in values.items():
        if value is None:
            continue
        if len(value) > limits.text:
            raise Unusable(f"the {name} is longer than {limits.text:,} characters")
        if bad := _UNTYPEABLE.search(value):
            kind = "NUL character" if bad[0] == "\0" else "lone surrogate"
            raise Unusable(f"{kind} in the {name} at character {bad.start()}")
