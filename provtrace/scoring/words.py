"""Texts to hashed words: what fingerprints are made of. Two ways to the same numbers, in numpy and compiled.

A word is a run of letters, marks and digits, without case and accents; in scripts that write no blanks between
words, a character. What folds to what is frozen in ``folding.npz`` (written by ``benchmarks/folding.py``), so that
fingerprints of different versions compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from itertools import accumulate
from typing import Final

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Keys = npt.NDArray[np.uint64]
Offsets = npt.NDArray[np.int64]

SEPARATOR: Final = 0
IGNORED: Final = 1
UNSPACED: Final = 1 << 31  # a flag in the table: the character is a word by itself
CODES: Final = 1 << 18  # entries of the table; there are no letters beyond

# Scripts without blanks between words: Thai to Tibetan, Burmese, Khmer, kana, bopomofo, Han with its extensions.
_UNSPACED: Final = (
    (0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x312F), (0x31A0, 0x31FF), (0x3400, 0x9FFF),
    (0xF900, 0xFAFF), (0x20000, 0x3FFFE),
)  # fmt: skip
_SYMBOLS: Final = ((0x1D000, 0x1DFFF), (0x1F000, 0x1FFFF), (0x3FFFF, 0x3FFFF))  # music, emoji; and the rest

WORD_BYTES: Final = 64  # the first bytes of a longer word stand for it, with its length
SEED: Final = np.uint64(0x9E3779B97F4A7C15)
FACTOR: Final = np.uint64(0xD6E8FEB86659FD93)


@cache
def folding() -> npt.NDArray[np.uint32]:
    """``[CODES]``: what each code point folds to, or SEPARATOR, or IGNORED; with the flag UNSPACED."""
    table = np.arange(CODES, dtype=np.uint32)
    with resources.files("provtrace.scoring").joinpath("folding.npz").open("rb") as file, np.load(file) as stored:
        table[: 1 << 16] = stored["shift"] + np.arange(1 << 16, dtype=np.uint16)
    for first, last in _SYMBOLS:
        table[first : last + 1] = SEPARATOR
    for first, last in _UNSPACED:  # by what it folds to: half-width katakana are katakana
        table[(table >= first) & (table <= last)] |= np.uint32(UNSPACED)
    return table


def pack(texts: Sequence[str]) -> tuple[Bytes, Offsets]:
    """Texts as one UTF-8 array, with room behind it, and where each begins; the last offset ends the last text."""
    try:
        parts = [*map(str.encode, texts)]
    except UnicodeEncodeError:  # half a surrogate pair is no letter, but no error either
        parts = [text.encode("utf-8", "surrogatepass") for text in texts]
    offsets = np.fromiter(accumulate(map(len, parts), initial=0), np.int64, len(parts) + 1)
    return np.frombuffer(b"".join([*parts, bytes(8)]), np.uint8), offsets


def hashed_words(texts: Sequence[str]) -> tuple[Keys, Offsets]:
    """Hashes of the words of each text, in order, all in one array, and where each text's begin (numpy)."""
    folded, ends = _fold(texts)
    inside = np.concatenate([[False], folded > SEPARATOR])
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    starts, stops = edges[::2], edges[1::2]
    return _hashes(folded, starts, stops), np.concatenate([[0], np.searchsorted(starts, ends)])


def _fold(texts: Sequence[str]) -> tuple[Bytes, Offsets]:
    """Folded UTF-8 of all texts, words parted by zeros, and where each text ends."""
    joined = "\n".join([*texts, ""])  # no word reaches from one text into the next
    last = np.fromiter(accumulate(len(text) + 1 for text in texts), np.int64, len(texts)) - 1
    if joined.isascii():
        letters = folding()[:128].astype(np.uint8)
        return letters[np.frombuffer(joined.encode() + bytes(8), np.uint8)], last
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    entries = folding()[np.minimum(codes, CODES - 1)]
    alone = entries >= UNSPACED
    wide = np.where(entries == IGNORED, 0, np.where(alone, 3, 1))
    places = np.cumsum(wide) - wide
    spread = np.zeros(int(wide.sum()), np.uint32)
    kept = wide > 0
    spread[(places + alone)[kept]] = entries[kept] & (UNSPACED - 1)
    text = spread.tobytes().decode("utf-32-le")
    sizes = 1 + (spread >= 0x80).astype(np.int64) + (spread >= 0x800) + (spread >= 0x10000)
    ends = (np.cumsum(sizes) - sizes)[places[last]]
    return np.frombuffer(text.encode() + bytes(8), np.uint8), ends


def _hashes(folded: Bytes, starts: Offsets, stops: Offsets) -> Keys:
    lengths = stops - starts
    hashes = lengths.astype(np.uint64) * SEED
    eights = np.lib.stride_tricks.sliding_window_view(folded, 8)
    rows = np.arange(len(starts))
    for done in range(0, WORD_BYTES, 8):
        rows = rows[lengths[rows] > done]
        if not len(rows):
            break
        block = np.ascontiguousarray(eights[starts[rows] + done]).view("<u8")[:, 0]
        left = np.minimum(lengths[rows] - done, 8).astype(np.uint64)
        block &= np.uint64(0xFFFFFFFFFFFFFFFF) >> (np.uint64(64) - np.uint64(8) * left)
        mixed = (hashes[rows] ^ block) * FACTOR
        hashes[rows] = mixed ^ (mixed >> np.uint64(32))
    return hashes
