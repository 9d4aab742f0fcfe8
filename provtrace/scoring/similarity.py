"""Two articles' sentences to a score for every cell, and the features of one aligned unit.

Wording is compared after transliteration, as character n-grams: the same code then serves inflected languages,
scripts, and names that drift from one spelling to the next.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from provtrace.scoring import spans
from provtrace.scoring.encode import NEAREST

Floats = npt.NDArray[np.float32]

GRAM: Final = 4  # characters in an n-gram
GRAM_SLOTS: Final = 4096  # n-grams are hashed: a 20-word sentence fills 2 % of the slots

# Log-odds that two sentences of one pair of articles are counterparts: bias, weight of CSLS, weight of the wording.
# Logistic fits to the sentence gold of translated news (en, de, fr; the second to Czech, with a bias that lets more in,
# for verdicts on pairs sort it out); where the encoder does not know a language, the wording carries more.
CELL_KNOWN: Final = (-5.0, 11.4, 3.0)
CELL_UNKNOWN: Final = (-2.0, 8.4, 6.5)

# Log-odds in its chain at which a unit is as likely as not to hold, when it supports others (a chain also takes what
# only leads on), and the power of the distance over which it does. Of 0..3 and .35..2, they predict labelled sets that
# were left out of the fit about best, most of all the two of real articles.
LEADS_ON: Final = 1.5
FADES: Final = 0.6

# Log-odds from which two sentences of one article say the same: hardly one in a thousand pairs of the development sets'
# real articles has them, and those by hand are leads, captions and refrains; less is one story told on.
ALIKE: Final = 3.0

# Vowel signs and points belong to their word, though `\w` leaves them out: Latin, Hebrew, Arabic, Indic, Khmer ...
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0963\u0966-\u0dff\u102b-\u103e\u17b4-\u17d3\u200c\u200d"
)
WORD = re.compile(rf"\w[\w{_MARKS}]*")
_UNSPACED = re.compile("[\u3040-\u30ff\u4e00-\u9fff\u0e00-\u0e7f]")  # kana, Chinese characters, Thai
# Thousands are groups of three after one to three digits, whatever stands between them; then perhaps a fraction.
NUMBER = re.compile(
    r"(?<!\d)\d{1,3}(?P<mark>[.,'’\u066c \u00a0\u2009\u202f])\d{3}(?:(?P=mark)\d{3})*(?!\d)(?:[.,\u066b]\d+)?"
    r"|\d+(?:[.,\u066b]\d+)?"
)
NAME = re.compile(r"(?<!^)(?<![.!?:“”\"«»„] )\b[^\W\d_]{3,}\b")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_PLAIN = bytes(ord(char.lower()) if (char := chr(byte)).isascii() and char.isalnum() else 32 for byte in range(256))
_CLOSERS = '”“»«」"'
QUOTES = re.compile(
    r"“[^“”]*(?:”|$)|„[^„“”]*(?:[“”]|$)|«[^«»]*(?:»|$)|»[^«»]*(?:«|$)|「[^」]*(?:」|$)|\"[^\"]*(?:\"|$)"
)


@lru_cache(maxsize=200_000)
def plain(text: str) -> str:
    """Transliterated to ASCII, lower case, everything but letters and digits a single blank."""
    spelt = text if text.isascii() else _FOREIGN.sub(_transliterated, unicodedata.normalize("NFC", text))
    return b" ".join(spelt.encode().translate(_PLAIN).split()).decode()


def _transliterated(foreign: re.Match[str]) -> str:
    from anyascii import anyascii

    return anyascii(foreign[0])


@lru_cache(maxsize=50_000)
def words(text: str) -> tuple[str, ...]:
    """Case-folded words, in order; for scripts without spaces, single characters."""
    if text.isascii():
        return tuple(WORD.findall(text.lower()))
    folded = unicodedata.normalize("NFC", text).casefold()
    found = WORD.findall(folded)
    if not _UNSPACED.search(folded):
        return tuple(found)
    return tuple(part for word in found for part in (word if _UNSPACED.search(word) else (word,)))


def grams(texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """``[GRAM_SLOTS, n]``: whether each of n texts, transliterated, has a character n-gram in the slot.

    The slot of an n-gram is its CRC-32 modulo `GRAM_SLOTS`. The CRC of four bytes is that of four noughts, but for
    what each byte turns around by itself, so that a table a place gives those of all texts at once.
    """
    padded = [f" {plain(text)} ".encode() for text in texts]
    lengths = [len(text) for text in padded]
    letters = np.frombuffer(b"".join(padded), np.uint8)
    count = max(len(letters) - GRAM + 1, 0)
    slots = np.bitwise_xor.reduce([table[letters[place : place + count]] for place, table in enumerate(_crcs())])
    owners = np.repeat(np.arange(len(texts)), lengths)
    whole = owners[:count] == owners[GRAM - 1 :]  # no n-gram reaches from one text into the next
    found = np.zeros((GRAM_SLOTS, len(texts)), np.bool_)
    found[slots[whole], owners[:count][whole]] = True
    return found


@cache
def _crcs() -> npt.NDArray[np.int64]:
    """``[GRAM, 256]``: what a byte turns around in a slot, by its place; that of noughts is in the first."""
    noughts = crc32(bytes(GRAM))
    turned = [
        [crc32(bytes(place) + bytes([byte]) + bytes(GRAM - 1 - place)) ^ noughts for byte in range(256)]
        for place in range(GRAM)
    ]
    turned[0] = [crc ^ noughts for crc in turned[0]]
    return np.array(turned, np.int64) % GRAM_SLOTS


def all_densities(vectors: Floats, densities: Floats, columns: npt.NDArray[np.int64]) -> Floats:
    """The densities of an article's sentences, also towards languages that have no column.

    From a language that has a column, that is the mean of all. From one that has none either, no background sentence is
    near, while whatever the encoder has not learnt it finds alike: there, the article itself is the sample.

    Args:
        vectors: ``[n, d]`` unit vectors.
        densities: ``[n, languages]`` against the background sample.
        columns: ``[n]`` as in `Side`.

    Returns:
        ``[n, languages + 1]``, the added column last.
    """
    elsewhere = np.where(columns < 0, _crowding(vectors), densities.mean(axis=1))
    return np.concatenate([densities, elsewhere[:, None].astype(np.float32)], axis=1)


def _crowding(vectors: Floats) -> Floats:
    """``[n]``: mean cosine to the `NEAREST` other vectors; 1, which trusts no cosine, where there is no other."""
    count = min(NEAREST, len(vectors) - 1)
    if count < 1:
        return np.ones(len(vectors), np.float32)
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    crowding: Floats = np.partition(cosines, -count, axis=1)[:, -count:].mean(axis=1)
    return crowding


@dataclass(frozen=True)
class Side:
    """The sentences of one article, as arrays.

    Attributes:
        vectors: ``[n, d]`` unit vectors.
        densities: ``[n, languages + 1]`` from `all_densities`.
        texts: the n sentences.
        columns: ``[n]`` index of each sentence's language in the densities, -1 where they have no column for it.
        known: ``[n]`` whether the encoder was trained on the sentence's language.
        joinable: ``[n]`` whether it may form a unit with its neighbours.
        weights: ``[n]`` words of each sentence, at least 1.
        languages: ``[n]`` their languages.
    """

    vectors: Floats
    densities: Floats
    texts: Sequence[str]
    columns: npt.NDArray[np.int64]
    known: npt.NDArray[np.bool_]
    joinable: npt.NDArray[np.bool_]
    weights: Floats
    languages: npt.NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def spoken(self) -> frozenset[str]:
        """Its languages."""
        return frozenset(self.languages.tolist())

    @cached_property
    def postings(self) -> spans.Postings:
        """Its n-grams, indexed."""
        return spans.postings(grams(self.texts))

    @cached_property
    def run_lengths(self) -> list[Floats]:
        """For 1, 2 ... `spans.LONGEST` sentences, the lengths of its runs' vectors as sums of their sentences'."""
        weighted = self.vectors * self.weights[:, None]
        longer = [np.linalg.norm(spans.over_runs(weighted, size), axis=1) for size in range(2, spans.LONGEST + 1)]
        return [self.weights, *(lengths + spans.TINY for lengths in longer)]

    @cached_property
    def characters(self) -> Floats:
        """``[n]``: of the transliterated sentences, so that scripts compare; at least 1."""
        return np.array([len(plain(text)) + 1 for text in self.texts], np.float32)

    @cached_property
    def run_characters(self) -> list[Floats]:
        """The same of its runs of 1, 2 ... `spans.LONGEST` sentences."""
        return [spans.over_runs(self.characters, size) for size in range(1, spans.LONGEST + 1)]

    @cached_property
    def run_densities(self) -> list[Floats]:
        """For 1, 2 ... `spans.LONGEST` sentences, the densities of its runs: ``[runs, languages + 1]``."""
        weighted = self.densities * self.weights[:, None]
        weights = self.weights[:, None]
        return [
            spans.over_runs(weighted, size) / spans.over_runs(weights, size) for size in range(1, spans.LONGEST + 1)
        ]

    @cached_property
    def alike(self) -> npt.NDArray[np.int64]:
        """``[n]``: the other sentence of the article that says the same, as a lead and the body do; -1 for none."""
        logits = compare_runs(self, self, ((1, 1),))[0].logits
        np.fill_diagonal(logits, -np.inf)
        return np.where(logits.max(axis=1) > ALIKE, logits.argmax(axis=1), -1)

    def incidence(self) -> Floats:
        """``[n, GRAM_SLOTS]``, 1 where the sentence has the n-gram."""
        return grams(self.texts).T.astype(np.float32, order="C")

    def joinable_runs(self, size: int) -> npt.NDArray[np.bool_]:
        """Whether the run of `size` sentences from each place on may be a unit.

        A heading is only joined with what follows it, from which it may not be set off in the other text.
        """
        count = max(len(self) - size + 1, 0)
        every = np.ones(count, np.bool_)
        for start in range(1, size):
            every &= self.joinable[start : start + count]
        return every

    def density_towards(self, columns: npt.NDArray[np.int64]) -> Floats:
        """``[n, len(columns)]``: density of each sentence towards the languages of the other side's."""
        return self.densities[:, columns]


