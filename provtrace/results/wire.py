"""The text of an unobserved upstream, as far as its witnesses show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from provtrace.results.names import check_name


@dataclass(frozen=True)
class Witness:
    """An article's rendering of one unit of an upstream.

    Attributes:
        article_id: the article.
        sentences: the sentences that render the unit, in reading order.
        text: their text, joined by a space.
        similarity: their mean similarity to the other witnesses, 0..1.
    """

    article_id: str
    sentences: tuple[int, ...]
    text: str
    similarity: float

    def __repr__(self) -> str:
        return f"<Witness {self.article_id!r} {list(self.sentences)}: {self.similarity:.2f}, {self.text!r}>"


@dataclass(frozen=True)
class WireUnit:
    """One statement of an unobserved upstream, reconstructed.

    Attributes:
        upstream_id: the upstream.
        unit: its number in the upstream, in the upstream's order.
        text: the best-supported wording: that of the witness most similar to the others. It is a witness's wording,
            in that witness's language, not the upstream's own.
        witnesses: every rendering, the best-supported first.
    """

    upstream_id: str
    unit: int
    text: str
    witnesses: tuple[Witness, ...]

    def __repr__(self) -> str:
        return f"<WireUnit {self.upstream_id!r} [{self.unit}]: {len(self.witnesses)} witnesses, {self.text!r}>"


def wire(tables: Mapping[str, pl.DataFrame], upstream_id: str) -> list[WireUnit]:
    """The units of an unobserved upstream, in its order.

    Args:
        tables: the tables of a run.
        upstream_id: the upstream.

    Raises:
        UnknownName: no upstream has that id.
    """
    check_name(upstream_id, tables["upstreams"]["upstream_id"], "upstream")
    return units(tables, [upstream_id])


def units(tables: Mapping[str, pl.DataFrame], upstream_ids: Iterable[str]) -> list[WireUnit]:
    """The units of several upstreams, by upstream and unit."""
    chosen = tables["upstream_units"].filter(pl.col("upstream_id").is_in(list(upstream_ids)))
    texts = tables["sentences"].select(
        pl.col("article_id").alias("witness_article_id"), pl.col("sentence").alias("witness_sentence"), "text"
    )
    renderings = (
        chosen.join(texts, on=["witness_article_id", "witness_sentence"])
        .sort("witness_sentence")
        .group_by("upstream_id", "unit", "witness_article_id")
        .agg(
            pl.col("witness_sentence"),
            pl.col("text").str.join(" "),
            # rounded, so that two equally good witnesses tie and their ids decide
            pl.col("similarity").cast(pl.Float64).mean().round(6),
        )
        .sort(["upstream_id", "unit", "similarity", "witness_article_id"], descending=[False, False, True, False])
    )
    found: dict[tuple[str, int], list[Witness]] = {}
    for row in renderings.iter_rows(named=True):
        found.setdefault((row["upstream_id"], row["unit"]), []).append(
            Witness(row["witness_article_id"], tuple(row["witness_sentence"]), row["text"], row["similarity"])
        )
    return [WireUnit(upstream, unit, seen[0].text, tuple(seen)) for (upstream, unit), seen in found.items()]
