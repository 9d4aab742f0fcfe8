"""What the report says: the rows of each story as the things that the template writes down, all plain text.

Nothing here is markup; the template escapes every value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from provtrace.results.report import words
from provtrace.results.report.graph import Edge, Graph, Node, draw
from provtrace.results.report.pairs import AlignedRow, sentence_numbers, side_by_side
from provtrace.results.report.rows import (
    MAX_ARTICLES,
    Cut,
    Lookup,
    Pair,
    Row,
    StoryRows,
    Tables,
    look_up,
    select_stories,
)
from provtrace.results.report.wires import UpstreamView, upstream_view
from provtrace.settings import VERSION, Settings
from provtrace.tables import CREDITED

MAX_NODES: Final = 40
MAX_LINES: Final = 80
MAX_FINDINGS: Final = 120
MAX_PAIR_ROWS: Final = 400
MAX_CELLS: Final = 1000
MAX_LISTED: Final = 1000
_TIP: Final = 240


@dataclass(frozen=True)
class Cell:
    """One sentence of an article: what kind it is and where it came from. `number` counts from 1."""

    number: int
    kind: str
    probability: float | None
    origin_id: str | None
    origin_place: str
    language: str
    text: str

    @property
    def tip(self) -> str:
        """Everything about the sentence in a line, for a tool tip."""
        origin = f", from {self.origin_id}" if self.origin_id is not None else ""
        place = f" {self.origin_place}" if self.origin_place else ""
        kind = words.KIND_WORDS.get(self.kind, words.spaced(self.kind))
        chance = f" {words.probability(self.probability)}" if self.probability is not None else ""
        return f"{self.number}. {kind}{chance}{origin}{place}: {words.shorten(self.text, _TIP)}"


@dataclass(frozen=True)
class Claim:
    """A credit that an article gives, with the words it uses."""

    agency: str | None
    role: str
    words: str


@dataclass(frozen=True)
class Finding:
    """A sentence about two ids, ``subject verb object``, with its figures and its reasons."""

    subject: str
    verb: str
    object: str
    relation: str
    facts: tuple[str, ...]
    reasons: tuple[str, ...]
    credited: str | None = None
    pair: str | None = None


@dataclass(frozen=True)
class ArticleView:
    """An article of the run."""

    id: str
    outlet: str | None
    url: str | None
    link: str | None
    date: str
    language: str
    title: str | None
    cells: Cut[Cell]
    claims: tuple[Claim, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class PairView:
    """Two articles side by side."""

    anchor: str
    left: ArticleView
    right: ArticleView
    finding: Finding | None
    matched: int
    compared: bool
    rows: Cut[AlignedRow]


@dataclass(frozen=True)
class StoryView:
    """One story."""

    id: str
    size: int
    headline: ArticleView | None
    languages: tuple[str, ...]
    articles: Cut[ArticleView]
    unread: tuple[str, ...]
    upstreams: tuple[UpstreamView, ...]
    verdicts: tuple[tuple[str, int], ...]
    graph: Graph
    undrawn_nodes: int
    undrawn_lines: int
    derivations: Cut[Finding]
    relations: Cut[Finding]
    pairs: Cut[PairView]


@dataclass(frozen=True)
class Page:
    """The whole report. `anchors` maps the ids that have a place on the page to it."""

    version: str
    signature: str
    counts: tuple[tuple[str, int], ...]
    stories: Cut[StoryView]
    alone: Cut[ArticleView]
    rejects: Cut[Row]
    anchors: Mapping[str, str]


def build_page(tables: Tables, settings: Settings) -> Page:
    """Gather the report from the tables of a run."""
    chosen, alone = select_stories(tables)
    lone = Cut.of(alone, MAX_LISTED)
    lookup = look_up(tables, chosen.shown, lone.shown)
    anchors = _anchors(chosen.shown, lone.shown)
    stories = tuple(_story(number, story, lookup, anchors) for number, story in enumerate(chosen.shown, start=1))
    rejects = tables["rejects"].sort(["source", "record", "reason"], nulls_last=True)
    return Page(
        version=VERSION,
        signature=settings.signature(),
        counts=_counts(tables),
        stories=Cut(stories, chosen.left_out),
        alone=Cut(tuple(_article(name, lookup, (), 0) for name in lone.shown), lone.left_out),
        rejects=Cut(tuple(rejects.head(MAX_LISTED).to_dicts()), max(0, rejects.height - MAX_LISTED)),
        anchors=anchors,
    )


def _counts(tables: Tables) -> tuple[tuple[str, int], ...]:
    articles = tables["articles"]
    return (
        ("articles", articles.height),
        ("outlets", articles["outlet"].drop_nulls().n_unique()),
        ("languages", articles["language"].drop_nulls().n_unique()),
        ("sentences", tables["sentences"].height),
        ("derivations", tables["derivations"].height),
        ("unobserved upstreams", tables["upstreams"].height),
        ("records not read", tables["rejects"].height),
    )


def _anchors(stories: Sequence[StoryRows], alone: Sequence[str]) -> dict[str, str]:
    """Places on the page. Ids are hostile and may hold anything, so places are numbered."""
    shown = [name for story in stories for name in story.members[:MAX_ARTICLES]]
    anchors = {name: f"a{number}" for number, name in enumerate([*shown, *alone], start=1)}
    upstreams = dict.fromkeys(row["upstream_id"] for story in stories for row in story.upstreams)
    return {**anchors, **{name: f"u{number}" for number, name in enumerate(upstreams, start=1)}}


def _headline(views: Sequence[ArticleView], derivations: Sequence[Row]) -> ArticleView | None:
    """The titled article that most others derive from; the first of them where several do."""
    children = Counter(row["source_id"] for row in derivations)
    return max((view for view in views if view.title), key=lambda view: children[view.id], default=None)


# --- one story --------------------------------------------------------------------------------------


def _story(number: int, story: StoryRows, lookup: Lookup, anchors: Mapping[str, str]) -> StoryView:
    places = {pair: f"s{number}p{place}" for place, pair in enumerate(story.pairs.shown, start=1)}
    derivations = [_derived(row, places) for row in story.derivations]
    relations = {(row["left_id"], row["right_id"]): _related(row, places) for row in reversed(story.relations)}
    articles = Cut.of(story.members, MAX_ARTICLES)
    views = tuple(_article(name, lookup, derivations, MAX_CELLS) for name in articles.shown)
    graph, undrawn_nodes, undrawn_lines = _picture(story, lookup, anchors)
    credited = Counter(row["credited"] for row in story.derivations)
    return StoryView(
        id=story.id,
        size=len(story.members),
        headline=_headline(views, story.derivations),
        languages=tuple(sorted({lookup.articles[name]["language"] or "und" for name in story.members})),
        articles=Cut(views, articles.left_out),
        unread=story.members[MAX_ARTICLES:][:MAX_LISTED],
        upstreams=tuple(upstream_view(lookup.wires[row["upstream_id"]], lookup.articles) for row in story.upstreams),
        verdicts=tuple(
            (name, credited[name]) for name in (*CREDITED, *sorted(credited.keys() - CREDITED)) if credited[name]
        ),
        graph=graph,
        undrawn_nodes=undrawn_nodes,
        undrawn_lines=undrawn_lines,
        derivations=Cut.of(derivations, MAX_FINDINGS),
        relations=Cut.of([_related(row, places) for row in story.relations], MAX_FINDINGS),
        pairs=Cut(
            tuple(_pair(pair, place, relations.get(pair), lookup) for pair, place in places.items()),
            story.pairs.left_out,
        ),
    )


def _article(name: str, lookup: Lookup, derivations: Sequence[Finding], cells: int) -> ArticleView:
    row = lookup.articles[name]
    origins = {origin["sentence"]: origin for origin in lookup.origins.get(name, ())}
    sentences = Cut.of(lookup.sentences.get(name, ()), cells)
    return ArticleView(
        id=name,
        outlet=row["outlet"],
        url=row["url"],
        link=words.link(row["url"]),
        date=words.date(row["published_at"], row["published_precision"]),
        language=row["language"] or "und",
        title=row["title"],
        cells=Cut(tuple(_cell(one, origins.get(one["sentence"])) for one in sentences.shown), sentences.left_out),
        claims=tuple(
            Claim(credit["agency"], credit["role"], words.shorten(row["text"][credit["start"] : credit["end"]], _TIP))
            for credit in lookup.credits.get(name, ())
        ),
        findings=tuple(finding for finding in derivations if finding.subject == name),
    )


def _cell(sentence: Row, origin: Row | None) -> Cell:
    origin = origin or {"kind": "unresolved", "probability": None, "origin_id": None, "origin_sentences": None}
    return Cell(
        number=sentence["sentence"] + 1,
        kind=origin["kind"],
        probability=origin["probability"],
        origin_id=origin["origin_id"],
        origin_place=sentence_numbers(origin["origin_sentences"] or ()),
        language=sentence["language"],
        text=sentence["text"],
    )


def _derived(row: Row, places: Mapping[Pair, str]) -> Finding:
    ends = sorted((row["derived_id"], row["source_id"]))
    return Finding(
        subject=row["derived_id"],
        verb=words.relation_words(row["relation"]),
        object=row["source_id"],
        relation=row["relation"],
        facts=(
            f"probability {words.probability(row['probability'])}",
            f"{words.percent(row['share'])} of its words",
        ),
        reasons=tuple(row["reasons"] or ()),
        credited=row["credited"],
        pair=places.get((ends[0], ends[1])),
    )


def _related(row: Row, places: Mapping[Pair, str]) -> Finding:
    left, right, source = row["left_id"], row["right_id"], row["source_id"]
    subject, other = (right, left) if source == left else (left, right)
    facts = [
        f"probability {words.probability(row['probability'])}",
        f"matched: {words.percent(row['left_share'])} of {left}, {words.percent(row['right_share'])} of {right}",
    ]
    if row["order"] is not None:
        facts.append(f"order agreement {words.probability(row['order'])}")
    if row["direction_probability"] is not None:
        facts.append(f"direction {words.probability(row['direction_probability'])}")
    return Finding(
        subject=subject,
        verb=words.relation_words(row["relation"], decided=source is not None),
        object=other,
        relation=row["relation"],
        facts=tuple(facts),
        reasons=tuple(row["reasons"] or ()),
        pair=places.get((left, right)),
    )


def _pair(pair: Pair, place: str, finding: Finding | None, lookup: Lookup) -> PairView:
    left, right = (_article(name, lookup, (), 0) for name in pair)
    compared = left.language == right.language
    alignments = lookup.alignments[pair]
    rows = side_by_side(lookup.sentences[pair[0]], lookup.sentences[pair[1]], alignments, diff=compared)
    return PairView(place, left, right, finding, len(alignments), compared, Cut.of(rows, MAX_PAIR_ROWS))


# --- its picture ------------------------------------------------------------------------------------


def _picture(story: StoryRows, lookup: Lookup, anchors: Mapping[str, str]) -> tuple[Graph, int, int]:
    """The drawn graph, and how many nodes and lines it leaves out."""
    upstreams = {row["upstream_id"]: row for row in story.upstreams}
    strength: dict[str, float] = {name: 2.0 for name in upstreams}
    for row in story.derivations:
        for end in (row["derived_id"], row["source_id"]):
            strength[end] = max(strength.get(end, 0), row["probability"] or 0)
    for name in story.members:
        strength.setdefault(name, 0)
    names = Cut.of(sorted(strength, key=lambda name: (-strength[name], name)), MAX_NODES)
    drawn = set(names.shown)
    arrows = [_arrow(row) for row in story.derivations if {row["derived_id"], row["source_id"]} <= drawn]
    lines = Cut.of([_line(row) for row in _unexplained(story) if {row["left_id"], row["right_id"]} <= drawn], MAX_LINES)
    nodes = [_node(name, upstreams.get(name), lookup, anchors) for name in names.shown]
    return draw(nodes, [*arrows, *lines.shown]), names.left_out, lines.left_out


def _unexplained(story: StoryRows) -> list[Row]:
    """Relations that no arrow says already: neither a derivation, nor two texts below one upstream."""
    above: dict[str, set[str]] = {}
    for row in story.derivations:
        above.setdefault(row["derived_id"], set()).add(row["source_id"])
    rows = []
    for row in story.relations:
        left, right = above.get(row["left_id"], set()), above.get(row["right_id"], set())
        said = row["left_id"] in right or row["right_id"] in left
        shared = row["relation"] == "co_derived" and left & right
        if not said and not shared:
            rows.append(row)
    return rows


def _arrow(row: Row) -> Edge:
    chance = words.probability(row["probability"])
    return Edge(
        source=row["source_id"],
        target=row["derived_id"],
        relation=row["relation"],
        directed=True,
        probability=_unit(row["probability"]),
        share=_unit(row["share"]),
        label=f"{words.spaced(row['relation'])} {chance}",
        tip=(
            f"{row['derived_id']} {words.relation_words(row['relation'])} {row['source_id']}: "
            f"probability {chance}, {words.percent(row['share'])} of its words"
        ),
    )


def _line(row: Row) -> Edge:
    verb = words.relation_words(row["relation"], decided=row["source_id"] is not None)
    return Edge(
        source=row["left_id"],
        target=row["right_id"],
        relation=row["relation"],
        directed=False,
        probability=_unit(row["probability"]),
        share=0,
        label="",
        tip=f"{row['left_id']} {verb} {row['right_id']}: probability {words.probability(row['probability'])}",
    )


def _unit(value: float | None) -> float:
    return min(1.0, max(0.0, value)) if value is not None and value == value else 0.0


def _node(name: str, upstream: Row | None, lookup: Lookup, anchors: Mapping[str, str]) -> Node:
    if upstream is not None:
        lines = ("unobserved source", upstream["agency"] or "agency unresolved")
    else:
        row = lookup.articles[name]
        day = words.date(row["published_at"], "month" if row["published_precision"] == "month" else "day")
        lines = (row["outlet"] or "outlet unknown", " · ".join(filter(None, (row["language"] or "und", day))))
    shown = (words.shorten(name, 18), *(words.shorten(line, 25) for line in lines))
    return Node(name, upstream is None, shown, " – ".join((name, *lines)), anchors.get(name))
