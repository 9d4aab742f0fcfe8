"""chrF (Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation") of transliterated texts.

sacrebleu's figure at some fortieth of its cost: letters and digits are all that transliteration leaves, so that every
n-gram of up to six fits into 32 bits, and what two texts have in common is one walk along two sorted arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from provtrace.scoring.compiled import compiled
from provtrace.scoring.similarity import plain

Codes = npt.NDArray[np.uint32]

ORDER: Final = 6  # characters of the longest n-grams
BETA: Final = 2.0  # how many times recall counts as much as precision
BASE: Final = 37  # a digit for each of a-z and 0-9, none of them 0: n-grams of two lengths never share a code

_DIGITS: Final = np.zeros(128, np.uint32)
_DIGITS[[ord(char) for char in "abcdefghijklmnopqrstuvwxyz0123456789"]] = np.arange(1, BASE)


def chrf(left: str, right: str) -> float:
    """Character F-score of the transliterated texts, the mean of both directions, 0..1."""
    if left == right:
        return float(bool(plain(left)))
    return float(_kernel()(*_grams(left), *_grams(right)))


@lru_cache(maxsize=16_384)
def _grams(text: str) -> tuple[Codes, int]:
    """Codes of the n-grams of 1 to `ORDER` characters, sorted, each as often as it occurs; and the characters."""
    letters = plain(text).replace(" ", "").encode()
    codes = digits = _DIGITS[np.frombuffer(letters, np.uint8)]
    found = [codes]
    for size in range(2, min(ORDER, len(letters)) + 1):
        codes = codes[:-1] * np.uint32(BASE) + digits[size - 1 :]
        found.append(codes)
    return np.sort(np.concatenate(found)), len(letters)


@cache
def _kernel() -> Callable[[Codes, int, Codes, int], float]:
    return compiled(_mean_f)


def _mean_f(left: Any, left_size: int, right: Any, right_size: int) -> float:  # noqa: ANN401 (compiled by numba)
    """Mean of the two F-scores; an order that either text is too short for does not count."""
    orders = min(ORDER, left_size, right_size)
    precision = recall = 0.0
    i = j = 0
    above = 1
    for order in range(1, orders + 1):
        above *= BASE  # codes of this order are below
        common = 0
        while i < len(left) and j < len(right) and (left[i] < above or right[j] < above):
            if left[i] == right[j]:
                common += 1
                i += 1
                j += 1
            elif left[i] < right[j]:
                i += 1
            else:
                j += 1
        precision += common / (left_size - order + 1)
        recall += common / (right_size - order + 1)
    if precision + recall == 0.0:
        return 0.0
    square = BETA * BETA
    one = precision * recall / (square * precision + recall)
    other = precision * recall / (square * recall + precision)
    return (1 + square) * (one + other) / (2 * orders)
