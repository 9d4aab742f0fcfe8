"""Measures of agreement between a finding and a gold standard: pure functions on arrays, sets and labels.

Nothing here knows about articles or runs. Every convention for an empty input is stated where it applies, because
that is where published scorers differ.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = Sequence[float] | npt.NDArray[np.floating]
Outcomes = Sequence[bool] | npt.NDArray[np.bool_]
Bead = tuple[tuple[int, ...], tuple[int, ...]]


class Score(NamedTuple):
    """Precision, recall and their harmonic mean, each 0..1."""

    precision: float
    recall: float
    f1: float


def score_counts(right: float, predicted: float, gold: float) -> Score:
    """Precision, recall and F1 from counts.

    Nothing predicted where nothing was to be found is perfect (1, 1, 1); any other empty side scores 0.

    Args:
        right: how many predictions are right; at most ``predicted`` and at most ``gold``.
        predicted: how many were predicted.
        gold: how many there are.
    """
    if not predicted and not gold:
        return Score(1.0, 1.0, 1.0)
    return _harmonic(right / predicted if predicted else 0.0, right / gold if gold else 0.0)


def score_sets(predicted: AbstractSet[Hashable], gold: AbstractSet[Hashable]) -> Score:
    """Precision, recall and F1 of a predicted set; conventions as `score_counts`."""
    return score_counts(len(predicted & gold), len(predicted), len(gold))


def _harmonic(precision: float, recall: float) -> Score:
    total = precision + recall
    return Score(precision, recall, 2 * precision * recall / total if total else 0.0)


# --- clusterings ------------------------------------------------------------------------------------


def adjusted_rand(predicted: Sequence[Hashable], gold: Sequence[Hashable]) -> float:
    """Rand index of two partitions of the same items, corrected for chance.

    Hubert and Arabie, Comparing partitions, Journal of Classification 2 (1985), with the permutation model.

    Args:
        predicted: a label for every item, ``[n]``.
        gold: a label for every item, in the same order.

    Returns:
        1 for identical partitions, about 0 for unrelated ones, negative below chance. Two partitions that are both
        all singletons, or both one cluster, are identical and score 1.

    Raises:
        ValueError: the two label lists differ in length.
    """
    cells = Counter(zip(predicted, gold, strict=True))
    both = sum(map(_choose_two, cells.values()))
    left = sum(map(_choose_two, Counter(predicted).values()))
    right = sum(map(_choose_two, Counter(gold).values()))
    if left == right == both:
        return 1.0
    # In whole numbers up to the last division, so that exact agreement is exactly 1.
    pairs = _choose_two(len(predicted))
    return 2 * (both * pairs - left * right) / ((left + right) * pairs - 2 * left * right)


def _choose_two(count: int) -> int:
    return count * (count - 1) // 2


def b_cubed(predicted: Sequence[Hashable], gold: Sequence[Hashable]) -> Score:
    """B-cubed precision, recall and F1 of a partition: the mean over items of the purity of their cluster.

    Bagga and Baldwin, Entity-based cross-document coreferencing (ACL 1998); F1 as in Amigó et al., A comparison of
    extrinsic clustering evaluation metrics, Information Retrieval 12 (2009).

    Raises:
        ValueError: the two label lists differ in length.
    """
    cells = Counter(zip(predicted, gold, strict=True))
    if not cells:
        return Score(1.0, 1.0, 1.0)
    left, right = Counter(predicted), Counter(gold)
    precision = sum(count * count / left[label] for (label, _), count in cells.items()) / len(predicted)
    recall = sum(count * count / right[label] for (_, label), count in cells.items()) / len(gold)
    return _harmonic(precision, recall)


# --- probabilities ----------------------------------------------------------------------------------


def calibration_error(probabilities: Numbers, outcomes: Outcomes, bins: int = 10) -> float:
    """Expected calibration error: the gap between claimed and observed frequency, weighted by bin size.

    Guo et al., On calibration of modern neural networks (ICML 2017): ``bins`` equal-width bins over 0..1, the upper
    edge belonging to the bin.

    Returns:
        0 (perfect) to 1; ``nan`` without any probability.
    """
    claimed, held = _paired(probabilities, outcomes)
    if not len(claimed):
        return float("nan")
    which = np.clip(np.ceil(claimed * bins).astype(int) - 1, 0, bins - 1)
    gaps = np.bincount(which, weights=claimed - held, minlength=bins)
    return float(np.abs(gaps).sum() / len(claimed))


def brier(probabilities: Numbers, outcomes: Outcomes) -> float:
    """Mean squared distance of the probabilities from what happened (Brier, Monthly Weather Review 78, 1950).

    Returns:
        0 (perfect) to 1; ``nan`` without any probability.
    """
    claimed, held = _paired(probabilities, outcomes)
    return float(np.mean((claimed - held) ** 2)) if len(claimed) else float("nan")


def auc(scores: Numbers, outcomes: Outcomes) -> float:
    """Area under the ROC curve: the chance that a positive outscores a negative, a tie counting half.

    Hanley and McNeil, Radiology 143 (1982).

    Returns:
        0..1; ``nan`` where one of the two classes is empty.
    """
    values, held = _paired(scores, outcomes)
    positives, negatives = np.sort(values[held > 0]), np.sort(values[held == 0])
    if not len(positives) or not len(negatives):
        return float("nan")
    below = np.searchsorted(negatives, positives, side="left")
    upto = np.searchsorted(negatives, positives, side="right")
    return float((below + upto).sum() / (2 * len(positives) * len(negatives)))


def recall_at_precision(
    scores: Numbers, outcomes: Outcomes, positives: int, precision: float
) -> tuple[float, float | None]:
    """The best recall along a ranking at which the precision is still at least ``precision``.

    Predictions of one score are taken or left together, since no threshold tells them apart.

    Args:
        scores: of every prediction.
        outcomes: whether the prediction is right.
        positives: how many there were to find, found or not.
        precision: the least precision, 0..1.

    Returns:
        The recall, and the score from which on predictions are taken; 0 and None where no prefix is precise enough.
    """
    values, held = _paired(scores, outcomes)
    order = np.argsort(-values, kind="stable")
    values, right = values[order], np.cumsum(held[order])
    taken = np.arange(1, len(values) + 1)
    last_of_score = np.append(values[1:] != values[:-1], True)[: len(values)]
    good = np.flatnonzero(last_of_score & (right >= precision * taken))
    if not len(good) or not positives:
        return 0.0, None
    return float(right[good[-1]] / positives), float(values[good[-1]])


def best_threshold(scores: Numbers, outcomes: Outcomes, positives: int | None = None) -> float:
    """The score from which on calling everything positive gives the highest F1; the lower one at a tie.

    Args:
        scores: of every candidate, at least one.
        outcomes: whether it is positive.
        positives: how many there are in all; None where the candidates hold every one.
    """
    values, held = _paired(scores, outcomes)
    order = np.argsort(-values, kind="stable")
    values, right = values[order], np.cumsum(held[order])
    total = right[-1] if positives is None else positives
    f1 = 2 * right / (np.arange(1, len(values) + 1) + total)
    f1[:-1][values[1:] == values[:-1]] = -1.0
    return float(values[len(f1) - 1 - int(np.argmax(f1[::-1]))])


def _paired(values: Numbers, outcomes: Outcomes) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    left, right = np.asarray(values, dtype=np.float64), np.asarray(outcomes, dtype=np.float64)
    if left.shape != right.shape:
        raise ValueError(f"{len(left)} values for {len(right)} outcomes")
    return left, right


# --- correlations -----------------------------------------------------------------------------------


def pearson(left: Numbers, right: Numbers) -> float:
    """Pearson's correlation, -1..1; ``nan`` where a side does not vary."""
    first, second = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if first.shape != second.shape:
        raise ValueError(f"{len(first)} values for {len(second)}")
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(np.clip(np.corrcoef(first, second)[0, 1], -1.0, 1.0))


