"""What a run says about the documents of a gold standard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

import polars as pl

from provtrace.results.evaluate.gold import Gold, Pair, pair_of
from provtrace.settings import Settings
from provtrace.tables import DIRECTED

DERIVED: Final = (*DIRECTED, "co_derived")


class Run(Protocol):
    """What is scored: the tables of a finished run, its settings and its credit audit."""

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Frames by the names of `provtrace.tables.TABLES`."""

    @property
    def settings(self) -> Settings:
        """What the run was made with."""

    def audit(self, by: str) -> pl.DataFrame:
        """With ``by="article"`` one row an article, with ``article_id`` and ``verdict``."""


@dataclass(frozen=True)
class Verdict:
    """One row of the relations table."""

    relation: str
    source_id: str | None
    probability: float
    similarity: float  # mean of the two matched shares, 0..1


class Found:
    """What a run says about the documents of the gold, indexed by pair."""

    def __init__(self, provenance: Run, truth: Gold) -> None:
        self._provenance = provenance
        self._truth = truth
        self.tables = provenance.tables
        self.texts = frozenset(provenance.tables["articles"]["article_id"])

    @cached_property
    def verdicts(self) -> dict[Pair, Verdict]:
        """What the run says of the pairs of two documents of the gold."""
        columns = ("left_id", "right_id", "relation", "source_id", "probability", "left_share", "right_share")
        rows = self.tables["relations"].select(columns).iter_rows()
        known = self._truth.documents
        return {
            pair_of(left, right): Verdict(relation, source, probability, (left_share + right_share) / 2)
            for left, right, relation, source, probability, left_share, right_share in rows
            if left in known and right in known
        }

    @cached_property
    def derived(self) -> dict[Pair, Verdict]:
        """Pairs called derived: one from the other, or both from a common source."""
        least = self._provenance.settings.min_probability
        return {
            ends: verdict
            for ends, verdict in self.verdicts.items()
            if verdict.relation in DERIVED and verdict.probability >= least
        }

    @cached_property
    def edges(self) -> dict[Pair, float]:
        """Probabilities by (derived, source); from an unobserved upstream only where the gold lists those."""
        known, anywhere = self._truth.documents, self._truth.upstream_edges
        rows = self.tables["derivations"].select("derived_id", "source_id", "probability").iter_rows()
        return {
            (derived, self.named.get(source, source)): probability
            for derived, source, probability in rows
            if derived in known and (anywhere or source in known)
        }

    @cached_property
    def witnesses(self) -> dict[str, frozenset[str]]:
        """The documents that witness each upstream of the run."""
        rows = self.tables["upstreams"].select("upstream_id", "witnesses").iter_rows()
        return {upstream: frozenset(articles) & self._truth.documents for upstream, articles in rows}

    @cached_property
    def named(self) -> dict[str, str]:
        """The gold's name of each upstream of the run that has one: by witnesses in common, the likest first."""
        likeness = [
            (-len(ours & gold.witnesses) / len(ours | gold.witnesses), upstream, gold.name)
            for upstream, ours in self.witnesses.items()
            for gold in self._truth.upstreams
            if ours & gold.witnesses
        ]
        names: dict[str, str] = {}
        for _, upstream, name in sorted(likeness):
            if upstream not in names and name not in names.values():
                names[upstream] = name
        return names

    def audit(self) -> dict[str, str]:
        """The verdict of the credit audit on every article."""
        frame = self._provenance.audit(by="article")
        return dict(frame.select("article_id", "verdict").iter_rows())
