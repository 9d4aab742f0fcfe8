"""Picture credits say nothing about the text. They are found first, so that nothing else takes them for a credit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from provtrace.scoring.creditline import person
from provtrace.scoring.lexicon import Name
from provtrace.stages.credit.grammar import Found, facts

# Characters behind the words "Photo:" in which an agency's name belongs to the picture, and characters of a line that
# is no more than a photographer and an agency.
_CAPTION: Final = 120
_LINE: Final = 60

_LIBRARY_BEHIND: Final = re.compile(r"\s?(?:[)\]/|.;©]|\n|\Z)")
_LIBRARY_BEFORE: Final = re.compile(r"(?:[/(\[|:©]|\b[Vv]ia|\b[Bb]y)\s?\Z")


def pictures(text: str, names: Sequence[Name]) -> Iterator[Found]:
    """The agencies behind a label, else what the label opens; picture libraries; photographers with their agency."""
    done = 0
    for place, name in enumerate(names):
        if name.start < done:
            continue
        if name.kind == "label":
            found = list(_labelled(text, names, place))
            done = found[-1].end
            yield from found
        elif name.kind == "library" and _is_credit(text, name):
            yield Found(name.start, name.end, None, "image", "picture.archive")
        elif name.kind == "agency" and _photographed(text, name):
            yield Found(name.start, name.end, name.agency, "image", "picture.photographer")


def _labelled(text: str, names: Sequence[Name], place: int) -> Iterator[Found]:
    label = names[place]
    end, ends = _caption(text, label)
    before = names[place - 1] if place else None
    if (
        before is not None and before.kind == "agency" and text[before.end : label.start].isspace()
    ):  # "AP Photo/Ann Lee"
        yield Found(before.start, before.end, before.agency, "image", "picture.label")
        return
    sources = _sources(text, names[place + 1 : place + 8], end)
    for source in sources:
        yield Found(source.start, source.end, source.agency, "image", "picture.label")
    if not sources:
        yield Found(label.start, end if ends else label.end, None, "image", "picture.label")


def _sources(text: str, names: Sequence[Name], end: int) -> list[Name]:
    """The first agency before `end`, and those joined to it by a stroke."""
    sources: list[Name] = []
    for name in names:
        if name.kind != "agency" or name.end > end:
            continue
        if sources and text[sources[-1].end : name.start].strip() != "/":
            break
        sources.append(name)
    return sources


def _caption(text: str, label: Name) -> tuple[int, bool]:
    """How far a picture credit may reach, and whether it ends there: with its line, its bracket or the text."""
    stretch = text[label.end : label.end + _CAPTION]
    ends = [place for place in (stretch.find("\n"), stretch.find(")")) if place >= 0]
    inside = stretch[: min(ends, default=len(stretch))].rstrip()
    return label.end + len(inside), bool(ends) or label.end + len(stretch) == len(text)


def _is_credit(text: str, library: Name) -> bool:
    """Whether a library stands as one credits it, and not in a sentence about it."""
    before = text[max(0, library.start - 5) : library.start]
    return _LIBRARY_BEHIND.match(text, library.end) is not None or _LIBRARY_BEFORE.search(before) is not None


def _photographed(text: str, name: Name) -> bool:
    """A line of its own that is a photographer's name, a stroke and the agency: ``© Ann Lee / AFP``."""
    behind = text[name.end : name.end + 2].strip(" .")
    if behind and not behind.startswith("\n"):
        return False
    _, newline, line = text[max(0, name.start - _LINE) : name.start].rpartition("\n")
    before = line.rstrip()
    opens = newline == "\n" or name.start <= _LINE
    return opens and before.endswith("/") and person(before.rstrip("/").rstrip(), not_persons())


def not_persons() -> frozenset[str]:
    """Capitalised words that no photographer is called: those of outlets' names."""
    outlets = facts()["outlets"]
    return frozenset([*outlets["kinds"], *(word for name in outlets["names"] for word in name.split())])
