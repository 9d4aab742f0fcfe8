"""What a unit's two sides say differently, though their vectors are alike.

Sentence vectors are nearly blind to a number, a name or a "not". These checks look at the words alone. They are made
to be right when they speak: what is only left out or added raises nothing, and much that changed stays unseen.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Final

from provtrace.scoring.diff import word_diff
from provtrace.scoring.flags import names, numbers, polarity, speech
from provtrace.scoring.flags.reading import Told, read
from provtrace.scoring.similarity import words

__all__ = ["Told", "flags"]

_edits: Final = lru_cache(maxsize=16)(word_diff)  # several checks look at one unit's


def flags(left: Told, right: Told) -> list[str]:
    """The flags of a unit, of `tables.UNIT_FLAGS`, sorted.

    Args:
        left: what one article says.
        right: what the other says in its place.
    """
    if left.language == right.language and words(left.text) == words(right.text):
        return []
    a, b = read(left.text, left.language), read(right.text, right.language)
    same = left.language == right.language
    edits = partial(_edits, a.text, b.text) if same else None
    before = left.before, right.before
    found = speech.flags(a, b, before)
    if numbers.changed(a, b, edits):
        found.add("number_changed")
    if names.changed(a, b, edits) or names.actor_changed(a, b, before):
        found.add("name_changed")
    if polarity.changed(a, b, edits):
        found.add("polarity_changed")
    if same and speech.drifted(a, b):
        found.add("quote_drift")
    return sorted(found)
