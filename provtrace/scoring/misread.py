"""Names of agencies that a scanner misread: ``Havàs``, ``Reutei``, ``lDNB)``.

Only looked for where a credit must stand, since a letter more or less turns many a word into an agency.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final

from provtrace.scoring.agencies import agencies

_SHORTEST: Final = 5
_LONGEST: Final = 14
# "agence Stefaui", "Reutei-Meldung": a capitalised word that is said to be an agency.
_SAID: Final = re.compile(
    r"[Aa]gen(?:ce|cc|oe|ee|tur)\s(?P<behind>[A-ZÀ-Þ][^\W\d_]{4,9})(?!\w)|-(?:M[eo]ld[un]{2}g|Melduu|Depesch|B[uü]re?a?[uo])"
)
_LAST_WORD: Final = re.compile(r"(?<!\w)[A-ZÀ-Þ][^\W\d_]{4,9}\Z")
# The opening bracket became a letter, and stuck to the name.
_HALF_BRACKET: Final = re.compile(r"(?<=\s)[lit1cC<«](?P<name>[A-Z][A-Za-z]{1,11})\s?\.?\s?\Z")


def misread(word: str) -> str | None:
    """The agency whose name is one letter away, accents aside; None where there is none, or more than one."""
    if not _SHORTEST <= len(word) <= _LONGEST or not word.isalpha():
        return None
    from rapidfuzz.distance import Levenshtein

    folded = _folded(word)
    close = {owner for name, owner in _long_names().items() if Levenshtein.distance(folded, name, score_cutoff=1) <= 1}
    return next(iter(close)) if len(close) == 1 else None


def said_to_be_agencies(text: str) -> Iterator[tuple[int, int, str]]:
    """Misread names beside the word "agency", or before "dispatch": (start, end, agency)."""
    for match in _SAID.finditer(text):
        span = match.span("behind")
        if span[0] < 0:
            word = _LAST_WORD.search(text, max(0, match.start() - _LONGEST), match.start())
            span = word.span() if word else (0, 0)
        agency = misread(text[slice(*span)])
        if agency is not None:
            yield *span, agency


def half_bracketed(text: str, close: int) -> tuple[int, int] | None:
    """The span of the name before a closing bracket whose opening bracket was misread as a letter."""
    match = _HALF_BRACKET.search(text, max(0, close - _LONGEST - 2), close)
    return match.span("name") if match else None


@cache
def _long_names() -> dict[str, str]:
    """The single-word names that are long enough to be known again, folded."""
    return {
        _folded(name): agency.agency_id
        for agency in agencies().values()
        for name in (*agency.tokens, *agency.shy)
        if len(name) >= _SHORTEST and name.isalpha()
    }


def _folded(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
