"""Which rows of a run the report needs: stories of several articles, and what touches them.

Everything here filters in polars before rows become Python objects, so that the report of a large run costs what it
shows. Whatever a bound leaves out is counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import polars as pl

from provtrace.errors import TableError
from provtrace.results.reconstruction import Wire, reconstruct

Row = dict[str, Any]
Tables = Mapping[str, pl.DataFrame]
Pair = tuple[str, str]

MAX_STORIES: Final = 50
MAX_ARTICLES: Final = 60  # of one story, with their sentences
MAX_PAIRS: Final = 12  # of one story, side by side

T = TypeVar("T")


@dataclass(frozen=True)
class Cut(Generic[T]):
    """What is shown of a list, and how many were left out."""

    shown: tuple[T, ...]
    left_out: int = 0

    @classmethod
    def of(cls, items: Sequence[T], limit: int) -> Cut[T]:
        """The first `limit` items."""
        return cls(tuple(items[:limit]), max(0, len(items) - limit))


@dataclass(frozen=True)
class StoryRows:
    """One story's share of the tables. Relations may lead to an article outside the story."""

    id: str
    members: tuple[str, ...]
    derivations: tuple[Row, ...]
    relations: tuple[Row, ...]
    upstreams: tuple[Row, ...]
    pairs: Cut[Pair]


@dataclass(frozen=True)
class Lookup:
    """The rows of everything that the shown stories mention, by id."""

    articles: Mapping[str, Row]
    sentences: Mapping[str, Sequence[Row]]
    origins: Mapping[str, Sequence[Row]]
    credits: Mapping[str, Sequence[Row]]
    alignments: Mapping[Pair, Sequence[Row]]
    wires: Mapping[str, Wire]


def select_stories(tables: Tables) -> tuple[Cut[StoryRows], tuple[str, ...]]:
    """The stories of at least two articles, the largest first, and the ids of all articles in none of them."""
    members: dict[str, list[str]] = defaultdict(list)
    for row in tables["stories"].sort("story_id", "article_id").iter_rows(named=True):
        members[row["story_id"]].append(row["article_id"])
    several = {story: ids for story, ids in members.items() if len(ids) > 1}
    grouped = {name for ids in several.values() for name in ids}
    alone = tuple(name for name in tables["articles"]["article_id"].sort() if name not in grouped)
    cut = Cut.of(sorted(several, key=lambda story: (-len(several[story]), story)), MAX_STORIES)
    story_of = {name: story for story in cut.shown for name in several[story]}
    return Cut(_gather(tables, {story: several[story] for story in cut.shown}, story_of), cut.left_out), alone


def _gather(tables: Tables, members: Mapping[str, Sequence[str]], story_of: Mapping[str, str]) -> tuple[StoryRows, ...]:
    derivations = _by_story(tables["derivations"], ("derived_id",), story_of)
    relations = _by_story(tables["relations"], ("left_id", "right_id"), story_of)
    upstreams = _upstreams(tables["upstreams"], derivations, story_of)
    pairs = _pairs(tables, story_of)
    return tuple(
        StoryRows(
            story,
            tuple(ids),
            tuple(sorted(derivations[story], key=_derivation_order)),
            tuple(sorted(relations[story], key=_relation_order)),
            tuple(upstreams[story]),
            Cut.of(pairs[story], MAX_PAIRS),
        )
        for story, ids in members.items()
    )


def _by_story(frame: pl.DataFrame, ends: Sequence[str], story_of: Mapping[str, str]) -> dict[str, list[Row]]:
    touching = frame.filter(pl.any_horizontal(pl.col(end).is_in(list(story_of)) for end in ends))
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in touching.iter_rows(named=True):
        for story in sorted({story_of[row[end]] for end in ends if row[end] in story_of}):
            rows[story].append(row)
    return rows


def _derivation_order(row: Row) -> tuple[float, str, str, str]:
    return -(row["probability"] or 0), row["derived_id"], row["source_id"], row["relation"]


def _relation_order(row: Row) -> tuple[float, str, str, str]:
    return -(row["probability"] or 0), row["left_id"], row["right_id"], row["relation"]


