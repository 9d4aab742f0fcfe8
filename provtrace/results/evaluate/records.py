"""Records of gold standards: the lines of a file, or a whole file, as JSON objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from provtrace.errors import InputError

Record = Mapping[str, Any]


def lines(path: Path) -> Iterator[Record]:
    """The objects of a file that has one a line; none where there is no file.

    Raises:
        InputError: a line is no JSON object; the message names it.
    """
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield parse(line, f"{path}, line {number}")


def parse(text: str, where: str) -> Record:
    """The object that a text is.

    Raises:
        InputError: it is none; the message begins with ``where``.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not JSON ({error})") from error
    if not isinstance(value, dict):
        raise InputError(f"{where}: expected a JSON object")
    return value
