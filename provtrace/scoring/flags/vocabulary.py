"""The words that the flags look for, by language: the lists of ``vocabulary.toml`` and ``places.toml``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final, NamedTuple

from provtrace.scoring.similarity import WORD, plain

_ARABIC: Final = re.compile(r"[\u0600-\u06ff]")
_OTHER_SCRIPT: Final = re.compile(r"[^\u0000-\u024f\u1e00-\u1eff]")
# Letters that Arabic writes in one way or another: alef and its signs, final ya, ta marbuta, seats of hamza.
_ARABIC_SPELLINGS: Final = str.maketrans("أإآٱىةؤئ", "اااايهوي", "ـ\u0670")
# What it writes onto the front of a word (and, so, by, to, as), and how many letters are left behind it at least.
_ARABIC_JOINED: Final = {"و": 2, "ف": 2, "ب": 3, "ل": 3, "ك": 3}
_ARABIC_THE: Final = "ال"

_ABBREVIATION: Final = 3


class Token(NamedTuple):
    """A word of a text: half-open offsets, and its letters transliterated, in small ones."""

    start: int
    end: int
    key: str


class Meaning(NamedTuple):
    """What a word stands for: the list it is in, and which of that list's things (a place, a unit, a pole ...)."""

    kind: str
    value: str = ""


class Sense(NamedTuple):
    """A word, or a phrase, that is in the vocabulary: half-open numbers of its tokens, and what it stands for."""

    first: int
    last: int
    meaning: Meaning


@lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """A word as the vocabulary compares it: transliterated, small, without apostrophes.

    Abbreviations of two or three letters stay in capitals: ``US`` is a place, ``us`` is none. What was not in Latin
    letters begins with a tilde: transliterated, the Russian for "China" would be the beginning of "kitchen". Arabic
    keeps its letters: transliterated, without the vowels that it does not write, "from" would begin like "Monaco".
    """
    if word.isascii():
        return word if word.isupper() and 2 <= len(word) <= _ABBREVIATION else word.lower().replace("'", "")
    if _ARABIC.search(word):
        bare = "".join(sign for sign in unicodedata.normalize("NFC", word) if not unicodedata.combining(sign))
        return bare.translate(_ARABIC_SPELLINGS)
    key = plain(word.replace("’", "").replace("'", "")).replace(" ", "")
    return f"~{key}" if key and _OTHER_SCRIPT.match(word) else key


def _forms(key: str) -> Iterator[str]:
    """A word, and what it may be without what Arabic writes onto its front: and, so, by, to, as, the."""
    yield key
    if not _ARABIC.match(key):
        return
    whole = key
    if key.startswith("لل"):  # to the: its article has lost its first letter
        yield (whole := _ARABIC_THE + key[2:])
    elif len(key) > _ARABIC_JOINED.get(key[0], len(key)):
        yield (whole := key[1:])
    if whole.startswith(_ARABIC_THE) and len(whole) > len(_ARABIC_THE) + 2:
        yield whole.removeprefix(_ARABIC_THE)


def tokens(text: str) -> list[Token]:
    """The words of a text, in order; ``n't`` stays with its verb."""
    found: list[Token] = []
    for match in WORD.finditer(unicodedata.normalize("NFC", text)):
        key = fold(match[0])
        if key == "t" and found and found[-1].key.endswith("n") and match.start() == found[-1].end + 1:
            found[-1] = Token(found[-1].start, match.end(), found[-1].key + key)
        elif key:
            found.append(Token(match.start(), match.end(), key))
    return found