def _upstreams(
    frame: pl.DataFrame, derivations: Mapping[str, Sequence[Row]], story_of: Mapping[str, str]
) -> dict[str, list[Row]]:
    """Upstreams by the stories that their witnesses or their derivations belong to."""
    used: dict[str, set[str]] = defaultdict(set)
    for story, rows in derivations.items():
        for derivation in rows:
            used[derivation["source_id"]].add(story)
    found: dict[str, list[Row]] = defaultdict(list)
    for row in frame.sort("upstream_id").iter_rows(named=True):
        witnessed = {story_of[name] for name in row["witnesses"] if name in story_of}
        for story in sorted(witnessed | used[row["upstream_id"]]):
            found[story].append(row)
    return found


def _pairs(tables: Tables, story_of: Mapping[str, str]) -> dict[str, list[Pair]]:
    """Aligned pairs by story, the strongest first: matched share times probability, then matched sentences."""
    key = ["left_id", "right_id"]
    inside = pl.any_horizontal(pl.col(end).is_in(list(story_of)) for end in key)
    counted = tables["alignments"].filter(inside).group_by(key).agg(pl.len().alias("matches"))
    strength = (pl.col("probability") * pl.max_horizontal("left_share", "right_share")).max().alias("strength")
    related = tables["relations"].filter(inside).group_by(key).agg(strength)
    ranked = (
        counted.join(related, on=key, how="left")
        .with_columns(pl.col("strength").fill_nan(0).fill_null(0))
        .sort(["strength", "matches", *key], descending=[True, True, False, False])
    )
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for left, right in ranked.select(key).iter_rows():
        for story in sorted({story_of[name] for name in (left, right) if name in story_of}):
            pairs[story].append((left, right))
    return pairs


def look_up(tables: Tables, stories: Sequence[StoryRows], alone: Sequence[str]) -> Lookup:
    """Everything that the shown stories mention, and the bare articles and credits of those `alone`.

    Raises:
        TableError: a table names an article that `articles` does not hold.
    """
    pairs = sorted({pair for story in stories for pair in story.pairs.shown})
    upstreams = sorted({row["upstream_id"] for story in stories for row in story.upstreams})
    wires = {name: reconstruct(tables, name) for name in upstreams}
    witnesses = {account.article_id for wire in wires.values() for account in wire.accounts}
    witnesses |= {said.article_id for wire in wires.values() for unit in wire.units for said in unit.witnesses}
    members = {name for story in stories for name in story.members}
    read = {name for story in stories for name in story.members[:MAX_ARTICLES]}
    read |= {name for pair in pairs for name in pair}
    ends = {row[end] for story in stories for row in story.relations for end in ("left_id", "right_id")}
    sources = {row["source_id"] for story in stories for row in story.derivations}
    named = members | read | ends | sources | witnesses | set(alone)
    articles = {row["article_id"]: row for row in _rows(tables["articles"], named)}
    unknown = sorted(named - articles.keys() - set(upstreams))
    if unknown:
        raise TableError(f"tables name articles that `articles` does not hold: {unknown[:5]}; trace the input again")
    return Lookup(
        articles=articles,
        sentences=_grouped(_rows(tables["sentences"], read), "article_id"),
        origins=_grouped(_rows(tables["origins"], read), "article_id"),
        credits=_grouped(_rows(tables["credits"], named), "article_id"),
        alignments=_aligned(tables["alignments"], pairs),
        wires=wires,
    )


def _rows(frame: pl.DataFrame, articles: Collection[str]) -> list[Row]:
    order = [name for name in ("article_id", "sentence", "start", "end", "role", "rule") if name in frame.columns]
    return frame.filter(pl.col("article_id").is_in(list(articles))).sort(order, nulls_last=True).to_dicts()


def _grouped(rows: Sequence[Row], key: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return dict(groups)


def _aligned(frame: pl.DataFrame, pairs: Sequence[Pair]) -> dict[Pair, list[Row]]:
    wanted = pl.DataFrame(pairs, schema={"left_id": pl.String, "right_id": pl.String}, orient="row")
    groups: dict[Pair, list[Row]] = defaultdict(list)
    for row in frame.join(wanted, on=["left_id", "right_id"], how="semi").sort("left_start", "right_start").to_dicts():
        groups[row["left_id"], row["right_id"]].append(row)
    return dict(groups)
