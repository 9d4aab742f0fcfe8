"""What a stage is, and the few verbs an engine has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from provtrace.settings import Settings


@dataclass(frozen=True)
class Stage:
    """One step of the pipeline: a plain function from frames to a frame.

    Partition law: on any split of its inputs that keeps the groups of `keys` whole, `run` equals the
    union of its parts. Every input of a keyed stage carries the key columns.

    Attributes:
        name: what progress and errors call it.
        run: ``(frame, ..., settings) -> frame``.
        writes: the schema of the result.
        keys: ``()`` row-local, ``(columns)`` whole groups, ``None`` the whole table.
    """

    name: str
    run: Callable[..., pl.DataFrame]
    writes: pl.Schema
    keys: tuple[str, ...] | None = ()


class Engine(Protocol):
    """Where stages run. Two engines give the same rows for the same input and settings."""

    def map(self, stage: Stage, *frames: pl.DataFrame, settings: Settings) -> pl.DataFrame:
        """Run a stage; a keyed stage sees the groups of all its frames together."""
        ...

    def join(self, left: pl.DataFrame, right: pl.DataFrame, on: list[str], how: str = "inner") -> pl.DataFrame:
        """Join two frames by equal columns."""
        ...

    def union(self, *frames: pl.DataFrame) -> pl.DataFrame:
        """Rows of frames of one schema, one after another."""
        ...

    def distinct(self, frame: pl.DataFrame, on: list[str]) -> pl.DataFrame:
        """One row per value of the columns `on`; those columns alone."""
        ...