@dataclass(frozen=True)
class Cells:
    """Scores of all sentence pairs of two articles, each ``[m, n]``."""

    cosine: Floats
    csls: Floats
    wording: Floats
    known: npt.NDArray[np.bool_]  # whether the encoder knows both languages

    @cached_property
    def logits(self) -> Floats:
        """Log-odds that the two are counterparts, given that their articles are related."""
        knowing = _logits(self.csls, self.wording, CELL_KNOWN)
        if self.known.all():
            return knowing
        return np.where(self.known, knowing, _logits(self.csls, self.wording, CELL_UNKNOWN))


def compare(left: Side, left_wording: Floats, right: Side, right_wording: Floats) -> Cells:
    """Score every sentence of one article against every sentence of the other.

    Args:
        left: m sentences.
        left_wording: ``[m, GRAM_SLOTS]`` from `weighted`.
        right: n sentences.
        right_wording: ``[n, GRAM_SLOTS]``.
    """
    density = left.density_towards(right.columns) + right.density_towards(left.columns).T
    known = left.known[:, None] & right.known
    return _cells(left.vectors @ right.vectors.T, density, left_wording @ right_wording.T, known)


def compare_runs(left: Side, right: Side, shapes: Sequence[tuple[int, int]]) -> list[Cells]:
    """Score every run of neighbours of one article against every run of the other.

    Args:
        left: m sentences.
        right: n sentences.
        shapes: sentences of the left and of the right runs, `spans.LONGEST` each and `spans.MOST` together at most.

    Returns:
        For each shape its cells ``[m - left + 1, n - right + 1]``, by the first sentences of the runs. A run's vector
        is the sum of its sentences' by their weights, its n-grams are all of theirs, its language is the first one's.
    """
    cosine = left.vectors @ right.vectors.T
    products = cosine * left.weights[:, None] * right.weights
    known = left.known[:, None] & right.known
    densities = (
        [runs[:, right.columns] for runs in left.run_densities],
        [runs[:, left.columns].T for runs in right.run_densities],
    )
    wordings = spans.wordings(left.postings, right.postings)
    found = []
    for a, b in shapes:
        lengths = left.run_lengths[a - 1][:, None] * right.run_lengths[b - 1]
        rows, columns = lengths.shape
        total = spans.over_runs(spans.over_runs(products, a).T, b).T
        density = densities[0][a - 1][:, :columns] + densities[1][b - 1][:rows]
        found.append(_cells(total / lengths, density, wordings.cosines(a, b), known[:rows, :columns]))
    return found


