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
    shape = gains.shape[1] + 1, gains.shape[2] + 1
    total, moves = np.zeros(shape, np.float64), np.full(shape, -1, np.int8)
    _kernel()(gains, np.array(spans, dtype=np.int64), total, moves)
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
def _kernel() -> Callable[..., None]:
    return compiled(_best_moves)


def _best_moves(gains: Any, spans: Any, total: Any, moves: Any) -> None:  # noqa: ANN401 (numba infers the types)
    """Dynamic program: for each i, j the sum of the best chain from there, and the move that it makes.

    A move is a shape, or one of `SKIPS`. Both tables are made outside: that halves the time that compiling takes.
    """
    shapes, m, n = gains.shape
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
