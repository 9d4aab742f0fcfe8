"""Where two renderings of one text read differently, and which of the two readings is the later one.

Copies lose: figures become vague, letters are misread, and a name that went through another alphabet comes back in
other letters. Textual criticism orders witnesses by such readings (Maas 1927); here they are counted, unit by unit.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Final, NamedTuple

from provtrace.scoring import similarity

LEAST_FIGURES: Final = 2  # significant digits from which a number is exact: shorter ones are spelt out or counted anew
LEAST_LETTERS: Final = 4  # of a word or name that is looked at
DRIFTED: Final = 0.5  # likeness of two names, by letters, from which they are one name in two spellings
MISREAD: Final = 2  # letters, at most, in which a misread word differs
ENDING: Final = 3  # letters at a word's end that inflection changes
TRIGRAM: Final = 3


class Readings(NamedTuple):
    """Counts over one aligned unit.

    Attributes:
        left_exact: exact numbers that only the left side gives.
        right_exact: those that only the right side gives.
        alike: names that both sides spell alike, letter by letter.
        respelt: names that both sides have in one script, spelt otherwise.
        left_corrupt: words that differ in a few letters and are less likely words on the left; within one language.
        right_corrupt: likewise on the right.
    """

    left_exact: int = 0
    right_exact: int = 0
    alike: int = 0
    respelt: int = 0
    left_corrupt: int = 0
    right_corrupt: int = 0


def one_sided(ours: int, theirs: int) -> float:
    """By how many more we have of what only one of two should have; as much less, the more evenly it is spread."""
    return (ours - theirs) * abs(ours - theirs) / max(ours + theirs, 1)


def letters_of(texts: Iterable[str]) -> Counter[str]:
    """How often each run of three letters stands in the words of the texts, edges of words counted as letters."""
    return Counter(run for text in texts for word in similarity.words(text) for run in _trigrams(word))


def readings(left: str, right: str, letters: Sequence[Counter[str]], *, one_language: bool) -> Readings:
    """Compare the two sides of an aligned unit.

    Args:
        left: its text in one article.
        right: its text in the other.
        letters: `letters_of` each of the two articles.
        one_language: whether both are in one language.
    """
    exact = _exact(left), _exact(right)
    found = Readings(len(exact[0] - exact[1]), len(exact[1] - exact[0]), *_names(left, right))
    if not one_language or left == right:
        return found
    lefts = rights = 0
    for one, other in _misread(similarity.words(left), similarity.words(right)):
        rarer = _unheard(one, letters) - _unheard(other, letters)
        lefts += rarer > 0
        rights += rarer < 0
    return found._replace(left_corrupt=lefts, right_corrupt=rights)


@lru_cache(maxsize=50_000)
def _exact(text: str) -> frozenset[str]:
    """Significant figures: "1,200" and "1.2 thousand" say one number."""
    significant = (number.strip("0") for number in similarity.numbers(text))
    return frozenset(number for number in significant if len(number) >= LEAST_FIGURES)


def _names(left: str, right: str) -> tuple[int, int]:
    """How many names both spell alike, and how many otherwise."""
    lefts, rights = spelt(left), spelt(right)
    alike = len(lefts & rights)
    rest = sorted(rights - lefts)
    respelt = 0
    for name in sorted(lefts - rights):
        drifted = next((other for other in rest if _drifted(name, other)), None)
        if drifted is not None:
            rest.remove(drifted)
            respelt += 1
    return alike, respelt


@lru_cache(maxsize=50_000)
def spelt(text: str) -> frozenset[str]:
    """The text's names, without accents and case, in their own script."""
    names = (match[0] for match in similarity.NAME.finditer(text) if match[0][0].isupper())
    return frozenset(_bare(name) for name in names if len(name) >= LEAST_LETTERS)


def _bare(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _drifted(one: str, other: str) -> bool:
    """Whether two spellings are of one name; what differs at its end alone may be inflection."""
    from rapidfuzz.distance import Levenshtein

    inflected = _begin_alike(one, other) >= min(len(one), len(other)) - 1
    return not inflected and Levenshtein.normalized_similarity(one, other) >= DRIFTED


def _misread(left: tuple[str, ...], right: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Words that stand in the same place, and of which one may be the other with letters misread."""
    from rapidfuzz.distance import Levenshtein

    for step in Levenshtein.editops(left, right):
        if step.tag == "replace":
            one, other = left[step.src_pos], right[step.dest_pos]
            inside = _begin_alike(one, other) < min(len(one), len(other)) - ENDING
            if inside and one[-1] == other[-1] and Levenshtein.distance(one, other) <= MISREAD:
                yield one, other


def _begin_alike(one: str, other: str) -> int:
    """Letters from the beginning on that both have."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _unheard(word: str, letters: Sequence[Counter[str]]) -> float:
    """Share of the word's runs of three letters that stand nowhere else."""
    runs = [*_trigrams(word)]
    return sum(sum(heard[run] for heard in letters) <= 1 for run in runs) / len(runs)


def _trigrams(word: str) -> Iterator[str]:
    padded = f" {word} "
    return (padded[start : start + TRIGRAM] for start in range(len(padded) - TRIGRAM + 1))
