"""Where a text quotes: what stands between quotation marks, by the habits of many languages."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

# Marks that open on one side and close on the other may hold a quotation of their own kind ("«Мы в «Газпроме» ждём»").
_DIRECTED: Final = ("“”", "«»", "「」", "『』", "‹›")
_EAST_ASIAN: Final = r"\u3040-\u30ff\u3400-\u9fff"
# A straight mark opens after white space, an opening bracket, a dash, or in a script that writes no blanks.
_OPENS: Final = rf"(?<![^\s(\[{{—–‘’{_EAST_ASIAN}-])"


# Behind a letter or a full stop “ is what „ began with.
_NOT_BEHIND: Final = r"(?<![A-Za-z\u00c0-\u052f.,!?…])"


def _directed(opener: str, closer: str) -> str:
    other = rf"[^{opener}{closer}\n]"
    begins = _NOT_BEHIND if opener == "“" else ""
    return rf"{begins}{opener}(?:{other}++|{opener}{other}*+{closer})*+{closer}"


_MARKED: Final = "|".join(
    [
        *(_directed(*marks) for marks in _DIRECTED),
        r"„[^„“”\n]*+[“”]",
        r"‚(?=\w)[^‚‘’\n]*+[‘’](?!\w)",
        r"(?<!\S)»(?=\S)[^«»\n]*+[«»]",  # »German books« and »Swedish ones»
        r"(?<![\w.,!?…])”(?=\w)[^“”\n]*+”",  # ”Finnish and Swedish”
        rf'{_OPENS}"(?=\S)[^"\n]*+(?<=\S)"(?!\w)',
    ]
)
# Single marks quote by themselves in English alone; elsewhere they are apostrophes, or stand inside others.
_SINGLE: Final = (
    r"(?<![\w'’])‘(?=\w)(?:[^‘’\n]|(?<=\w)’(?=\w))*+(?<=[\w.,!?…])’(?!\w)"
    r"|(?<![\w'’])'(?=[^\W\d_])(?:[^'\n]|(?<=\w)'(?=\w))*+(?<=[\w.,!?…])'(?!\w)"
)
# A quotation that no mark closes ends with its sentence; one that goes on in the next paragraph, with its own.
_UNCLOSED: Final = (
    rf"{_NOT_BEHIND}(?P<unclosed>[“„«「])(?=\S)"
    # a straight mark only where the next sentence or paragraph opens anew
    rf'|{_OPENS}(?P<straight>")(?=\S)(?=[^"\n]*+(?:(?<=[.!?…]\s)|(?<=[.!?…])\n\s*)"\w)'
)

# Speech that a dash begins where a paragraph does: «— Мы ждём, — сказала она. — Потом пойдём.», "—Esperamos —dijo—."
_DASHED: Final = r"(?P<dashed>(?<![^\n])[—–] ?(?=[^\s—–“„«\"])[^\n]*+)"
# A dash that parts speech from who says it: behind a punctuation mark, or close to one of the two words.
_PARTS: Final = re.compile(r"(?<=[,!?….])\s[—–]\s|\s[—–](?=\w)|(?<=\w)[—–](?=[.,;:!?])")

_QUOTATION: Final = re.compile(rf"{_DASHED}|{_MARKED}|{_UNCLOSED}")
_ENGLISH: Final = re.compile(rf"{_DASHED}|{_MARKED}|{_SINGLE}|{_UNCLOSED}")
_PARAGRAPH: Final = re.compile(r"\s*\n\s*")
_INSIDE: Final = re.compile(r"\w(?:.*\S)?", re.DOTALL)


def quotations(text: str, language: str, ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """What a text has inside quotation marks, the outermost ones, in order.

    Args:
        text: the text.
        language: ISO 639-1; single marks quote in English alone.
        ends: where sentences end in it, ascending: a quotation that nothing closes reaches as far as its sentence.

    Yields:
        Half-open offsets of the words and their punctuation, without the marks.
    """
    pattern = _ENGLISH if language == "en" else _QUOTATION
    place = 0
    while match := pattern.search(text, place):
        if match["dashed"]:
            said = list(_dialogue(text, match.start() + 1, match.end()))
            yield from said
            place = match.end() if said else match.start() + 1
            continue
        start, end = match.start() + 1, match.end() - 1
        if mark := match["unclosed"] or match["straight"]:
            start, end = match.end(), _open_end(text, mark, match.end(), ends)
        inside = _INSIDE.search(text[start:end])
        if inside:
            yield start + inside.start(), start + inside.end()
        place = max(end, match.end())


def _dialogue(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What is said in a paragraph that a dash begins; nothing where none tells who says it, as in a list."""
    bounds = [start, *(place for match in _PARTS.finditer(text, start, end) for place in match.span()), end]
    parts = list(zip(bounds[::2], bounds[1::2], strict=True))
    if len(parts) > 1 and text[parts[1][0]].islower():
        for begins, ends in parts[::2]:
            if inside := _INSIDE.search(text[begins:ends]):
                yield begins + inside.start(), begins + inside.end()


def _open_end(text: str, mark: str, start: int, ends: Sequence[int]) -> int:
    again = text.find(mark, start)
    stop = again if again >= 0 else len(text)
    paragraph = _PARAGRAPH.search(text, start, stop)
    if paragraph and text.startswith(mark, paragraph.end()):
        return paragraph.start()
    limit = paragraph.start() if paragraph else stop
    following = bisect_right(ends, start)
    return min(ends[following], limit) if following < len(ends) else limit
