"""One side of a unit as the flags see it: its words, what they stand for, its quotations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from provtrace.scoring.diff import Edit
from provtrace.scoring.flags.vocabulary import Sense, Token, tokens, vocabulary
from provtrace.scoring.similarity import QUOTES

Edits = Callable[[], Sequence[Edit]]  # how the left wording becomes the right one, worked out where someone asks

READINGS: Final = 4096  # texts of which what was read is kept: a sentence is in many units

# Every mark that opens or closes speech, and the dash that begins it in many languages.
_MARKS: Final = re.compile(r"[“”„‟«»‹›「」『』\"]|(?<!\w)['‘‚]|(?<=[^\W\d_.,!?])['’](?!\w)|(?<=[.,!?])['’]|^\s*[—–-]")
_OPENERS: Final = "“„«‹「『"
_CLOSERS: Final = "”»›」』"


@dataclass(frozen=True)
class Told:
    """What one article says in an aligned unit.

    Attributes:
        text: the unit's sentences.
        language: ISO 639-1.
        before: the sentences before it in the article, the nearest last; a few are enough.
    """

    text: str
    language: str
    before: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Reading:
    """A text with its words, and those of them that are in the vocabulary of its language.

    Equal by identity: `read` gives one object for a text, and by that object others keep what they worked out of it.
    """

    text: str
    language: str
    words: tuple[Token, ...]
    senses: tuple[Sense, ...]

    @cached_property
    def _by_kind(self) -> dict[str, list[Sense]]:
        sorted_out: dict[str, list[Sense]] = {}
        for sense in self.senses:
            sorted_out.setdefault(sense.meaning.kind, []).append(sense)
        return sorted_out

    def of(self, kind: str) -> Sequence[Sense]:
        """The words that are in that list of the vocabulary."""
        return self._by_kind.get(kind, ())

    def has(self, *kinds: str) -> bool:
        """Whether any word is in one of those lists."""
        return any(kind in self._by_kind for kind in kinds)

    def raw(self, place: int) -> str:
        """A word as it is written."""
        return self.text[self.words[place].start : self.words[place].end]

    @cached_property
    def keys(self) -> list[str]:
        """Words as they are compared."""
        return [word.key for word in self.words]

    def around(self, first: int, last: int) -> tuple[str, str]:
        """The nearest words of some length before and behind a run of words; empty where there are none."""
        return self._nearest(first, -1), self._nearest(last - 1, 1)

    def _nearest(self, place: int, step: int) -> str:
        """The first five letters of the next word of four letters or more, walking from a place by that step."""
        place += step
        while 0 <= place < len(self.words):
            if len(self.words[place].key) > 3:
                return self.words[place].key[:5]
            place += step
        return ""

    @cached_property
    def quotes(self) -> list[str]:
        """What stands inside quotation marks, the marks with it; a mark between two letters is a misread apostrophe."""
        return [match[0] for match in QUOTES.finditer(self.text) if not self.text[: match.start()][-1:].isalpha()]

    @cached_property
    def speaks(self) -> bool:
        """Whether there is any mark of direct speech at all."""
        return bool(_MARKS.search(self.text))


def alike(left: Sequence[str], right: Sequence[str]) -> float:
    """Edit similarity of two lists of words, 0..1."""
    from rapidfuzz.distance import Levenshtein

    return float(Levenshtein.normalized_similarity(left, right))


@lru_cache(maxsize=READINGS)
def read(text: str, language: str) -> Reading:
    """A text of that language, its words looked up."""
    normal = unicodedata.normalize("NFC", text)
    words = tokens(normal)
    return Reading(normal, language, tuple(words), tuple(vocabulary(language).find(words)))


def inside_quote(before: Sequence[str]) -> bool:
    """Whether a quotation that began in earlier sentences may still go on."""
    straight = 0
    for text in reversed(before):
        straight += text.count('"')
        marks = [sign for sign in text if sign in _OPENERS or sign in _CLOSERS]
        if marks:
            return marks[-1] in _OPENERS or straight % 2 == 1
    return straight % 2 == 1
