"""Near-duplicates of a whole corpus, from signatures alone: bands to buckets to verified pairs to components."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from provtrace.errors import InputError
from provtrace.scoring.minhash import SLOTS, Signatures, band_keys, jaccard
from provtrace.scoring.words import Keys

Labels = npt.NDArray[np.int64]

FOUND: Final = 0.98  # chance that two texts exactly as similar as the threshold share a band
CAP: Final = 64  # a text of a bucket is compared with so many before it; those beyond, with the bucket's first too
BLOCK: Final = 1 << 14  # pairs that are verified at once
_LOWER: Final = np.uint64(0xFFFFFFFF)  # half of a packed key


def clusters(signatures: Signatures, threshold: float = 0.7) -> Labels:
    """Group near-duplicates: texts are linked where their estimated Jaccard similarity reaches the threshold.

    Candidates share a band of slots (Broder 1997; Leskovec, Rajaraman and Ullman 2020, chapter 3); the bands are as
    wide as still finds `FOUND` of the pairs at the threshold. Each candidate is verified on all slots.

    Args:
        signatures: int32 ``[n, 128]`` from `signatures`.
        threshold: Jaccard similarity, from .05 to 1.

    Returns:
        int64 ``[n]``: for each text the number of the first text of its cluster; its own where it is alone. A text
        without words is always alone.

    Raises:
        InputError: not such signatures, or a threshold out of range.
    """
    if (
        not isinstance(signatures, np.ndarray)
        or signatures.ndim != 2
        or signatures.shape[1] != SLOTS
        or signatures.dtype != np.int32
    ):
        raise InputError(f"clusters takes signatures, int32 [n, {SLOTS}]: what provtrace.signatures gives")
    if not 0.05 <= threshold <= 1:
        raise InputError(f"threshold must be from .05 to 1, not {threshold}")
    labels = np.arange(len(signatures))
    worded = np.flatnonzero(signatures[:, 0] >= 0)
    for keys in band_keys(signatures[worded], _rows(threshold)).T:
        for left, right in _met(keys):
            one, other = worded[left], worded[right]
            apart = labels[one] != labels[other]
            one, other = one[apart], other[apart]
            similar = jaccard(signatures[one], signatures[other]) >= threshold
            labels = _joined(labels, one[similar], other[similar])
    return labels


def _rows(threshold: float) -> int:
    """The most slots in a band that still finds FOUND of the pairs at the threshold; one finds all there is to find."""
    wide = (rows for rows in range(SLOTS, 1, -1) if 1 - (1 - threshold**rows) ** (SLOTS // rows) >= FOUND)
    return next(wide, 1)


def _met(keys: Keys) -> Iterator[tuple[Labels, Labels]]:
    """Pairs of rows with one key, in blocks: neighbours of each distance below CAP, then each with the first."""
    # The upper half of a key and the number of its row in one integer: to sort those is far quicker, and what meets by
    # chance of a shorter key is verified like everything else.
    packed = np.sort(keys & ~_LOWER | np.arange(len(keys), dtype=np.uint64))
    order, ordered = (packed & _LOWER).astype(np.int64), packed >> np.uint64(32)
    firsts = np.searchsorted(ordered, ordered)
    place = np.arange(len(keys))
    rank = place - firsts
    for distance in range(1, min(CAP, int(rank.max(initial=0)) + 1)):
        yield from _blocks(order, place[rank >= distance], distance)
    beyond = place[rank >= CAP]
    for start in range(0, len(beyond), BLOCK):
        block = beyond[start : start + BLOCK]
        yield order[firsts[block]], order[block]


def _blocks(order: Labels, places: Labels, distance: int) -> Iterator[tuple[Labels, Labels]]:
    for start in range(0, len(places), BLOCK):
        block = places[start : start + BLOCK]
        yield order[block - distance], order[block]


def _joined(labels: Labels, left: Labels, right: Labels) -> Labels:
    """Labels after linking pairs: every text gets the least number of its component."""
    while len(left):
        low, high = np.minimum(labels[left], labels[right]), np.maximum(labels[left], labels[right])
        apart = low != high
        if not apart.any():
            break
        left, right = left[apart], right[apart]
        labels = labels.copy()
        np.minimum.at(labels, high[apart], low[apart])
        while not np.array_equal(shorter := labels[labels], labels):
            labels = shorter
    return labels
