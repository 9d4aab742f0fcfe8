"""Statements turned into their opposite: a negation more or less, or one of two opposite words for the other."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from provtrace.scoring.flags.reading import READINGS, Edits, Reading, alike
from provtrace.scoring.flags.vocabulary import Sense, sees_missing_negations

_ALIKE: Final = 0.6  # word edit similarity, negations aside, from which two sentences say the same but for them
_AKIN: Final = 0.4  # and from which opposite words in them speak of one thing
_LONGEST: Final = 40  # characters of the wording that a negation comes or goes with


def changed(left: Reading, right: Reading, edits: Edits | None) -> bool:
    """Whether one side says the opposite of the other.

    Args:
        left: one side.
        right: the other.
        edits: how the left wording becomes the right one; None for two languages.
    """
    denied = len(_negations(left)), len(_negations(right))
    flips = _flips(left, right)
    if flips:
        return flips == 1 and denied[0] == denied[1] and (edits is None or alike(left.keys, right.keys) >= _AKIN)
    if (denied[0] == 0) == (denied[1] == 0) or max(denied) > 1:
        return False
    plain = left if denied[0] == 0 else right
    if plain.has("traces") or not sees_missing_negations(plain.language):
        return False
    return _only_negated(left, right, edits) if edits is not None else False


@lru_cache(maxsize=READINGS)
def _negations(side: Reading) -> list[Sense]:
    """Words that negate a statement, not the first half of a compound (``nicht-öffentlich``)."""
    return [
        sense for sense in side.of("negations") if side.text[side.words[sense.last - 1].end :][:1] not in ("-", "‑")
    ]


def _flips(left: Reading, right: Reading) -> int:
    """Pairs of opposites of which each side has one, and only one, once."""
    theirs = _single_poles(right)
    return sum(_opposite(pole) in theirs for pole in _single_poles(left))


@lru_cache(maxsize=READINGS)
def _single_poles(side: Reading) -> frozenset[str]:
    poles = [sense.meaning.value for sense in side.of("pole")]
    return frozenset(pole for pole in poles if poles.count(pole) == 1 and _opposite(pole) not in poles)


def _opposite(pole: str) -> str:
    return ("-" if pole[0] == "+" else "+") + pole[1:]


def _only_negated(left: Reading, right: Reading, edits: Edits) -> bool:
    """Whether the negation came or went in a short wording, the rest of the sentence being much the same."""
    negated, start, end = (left, "left_start", "left_end") if _negations(left) else (right, "right_start", "right_end")
    spot = negated.words[_negations(negated)[0].first].start
    short = any(
        edit.tag != "equal"
        and getattr(edit, start) <= spot < getattr(edit, end)
        and edit.left_end - edit.left_start <= _LONGEST
        and edit.right_end - edit.right_start <= _LONGEST
        for edit in edits()
    )
    kept = [[word.key for place, word in enumerate(side.words) if place not in _places(side)] for side in (left, right)]
    return short and alike(*kept) >= _ALIKE


def _places(side: Reading) -> set[int]:
    return {place for sense in _negations(side) for place in range(sense.first, sense.last)}
