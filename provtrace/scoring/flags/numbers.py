"""Numbers that changed: an amount on one side where the other side has another amount of the same thing."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import isclose
from typing import Final

from provtrace.scoring.flags.reading import READINGS, Edits, Reading, alike
from provtrace.scoring.similarity import NUMBER

_SYMBOLS: Final = {"%": "percent", "$": "dollar", "€": "euro", "£": "pound", "₽": "rouble", "₺": "lira"}
_UNCOUNTED: Final = ("measure", "clock")  # units that translators convert, and hours that depend on where one is
# Scores, ranges, dates, hours, names of machines: digits tied to other digits or to letters.
_TIED_BEFORE: Final = re.compile(r"(?:[^\W_]|\d[.,]|[^\W_][-–:/.]|#)\Z")
_TIED_AFTER: Final = re.compile(r"[^\W_]|[-–:/]\d|[-–][^\W\d_]{1,3}(?!\w)|[.,:]\d|[º°ª]")
_ORDINAL_POINT: Final = ("de", "cs", "sr", "pl", "tr", "hr", "bs", "sk", "sl", "da", "no", "fi")
_HEDGED: Final = 0.25  # how far from one another two numbers may lie if one of them says "about", as a share
_ROUNDED: Final = 0.1  # and if one of them is the other one rounded
_SMALL: Final = 100  # whole numbers below it are counted, not rounded
_THOUSANDS: Final = (1e3, 1e6, 1e9)  # "from 500 to 390 million": the scale that stands once counts for both
_LEAST: Final = 1e-6
_AKIN: Final = 0.3  # word edit similarity from which a number takes another one's place
_LONGEST: Final = 20  # characters of an amount; longer ones are keys or accounts
_MANY: Final = 60  # numbers of a table, not of a sentence: each is held against each; texts are hostile
_REACH: Final = 30  # characters that a replaced wording may hold beside the number


@dataclass(frozen=True)
class Number:
    """A number in a text.

    Attributes:
        values: what it may mean; ``1.234`` may be two things.
        step: the value of its last digit that is not a rounded nought.
        start: half-open character offsets.
        end: as above.
        first: number of its first word.
        last: number of the word behind it and its scale.
        unit: what it counts: a unit of the vocabulary, ``year``, or nothing.
        compared: whether it can be held against another; others only explain numbers of the other side.
        digits: whether it is written in digits.
        hedged: whether the text says that it is not exact.
    """

    values: tuple[float, ...]
    step: float
    start: int
    end: int
    first: int
    last: int
    unit: str
    compared: bool
    digits: bool
    hedged: bool


@lru_cache(maxsize=READINGS)
def find(side: Reading) -> tuple[Number, ...]:
    """The numbers of a text, in digits and in words."""
    return (*_in_digits(side), *_in_words(side))


def _in_words(side: Reading) -> Iterator[Number]:
    for sense in side.of("numeral"):
        value = float(sense.meaning.value)
        factor, last = _scale(side, sense.last)
        start, end = side.words[sense.first].start, side.words[sense.last - 1].end
        unit = _unit(side, sense.first, last, start, end)
        yield Number(
            (value * factor,), factor, start, end, sense.first, last, unit, unit not in _UNCOUNTED and value > 1, False,
            _hedged(side, sense.first),
        )  # fmt: skip
    for sense in side.of("scale"):
        if sense.meaning.value == "12.0":  # a dozen stands alone
            word = side.words[sense.first]
            yield Number((12.0,), 1.0, word.start, word.end, sense.first, sense.last, "", False, False, True)


def _in_digits(side: Reading) -> Iterator[Number]:
    for match in NUMBER.finditer(side.text):
        start, end = match.span()
        if end - start > _LONGEST:
            continue
        first = bisect_right(side.words, start, key=lambda word: word.end)
        after = bisect_left(side.words, end, key=lambda word: word.start)
        factor, last = _scale(side, after)
        values, step = _values(match[0], grouped=match["mark"] is not None)
        tied = bool(_TIED_BEFORE.search(side.text[max(0, start - 2) : start]) or _TIED_AFTER.match(side.text, end))
        unit = _unit(side, first, last, start, end)
        if not unit and factor == 1 and re.fullmatch(r"(?:1[89]|20)\d\d", match[0]):
            unit = "year"
        yield Number(
            tuple(value * factor for value in values), step * factor, start, end, first, last, unit,
            not tied and unit not in _UNCOUNTED and not _ordinal(side, end), True, _hedged(side, first),
        )  # fmt: skip


def _values(written: str, *, grouped: bool) -> tuple[tuple[float, ...], float]:
    """What a number in digits may mean, and the value of its last digit."""
    digits = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in written)
    marks = [sign for sign in digits if not sign.isdecimal()]
    if not marks:
        return (float(digits),), _last_digit(digits)
    *head, tail = re.split(r"\D", digits)
    decimal = float(f"{''.join(head)}.{tail}")
    if not grouped or len(set(marks)) > 1:
        return (decimal,), 10.0 ** -len(tail)
    whole = "".join(head) + tail
    both = (float(whole), decimal) if len(marks) == 1 and marks[0] in ".," else (float(whole),)
    return both, _last_digit(whole)


def _last_digit(digits: str) -> float:
    return 1.0 if int(digits) < _SMALL else 10.0 ** (len(digits) - len(digits.rstrip("0")))


def _scale(side: Reading, place: int) -> tuple[float, int]:
    """The factor that the words from a place on multiply a number by, and the place behind them."""
    factor = 1.0
    scales = {sense.first: sense for sense in side.of("scale")}
    while place in scales:
        factor *= float(scales[place].meaning.value)
        place = scales[place].last
    return factor, place


def _unit(side: Reading, first: int, last: int, start: int, end: int) -> str:
    around = side.text[max(0, start - 2) : start].strip()[-1:], side.text[end : end + 2].strip()[:1]
    for sign in around:
        if sign in _SYMBOLS:
            return _SYMBOLS[sign]
    units = [sense for sense in side.of("unit") if last <= sense.first <= last + 1 or sense.last == first]
    return min(units, key=lambda sense: abs(sense.first - last)).meaning.value if units else ""


def _ordinal(side: Reading, end: int) -> bool:
    return side.language in _ORDINAL_POINT and bool(re.match(r"\.\s*[^\W\d_]", side.text[end : end + 3]))


def _hedged(side: Reading, first: int) -> bool:
    return any(first - 3 <= sense.first and sense.last <= first for sense in side.of("hedges"))


def same(left: Number, right: Number) -> bool:
    """Whether two numbers say the same, one of them perhaps rounded."""
    return any(_close(one, other, left, right) for one in left.values for other in right.values)


def _close(one: float, other: float, left: Number, right: Number) -> bool:
    ratio = max(one, other) / max(min(one, other), _LEAST)
    if one == other or any(isclose(ratio, factor) for factor in (1.0, *_THOUSANDS)):
        return True
    if "year" in (left.unit, right.unit):
        return False
    apart = abs(one - other)
    share = apart / max(one, other)
    if left.hedged or right.hedged:
        return share <= _HEDGED
    fine, coarse = sorted((left.step, right.step))
    counted = fine == coarse == 1  # two small whole numbers
    return not counted and share <= _ROUNDED and apart <= coarse / 2


def changed(left: Reading, right: Reading, edits: Edits | None) -> bool:
    """Whether an amount differs from the amount that the other side has in its place.

    Args:
        left: one side.
        right: the other.
        edits: how the left wording becomes the right one; None for two languages. In one language, two numbers must
            stand between the same words. In two, they must be the only ones that differ, written in digits.

    More than `_MANY` numbers on a side are not compared.
    """
    numbers = find(left), find(right)
    if not numbers[0] or not numbers[1] or max(map(len, numbers)) > _MANY:
        return False
    aside = [1.0] if edits is None else []  # "four picks" may be "a player and three others"
    ours, theirs = (_unexplained(*pair, aside) for pair in (numbers, numbers[::-1]))
    counts = [sum(number.compared for number in side) for side in numbers]
    alone = len(ours) == len(theirs) == 1 and counts[0] == counts[1] and ours[0].digits and theirs[0].digits
    if edits is None or (alone and alike(left.keys, right.keys) >= _AKIN):
        return alone and ours[0].unit == theirs[0].unit
    return any(
        one.unit == other.unit and _same_place(left, right, one, other, edits) for one in ours for other in theirs
    )


def _unexplained(numbers: Sequence[Number], others: Sequence[Number], aside: Sequence[float]) -> list[Number]:
    """Numbers that the other side has neither as they are nor as the parts of a sum, to which `aside` may belong."""
    lacking = [number for number in numbers if number.compared and not any(same(number, other) for other in others)]
    if not lacking:
        return []
    values = [*(other.values[0] for other in others), *aside]
    sums = [one + other for one, other in combinations(values, 2)]
    return [number for number in lacking if not any(isclose(value, one) for value in number.values for one in sums)]


def _same_place(left: Reading, right: Reading, one: Number, other: Number, edits: Edits) -> bool:
    """Whether two numbers stand in one short step, or between the same words."""
    for edit in edits() if alike(left.keys, right.keys) >= _AKIN else ():
        begin = edit.left_start <= one.start and edit.right_start <= other.start
        inside = begin and one.end <= edit.left_end and other.end <= edit.right_end
        if inside and max(edit.left_end - edit.left_start, edit.right_end - edit.right_start) <= _REACH:
            return True
    around = left.around(one.first, one.last), right.around(other.first, other.last)
    return around[0] == around[1] and all(around[0])
