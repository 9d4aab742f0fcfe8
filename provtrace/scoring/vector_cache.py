"""Vectors that an earlier run computed: one SQLite file a model, keyed by hashes of the text, never the text itself.

SQLite keeps the file whole when a process is killed while it writes, and lets several write by turns.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from hashlib import blake2b, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from provtrace.errors import InputError

if TYPE_CHECKING:
    from provtrace.scoring.encode import Vectors

VARIABLE: Final = "PROVTRACE_CACHE"
BYTES: Final = 2 * 1024**3  # of vectors in a model's file; beyond them the oldest go
ASKED: Final = 500  # keys in one query: SQLite's old limit is 999
PATIENCE: Final = 60.0  # seconds that a process waits for another one's write

_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS vectors (number INTEGER PRIMARY KEY, key BLOB UNIQUE NOT NULL, vector BLOB NOT NULL)"
)


class Identified(Protocol):
    """An encoder that knows what its vectors depend on."""

    name: str
    languages: frozenset[str]

    @property
    def identity(self) -> str:
        """The same for two encoders only if they give the same vectors."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 ``[len(texts), dimensions]``."""
        ...


def folder() -> Path | None:
    """Where vectors are kept: ``PROVTRACE_CACHE``, or the user's folder for caches; None where that is set to ""."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named).expanduser() if named else None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", "~")).expanduser() / "provtrace" / "vectors"
    if sys.platform == "darwin":
        return Path("~/Library/Caches/provtrace/vectors").expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "provtrace" / "vectors"


class RememberingEncoder:
    """An encoder that encodes a text once, and looks it up from then on.

    Args:
        encoder: does the work; its vectors must depend on each text alone.
        place: folder of the caches, made where it is missing.
        limit: bytes of vectors that are kept.
    """

    def __init__(self, encoder: Identified, place: Path, limit: int = BYTES) -> None:
        self.name, self.languages = encoder.name, encoder.languages
        self._encoder = encoder
        self._place = place
        self._limit = limit

    @cached_property
    def _file(self) -> Path:
        return self._place / f"{sha256(self._encoder.identity.encode()).hexdigest()[:32]}.sqlite"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 ``[len(texts), dimensions]``.

        Raises:
            InputError: the cache can't be read or written.
        """
        if not texts:
            return self._encoder.encode(texts)
        keys = [blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
        with self._opened() as base:
            known = dict(_read(base, dict.fromkeys(keys)))
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            fresh = dict(zip(missing, self._encoder.encode(list(missing.values())), strict=True))
            with self._opened() as base:
                _write(base, fresh, self._limit)
            known |= fresh
        if len({vector.shape for vector in known.values()}) > 1:
            raise self._unusable("vectors of several lengths")
        return np.stack([known[key] for key in keys])

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            self._place.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._file, timeout=PATIENCE)) as base, base:
                base.execute(_TABLE)
                yield base
        except (OSError, ValueError, sqlite3.Error) as error:  # a vector cut short is a ValueError
            raise self._unusable(str(error)) from error

    def _unusable(self, reason: str) -> InputError:
        return InputError(
            f"the cache of vectors {self._file} can't be used: {reason}; delete it, or set {VARIABLE} to another "
            f'folder, or to "" for none'
        )


def _read(base: sqlite3.Connection, keys: Iterable[bytes]) -> Iterator[tuple[bytes, Vectors]]:
    asked = list(keys)
    for some in (asked[start : start + ASKED] for start in range(0, len(asked), ASKED)):
        marks = ",".join("?" * len(some))
        found = base.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", some)
        yield from ((key, np.frombuffer(vector, "<f4")) for key, vector in found)


def _write(base: sqlite3.Connection, vectors: dict[bytes, Vectors], limit: int) -> None:
    rows = [(key, vector.astype("<f4").tobytes()) for key, vector in vectors.items()]
    base.executemany("INSERT OR IGNORE INTO vectors (key, vector) VALUES (?, ?)", rows)
    kept = max(limit // len(rows[0][1]), 1)
    base.execute("DELETE FROM vectors WHERE number <= (SELECT max(number) FROM vectors) - ?", (kept,))
