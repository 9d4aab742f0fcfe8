"""Run folders: one Parquet file per table of `tables.TABLES`, and `run.json` that says how they came about.

A folder is written beside its place and renamed into it, so that a crash leaves either the old run or the new one,
never half of each. Nothing in it depends on the clock: the same tables and settings give the same bytes.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import polars as pl

from provtrace.errors import InputError, RunError, TableError
from provtrace.settings import VERSION, Settings
from provtrace.tables import SCHEMA_VERSION, TABLES, conform

FORMAT: Final = "provtrace-run"
RUN_FILE: Final = "run.json"
REPORT_FILE: Final = "report.html"
_AGAIN: Final = "trace the articles again"
_MAX_RUN_FILE: Final = 1 << 20  # bytes; a run.json has a few hundred
_OURS: Final = frozenset([RUN_FILE, REPORT_FILE, *(f"{name}.parquet" for name in TABLES)])


def save(tables: Mapping[str, pl.DataFrame], folder: str | Path, settings: Settings) -> None:
    """Write a run folder; an earlier run in that place is replaced as a whole.

    Files in an earlier run's folder that are not part of a run (exports, notes) are carried over; its report is
    not, because it would describe other tables.

    Args:
        tables: a frame for every name in `tables.TABLES`, each with that table's schema.
        folder: the folder to write; its parents are made where missing.
        settings: the settings that led to these tables.

    Raises:
        TableError: a table is missing or does not fit its schema.
        RunError: `folder` exists and is not a run, or can't be written.
    """
    missing = [name for name in TABLES if name not in tables]
    if missing:
        raise TableError(f"can't save a run without its tables {missing}")
    frames = {name: conform(tables[name], schema) for name, schema in TABLES.items()}
    target = check_target(folder)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir()
        _write(frames, part, settings)
        _swap(part, target)
    except OSError as error:
        raise RunError(f"can't write the run folder {target}: {error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def load(folder: str | Path) -> tuple[dict[str, pl.DataFrame], Settings]:
    """Read a run folder.

    Returns:
        Every table of `tables.TABLES` by name, and the settings they were made with.

    Raises:
        RunError: the folder is missing, incomplete, damaged or of another version; the message says what to do.
    """
    root = Path(folder)
    about = _read_about(root)
    settings = _settings(about, root)
    return {name: _read_table(root, name, schema, about) for name, schema in TABLES.items()}, settings


def check_target(folder: str | Path) -> Path:
    """The absolute place where `save` would write, links followed.

    Call it before long work whose result is to be saved there.

    Raises:
        RunError: something that is not a run is in that place, which is never overwritten, or no folder can be
            made there.
    """
    target = Path(folder).resolve()
    try:
        _check_parent(target)
        return _check_place(target)
    except OSError as error:
        raise RunError(f"can't write the run folder {target}: {error}") from error


def _check_parent(target: Path) -> None:
    """Hold that a folder can be made, or renamed, beside `target`: its nearest parent that is there decides."""
    above = next((parent for parent in target.parents if parent.exists()), target)
    if not above.is_dir():
        raise RunError(f"can't write the run folder {target}: {above} is a file")
    if not os.access(above, os.W_OK | os.X_OK):
        raise RunError(f"can't write the run folder {target}: no right to write in {above}")


def _check_place(target: Path) -> Path:
    if not target.exists():
        return target
    if not target.is_dir():
        raise RunError(f"{target} is a file, not a run folder: name another folder")
    if any(target.iterdir()) and not _is_run(target):
        raise RunError(f"{target} has files in it and is not a provtrace run: name another folder, or empty this one")
    return target


def write_file(path: str | Path, content: bytes) -> None:
    """Write a file that is no part of a run: an export, a report. One that is there is replaced.

    Args:
        path: the file; folders on the way are made.
        content: all of it.

    Raises:
        InputError: it can't be written.
    """
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    except OSError as error:
        raise InputError(f"can't write {target}: {error}") from error


def _is_run(folder: Path) -> bool:
    try:
        return _parse(folder / RUN_FILE).get("format") == FORMAT
    except (OSError, ValueError):
        return False


def _write(frames: Mapping[str, pl.DataFrame], folder: Path, settings: Settings) -> None:
    """Fill `folder`, run.json last, everything on disk before the return."""
    for name, frame in frames.items():
        path = folder / f"{name}.parquet"
        frame.write_parquet(path, compression="zstd")
        _flush(path)
    about = {
        "format": FORMAT,
        "schema": SCHEMA_VERSION,
        "version": VERSION,
        "signature": settings.signature(),
        "settings": asdict(settings),
        "counts": {name: frame.height for name, frame in frames.items()},
    }
    path = folder / RUN_FILE
    path.write_text(json.dumps(about, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    _flush(path)
    _flush(folder)


def _flush(path: Path) -> None:
    """Make a file's, or a folder's, content survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _swap(part: Path, target: Path) -> None:
    """Put `part` where `target` is.

    No portable call exchanges two folders at once. Between the two renames the old run lies beside its place
    under a name that `load` looks for when it finds nothing.
    """
    if not target.exists():
        part.rename(target)
        _flush(target.parent)
        return
    old = part.with_suffix(".old")
    target.rename(old)
    try:
        part.rename(target)
    except OSError:
        old.rename(target)
        raise
    for entry in sorted(old.iterdir()):
        if entry.name not in _OURS:
            entry.rename(target / entry.name)
    _flush(target.parent)
    shutil.rmtree(old)


