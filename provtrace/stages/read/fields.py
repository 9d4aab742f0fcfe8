"""Which name of a record means which field, and how a field's value is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import numpy as np

from provtrace.stages.read.records import Unusable, shown

# The field's own name first; where two of a record's names mean one field, the one further left wins.
SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "id": (
            "id", "article_id", "doc_id", "document_id", "uuid", "guid", "item_id", "news_id", "docno", "@id",
            "identifier", "uri",
        ),
        "text": (
            "text", "body", "content", "article", "maintext", "main_text", "full_text", "article_body",
            "article_text", "body_text", "plain_text", "content_text", "story",
        ),
        "published": (
            "published", "published_at", "date", "datetime", "date_published", "publication_date", "pub_date",
            "publish_date", "date_publish", "published_date", "published_time", "publish_time", "timestamp",
            "created", "created_at", "date_created", "issued",
        ),
        "outlet": (
            "outlet", "source", "publisher", "site", "source_name", "site_name", "newspaper", "publication", "domain",
            "source_domain", "website", "provider", "medium",
        ),
        "language": ("language", "lang", "in_language", "language_code", "lang_code"),
        "title": ("title", "headline", "heading"),
        "url": ("url", "link", "article_url", "source_url", "canonical_url", "permalink", "uri"),
        "published_precision": ("published_precision",),
    }
)  # fmt: skip

# Where a value is an object, the first of these that it has is the value: schema.org, JSON-LD, Mongo exports.
_INNER: Final = ("name", "value", "@value", "$oid", "$date", "$numberLong", "@id", "id", "title", "text")
_NESTING: Final = 4
_NUMBERS: Final = 1e40  # beyond it a number is no name, and Python may refuse to write it

Names = Mapping[str, tuple[str, ...]]


def plain(name: object) -> str:
    """A field name without what naming habits change: case, underscores, hyphens and spaces."""
    return re.sub(r"[\s_\-]+", "", str(name)).casefold()


def recognised(names: Iterable[object]) -> Names:
    """For each field, the names among `names` that mean it, the preferred first; the order of `names` is no matter."""
    return _recognised(tuple(sorted({name for name in names if isinstance(name, str)})))


@lru_cache(maxsize=64)
def _recognised(names: tuple[str, ...]) -> Names:
    by_plain: dict[str, list[str]] = {}
    for name in names:
        by_plain.setdefault(plain(name), []).append(name)
    found: dict[str, tuple[str, ...]] = {}
    for field, synonyms in SYNONYMS.items():
        ranked = [name for synonym in synonyms for name in _exact_first(synonym, by_plain.get(plain(synonym), []))]
        if ranked:
            found[field] = tuple(dict.fromkeys(ranked))
    return MappingProxyType(found)


def _exact_first(synonym: str, names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: (name != synonym, name))


def wanted(names: Iterable[object]) -> list[str]:
    """The names that mean any field, sorted."""
    return sorted({name for ranked in recognised(names).values() for name in ranked})


def columns(names: Iterable[object]) -> list[str]:
    """The columns of a table that mean any field, sorted.

    Raises:
        Unusable: none of them is the text, or two of them have one name.
    """
    listed = list(names)
    found = wanted(listed)
    if twice := [name for name in found if listed.count(name) > 1]:
        raise Unusable(f"more than one column is named {', '.join(map(shown, twice))}")
    if "text" not in recognised(listed):
        raise Unusable(no_text(listed))
    return found


def no_text(names: Iterable[object]) -> str:
    """The reason for a table or record in which no name means the text: what is there, and what would do."""
    found = ", ".join(shown(name) for name in sorted(map(str, names))[:30]) or "none"
    return f"nothing is named as the text; found: {found}; recognised: {', '.join(SYNONYMS['text'])}"


def is_missing(value: object) -> bool:
    """Whether the value stands for no value: None, NaN, pandas' NA and NaT, blank text, an empty list or object."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, float | np.floating):
        return bool(np.isnan(value))
    if isinstance(value, str):
        return not value or value.isspace()
    return isinstance(value, list | tuple | Mapping) and len(value) == 0


def scalar(value: object) -> object:
    """The value itself, or that inside an object or of a list's first readable item; numpy scalars as Python's."""
    for _ in range(_NESTING):
        if isinstance(value, Mapping):
            value = next((value[name] for name in _INNER if name in value and not is_missing(value[name])), None)
        elif isinstance(value, list | tuple):
            value = next((item for item in value if not is_missing(item)), None)
        else:
            break
    if isinstance(value, np.datetime64):
        return value.astype("datetime64[us]").item()
    if isinstance(value, np.generic):
        return value.item()
    return None if isinstance(value, Mapping | list | tuple) else value


def label(value: object) -> str | None:
    """A value as the text of a label (outlet, title, language); None where it has none."""
    inner = scalar(value)
    return None if is_missing(inner) else written(inner)


def written(value: object) -> str | None:
    """A string as it is, a number as text (whole ones without a point); None for anything else."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _NUMBERS:
        return None
    return str(int(value)) if value == int(value) else str(value)
