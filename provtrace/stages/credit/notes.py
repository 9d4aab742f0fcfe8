"""Notes that name no agency, distributors of press releases, and names that a scanner misread."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from provtrace.scoring.creditline import dated, opens_line, without_brackets
from provtrace.scoring.lexicon import Name, without_accents
from provtrace.scoring.misread import half_bracketed, said_to_be_agencies
from provtrace.stages.credit.grammar import WINDOW, Found, grammar, sides
from provtrace.tables import TEXT_CREDITS

# The longest note without an agency.
_NOTE: Final = 160


def notes(text: str, names: Sequence[Name]) -> Iterator[Found]:
    """Notes that name no agency, such as those of translators, and what says that it is a press release."""
    done = 0
    for name in names:
        if name.kind != "note" or name.start < done:
            continue
        line, newline, _ = text[name.start : name.start + _NOTE].partition("\n")
        window = without_accents(line) + newline
        opens = opens_line(text, name.start) or text.startswith("(", name.start - 1)
        known = grammar().notes.get(text[name.start : name.end], ())
        matches = [(note.pattern.match(window), note) for note in known if opens or not note.opens]
        ends = [(len(match[0].rstrip()), note.role, note.rule) for match, note in matches if match]
        if ends:
            length, role, rule = max(ends)
            done = name.start + length
            yield Found(name.start, done, None, role, rule)


def distributors(text: str, names: Sequence[Name]) -> Iterator[Found]:
    """Those who send out press releases, named as an agency would be, but without brackets."""
    for name in names:
        if name.kind != "press_release":
            continue
        said = grammar().phrases.beside(*sides(text, name.start, name.end), shy=True)
        if (said is not None and said[0] in TEXT_CREDITS) or without_brackets(text, name.start, name.end, ()):
            yield Found(name.start, name.end, None, "press_release", "press_release.wire")


def misread_names(text: str, names: Sequence[Name]) -> Iterator[Found]:
    """Names one letter away from an agency's, where a credit must stand."""
    ends = [name.end for name in names]
    for start, end, agency in said_to_be_agencies(text):
        place = bisect_left(ends, end)
        if place == len(names) or names[place].start >= end:
            yield Found(start, end, agency, "in_text", "agency_named.misread")
    for bracket in re.finditer(r"\)", text):
        span = half_bracketed(text, bracket.start())
        meaning = grammar().names.meaning(text[slice(*span)]) if span else None
        if span and meaning and meaning[1] and dated(text[max(0, span[0] - WINDOW) : span[0] - 1]):
            yield Found(*span, meaning[1], "dateline", "dateline.misread")
