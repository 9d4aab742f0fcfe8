"""The rows of the quality table, and what several suites share: a blind run and its common figures."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import floors
from blind import Timed, blind_copy, records, traced

from provtrace.results.evaluate import Evaluation, evaluate
from provtrace.results.evaluate.gold import Gold, read_gold
from provtrace.results.evaluate.measures import (
    best_threshold,
    score_sets,
)

if TYPE_CHECKING:
    from provtrace import Settings

Pair = tuple[str, str]


@dataclass(frozen=True)
class Row:
    """One line of the table; `floor` and `published` only where there is one."""

    set: str
    measure: str
    ours: float
    floor: float | None = None
    floor_is: str = ""
    published: str = ""


def run_blind(folder: Path, settings: Settings) -> tuple[Timed, Evaluation, Gold, dict[str, str]]:
    """Trace a blind copy of a set; also its gold and its texts, under the hidden ids."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = blind_copy(folder, Path(scratch))
        timed = traced(copy / "input.jsonl", settings)
        texts = {doc["id"]: doc["text"] for doc in records(copy / "input.jsonl")}
        return timed, evaluate(timed.provenance, copy), read_gold(copy), texts


def cost(folder: Path, timed: Timed) -> list[Row]:
    return [
        Row(folder.name, "documents per second", timed.documents / timed.seconds),
        Row(folder.name, "peak memory, MiB", timed.peak_mib),
    ]


def calibration(folder: Path, scores: Evaluation) -> list[Row]:
    figures = scores.scores["calibration"]
    return [
        Row(folder.name, "calibration error of pairs (ECE)", figures["ece"]),
        Row(folder.name, "Brier score of pairs", figures["brier"]),
    ]


def pair_floor(found: Mapping[Pair, float], gold: Gold) -> float:
    """F1 over pairs of documents at the best threshold."""
    judged = {pair: value for pair, value in found.items() if pair not in gold.ignored}
    positives = gold.positives or frozenset()
    least = best_threshold(list(judged.values()), [pair in positives for pair in judged], len(positives))
    return score_sets({pair for pair, value in judged.items() if value >= least}, positives).f1


def ratio(part: float, whole: float) -> float:
    """A share; 0 of nothing is 0."""
    return part / whole if whole else 0.0


def general(folder: Path, settings: Settings) -> list[Row]:
    """Every figure of the evaluation: for sets that no suite knows."""
    timed, evaluation, gold, texts = run_blind(folder, settings)
    floor = pair_floor(floors.cosine_pairs(texts, floors.anchors), gold) if gold.positives else None
    shared = "shared numbers and Latin-script names, best threshold"
    return [
        Row(
            folder.name, f"{part} {name}", value, *((floor, shared) if (part, name) == ("document_pairs", "f1") else ())
        )
        for part, figures in evaluation.scores.items()
        for name, value in figures.items()
    ] + cost(folder, timed)
