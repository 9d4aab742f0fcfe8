"""Other tools at our work: how alike they find two sentences, and which passages they find in two texts.

Those that are not installed are left out, and it is said why. Settings are each tool's own, but that letters' case is
taken away first where a tool does not do so itself.
"""

from __future__ import annotations

import io
import re
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from difflib import SequenceMatcher
from typing import Final, TypeVar

from floors import WORD
from rapidfuzz import fuzz
from unit_gold import Span

Shared = list[tuple[Span, Span]]  # places in the left text, and in the right one
Scorer = Callable[[str, str], float]
Finder = Callable[[str, str], Shared]
Found = TypeVar("Found")

HEALED: Final = re.compile(r"(?<=[A-Za-z])- (?=[a-z])")  # text-matcher deletes it, and its offsets are then others


def sentence_scorers() -> dict[str, Scorer]:
    """Likeness of two sentences, 0..1, by tool. text-matcher compares runs of words in texts, and has none."""
    return {
        "rapidfuzz ratio": lambda left, right: fuzz.ratio(left.casefold(), right.casefold()) / 100,
        "rapidfuzz token_set_ratio": lambda left, right: fuzz.token_set_ratio(left.casefold(), right.casefold()) / 100,
        "difflib ratio": lambda left, right: SequenceMatcher(None, left.casefold(), right.casefold()).ratio(),
    }


def passage_finders() -> tuple[dict[str, Finder], dict[str, str]]:
    """Passages in common, by tool; and the tools that could not be loaded, with the reason."""
    finders: dict[str, Finder] = {"difflib blocks": difflib_blocks}
    try:
        return finders | {"text-matcher": _text_matcher()}, {}
    except ImportError as error:
        return finders, {"text-matcher": str(error)}


def difflib_blocks(left: str, right: str) -> Shared:
    """The matching blocks of the words of two texts, of whatever length: in texts that do share passages, best."""
    sides = [list(WORD.finditer(text)) for text in (left, right)]
    words = [[match.group().casefold() for match in side] for side in sides]
    blocks = SequenceMatcher(None, words[0], words[1], autojunk=False).get_matching_blocks()
    return [
        (
            (sides[0][block.a].start(), sides[0][block.a + block.size - 1].end()),
            (sides[1][block.b].start(), sides[1][block.b + block.size - 1].end()),
        )
        for block in blocks
        if block.size
    ]


def _text_matcher() -> Finder:
    """text-matcher's own passages: runs of stemmed word trigrams, joined and prolonged.

    Stop words stay in: the list that would take them out is a download of its own.

    Raises:
        ImportError: it is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # old escapes in its source
        from text_matcher.matcher import Matcher, Text

    def found(left: str, right: str) -> Shared:
        sides = [Text(HEALED.sub("  ", text), "", removeStopwords=False) for text in (left, right)]
        with redirect_stdout(io.StringIO()):  # it prints what it finds
            _, places, others = Matcher(*sides).match()
        return list(zip(places, others, strict=True))

    return found


def timed_each(tool: Callable[[str, str], Found], pairs: Sequence[tuple[str, str]]) -> tuple[list[Found], float]:
    """What a tool finds in every pair of texts, and the CPU-milliseconds it takes for one, when all is loaded."""
    tool(*pairs[0])
    began = time.process_time()
    found = [tool(left, right) for left, right in pairs]
    return found, 1000 * (time.process_time() - began) / len(pairs)