class Vocabulary:
    """Finds listed words and phrases among tokens.

    Args:
        listed: pattern and meaning; the form of patterns is told in ``vocabulary.toml``.
    """

    def __init__(self, listed: Iterable[tuple[str, Meaning]]) -> None:
        self._exact: dict[str, set[Meaning]] = {}
        self._starts: dict[str, set[Meaning]] = {}
        self._ends: dict[str, set[Meaning]] = {}
        self._phrases: dict[str, set[tuple[tuple[str, ...], Meaning]]] = {}
        for pattern, meaning in listed:
            self._add(
                [fold(part.strip("*")) + "*" * part.endswith("*") for part in pattern.split("_")], pattern, meaning
            )
        self._of_word = lru_cache(maxsize=100_000)(lambda word: (self._phrases_from(word), self._meanings(word)))

    def _add(self, parts: Sequence[str], pattern: str, meaning: Meaning) -> None:
        if len(parts) > 1:
            self._phrases.setdefault(parts[0], set()).add((tuple(parts[1:]), meaning))
        elif pattern.startswith("*"):
            self._ends.setdefault(parts[0], set()).add(meaning)
        elif parts[0].endswith("*"):
            self._starts.setdefault(parts[0][:-1], set()).add(meaning)
        else:
            self._exact.setdefault(parts[0], set()).add(meaning)

    def _meanings(self, word: str) -> tuple[Meaning, ...]:
        """Of each list, what the longest pattern says that fits: ``belgrad*``, not ``belg*``.

        A word is what it is as it stands before it is what is left without its front.
        """
        found: set[Meaning] = set()
        for form in _forms(word):
            found |= _settling(found, self._exact.get(form, set()))
            for cut in range(len(form), 0, -1):
                fitting = {*self._starts.get(form[:cut], ()), *self._ends.get(form[-cut:], ())}
                if fitting:  # seldom
                    found |= _settling(found, fitting)
        return tuple(sorted(found))

    def _phrases_from(self, word: str) -> tuple[tuple[tuple[str, ...], Meaning], ...]:
        """What may follow a word in a phrase, and what the phrase means."""
        starts = {
            start for form in _forms(word) for start in (form, *(f"{form[:cut]}*" for cut in range(1, len(form) + 1)))
        }
        return tuple(sorted({entry for start in starts for entry in self._phrases.get(start, ())}))

    def find(self, words: Sequence[Token]) -> Iterator[Sense]:
        """Every sense of every word, in order; the words of a phrase have none of their own."""
        taken = 0
        for place, token in enumerate(words):
            begun, meanings = self._of_word(token.key)
            phrases = begun and [
                Sense(place, place + 1 + len(rest), meaning)
                for rest, meaning in begun
                if _fit(rest, words[place + 1 : place + 1 + len(rest)])
            ]
            if phrases:
                taken = max(sense.last for sense in phrases)
                yield from phrases
            elif meanings and place >= taken:
                yield from [Sense(place, place + 1, meaning) for meaning in meanings]


def _settling(found: Set[Meaning], fitting: Set[Meaning]) -> set[Meaning]:
    """Those of lists that nothing was found in yet."""
    settled = {meaning.kind for meaning in found}
    return {meaning for meaning in fitting if meaning.kind not in settled}


def _fit(patterns: Sequence[str], words: Sequence[Token]) -> bool:
    return len(patterns) == len(words) and all(map(_fits, patterns, words))


def _fits(pattern: str, token: Token) -> bool:
    if pattern.endswith("*"):
        return any(form.startswith(pattern[:-1]) for form in _forms(token.key))
    return pattern in _forms(token.key)


@cache
def _facts() -> Mapping[str, Any]:
    folder = resources.files(__package__)
    facts = tomllib.loads(folder.joinpath("vocabulary.toml").read_text(encoding="utf-8"))
    return {**facts, "places": tomllib.loads(folder.joinpath("places.toml").read_text(encoding="utf-8"))}


def languages() -> frozenset[str]:
    """The languages whose words are listed."""
    return frozenset(_facts()["languages"])


def state_patterns() -> Mapping[str, str]:
    """States, by name, and what stands for them: patterns with blanks between them, as told in ``vocabulary.toml``."""
    listed: Mapping[str, str] = _facts()["places"]
    return listed


def sees_missing_negations(language: str) -> bool:
    """Whether the words that may negate are listed for that language, so that their absence means something."""
    return "traces" in _facts()["languages"].get(language, {})


@cache
def vocabulary(language: str) -> Vocabulary:
    """Places and units, and the listed words of that language, if it is among `languages`."""
    return Vocabulary(_listed(language))


def _listed(language: str) -> Iterator[tuple[str, Meaning]]:
    facts = _facts()
    for kind, lists in (("place", facts["places"]), ("unit", facts["units"])):
        for value, patterns in lists.items():
            yield from ((pattern, Meaning(kind, value)) for pattern in patterns.split())
    words = facts["languages"].get(language, {})
    for kind in ("negations", "traces", "reporting", "hearsay", "hedges", "demonstratives", "titles"):
        yield from ((pattern, Meaning(kind)) for pattern in words.get(kind, "").split())
    for patterns, factor in words.get("scales", ()):
        yield from ((pattern, Meaning("scale", repr(float(factor)))) for pattern in patterns.split())
    for number, forms in enumerate(words.get("numerals", "").split(), start=1):
        yield from ((form, Meaning("numeral", str(number))) for form in forms.split("|"))
    for row, poles in facts["antonyms"].items():
        for pole, patterns in zip("+-", poles.get(language, ()), strict=False):
            yield from ((pattern, Meaning("pole", pole + row)) for pattern in patterns.split())
