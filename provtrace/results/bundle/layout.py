"""What is in an evidence bundle: its members, their columns, and what tells the rows of a table apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from provtrace.results.audit import GROUPS, audit
from provtrace.results.bundle.hashes import HASH
from provtrace.tables import TABLES, table

FORMAT: Final = "provtrace-bundle"
MANIFEST: Final = "manifest.json"
README: Final = "README.txt"
MAX_BYTES: Final = 2 << 30  # of all members together, unpacked: they are read in memory

Scope = Literal["article", "pair", "run"]


@dataclass(frozen=True)
class Part:
    """A table of a run, as the bundle holds it.

    Attributes:
        keys: the columns that tell its rows apart.
        scope: what its rows depend on, by the laws that stages obey: one article's text, those of a pair, or all.
        private: columns that may hold words of an article, and stay out.
        hashed: whether a salted hash stands for the text.
    """

    keys: tuple[str, ...]
    scope: Scope
    private: tuple[str, ...] = ()
    hashed: bool = False


PARTS: Final[Mapping[str, Part]] = {
    "articles": Part(("article_id",), "article", ("title", "text"), hashed=True),
    "sentences": Part(("article_id", "sentence"), "article", ("text",), hashed=True),
    "pairs": Part(("left_id", "right_id"), "run"),
    "alignments": Part(("left_id", "right_id", "left_start", "left_end", "right_start", "right_end"), "pair"),
    "credits": Part(("article_id", "start", "end", "role", "agency", "rule"), "article"),
    "relations": Part(("left_id", "right_id"), "run", ("reasons",)),
    "upstreams": Part(("upstream_id",), "run"),
    "upstream_units": Part(("upstream_id", "unit", "witness_article_id", "witness_sentence"), "run"),
    "derivations": Part(("derived_id", "source_id"), "run", ("reasons",)),
    "origins": Part(("article_id", "sentence"), "run"),
    "stories": Part(("article_id",), "run"),
}


AUDITS: Final = tuple(f"audit_{group}" for group in GROUPS)


def member(name: str) -> str:
    """The file of the archive that holds a table."""
    return f"{name}.jsonl"


def schema(name: str) -> pl.Schema:
    """The columns of a run's table in the bundle."""
    part = PARTS[name]
    columns = {column: dtype for column, dtype in TABLES[name].items() if column not in part.private}
    return table({**columns, HASH: pl.String()} if part.hashed else columns)


def audits(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The audit of a run in each grouping, less its notes: ``audit_article``, ``audit_outlet`` ...

    The first column of each is its key.
    """
    return {name: audit(tables, group).drop("note", strict=False) for group, name in zip(GROUPS, AUDITS, strict=True)}
