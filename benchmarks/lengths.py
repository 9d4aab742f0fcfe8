"""What encoding, aligning and scoring cost, by the length of the articles: CPU time a pair, and memory.

Articles are made up (`generator.py`), each in five pairs. Related ones are versions of one original: half of the
sentences word for word, the others with one word in ten replaced, one sentence in ten left out. For two languages every
word is spelt in other letters. Vectors are made up, too: versions of a sentence have nearly the same. Every round has
texts of its own, for what is remembered of a text from chunk to chunk would flatter us.
"""

from __future__ import annotations

import random
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import generator
import numpy as np
import numpy.typing as npt
import polars as pl

from provtrace.scoring.encode import background_languages, density_column, load_encoder
from provtrace.scoring.similarity import Side, words
from provtrace.settings import Settings
from provtrace.stages.align import align, units

LENGTHS = (5, 10, 20, 40, 80)
VERSIONS = 6  # articles of a group, all with all
GROUPS = 2
ROUNDS = 3
DIMENSIONS = 512
DRIFT = 0.6  # length of what is added to a unit vector for another version
ENCODED = 200  # sentences
OTHER_LETTERS = str.maketrans("aeioubcdfglmnprst", "ouaiepgtvkrnmbsld")


@dataclass(frozen=True)
class Sentence:
    """A made-up sentence with a made-up vector."""

    text: str
    vector: npt.NDArray[np.float32]


@dataclass(frozen=True)
class PairCost:
    """What a pair of articles of one length took.

    Attributes:
        sentences: of each article.
        pair: whether they are related, and of one language.
        align_ms: CPU-milliseconds to their units, all that is worked out once an article included.
        whole_ms: of the whole stage, frame to table: align and score.
        units: found in a pair.
        peak_mib: most memory that Python and numpy took to align one pair.
    """

    sentences: int
    pair: str
    align_ms: float
    whole_ms: float
    units: float
    peak_mib: float


def encode_costs() -> dict[str, float]:
    """CPU-milliseconds a sentence of the embedded encoder: one by one as in a run, and in one batch."""
    # In a batch a vector's last bits depend on its neighbours: no run encodes like that.
    encoder = load_encoder("use")
    texts = [sentence.text for sentence in _Maker(0).original(ENCODED)]
    encoder.encode(texts[:5])
    one_by_one = _timed(lambda: encoder.encode(texts))
    together = _timed(lambda: encoder._model.encode(texts))
    return {"one by one": one_by_one / ENCODED, "batch": together / ENCODED}


def pair_costs(lengths: Sequence[int]) -> Iterator[PairCost]:
    """The costs of pairs, by length and kind."""
    for pair in ("related", "unrelated", "related, two languages", "unrelated, two languages"):
        _round(10, pair, 0)  # everything compiled and loaded
        for length in lengths:
            rounds = [_round(length, pair, seed) for seed in range(1, ROUNDS + 1)]
            align_ms, whole_ms, found = (statistics.median(figures) for figures in zip(*rounds, strict=True))
            yield PairCost(length, pair, align_ms, whole_ms, found, _peak_mib(length, pair))


def _round(length: int, pair: str, seed: int) -> tuple[float, float, float]:
    """CPU-milliseconds a pair to units and to the table, and units a pair."""
    groups = [list(_group(length, pair, 10 * seed + group)) for group in range(GROUPS)]
    pairs = [ends for group in groups for ends in combinations(group, 2)]
    frame = _frame(pairs)
    settings = Settings()
    whole: list[pl.DataFrame] = []
    whole_ms = _timed(lambda: whole.append(align(frame, settings)))
    sides = {id(article): _side(article) for group in groups for article in group}
    align_ms = _timed(lambda: [units(sides[id(left)], sides[id(right)]) for left, right in pairs])
    return align_ms / len(pairs), whole_ms / len(pairs), len(whole[0]) / len(pairs)


