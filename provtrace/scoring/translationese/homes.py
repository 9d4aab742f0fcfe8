"""Whose story two texts in different languages tell: the places and names that both have are at home somewhere.

Most news is written first where it happens, in the language that is spoken there. So the states, regions, cities and
institutions of a story (``homes.toml``) speak for one of its languages, and so do names that both texts spell alike:
"Willingmann" looks German, "Montchalin" French, whatever is said of them.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import resources
from math import log
from typing import Any, Final, NamedTuple

from provtrace.scoring.flags.vocabulary import Meaning, Vocabulary, state_patterns, tokens
from provtrace.scoring.identifier import language_identifier

MOST: Final = 3.0  # log-ratio beyond which more places and names tell no more
NAMES: Final = 0.5  # what the log-odds of the identifier count: places say the same with more right

_NAME: Final = re.compile(r"[^\W\d_]{3,}")
_LATIN: Final = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")


class Mentions(NamedTuple):
    """What a sentence mentions.

    Attributes:
        places: the languages of the newsrooms there, for each place.
        names: the capitalised words of three letters or more.
        latin: whether it is written in Latin letters, names in another script aside.
    """

    places: tuple[frozenset[str], ...]
    names: frozenset[str]
    latin: bool


def home(left: Sequence[str], right: Sequence[str], languages: tuple[str, str]) -> float:
    """How much more two texts on one story are at home in the left one's language than in the right one's.

    Args:
        left: sentences in the first language.
        right: sentences in the second that tell the same.
        languages: ISO 639-1 codes of the two.

    Returns:
        Log-ratio of the places' mentions and half the log-odds of the names in common, in sum, -3..3.
    """
    sides = [mentions(text) for text in left], [mentions(text) for text in right]
    told = _by_places([spoken for side in sides for read in side for spoken in read.places], languages)
    if _are_latin(sides[0]) == _are_latin(sides[1]):  # else what both write alike is in a foreign script on one side
        told += NAMES * _by_names(_names(sides[0]) & _names(sides[1]), languages)
    return max(-MOST, min(MOST, told))


def _by_places(spoken: Sequence[frozenset[str]], languages: tuple[str, str]) -> float:
    """Log-ratio of the mentions of places where only the first language is spoken to those of the second, plus one."""
    first, second = (
        sum(own in there and other not in there for there in spoken) for own, other in (languages, languages[::-1])
    )
    return log((first + 1) / (second + 1))


def _by_names(names: frozenset[str], languages: tuple[str, str]) -> float:
    """Log-odds of a language identifier that reads the names alone; 0 without any, or where it knows them not."""
    if not names:
        return 0.0
    chances = dict(language_identifier().rank(" ".join(sorted(names))))
    first, second = (chances.get(language, 0.0) for language in languages)
    return log(first / second) if first and second else 0.0


def _names(side: Sequence[Mentions]) -> frozenset[str]:
    return frozenset().union(*(read.names for read in side))


def _are_latin(side: Sequence[Mentions]) -> bool:
    return 2 * sum(read.latin for read in side) > len(side)


@lru_cache(maxsize=20_000)
def mentions(text: str) -> Mentions:
    """The places and names of a sentence; of places, only those in scripts that have capitals."""
    text = unicodedata.normalize("NFC", text)
    words = tokens(text)
    places = tuple(
        _languages(sense.meaning.value)
        for sense in _vocabulary().find(words)
        if _has_case(text[words[sense.first].start : words[sense.first].end])
    )
    names = frozenset(word for word in _NAME.findall(text) if word[0].isupper())
    latin, letters = (sum(map(len, pattern.findall(text))) for pattern in (_LATIN, _LETTERS))
    return Mentions(places, names, 2 * latin > letters)


def _has_case(word: str) -> bool:
    return word.lower() != word.upper()


@cache
def _languages(state: str) -> frozenset[str]:
    return frozenset(_homes()["languages"].get(state, "").split())


@cache
def _vocabulary() -> Vocabulary:
    homes = _homes()
    return Vocabulary(
        (pattern, Meaning("place", state))
        for listed in (state_patterns(), homes["states"], homes["within"])
        for state, patterns in listed.items()
        for pattern in patterns.split()
        if _has_case(pattern)
    )


@cache
def _homes() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("homes.toml").read_text(encoding="utf-8"))
