"""Which language a translation note says that its text was translated from."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+")


def named_language(note: str) -> str | None:
    """The language that a note names, as ISO 639-1 code; None where it names none, or several.

    Args:
        note: the words of the note, in any language, such as "adapted from its French original".
    """
    words = _WORD.findall(note.replace("İ", "i").lower())
    found = {code for word in words if (code := _codes().get(word))}
    return found.pop() if len(found) == 1 else None


@cache
def _codes() -> dict[str, str]:
    content = resources.files(__package__).joinpath("language_names.toml").read_text(encoding="utf-8")
    return {name: code for code, names in tomllib.loads(content).items() for name in names.split()}
