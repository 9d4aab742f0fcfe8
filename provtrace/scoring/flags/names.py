"""Names that changed: a state, or another name, where the other side has another one."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import lru_cache
from typing import Final

from provtrace.scoring.diff import Edit
from provtrace.scoring.flags.reading import READINGS, Edits, Reading, alike, read
from provtrace.scoring.flags.vocabulary import Sense

_AKIN: Final = 0.6  # word edit similarity from which a name in one text stands for a name in the other
_PARALLEL: Final = 0.4  # and from which two texts of one language are compared as a text and its translation are
_ALIKE: Final = 0.6  # spelling similarity from which two names may be one: inflected, transliterated, misspelt
_SHORTEST: Final = 4  # letters of a name; shorter ones are abbreviations, which have a long form
_MOST: Final = 3  # names that one name may be replaced by
_STRETCH: Final = 2.0  # times as long one side of a translation may be as the other
_BESIDE: Final = 4  # words between a noun and the state it belongs to
_BACK: Final = 6  # sentences that a "this" may point back over


def changed(left: Reading, right: Reading, edits: Edits | None) -> bool:
    """Whether a state or a name stands where the other side has another.

    Args:
        left: one side.
        right: the other.
        edits: how the left wording becomes the right one; None for two languages, where only states are compared.
    """
    return _place_changed(left, right, edits) or (edits is not None and _replaced(left, right, edits))


@lru_cache(maxsize=READINGS)
def places(side: Reading) -> list[Sense]:
    """The states that a text names, their people and capitals among them."""
    return [sense for sense in side.of("place") if sense.meaning.value != "elsewhere"]


def _place_changed(left: Reading, right: Reading, edits: Edits | None) -> bool:
    ours, theirs = places(left), places(right)
    if not ours or not theirs:
        return False
    known = {sense.meaning.value for sense in ours}, {sense.meaning.value for sense in theirs}
    lost = [sense for sense in ours if sense.meaning.value not in known[1]]
    new = [sense for sense in theirs if sense.meaning.value not in known[0]]
    if len({sense.meaning for sense in lost}) != 1 or len({sense.meaning for sense in new}) != 1:
        return False
    if edits is None or alike(left.keys, right.keys) >= _PARALLEL:
        sizes = sorted((len(left.words), len(right.words)))
        return len(lost) == len(new) and len(ours) == len(theirs) and sizes[1] <= _STRETCH * sizes[0]
    return any(_same_place(left, right, one, other, edits) for one in lost for other in new)


def _same_place(left: Reading, right: Reading, one: Sense, other: Sense, edits: Edits) -> bool:
    """Whether two names stand in one short step, or between the same words."""
    ours, theirs = left.words[one.first].start, right.words[other.first].start
    for edit in edits():
        inside = edit.left_start <= ours < edit.left_end and edit.right_start <= theirs < edit.right_end
        sizes = _words(left, edit.left_start, edit.left_end), _words(right, edit.right_start, edit.right_end)
        if inside and max(sizes) <= _MOST:
            return True
    around = left.around(one.first, one.last), right.around(other.first, other.last)
    return around[0] == around[1] and all(around[0])


def _words(side: Reading, start: int, end: int) -> int:
    return sum(start <= word.start < end for word in side.words)


def _replaced(left: Reading, right: Reading, edits: Edits) -> bool:
    """Whether a step puts other names in the place of names, and nothing else.

    Where all nouns are capitals, or all words of a headline, names can't be told: there are none such.
    """
    if "de" in (left.language, right.language) or not _names(left) or not _names(right):
        return False
    if _all_capitals(left) or _all_capitals(right) or alike(left.keys, right.keys) < _AKIN:
        return False
    ours = _strangers(left, right)
    theirs = _strangers(right, left) if ours else set()
    return bool(theirs) and any(
        edit.tag == "replace" and _names_only(left, right, edit, ours, theirs) for edit in edits()
    )


def _names_only(left: Reading, right: Reading, edit: Edit, ours: Set[int], theirs: Set[int]) -> bool:
    lost = {place for place, word in enumerate(left.words) if edit.left_start <= word.start < edit.left_end}
    new = {place for place, word in enumerate(right.words) if edit.right_start <= word.start < edit.right_end}
    return 0 < len(lost) <= _MOST and 0 < len(new) <= _MOST and lost <= ours and new <= theirs


def _strangers(side: Reading, other: Reading) -> set[int]:
    """The words that are names, inside a sentence, and have none like them on the other side."""
    beginnings = _beginnings(other)
    return {
        place
        for place, name in _names(side)
        if name[:_SHORTEST] not in beginnings and _likeness(name, other.keys) < _ALIKE
    }


@lru_cache(maxsize=READINGS)
def _beginnings(side: Reading) -> frozenset[str]:
    return frozenset(key[:_SHORTEST] for key in side.keys)


def _likeness(name: str, keys: Sequence[str]) -> float:
    """Spelling similarity of a name to the word most like it, 0..1."""
    from rapidfuzz.fuzz import ratio
    from rapidfuzz.process import extractOne

    best = extractOne(name, keys, scorer=ratio)
    return best[1] / 100 if best else 0.0


@lru_cache(maxsize=READINGS)
def _names(side: Reading) -> list[tuple[int, str]]:
    """The words that are names and not in the vocabulary: place and key."""
    listed = {place for sense in side.senses for place in range(sense.first, sense.last)}
    return [(place, word.key) for place, word in enumerate(side.words) if place not in listed and _is_name(side, place)]


def _is_name(side: Reading, place: int) -> bool:
    """Whether a word is written as a name is, and does not begin a sentence."""
    start, _, key = side.words[place]
    if place == 0 or len(key) < _SHORTEST or not side.text[start].isupper() or side.raw(place).isupper():
        return False
    return not side.text[side.words[place - 1].end : side.words[place].start].strip(" '’-")


@lru_cache(maxsize=READINGS)
def _all_capitals(side: Reading) -> bool:
    long = [side.raw(place) for place, word in enumerate(side.words) if len(word.key) >= _SHORTEST]
    return 2 * sum(word[0].isupper() for word in long) > len(long)


# --- whose doing "this" is --------------------------------------------------------------------------


def actor_changed(left: Reading, right: Reading, before: tuple[Sequence[str], Sequence[str]]) -> bool:
    """Whether both sides say what "this" is, without a name, and it goes back to another state on each side.

    "This deployment includes artillery" hands over the artillery of one state to another where the sentences before
    speak of two. Only told where each points back without doubt: to the last mention of the noun with one state beside
    it, or, without a noun, to a sentence before with a single state.
    """
    if places(left) or places(right):
        return False
    ours, theirs = _actor(left, before[0]), _actor(right, before[1])
    return ours is not None and theirs is not None and ours != theirs


def _actor(side: Reading, before: Sequence[str]) -> str | None:
    pointers = side.of("demonstratives")
    if not pointers or not before or not _opens_statement(side, pointers[0].first):
        return None
    place = pointers[0].first
    noun = side.words[place + 1].key[:5] if place + 1 < len(side.words) else ""
    earlier = [read(text, side.language) for text in before[-_BACK:]]
    for sentence in reversed(earlier):
        spots = [spot for spot, word in enumerate(sentence.words) if len(noun) == 5 and word.key.startswith(noun)]
        if spots:
            return _single([sense for sense in places(sentence) if abs(sense.first - spots[0]) <= _BESIDE])
    return _single(places(earlier[-1]))


def _opens_statement(side: Reading, place: int) -> bool:
    """Whether the statement begins there: at the top, or right behind the mark that opens a quotation."""
    return place == 0 or side.text[side.words[place - 1].end : side.words[place].start].strip(" ,:") in (
        "“",
        '"',
        "„",
        "«",
    )


def _single(senses: Sequence[Sense]) -> str | None:
    found = {sense.meaning.value for sense in senses}
    return next(iter(found)) if len(found) == 1 else None
