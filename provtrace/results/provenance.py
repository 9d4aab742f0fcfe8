"""`Provenance`: the whole result of a run, as a user holds it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final

import polars as pl

from provtrace import store
from provtrace.errors import TableError
from provtrace.results.audit import audit
from provtrace.results.explain import Origin, explain
from provtrace.results.names import check_name, check_probability, counted
from provtrace.results.passages import LIKELY, passages
from provtrace.results.quoted import Quote, as_quotes
from provtrace.results.quotes import quotes
from provtrace.results.reconstruction import Wire, changes, reconstruct
from provtrace.results.story import Derivation, Story, derivations, partition, with_lines
from provtrace.results.wire import WireUnit, wire
from provtrace.settings import Settings
from provtrace.tables import TABLES, conform

# Columns that hold ids of articles.
_ARTICLE_IDS: Final = {
    "sentences": ("article_id",),
    "pairs": ("left_id", "right_id"),
    "alignments": ("left_id", "right_id"),
    "credits": ("article_id",),
    "relations": ("left_id", "right_id"),
    "upstream_units": ("witness_article_id",),
    "origins": ("article_id",),
    "stories": ("article_id",),
}


class Provenance:
    """The tables of a run, and what can be read out of them.

    Args:
        tables: a frame for every name in `tables.TABLES`.
        settings: the settings that led to them.

    Raises:
        TableError: a table is missing or does not fit its schema, or the tables contradict one another.
    """

    def __init__(self, tables: Mapping[str, pl.DataFrame], settings: Settings) -> None:
        missing = [name for name in TABLES if name not in tables]
        if missing:
            raise TableError(f"a run needs its tables {missing}")
        self.tables: Mapping[str, pl.DataFrame] = MappingProxyType(
            {name: conform(tables[name], schema) for name, schema in TABLES.items()}
        )
        self.settings = settings
        _check_ids(self.tables)

    def __repr__(self) -> str:
        counts = [counted(self.tables[f"{noun}s"].height, noun) for noun in ("article", "upstream", "derivation")]
        stories = self.tables["stories"]["story_id"].n_unique()
        told = f"{stories} stories" if stories != 1 else "1 story"
        return f"<Provenance: {', '.join([*counts, told])}>"

    def __str__(self) -> str:
        return with_lines(self, self.stories)

    @classmethod
    def load(cls, folder: str | Path) -> Provenance:
        """Read a run folder.

        Raises:
            RunError: the folder is missing, incomplete or of another version.
        """
        return cls(*store.load(folder))

    def save(self, folder: str | Path) -> None:
        """Write a run folder; an earlier run there is replaced as a whole.

        Raises:
            RunError: something that is not a run is in that place.
        """
        store.save(self.tables, folder, self.settings)

    @property
    def articles(self) -> pl.DataFrame:
        """Table `tables.ARTICLES`."""
        return self.tables["articles"]

    @property
    def rejects(self) -> pl.DataFrame:
        """Table `tables.REJECTS`: the records that could not be read, and why."""
        return self.tables["rejects"]

    @property
    def sentences(self) -> pl.DataFrame:
        """Table `tables.SENTENCES`."""
        return self.tables["sentences"]

    @property
    def pairs(self) -> pl.DataFrame:
        """Table `tables.PAIRS`: the pairs that were compared."""
        return self.tables["pairs"]

    @property
    def alignments(self) -> pl.DataFrame:
        """Table `tables.ALIGNMENTS`."""
        return self.tables["alignments"]

    @property
    def credits(self) -> pl.DataFrame:
        """Table `tables.CREDITS`: what the articles say about where their text came from."""
        return self.tables["credits"]

    @property
    def relations(self) -> pl.DataFrame:
        """Table `tables.RELATIONS`: a verdict on every compared pair."""
        return self.tables["relations"]

    @property
    def upstreams(self) -> pl.DataFrame:
        """Table `tables.UPSTREAMS`: sources that are not in the set."""
        return self.tables["upstreams"]

    @property
    def upstream_units(self) -> pl.DataFrame:
        """Table `tables.UPSTREAM_UNITS`."""
        return self.tables["upstream_units"]

    @property
    def origins(self) -> pl.DataFrame:
        """Table `tables.ORIGINS`."""
        return self.tables["origins"]

    @cached_property
    def quotes(self) -> pl.DataFrame:
        """What people said, a row for every variant of every utterance; see `results.quotes.quotes`."""
        return quotes(self.tables)

    def quote(self, quote_id: str) -> Quote:
        """An utterance with its variants, of `quotes`.

        Raises:
            UnknownName: there is none with that id; the message lists ids like it.
        """
        check_name(quote_id, self.quotes["quote_id"].unique(), "quote")
        return as_quotes(self.quotes.filter(quote_id=quote_id))[0]

    @cached_property
    def stories(self) -> list[Story]:
        """The stories, in the order of the stories table. An article can be in none of them."""
        rows = partition(self.tables)
        members = self.tables["stories"].group_by("story_id", maintain_order=True).agg(pl.col("article_id").sort())
        return [
            Story(story_id, tuple(article_ids), MappingProxyType(rows[story_id]), lambda: self.quotes)
            for story_id, article_ids in members.iter_rows()
        ]

    def story(self, story_id: str) -> Story:
        """The story with that id.

        Raises:
            UnknownName: there is none; the message lists ids like it.
        """
        check_name(story_id, [story.story_id for story in self.stories], "story")
        return next(story for story in self.stories if story.story_id == story_id)

    def derivations(self, min_probability: float = 0.0) -> list[Derivation]:
        """Every derivation, from an article or an unobserved upstream, the likeliest first.

        Raises:
            InputError: `min_probability` is no number from 0 to 1.
        """
        return derivations(self.tables["derivations"], min_probability)

    def explain(self, article_id: str) -> list[Origin]:
        """Where each sentence of an article came from, in reading order.

        Raises:
            UnknownName: no article has that id; the message lists ids like it.
        """
        return explain(self.tables, article_id)

    def wire(self, upstream_id: str) -> list[WireUnit]:
        """An unobserved upstream, reconstructed from its witnesses, in its order.

        Raises:
            UnknownName: no upstream has that id; the message lists ids like it.
        """
        return wire(self.tables, upstream_id)

    def reconstruct(self, upstream_id: str) -> Wire:
        """An unobserved upstream as a whole: its units, what each witness dropped and added, and what it seems to be.

        Raises:
            UnknownName: no upstream has that id; the message lists ids like it.
        """
        return reconstruct(self.tables, upstream_id)

    @cached_property
    def changes(self) -> pl.DataFrame:
        """What witnesses dropped of unobserved upstreams and added to them; see `results.reconstruction.changes`."""
        return changes(self.tables)

    def passages(self, min_probability: float = LIKELY) -> pl.DataFrame:
        """The passages that pairs of articles share, with offsets in both texts; see `results.passages.passages`.

        Args:
            min_probability: aligned units below it belong to none, 0..1.

        Raises:
            InputError: `min_probability` is no number from 0 to 1.
        """
        check_probability(min_probability)
        return passages(self.tables, min_probability)

    def audit(self, by: str = "article") -> pl.DataFrame:
        """Reuse and credit per article, or grouped; see `results.audit.audit`.

        Args:
            by: ``article``, ``outlet``, ``agency`` or ``story``.

        Raises:
            UnknownName: `by` is something else.
        """
        return audit(self.tables, by)


def _check_ids(tables: Mapping[str, pl.DataFrame]) -> None:
    """Hold the tables to one another, so that no result is built on an id that means nothing, or two things.

    Raises:
        TableError: an id of an article or upstream is given twice, or a table speaks of one that is not there.
    """
    articles, upstreams = tables["articles"]["article_id"], tables["upstreams"]["upstream_id"].alias("article_id")
    ids = pl.concat([articles, upstreams])
    twice = ids.filter(ids.is_duplicated()).unique().sort()
    if not twice.is_empty():
        raise TableError(f"ids of articles or upstreams that stand for more than one: {twice.head(5).to_list()}")
    for name, columns in _ARTICLE_IDS.items():
        for column in columns:
            _check_known(tables[name][column], articles, f"{name}.{column}")
    for column in ("derived_id", "source_id"):  # an upstream may derive from another one
        _check_known(tables["derivations"][column], ids, f"derivations.{column}")
    _check_known(tables["upstream_units"]["upstream_id"], upstreams, "upstream_units.upstream_id")


def _check_known(found: pl.Series, known: pl.Series, where: str) -> None:
    strange = found.filter(~found.is_in(known.implode())).unique().sort()
    if not strange.is_empty():
        raise TableError(f"{where} speaks of ids that the run does not hold: {strange.head(5).to_list()}")
