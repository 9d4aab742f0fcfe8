"""Scores of attribution: the origin given to every stretch of text, and the agencies that articles credit."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from provtrace.results.evaluate.gold import Gold, Mention, Segment, Span
from provtrace.results.evaluate.measures import score_counts, score_sets
from provtrace.scoring.agencies import agencies
from provtrace.tables import REUSED, TEXT_CREDITS

Figures = dict[str, float | int]
Tables = Mapping[str, pl.DataFrame]


# --- origins of sentences ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sentence:
    span: Span
    kind: str | None
    origin_id: str | None  # only where the sentence renders its origin
    origin_sentences: tuple[int, ...]


_Sentences = Mapping[str, Mapping[int, _Sentence]]


def origin_figures(tables: Tables, truth: Gold, named: Mapping[str, str]) -> Figures:
    """Per gold segment: the origin that covers most of its characters, right document, right sentence.

    Args:
        tables: of the run.
        truth: the gold, with segments.
        named: the gold's names of the run's unobserved upstreams; one without a name is never right.
    """
    sentences = _sentences(tables, named)
    composites = {segment.article_id for segment in truth.segments}
    counts: defaultdict[str, int] = defaultdict(int)
    for segment in filter(lambda segment: segment.judged, truth.segments):
        origin, origin_spans = _origin_of(segment, sentences)
        counts["foreign" if segment.origin_id else "own"] += 1
        if origin is None:
            continue
        counts["attributed"] += 1
        if segment.origin_id is None:
            counts["false"] += 1
        elif truth.originals.get(origin, origin) == truth.originals.get(segment.origin_id, segment.origin_id):
            checkable = origin == segment.origin_id and bool(segment.origin_spans)
            counts["right"] += 1
            counts["checkable"] += checkable
            counts["exact"] += checkable and _touch(origin_spans, segment.origin_spans)
        elif origin in composites:
            counts["sibling"] += 1
    score = score_counts(counts["right"], counts["attributed"], counts["foreign"])
    return {
        **score._asdict(),
        "false_attribution": _share(counts["false"], counts["own"]),
        "sibling": _share(counts["sibling"], counts["attributed"]),
        "sentence_exact": _share(counts["exact"], counts["checkable"]),
        **_kind_figures(truth, sentences),
        "segments": counts["foreign"],
        "own": counts["own"],
    }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


def _kind_figures(truth: Gold, sentences: _Sentences) -> Figures:
    """How many segments get their right kind, where the gold gives kinds."""
    kinds = [(segment.kind, _majority(segment, sentences)) for segment in truth.segments if segment.kind]
    if not kinds:
        return {}
    right = sum(best is not None and best.kind == kind for kind, best in kinds)
    return {"kind_accuracy": right / len(kinds)}


def _majority(segment: Segment, sentences: _Sentences) -> _Sentence | None:
    """The sentence that covers most of the segment, the earlier at a tie."""
    met = [(-_shared(s.span, segment.span), s.span, s) for s in sentences.get(segment.article_id, {}).values()]
    met = [entry for entry in met if entry[0]]
    return min(met, key=lambda entry: entry[:2])[2] if met else None


def _sentences(tables: Tables, named: Mapping[str, str]) -> _Sentences:
    """Sentences by article and number, with their kind and the origin that they render."""
    columns = ("article_id", "sentence", "kind", "origin_id", "origin_sentences")
    traced = {(row[0], row[1]): row[2:] for row in tables["origins"].select(columns).iter_rows()}
    sentences: defaultdict[str, dict[int, _Sentence]] = defaultdict(dict)
    for article, number, start, end in tables["sentences"].select("article_id", "sentence", "start", "end").iter_rows():
        kind, origin, numbers = traced.get((article, number), (None, None, None))
        origin = named.get(origin, origin) if kind in (*REUSED, "heading") else None
        sentences[article][number] = _Sentence((start, end), kind, origin, tuple(numbers or ()))
    return sentences


def _origin_of(segment: Segment, sentences: _Sentences) -> tuple[str | None, list[Span]]:
    """The origin of most of the segment's characters (the smaller id at a tie), and where in it."""
    weights: defaultdict[str | None, int] = defaultdict(int)
    places: defaultdict[str | None, list[Span]] = defaultdict(list)
    for sentence in sentences.get(segment.article_id, {}).values():
        shared = _shared(sentence.span, segment.span)
        if shared:
            weights[sentence.origin_id] += shared
            source = sentences.get(sentence.origin_id or "", {})
            places[sentence.origin_id] += [source[n].span for n in sentence.origin_sentences if n in source]
    if not weights:
        return None, []
    best = min(weights, key=lambda origin: (-weights[origin], origin or ""))
    return best, places[best]


