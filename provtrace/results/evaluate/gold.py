"""Gold standards: what a file or a folder of labels says, in one shape that `provtrace.results.evaluate` scores.

Two formats are read: a data-set folder (``documents.jsonl``, ``pairs.jsonl``, ``sentences.jsonl``) and a single
JSON file of schema ``provtrace-gold/1``, which labels one set of articles or several variants of it. Nothing here
looks at what a run found.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from provtrace.errors import InputError
from provtrace.tables import DIRECTED, RELATION_KINDS, REUSED

Pair = tuple[str, str]
Span = tuple[int, int]
Record = Mapping[str, Any]

SCHEMA: Final = "provtrace-gold/1"
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
RENAMED: Final = {"shared_quote_only": "shared_quote"}
RATING: Final = "same_story_rating"
NO_WIKIDATA: Final = frozenset({"unk", "NIL", "_"})
OWN: Final = "novel_in_set"
# Labels that a careful reader could not give from the articles alone are no fair question.
LEAST_CONFIDENCE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of an article with its true origin.

    Attributes:
        article_id: the article it stands in.
        span: half-open character offsets into the article's text.
        origin_id: the article or upstream that it derives from; None for the article's own material.
        origin_spans: where it stands in the origin, where that is known.
        kind: its right sentence kind, None where the gold gives none.
    """

    article_id: str
    span: Span
    origin_id: str | None
    origin_spans: tuple[Span, ...]
    kind: str | None = None

    @property
    def judged(self) -> bool:
        """Whether its origin is a fair question: shared quotes and background have none that counts."""
        return self.kind is None or self.kind == OWN or (self.kind in REUSED and self.origin_id is not None)


@dataclass(frozen=True, slots=True)
class Upstream:
    """A source that is not among the documents, and the articles that witness it."""

    name: str
    agency: str | None
    witnesses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Quotation:
    """What stands in quotation marks in an article: as words of someone, or not.

    Attributes:
        article_id: the article.
        text: the words; marks around them don't count.
        utterance: a name shared by the wordings of one utterance.
        speaker: who said it; None where the gold does not say, or nobody did.
    """

    article_id: str
    text: str
    utterance: str = ""
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Rendering:
    """A stretch of an article that says what one or more units of its sources say."""

    article_id: str
    span: Span
    units: frozenset[str]


@dataclass(frozen=True, slots=True)
class Mention:
    """A news agency named in an article; ``wikidata`` is None where the gold names no identity."""

    article_id: str
    span: Span
    wikidata: str | None


@dataclass(frozen=True, kw_only=True)
class Gold:
    """What a gold standard says; a field is None or empty where it says nothing of that kind.

    Attributes:
        name: of the file or folder.
        documents: the articles it speaks of; predictions about others are left out.
        positives: pairs of which one derives from the other, or both from a common source. Smaller id first.
        ignored: pairs that are neither right nor wrong.
        relations: the acceptable relations of a pair.
        edges: (derived, source); empty where none is true, None where it says nothing.
        upstream_edges: whether ``edges`` also lists what derives from unobserved upstreams.
        sources: the source of each directed pair.
        upstreams: the unobserved upstreams.
        units: of unobserved upstreams by name, the ids of their statements, in order.
        renderings: what renders them, and statements of other sources.
        clusters: a label per document: one text and what derives from it.
        stories: a label per document, as in the stories table.
        segments: true origins of stretches of text.
        versions: a name shared by documents that stand for one another as an end of a pair or edge.
        originals: a name shared by documents that stand for one another as the origin of a segment.
        verdicts: the right credit verdict per article.
        independent: pairs about one event that share no text to speak of.
        copies: pairs known to be copies, where positives are not listed in full.
        ratings: how unlike a pair was judged, 1 (one story) to 4.
        agencies: Wikidata ids of the agencies an article draws on; None inside a set for an unidentified one.
        mentions: where agencies are named.
        quotations: what is quoted in several places, each wording by its place.
        not_quotes: terms, names and scare quotes: in quotation marks, and said by nobody.
    """

    name: str
    documents: frozenset[str]
    positives: frozenset[Pair] | None = None
    ignored: frozenset[Pair] = frozenset()
    relations: Mapping[Pair, frozenset[str]] = field(default_factory=dict)
    edges: frozenset[Pair] | None = None
    upstream_edges: bool = False
    sources: Mapping[Pair, str] = field(default_factory=dict)
    upstreams: tuple[Upstream, ...] = ()
    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    renderings: tuple[Rendering, ...] = ()
    clusters: Mapping[str, str] = field(default_factory=dict)
    stories: Mapping[str, str] = field(default_factory=dict)
    segments: tuple[Segment, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    originals: Mapping[str, str] = field(default_factory=dict)
    verdicts: Mapping[str, str] = field(default_factory=dict)
    independent: frozenset[Pair] = frozenset()
    copies: frozenset[Pair] = frozenset()
    ratings: Mapping[Pair, float] = field(default_factory=dict)
    agencies: Mapping[str, frozenset[str | None]] = field(default_factory=dict)
    mentions: tuple[Mention, ...] = ()
    quotations: tuple[Quotation, ...] = ()
    not_quotes: tuple[Quotation, ...] = ()


def pair_of(left: str, right: str) -> Pair:
    """The two ids, the smaller first, as in every table of a run."""
    return (left, right) if left <= right else (right, left)


def read_gold(source: str | Path, articles: Collection[str] = ()) -> Gold:
    """Read a gold standard.

    Args:
        source: a folder with ``documents.jsonl`` and, where the set has them, ``pairs.jsonl`` and
            ``sentences.jsonl``; or the ``pairs.jsonl`` of such a folder; or a JSON file of schema provtrace-gold/1.
        articles: the ids to be judged; of several variants in one file, the one nearest to them is taken, and a
            document is known by the stem of its file where the articles are.

    Raises:
        InputError: it does not exist, or is none of these; the message says what was looked for.
    """
    path = Path(source)
    if path.name == "pairs.jsonl":
        path = path.parent
    try:
        if path.is_dir():
            return _from_folder(path)
        return _from_file(path, frozenset(articles))
    except OSError as error:
        raise InputError(f"gold can't be read: {error}") from error
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise InputError(f"{path}: a record lacks what its format promises ({error!r})") from error


# --- a data-set folder ------------------------------------------------------------------------------


def _from_folder(folder: Path) -> Gold:
    documents = list(_lines(folder / "documents.jsonl"))
    pairs = list(_lines(folder / "pairs.jsonl"))
    sentences = list(_lines(folder / "sentences.jsonl"))
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


def _lines(path: Path) -> Iterator[Record]:
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _parse(line, f"{path}, line {number}")


def _parse(text: str, where: str) -> Record:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not JSON ({error})") from error
    if not isinstance(value, dict):
        raise InputError(f"{where}: expected a JSON object")
    return value


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


# --- one JSON file ----------------------------------------------------------------------------------


def _from_file(path: Path, articles: frozenset[str]) -> Gold:
    content = _parse(path.read_text(encoding="utf-8"), str(path))
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
