"""The local engine: one machine, chunk by chunk, in one process or several.

A join is only made for the chunk that needs it, so that memory is bounded by the chunk: a million candidate pairs
never stand beside their sentences' vectors all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TypeAlias

import polars as pl
from threadpoolctl import threadpool_limits

from provtrace.engines.protocol import JoinKind, Stage
from provtrace.settings import Settings
from provtrace.tables import canonical

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with a stage's name, the chunks done and the chunks in all."""

CHUNK: int = 20_000  # rows of a table that a stage gets at once, before joins


@dataclass(frozen=True)
class Join:
    """A join still to be made, of the chunk that will be asked for."""

    left: Local
    right: Local
    on: list[str]
    how: JoinKind


Local: TypeAlias = "pl.DataFrame | Join"


class LocalEngine:
    """Runs stages in this process, or in a few like it.

    Args:
        processes: how many work at once; the result does not depend on it.
        chunk: rows that a stage gets at once (whole groups, so a group may exceed it); neither does it on this.
        progress: called after each chunk.
    """

    def __init__(self, *, processes: int = 1, chunk: int = CHUNK, progress: Progress | None = None) -> None:
        self.processes = processes
        self.chunk = chunk
        self.progress = progress
        self._executor: Executor | None = None

    @contextmanager
    def running(self) -> Iterator[LocalEngine]:
        """Keep the worker processes between stages, and end them on the way out."""
        if self.processes <= 1:
            yield self
            return
        # Spawned, not forked: a forked child of a process with threads (polars has them) can deadlock.
        try:
            with ProcessPoolExecutor(self.processes, mp_context=get_context("spawn")) as self._executor:
                yield self
        finally:
            self._executor = None

    def read(self, frame: pl.DataFrame) -> Local:
        """Take a frame in."""
        return frame

    def join(self, left: Local, right: Local, on: list[str], how: JoinKind = "inner") -> Local:
        """Rows of both that agree on the columns `on`, made when a chunk is asked for."""
        return Join(left, right, on, how)

    def union(self, *tables: Local) -> Local:
        """The rows of tables of one schema."""
        return pl.concat([_whole(table) for table in tables])

    def select(self, table: Local, **columns: str | pl.Expr) -> Local:
        """The distinct rows of new columns, each computed from one row."""
        return _whole(table).select(**columns).unique()

    def gather(self, table: Local) -> pl.DataFrame:
        """The table as one frame, in canonical order."""
        return canonical(_whole(table))

    def map(self, stage: Stage, table: Local, settings: Settings) -> Local:
        """Run a stage over a table, its groups kept whole."""
        chunks = list(_chunks(table, stage.keys, max(self.chunk // stage.fan, 1)))
        results = []
        for result in self._run(stage, table, chunks, settings):
            results.append(result)
            if self.progress is not None:
                self.progress(stage.name, len(results), len(chunks))
        return pl.concat(results) if results else stage.writes.to_frame()

    def _run(
        self, stage: Stage, table: Local, chunks: list[pl.DataFrame], settings: Settings
    ) -> Iterator[pl.DataFrame]:
        if self._executor is None or len(chunks) < self.processes:
            for chunk in chunks:
                yield run_single(stage, _complete(table, chunk), settings)
            return
        # A window of tasks, not all at once: each holds its chunk, joined.
        waiting = []
        for chunk in chunks:
            waiting.append(self._executor.submit(run_single, stage, _complete(table, chunk), settings))
            if len(waiting) > 2 * self.processes:
                yield waiting.pop(0).result()
        for task in waiting:
            yield task.result()


def run_single(stage: Stage, chunk: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Run a stage on one BLAS thread: its matrices are small, and a second thread only waits for the first."""
    with threadpool_limits(limits=1, user_api="blas"):
        return stage.run(chunk, settings)


def _whole(table: Local) -> pl.DataFrame:
    if isinstance(table, pl.DataFrame):
        return table
    return _whole(table.left).join(_whole(table.right), on=table.on, how=table.how)


def _base(table: Local) -> pl.DataFrame:
    """The frame that is cut into chunks: the left one, at the bottom of a chain of joins."""
    return table if isinstance(table, pl.DataFrame) else _base(table.left)


def _complete(table: Local, chunk: pl.DataFrame) -> pl.DataFrame:
    """Make the joins of a table for one chunk of its base."""
    if isinstance(table, pl.DataFrame):
        return chunk
    left = _complete(table.left, chunk)
    return left.join(_restricted(table.right, left.select(table.on).unique()), on=table.on, how=table.how)


def _restricted(table: Local, wanted: pl.DataFrame) -> pl.DataFrame:
    """The rows of a table that agree with `wanted`; only those are joined on."""
    if isinstance(table, pl.DataFrame):
        return table.join(wanted, on=wanted.columns, how="semi")
    left = _restricted(table.left, wanted)
    return left.join(_restricted(table.right, left.select(table.on).unique()), on=table.on, how=table.how)


def _chunks(table: Local, keys: tuple[str, ...] | None, size: int) -> Iterator[pl.DataFrame]:
    base = _base(table)
    if base.is_empty():
        return
    if keys is None:
        yield base
    elif not keys:
        ordered = canonical(base)
        yield from (ordered.slice(start, size) for start in range(0, len(ordered), size))
    else:
        yield from _grouped_chunks(base, list(keys), size)


def _grouped_chunks(base: pl.DataFrame, keys: list[str], size: int) -> Iterator[pl.DataFrame]:
    ordered = base.sort(keys)
    groups = ordered.select(pl.struct(keys).rle_id()).to_series()
    starts = groups.arg_unique().sort().to_list()
    cut = 0
    for start in [*starts[1:], len(ordered)]:
        if start - cut >= size or start == len(ordered):
            yield ordered.slice(cut, start - cut)
            cut = start