def _cells(cosine: Floats, density: Floats, wording: Floats, known: npt.NDArray[np.bool_]) -> Cells:
    return Cells(cosine, cosine - density * np.float32(0.5), wording, known)


def _logits(csls: Floats, wording: Floats, weights: tuple[float, float, float]) -> Floats:
    bias, by_csls, by_wording = weights
    return np.float32(bias) + np.float32(by_csls) * csls + np.float32(by_wording) * wording


def rarity(left: Floats, right: Floats) -> Floats:
    """``[GRAM_SLOTS]``: the weight of each n-gram by its rarity within this pair of articles.

    What both articles say all the time (the town, the president) weighs little; no corpus statistics are needed,
    so a score does not depend on what else is in the run.
    """
    return spans.rarity(left.sum(axis=0) + right.sum(axis=0), len(left) + len(right))


def weighted(incidence: Floats, weight: Floats) -> Floats:
    """Incidences times their weights, rows of unit length."""
    result = incidence * weight
    result /= np.linalg.norm(result, axis=1, keepdims=True) + 1e-9
    return result


# --- features of one aligned unit ------------------------------------------------------------------


def edit(left: Sequence[str], right: Sequence[str]) -> float:
    """Normalised Levenshtein similarity of two word lists, 0..1; 0 where either is empty."""
    from rapidfuzz.distance import Levenshtein

    if left == right:
        return float(bool(left))
    return float(Levenshtein.normalized_similarity(left, right)) if left and right else 0.0


