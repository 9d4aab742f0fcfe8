"""`Story`: the articles that hang together, and their graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    import networkx

# The tables a story holds its own rows of.
STORY_TABLES: Final = ("articles", "credits", "relations", "upstreams", "derivations")


@dataclass(frozen=True)
class Derivation:
    """One article shares text with a source that came before it.

    Attributes:
        derived_id: the article that carries the text.
        source_id: an article of the run, or an unobserved upstream.
        relation: one of `tables.DIRECTED`.
        probability: that the relation and its direction hold, 0..1.
        share: share of the derived article's body words that the source explains, 0..1.
        credited: one of `tables.CREDITED`.
        reasons: the evidence in words, strongest first.
    """

    derived_id: str
    source_id: str
    relation: str
    probability: float
    share: float
    credited: str
    reasons: tuple[str, ...]

    def __repr__(self) -> str:
        figures = f"{self.relation} {self.probability:.2f}, share {self.share:.2f}, {self.credited}"
        return f"<Derivation {self.derived_id!r} from {self.source_id!r}: {figures}>"


@dataclass(frozen=True)
class Relation:
    """The verdict on a pair of articles.

    Attributes:
        left_id: the article whose id sorts first.
        right_id: the other one.
        relation: one of `tables.RELATION_KINDS`.
        source_id: the article that the other derives from; None where the direction is unresolved or has no meaning.
        probability: that the relation holds, 0..1.
        reasons: the evidence in words.
    """

    left_id: str
    right_id: str
    relation: str
    source_id: str | None
    probability: float
    reasons: tuple[str, ...]

    def __repr__(self) -> str:
        source = "" if self.source_id is None else f", source {self.source_id!r}"
        return f"<Relation {self.left_id!r} and {self.right_id!r}: {self.relation} {self.probability:.2f}{source}>"


@dataclass(frozen=True, eq=False)
class Story:
    """A connected component of articles.

    Attributes:
        story_id: its id in the stories table.
        article_ids: its articles, sorted.
        tables: the rows of `STORY_TABLES` that concern these articles: credits of them, derivations of them (from
            a source that may lie outside), relations between two of them, upstreams that one of them derives from.
    """

    story_id: str
    article_ids: tuple[str, ...]
    tables: Mapping[str, pl.DataFrame]

    def __repr__(self) -> str:
        return f"<Story {self.story_id}: {len(self.article_ids)} articles>"

    def derivations(self, min_probability: float = 0.0) -> list[Derivation]:
        """Derivations of this story's articles, the likeliest first."""
        return derivations(self.tables["derivations"], min_probability)

    def relations(self, min_probability: float = 0.0) -> list[Relation]:
        """Verdicts on pairs of this story's articles, the likeliest first."""
        chosen = self.tables["relations"].filter(pl.col("probability") >= min_probability)
        chosen = chosen.sort(["probability", "left_id", "right_id"], descending=[True, False, False])
        return [
            Relation(
                row["left_id"],
                row["right_id"],
                row["relation"],
                row["source_id"],
                row["probability"],
                tuple(row["reasons"] or ()),
            )
            for row in chosen.iter_rows(named=True)
        ]

    @property
    def graph(self) -> networkx.MultiDiGraph:
        """The story as a graph; see `build_graph`."""
        return build_graph(self.tables)


def derivations(frame: pl.DataFrame, min_probability: float = 0.0) -> list[Derivation]:
    """Rows of a DERIVATIONS frame as objects, the likeliest first."""
    chosen = frame.filter(pl.col("probability") >= min_probability)
    chosen = chosen.sort(["probability", "derived_id", "source_id"], descending=[True, False, False])
    return [Derivation(**{**row, "reasons": tuple(row["reasons"] or ())}) for row in chosen.iter_rows(named=True)]


def partition(tables: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, pl.DataFrame]]:
    """Every story's own rows: story_id to table name to frame.

    Each table is joined and split once, whatever the number of stories.
    """
    story_of = tables["stories"].select("article_id", "story_id")
    upstream_of = (
        tables["derivations"]
        .select(pl.col("source_id").alias("upstream_id"), "derived_id")
        .join(story_of, left_on="derived_id", right_on="article_id")
    )
    right = story_of.rename({"article_id": "right_id", "story_id": "right_story"})
    relations = tables["relations"].join(story_of, left_on="left_id", right_on="article_id").join(right, on="right_id")
    owned = {
        "articles": tables["articles"].join(story_of, on="article_id"),
        "credits": tables["credits"].join(story_of, on="article_id"),
        "relations": relations.filter(pl.col("story_id") == pl.col("right_story")),
        "upstreams": tables["upstreams"].join(upstream_of.select("upstream_id", "story_id").unique(), on="upstream_id"),
        "derivations": tables["derivations"].join(story_of, left_on="derived_id", right_on="article_id"),
    }
    empty = {name: tables[name].clear() for name in STORY_TABLES}
    found = {story_id: dict(empty) for story_id in tables["stories"]["story_id"].unique()}
    for name in STORY_TABLES:
        # slices of one sorted frame: a frame of its own for each of many stories takes a thousand times as long
        rows = owned[name].sort("story_id", maintain_order=True)
        kept, start = rows.select(tables[name].columns), 0
        for story_id, length in rows.group_by("story_id", maintain_order=True).len().iter_rows():
            found[story_id][name] = kept.slice(start, length)
            start += length
    return found


