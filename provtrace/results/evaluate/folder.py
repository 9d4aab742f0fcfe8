"""Gold standards that are folders: ``documents.jsonl``, ``pairs.jsonl``, ``sentences.jsonl``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from provtrace.errors import InputError
from provtrace.results.evaluate.gold import Gold, Mention, Pair, Segment, pair_of
from provtrace.results.evaluate.records import Record, lines

COMPOSITE: Final = "derived_composite"
# Which relations are a right answer to a kind of pair in a data-set folder. A translation that keeps a part of its
# source, or adds to it, may rightly be called by either name.
ACCEPTED: Final[Mapping[str, frozenset[str]]] = {
    "human_translation": frozenset({"translation"}),
    "machine_translation": frozenset({"translation"}),
    "paraphrase_human_human": frozenset({"co_derived", "paraphrase"}),
    "paraphrase_involving_mt": frozenset({"co_derived", "paraphrase"}),
    "reprint": frozenset({"copy", "adaptation", "revision", "partial_reuse"}),
    "digest_excerpt": frozenset({"partial_reuse"}),
    "partial_translation": frozenset({"translation", "adaptation", "partial_reuse"}),
    "two_wires_translation": frozenset({"translation", "adaptation", "partial_reuse"}),
    "partial_paraphrase": frozenset({"paraphrase", "adaptation", "partial_reuse"}),
}
RATING: Final = "same_story_rating"
NO_WIKIDATA: Final = frozenset({"unk", "NIL", "_"})


def from_folder(folder: Path) -> Gold:
    """What a folder of labels says.

    Raises:
        InputError: it holds none.
    """
    documents = list(lines(folder / "documents.jsonl"))
    pairs = list(lines(folder / "pairs.jsonl"))
    sentences = list(lines(folder / "sentences.jsonl"))
    if not documents and not pairs:
        raise InputError(f"{folder}: holds no gold; expected documents.jsonl and pairs.jsonl, or name a JSON file")
    ids = {doc["id"] for doc in documents} or {pair[end] for pair in pairs for end in ("upstream", "downstream")}
    related = [pair for pair in pairs if pair["kind"] != RATING]
    groups = _groups(documents)
    versions = groups if any(doc.get("role") == COMPOSITE for doc in documents) else {}
    clusters = {} if versions or not groups else {doc: groups.get(doc, doc) for doc in ids}
    directed = {(pair["downstream"], pair["upstream"]) for pair in related if pair["directed"]}
    positives = {pair_of(pair["upstream"], pair["downstream"]) for pair in related}
    if not versions:
        positives |= _inside(groups)
    return Gold(
        name=folder.name,
        documents=frozenset(ids),
        positives=frozenset(positives) or None,
        ignored=frozenset((_half_siblings(directed, groups) | _own_siblings(documents, sentences)) - positives),
        relations={
            pair_of(pair["upstream"], pair["downstream"]): ACCEPTED[pair["kind"]]
            for pair in related
            if pair["kind"] in ACCEPTED
        },
        edges=frozenset(directed) or None,
        sources={pair_of(*edge): edge[1] for edge in directed},
        clusters=clusters,
        segments=tuple(_segments(sentences, directed)),
        versions=versions,
        originals=versions or {doc["id"]: doc["family"] for doc in documents if doc.get("family")},
        agencies={doc["id"]: frozenset(map(_wikidata, doc["agencies"])) for doc in documents if "agencies" in doc},
        mentions=tuple(_mentions(documents)),
        **_rated(pair for pair in pairs if pair["kind"] == RATING),
    )


def _groups(documents: Sequence[Record]) -> dict[str, str]:
    """The family or cluster of every document that has one; a composite belongs to none."""
    named = ((doc, doc.get("family") or doc.get("cluster")) for doc in documents)
    return {doc["id"]: group for doc, group in named if group and doc.get("role") != COMPOSITE}


def _inside(groups: Mapping[str, str]) -> set[Pair]:
    members: defaultdict[str, list[str]] = defaultdict(list)
    for document, group in groups.items():
        members[group].append(document)
    return {pair_of(*pair) for group in members.values() for pair in combinations(group, 2)}


def _half_siblings(edges: Iterable[Pair], groups: Mapping[str, str]) -> set[Pair]:
    """Pairs that share text only because both draw on one group of documents: neither right nor wrong.

    A digest and the reprints of a wire it quotes, two digests of one wire, two composites of one original.
    """
    takers: defaultdict[str, set[str]] = defaultdict(set)
    for document, group in groups.items():
        takers[group].add(document)
    for derived, source in edges:
        takers[groups.get(source, source)].add(derived)
    return {pair_of(*pair) for members in takers.values() for pair in combinations(sorted(members), 2)}


def _own_siblings(documents: Sequence[Record], sentences: Iterable[Record]) -> set[Pair]:
    """Pairs of composites that both have own material, which may be from one article that is not in the set.

    A composite's own lines are cut from withheld articles, several of them from the same: such two share text, and no
    list says so.
    """
    composites = {doc["id"] for doc in documents if doc.get("role") == COMPOSITE}
    own = composites & {line["downstream"] for line in sentences if line["upstream"] is None}
    return {pair_of(*pair) for pair in combinations(sorted(own), 2)}


def _segments(sentences: Iterable[Record], directed: set[Pair]) -> Iterator[Segment]:
    for line in sentences:
        origin = line["upstream"]
        if not line["down_span"] or (origin is not None and (line["downstream"], origin) not in directed):
            continue
        start, end = line["down_span"][0][0], line["down_span"][-1][1]
        yield Segment(line["downstream"], (start, end), origin, tuple((a, b) for a, b in line["up_span"] or ()))


def _rated(pairs: Iterable[Record]) -> dict[str, Any]:
    """Same-story ratings: independent coverage is rated one story (<= 2) with hardly a shared phrase."""
    rated = {pair_of(pair["upstream"], pair["downstream"]): pair for pair in pairs}
    return {
        "ratings": {ends: float(pair["overall"]) for ends, pair in rated.items()},
        "independent": frozenset(e for e, p in rated.items() if p["overall"] <= 2 and p["jaccard3"] < 0.02),
        "copies": frozenset(e for e, p in rated.items() if p["jaccard3"] > 0.2),
    }


def _wikidata(name: str) -> str | None:
    return None if name in NO_WIKIDATA else name


def _mentions(documents: Iterable[Record]) -> Iterator[Mention]:
    for doc in documents:
        for mention in doc.get("mentions") or ():
            yield Mention(doc["id"], (mention["start"], mention["end"]), _wikidata(mention["qid"]))