def _shared(left: Span, right: Span) -> int:
    return max(0, min(left[1], right[1]) - max(left[0], right[0]))


def _touch(left: Sequence[Span], right: Sequence[Span]) -> bool:
    return any(_shared(one, other) for one in left for other in right)


def credit_figures(tables: Tables, truth: Gold) -> Figures:
    """Source agencies per article, by Wikidata id.

    An agency that the gold could not identify has no id to be right about and is left out (``identified``);
    ``all`` counts it as one that was missed. An agency that we know without a Wikidata id counts as wrong.
    """
    claims = _claims(tables)
    named = {article: claims.get(article, set()) for article in truth.agencies}
    ours = {(article, agency) for article, agencies in named.items() for agency in agencies}
    gold = {(article, agency) for article, agencies in truth.agencies.items() for agency in agencies}
    identified = score_sets(ours, {(article, agency) for article, agency in gold if agency is not None})
    credited = score_sets({a for a, ids in named.items() if ids}, {a for a, ids in truth.agencies.items() if ids})
    return {
        **identified._asdict(),
        "f1_all": score_sets(ours, gold).f1,
        "has_credit_f1": credited.f1,
        **_mention_figures(tables, truth),
        "articles": len(truth.agencies),
    }


def _claims(tables: Tables) -> dict[str, set[str]]:
    """Per article, the agencies that it credits its text to."""
    claims: defaultdict[str, set[str]] = defaultdict(set)
    for article, agency, role, _ in _credit_rows(tables):
        if role in TEXT_CREDITS:
            claims[article].add(agency)
    return claims


def _credit_rows(tables: Tables) -> Iterator[tuple[str, str, str, Span]]:
    """(article, Wikidata id or else our own id, role, span) of every credit that names an agency."""
    known = agencies()
    columns = ("article_id", "agency", "role", "start", "end")
    for article, agency, role, start, end in tables["credits"].select(columns).iter_rows():
        if agency is not None:
            yield article, known[agency].wikidata or agency, role, (start, end)


def _mention_figures(tables: Tables, truth: Gold) -> Figures:
    """Strict: the same agency over the same characters. Lax: the characters overlap.

    Credits that only meet a mention without an identity are neither right nor wrong.
    """
    named = {(m.article_id, m.span, m.wikidata) for m in truth.mentions if m.wikidata}
    nameless = [mention for mention in truth.mentions if not mention.wikidata]
    ours = {
        (article, span, agency)
        for article, agency, _, span in _credit_rows(tables)
        if article in truth.agencies and not _meets(article, span, nameless)
    }
    met = sum(any(a == c and x == z and _touch([s], [t]) for c, t, z in named) for a, s, x in ours)
    hit = sum(any(a == c and x == z and _touch([s], [t]) for c, t, z in ours) for a, s, x in named)
    precision, recall = score_counts(met, len(ours), met).precision, score_counts(hit, hit, len(named)).recall
    lax = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"mention_f1_strict": score_sets(ours, named).f1, "mention_f1_lax": lax}


def _meets(article: str, span: Span, mentions: Sequence[Mention]) -> bool:
    return any(mention.article_id == article and _touch([span], [mention.span]) for mention in mentions)
