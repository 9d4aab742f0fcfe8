"""The parts of an evaluation: functions from what was found and what is true to a small dictionary of figures.

A part is None where the gold says nothing of its kind.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from provtrace.results.evaluate.found import DERIVED, Found, Verdict
from provtrace.results.evaluate.gold import Gold, Pair, pair_of
from provtrace.results.evaluate.measures import (
    Score,
    adjusted_rand,
    auc,
    b_cubed,
    brier,
    calibration_error,
    pearson,
    score_sets,
)
from provtrace.results.evaluate.quotations import quote_figures
from provtrace.results.evaluate.scores import Figures, credit_figures, origin_figures
from provtrace.results.evaluate.wires import wire_figures


class Claims(NamedTuple):
    """Probabilities that a run gave, 0..1, and whether what they were given to holds."""

    probabilities: list[float]
    outcomes: list[bool]


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


def _document_pairs(found: Found, truth: Gold) -> Figures | None:
    if truth.positives is None:
        return None
    right = _merged_positives(truth)
    called = {merged for _, merged in _judged(list(found.derived), truth)}
    return {**_as_figures(score_sets(called, right)), "called": len(called), "gold": len(right)}


def _relations(found: Found, truth: Gold) -> Figures | None:
    if not truth.relations:
        return None
    right = sum(
        ends in found.verdicts and found.verdicts[ends].relation in accepted
        for ends, accepted in truth.relations.items()
    )
    return {"accuracy": right / len(truth.relations), "right": right, "gold": len(truth.relations)}


def _derivations(found: Found, truth: Gold) -> Figures | None:
    if truth.edges is None:
        return None
    right = _merged_edges(truth)
    called = {merged for _, merged in _judged_edges(found, truth)}
    return {**_as_figures(score_sets(called, right)), "called": len(called), "gold": len(right)}


def _merged_edges(truth: Gold) -> set[Pair]:
    return {merged for edge in truth.edges or () if (merged := _merged(edge, truth))}


def _judged_edges(found: Found, truth: Gold) -> Iterator[tuple[Pair, Pair]]:
    """Derivations that are right or wrong, each with its merged form; the undecidable are left out."""
    right = _merged_edges(truth)
    for edge in found.edges:
        merged = _merged(edge, truth)
        if merged is not None and (merged in right or pair_of(*edge) not in truth.ignored):
            yield edge, merged


def _direction(found: Found, truth: Gold) -> Figures | None:
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


def _clusters(found: Found, truth: Gold) -> Figures | None:
    return _story_figures(found, truth.clusters)


def _stories(found: Found, truth: Gold) -> Figures | None:
    return _story_figures(found, truth.stories)


def _story_figures(found: Found, gold: Mapping[str, str]) -> Figures | None:
    """The stories table against a partition; an article of no story is one of its own."""
    if not gold:
        return None
    story_of = {article: story for story, article in found.tables["stories"].iter_rows()}
    return _partition_figures({item: story_of.get(item, f"\0{item}") for item in gold}, gold)


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


def _upstreams(found: Found, truth: Gold) -> Figures | None:
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


def _upstream_units(found: Found, truth: Gold) -> Figures | None:
    return wire_figures(found.tables, truth, found.named) if truth.units else None


def pair_claims(found: Found, truth: Gold) -> Claims:
    """Of the pairs called derived, at whatever probability: does it hold?"""
    right = _merged_positives(truth)
    called = [ends for ends, verdict in found.verdicts.items() if verdict.relation in DERIVED]
    judged = list(_judged(called, truth))
    return Claims([found.verdicts[ends].probability for ends, _ in judged], [merged in right for _, merged in judged])


def edge_claims(found: Found, truth: Gold) -> Claims:
    """Of the derivations: does it hold?"""
    right = _merged_edges(truth)
    judged = list(_judged_edges(found, truth))
    return Claims([found.edges[edge] for edge, _ in judged], [merged in right for _, merged in judged])


def _calibration(found: Found, truth: Gold) -> Figures | None:
    if truth.positives is None:
        return None
    claims = pair_claims(found, truth)
    return {"ece": calibration_error(*claims), "brier": brier(*claims), "n": len(claims.outcomes)}


def _same_event(found: Found, truth: Gold) -> Figures | None:
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


def _audit(found: Found, truth: Gold) -> Figures | None:
    if not truth.verdicts:
        return None
    ours = found.audit()
    right = sum(ours.get(article) == verdict for article, verdict in truth.verdicts.items())
    return {"accuracy": right / len(truth.verdicts), "right": right, "gold": len(truth.verdicts)}


def _credits(found: Found, truth: Gold) -> Figures | None:
    return credit_figures(found.tables, truth) if truth.agencies else None


def _origins(found: Found, truth: Gold) -> Figures | None:
    return origin_figures(found.tables, truth, found.named) if truth.segments else None


def _quotes(found: Found, truth: Gold) -> Figures | None:
    return quote_figures(found.tables, truth) if truth.quotations or truth.not_quotes else None


def _as_figures(score: Score) -> Figures:
    return dict(score._asdict())


PARTS: Final[Mapping[str, Callable[[Found, Gold], Figures | None]]] = {
    "document_pairs": _document_pairs,
    "relations": _relations,
    "derivations": _derivations,
    "direction": _direction,
    "clusters": _clusters,
    "stories": _stories,
    "upstreams": _upstreams,
    "upstream_units": _upstream_units,
    "calibration": _calibration,
    "same_event": _same_event,
    "origins": _origins,
    "audit": _audit,
    "credits": _credits,
    "quotes": _quotes,
}
