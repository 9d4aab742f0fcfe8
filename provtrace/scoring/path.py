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

APART: Final = 3  # the gap where sentences of both sides were skipped since the last unit, or there was none
SKIPS: Final = {-1: (1, 0), -2: (0, 1)}  # moves that leave a sentence of the left, or right, without counterpart


def best_path(gains: Floats, spans: Sequence[tuple[int, int]], goes_on: tuple[float, float] = (0.0, 0.0)) -> list[Step]:
    """The chain of units with the greatest sum of gains.

    Args:
        gains: float32 ``[shapes, m, n]``, the gain of a unit of each shape that starts at i, j; -inf where barred.
        spans: for each shape, the sentences it takes on the left and on the right.
        goes_on: what a unit gains that begins where the unit before it ends: on both sides, and on one side only.

    Returns:
        Shape, i, j of each unit, in order.
    """
    both, one = goes_on
    shape = APART + 1, gains.shape[1] + 1, gains.shape[2] + 1
    total, moves = np.zeros(shape, np.float64), np.full(shape, -1, np.int8)
    _kernel()(gains, np.array(spans, dtype=np.int64), np.array([both, one, one, 0.0]), total, moves)
    path = []
    i = j = 0
    gap = APART
    while i < gains.shape[1] and j < gains.shape[2]:
        move = int(moves[gap, i, j])
        if move >= 0:
            path.append((move, i, j))
        left, right = SKIPS[move] if move < 0 else spans[move]
        i, j = i + left, j + right
        gap = gap | left | right << 1 if move < 0 else 0
    return path


@cache
def _kernel() -> Callable[..., None]:
    return compiled(_best_moves)


def _best_moves(gains: Any, spans: Any, bonus: Any, total: Any, moves: Any) -> None:  # noqa: ANN401 (numba infers)
    """Dynamic program: for each gap, i, j the sum of the best chain from there, and the move that it makes.

    The gap says what was skipped since the unit before: nothing (0), sentences of the left (1), of the right (2), or of
    both (`APART`). A move is a shape, or one of `SKIPS`. Both tables are made outside: that halves the time that
    compiling takes.
    """
    shapes, m, n = gains.shape
    for i in range(m - 1, -1, -1):
        for j in range(n - 1, -1, -1):
            best, chosen = -np.inf, -1
            for shape in range(shapes):
                a, b = spans[shape, 0], spans[shape, 1]
                if i + a <= m and j + b <= n and gains[shape, i, j] + total[0, i + a, j + b] > best:
                    best, chosen = gains[shape, i, j] + total[0, i + a, j + b], shape
            for gap in range(APART + 1):
                total[gap, i, j] = total[gap | 1, i + 1, j]
                if total[gap | 2, i, j + 1] > total[gap, i, j]:
                    total[gap, i, j], moves[gap, i, j] = total[gap | 2, i, j + 1], -2
                if best + bonus[gap] > total[gap, i, j]:
                    total[gap, i, j], moves[gap, i, j] = best + bonus[gap], chosen
