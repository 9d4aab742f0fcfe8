"""Sets of translated news: whole articles, and parts of wires among own material."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import floors
from blind import Record, Timed, hidden, records
from rows import Pair, Row, calibration, cost, pair_floor, ratio, run_blind

from provtrace.results.evaluate.found import DERIVED
from provtrace.results.evaluate.gold import Gold, pair_of
from provtrace.results.evaluate.measures import (
    best_threshold,
    score_counts,
)

if TYPE_CHECKING:
    from provtrace import Settings


BEST = 50
PROPOSED = f"candidates: source in another language among the best {BEST} by number of views"


def wmt_derivation(folder: Path, settings: Settings) -> list[Row]:
    timed, evaluation, gold, texts = run_blind(folder, settings)
    scores, name = evaluation.scores, folder.name
    cosines = floors.cosine_pairs(texts, floors.anchors)
    shared = "shared numbers and Latin-script names, best threshold"
    longer = _longer_is_translation(gold, texts)
    ranks = _recall_at_one(folder, timed, cosines)
    proposed = _proposed(folder, timed, cosines)
    return [
        Row(name, "document pairs F1", scores["document_pairs"]["f1"], pair_floor(cosines, gold), shared),
        Row(name, "document pairs precision", scores["document_pairs"]["precision"]),
        Row(name, "document pairs recall", scores["document_pairs"]["recall"]),
        Row(name, PROPOSED, *proposed, "cosine of numbers and Latin-script names"),
        Row(name, "original ranked first for a human translation", *ranks, "shared numbers and Latin-script names"),
        Row(
            name,
            "direction accuracy, of those decided",
            scores["direction"]["accuracy"],
            longer,
            "the longer text is the translation",
            ".60-.81 human, .82-.96 machine translation (Wastl et al. 2024, every pair decided)",
        ),
        Row(name, "directions decided", ratio(scores["direction"]["decided"], scores["direction"]["found"])),
        Row(name, "derivations F1", scores["derivations"]["f1"]),
        Row(name, "relation accuracy", scores["relations"]["accuracy"]),
        Row(name, "sentence origins F1", scores["origins"]["f1"]),
        Row(name, "origin sentence exact", scores["origins"]["sentence_exact"]),
        Row(name, "clusters ARI", scores["clusters"]["ari"]),
        *calibration(folder, evaluation),
        *cost(folder, timed),
    ]


def _longer_is_translation(gold: Gold, texts: Mapping[str, str]) -> float:
    edges = gold.edges or frozenset()
    return ratio(sum(len(texts[derived]) > len(texts[source]) for derived, source in edges), len(edges))


def _recall_at_one(folder: Path, timed: Timed, cosines: Mapping[Pair, float]) -> tuple[float, float]:
    """Ours and the floor: of all originals in other languages, related or not, is the true one the best match?"""
    documents = {hidden(doc["id"]): doc for doc in records(folder / "documents.jsonl")}
    human = [pair for pair in records(folder / "pairs.jsonl") if pair["kind"] == "human_translation"]
    truth = {hidden(pair["downstream"]): hidden(pair["upstream"]) for pair in human}
    rows = timed.provenance.tables["relations"].select("left_id", "right_id", "probability", "relation").iter_rows()
    ours = {pair_of(left, right): chance for left, right, chance, relation in rows if relation in DERIVED}
    originals = [name for name, doc in documents.items() if doc["role"] in ("original", "distractor_original")]

    def right(found: Mapping[Pair, float]) -> float:
        return sum(_best(name, _foreign(name, originals, documents), found) == truth[name] for name in truth)

    return ratio(right(ours), len(truth)), ratio(right(cosines), len(truth))


def _proposed(folder: Path, timed: Timed, cosines: Mapping[Pair, float]) -> tuple[float, float]:
    """Ours and the floor: share of the pairs in two languages where the source is among the derived one's best."""
    language = {hidden(doc["id"]): doc["lang"] for doc in records(folder / "documents.jsonl")}
    ends = [(hidden(pair["downstream"]), hidden(pair["upstream"])) for pair in records(folder / "pairs.jsonl")]
    wanted = [(derived, source) for derived, source in ends if language[derived] != language[source]]
    rows = timed.provenance.tables["pairs"].select("left_id", "right_id", "views").iter_rows()
    views = {pair_of(left, right): float(len(proposers)) for left, right, proposers in rows}
    return _among_best(wanted, views), _among_best(wanted, cosines)


