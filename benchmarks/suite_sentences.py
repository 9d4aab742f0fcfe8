"""Sets of sentences: alignment of two texts, paraphrase and similarity of pairs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import floors
import numpy as np
import paraphrase
from blind import records
from other_tools import sentence_scorers, timed_each
from rows import Compared, Findings, Pair, Row

from provtrace.results.evaluate.measures import (
    Bead,
    auc,
    pearson,
    score_alignments,
    score_counts,
)

if TYPE_CHECKING:
    from provtrace import Settings


OURS, FLOOR = "provtrace", "token Jaccard"


def sentalign(folder: Path, settings: Settings) -> Findings:
    import provtrace

    lines = {doc["id"]: doc["text"].split("\n") for doc in records(folder / "documents.jsonl")}
    gold: dict[Pair, list[Bead]] = {}
    for bead in records(folder / "sentences.jsonl"):
        ends = bead["upstream"], bead["downstream"]
        gold.setdefault(ends, []).append((tuple(bead["up_idx"]), tuple(bead["down_idx"])))
    tested = [ends for ends in gold if not ends[0].startswith("dev:")] or list(gold)
    ours, by_length = [], []
    for left, right in tested:
        frame = provtrace.align(lines[left], lines[right], settings=settings)
        beads = [(tuple(a), tuple(b)) for a, b in frame.select("left_sentences", "right_sentences").iter_rows()]
        ours.append((_with_gaps(beads, len(lines[left]), len(lines[right])), gold[left, right]))
        by_length.append((floors.gale_church(lines[left], lines[right]), gold[left, right]))
    (strict, lax), floor = score_alignments(ours), score_alignments(by_length)
    name, by = folder.name, "(READMEs of vecalign, bertalign, SentAlign)"
    length = "Gale-Church"
    rows = [
        Row(name, "alignment strict F1", strict.f1, floor.strict.f1, length, f".902, .936, .932 {by}"),
        Row(name, "alignment lax F1", lax.f1, floor.lax.f1, length, f".986, .989, .964 {by}"),
    ]
    return Findings(rows)


def _with_gaps(beads: Sequence[Bead], left: int, right: int) -> list[Bead]:
    """Every line that is in no bead as a bead of its own, as the published aligners print them."""
    used = [{number for bead in beads for number in bead[side]} for side in (0, 1)]
    gaps: list[Bead] = [((number,), ()) for number in range(left) if number not in used[0]]
    return [*beads, *gaps, *(((), (number,)) for number in range(right) if number not in used[1])]


# --- pairs of sentences -----------------------------------------------------------------------------


def msrp(folder: Path, settings: Settings) -> Findings:
    pairs = list(records(folder / "pairs.jsonl"))
    scores, cost = _scored(folder, pairs, settings)
    held = np.array([pair["kind"] == "paraphrase" for pair in pairs])
    train = np.array([pair["split"] == "train" for pair in pairs])
    accuracy, f1 = {}, {}
    for tool, values in scores.items():
        accuracy[tool], f1[tool] = _judged(values, held, train)
    area = {tool: auc(values[~train], held[~train]) for tool, values in scores.items()}
    shared = f"{FLOOR}, threshold from train"
    unsupervised = "unsupervised: Mihalcea 2006 {}, Rus 2008 {} (aclwiki)"
    supervised = "supervised: Wan 2006 {} (aclwiki)"
    fitted = paraphrase.fitted(_paraphrase_features(folder, pairs, settings), held, train)
    fitted_accuracy, fitted_f1 = _judged(fitted, held, train)
    by_fit = ", features fitted on train"
    rows = [
        Row(folder.name, "accuracy", *_two(accuracy), shared, unsupervised.format(".703", ".706")),
        Row(folder.name, "F1", *_two(f1), shared, unsupervised.format(".813", ".805")),
        Row(folder.name, "AUC on test", *_two(area), shared),
        Row(folder.name, f"accuracy{by_fit}", fitted_accuracy, published=supervised.format(".756")),
        Row(folder.name, f"F1{by_fit}", fitted_f1, published=supervised.format(".830")),
        Row(folder.name, f"AUC on test{by_fit}", auc(fitted[~train], held[~train])),
    ]
    figures = {"accuracy": accuracy, "F1": f1, "AUC on test": area, "CPU-ms a pair": cost}
    return Findings(rows, compared=[Compared(folder.name, measure, told) for measure, told in figures.items()])


def _two(figures: Mapping[str, float]) -> tuple[float, float]:
    return figures[OURS], figures[FLOOR]


def _paraphrase_features(folder: Path, pairs: Sequence[Mapping[str, str]], settings: Settings) -> np.ndarray:
    from provtrace.scoring.pairs import pair_features

    left, right = _sides(folder, pairs)
    units = pair_features(left, right, encoder=settings.encoder)
    return np.array([paraphrase.features(*texts) for texts in zip(left, right, units, strict=True)])


def _judged(scores: np.ndarray, held: np.ndarray, train: np.ndarray) -> tuple[float, float]:
    """Accuracy and F1 on test, at the threshold of best accuracy on train."""
    order = np.unique(scores[train])
    sums = [((scores[train] >= least) == held[train]).mean() for least in order]
    called = scores[~train] >= order[int(np.argmax(sums))]
    truth = held[~train]
    f1 = score_counts(int((called & truth).sum()), int(called.sum()), int(truth.sum())).f1
    return float((called == truth).mean()), f1


def sts(folder: Path, settings: Settings) -> Findings:
    pairs = list(records(folder / "pairs.jsonl"))
    scores, cost = _scored(folder, pairs, settings)
    gold = np.array([pair["score"] for pair in pairs])
    parts = np.array([pair["dataset"] for pair in pairs])
    figures = {
        f"Pearson, {part}": {
            tool: pearson(values[parts == part], gold[parts == part]) for tool, values in scores.items()
        }
        for part in sorted(set(parts.tolist()))
    }
    rows = [Row(folder.name, measure, *_two(told), FLOOR) for measure, told in figures.items()]
    compared = [Compared(folder.name, measure, told) for measure, told in (*figures.items(), ("CPU-ms a pair", cost))]
    return Findings(rows, compared=compared)


def _scored(
    folder: Path, pairs: Sequence[Mapping[str, str]], settings: Settings
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Likeness of every pair by tool, ours and the floor among them, and CPU-milliseconds a pair."""
    left, right = _sides(folder, pairs)
    texts = list(zip(left, right, strict=True))
    score_pairs(left[:1], right[:1], settings)  # what is loaded with the first is not counted
    began = time.process_time()
    scores = {OURS: score_pairs(left, right, settings)}
    cost = {OURS: 1000 * (time.process_time() - began) / len(pairs)}
    tools: dict[str, Callable[[str, str], float]] = {FLOOR: _token_jaccard, **sentence_scorers()}
    for tool, scorer in tools.items():
        likeness, cost[tool] = timed_each(scorer, texts)
        scores[tool] = np.array(likeness)
    return scores, cost


def _token_jaccard(left: str, right: str) -> float:
    return floors.jaccard(floors.shingles(left, 1), floors.shingles(right, 1))


def _sides(folder: Path, pairs: Sequence[Mapping[str, str]]) -> tuple[list[str], list[str]]:
    text = {doc["id"]: doc["text"] for doc in records(folder / "documents.jsonl")}
    left, right = ([text[pair[end]] for pair in pairs] for end in ("upstream", "downstream"))
    return left, right


def score_pairs(left: Sequence[str], right: Sequence[str], settings: Settings) -> np.ndarray:
    """The probability that either sentence renders the other, pair by pair."""
    from provtrace.scoring.pairs import pair_probability

    return np.asarray(pair_probability(left, right, encoder=settings.encoder), dtype=np.float64)
