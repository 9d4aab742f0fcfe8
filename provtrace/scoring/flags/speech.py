"""Who says it, and in whose words: speakers lost, quotations that drifted or became reports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from provtrace.scoring.agencies import agencies
from provtrace.scoring.flags.reading import Reading, alike, inside_quote
from provtrace.scoring.flags.vocabulary import fold, languages
from provtrace.scoring.similarity import words

_SPOKEN: Final = 5  # words inside quotation marks from which they are someone's, and not a term
_SHARE: Final = 0.4  # share of the sentence that a quotation must fill to be what it is about
_MOSTLY: Final = 0.6  # the same, for a sentence that is a quotation and its speaker
_OPENING: Final = 6  # words of a sentence by which someone has been made to say the rest
_CLOSING: Final = 4  # words at its end, likewise
_REPEATED: Final = 0.8  # share of its words that a statement without its speaker repeats
_REPORTED: Final = 0.4  # and that a report has from a quotation, in one language
_DRIFTED: Final = (0.4, 1.0)  # word similarity between which two quotations are one, in other words
_SPELT: Final = 0.8  # spelling similarity of a word to itself in another orthography
_EDGE: Final = re.compile(r"^[\W_]+|[\W_]+$")


def flags(left: Reading, right: Reading, before: tuple[Sequence[str], Sequence[str]]) -> set[str]:
    """``speaker_lost`` and ``quote_to_indirect``, where the words of both languages are listed."""
    if not {left.language, right.language} <= languages():
        return set()
    found = set()
    for one, other, context in ((left, right, before[1]), (right, left, before[0])):
        if _statement(one) and not other.speaks() and not inside_quote(context):
            if _reported(one, other):
                found.add("quote_to_indirect")
            elif _unattributed(one, other):
                found.add("speaker_lost")
    return found | ({"speaker_lost"} if _handed_over(left, right) or _handed_over(right, left) else set())


def _reported(one: Reading, other: Reading) -> bool:
    """Whether the other side reports what is quoted on this one."""
    alike = one.language != other.language or max(_within(one, other), _within(other, one)) >= _REPORTED
    return alike and _quoted(one, _SHARE) and other.has("reporting")


def _quoted(side: Reading, share: float) -> bool:
    spoken = [quote for quote in side.quotes() if len(words(quote)) >= _SPOKEN]
    return sum(map(len, spoken)) >= share * len(side.text)


def _statement(side: Reading) -> bool:
    """Whether someone says all that the sentence says: in quotation marks, or by a verb at its beginning or end."""
    verbs = [sense.first for sense in side.of("reporting")]
    ends = any(place < _OPENING or place >= len(side.words) - _CLOSING for place in verbs)
    return bool(verbs) and (_quoted(side, _SHARE) or (ends and not side.speaks()))


def _unattributed(one: Reading, other: Reading) -> bool:
    """Whether the other side tells the same without any word for its being told."""
    if other.has("reporting", "hearsay") or _agencies(one) or _agencies(other) or len(other.words) < _SPOKEN:
        return False
    return _quoted(one, _MOSTLY) if one.speaks() else _within(other, one) >= _REPEATED


def _within(part: Reading, whole: Reading) -> float:
    """Share of the words of one text that another has as well; none in another language."""
    if part.language != whole.language:
        return 0.0
    known = {word.key for word in whole.words}
    return sum(word.key in known for word in part.words) / max(len(part.words), 1)


def _handed_over(one: Reading, other: Reading) -> bool:
    """Whether a speaker gave way to an agency, which on one side is the only one to say it and on the other silent."""
    ours, theirs = _agencies(one), _agencies(other)
    if ours or not theirs or not _statement(one):
        return False
    verbs = [sense.first for sense in other.of("reporting")]
    return bool(verbs) and all(min(abs(place - spot) for spot in theirs) <= 2 for place in verbs)


def _agencies(side: Reading) -> list[int]:
    names = agency_names()
    return [place for place, word in enumerate(side.words) if word.key in names and side.raw(place)[0].isupper()]


@cache
def agency_names() -> frozenset[str]:
    """Agencies known by one word."""
    return frozenset(fold(name) for agency in agencies().values() for name in agency.tokens if name.isalpha())


def drifted(left: Reading, right: Reading) -> bool:
    """Whether words inside quotation marks differ, in two texts of one language, between quotations that are one.

    A quotation that is only shorter, or whose marks stand elsewhere, did not drift; nor did another spelling.
    """
    ours, theirs = ([_bare(quote) for quote in side.quotes()] for side in (left, right))
    whole = [_bare(side.text) for side in (left, right)]
    return any(
        _is_drift(one, other) and not _holds(whole[1], one) and not _holds(whole[0], other)
        for one in ours
        for other in theirs
        if min(len(one), len(other)) >= _SPOKEN
    )


def _bare(text: str) -> list[str]:
    return words(_EDGE.sub("", text))


def _is_drift(one: Sequence[str], other: Sequence[str]) -> bool:
    return _DRIFTED[0] <= alike(one, other) < _DRIFTED[1] and reworded(one, other)


def reworded(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether words were replaced by others; what is only left out, added or spelt otherwise was not."""
    from rapidfuzz.distance import Levenshtein

    return any(
        step.tag == "replace"
        and not _respelt(one[step.src_start : step.src_end], other[step.dest_start : step.dest_end])
        for step in Levenshtein.opcodes(one, other)
    )


def _respelt(one: Sequence[str], other: Sequence[str]) -> bool:
    from rapidfuzz.fuzz import ratio

    return ratio("".join(one), "".join(other)) / 100 >= _SPELT


def _holds(text: Sequence[str], part: Sequence[str]) -> bool:
    """Whether a text has those words in a row."""
    joined = f" {' '.join(text)} "
    return f" {' '.join(part)} " in joined
