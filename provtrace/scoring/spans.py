"""What runs of neighbouring sentences of two texts have in common, for all lengths of runs at once.

Neither a run's vector nor its n-grams are made for this. A run's vector is a weighted sum of its sentences' vectors, so
that products of runs are sums over the products of sentences. Its n-grams are those of its first sentence, those that
the second adds, and those that the third adds: what two runs have in common is a sum over such parts, too, and only
n-grams that both texts have take part in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, reduce
from typing import Final

import numpy as np
import numpy.typing as npt

from provtrace.scoring.compiled import compiled

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]

LONGEST: Final = 3  # sentences of a run
MOST: Final = 4  # and of two runs that are compared
TINY: Final = np.float32(1e-9)


def over_runs(rows: Floats, size: int) -> Floats:
    """Sums of `size` neighbouring rows, from every place on: ``[n - size + 1, ...]``."""
    count = max(len(rows) - size + 1, 0)
    total = rows[:count]
    for start in range(1, size):
        total = total + rows[start : start + count]
    return total


# --- n-grams ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Postings:
    """The n-grams of a text, and in which parts of its runs each of them is.

    A part of a run is a sentence of it, less what the run's sentences before it have. Parts are rows: those that begin
    a run, by the run's first sentence, then those that come second in it, then those that come third.

    Attributes:
        slots: the distinct n-grams, sorted.
        ends: ``[LONGEST * len(slots) + 1]``, where in `rows` those of each n-gram and place in a run begin, and where
            the last end.
        rows: the parts that have an n-gram, n-gram by n-gram.
        owners: of each of these, the n-gram.
        frequency: ``[all slots]``, sentences that have each n-gram.
        sentences: how many the text has.
    """

    slots: Places
    ends: Places
    rows: Places
    owners: Places
    frequency: Floats
    sentences: int


def postings(grams: npt.NDArray[np.bool_]) -> Postings:
    """Index a text.

    Args:
        grams: ``[all slots, sentences]``, whether a sentence has an n-gram.
    """
    slots, sentences = grams.shape
    keys = np.flatnonzero(grams)
    owners = keys // sentences
    places = keys - owners * sentences
    opens = np.diff(owners, prepend=-1) > 0
    found = owners[opens]
    since = np.diff(keys, prepend=0)  # the sentence before that has the n-gram
    since[opens] = LONGEST
    firsts = (np.cumsum(opens) - 1) * (LONGEST * sentences) + places
    new = np.zeros(len(found) * LONGEST * sentences, np.bool_)
    for part in range(LONGEST):
        new[firsts[(since > part) & (places >= part)] + part * (sentences - 1)] = True
    rows = np.flatnonzero(new)
    groups = rows // sentences  # an n-gram, and a place in a run
    counts = np.bincount(groups, minlength=LONGEST * len(found))
    ranks = groups // LONGEST
    return Postings(
        slots=found,
        ends=np.concatenate([[0], np.cumsum(counts)]),
        rows=rows - ranks * (LONGEST * sentences),
        owners=found[ranks],
        frequency=np.bincount(owners, minlength=slots).astype(np.float32),
        sentences=sentences,
    )


def rarity(frequency: Floats, sentences: int) -> Floats:
    """Weights of n-grams by how few of the sentences have them."""
    weights: Floats = np.log((sentences + 1) / np.maximum(frequency, 1.0)).astype(np.float32)
    return weights


@dataclass(frozen=True)
class Wordings:
    """The weighted n-grams that runs of two texts have in common.

    Attributes:
        common: ``[LONGEST, m, LONGEST, n]``: squared weights of what parts of left and right runs have in common; of no
            others than runs of `MOST` sentences together have.
        left: ``[LONGEST, m]``: lengths of the left runs as vectors of weighted n-grams, by their sentences less one.
        right: ``[LONGEST, n]``: likewise.
    """

    common: Floats
    left: Floats
    right: Floats

    def cosines(self, left: int, right: int) -> Floats:
        """Of all runs of so many sentences on the left with those of so many on the right."""
        rows, columns = (max(side.shape[1] - size + 1, 0) for side, size in ((self.left, left), (self.right, right)))
        parts = [self.common[i, :rows, j, :columns] for i in range(left) for j in range(right)]
        total = reduce(np.add, parts)  # a few of them: faster than a sum along two axes
        result: Floats = total / (self.left[left - 1, :rows, None] * self.right[right - 1, :columns])
        return result


def wordings(left: Postings, right: Postings) -> Wordings:
    """Compare two texts, n-grams weighted by their rarity within these two."""
    squares = rarity(left.frequency + right.frequency, left.sentences + right.sentences) ** 2
    common = np.zeros((LONGEST * left.sentences, LONGEST * right.sentences), np.float32)
    _kernel()(left.slots, left.ends, left.rows, right.slots, right.ends, right.rows, squares, common)
    shape = (LONGEST, left.sentences, LONGEST, right.sentences)
    return Wordings(common.reshape(shape), _lengths(left, squares), _lengths(right, squares))


def _lengths(text: Postings, squares: Floats) -> Floats:
    parts = np.bincount(text.rows, squares[text.owners], LONGEST * text.sentences).reshape(LONGEST, -1)
    lengths: Floats = np.sqrt(parts.cumsum(axis=0)).astype(np.float32) + TINY
    return lengths


@cache
def _kernel() -> Callable[..., None]:
    return compiled(_add_common)


def _add_common(
    slots: Places, ends: Places, rows: Places, others: Places, other_ends: Places, other_rows: Places,
    squares: Floats, common: Floats,
) -> None:  # fmt: skip
    """Walk along the n-grams of both texts, and add the square of each common one where rows meet. For numba."""
    i = j = 0
    while i < len(slots) and j < len(others):
        if slots[i] < others[j]:
            i += 1
        elif slots[i] > others[j]:
            j += 1
        else:
            square = squares[slots[i]]
            for part in range(LONGEST):
                last = other_ends[LONGEST * j + min(MOST - 1 - part, LONGEST)]  # of the parts that go with this one
                for place in range(ends[LONGEST * i + part], ends[LONGEST * i + part + 1]):
                    row = common[rows[place]]
                    for spot in range(other_ends[LONGEST * j], last):
                        row[other_rows[spot]] += square
            i += 1
            j += 1
