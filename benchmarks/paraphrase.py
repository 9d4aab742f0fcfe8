"""Do two sentences say the same? A logistic model of a few features, fitted on the part of a set that is meant for it.

This is another question than that of the package, whether one renders the other or both a third: two reporters of one
agency's story may leave out different things. Long runs of words in common then speak against a paraphrase, for what
is not in them was put in or left out on purpose; as evidence of a common source they could only speak for it. So the
model serves the benchmark alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log
from typing import Final

import numpy as np
import numpy.typing as npt
from calibrate import penalised

from provtrace.scoring import similarity
from provtrace.scoring.calibration import Features

Floats = npt.NDArray[np.float64]

# Chosen, with the features, by cross-validation on the train part of MSRP.
STRENGTH: Final = 3e-4
STEM: Final = 4  # letters of a word that are compared
RUN: Final = 3  # words


def features(left: str, right: str, unit: Features) -> tuple[float, ...]:
    """Word stems, runs, names and numbers in common, likeness of vectors and wording, and length.

    Shares are of the side that has less of its own on the other (stems, names), or more (runs).
    """
    a, b = similarity.words(left), similarity.words(right)
    numbers, names = ((read(left), read(right)) for read in (similarity.numbers, similarity.names))
    return (
        min(_contained([word[:STEM] for word in a], [word[:STEM] for word in b])),
        max(_contained(_runs(a), _runs(b))),
        min(_contained(sorted(names[0]), sorted(names[1]))),
        float(len(numbers[0] ^ numbers[1])),
        unit.cosine,
        unit.edit,
        log(1 + (len(a) + len(b)) / 2),
    )


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)]


def _contained(left: Sequence[object], right: Sequence[object]) -> tuple[float, float]:
    """Share of either list that the other one has, too; 0 of an empty one."""
    common = sum((Counter(left) & Counter(right)).values())
    return common / max(len(left), 1), common / max(len(right), 1)


def fitted(rows: Floats, holds: npt.NDArray[np.bool_], train: npt.NDArray[np.bool_]) -> Floats:
    """Probability of every pair by a model of the `train` ones.

    Args:
        rows: ``[n, features]``.
        holds: ``[n]``; only the `train` ones are looked at.
        train: ``[n]``.
    """
    scaled = (rows - rows[train].mean(axis=0)) / rows[train].std(axis=0)
    outcomes, prior = holds[train].astype(np.float64), np.zeros(rows.shape[1])
    found = penalised(scaled[train], outcomes, np.ones(len(outcomes)), prior, STRENGTH)
    chances: Floats = np.exp(-np.logaddexp(0.0, -(found[0] + scaled @ found[1:])))
    return chances
