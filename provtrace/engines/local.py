"""The local engine: one machine, chunk by chunk, in one process or several.

Memory is bounded by the chunk. A join is only made for the chunk that needs it: a million candidate pairs never stand
beside their sentences' vectors all at once. A table that outgrows its share of memory goes to disk (`spill`).
"""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import chain, islice
from multiprocessing import get_context
from typing import Final, TypeAlias

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from provtrace.engines.protocol import JoinKind, Stage
from provtrace.engines.spill import Held, Spilled, Store
from provtrace.settings import Settings
from provtrace.tables import canonical, plain

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with a stage's name, the rows done and the rows in all."""

CHUNK: Final = 20_000  # rows of a table that a stage gets at once, before joins
MEMORY: Final = 1 << 27  # bytes of one table that stay in memory
LOOKED_UP: Final = 4  # times as many of a table that every chunk is joined with


@dataclass(frozen=True)
class Join:
    """A join still to be made, of the chunk that will be asked for."""

    left: Local
    right: Local
    on: list[str]
    how: JoinKind


Local: TypeAlias = "Held | Join"


class LocalEngine:
    """Runs stages in this process, or in a few like it.

    Args:
        processes: how many work at once; the result does not depend on it.
        chunk: rows that a stage gets at once (whole groups, so a group may exceed it); neither does it on this.
        memory: bytes beyond which a table goes to a temporary folder; nor on this.
        progress: called after each chunk.
    """

    def __init__(
        self, *, processes: int = 1, chunk: int = CHUNK, memory: int = MEMORY, progress: Progress | None = None
    ) -> None:
        self.processes = processes
        self.chunk = chunk
        self.progress = progress
        self._store = Store(memory)
        self._executor: Executor | None = None

    @contextmanager
    def running(self) -> Iterator[LocalEngine]:
        """Keep the worker processes between stages; on the way out end them, and remove what was put on disk."""
        try:
            if self.processes > 1:
                # Spawned, not forked: a forked child of a process with threads (polars has them) can deadlock.
                self._executor = ProcessPoolExecutor(
                    self.processes, mp_context=get_context("spawn"), initializer=_end_with_the_terminal
                )
            yield self
        finally:
            if self._executor is not None:
                self._executor.shutdown(cancel_futures=True)
                self._executor = None
            self._store.close()

    def read(self, frame: pl.DataFrame) -> Local:
        """Take a frame in."""
        return self._collected(iter([frame]))

    def join(self, left: Local, right: Local, on: list[str], how: JoinKind = "inner") -> Local:
        """Rows of both that agree on the columns `on`, made when a chunk is asked for."""
        return Join(left, self._at_hand(right), on, how)

    def union(self, *tables: Local) -> Local:
        """The rows of tables of one schema."""
        held = [self._collected(self._frames(table)) if isinstance(table, Join) else table for table in tables]
        return self._store.gathered(held[0].schema, held)

    def select(self, table: Local, **columns: str | pl.Expr) -> Local:
        """The distinct rows of new columns, each computed from one row."""
        chosen = self._collected(frame.select(**columns).unique() for frame in self._frames(table))
        if isinstance(chosen, pl.DataFrame):
            return chosen if isinstance(table, pl.DataFrame) else chosen.unique()
        parts = self._store.parts(chosen, plain(chosen.schema))
        return self._store.gathered(chosen.schema, (part.unique() for part in parts))

    def gather(self, table: Local) -> pl.DataFrame:
        """The table as one frame, in canonical order."""
        return canonical(pl.concat(list(self._frames(table))))

    def map(self, stage: Stage, table: Local, settings: Settings) -> Local:
        """Run a stage over a table, its groups kept whole."""
        return self._store.gathered(stage.writes, self._results(stage, table, settings))

    def _results(self, stage: Stage, table: Local, settings: Settings) -> Iterator[pl.DataFrame]:
        done, total = 0, len(_base(table))
        for rows, result in self._run(stage, table, settings):
            done += rows
            yield result
            if self.progress is not None:
                self.progress(stage.name, done, total)

    def _run(self, stage: Stage, table: Local, settings: Settings) -> Iterator[tuple[int, pl.DataFrame]]:
        """The rows of each chunk, and what the stage made of it."""
        chunks = self._chunks(_base(table), stage)
        first = list(islice(chunks, self.processes))
        if self._executor is None or len(first) < self.processes:
            for chunk in chain(first, chunks):
                yield len(chunk), _owned(run_single(stage, _complete(table, chunk), settings))
            return
        # A window of tasks, not all at once: each holds its chunk, joined.
        waiting: deque[tuple[int, Future[pl.DataFrame]]] = deque()
        for chunk in chain(first, chunks):
            task = self._executor.submit(run_single, stage, _complete(table, chunk), settings)
            waiting.append((len(chunk), task))
            if len(waiting) > 2 * self.processes:
                rows, task = waiting.popleft()
                yield rows, task.result()
        for rows, task in waiting:
            yield rows, task.result()

    def _chunks(self, base: Held, stage: Stage) -> Iterator[pl.DataFrame]:
        size = max(int(self.chunk / stage.fan), 1)
        if not len(base):
            return
        if stage.keys is None:
            yield from [base] if isinstance(base, pl.DataFrame) else [base.lazy().collect()]
        elif not stage.keys:
            for frame in self._frames(base):
                yield from _slices(frame, size)
        else:
            keys = list(stage.keys)
            for frame in [base] if isinstance(base, pl.DataFrame) else self._store.parts(base, keys):
                yield from _grouped_chunks(frame, keys, size)

    def _frames(self, table: Local) -> Iterator[pl.DataFrame]:
        """The rows of a table, its joins made, as frames of which one at a time fits in memory; at least one."""
        if isinstance(table, pl.DataFrame):
            yield table
        elif isinstance(table, Spilled):
            yield from table.frames()
        else:
            for frame in self._frames(_base(table)):
                for chunk in _slices(frame, self.chunk):
                    yield _complete(table, chunk)

    def _at_hand(self, table: Local) -> Local:
        """The table in memory, if it is not too large for that either: each chunk looks into it."""
        if isinstance(table, Join):
            return Join(self._at_hand(table.left), table.right, table.on, table.how)
        if isinstance(table, Spilled) and table.size <= LOOKED_UP * self._store.limit:
            return table.lazy().collect()
        return table

    def _collected(self, frames: Iterator[pl.DataFrame]) -> Held:
        first = next(frames)
        return self._store.gathered(first.schema, chain([first], frames))


