"""A finished run against a gold standard: the figures of every part that the gold speaks of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provtrace.errors import InputError
from provtrace.results.evaluate.found import Found, Run
from provtrace.results.evaluate.parts import PARTS
from provtrace.results.evaluate.read import read_gold
from provtrace.results.evaluate.scores import Figures


@dataclass(frozen=True)
class Evaluation:
    """Scores of one run against one gold standard.

    Attributes:
        gold: name of the gold file or folder.
        signature: `Settings.signature` of the run.
        scores: figures by part (``document_pairs``, ``origins`` ...) and name; shares and scores are 0..1.
    """

    gold: str
    signature: str
    scores: Mapping[str, Figures]

    def lines(self) -> list[str]:
        """One line a part for the screen, the settings signature last."""
        width = max(map(len, self.scores), default=0)
        parts = [
            f"{part:<{width}}  " + "  ".join(f"{name} {_shown(value)}" for name, value in figures.items())
            for part, figures in self.scores.items()
        ]
        return [f"gold {self.gold}", *parts, f"settings {self.signature}"]

    def as_dict(self) -> dict[str, Any]:
        """For JSON: a figure that is not defined is None."""
        scores = {
            part: {name: None if math.isnan(value) else value for name, value in figures.items()}
            for part, figures in self.scores.items()
        }
        return {"gold": self.gold, "settings": self.signature, "scores": scores}


def _shown(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    return "-" if math.isnan(value) else f"{value:.3f}"


def evaluate(provenance: Run, gold: str | Path) -> Evaluation:
    """Score a finished run against a gold standard.

    Args:
        provenance: the run.
        gold: a file or folder that `provtrace.results.evaluate.read.read_gold` reads.

    Raises:
        InputError: the gold can't be read, or speaks of none of the run's articles.
    """
    truth = read_gold(gold, provenance.tables["articles"]["article_id"].to_list())
    found = Found(provenance, truth)
    if truth.documents.isdisjoint(found.texts):
        raise InputError(
            f"gold {truth.name} speaks of none of the run's articles: the ids differ, or it is another set"
        )
    scores = {name: figures for name, part in PARTS.items() if (figures := part(found, truth))}
    return Evaluation(truth.name, provenance.settings.signature(), scores)
