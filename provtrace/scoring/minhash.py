"""Fingerprints of wording: signatures of whole texts, and sketches of their passages.

Signatures estimate the Jaccard similarity of two texts' shingles: one-permutation MinHash (Li, Owen and Zhang 2012),
its empty slots filled by optimal densification (Shrivastava 2017), which keeps the estimate free of bias.

Sketches keep every shingle whose hash falls into a fixed part of all hashes (Broder 1997, "mod p"; FracMinHash, Irber
et al. 2022). A passage that two texts share leaves the same keys in both, however long the rest of them is, and the
shared part of a sketch estimates containment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from provtrace.errors import InputError
from provtrace.scoring.words import Keys, Offsets, folding, hashed_words, pack

Signatures = npt.NDArray[np.int32]
Kernel: TypeAlias = Callable[..., Any]

SLOTS: Final = 128
SHINGLE: Final = 5  # words in a shingle of a signature
PASSAGE: Final = 3  # words in a shingle of a sketch: a passage with every fourth word changed keeps some of them
RATE_BITS: Final = 2  # a sketch keeps one shingle of four
EMPTY: Final = np.uint64(0xFFFFFFFFFFFFFFFF)

# Multilinear hashing of a shingle (Lemire and Kaser 2014): a sum of word hashes times odd numbers, then mixed.
ARTICLE_FACTORS: Final = np.array(
    [0xA24BAED4963EE407, 0x9FB21C651E98DF25, 0xC13FA9A902A6328F, 0x91E10DA5C79E7B1D, 0xD1B54A32D192ED03], np.uint64
)
PASSAGE_FACTORS: Final = np.array([0xABC98388FB8FAC03, 0x8CB92BA72F3D8DD7, 0xF1357AEA2E62A9C5], np.uint64)

CHUNK: Final = 1 << 17  # characters that are worked on at once
COMPILED_FROM: Final = 1 << 23  # characters from which loading the compiled kernel pays


def mix(keys: Keys) -> Keys:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014): a bijection of 64-bit integers that looks random."""
    keys = (keys + np.uint64(0x9E3779B97F4A7C15)).astype(np.uint64)
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


# --- signatures of whole texts ----------------------------------------------------------------------


def signatures(texts: Sequence[str], *, threads: int = 1) -> Signatures:
    """One-permutation MinHash signatures of word 5-shingles (shorter texts: of the whole text).

    Args:
        texts: any strings; case, accents and punctuation do not matter.
        threads: how many work at once where there is much to do; the result does not depend on it.

    Returns:
        int32 ``[len(texts), 128]``. The share of equal slots estimates the Jaccard similarity of the shingle sets.
        A text without words has all slots -1, and is similar to nothing, itself included: compare with `jaccard`.

    Raises:
        InputError: not a list of strings, or no thread.
    """
    _check(texts)
    _ask(texts)
    if threads < 1:
        raise InputError(f"threads must be at least 1, not {threads}")
    with ThreadPoolExecutor(threads) as pool:  # the kernel lets go of the interpreter's lock
        done = pool.map(_signed, _parts(texts)) if threads > 1 else map(_signed, _parts(texts))
        return np.concatenate([np.zeros((0, SLOTS), np.int32), *done])


def jaccard(left: Signatures, right: Signatures) -> npt.NDArray[np.float64]:
    """Estimated Jaccard similarity, 0..1, of signatures or of rows of signatures; 0 where a text had no words."""
    estimate: npt.NDArray[np.float64] = ((left == right) & (left >= 0)).mean(axis=-1)
    return estimate


def _signed(texts: Sequence[str]) -> Signatures:
    return _signed_by(kernel, texts) if (kernel := _compiled()) else _signed_in_numpy(texts)


def _signed_by(kernel: Kernel, texts: Sequence[str]) -> Signatures:
    result = np.full((len(texts), SLOTS), -1, np.int32)
    kernel(*pack(texts), folding(), result, np.zeros(0, np.uint64))
    return result


def _signed_in_numpy(texts: Sequence[str]) -> Signatures:
    result = np.full((len(texts), SLOTS), -1, np.int32)
    hashes, offsets = hashed_words(texts)
    keys, rows = shingles(hashes, offsets, ARTICLE_FACTORS)
    slots = np.full((len(texts), SLOTS), EMPTY, np.uint64)
    np.minimum.at(slots, (rows, (keys >> np.uint64(57)).astype(np.int64)), keys << np.uint64(7))
    filled = np.diff(offsets) > 0
    result[filled] = (_dense(slots[filled]) >> np.uint64(33)).astype(np.int32)
    return result


def shingles(hashes: Keys, offsets: Offsets, factors: Keys) -> tuple[Keys, Offsets]:
    """Keys of the runs of ``len(factors)`` words of each text, in order, and the text of each.

    Args:
        hashes: of the words of all texts.
        offsets: ``[n + 1]``, where the words of each text begin.
        factors: odd numbers; a text of fewer words than these has one shingle, of all it has.
    """
    size = len(factors)
    lengths = np.diff(offsets)
    rows = np.repeat(np.arange(len(lengths)), np.where(lengths < size, np.minimum(lengths, 1), lengths - size + 1))
    starts = offsets[rows] + np.arange(len(rows)) - np.searchsorted(rows, rows)
    ends = offsets[rows + 1]
    keys = np.zeros(len(rows), np.uint64)
    for offset in range(size):
        there = starts + offset < ends
        keys[there] += hashes[(starts + offset)[there]] * factors[offset]
    return mix(keys), rows


