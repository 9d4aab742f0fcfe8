"""Whose story two texts in different languages tell: the places and names that both have are at home somewhere.

Most news is written first where it happens, in the language that is spoken there. So the states, regions, cities and
institutions of a story (``homes.toml``) speak for one of its languages, and so do names that both texts spell alike:
"Willingmann" looks German, "Montchalin" French, whatever is said of them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import resources
from math import log
from typing import Any, Final, NamedTuple

from provtrace.scoring.flags.vocabulary import Meaning, Vocabulary, places, tokens
from provtrace.scoring.identifier import language_identifier

MOST: Final = 3.0  # log-ratio beyond which more places and names tell no more
NAMES: Final = 0.5  # what the log-odds of the identifier count: places say the same with more right

_NAME: Final = re.compile(r"[^\W\d_]{3,}")
_LATIN: Final = re.compile(r"[A-Za-z\u00c0-\u024f]{3}")


class Mentions(NamedTuple):
    """What a sentence mentions: the languages at each place, and the capitalised words of three letters or more."""

    places: tuple[frozenset[str], ...]
    names: frozenset[str]


def home(left: Sequence[str], right: Sequence[str], languages: tuple[str, str]) -> float:
    """How much more two texts on one story are at home in the left one's language than in the right one's.

    Args:
        left: sentences in the first language.
        right: sentences in the second that tell the same.
        languages: ISO 639-1 codes of the two.

    Returns:
        Log-ratio of the places' mentions and half the log-odds of the names in common, in sum, -3..3.
    """
    sides = [_read(text) for text in left], [_read(text) for text in right]
    told = _by_places([spoken for side in sides for read in side for spoken in read.places], languages)
    if _is_latin(left) == _is_latin(right):  # else what both write alike is in a foreign script on one side
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


def _is_latin(texts: Sequence[str]) -> bool:
    return sum(bool(_LATIN.search(text)) for text in texts) * 2 > len(texts)


@lru_cache(maxsize=20_000)
def _read(text: str) -> Mentions:
    senses = _vocabulary().find(tokens(text))
    names = frozenset(word for word in _NAME.findall(text) if word[0].isupper())
    return Mentions(tuple(_languages(sense.meaning.value) for sense in senses), names)


@cache
def _languages(state: str) -> frozenset[str]:
    return frozenset(_homes()["languages"].get(state, "").split())


@cache
def _vocabulary() -> Vocabulary:
    homes = _homes()
    return Vocabulary(
        (pattern, Meaning("place", state))
        for listed in (places(), homes["states"], homes["within"])
        for state, patterns in listed.items()
        for pattern in patterns.split()
    )


@cache
def _homes() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("homes.toml").read_text(encoding="utf-8"))
