"""Paths, folders and globs to the files to be read, in an order that their names alone decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from provtrace.errors import InputError
from provtrace.stages.read.records import shown

_LONGEST: Final = 4096  # characters of a path in a message
_WILDCARDS: Final = frozenset("*?[")


def expand(sources: Iterable[str | Path]) -> list[Path]:
    """The files behind paths: files as they are, folders with all below them, globs with all that they match.

    Hidden files and folders below a folder are passed over; each file comes once, and a folder that links lead to
    twice is entered once, so a loop of links ends.

    Raises:
        InputError: a path does not exist, or a glob matches nothing.
    """
    found = {path.absolute(): path for source in sorted(map(str, sources), reverse=True) for path in _files(source)}
    return [found[key] for key in sorted(found)]


def _files(source: str) -> Iterator[Path]:
    path = Path(source)
    if not source.strip() or "\0" in source:
        raise InputError(f"not a path: {source!r}")
    try:
        exists = path.exists() or path.is_symlink()
    except OSError as error:  # longer than a file name may be
        raise InputError(f"not a usable path: {shown(source, _LONGEST)} ({error.strerror})") from error
    if exists:
        return _below(path, set())
    if _WILDCARDS.isdisjoint(source):
        raise InputError(f"no such file or directory: {shown(source, _LONGEST)}")
    matches = _matches(path)
    if not matches:
        raise InputError(f"nothing matches the pattern {shown(source, _LONGEST)}")
    entered: set[tuple[int, int]] = set()
    return (file for match in matches for file in _below(match, entered))


def _matches(pattern: Path) -> list[Path]:
    """What a glob matches; ``**`` does not follow links, and hidden names must be asked for."""
    base = Path(pattern.anchor)
    below = str(pattern.relative_to(pattern.anchor))
    try:
        matches = sorted(base.glob(below))
    except (ValueError, NotImplementedError) as error:
        raise InputError(f"not a pattern: {shown(pattern, _LONGEST)} ({error})") from error
    asked = any(part.startswith(".") for part in Path(below).parts)
    return [match for match in matches if asked or not _hidden(match.relative_to(base))]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _below(path: Path, entered: set[tuple[int, int]]) -> Iterator[Path]:
    waiting = [path]
    while waiting:
        path = waiting.pop()
        try:
            inside = _inside(path, entered)
        except OSError:  # no right to look into it, or a name longer than the system allows
            inside = None
        if inside is None:
            yield path  # a file, or what no parser can open either: it becomes a reject that says so
        else:
            waiting += (child for child in inside if not child.name.startswith("."))


def _inside(path: Path, entered: set[tuple[int, int]]) -> list[Path] | None:
    """What is in a folder, the last name first, nothing at a second visit; None for what is no folder."""
    if not path.is_dir():
        return None
    status = path.stat()
    identity = (status.st_dev, status.st_ino)
    if identity in entered:
        return []
    entered.add(identity)
    return sorted(path.iterdir(), reverse=True)
