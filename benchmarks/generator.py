"""Articles of made-up words with planted reuse, for corpora larger than any that can be handed on.

Words follow Zipf's law, articles hold names and numbers of their own and stock phrases of everybody's. A quarter of the
originals have one to six derivatives: light and heavy edits, cuts, reorderings, insertions from another original.
What must not glue a corpus together is there as well: closing lines that many articles share word for word, and feeds
(weather, results) whose articles fill the slots of one frame. The same seed gives the same text, on any machine.

``python benchmarks/generator.py FOLDER [--documents N] [--seed S]`` writes the three tables of the reuse sets:
``corpus.parquet`` (id, text), ``truth_pairs.parquet`` (a, b, j5, rel) and ``truth_passages.parquet``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.int64]  # numbers of words in the vocabulary
Keys = npt.NDArray[np.uint64]
Origin = tuple[int, int] | None  # article and sentence; None for a sentence of its own
Passage = tuple[int, int, int, int]  # article, sentence, source article, source sentence

WORDS, NAMES, NUMBERS = 40_000, 8_000, 2_000
PHRASES, LINES, FEEDS = 2_000, 60, 10
SHINGLE = 5
HAS_DERIVATIVES = 0.25
CHAINED = 0.3  # share of derivatives that are taken from another derivative
IN_A_FEED = 0.01
HAS_LINES = 0.35


# The least and the greatest share of words that are changed: two thirds replaced, a sixth each dropped and added.
TOUCHED = (0.0, 0.01)
LIGHT = (0.01, 0.06)
HEAVY = (0.1, 0.25)


@dataclass(frozen=True)
class Article:
    """The sentences of an article, and for each of them where it was taken from."""

    number: int
    sentences: list[Words]
    taken: list[Origin]


@dataclass(frozen=True)
class Corpus:
    """A generated corpus.

    Attributes:
        texts: by number.
        pairs: (a, b, Jaccard of their word 5-shingles, "cluster" or "donor"), a below b: an original and what derives
            from it, all with all, and who took sentences from whom.
        passages: (article, sentence, source article, source sentence), every sentence that was taken.
    """

    texts: list[str]
    pairs: list[tuple[int, int, float, str]]
    passages: list[Passage]


def generate(documents: int, seed: int = 0, words: int = 450) -> Corpus:
    """A corpus of `documents` articles of about `words` words."""
    writer = _Writer(seed, words)
    articles: list[Article] = []
    clusters: list[range] = []
    for cluster in writer.clusters():
        cluster = cluster[: documents - len(articles)]
        clusters.append(range(len(articles), len(articles) + len(cluster)))
        articles += cluster
        if len(articles) >= documents:
            break
    marked = [writer.marked(article) for article in articles]
    passages = [
        (article.number, place, *origin)
        for article in articles
        for place, origin in enumerate(article.taken)
        if origin is not None
    ]
    keys = {number: writer.shingle_keys(marked[number]) for number in _taking_part(clusters, passages)}
    pairs = list(_related(keys, clusters, passages))
    return Corpus([writer.text(tokens) for tokens in marked], pairs, passages)


def _taking_part(clusters: Sequence[range], passages: Sequence[Passage]) -> set[int]:
    givers = {source for _, _, source, _ in passages}
    return givers | {number for cluster in clusters if len(cluster) > 1 for number in cluster}


def _related(
    keys: Mapping[int, Keys], clusters: Sequence[range], passages: Sequence[Passage]
) -> Iterator[tuple[int, int, float, str]]:
    kinds = {(source, taker): "donor" for taker, _, source, _ in passages}
    kinds |= {pair: "cluster" for cluster in clusters for pair in combinations(cluster, 2)}
    for (one, other), kind in sorted(kinds.items()):
        common = len(np.intersect1d(keys[one], keys[other], assume_unique=True))
        yield one, other, common / (len(keys[one]) + len(keys[other]) - common), kind


class _Writer:
    """Draws articles one after the other from one stream of random numbers."""

    def __init__(self, seed: int, words: int) -> None:
        self.random = np.random.Generator(np.random.PCG64(seed))
        self.length = words
        self.forms = _forms(_vocabulary(self.random))
        self.law = np.cumsum(1 / (np.arange(WORDS) + 2.7) ** 1.07)
        self.law /= self.law[-1]
        self.phrases = [self._drawn(int(size)) for size in self.random.integers(3, 7, PHRASES)]
        self.lines = [self._drawn(int(size)) for size in self.random.integers(8, 26, LINES)]
        self.feeds = [self._split(self._drawn(words)) for _ in range(FEEDS)]

    def clusters(self) -> Iterator[list[Article]]:
        """An original with its derivatives, numbered on; without end."""
        donors: list[Article] = []
        number = 0
        while True:
            if self.random.random() < IN_A_FEED:
                cluster = [self._own(number, self._filled())]
            else:
                cluster = [self._own(number, self._split(self._body()))]
                more = self.random.integers(1, 7) if self.random.random() < HAS_DERIVATIVES else 0
                for place in range(1, more + 1):
                    chained = self.random.random() < CHAINED
                    source = cluster[self.random.integers(place) if chained else 0]
                    cluster.append(self._derived(number + place, source, donors))
                donors.append(cluster[0])
            number += len(cluster)
            yield [self._closed(article) for article in cluster]

    def marked(self, article: Article) -> Words:
        """Places in `forms`: the words, each sentence with a capital, commas and a full stop.

        A comma depends on the two words it parts, so that what is copied word for word keeps its commas.
        """
        flat = np.concatenate(article.sentences)
        ends = np.cumsum([len(sentence) for sentence in article.sentences])
        mark = np.zeros(len(flat), np.int64)
        mark[:-1] = (flat[:-1] * 31 + flat[1:]) % 12 == 0
        mark[ends - 1] = 2
        capital = np.zeros(len(flat), np.int64)
        capital[np.concatenate([[0], ends[:-1]])] = 1
        return flat + len(self.forms) // 6 * (mark + 3 * capital)

    def text(self, marked: Words) -> str:
        return " ".join(self.forms[marked].tolist())

    def shingle_keys(self, marked: Words) -> Keys:
        """A 64-bit key for each distinct run of five words, as white space parts them, lower-cased."""
        lower = (marked % (len(self.forms) // 2)).astype(np.uint64)
        keys = np.zeros(max(len(lower) - SHINGLE + 1, 0), np.uint64)
        for offset in range(SHINGLE):
            keys = (keys ^ lower[offset : offset + len(keys)]) * np.uint64(0x9E3779B97F4A7C15)
            keys ^= keys >> np.uint64(29)
        return np.unique(keys)

    # --- originals ---

    def _drawn(self, size: int) -> Words:
        return np.searchsorted(self.law, self.random.random(size)).clip(max=WORDS - 1)

    def _body(self) -> Words:
        """Words by Zipf's law, with stock phrases, and with names and numbers that come back in the article."""
        size = int(np.clip(self.random.normal(self.length, self.length / 4), self.length / 4, 3 * self.length))
        body = self._drawn(size)
        for start in self.random.integers(0, size - 6, size // 30).tolist():
            phrase = self.phrases[int(PHRASES * self.random.random() ** 2)]
            body[start : start + len(phrase)] = phrase
        topic = np.concatenate([WORDS + self.random.integers(0, NAMES, 8), self._figures(4)])
        places = self.random.integers(0, size, size // 12)
        body[places] = topic[(len(topic) * self.random.random(len(places)) ** 2).astype(np.int64)]
        return body

    def _figures(self, size: int) -> Words:
        return WORDS + NAMES + self.random.integers(0, NUMBERS, size)

    def _split(self, body: Words) -> list[Words]:
        lengths = self.random.integers(8, 38, len(body) // 8)
        ends = np.cumsum(lengths)
        return [part for part in np.split(body, ends[ends < len(body) - 4]) if len(part)]

    def _filled(self) -> list[Words]:
        """A frame of one of the feeds: in each run of nine words, the last three are the article's own."""
        frame = self.feeds[self.random.integers(FEEDS)]
        filled = []
        for sentence in frame:
            slots = np.arange(len(sentence)) % 9 >= 6
            own = self._drawn(len(sentence))
            own[::2] = self._figures(len(own[::2]))
            filled.append(np.where(slots, own, sentence))
        return filled

    def _own(self, number: int, sentences: list[Words]) -> Article:
        return Article(number, sentences, [None] * len(sentences))

    def _closed(self, article: Article) -> Article:
        """With closing lines, where the article has some; some lines are much more common than others."""
        if self.random.random() >= HAS_LINES:
            return article
        chosen = (LINES * self.random.random(self.random.integers(1, 3)) ** 3).astype(np.int64)
        lines = [self.lines[line] for line in chosen.tolist()]
        return Article(article.number, [*article.sentences, *lines], [*article.taken, *([None] * len(lines))])

    # --- derivatives ---

    def _derived(self, number: int, source: Article, donors: Sequence[Article]) -> Article:
        kind = self.random.integers(5)
        taken: list[Origin] = [(source.number, place) for place in range(len(source.sentences))]
        sentences = source.sentences
        if kind == 2:  # a cut: whole sentences are kept, in order
            share = self.random.uniform(0.3, 0.7)
            kept = np.sort(self.random.permutation(len(taken))[: max(1, round(share * len(taken)))])
        elif kind == 3:
            kept = self._reordered(len(taken))
        else:
            kept = np.arange(len(taken))
        sentences, taken = [sentences[place] for place in kept], [taken[place] for place in kept]
        if kind == 4 and donors:
            self._insert(sentences, taken, donors[int(self.random.integers(len(donors)))])
        rate = self.random.uniform(*(LIGHT, HEAVY, TOUCHED, TOUCHED, TOUCHED)[kind])
        return Article(number, [self._edited(sentence, rate) for sentence in sentences], taken)

    def _reordered(self, size: int) -> Words:
        """Blocks of a few sentences in another order."""
        blocks = np.split(np.arange(size), np.arange(3, size, 3))
        return np.concatenate([blocks[place] for place in self.random.permutation(len(blocks))])

    def _insert(self, sentences: list[Words], taken: list[Origin], donor: Article) -> None:
        """Three to eight sentences in a row of another original, somewhere in between."""
        count = int(self.random.integers(3, 9))
        first = int(self.random.integers(max(1, len(donor.sentences) - count)))
        passage = range(first, min(first + count, len(donor.sentences)))
        at = int(self.random.integers(len(sentences) + 1))
        sentences[at:at] = [donor.sentences[place] for place in passage]
        taken[at:at] = [(donor.number, place) for place in passage]

    def _edited(self, sentence: Words, rate: float) -> Words:
        chance = self.random.random(len(sentence))
        edited = np.where(chance < rate * 2 / 3, self._drawn(len(sentence)), sentence)[chance < 1 - rate / 6]
        places = np.flatnonzero(self.random.random(len(edited)) < rate / 6)
        edited = np.insert(edited, places, self._drawn(len(places)))
        return edited if len(edited) else sentence


def _vocabulary(random: np.random.Generator) -> list[str]:
    """Distinct made-up words, the common ones short; then names; then numbers."""
    onsets = np.array([*"bcdfghjklmnprstvwz", *"bcdfghjklmnprstvwz", "ch", "dr", "pr", "sh", "st", "th", "tr", ""])
    nuclei = np.array([*"aeiou", *"aeiou", "ai", "ea", "ou"])
    codas = np.array([*[""] * 10, *"lnrst", "nd"])
    parts = [part[random.integers(0, len(part), (WORDS + NAMES) * 20)] for part in (onsets, nuclei, codas)]
    syllables = iter(np.char.add(np.char.add(parts[0], parts[1]), parts[2]).tolist())
    words: dict[str, None] = {}
    while len(words) < WORDS + NAMES:
        rank = len(words)
        least = 1 if rank < 150 else 2 if rank < 6_000 else 3
        word = "".join(next(syllables) for _ in range(least))
        if word not in words:
            words[word] = None
    spelled = list(words)
    names = [name.capitalize() for name in spelled[WORDS:]]
    numbers = [str(10 + 7 * number) for number in range(NUMBERS)]
    return [*spelled[:WORDS], *names, *numbers]


def _forms(vocabulary: list[str]) -> npt.NDArray[np.object_]:
    """Plain, with a comma, with a full stop; all of these again with a capital: ``[6 * words]``."""
    capitals = [word[:1].upper() + word[1:] for word in vocabulary]
    return np.array(
        [word + mark for both in (vocabulary, capitals) for mark in ("", ",", ".") for word in both], object
    )


def write(corpus: Corpus, folder: Path) -> None:
    """Write the three tables of a reuse set into `folder`."""
    import polars as pl

    folder.mkdir(parents=True, exist_ok=True)
    texts = pl.DataFrame({"id": range(len(corpus.texts)), "text": corpus.texts})
    pairs = pl.DataFrame(corpus.pairs, schema=["a", "b", "j5", "rel"], orient="row")
    passages = pl.DataFrame(corpus.passages, schema=["dst", "sent", "src", "srcsent"], orient="row")
    for name, table in {"corpus": texts, "truth_pairs": pairs, "truth_passages": passages}.items():
        table.write_parquet(folder / f"{name}.parquet")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write articles of made-up words with planted reuse.")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--documents", type=int, default=40_000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--words", type=int, default=450, metavar="W", help="mean length of an article")
    options = parser.parse_args(arguments)
    write(generate(options.documents, options.seed, options.words), options.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
