"""Signatures from and for datasketch, the library that most pipelines keep theirs in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from provtrace.errors import InputError, MissingExtra
from provtrace.scoring.minhash import Signatures

if TYPE_CHECKING:
    from datasketch import LeanMinHash, MinHash

SEED: Final = 20_231_001  # unlike datasketch's own: it then refuses to compare ours with signatures of its own making
_NO_WORDS: Final = 2**32 - 1  # a slot of datasketch that nothing was hashed to


def to_datasketch(signatures: Signatures) -> list[LeanMinHash]:
    """Signatures as ``datasketch.LeanMinHash``, for its LSH indexes.

    They compare with one another, and not with those that datasketch makes of words. A text without words becomes
    one for which ``is_empty()`` holds; datasketch itself calls two of them alike.

    Args:
        signatures: int32 ``[n, slots]``.

    Raises:
        MissingExtra: datasketch is not installed.
        InputError: not signatures.
    """
    try:
        from datasketch import LeanMinHash
    except ImportError as error:
        raise MissingExtra("to_datasketch", "datasketch") from error
    if not isinstance(signatures, np.ndarray) or signatures.ndim != 2 or signatures.dtype != np.int32:
        raise InputError("to_datasketch takes signatures, int32 [n, slots]: what provtrace.signatures gives")
    values = np.where(signatures < 0, _NO_WORDS, signatures.astype(np.int64) << 1).astype(np.uint32)
    return [LeanMinHash(seed=SEED, hashvalues=row, scheme="affine32") for row in values]


def from_datasketch(minhashes: Sequence[MinHash]) -> Signatures:
    """Signatures of ``datasketch.MinHash`` objects, of ours or of its own making.

    Returns:
        int32 ``[n, slots]``: the 31 high bits of each slot, all -1 where nothing was hashed.

    Raises:
        InputError: they differ in scheme, seed or number of slots, so that they would not compare.
    """
    if not all(hasattr(minhash, "hashvalues") and hasattr(minhash, "scheme") for minhash in minhashes):
        raise InputError("from_datasketch takes a list of datasketch's MinHash objects, of version 2 or later")
    if len({(minhash.scheme, minhash.seed, len(minhash.hashvalues)) for minhash in minhashes}) > 1:
        raise InputError("these MinHash objects differ in scheme, seed or number of slots: they don't compare")
    if not minhashes:
        return np.zeros((0, 0), np.int32)
    values = np.stack([np.asarray(minhash.hashvalues, dtype=np.uint64) for minhash in minhashes])
    bits = np.uint64(64 if minhashes[0].scheme == "affine64" else 32)
    words = np.array([[not minhash.is_empty()] for minhash in minhashes])
    return np.where(words, (values >> bits - np.uint64(31)).astype(np.int64), -1).astype(np.int32)
