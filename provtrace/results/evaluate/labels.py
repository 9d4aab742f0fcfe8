"""Gold standards that are one JSON file of schema ``provtrace-gold/1``: one set of articles, or variants of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from provtrace.errors import InputError
from provtrace.results.evaluate.gold import Gold, Pair, Quotation, Rendering, Segment, Upstream, pair_of
from provtrace.results.evaluate.records import Record, parse
from provtrace.tables import DIRECTED, RELATION_KINDS

SCHEMA: Final = "provtrace-gold/1"
RENAMED: Final = {"shared_quote_only": "shared_quote"}
# Labels that a careful reader could not give from the articles alone are no fair question.
LEAST_CONFIDENCE: Final = 0.5


def from_file(path: Path, articles: frozenset[str]) -> Gold:
    """What a file of labels says; of several variants, the one nearest to these articles.

    Raises:
        InputError: it is of another schema, or labels nothing.
    """
    content = parse(path.read_text(encoding="utf-8"), str(path))
    if content.get("schema") != SCHEMA:
        raise InputError(f"{path}: schema is {content.get('schema')!r}, expected {SCHEMA!r}")
    if "variants" not in content:
        return _from_labels(path.name, content, articles)
    variants = [_from_variant(f"{path.name} ({name})", labels) for name, labels in content["variants"].items()]
    if not variants:
        raise InputError(f"{path}: labels no variant")
    return min(variants, key=lambda variant: (len(variant.documents ^ articles), variant.name))


def _relations(name: str, relations: Mapping[Pair, str]) -> dict[str, Any]:
    unknown = set(relations.values()) - set(RELATION_KINDS)
    if unknown:
        raise InputError(f"{name}: unknown relations {sorted(unknown)}; known are {list(RELATION_KINDS)}")
    return {
        "positives": frozenset(ends for ends, kind in relations.items() if kind in (*DIRECTED, "co_derived")),
        "relations": {ends: frozenset({kind}) for ends, kind in relations.items()},
    }


def _from_variant(name: str, labels: Record) -> Gold:
    pairs = {pair_of(pair["left"], pair["right"]): pair for pair in labels["pairs"]}
    return Gold(
        name=name,
        documents=frozenset(line["article"] for line in labels["audit"]),
        edges=frozenset((edge["derived"], edge["source"]) for edge in labels["derivations"]),
        upstream_edges=True,
        sources={ends: pair["source"] for ends, pair in pairs.items() if pair["source"]},
        upstreams=tuple(
            Upstream(line["name"], line["agency"], frozenset(line["witnesses"])) for line in labels["upstreams"]
        ),
        stories={article: min(story) for story in labels["stories"] for article in story},
        segments=tuple(map(_labelled, labels["sentences"])),
        verdicts={line["article"]: line["verdict"] for line in labels["audit"]},
        quotations=tuple(
            Quotation(line["article"], line["text"], line["utterance"]) for line in labels.get("quotes", ())
        ),
        not_quotes=tuple(Quotation(line["article"], line["text"]) for line in labels.get("not_quotes", ())),
        **_relations(name, {ends: pair["relation"] for ends, pair in pairs.items()}),
    )


def _labelled(line: Record) -> Segment:
    place = () if line["origin_start"] is None else ((line["origin_start"], line["origin_end"]),)
    return Segment(line["article"], (line["start"], line["end"]), line["origin"], place, line["kind"])


def _from_labels(name: str, content: Record, articles: frozenset[str]) -> Gold:
    ids = {doc["id"]: _known_as(doc, articles) for doc in content["documents"]}
    relations = {
        pair_of(ids[pair["a"]], ids[pair["b"]]): RENAMED.get(pair["relation"], pair["relation"])
        for pair in content.get("document_pairs", ())
    }
    edges = [(edge["from"], edge["to"]) for edge in content.get("edges", ())]
    observed = frozenset((ids[derived], ids[source]) for derived, source in edges if derived in ids and source in ids)
    says_edges = "edges" in content or content.get("no_direct_edges_between_observed", False)
    groups = [
        {**group, "members": [ids[member] for member in group["members"]]}
        for group in content.get("clusters", {}).get("provenance", ())
    ]
    labels = {member: min(group["members"]) for group in groups for member in group["members"]}
    upstreams = tuple(_common_sources(groups, content.get("sources", ())))
    return Gold(
        name=name,
        documents=frozenset(ids.values()),
        edges=observed if says_edges else None,
        sources={pair_of(*edge): edge[1] for edge in observed},
        upstreams=upstreams,
        units=_units(content, {upstream.name for upstream in upstreams}),
        renderings=tuple(_renderings(content, ids)),
        clusters={doc: labels.get(doc, doc) for doc in ids.values()} if groups else {},
        segments=tuple(_traced(content, ids, {upstream.name for upstream in upstreams})),
        verdicts={ids[line["document"]]: _verdict(line["verdict_in_set"]) for line in content.get("audit", ())},
        quotations=tuple(
            Quotation(ids[variant["document"]], variant["text"], quote["id"], quote.get("speaker"))
            for quote in content.get("quotes", ())
            for variant in quote["variants"]
        ),
        not_quotes=tuple(Quotation(ids[line["document"]], line["text"]) for line in content.get("not_quotes", ())),
        **_relations(name, relations),
    )


def _known_as(document: Record, articles: frozenset[str]) -> str:
    name, stem = str(document["id"]), Path(str(document.get("file", ""))).stem
    return stem if name not in articles and stem in articles else name


def _common_sources(groups: Iterable[Record], sources: Iterable[Record]) -> Iterator[Upstream]:
    """Unobserved upstreams that the set can show at all: those with two witnesses or more."""
    agencies = {source["id"]: source.get("agency") for source in sources}
    for group in groups:
        if len(group["members"]) > 1 and group.get("upstream"):
            agency = agencies.get(group["upstream"])
            yield Upstream(group["upstream"], agency and agency.casefold(), frozenset(group["members"]))


def _traced(content: Record, ids: Mapping[str, str], upstreams: Collection[str]) -> Iterator[Segment]:
    source_of = {unit["id"]: unit["source"] for unit in content.get("origin_units", ())}
    for doc in content["documents"]:
        for line in doc.get("sentences", ()):
            if line["confidence_in_set"] < LEAST_CONFIDENCE:
                continue
            sources = {source_of.get(unit) for unit in line["units"]}
            origin = next((name for name in sorted(upstreams) if name in sources), None)
            span = line["start"], line["start"] + len(line["text"])
            yield Segment(ids[doc["id"]], span, origin, (), line["kind"])


def _units(content: Record, upstreams: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The units of these upstreams, in the order in which the file lists them."""
    units: defaultdict[str, list[str]] = defaultdict(list)
    for unit in content.get("origin_units", ()):
        if unit["source"] in upstreams:
            units[unit["source"]].append(unit["id"])
    return {source: tuple(listed) for source, listed in units.items()}


def _renderings(content: Record, ids: Mapping[str, str]) -> Iterator[Rendering]:
    for doc in content["documents"]:
        for line in doc.get("sentences", ()):
            if line["units"] and line["confidence_in_set"] >= LEAST_CONFIDENCE:
                span = line["start"], line["start"] + len(line["text"])
                yield Rendering(ids[doc["id"]], span, frozenset(line["units"]))


def _verdict(text: str) -> str:
    """The verdict alone: remarks follow a semicolon, and what can only be suspected counts as found."""
    return text.partition(";")[0].strip().removesuffix("_suspected")
