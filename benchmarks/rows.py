"""What a suite of the quality benchmark reports, and what several suites share: a blind run and its common figures."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blind import Record, Timed, blind_copy, records, traced, write
from unit_gold import UnitGold, read_unit_gold

from provtrace.results.evaluate import Evaluation, evaluate
from provtrace.results.evaluate.gold import Gold
from provtrace.results.evaluate.measures import (
    best_threshold,
    score_sets,
)
from provtrace.results.evaluate.read import read_gold

if TYPE_CHECKING:
    from provtrace import Settings

Pair = tuple[str, str]


@dataclass(frozen=True)
class Row:
    """One line of the main table; `floor` and `published` only where there is one."""

    set: str
    measure: str
    ours: float
    floor: float | None = None
    floor_is: str = ""
    published: str = ""


@dataclass(frozen=True)
class Slice:
    """One line of the table by language and kind: a part of what a row of the main table says of the whole.

    Attributes:
        languages: the source's and the derived text's, as in ``de-fr``.
        kind: of the pairs, in the words of the gold.
        count: how much there was to find.
    """

    set: str
    measure: str
    languages: str
    kind: str
    count: int
    ours: float
    floor: float | None = None


@dataclass(frozen=True)
class Claimed:
    """Probabilities of one sort that a run over a set gave, 0..1, and whether what they were given to holds."""

    set: str
    what: str
    probabilities: Sequence[float]
    outcomes: Sequence[bool]


@dataclass(frozen=True)
class Compared:
    """One line of the table beside other tools: figures by tool, ours under ``provtrace``."""

    set: str
    measure: str
    figures: Mapping[str, float]


@dataclass
class Findings:
    """Everything that is reported of one set, or of several."""

    rows: list[Row] = field(default_factory=list)
    slices: list[Slice] = field(default_factory=list)
    claimed: list[Claimed] = field(default_factory=list)
    compared: list[Compared] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)  # tool to why it was not run

    def add(self, other: Findings) -> None:
        """Put another set's findings behind these."""
        self.rows += other.rows
        self.slices += other.slices
        self.claimed += other.claimed
        self.compared += other.compared
        self.absent |= other.absent


@dataclass(frozen=True)
class BlindRun:
    """A run over a blind copy of a set, with its gold, all under the hidden ids.

    Attributes:
        timed: the run, and what it took.
        evaluation: the figures that `evaluate` gives.
        gold: of articles.
        units: of sentences; None where the set has none.
        documents: the records of the set, by id.
        pairs: the records of the set's pairs.
    """

    timed: Timed
    evaluation: Evaluation
    gold: Gold
    units: UnitGold | None
    documents: Mapping[str, Record]
    pairs: Sequence[Record]

    @property
    def texts(self) -> dict[str, str]:
        """By id."""
        return {name: doc["text"] for name, doc in self.documents.items()}

    def languages(self, source: str, derived: str) -> str:
        """As in ``de-fr``."""
        return f"{self.documents[source]['lang']}-{self.documents[derived]['lang']}"


def run_blind(folder: Path, settings: Settings, disguise: Callable[[Record], dict[str, Any]] | None = None) -> BlindRun:
    """Trace a blind copy of a set, every document of it disguised first."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = blind_copy(folder, Path(scratch))
        source = copy / "input.jsonl"
        if disguise:
            write(source, [disguise(document) for document in records(source)])
        timed = traced(source, settings)
        return BlindRun(
            timed,
            evaluate(timed.provenance, copy),
            read_gold(copy),
            read_unit_gold(copy),
            {doc["id"]: doc for doc in records(copy / "documents.jsonl")},
            list(records(copy / "pairs.jsonl")),
        )


def cost(folder: Path, timed: Timed) -> list[Row]:
    return [
        Row(folder.name, "documents per second", timed.documents / timed.seconds),
        Row(folder.name, "peak memory, MiB", timed.peak_mib),
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