def _dense(slots: Keys) -> Keys:
    """Signatures whose empty slots borrow from the slot that a hash of their number picks, then the next hash."""
    dense = slots.copy()
    rows, empty = np.nonzero(slots == EMPTY)
    attempt = 0
    while len(rows):
        donors = mix(empty.astype(np.uint64) * np.uint64(1 << 20) + np.uint64(attempt)) % np.uint64(SLOTS)
        dense[rows, empty] = slots[rows, donors.astype(np.int64)]
        still = dense[rows, empty] == EMPTY
        rows, empty, attempt = rows[still], empty[still], attempt + 1
    return dense


def band_keys(signed: Signatures, rows: int) -> Keys:
    """A key for each band of `rows` slots: uint64 ``[n, slots // rows]``; slots left over stay unused."""
    bands = signed.shape[1] // rows
    keys = np.empty((len(signed), bands), np.uint64)
    factors = mix(np.arange(rows, dtype=np.uint64)) | np.uint64(1)
    for band in range(bands):
        slots = signed[:, band * rows : (band + 1) * rows].astype(np.uint64)
        keys[:, band] = mix((slots * factors).sum(axis=1, dtype=np.uint64) + np.uint64(band))
    return keys


# --- sketches of passages ---------------------------------------------------------------------------


def sketches(texts: Sequence[str]) -> tuple[Keys, Offsets]:
    """A sample of the word 3-shingles of each text: one of four, the same ones wherever they stand.

    Args:
        texts: any strings.

    Returns:
        The keys of all texts, in the order of the texts, and ``[len(texts) + 1]`` where each text's begin. A shingle
        that stands in a text twice has its key twice. A text of fewer than three words has none.

    Raises:
        InputError: not a list of strings.
    """
    _check(texts)
    _ask(texts)
    done = [_sketched(part) for part in _parts(texts)]
    counts = [np.diff(offsets) for _, offsets in done]
    offsets = np.cumsum(np.concatenate([np.zeros(1, np.int64), *counts]))
    return np.concatenate([np.zeros(0, np.uint64), *(keys for keys, _ in done)]), offsets


def _sketched(texts: Sequence[str]) -> tuple[Keys, Offsets]:
    return _sketched_by(kernel, texts) if (kernel := _compiled()) else _sketched_in_numpy(texts)


def _sketched_by(kernel: Kernel, texts: Sequence[str]) -> tuple[Keys, Offsets]:
    source, begins = pack(texts)
    keys = np.zeros(len(source) // 2 + len(texts) + 1, np.uint64)
    ends = kernel(source, begins, folding(), np.zeros((0, SLOTS), np.int32), keys)
    return keys[: ends[-1] if len(ends) else 0], np.concatenate([np.zeros(1, np.int64), ends])


def _sketched_in_numpy(texts: Sequence[str]) -> tuple[Keys, Offsets]:
    hashes, offsets = hashed_words(texts)
    keys, rows = shingles(hashes, offsets, PASSAGE_FACTORS)
    sampled = (keys >> np.uint64(64 - RATE_BITS) == 0) & (np.diff(offsets) >= PASSAGE)[rows]
    return keys[sampled], np.searchsorted(rows[sampled], np.arange(len(texts) + 1))


# --- both ways to compute them ----------------------------------------------------------------------


def _check(texts: Sequence[str]) -> None:
    listed = isinstance(texts, Sequence) and not isinstance(texts, str)
    if not listed or not all(isinstance(text, str) for text in texts):
        raise InputError("fingerprints are made of a list of texts, each a string")


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Runs of texts of about CHUNK characters."""
    start, size = 0, 0
    for number, text in enumerate(texts):
        size += len(text)
        if size >= CHUNK:
            yield texts[start : number + 1]
            start, size = number + 1, 0
    if start < len(texts):
        yield texts[start:]


_asked = 0  # characters of all texts so far in this process


def _ask(texts: Sequence[str]) -> None:
    global _asked
    _asked += sum(map(len, texts))


def _compiled() -> Kernel | None:
    """The compiled kernel, once there was so much to do in this process that loading it pays."""
    return _kernel() if _asked >= COMPILED_FROM else None


_PROBES: Final = (
    "The ferry left the harbour before dawn.",
    "Паром вышел из гавани.",
    "船は港を出た。",
    "Fährhafen: 6.30",
)


@cache
def _kernel() -> Kernel:
    from provtrace.scoring import kernels

    fingerprint: Any = kernels.fingerprint
    # What numba kept on disk may have been compiled with other constants: it looks at the date of one file alone.
    if not _agrees(fingerprint):
        fingerprint.recompile()
    kernel: Kernel = fingerprint
    return kernel


def _agrees(kernel: Kernel) -> bool:
    signed = np.array_equal(_signed_by(kernel, _PROBES), _signed_in_numpy(_PROBES))
    sketched = zip(_sketched_by(kernel, _PROBES), _sketched_in_numpy(_PROBES), strict=True)
    return signed and all(np.array_equal(one, other) for one, other in sketched)