def longest_run(left: Sequence[str], right: Sequence[str]) -> int:
    """Length of the longest run of words in both lists."""
    if left == right:
        return len(left)
    places: dict[str, list[int]] = {}
    for place, word in enumerate(right):
        places.setdefault(word, []).append(place)
    longest = 0
    ending: dict[int, int] = {}  # place on the right to the length of the run that ends there
    for word in left:
        before, ending = ending, {}
        for place in places.get(word, ()):
            ending[place] = size = before.get(place - 1, 0) + 1
            if size > longest:
                longest = size
    return longest


@lru_cache(maxsize=50_000)
def numbers(text: str) -> frozenset[str]:
    """Numbers in digits of any script, without separators."""
    return frozenset(
        "".join(str(unicodedata.decimal(char)) for char in number[0] if char.isdecimal())
        for number in NUMBER.finditer(text)
    )


@lru_cache(maxsize=50_000)
def names(text: str) -> frozenset[str]:
    """First five letters, transliterated, of capitalised words that do not open the sentence."""
    return frozenset(plain(match)[:5] for match in NAME.findall(text) if match[0].isupper())


def agreement(left: frozenset[str], right: frozenset[str]) -> float:
    """1 where both have the same, -1 where each has only what the other lacks, 0 where a side has none."""
    if not left or not right:
        return 0.0
    shared = len(left & right)
    return (4 * shared - len(left) - len(right)) / (len(left) + len(right))


def support(units: Sequence[tuple[Sequence[int], Sequence[int]]], odds: Sequence[float]) -> list[float]:
    """How well each unit of a pair of articles is placed among the others, 0 where it stands alone.

    A unit is supported by those that stand before it in both articles, and by those that stand behind it in both, by
    how likely they are themselves, over a power of the distance in sentences on the side where it is greater:
    ``log(1 + sum)``. Two texts with a common source have its sentences in its order; sentences that are alike by chance
    lie anywhere.

    Args:
        units: of one pair, the numbers of the sentences of each on the left and on the right.
        odds: of each, the log-odds that it adds to the chain of its pair, 0 outside it.
    """
    left, right = (_steps([unit[side] for unit in units]) for side in (0, 1))
    share = np.where(np.minimum(left, right) > 0, np.maximum(np.maximum(left, right), 1.0) ** -FADES, 0.0)
    chances = np.exp(-np.logaddexp(0.0, LEADS_ON - np.array(odds, dtype=np.float64)))
    sums: list[float] = np.log1p(chances @ share + share @ chances).tolist()
    return sums


def _steps(runs: Sequence[Sequence[int]]) -> npt.NDArray[np.int64]:
    """``[n, n]``: sentences from the end of one run to the beginning of another."""
    firsts, lasts = (np.array([edge(run) for run in runs], np.int64) for edge in (min, max))
    steps: npt.NDArray[np.int64] = firsts - lasts[:, None]
    return steps


def quote_run(left: str, right: str) -> int:
    """Length of the longest run of words that both texts have inside quotation marks."""
    spoken = quotation(left)[0], quotation(right)[0]
    return longest_run(*spoken) if all(spoken) else 0


def quoted_share(text: str) -> float:
    """Share of the characters inside quotation marks; a quote that is not closed runs to the end."""
    return quotation(text)[1] / len(text) if text else 0.0


def frame(text: str) -> str | None:
    """What stands around the quotations of a text; None where one is not closed, for it may have swallowed some."""
    closed = all(len(quoted) > 1 and quoted[-1] in _CLOSERS for quoted in QUOTES.findall(text))
    return QUOTES.sub(" ", text) if closed else None


@lru_cache(maxsize=50_000)
def quotation(text: str) -> tuple[tuple[str, ...], int]:
    """The words inside quotation marks, in order, and how many characters that is, the marks among them."""
    found = QUOTES.findall(text)
    return tuple(word for match in found for word in words(match)), sum(map(len, found))
