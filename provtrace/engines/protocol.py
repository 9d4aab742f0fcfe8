"""What a stage is, and the few verbs an engine has."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

import polars as pl

from provtrace.settings import Settings

Table: TypeAlias = Any
"""An engine's own handle of a table: a frame, or a join still to be made. Only the engine looks inside."""


JoinKind: TypeAlias = Literal["inner", "left", "anti"]


@dataclass(frozen=True)
class Stage:
    """One step of the pipeline: a plain function from a frame to a frame.

    Partition law: on any split of its input that keeps the groups of `keys` whole, `run` equals the union
    of its parts. The result has no promised order; `Engine.gather` gives the canonical one.

    Attributes:
        run: ``(frame, settings) -> frame``; its docstring says what it reads.
        writes: the schema of the result.
        keys: ``()`` row-local, ``(columns)`` whole groups, ``None`` the whole table.
        fan: about how many rows of work one row of the table stands for, once its joins are made; below 1 where
            rows are light.
    """

    run: Callable[[pl.DataFrame, Settings], pl.DataFrame]
    writes: pl.Schema
    keys: tuple[str, ...] | None = ()
    fan: float = 1

    @property
    def name(self) -> str:
        """What progress and errors call it."""
        return self.run.__name__


class Engine(Protocol):
    """Where stages run. Any two engines give the same rows for the same input and settings."""

    def running(self) -> AbstractContextManager[Engine]:
        """Keep what stages need between them, worker processes and files; on the way out, end and remove it."""
        ...

    def read(self, frame: pl.DataFrame) -> Table:
        """Take a frame in."""
        ...

    def map(self, stage: Stage, table: Table, settings: Settings) -> Table:
        """Run a stage over a table, its groups kept whole."""
        ...

    def join(self, left: Table, right: Table, on: list[str], how: JoinKind = "inner") -> Table:
        """Rows of both that agree on the columns `on`.

        ``left`` keeps the rows of the left that have no partner as well; ``anti`` keeps those alone.
        """
        ...

    def union(self, *tables: Table) -> Table:
        """The rows of tables of one schema."""
        ...

    def select(self, table: Table, **columns: str | pl.Expr) -> Table:
        """The distinct rows of new columns, each computed from one row."""
        ...

    def gather(self, table: Table) -> pl.DataFrame:
        """The table as one frame, in canonical order."""
        ...
