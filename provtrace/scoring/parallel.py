"""Alignment of two parallel texts: every sentence has its place in a chain of m:n beads, or is left out.

The program of Vecalign (Thompson and Koehn 2019) and Bertalign (Liu and Zhu 2022): the score of a bead is the cosine of
its two runs, less the mean of their nearest neighbours, with wording, numbers and length. New here is that a sentence
at the edge of a bead has to add something (`coverage`): a caption or scrap hardly lowers a cosine, and is drawn in.

The weights were chosen on the dev part of Text+Berg (German-French yearbooks); `SIZE` and those of the edges on it and
on made-up cuts of translated news together (de-fr, fr-de, en-de: sentences joined and split, clauses dropped, foreign
sentences and scraps put in, letters misread). Of settings about as good, within .002 of the best mean of strict and
lax F1, it is the one with the least `SIZE`: own material in news must not be drawn into beads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from provtrace.scoring import similarity, spans
from provtrace.scoring.coverage import Edges
from provtrace.scoring.path import best_path
from provtrace.scoring.similarity import Floats, Side

LONGEST: Final = 5  # sentences of a bead on one side
MOST: Final = 6  # and on both together
SHAPES: Final = tuple((a, b) for a in range(1, LONGEST + 1) for b in range(1, LONGEST + 1) if a + b <= MOST)
NEAREST: Final = 4  # neighbours in a margin
MARGIN: Final = 0.5  # weight of the margin
WORDING: Final = 0.4  # of character n-grams in common, against the cosine
NUMBERS: Final = 0.1  # of the agreement of numbers
LENGTH: Final = 0.7  # power of the length ratio's penalty
SIZE: Final = 0.3  # power of the number of sentences: 0 counts beads, 1 sentences
SKIP: Final = 0.1  # what a sentence without counterpart costs
EDGE: Final = 0.06  # of what the edges of a bead's runs add to it, by the logarithm
ENOUGH: Final = 0.06  # of that is enough
LITTLE: Final = 0.01  # of that is as good as none

Bead = tuple[tuple[int, int], int, int]
Runs = Mapping[int, tuple[Side, Floats]]


def beads(left: Side, right: Side, left_runs: Runs, right_runs: Runs, edges: Edges | None = None) -> list[Bead]:
    """The best chain of beads: the shape, and the first sentence on either side, of each.

    Args:
        left: m sentences.
        right: n sentences.
        left_runs: for 1, 2 ... `LONGEST` or m, its runs of so many sentences, and their wording ``[runs, GRAM_SLOTS]``.
        right_runs: likewise on the right.
        edges: what the sentences at the edges of runs add to a bead.
    """
    shapes = [(a, b) for a, b in SHAPES if a in left_runs and b in right_runs]
    gains = np.full((len(shapes), len(left), len(right)), -np.inf, np.float32)
    found = _scores(left, right, left_runs, right_runs, shapes, edges)
    for table, scores, (a, b) in zip(gains, found, shapes, strict=True):
        rows, columns = scores.shape
        table[:rows, :columns] = scores * np.float32((a + b) ** SIZE) + np.float32(SKIP * (a + b))
        table[:rows][~left.joinable_runs(a)] = -np.inf
        table[:, :columns][:, ~right.joinable_runs(b)] = -np.inf
    return [(shapes[shape], i, j) for shape, i, j in best_path(gains, shapes)]


def _scores(
    left: Side,
    right: Side,
    left_runs: Runs,
    right_runs: Runs,
    shapes: Sequence[tuple[int, int]],
    edges: Edges | None,
) -> Iterator[Floats]:
    """For each shape the scores of its beads: ``[m - a + 1, n - b + 1]``."""
    numbers = sorted({number for side in (left, right) for text in side.texts for number in similarity.numbers(text)})
    lefts, rights = _figures(left, numbers, left_runs), _figures(right, numbers, right_runs)
    longer = np.sqrt(lefts[1].lengths.sum() / rights[1].lengths.sum())  # by that, the two texts are of one length
    for a, b in shapes:
        (one, one_wording), (other, other_wording) = left_runs[a], right_runs[b]
        cosine = one.vectors @ other.vectors.T
        score: Floats = cosine - np.float32(MARGIN) * _density(cosine)
        score += np.float32(WORDING) * (one_wording @ other_wording.T)
        score += np.float32(NUMBERS) * _agreement(lefts[a].numbers, rights[b].numbers)
        if edges is not None and a + b > 2:
            score += np.float32(EDGE) * _shortfall(edges.least(a, b))
        yield np.where(score > 0, score * _fit(lefts[a].lengths / longer, rights[b].lengths * longer), score)


@dataclass(frozen=True)
class _Figures:
    """What is compared of a side's runs of one length, besides vectors and wording."""

    lengths: Floats  # in characters
    numbers: Floats  # ``[runs, numbers of the pair]``, 1 where the run has the number


def _figures(side: Side, numbers: Sequence[str], sizes: Iterable[int]) -> dict[int, _Figures]:
    lengths = np.array([len(text) + 1 for text in side.texts], np.float32)
    present = [similarity.numbers(text) for text in side.texts]
    has = np.array([[number in found for number in numbers] for found in present], np.float32)
    return {
        size: _Figures(
            spans.over_runs(lengths, size),
            np.minimum(spans.over_runs(has.reshape(len(side), len(numbers)), size), np.float32(1)),
        )
        for size in sizes
    }


def _density(cosine: Floats) -> Floats:
    """For each cell the mean of the `NEAREST` greatest cosines of its row and of its column."""
    return (_nearest(cosine)[:, None] + _nearest(cosine.T)[None, :]) * np.float32(0.5)


def _nearest(cosine: Floats) -> Floats:
    count = min(NEAREST, cosine.shape[1])
    means: Floats = np.partition(cosine, -count, axis=1)[:, -count:].mean(axis=1)
    return means


def _agreement(left: Floats, right: Floats) -> Floats:
    """`similarity.agreement` of the numbers, for every cell."""
    total = left.sum(axis=1)[:, None] + right.sum(axis=1)[None, :]
    both = np.outer(left.any(axis=1), right.any(axis=1))
    return np.where(both, (4 * (left @ right.T) - total) / np.maximum(total, 1), np.float32(0))


def _shortfall(least: Floats) -> Floats:
    """Logarithm of what is added, against `ENOUGH`; 0 from there up."""
    shares: Floats = (np.minimum(least, np.float32(ENOUGH)) + np.float32(LITTLE)) / np.float32(ENOUGH + LITTLE)
    return np.log(shares)


def _fit(left: Floats, right: Floats) -> Floats:
    """Penalty for unlike lengths, 0..1, as Bertalign's, to a power."""
    shorter, longer = np.minimum(left[:, None], right[None, :]), np.maximum(left[:, None], right[None, :])
    return np.float_power(np.log2(1 + shorter / longer), LENGTH).astype(np.float32)
