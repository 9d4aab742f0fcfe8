"""The report's words: what each name of the vocabularies is called in front of people, and how figures are written."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from unicodedata import east_asian_width
from urllib.parse import urlsplit

RELATION_WORDS: Final[Mapping[str, str]] = {
    "copy": "is consistent with a copy of",
    "paraphrase": "is consistent with a paraphrase of",
    "translation": "is consistent with a translation of",
    "adaptation": "is consistent with an adaptation of",
    "partial_reuse": "is consistent with partial reuse of",
    "revision": "is consistent with a revision of",
    "co_derived": "shares text, consistent with a common source outside the set, with",
    "shared_quote": "shares a quotation with",
    "shared_background": "shares background text with",
    "same_event": "reports the same event as",
    "unresolved": "has an unresolved relation to",
}
# Where the direction is not decided, a directed relation must not read as if it were.
UNDECIDED_WORDS: Final[Mapping[str, str]] = {
    "copy": "shares text with (copy, direction unresolved)",
    "paraphrase": "shares text with (paraphrase, direction unresolved)",
    "translation": "shares text with (translation, direction unresolved)",
    "adaptation": "shares text with (adaptation, direction unresolved)",
    "partial_reuse": "shares text with (partial reuse, direction unresolved)",
    "revision": "shares text with (revision, direction unresolved)",
}
CREDITED_WORDS: Final[Mapping[str, str]] = {
    "credited": "credited",
    "uncredited": "no credit found",
    "mismatch": "credit names another source",
    "unknown": "credit unresolved",
}
KIND_WORDS: Final[Mapping[str, str]] = {
    "verbatim": "word for word",
    "near_verbatim": "nearly word for word",
    "paraphrase": "paraphrase",
    "translation": "translation",
    "shared_quote": "shared quotation",
    "background": "recurring background",
    "boilerplate": "boilerplate",
    "heading": "heading",
    "credit": "credit line",
    "novel_in_set": "no earlier source in the set",
    "unresolved": "unresolved",
}
FLAG_WORDS: Final[Mapping[str, str]] = {
    "name_changed": "another name",
    "number_changed": "another number",
    "polarity_changed": "says the opposite",
    "quote_drift": "quotation reworded",
    "quote_to_indirect": "quotation on one side, report on the other",
    "speaker_lost": "speaker lost or replaced",
}
# A letter in each cell, so that colour is never the only sign.
KIND_LETTERS: Final[Mapping[str, str]] = {
    "verbatim": "V",
    "near_verbatim": "N",
    "paraphrase": "P",
    "translation": "T",
    "shared_quote": "Q",
    "background": "B",
    "boilerplate": "L",
    "heading": "H",
    "credit": "C",
    "novel_in_set": "·",
    "unresolved": "?",
}

_DATE_FORMATS: Final[Mapping[str | None, str]] = {"month": "%Y-%m", "day": "%Y-%m-%d"}
# Control characters that text may hold, to what shows them: the pictures that Unicode has of the first 32, a mark for
# the others. Tab, line feed and carriage return stay.
CONTROL_PICTURES: Final[Mapping[str, str]] = {
    **{chr(code): chr(0x2400 + code) for code in range(32) if chr(code) not in "\t\n\r"},
    "\x7f": "\u2421",
    **{chr(code): "\ufffd" for code in range(0x80, 0xA0)},
}
_CONTROLS: Final = str.maketrans(dict(CONTROL_PICTURES))
_NOT_IN_URLS: Final = re.compile(r"[\s\x00-\x20\x7f\\]")


def visible(value: object) -> object:
    """A text with its control characters shown, not sent to whatever displays it; anything else as it is."""
    return value.translate(_CONTROLS) if isinstance(value, str) else value


def spaced(name: str) -> str:
    """A vocabulary name as words: ``near_verbatim`` is ``near verbatim``."""
    return name.replace("_", " ")


def flag_words(flags: Iterable[str]) -> str:
    """What the two sides of a unit say differently, for people; empty where nothing was seen."""
    return ", ".join(FLAG_WORDS.get(flag, spaced(flag)) for flag in flags)


def relation_words(relation: str, *, decided: bool = True) -> str:
    """The verb between two ids. A name that no vocabulary knows is shown as it is."""
    if not decided and relation in UNDECIDED_WORDS:
        return UNDECIDED_WORDS[relation]
    return RELATION_WORDS.get(relation, spaced(relation))


def probability(value: float | None) -> str:
    """Two digits without the leading nought, a dash where there is no figure."""
    if value is None or not math.isfinite(value):
        return "–"
    written = f"{value:.2f}"
    return written.replace("0.", ".", 1) if written.lstrip("-").startswith("0.") else written


def percent(value: float | None) -> str:
    """A share of 0..1 as a whole percentage."""
    return "–" if value is None or not math.isfinite(value) else f"{100 * value:.0f} %"


def date(moment: datetime | None, precision: str | None = "minute") -> str:
    """A date no finer than it is known; times are UTC."""
    return "" if moment is None else moment.strftime(_DATE_FORMATS.get(precision, "%Y-%m-%d %H:%M UTC"))


def link(url: str | None) -> str | None:
    """The URL if it is safe to offer for clicking (http or https, with a host, without white space), else None."""
    if url is None or _NOT_IN_URLS.search(url):
        return None
    try:
        parts = urlsplit(url)
        return url if parts.scheme in {"http", "https"} and parts.hostname else None
    except ValueError:
        return None


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, wide ones of East Asian scripts counting twice, with an ellipsis for the rest."""
    room = limit
    for place, character in enumerate(text):
        room -= 2 if east_asian_width(character) in "WF" else 1
        if room < 0:
            return text[: max(0, place - 1)].rstrip() + "…"
    return text