def _parse(path: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises:
        ValueError: it is too large, or not a JSON object.
    """
    if path.stat().st_size > _MAX_RUN_FILE:
        raise ValueError(f"larger than {_MAX_RUN_FILE} bytes")
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(about, dict):
        raise ValueError("not an object")
    return about


def _read_about(root: Path) -> dict[str, Any]:
    if not root.is_dir():
        raise RunError(f"there is no run folder {root}{_left_behind(root)}")
    try:
        about = _parse(root / RUN_FILE)
    except FileNotFoundError as error:
        raise RunError(
            f"{root} is not a run folder: it has no {RUN_FILE}; `provtrace trace --out` makes one"
        ) from error
    except (OSError, ValueError) as error:
        raise RunError(f"{root / RUN_FILE} can't be read ({error}): {_again(root)}") from error
    if about.get("format") != FORMAT:
        raise RunError(f"{root} is not a provtrace run: its {RUN_FILE} was written by something else")
    if about.get("schema") != SCHEMA_VERSION:
        raise RunError(
            f"{root} was written with run schema {about.get('schema')!r} (provtrace {about.get('version')!r}); "
            f"this is provtrace {VERSION}, which reads schema {SCHEMA_VERSION}: {_again(root)}"
        )
    return about


def _again(root: Path) -> str:
    """What to do with a run that can't be read; its table of articles is input like any other."""
    articles = root / "articles.parquet"
    if not articles.is_file():
        return _AGAIN
    return f"{_AGAIN}: provtrace trace {shlex.quote(str(articles))} --out {shlex.quote(str(root))}"


def _left_behind(root: Path) -> str:
    """Where a save that was cut off between its two renames left the earlier run."""
    place = root.resolve()
    if not place.parent.is_dir():
        return ""
    left = sorted(path for path in place.parent.iterdir() if _is_left_behind(path, place.name))
    if not left:
        return ""
    return f"; a save was cut off, and the run before it is complete in {left[0]}: rename that folder to {place.name}"


def _is_left_behind(path: Path, name: str) -> bool:
    return path.name.startswith(f".{name}.") and path.suffix == ".old" and _is_run(path)


def _settings(about: Mapping[str, Any], root: Path) -> Settings:
    try:
        return Settings.from_stored(about.get("settings"))
    except InputError as error:
        raise RunError(f"the settings in {root / RUN_FILE} can't be used ({error}): {_again(root)}") from error


def _read_table(root: Path, name: str, schema: pl.Schema, about: Mapping[str, Any]) -> pl.DataFrame:
    path = root / f"{name}.parquet"
    again = _AGAIN if name == "articles" else _again(root)
    try:
        frame = conform(pl.read_parquet(path, glob=False), schema)
    except FileNotFoundError as error:
        raise RunError(f"{root} is incomplete: {path.name} is missing; {again}") from error
    except (OSError, TableError, pl.exceptions.PolarsError) as error:
        raise RunError(f"{path} can't be read ({error}): {again}") from error
    counts = about.get("counts")
    expected = counts.get(name) if isinstance(counts, dict) else None
    if frame.height != expected:
        raise RunError(f"{path} has {frame.height} rows and {RUN_FILE} says {expected}: {again}")
    return frame
