"""What runs of neighbouring sentences of two texts have in common, for all lengths of runs at once.

Neither a run's vector nor its n-grams are made for this. A run's vector is a weighted sum of its sentences' vectors, so
that products of runs are sums over the products of sentences. Its n-grams are those of its first sentence, those that
the second adds, and those that the third adds: what two runs have in common is a sum over such parts, too, and only
n-grams that both texts have take part in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from provtrace.scoring.compiled import compiled

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int32]

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
    """The n-grams of a text, and in which of its runs each of them is new.

    Attributes:
        slots: the distinct n-grams, sorted.
        ends: ``[LONGEST * len(slots) + 1]``, where in `runs` those of each n-gram and part begin, and the last ones end.
        runs: first sentences of runs: under part 0 those that have the n-gram, under part 1 those that lack it and are
            followed by one that has it, and so on.
        frequency: ``[all slots]``, sentences that have each n-gram.
        sentences: how many the text has.
    """

    slots: Places
    ends: Places
    runs: Places
    frequency: Floats
    sentences: int


def postings(grams: Sequence[npt.NDArray[np.int64]], slots: int) -> Postings:
    """Index a text.

    Args:
        grams: of each sentence, its distinct n-grams.
        slots: how many different n-grams there may be.
    """
    has = np.zeros((len(grams), slots), np.bool_)
    for row, own in zip(has, grams, strict=True):
        row[own] = True
    frequency = np.bincount(np.concatenate(grams), minlength=slots)
    found = np.flatnonzero(frequency)
    has = has[:, found]
    new = np.zeros((len(found), LONGEST, len(grams)), np.bool_)
    seen = np.zeros_like(has)
    for part in range(min(LONGEST, len(grams))):
        count = len(grams) - part
        new[:, part, :count] = (has[part:] & ~seen[:count]).T
        seen = seen[:count] | has[part:]
    return Postings(
        slots=found.astype(np.int32),
        ends=np.concatenate([[0], np.cumsum(new.sum(axis=2))]).astype(np.int32),
        runs=(np.flatnonzero(new) % len(grams)).astype(np.int32),
        frequency=frequency.astype(np.float32),
        sentences=len(grams),
    )


def rarity(frequency: Floats, sentences: int) -> Floats:
    """Weights of n-grams by how few of the sentences have them."""
    weights: Floats = np.log((sentences + 1) / np.maximum(frequency, 1.0)).astype(np.float32)
    return weights


@dataclass(frozen=True)
class Wordings:
    """The weighted n-grams that runs of two texts have in common.

    Attributes:
        common: ``[LONGEST, LONGEST, m, n]``: squared weights of what is new in one part of the left run and in one of
            the right; for runs of `MOST` sentences together at most.
        left: ``[LONGEST, m]``: lengths of the left runs as vectors of weighted n-grams, by their sentences less one.
        right: ``[LONGEST, n]``: likewise.
    """

    common: Floats
    left: Floats
    right: Floats

    def cosines(self, left: int, right: int) -> Floats:
        """Of all runs of so many sentences on the left with those of so many on the right."""
        rows, columns = (side.shape[1] - size + 1 for side, size in ((self.left, left), (self.right, right)))
        total = self.common[:left, :right, :rows, :columns].sum(axis=(0, 1))
        result: Floats = total / (self.left[left - 1, :rows, None] * self.right[right - 1, :columns])
        return result


def wordings(left: Postings, right: Postings) -> Wordings:
    """Compare two texts, n-grams weighted by their rarity within these two."""
    squares = rarity(left.frequency + right.frequency, left.sentences + right.sentences) ** 2
    common = np.zeros((LONGEST, LONGEST, left.sentences, right.sentences), np.float32)
    sums = np.zeros((LONGEST, left.sentences), np.float32), np.zeros((LONGEST, right.sentences), np.float32)
    _kernel()(left.slots, left.ends, left.runs, right.slots, right.ends, right.runs, squares, common, *sums)
    lengths = [np.sqrt(np.cumsum(one, axis=0)) + TINY for one in sums]
    return Wordings(common, *lengths)


@cache
def _kernel() -> Callable[..., None]:
    return compiled(_add_squares)


def _add_squares(
    slots: Any, ends: Any, runs: Any, other_slots: Any, other_ends: Any, other_runs: Any,
    squares: Any, common: Any, own: Any, other_own: Any,
) -> None:  # noqa: ANN401 (compiled by numba, which infers the types)  # fmt: skip
    """Add the square of each n-gram where runs have it as new: runs of one text, and runs of both."""
    for i in range(len(slots)):
        for part in range(LONGEST):
            for place in range(ends[LONGEST * i + part], ends[LONGEST * i + part + 1]):
                own[part, runs[place]] += squares[slots[i]]
    for j in range(len(other_slots)):
        for part in range(LONGEST):
            for place in range(other_ends[LONGEST * j + part], other_ends[LONGEST * j + part + 1]):
                other_own[part, other_runs[place]] += squares[other_slots[j]]
    i = j = 0
    while i < len(slots) and j < len(other_slots):
        if slots[i] < other_slots[j]:
            i += 1
        elif slots[i] > other_slots[j]:
            j += 1
        else:
            for part in range(LONGEST):
                for place in range(ends[LONGEST * i + part], ends[LONGEST * i + part + 1]):
                    for other in range(min(MOST - 1 - part, LONGEST)):
                        for spot in range(other_ends[LONGEST * j + other], other_ends[LONGEST * j + other + 1]):
                            common[part, other, runs[place], other_runs[spot]] += squares[slots[i]]
            i += 1
            j += 1
