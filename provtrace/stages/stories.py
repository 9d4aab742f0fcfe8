"""Relations and derivations to stories: who belongs to one text's history."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import polars as pl

from provtrace.settings import Settings
from provtrace.tables import DIRECTED, STORIES, conform, empty

JOINS: Final = 0.25  # share of its own text from which a partial reuser joins a story


def stories(relations: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: RELATIONS to STORIES, numbered by their first article; sees the whole table.

    Two articles are of one story where one derives from the other, or both from a third. Partial reuse joins nothing
    together: a digest that quotes several stories goes to that of its greatest share, or to none.
    """
    del settings
    whole = relations.filter(pl.col("relation").is_in([*DIRECTED, "co_derived"]), pl.col("relation") != "partial_reuse")
    members = _components(whole.select("left_id", "right_id").sort("left_id", "right_id").rows())
    story = {article: number for number, group in enumerate(members) for article in group}
    partial = relations.filter(pl.col("relation") == "partial_reuse").sort("left_id", "right_id")
    for article, (_, home) in sorted(_homes(partial, story).items()):
        members[home].append(article)
    groups = sorted(sorted(group) for group in members)
    rows = [(f"S{number}", article) for number, group in enumerate(groups, start=1) for article in group]
    return conform(pl.DataFrame(rows, schema=STORIES, orient="row"), STORIES) if rows else empty(STORIES)


def _components(pairs: list[tuple[str, str]]) -> list[list[str]]:
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for left, right in pairs:
        first, second = sorted((find(left), find(right)))
        leader[second] = first
    groups: dict[str, list[str]] = defaultdict(list)
    for name in sorted(leader):
        groups[find(name)].append(name)
    return list(groups.values())


def _homes(partial: pl.DataFrame, story: dict[str, int]) -> dict[str, tuple[float, int]]:
    """For each article outside the stories, its greatest share with one of them."""
    homes: dict[str, tuple[float, int]] = {}
    for row in partial.iter_rows(named=True):
        for side, other in (("left", "right"), ("right", "left")):
            article, partner, share = row[f"{side}_id"], row[f"{other}_id"], row[f"{side}_share"]
            if article not in story and partner in story and share >= JOINS:
                homes[article] = max(homes.get(article, (0.0, 0)), (share, story[partner]))
    return homes