# --- alignments and passages ------------------------------------------------------------------------


class AlignmentScore(NamedTuple):
    """Strict (the same two groups of sentences) and lax (both sides overlap) scores of sentence alignments."""

    strict: Score
    lax: Score


def score_alignments(files: Iterable[tuple[Sequence[Bead], Sequence[Bead]]]) -> AlignmentScore:
    """Strict and lax scores over several files, by the rules of vecalign's ``score.py``.

    Thompson and Koehn, Vecalign (EMNLP 2019), after Sennrich and Volk (2010). Counts are summed over the files first.
    Precision counts insertions and deletions (an empty side), which can only be right strictly; recall leaves them
    out of both sides. A bead is laxly right where it joins at least one pair of sentences that the other side joins.

    Args:
        files: predicted and gold beads of each file; a bead is two tuples of sentence numbers.
    """
    precision, recall = np.zeros(3), np.zeros(3)
    for predicted, gold in files:
        precision += _matches(predicted, gold)
        recall += _matches([b for b in gold if all(b)], [b for b in predicted if all(b)])
    strict, lax = ((_ratio(precision, which), _ratio(recall, which)) for which in (0, 1))
    return AlignmentScore(_harmonic(*strict), _harmonic(*lax))


def _matches(tested: Sequence[Bead], reference: Sequence[Bead]) -> npt.NDArray[np.float64]:
    """How many tested beads match strictly, how many laxly, and how many there are."""
    known = {bead for bead in reference if any(bead)}
    partners: defaultdict[int, set[int]] = defaultdict(set)
    for left, right in known:
        for sentence in left:
            partners[sentence].update(right)
    beads = {bead for bead in tested if any(bead)}
    strict = sum(bead in known for bead in beads)
    lax = sum(
        (left, right) in known or any(partners.get(sentence, set()).intersection(right) for sentence in left)
        for left, right in beads
    )
    return np.array([strict, lax, len(beads)], dtype=np.float64)


def _ratio(counts: npt.NDArray[np.float64], which: int) -> float:
    return float(counts[which] / counts[2]) if counts[2] else 0.0


Span = tuple[int, int]


def score_passages(predicted: Mapping[Hashable, Sequence[Span]], gold: Mapping[Hashable, Sequence[Span]]) -> Score:
    """Precision, recall and F1 by character of passages, after the PAN plagiarism-detection measures.

    Potthast et al., An evaluation framework for plagiarism detection (COLING 2010): micro-averaged, a character
    counting once however many passages of one key cover it.

    Args:
        predicted: half-open spans per key (for example: this text, as seen from that text).
        gold: the same for the truth.
    """
    right = found = wanted = 0
    for key in predicted.keys() | gold.keys():
        ours, theirs = _union(predicted.get(key, ())), _union(gold.get(key, ()))
        found += sum(end - start for start, end in ours)
        wanted += sum(end - start for start, end in theirs)
        right += _overlap(ours, theirs)
    return score_counts(right, found, wanted)


def _overlap(left: Sequence[Span], right: Sequence[Span]) -> int:
    """How many positions two lists of half-open spans share; spans of one list must not overlap each other."""
    return sum(max(0, min(end, stop) - max(start, begin)) for start, end in left for begin, stop in right)


def _union(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return merged
