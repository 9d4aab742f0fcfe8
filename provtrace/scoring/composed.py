"""Texts in which accents are characters of their own, as the composed texts that names and phrases are written in."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def composed(text: str) -> tuple[str, Sequence[int]]:
    """The text in composed form (NFC), and where each of its characters begins in the text as it was.

    Returns:
        The composed text, and one offset more than it has characters: the last is the length of the text.
    """
    if unicodedata.is_normalized("NFC", text):
        return text, range(len(text) + 1)
    parts: list[str] = []
    places: list[int] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and _continues(text[end]):
            continue
        part = unicodedata.normalize("NFC", text[start:end])
        parts.append(part)
        places.extend([start] * len(part))
        start = end
    return "".join(parts), [*places, len(text)]


def _continues(sign: str) -> bool:
    """Whether it forms one character with the one before: an accent, or the vowel or end of a Korean syllable."""
    return unicodedata.combining(sign) > 0 or "\u1160" <= sign <= "\u11ff"
