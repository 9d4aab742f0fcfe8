"""The chain of counterparts through two articles: which sentences match, in their order, and what either left out.

The best path of a pair hidden Markov model with affine gaps (Gotoh 1982; Durbin et al. 1998, "Biological Sequence
Analysis"): a unit is worth the log-odds of its two sides, and more where it goes on from the unit before. Who reuses a
text reuses runs of it: between counterparts a weak match is likely one, by itself it is not. So the same chain serves
whole translations, parts of a text among other material, and articles that have nothing in common. A unit joins one to
three sentences of either side (the spans of Vecalign, Thompson and Koehn 2019, and Bertalign, Liu and Zhu 2022).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cache, reduce
from typing import Final

import numpy as np
import numpy.typing as npt

from provtrace.scoring import spans
from provtrace.scoring.path import best_path
from provtrace.scoring.similarity import Cells, Floats, Side

Bools = npt.NDArray[np.bool_]

SPANS: Final = ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (2, 2))
# `GOES_ON` and `MERGE_COST` were chosen on wmt_composite_dev, between more found and less own material attributed.
GOES_ON: Final = (3.0, 1.5)  # log-odds that a unit gains where it begins on both sides, or one, where another ends
MERGE_COST: Final = 1.0  # log-odds that each sentence beyond one a side costs
VARIANCE: Final = 6.8  # of the characters of a translation, for each of the original (Gale and Church 1993)
MISFIT: Final = 8.0  # deviations of lengths, squared, that tell no more: who rewrites may cut a sentence in two


@dataclass(frozen=True)
class Weights:
    """Log-odds that two sentences of related articles are counterparts, from what their cell says."""

    bias: float
    csls: float
    wording: float
    misfit: float  # of squared deviations of their lengths


# By whether the encoder knows both languages, and whether they are the same. Logistic fits to the sentence gold of
# translated news (wmt_derivation_dev), every second pair of articles; those of one language to two versions. Known
# languages have them softer than fitted, within one language by far: who rewrites is freer than who translates.
WEIGHTS: Final[Mapping[tuple[bool, bool], Weights]] = {
    (True, False): Weights(-8.0, 21.0, 3.5, 0.6),
    (True, True): Weights(-7.0, 10.5, 12.0, 0.25),
    (False, False): Weights(-3.8, 6.8, 49.8, 0.5),
    (False, True): Weights(-6.4, 6.4, 36.4, 0.95),
}


@dataclass(frozen=True)
class Step:
    """One unit of a chain: which of `SPANS`, its first sentences, and the log-odds that it adds to the chain."""

    shape: int
    left: int
    right: int
    odds: float


def best_chain(cells: Sequence[Cells], left: Side, right: Side) -> list[Step]:
    """The likeliest monotone chain of units; its odds sum up to more than 0, or it is empty.

    Args:
        cells: for each of `SPANS`, its cells.
        left: m sentences.
        right: n sentences.
    """
    odds = unit_odds(cells, left, right)
    gains = np.full((len(SPANS), len(left), len(right)), -np.inf, np.float32)
    barred = not (left.joinable.all() and right.joinable.all())
    for table, one, (a, b) in zip(gains, odds, SPANS, strict=True):
        rows, columns = one.shape
        table[:rows, :columns] = one
        if barred:
            table[:rows][~left.joinable_runs(a)] = -np.inf
            table[:, :columns][:, ~right.joinable_runs(b)] = -np.inf
    path = best_path(gains, SPANS, GOES_ON)
    gained = going_on([(SPANS[shape], i, j) for shape, i, j in path])
    return [
        Step(shape, i, j, float(odds[shape][i, j]) + more) for (shape, i, j), more in zip(path, gained, strict=True)
    ]


def going_on(units: Sequence[tuple[tuple[int, int], int, int]]) -> list[float]:
    """The log-odds that each unit of a chain gains by where the unit before it ends.

    Args:
        units: in order, the sentences of each on the left and on the right, and the first of them on either side.
    """
    ends = [(-1, -1), *((i + a, j + b) for (a, b), i, j in units)]
    met = [(i == end[0]) + (j == end[1]) for (_, i, j), end in zip(units, ends, strict=False)]
    return [(0.0, *GOES_ON[::-1])[sides] for sides in met]


def unit_odds(cells: Sequence[Cells], left: Side, right: Side) -> list[Floats]:
    """For each of `SPANS` the log-odds of its units by themselves; -inf where a part says it better than the whole."""
    known, same = _kinds(left, right)
    either = known | same
    weights = _by_kind(known, same)
    first = _content(cells[0], weights)
    found = []
    for one, (a, b) in zip(cells, SPANS, strict=True):
        rows, columns = one.csls.shape
        here = weights[:, :rows, :columns]
        content = first if (a, b) == (1, 1) else _content(one, here)
        more = a + b - 2
        odds = content - here[-1] * _misfits(left.run_characters[a - 1], right.run_characters[b - 1])
        if more:
            odds -= np.float32(MERGE_COST * more)
            parts = [first[i : i + rows, j : j + columns] for i in range(a) for j in range(b)]
            odds[either[:rows, :columns] & (content < reduce(np.maximum, parts))] = -np.inf
        found.append(odds)
    return found


def span_odds(cells: Cells, left: Side, right: Side, shape: tuple[int, int]) -> Floats:
    """The log-odds of units of any shape by themselves, whatever their parts say.

    Args:
        cells: ``[m - a + 1, n - b + 1]``, of runs of a and b sentences.
        left: m sentences.
        right: n sentences.
        shape: a and b.
    """
    (rows, columns), (a, b) = cells.csls.shape, shape
    weights = _by_kind(*_kinds(left, right))[:, :rows, :columns]
    misfits = _misfits(spans.over_runs(left.characters, a), spans.over_runs(right.characters, b))
    odds: Floats = _content(cells, weights) - weights[-1] * misfits - np.float32(MERGE_COST * (a + b - 2))
    return odds


def _kinds(left: Side, right: Side) -> tuple[Bools, Bools]:
    """For every cell, or one that stands for all: does the encoder know both languages, and are they the same?"""
    return _uniform(left.known[:, None] & right.known), _uniform(left.languages[:, None] == right.languages)


def _uniform(table: Bools) -> Bools:
    """The table; where all of it says the same, one cell of it, which stands for all."""
    return table[:1, :1] if table.all() or not table.any() else table


def _content(cells: Cells, weights: Floats) -> Floats:
    """Log-odds by what the two say."""
    bias, csls, wording, _ = weights
    content: Floats = bias + csls * cells.csls + wording * cells.wording
    return content


def _misfits(left: Floats, right: Floats) -> Floats:
    """By how much lengths, in characters, don't fit: squared deviations."""
    a, b = left[:, None], right
    misfits: Floats = np.minimum((a - b) ** 2 * np.float32(2 / VARIANCE) / (a + b), np.float32(MISFIT))
    return misfits


def _by_kind(known: Bools, same: Bools) -> Floats:
    """``[4, m, n]``: the weights for every cell, in the order of their fields."""
    return np.moveaxis(_weights()[known.astype(np.intp), same.astype(np.intp)], -1, 0)


@cache
def _weights() -> Floats:
    """``[2, 2, 4]``: by whether the languages are known, and the same."""
    return np.array([[astuple(WEIGHTS[known, same]) for same in (False, True)] for known in (False, True)], np.float32)
