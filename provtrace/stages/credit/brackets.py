"""Credits in brackets, and between strokes: ``(Reuters)``, ``[dpa/AFP]``, ``/ATSH/``."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from provtrace.scoring.creditline import LEADING_PERSON, dated, explains, in_brackets, person, quoted
from provtrace.scoring.lexicon import Name
from provtrace.scoring.misread import misread
from provtrace.stages.credit.grammar import WINDOW, Found, facts, grammar
from provtrace.stages.credit.pictures import not_persons

_BRACKETS: Final = re.compile(
    r"[(\[{（【［]([^()\[\]{}（）【】［］\n]{2,70})[)\]}）】］]"  # the longest content that is a credit
    r"|(?<!\S)/\s?(?=\S)([^/\n]{2,40}?)\s?/(?!\w)"
)
_SPACED: Final = re.compile(r"(?<!\w)(?:[A-Z]\s?\.\s?){1,4}[A-Z](?:\s?\.)?(?!\w)")
_ABBREVIATION: Final = re.compile(r"(?!(?:[IVXLC]+)\b)[A-Z](?:\s?\.?\s?[A-Za-z]){1,3}\.?")


class _Bracket(NamedTuple):
    """Half-open offsets of a bracket, and of what it holds."""

    start: int
    end: int
    first: int
    last: int


def bracketed_credits(text: str, names: Sequence[Name], taken: set[int]) -> Iterator[Found]:
    """Credits in brackets. The names judged here join `taken`, whether they are credits or not."""
    starts = [name.start for name in names]
    for match in _BRACKETS.finditer(text):
        bracket = _Bracket(*match.span(), *match.span(match.lastindex or 0))
        first = bisect_left(starts, bracket.start)
        inside = names[first : bisect_left(starts, bracket.end)]
        inside = [name for name in inside if name.end < bracket.end] or list(_spaced(text, bracket))
        known = [name for name in inside if name.kind == "agency" and name.start not in taken]
        wires = [name for name in inside if name.kind == "press_release"]
        if wires:
            taken.update(name.start for name in inside)
            yield from _releases(text, bracket, wires)
        elif known:
            yield from _named(text, bracket, known, names[first - 1] if first else None, taken)
        elif not any(name.start in taken for name in inside):
            yield from _unnamed(text, bracket)


def _releases(text: str, bracket: _Bracket, wires: Sequence[Name]) -> Iterator[Found]:
    """Distributors of press releases where an agency would stand: they hide the agency in their name."""
    if in_brackets(text, bracket.start, bracket.end, shy=False) is None:
        return
    for wire in wires:
        if not explains(text, bracket.start, text[wire.start : wire.end]):
            yield Found(wire.start, wire.end, None, "press_release", "press_release.wire")


def _named(text: str, bracket: _Bracket, known: list[Name], previous: Name | None, taken: set[int]) -> Iterator[Found]:
    words = _other_words(text, bracket, known)
    if len(words) > 4 or not all(_may_stand_beside(word) for word in words):
        return
    explained = previous is not None and previous.agency == known[0].agency and bracket.start - previous.end <= 2
    explained = explained or explains(text, bracket.start, text[known[0].start : known[0].end])
    place = in_brackets(text, bracket.start, bracket.end, shy=all(name.shy for name in known))
    if words:
        place = _pictured(text, bracket, known, place) or place
    if place is None and words and not explained:
        return  # the bracket may hold a phrase
    taken.update(name.start for name in known)
    if place is not None and not explained and not quoted(text, bracket.start, bracket.end, surely=True):
        for name in known:
            yield Found(name.start, name.end, name.agency, *place)


def _pictured(
    text: str, bracket: _Bracket, known: Sequence[Name], place: tuple[str, str] | None
) -> tuple[str, str] | None:
    """``(AP Photo/Ann Lee)``, ``(AFP/Ann Lee)``, ``(Foto ANSA)``; at the end of a caption also ``(Ann Lee/AP)``."""
    before, after = text[bracket.first : known[0].start].strip(), text[known[-1].end : bracket.last]
    if LEADING_PERSON.match(after):
        return "image", "picture.photographer"
    ends = place is None or place[0] == "tail"
    if ends and before.endswith(("/", "-", "–")) and person(before.rstrip("/–-").rstrip(), not_persons()):
        return "image", "picture.photographer"
    said = grammar().phrases.beside(before, after, shy=True)
    return (said[0], said[1]) if said is not None and said[0] == "image" else None


def _other_words(text: str, bracket: _Bracket, known: Sequence[Name]) -> list[str]:
    """The words of a bracket that belong to none of the agencies in it."""
    rest, at = [], bracket.first
    for name in known:
        rest.append(text[at : name.start])
        at = name.end
    rest.append(text[at : bracket.last])
    return re.findall(r"[^\W_]+", " ".join(rest))


def _may_stand_beside(word: str) -> bool:
    """A desk (``lnw``), a partner paper or a word of credit; not the words of a sentence."""
    return len(word) <= 4 or not word.islower() or word in facts()["brackets"]["words"]


def _spaced(text: str, bracket: _Bracket) -> Iterator[Name]:
    """Abbreviations with stops between their letters, such as ``A. F. P.``."""
    for spaced in _SPACED.finditer(text, bracket.first, bracket.last):
        meaning = grammar().names.meaning(re.sub(r"[\s.]", "", spaced[0]))
        if meaning is not None:
            yield Name(spaced.start(), spaced.end(), *meaning)


def _unnamed(text: str, bracket: _Bracket) -> Iterator[Found]:
    """A bracket in the place of a dateline that names no known agency: a misread name, or an unknown agency."""
    before = text[max(0, bracket.start - WINDOW) : bracket.start]
    place = in_brackets(text, bracket.start, bracket.end, shy=True)
    if place is None or place[0] != "dateline":
        return
    content = text[bracket.first : bracket.last].strip(" .,;")
    start = text.index(content, bracket.first)
    if "." in content and text[start + len(content)] == ".":
        content += "."  # the last stop of a spaced abbreviation is its own
    agency = misread(content)
    if agency is not None:
        yield Found(start, start + len(content), agency, "dateline", "dateline.misread")
    elif content in facts()["unnamed"]["names"] or (dated(before) and _ABBREVIATION.fullmatch(content)):
        yield Found(start, start + len(content), None, "dateline", "dateline.unidentified")
