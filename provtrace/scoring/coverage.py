"""What a sentence at the edge of a run adds to a bead: the tokens of the other side that only it covers.

The cosine of two runs hardly changes when a caption or a scrap of OCR is drawn in: its few tokens weigh little. Each
token's own vector tells more. A token of the other side is covered by the token most like it (the greedy matching of
BERTScore, Zhang et al. 2020, weighted by rarity); what counts for a sentence is how much better it covers the other
side than the rest of its run does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
Tokens = tuple[Ids, Floats]  # of one text: their numbers ``[n]`` and vectors ``[n, d]``, n at least 1

BLOCK: Final = 16  # sentences whose tokens are compared at once
REACH: Final = 16  # and with sentences so far from their place in a first chain, at most
BARE: Final = 0.5  # added to the weight of a sentence, which is 0 where all say the same

Chain = Sequence[tuple[tuple[int, int], int, int]]  # shapes of beads, and their first sentences on either side
Added = Mapping[tuple[int, bool], Floats]  # by size of a run, and whether its edge is its last sentence


@dataclass(frozen=True)
class TokenSide:
    """The tokens of a text, sentence after sentence.

    Attributes:
        rows: ``[tokens, d]`` unit vectors, less what all the text's tokens share.
        weights: ``[tokens]`` by rarity among the sentences of the text.
        starts: ``[sentences + 1]`` where the tokens of each sentence start, and the last ends.
    """

    rows: Floats
    weights: Floats
    starts: Ids

    def __len__(self) -> int:
        return len(self.starts) - 1

    def masses(self) -> Floats:
        """``[sentences]``: weight of each."""
        return np.add.reduceat(self.weights, self.starts[:-1]) + np.float32(BARE)


def token_side(sentences: Sequence[Tokens]) -> TokenSide:
    """The tokens of all sentences of a text as one `TokenSide`."""
    numbers = np.concatenate([ids for ids, _ in sentences])
    rows = np.concatenate([vectors for _, vectors in sentences])
    rows = rows - rows.mean(axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True) + np.float32(1e-9)
    frequency = Counter(number for ids, _ in sentences for number in set(ids.tolist()))
    weights = np.log((len(sentences) + 1) / np.array([frequency[number] for number in numbers.tolist()]))
    starts = np.cumsum([0, *(len(ids) for ids, _ in sentences)])
    return TokenSide(rows, weights.astype(np.float32), starts.astype(np.int64))


@dataclass(frozen=True)
class Edges:
    """What the sentences at the edges of the runs of two texts add.

    Attributes:
        left: ``[runs, right sentences]`` what the edge of a run on the left adds to a sentence on the right.
        right: ``[runs, left sentences]`` likewise.
    """

    left: Added
    right: Added

    def least(self, a: int, b: int) -> Floats:
        """``[runs of a, runs of b]``: what the edge that adds least to a bead of such runs adds, from 0 up."""
        lefts = [_summed(self.left[a, last], b) for last in (False, True) if a > 1]
        rights = [_summed(self.right[b, last], a).T for last in (False, True) if b > 1]
        least: Floats = np.minimum.reduce([*lefts, *rights])
        return least


def _summed(table: Floats, size: int) -> Floats:
    """Sums over runs of so many neighbours in the rows."""
    count = max(table.shape[1] - size + 1, 0)
    sums: Floats = np.add.reduce([table[:, start : start + count] for start in range(size)])
    return sums


def edges(left: TokenSide, right: TokenSide, chain: Chain, longest: int) -> Edges:
    """What each sentence adds as the first or last of runs of 2, 3 ... `longest`, near a first chain of beads.

    Added is the weight of the other side's tokens times by how much the sentence covers them better than the rest of
    its run, in units of the sentence's own weight.
    """
    starts = np.array([(i, j) for _, i, j in chain] or [(0, 0)])
    of_right = np.interp(np.arange(len(right)), starts[:, 1], starts[:, 0]).astype(np.int64)
    of_left = np.interp(np.arange(len(left)), starts[:, 0], starts[:, 1]).astype(np.int64)
    return Edges(_added(left, right, of_right, longest), _added(right, left, of_left, longest))


def _added(this: TokenSide, other: TokenSide, places: Ids, longest: int) -> Added:
    """What edges of this side's runs add to each sentence of the other side, 0 beyond `REACH` of its place on this."""
    masses = this.masses()
    tables: dict[tuple[int, bool], Floats] = {
        (size, last): np.zeros((max(len(this) - size + 1, 0), len(other)), np.float32)
        for size in range(2, longest + 1)
        for last in (False, True)
    }
    for start in range(0, len(other), BLOCK):
        block = slice(start, min(start + BLOCK, len(other)))
        first = max(int(places[block].min()) - REACH, 0)
        end = min(int(places[block].max()) + REACH + 1, len(this))
        best = _best(this, slice(first, end), other, block)
        bounds = other.starts[block] - other.starts[start]
        for size, last, edge, rest in _edges(best, longest):
            only = np.maximum(edge - rest, 0) * _weights(other, block)[:, None]
            runs = slice(first, first + only.shape[1])
            edges = slice(runs.start + size - 1, runs.stop + size - 1) if last else runs
            tables[size, last][runs, block] = np.add.reduceat(only, bounds, axis=0).T / masses[edges, None]
    return tables


def _best(this: TokenSide, sentences: slice, other: TokenSide, block: slice) -> Floats:
    """How well each of the sentences covers each token of the block, at least 0: ``[tokens, sentences]``."""
    starts = this.starts[sentences]
    ours = this.rows[starts[0] : this.starts[sentences.stop]]
    theirs = other.rows[other.starts[block.start] : other.starts[block.stop]]
    best: Floats = np.maximum.reduceat(theirs @ ours.T, starts - starts[0], axis=1)
    return np.maximum(best, 0)


def _weights(of: TokenSide, block: slice) -> Floats:
    return of.weights[of.starts[block.start] : of.starts[block.stop]]


def _edges(best: Floats, longest: int) -> Iterator[tuple[int, bool, Floats, Floats]]:
    """For each size of run, and its first and last sentence: how well that covers, and the rest of the run."""
    rest = best
    for size in range(2, min(longest, best.shape[1]) + 1):
        count = best.shape[1] - size + 1
        yield size, False, best[:, :count], rest[:, 1:]
        yield size, True, best[:, size - 1 :], rest[:, :count]
        rest = np.maximum(rest[:, :count], best[:, size - 1 :])
