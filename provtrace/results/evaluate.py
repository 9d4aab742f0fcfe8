"""Scores of a finished run against a gold standard.

Every part is a function from what was found and what is true to a small dictionary, and is left out where the gold
says nothing of its kind. The measures themselves are in `provtrace.results.measures`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

import polars as pl

from provtrace.errors import InputError
from provtrace.results.attribution import Figures, credit_figures, origin_figures
from provtrace.results.gold import Gold, Pair, pair_of, read_gold
from provtrace.results.measures import (
    Score,
    adjusted_rand,
    auc,
    b_cubed,
    brier,
    calibration_error,
    components,
    pearson,
    score_sets,
)
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
        gold: a file or folder that `provtrace.results.gold.read_gold` reads.

    Raises:
        InputError: the gold can't be read, or speaks of none of the run's articles.
    """
    truth = read_gold(gold, provenance.tables["articles"]["article_id"].to_list())
    found = _Found(provenance, truth)
    if truth.documents.isdisjoint(found.texts):
        raise InputError(
            f"gold {truth.name} speaks of none of the run's articles: the ids differ, or it is another set"
        )
    scores = {name: figures for name, part in _PARTS.items() if (figures := part(found, truth))}
    return Evaluation(truth.name, provenance.settings.signature(), scores)


@dataclass(frozen=True)
class Verdict:
    """One row of the relations table."""

    relation: str
    source_id: str | None
    probability: float
    similarity: float  # mean of the two matched shares, 0..1