def build_graph(tables: Mapping[str, pl.DataFrame]) -> networkx.MultiDiGraph:
    """Articles, unobserved upstreams and agencies as one graph.

    Nodes have a ``kind``: ``article``, ``upstream``, or ``agency`` (whose node id is ``agency:ID``). Edges point
    from what derives or names to what it derives from or names, and are keyed by what they mean:

    - a relation (``copy``, ``translation``, ...), ``kind="derivation"``: probability, share, credited, reasons;
    - a relation that is no derivation (``co_derived``, ``same_event``, ...), ``kind="relation"``: probability,
      direction_probability, reasons, and ``directed=False`` where the order of the two ends has no meaning (left to
      right then);
    - ``credits``, from an article to an agency it names: roles;
    - ``attributed_to``, from an upstream to the agency whose text it appears to be: probability.

    An attribute that is unknown is absent. Values are texts, numbers, truth values and lists of texts, so that JSON
    carries them as they are; figures have six digits.

    Args:
        tables: at least those of `STORY_TABLES`.
    """
    import networkx

    graph = networkx.MultiDiGraph()
    for row in tables["articles"].select(pl.exclude("text")).iter_rows(named=True):
        graph.add_node(row.pop("article_id"), kind="article", observed=True, **_known(row))
    for row in tables["upstreams"].iter_rows(named=True):
        graph.add_node(row.pop("upstream_id"), kind="upstream", observed=False, **_known(row))
    _add_derivations(graph, tables["derivations"])
    _add_relations(graph, tables["relations"])
    _add_agencies(graph, tables)
    return graph


def _add_derivations(graph: networkx.MultiDiGraph, frame: pl.DataFrame) -> None:
    for edge in derivations(frame):
        _ensure_article(graph, (edge.derived_id, edge.source_id))
        figures = {"probability": edge.probability, "share": edge.share, "credited": edge.credited}
        attributes = _known({**figures, "reasons": edge.reasons})
        graph.add_edge(
            edge.derived_id, edge.source_id, key=edge.relation, kind="derivation", directed=True, **attributes
        )


def _add_relations(graph: networkx.MultiDiGraph, frame: pl.DataFrame) -> None:
    """Add the verdicts on pairs that are not there as derivations yet."""
    for row in frame.iter_rows(named=True):
        start, end = row["left_id"], row["right_id"]
        if row["source_id"] == start:
            start, end = end, start
        _ensure_article(graph, (start, end))
        if not graph.has_edge(start, end, key=row["relation"]):
            attributes = _known({name: row[name] for name in ("probability", "direction_probability", "reasons")})
            directed = row["source_id"] is not None
            graph.add_edge(start, end, key=row["relation"], kind="relation", directed=directed, **attributes)


def _add_agencies(graph: networkx.MultiDiGraph, tables: Mapping[str, pl.DataFrame]) -> None:
    from provtrace.scoring.agencies import agencies

    known = agencies()
    taken = set(graph)

    def node(agency: str) -> str:
        name = f"agency:{agency}"
        while name in taken:  # an article may bear any id, also this one
            name = f"agency:{name}"
        graph.add_node(name, kind="agency", name=known[agency].name if agency in known else agency)
        return name

    claims = tables["credits"].drop_nulls("agency").group_by("article_id", "agency")
    for row in claims.agg(pl.col("role").unique().sort()).sort("article_id", "agency").iter_rows(named=True):
        graph.add_edge(row["article_id"], node(row["agency"]), key="credits", kind="credits", roles=row["role"])
    for row in tables["upstreams"].drop_nulls("agency").iter_rows(named=True):
        attributes = _known({"probability": row["probability"]})
        graph.add_edge(row["upstream_id"], node(row["agency"]), key="attributed_to", kind="attributed_to", **attributes)


def _ensure_article(graph: networkx.MultiDiGraph, nodes: Iterable[str]) -> None:
    """Give an article that lies outside the story a node of its kind."""
    for name in nodes:
        if name not in graph:
            graph.add_node(name, kind="article", observed=True)


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that have a value, as JSON has values: times in ISO 8601."""
    return {name: _plain(value) for name, value in row.items() if value is not None}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return round(value, 6)  # tables hold 32-bit floats; their noise in 64 bits is no information
    return list(value) if isinstance(value, tuple) else value
