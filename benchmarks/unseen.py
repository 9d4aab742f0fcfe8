"""News in a language that no encoder has seen: letters are exchanged for others, consistently through a whole set.

What is left is what a text in Icelandic or Hausa has for an encoder that was not trained on it: words that recur,
names, numbers, punctuation, and the order in which a story is told. Vowels stay vowels, case stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

LANGUAGE: Final = "is"  # some language of Latin letters that neither encoder nor background sample has
_FROM: Final = "aeiouybcdfghjklmnprstvwz"
_TO: Final = "oiaeyugkbpdnrfmtlsvzhcjw"
_EXCHANGED: Final = str.maketrans(_FROM + _FROM.upper(), _TO + _TO.upper())


def unseen(text: str) -> str:
    """The text with its letters exchanged; as long as before, so that offsets hold."""
    return text.translate(_EXCHANGED)


def in_unseen_language(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document of an ``input.jsonl`` in that language."""
    return {**document, "text": unseen(document["text"]), "language": LANGUAGE}