def _among_best(wanted: Iterable[tuple[str, str]], found: Mapping[Pair, float]) -> float:
    partners: dict[str, list[tuple[float, str]]] = {}
    for (left, right), score in found.items():
        partners.setdefault(left, []).append((-score, right))
        partners.setdefault(right, []).append((-score, left))
    best = {name: {partner for _, partner in sorted(listed)[:BEST]} for name, listed in partners.items()}
    hits = [source in best.get(derived, ()) for derived, source in wanted]
    return ratio(sum(hits), len(hits))


def _foreign(document: str, candidates: Iterable[str], documents: Mapping[str, Record]) -> Iterator[str]:
    return (name for name in candidates if documents[name]["lang"] != documents[document]["lang"])


def _best(document: str, candidates: Iterable[str], found: Mapping[Pair, float]) -> str | None:
    scored = [(found[pair], name) for name in candidates if (pair := pair_of(document, name)) in found]
    return max(scored)[1] if scored else None


def wmt_composite(folder: Path, settings: Settings) -> list[Row]:
    timed, evaluation, gold, texts = run_blind(folder, settings)
    scores, origins, name = evaluation.scores, evaluation.scores["origins"], folder.name
    f1, false = _origin_floor(gold, texts)
    proposed = _proposed(folder, timed, floors.cosine_pairs(texts, floors.anchors))
    shared = "sentence with most numbers and Latin-script names in common, best threshold"
    rule = "(distiluse cosine > .6, arXiv 2603.29937, with this encoder on the dev set; other languages"
    return [
        Row(name, "sentence origins F1", origins["f1"], f1, shared, f".853 {rule} .764)"),
        Row(name, "own material attributed", origins["false_attribution"], false, shared, f".110 {rule} .391)"),
        Row(name, "sentence origins precision", origins["precision"]),
        Row(name, "sentence origins recall", origins["recall"]),
        Row(name, "attributed to a sibling instead", origins["sibling"]),
        Row(name, "origin sentence exact", origins["sentence_exact"]),
        Row(name, PROPOSED, *proposed, "cosine of numbers and Latin-script names"),
        Row(name, "document pairs F1", scores["document_pairs"]["f1"]),
        Row(name, "derivations F1", scores["derivations"]["f1"]),
        *calibration(folder, evaluation),
        *cost(folder, timed),
    ]


def _origin_floor(gold: Gold, texts: Mapping[str, str]) -> tuple[float, float]:
    """F1 and false attribution of nearest sentences; it is told which documents are no sources."""
    composites = {segment.article_id for segment in gold.segments}
    queries = [texts[segment.article_id][slice(*segment.span)] for segment in gold.segments]
    answers = floors.nearest_sentences(queries, {name: text for name, text in texts.items() if name not in composites})
    right = [
        segment.origin_id is not None and _original(gold, answer) == _original(gold, segment.origin_id)
        for segment, (answer, _) in zip(gold.segments, answers, strict=True)
    ]
    foreign = [segment.origin_id is not None for segment in gold.segments]
    values = [value for _, value in answers]
    least = best_threshold(values, right, sum(foreign))
    taken = [value >= least for value in values]
    hits = sum(ok and used for ok, used in zip(right, taken, strict=True))
    false = sum(used and not other for used, other in zip(taken, foreign, strict=True))
    return score_counts(hits, sum(taken), sum(foreign)).f1, ratio(false, len(foreign) - sum(foreign))


def _original(gold: Gold, name: str | None) -> str | None:
    return gold.originals.get(name, name) if name else None
