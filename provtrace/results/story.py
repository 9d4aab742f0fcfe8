"""`Story`: the articles that hang together, and their graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from provtrace.results.names import check_probability, counted

if TYPE_CHECKING:
    import networkx

# The tables a story holds its own rows of.
STORY_TABLES: Final = ("articles", "credits", "relations", "upstreams", "derivations")
LINES: Final = 20  # below a thing that is printed


@dataclass(frozen=True)
class Derivation:
    """One article shares text with a source that came before it.

    Attributes:
        derived_id: the article that carries the text, or an unobserved upstream that goes back to another one.
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

    def __str__(self) -> str:
        return with_lines(self, self.reasons)


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

    def __str__(self) -> str:
        return with_lines(self, self.reasons)


@dataclass(frozen=True, eq=False)
class Story:
    """A connected component of articles.

    Attributes:
        story_id: its id in the stories table.
        article_ids: its articles, sorted.
        tables: the rows of `STORY_TABLES` that concern these articles: credits of them, derivations of them (from
            a source that may lie outside), relations between two of them, upstreams that one of them derives from,
            directly or by way of others, and what upstreams derive from.
        run_quotes: gives the quotes of the whole run.
    """

    story_id: str
    article_ids: tuple[str, ...]
    tables: Mapping[str, pl.DataFrame]
    run_quotes: Callable[[], pl.DataFrame]

    def __repr__(self) -> str:
        found = (counted(self.tables[f"{noun}s"].height, noun) for noun in ("upstream", "derivation"))
        return f"<Story {self.story_id!r}: {', '.join([counted(len(self.article_ids), 'article'), *found])}>"

    def __str__(self) -> str:
        return with_lines(self, self.derivations())

    def derivations(self, min_probability: float = 0.0) -> list[Derivation]:
        """Derivations of this story's articles and upstreams, the likeliest first.

        Raises:
            InputError: `min_probability` is no number from 0 to 1.
        """
        return derivations(self.tables["derivations"], min_probability)

    def relations(self, min_probability: float = 0.0) -> list[Relation]:
        """Verdicts on pairs of this story's articles, the likeliest first.

        Raises:
            InputError: `min_probability` is no number from 0 to 1.
        """
        check_probability(min_probability)
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
    def quotes(self) -> pl.DataFrame:
        """What its articles quote, with the variants of all articles; see `results.quotes.quotes`."""
        frame = self.run_quotes()
        ours = frame.filter(pl.col("article_id").is_in(self.article_ids)).select("quote_id").unique()
        return frame.join(ours, on="quote_id", how="semi", maintain_order="left")

    @property
    def graph(self) -> networkx.MultiDiGraph:
        """The story as a graph; see `results.graph.build_graph`."""
        from provtrace.results.graph import build_graph

        return build_graph(self.tables, self.quotes)


def derivations(frame: pl.DataFrame, min_probability: float = 0.0) -> list[Derivation]:
    """Rows of a DERIVATIONS frame as objects, the likeliest first.

    Raises:
        InputError: `min_probability` is no number from 0 to 1.
    """
    check_probability(min_probability)
    chosen = frame.filter(pl.col("probability") >= min_probability)
    chosen = chosen.sort(["probability", "derived_id", "source_id"], descending=[True, False, False])
    return [Derivation(**{**row, "reasons": tuple(row["reasons"] or ())}) for row in chosen.iter_rows(named=True)]


def with_lines(thing: object, more: Sequence[object]) -> str:
    """A thing for reading: its `repr` and, indented, the first few of what belongs to it, on a line each."""
    hidden = [f"... and {len(more) - LINES} more"] if len(more) > LINES else []
    return "\n  ".join([repr(thing), *map(repr, more[:LINES]), *hidden])


def partition(tables: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, pl.DataFrame]]:
    """Every story's own rows: story_id to table name to frame.

    Each table is joined and split once, whatever the number of stories.
    """
    story_of = tables["stories"].select(pl.col("article_id").alias("node_id"), "story_id")
    within = _with_upstreams(story_of, tables)
    right = story_of.rename({"node_id": "right_id", "story_id": "right_story"})
    relations = tables["relations"].join(story_of, left_on="left_id", right_on="node_id").join(right, on="right_id")
    owned = {
        "articles": tables["articles"].join(story_of, left_on="article_id", right_on="node_id"),
        "credits": tables["credits"].join(story_of, left_on="article_id", right_on="node_id"),
        "relations": relations.filter(pl.col("story_id") == pl.col("right_story")),
        "upstreams": tables["upstreams"].join(within, left_on="upstream_id", right_on="node_id"),
        "derivations": tables["derivations"].join(within, left_on="derived_id", right_on="node_id"),
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


def _with_upstreams(story_of: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Articles by story, and the upstreams that they derive from, at whatever remove: ``node_id``, ``story_id``."""
    upstreams = tables["upstreams"].select(source_id="upstream_id")
    steps = tables["derivations"].select("derived_id", "source_id").join(upstreams, on="source_id")
    found = reached = story_of
    while not reached.is_empty():
        above = reached.join(steps, left_on="node_id", right_on="derived_id")
        reached = (
            above.select(node_id="source_id", story_id="story_id").unique().join(found, on=found.columns, how="anti")
        )
        found = pl.concat([found, reached])
    return found
