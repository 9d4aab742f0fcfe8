"""Relations and derivations to stories: who belongs to one text's history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import polars as pl

from provtrace.scoring.components import components
from provtrace.tables import DIRECTED, STORIES, conform, empty

JOINS: Final = 0.25  # share of its own text from which a partial reuser joins a story


def stories(relations: pl.DataFrame, derivations: pl.DataFrame) -> pl.DataFrame:
    """RELATIONS and DERIVATIONS to STORIES, numbered by their first article; sees whole tables, without texts.

    Two articles are of one story where one derives from the other, or both from a third. Partial reuse joins nothing
    together: an article that takes a part from one story goes there, a digest of several to none.
    """
    edges = list(_edges(relations, derivations))
    whole = [(one, other) for one, other, relation, _ in edges if relation != "partial_reuse"]
    observed = set(relations["left_id"]) | set(relations["right_id"])
    found = _groups(whole)
    # Upstreams have their place in a story, too: who takes a part of one belongs to its witnesses.
    story = {name: number for number, group in enumerate(found) for name in group}
    groups = [[name for name in group if name in observed] for group in found]
    for article, home in sorted(_homes([edge for edge in edges if edge[2] == "partial_reuse"], story).items()):
        groups[home].append(article)
    ordered = sorted(sorted(group) for group in groups if len(group) > 1)
    rows = [(f"S{number}", article) for number, group in enumerate(ordered, start=1) for article in group]
    return conform(pl.DataFrame(rows, schema=STORIES, orient="row"), STORIES) if rows else empty(STORIES)


def _edges(relations: pl.DataFrame, derivations: pl.DataFrame) -> Iterator[tuple[str, str, str, float]]:
    """What joins: derived, source, relation, share of the derived. Siblings are joined through their source."""
    columns = ("derived_id", "source_id", "relation", "share")
    yield from derivations.select(columns).sort(columns).iter_rows()
    undecided = relations.filter(pl.col("relation").is_in(DIRECTED), pl.col("source_id").is_null())
    for row in undecided.sort("left_id", "right_id").iter_rows(named=True):
        yield row["left_id"], row["right_id"], row["relation"], row["left_share"]
        yield row["right_id"], row["left_id"], row["relation"], row["right_share"]


def _groups(pairs: list[tuple[str, str]]) -> list[list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name, first in components(pairs).items():
        groups[first].append(name)
    return list(groups.values())


def _homes(partial: list[tuple[str, str, str, float]], story: dict[str, int]) -> dict[str, int]:
    """The one story that an article outside the stories takes a part from."""
    found: dict[str, set[int]] = defaultdict(set)
    largest: dict[str, float] = defaultdict(float)
    for derived, source, _, share in partial:
        if derived not in story and source in story:
            found[derived].add(story[source])
            largest[derived] = max(largest[derived], share)
    return {article: homes.pop() for article, homes in found.items() if len(homes) == 1 and largest[article] >= JOINS}