def run_single(stage: Stage, chunk: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Run a stage on one BLAS thread: its matrices are small, and a second thread only waits for the first."""
    with threadpool_limits(limits=1, user_api="blas"):
        return stage.run(chunk, settings)


def _owned(frame: pl.DataFrame) -> pl.DataFrame:
    """A copy, as from another process: strings that are picked from a chunk hold all text of the chunk in memory."""
    copied = BytesIO()
    frame.write_ipc(copied)
    copied.seek(0)
    return pl.read_ipc(copied)


def _end_with_the_terminal() -> None:
    """Let an interrupt end a worker at once and without a word: the process that waits for it has to speak."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _base(table: Local) -> Held:
    """The table that is cut into chunks: the left one, at the bottom of a chain of joins."""
    return _base(table.left) if isinstance(table, Join) else table


def _complete(table: Local, chunk: pl.DataFrame) -> pl.DataFrame:
    """Make the joins of a table for one chunk of its base."""
    if not isinstance(table, Join):
        return chunk
    left = _complete(table.left, chunk)
    return left.join(_restricted(table.right, left.select(table.on).unique()), on=table.on, how=table.how)


def _restricted(table: Local, wanted: pl.DataFrame) -> pl.DataFrame:
    """The rows of a table that agree with `wanted`; only those are joined on."""
    if isinstance(table, Join):
        left = _restricted(table.left, wanted)
        return left.join(_restricted(table.right, left.select(table.on).unique()), on=table.on, how=table.how)
    return table.lazy().join(wanted.lazy(), on=wanted.columns, how="semi").collect()


def _slices(frame: pl.DataFrame, size: int) -> Iterator[pl.DataFrame]:
    return (frame.slice(start, size) for start in range(0, max(len(frame), 1), size))


def _grouped_chunks(frame: pl.DataFrame, keys: list[str], size: int) -> Iterator[pl.DataFrame]:
    """Runs of whole groups, each as short as can be with `size` rows in it."""
    ordered = frame.sort(keys)
    groups = ordered.select(pl.struct(keys).rle_id()).to_series().to_numpy()
    ends = np.append(np.flatnonzero(np.diff(groups)) + 1, len(ordered))
    cut = 0
    while cut < len(ordered):
        end = int(ends[min(int(np.searchsorted(ends, cut + size)), len(ends) - 1)])
        yield ordered.slice(cut, end - cut)
        cut = end
