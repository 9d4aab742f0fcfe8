"""What differs between two wordings, word by word, with character offsets on both sides."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise, takewhile
from typing import Final, NamedTuple

# What difflib may spend, in comparisons of equal words times the shorter text; texts are hostile, and it is cubic.
# News stays below it to a thousand words or so; a few hundred times the same word among others are above.
MOST_WORK: Final = 30_000_000

MOST_PLACES: Final = 8  # places of the same words that are tried for the longest run from there

# Scripts that write no spaces are compared character by character. `\w` would cut Indic words at their vowel signs.
_UNSPACED: Final = r"\u0e00-\u0e7f\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PUNCTUATION: Final = (
    r"!-/:-@\[-`{-~¡-©«-®°±´¶-¸»-¿×÷\u0589\u060c\u061b\u061f\u0964\u0965\u2010-\u2027\u2030-\u205e"
    r"\u3001-\u303f\uff01-\uff0f\uff1a-\uff20"
)
_TOKEN: Final = re.compile(rf"(?:[{_UNSPACED}]|[{_PUNCTUATION}]|[^\s{_UNSPACED}{_PUNCTUATION}]+)\s*|\s+")


class Edit(NamedTuple):
    """One step from the left text to the right one; offsets are half-open code points.

    Attributes:
        tag: ``equal`` (but for case, white space and how accents are composed), ``replace``, ``delete`` (only the left
            has it) or ``insert`` (only the right has it).
        left_start: where it begins in the left text.
        left_end: where it ends there.
        right_start: where it begins in the right text.
        right_end: where it ends there.
    """

    tag: str
    left_start: int
    left_end: int
    right_start: int
    right_end: int


def word_diff(left: str, right: str, *, left_at: int = 0, right_at: int = 0) -> list[Edit]:
    """How the left wording becomes the right one: the opcodes of difflib over words and punctuation marks.

    A word keeps the white space behind it. The steps follow one another without gaps and cover both texts. Where
    difflib would run for seconds (thousands of times the same word), only the common beginning and end count as
    equal, and all between them is one step.

    Args:
        left: a text.
        right: another one, of the same language.
        left_at: where the left text begins in the text that offsets count in, for a part of an article.
        right_at: as above.
    """
    tokens = _TOKEN.findall(left), _TOKEN.findall(right)
    places = _places(tokens[0], left_at), _places(tokens[1], right_at)
    keys = [[_key(token) for token in side] for side in tokens]
    return [
        Edit(tag, places[0][left_from], places[0][left_to], places[1][right_from], places[1][right_to])
        for tag, left_from, left_to, right_from, right_to in _opcodes(keys[0], keys[1])
    ]


def _key(token: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", token.strip()).casefold())


def _places(tokens: Sequence[str], start: int) -> list[int]:
    """Where each token begins, and where the last one ends."""
    places = [start]
    for token in tokens:
        places.append(places[-1] + len(token))
    return places


def _opcodes(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    head = _common(left, right)
    tail = _common(list(reversed(left[head:])), list(reversed(right[head:])))
    middle = left[head : len(left) - tail], right[head : len(right) - tail]
    if head:
        yield "equal", 0, head, 0, head
    for tag, i, j, k, m in _middle(*middle):
        yield tag, i + head, j + head, k + head, m + head
    if tail:
        yield "equal", len(left) - tail, len(left), len(right) - tail, len(right)


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    """How many words both begin with."""
    return sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(left, right, strict=False)))


def _middle(left: Sequence[str], right: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    counts = Counter(left), Counter(right)
    work = sum(times * counts[1][word] for word, times in counts[0].items()) * min(len(left), len(right))
    if work and work <= MOST_WORK:
        return list(SequenceMatcher(None, left, right, autojunk=False).get_opcodes())
    if not left and not right:
        return []
    tag = "replace" if left and right else "delete" if left else "insert"
    return [(tag, 0, len(left), 0, len(right))]


# --- runs of words in common, in whatever order ------------------------------------------------------


class _Word(NamedTuple):
    key: str
    start: int
    end: int


def shared_runs(
    left: str, right: str, least: int, *, left_spans: Sequence[tuple[int, int]], right_spans: Sequence[tuple[int, int]]
) -> list[Edit]:
    """Runs of words that parts of both texts have, wherever they stand: the longest from each place on the left.

    Args:
        left: a text.
        right: another one.
        least: words that make a run.
        left_spans: the parts of the left text to look in, half-open, none overlapping another; no run leaves its part.
        right_spans: as above.

    Returns:
        Steps tagged ``equal``, in the order of the left text, which they cover at most once.
    """
    ours, theirs = _words(left, left_spans, "\0left"), _words(right, right_spans, "\0right")
    spots: dict[tuple[str, ...], list[int]] = {}
    for spot in range(len(theirs) - least + 1):
        known = spots.setdefault(tuple(word.key for word in theirs[spot : spot + least]), [])
        if len(known) < MOST_PLACES:
            known.append(spot)
    runs = []
    place = 0
    while place <= len(ours) - least:
        known = spots.get(tuple(word.key for word in ours[place : place + least]), [])
        size, spot = max(((_run(ours, place, theirs, spot), -spot) for spot in known), default=(1, 0))
        if known:
            last = ours[place + size - 1], theirs[size - spot - 1]
            runs.append(Edit("equal", ours[place].start, last[0].end, theirs[-spot].start, last[1].end))
        place += size
    return runs


def _words(text: str, spans: Sequence[tuple[int, int]], mark: str) -> list[_Word]:
    """The words of those parts of a text, with a mark between parts that is no word of any text's other side."""
    found = []
    for start, end in spans:
        tokens = _TOKEN.findall(text[start:end])
        places = _places(tokens, start)
        words = [_Word(_key(token), *ends) for token, ends in zip(tokens, pairwise(places), strict=True)]
        found += [word for word in words if word.key]
        found.append(_Word(mark, end, end))
    return found


def _run(left: Sequence[_Word], place: int, right: Sequence[_Word], spot: int) -> int:
    """How many words are the same from two places on."""
    size = 0
    while place + size < len(left) and spot + size < len(right) and left[place + size].key == right[spot + size].key:
        size += 1
    return size