class _Found:
    """What a run says about the documents of the gold, indexed by pair."""

    def __init__(self, provenance: Run, truth: Gold) -> None:
        self._provenance = provenance
        self._truth = truth
        self.tables = provenance.tables
        self.texts = frozenset(provenance.tables["articles"]["article_id"])

    @cached_property
    def verdicts(self) -> dict[Pair, Verdict]:
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
    def edges(self) -> set[Pair]:
        """(derived, source); from an unobserved upstream only where the gold lists those."""
        known, anywhere = self._truth.documents, self._truth.upstream_edges
        rows = self.tables["derivations"].select("derived_id", "source_id").iter_rows()
        return {
            (derived, self.named.get(source, source))
            for derived, source in rows
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
        frame = self._provenance.audit(by="article")
        return dict(frame.select("article_id", "verdict").iter_rows())


def _merged(ends: Pair, truth: Gold) -> Pair | None:
    """The pair with versions of one original merged; None for two versions of the same."""
    left, right = (truth.versions.get(end, end) for end in ends)
    return None if left == right else (left, right)


def _judged(pairs: Sequence[Pair], truth: Gold) -> Iterator[tuple[Pair, Pair]]:
    """Pairs that are right or wrong, each with its merged form in order; the undecidable are left out."""
    right = _merged_positives(truth)
    for ends in pairs:
        merged = _merged(ends, truth)
        if merged is not None and (pair_of(*merged) in right or ends not in truth.ignored):
            yield ends, pair_of(*merged)


def _merged_positives(truth: Gold) -> set[Pair]:
    merged = (_merged(ends, truth) for ends in truth.positives or ())
    return {pair_of(*ends) for ends in merged if ends is not None}


# --- pairs of documents -----------------------------------------------------------------------------


def _document_pairs(found: _Found, truth: Gold) -> Figures | None:
    if truth.positives is None:
        return None
    right = _merged_positives(truth)
    called = {merged for _, merged in _judged(list(found.derived), truth)}
    return {**_as_figures(score_sets(called, right)), "called": len(called), "gold": len(right)}


def _relations(found: _Found, truth: Gold) -> Figures | None:
    if not truth.relations:
        return None
    right = sum(
        ends in found.verdicts and found.verdicts[ends].relation in accepted
        for ends, accepted in truth.relations.items()
    )
    return {"accuracy": right / len(truth.relations), "right": right, "gold": len(truth.relations)}


def _derivations(found: _Found, truth: Gold) -> Figures | None:
    if truth.edges is None:
        return None
    right = {merged for edge in truth.edges if (merged := _merged(edge, truth))}
    called = {
        merged
        for edge in found.edges
        if (merged := _merged(edge, truth)) and (merged in right or pair_of(*edge) not in truth.ignored)
    }
    return {**_as_figures(score_sets(called, right)), "called": len(called), "gold": len(right)}


def _direction(found: _Found, truth: Gold) -> Figures | None:
    if not truth.sources:
        return None
    met = [(found.derived[ends].source_id, source) for ends, source in truth.sources.items() if ends in found.derived]
    decided = [(ours, source) for ours, source in met if ours is not None]
    right = sum(ours == source for ours, source in decided)
    return {
        "accuracy": right / len(decided) if decided else math.nan,
        "decided": len(decided),
        "found": len(met),
        "gold": len(truth.sources),
    }


def _clusters(found: _Found, truth: Gold) -> Figures | None:
    """Components over derived pairs; a partial reuse (a digest) joins nothing."""
    if not truth.clusters:
        return None
    links = [ends for ends, verdict in found.derived.items() if verdict.relation != "partial_reuse"]
    ours = components(truth.clusters, links)
    return _partition_figures(ours, truth.clusters)


def _stories(found: _Found, truth: Gold) -> Figures | None:
    """The stories table; an article of no story is one of its own."""
    if not truth.stories:
        return None
    story_of = {article: story for story, article in found.tables["stories"].iter_rows()}
    return _partition_figures({item: story_of.get(item, f"\0{item}") for item in truth.stories}, truth.stories)


def _partition_figures(ours: Mapping[str, str], gold: Mapping[str, str]) -> Figures:
    items = sorted(gold)
    labels, right = [ours[item] for item in items], [gold[item] for item in items]
    score = b_cubed(labels, right)
    return {
        "ari": adjusted_rand(labels, right),
        "b3_precision": score.precision,
        "b3_recall": score.recall,
        "b3_f1": score.f1,
        "found": len(set(labels)),
        "gold": len(set(right)),
    }


def _upstreams(found: _Found, truth: Gold) -> Figures | None:
    """Unobserved upstreams, matched to the gold's by their witnesses; witnesses are scored as members of them."""
    if not truth.upstreams and not truth.upstream_edges:
        return None
    names = found.named
    ours = {(names.get(upstream, upstream), a) for upstream, articles in found.witnesses.items() for a in articles}
    gold = {(upstream.name, article) for upstream in truth.upstreams for article in upstream.witnesses}
    agencies = dict(found.tables["upstreams"].select("upstream_id", "agency").iter_rows())
    credited = {upstream.name: upstream.agency for upstream in truth.upstreams}
    return {
        **{f"witness_{name}": value for name, value in score_sets(ours, gold)._asdict().items()},
        "agency_right": sum(agencies[upstream] == credited[name] for upstream, name in names.items()),
        "called": len(found.witnesses),
        "gold": len(truth.upstreams),
    }


def _calibration(found: _Found, truth: Gold) -> Figures | None:
    """Of the pairs called derived, at whatever probability: does it hold as often as claimed?"""
    if truth.positives is None:
        return None
    claimed = [ends for ends, verdict in found.verdicts.items() if verdict.relation in DERIVED]
    right = _merged_positives(truth)
    judged = list(_judged(claimed, truth))
    probabilities = [found.verdicts[ends].probability for ends, _ in judged]
    outcomes = [merged in right for _, merged in judged]
    return {
        "ece": calibration_error(probabilities, outcomes),
        "brier": brier(probabilities, outcomes),
        "n": len(judged),
    }


def _same_event(found: _Found, truth: Gold) -> Figures | None:
    if not truth.ratings:
        return None
    pairs = sorted(truth.ratings)
    likeness = [found.verdicts[ends].similarity if ends in found.verdicts else 0.0 for ends in pairs]
    ratings = [truth.ratings[ends] for ends in pairs]
    return {
        "independent_called_derived": _share(truth.independent, found.derived),
        "independent": len(truth.independent),
        "copies_found": _share(truth.copies, found.derived),
        "copies": len(truth.copies),
        "pearson": pearson(likeness, [-rating for rating in ratings]),
        "auc": auc(likeness, [rating <= 2 for rating in ratings]),
        "n": len(pairs),
    }


def _share(pairs: frozenset[Pair], called: Mapping[Pair, Verdict]) -> float:
    return sum(ends in called for ends in pairs) / len(pairs) if pairs else math.nan


# --- credits and origins ----------------------------------------------------------------------------------------


def _audit(found: _Found, truth: Gold) -> Figures | None:
    if not truth.verdicts:
        return None
    ours = found.audit()
    right = sum(ours.get(article) == verdict for article, verdict in truth.verdicts.items())
    return {"accuracy": right / len(truth.verdicts), "right": right, "gold": len(truth.verdicts)}


def _credits(found: _Found, truth: Gold) -> Figures | None:
    return credit_figures(found.tables, truth) if truth.agencies else None


def _origins(found: _Found, truth: Gold) -> Figures | None:
    return origin_figures(found.tables, truth, found.named) if truth.segments else None


def _as_figures(score: Score) -> Figures:
    return dict(score._asdict())


_PARTS: Final = {
    "document_pairs": _document_pairs,
    "relations": _relations,
    "derivations": _derivations,
    "direction": _direction,
    "clusters": _clusters,
    "stories": _stories,
    "upstreams": _upstreams,
    "calibration": _calibration,
    "same_event": _same_event,
    "origins": _origins,
    "audit": _audit,
    "credits": _credits,
}
