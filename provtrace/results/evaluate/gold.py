"""Gold standards: what a file or a folder of labels says, in one shape that `provtrace.results.evaluate` scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from provtrace.tables import REUSED

Pair = tuple[str, str]
Span = tuple[int, int]

OWN: Final = "novel_in_set"


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