def _peak_mib(length: int, pair: str) -> float:
    left, right = (_side(article) for article in list(_group(length, pair, 0))[:2])
    tracemalloc.start()
    units(left, right)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def _timed(call: Callable[[], Any]) -> float:
    start = time.process_time()
    call()
    return 1000 * (time.process_time() - start)


# --- articles ---------------------------------------------------------------------------------------

Article = tuple[str, str, list[Sentence]]  # id, language, sentences


def _group(length: int, pair: str, seed: int) -> Iterator[Article]:
    """Articles of which each is paired with each."""
    maker = _Maker(seed)
    original = maker.original(length)
    for number in range(VERSIONS):
        sentences = maker.version(original) if pair.startswith("related") else maker.original(length)
        foreign = "two languages" in pair and number % 2 == 1
        if foreign:
            sentences = [Sentence(sentence.text.translate(OTHER_LETTERS), sentence.vector) for sentence in sentences]
        yield f"{seed}-{number}", "de" if foreign else "en", sentences


class _Maker:
    """Makes up sentences."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.vectors = np.random.default_rng(seed)
        self.left: list[str] = []

    def original(self, length: int) -> list[Sentence]:
        while len(self.left) < length:
            self.seed += 1000
            corpus = generator.generate(20, seed=self.seed)
            self.left += [f"{part}." for text in corpus.texts for part in text.rstrip(".").split(". ")]
            self.words = [word for text in corpus.texts for word in text.split()]
        taken, self.left = self.left[:length], self.left[length:]
        return [Sentence(text, self._unit(self.vectors.standard_normal(DIMENSIONS))) for text in taken]

    def version(self, original: Sequence[Sentence]) -> list[Sentence]:
        """As long as the original: a new sentence stands for one that is left out."""
        return [self._retold(sentence) for sentence in original]

    def _retold(self, sentence: Sentence) -> Sentence:
        fate = self.chance.random()
        if fate < 0.1:
            return self.original(1)[0]
        drift = self._unit(self.vectors.standard_normal(DIMENSIONS)) * np.float32(DRIFT)
        tokens = sentence.text.split()
        if fate < 0.5:
            tokens = [self.chance.choice(self.words) if self.chance.random() < 0.1 else token for token in tokens]
        return Sentence(" ".join(tokens), self._unit(sentence.vector + drift))

    def _unit(self, vector: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        unit: npt.NDArray[np.float32] = (vector / np.linalg.norm(vector)).astype(np.float32)
        return unit


def _frame(pairs: Sequence[tuple[Article, Article]]) -> pl.DataFrame:
    """What the stage gets: the sentences of both articles of each pair."""
    densities = [0.0] * len(background_languages())
    rows = [
        (left[0], right[0], name, place, 0, len(sentence.text), language, "body", sentence.text, sentence.vector)
        for left, right in pairs
        for name, language, sentences in (left, right)
        for place, sentence in enumerate(sentences)
    ]
    names = ("left_id", "right_id", "article_id", "sentence", "start", "end", "language", "role", "text")
    columns = list(zip(*rows, strict=True))
    frame = pl.DataFrame(dict(zip(names, columns[:-1], strict=True)))
    vectors = pl.Series("vector", np.stack(columns[-1])).cast(pl.List(pl.Float32))
    return frame.with_columns(vectors, densities=pl.lit(densities, pl.List(pl.Float32)))


def _side(article: Article) -> Side:
    _, language, sentences = article
    count = len(sentences)
    return Side(
        vectors=np.stack([sentence.vector for sentence in sentences]),
        densities=np.zeros((count, len(background_languages())), np.float32),
        texts=[sentence.text for sentence in sentences],
        columns=np.full(count, density_column(language)),
        known=np.ones(count, np.bool_),
        joinable=np.ones(count, np.bool_),
        weights=np.array([len(words(sentence.text)) for sentence in sentences], np.float32),
        languages=np.full(count, language),
    )
