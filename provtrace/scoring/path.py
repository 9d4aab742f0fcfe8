"""The best monotone chain through a table of gains: the dynamic program under every alignment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from provtrace.scoring.compiled import compiled

Floats = npt.NDArray[np.float32]
Step = tuple[int, int, int]

SKIPS: Final = {-1: (1, 0), -2: (0, 1)}  # moves that leave a sentence of the left, or right, without counterpart


def best_path(gains: Floats, spans: Sequence[tuple[int, int]]) -> list[Step]:
    """The chain of units with the greatest sum of gains.

    Args:
        gains: float32 ``[shapes, m, n]``, the gain of a unit of each shape that starts at i, j; -inf where barred.
        spans: for each shape, the sentences it takes on the left and on the right.

    Returns:
        Shape, i, j of each unit, in order.
    """
    moves = _kernel()(gains, np.array(spans, dtype=np.int64))
    path = []
    i = j = 0
    while i < gains.shape[1] and j < gains.shape[2]:
        move = int(moves[i, j])
        if move >= 0:
            path.append((move, i, j))
        left, right = SKIPS[move] if move < 0 else spans[move]
        i, j = i + left, j + right
    return path


@cache
def _kernel() -> Callable[[Floats, npt.NDArray[np.int64]], npt.NDArray[np.int8]]:
    return compiled(_best_moves)


def _best_moves(gains: Any, spans: Any) -> Any:  # noqa: ANN401 (compiled by numba, which infers the types)
    """Dynamic program: for each i, j the move that the best chain makes from there: a shape, or one of `SKIPS`."""
    shapes, m, n = gains.shape
    total = np.zeros((m + 1, n + 1), np.float64)
    moves = np.full((m + 1, n + 1), -1, np.int8)
    for i in range(m - 1, -1, -1):
        for j in range(n - 1, -1, -1):
            total[i, j] = total[i + 1, j]
            if total[i, j + 1] > total[i, j]:
                total[i, j], moves[i, j] = total[i, j + 1], -2
            for shape in range(shapes):
                a, b = spans[shape, 0], spans[shape, 1]
                if i + a <= m and j + b <= n:
                    value = gains[shape, i, j] + total[i + a, j + b]
                    if value > total[i, j]:
                        total[i, j], moves[i, j] = value, shape
    return moves
