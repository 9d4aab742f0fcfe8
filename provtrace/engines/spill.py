"""Tables that outgrow memory: kept in files of a private folder, and cut into parts that do not.

Rows go to files in the order in which they come. A stage that must see groups whole gets them back by hash
partitioning (the first phase of the Grace hash join, Kitsuregawa et al. 1983): all rows of a group have one hash, and
so lie in one part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import polars as pl

from provtrace.errors import RunError


@dataclass(frozen=True)
class Spilled:
    """A table in files, at least one, its rows in no promised order.

    Attributes:
        schema: of every file.
        files: Arrow IPC, each small beside the limit of memory.
        rows: in all of them.
        size: bytes that they take in memory.
    """

    schema: pl.Schema
    files: tuple[Path, ...]
    rows: int
    size: int

    def __len__(self) -> int:
        return self.rows

    def frames(self) -> Iterator[pl.DataFrame]:
        """Its rows, a file at a time."""
        return (pl.read_ipc(file) for file in self.files)

    def lazy(self) -> pl.LazyFrame:
        """The whole of it, not read yet."""
        return pl.scan_ipc(list(self.files))


Held: TypeAlias = "pl.DataFrame | Spilled"
"""A table that is there, in memory or in files."""


class Store:
    """The folder of spilled tables, made when first needed; readable by its owner alone.

    Args:
        limit: bytes of one table that stay in memory; files and parts are a quarter of it.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.piece = max(limit // 4, 1)
        self._folder: TemporaryDirectory[str] | None = None
        self._written = 0

    def close(self) -> None:
        """Remove the folder, and with it every table that was spilled."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def write(self, frame: pl.DataFrame) -> Path:
        """A new file with that frame in it.

        Raises:
            RunError: the disk is full, or the folder for temporary files can't be written to.
        """
        try:
            if self._folder is None:
                self._folder = TemporaryDirectory(prefix="provtrace-", ignore_cleanup_errors=True)
            self._written += 1
            path = Path(self._folder.name, f"{self._written}.arrow")
            frame.write_ipc(path, compression="lz4")
        except (OSError, pl.exceptions.ComputeError) as error:
            raise RunError(
                f"a table is too large for memory and can't be put on disk: {error}; "
                "set TMPDIR to a folder with more room"
            ) from error
        return path

    def gathered(self, schema: pl.Schema, tables: Iterable[Held]) -> Held:
        """The rows of all of them as one table, in memory where it fits there."""
        pile = _Pile(schema)
        for table in tables:
            pile.add(table)
            if pile.held > (self.piece if pile.files else self.limit):
                pile.spill(self)
        if not pile.files:
            return pile.take()
        pile.spill(self)
        return Spilled(schema, tuple(pile.files), pile.rows, pile.size)

    def parts(self, table: Spilled, keys: Sequence[str]) -> Iterator[pl.DataFrame]:
        """The table cut into frames, rows that agree in `keys` together; each is gone from the disk once read."""
        piles = [_Pile(table.schema) for _ in range(-(-table.size // self.piece))]
        for frame in table.frames():
            part = frame.select(pl.struct(keys).hash() % len(piles)).to_series()
            for (number,), rows in frame.with_columns(_part=part).partition_by("_part", as_dict=True).items():
                piles[number].add(rows.drop("_part"))
            if sum(pile.held for pile in piles) > 2 * self.piece:
                for pile in piles:
                    pile.spill(self)
        for pile in piles:
            if pile.rows:
                yield pile.take()


class _Pile:
    """Rows of one table as they come: held in memory, or spilled."""

    def __init__(self, schema: pl.Schema) -> None:
        self.schema = schema
        self.files: list[Path] = []
        self.rows = self.size = self.held = 0
        self._frames: list[pl.DataFrame] = []

    def add(self, table: Held) -> None:
        """Put rows on it; those of a spilled table stay where they are."""
        self.rows += len(table)
        if isinstance(table, Spilled):
            self.files += table.files
            self.size += table.size
            return
        size = int(table.estimated_size())
        self._frames.append(table)
        self.held += size
        self.size += size

    def spill(self, store: Store) -> None:
        """Write what is held, in files of the store's size."""
        if not self._frames:
            return
        whole = pl.concat(self._frames)
        step = max(len(whole) * store.piece // max(self.held, 1), 1)
        self.files += [store.write(whole.slice(start, step)) for start in range(0, len(whole), step)]
        self._frames, self.held = [], 0

    def take(self) -> pl.DataFrame:
        """All of it in memory, and nothing left on the disk."""
        frames = [*map(pl.read_ipc, self.files), *self._frames]
        for file in self.files:
            file.unlink()
        self.files, self._frames = [], []
        return pl.concat(frames) if frames else self.schema.to_frame()
