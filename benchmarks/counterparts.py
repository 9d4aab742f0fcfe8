"""Sentence gold: do two stretches of two articles render one another, or something that both have from a third?

Sets say it in their own ways: a line of a translation is that of its original with the same number, a line of a
composite names its upstream and the line there, a reprint's line is one of its wire. All come down to lines of stories:
what has the same number in the same story says the same, whichever version it stands in.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from blind import Record, records

from provtrace.results.evaluate.gold import Span

COMPOSED: Final = ("derived_composite", "digest")  # roles of documents that have parts of several stories
OWN: Final = ""  # the story of material whose story the set does not tell
LAST: Final = 1 << 30  # a line number above all others
COVERED: Final = 0.5  # share of a line or of a sentence, whichever is shorter, that the two must have in common


@dataclass(frozen=True)
class Line:
    """A stretch of an article, and which line of which story it is.

    Attributes:
        start: half-open character offsets.
        end: as above.
        story: articles that render one another are one story.
        first: its number is not below this.
        last: nor above this; where the two are one, the number is known.
    """

    start: int
    end: int
    story: str
    first: int
    last: int

    def says(self, other: Line) -> bool | None:
        """Whether the other line says the same; None where the gold does not tell."""
        if self.story != other.story or self.first > other.last or other.first > self.last:
            return False
        return True if self.first == self.last == other.first == other.last else None


Lines = Mapping[str, Sequence[Line]]


def counterparts(lines: Lines, left: tuple[str, Iterable[Span]], right: tuple[str, Iterable[Span]]) -> bool | None:
    """Whether any of the sentences on one side has a counterpart among those on the other.

    Args:
        lines: from `read_lines`.
        left: an article's id and the spans of some of its sentences.
        right: likewise.

    Returns:
        None where the gold does not say.
    """
    ours, theirs = (_touched(lines.get(article, ()), spans) for article, spans in (left, right))
    found = {one.says(other) for one in ours for other in theirs}
    if True in found:
        return True
    return None if None in found or not found else False


def _touched(lines: Sequence[Line], spans: Iterable[Span]) -> list[Line]:
    return [
        line
        for start, end in spans
        for line in lines
        if min(end, line.end) - max(start, line.start) >= COVERED * min(end - start, line.end - line.start) > 0
    ]


def read_lines(home: Path) -> Lines | None:
    """The lines of a set's articles, by article; None where the set has gold for whole articles only."""
    if (home / "gold.json").exists():
        return dict(_of_units(home / "gold.json"))
    sentences = list(records(home / "sentences.jsonl"))
    return dict(_of_stories(list(records(home / "documents.jsonl")), sentences)) if sentences else None


def _of_stories(documents: Sequence[Record], sentences: Iterable[Record]) -> Iterator[tuple[str, list[Line]]]:
    stories = {doc["id"]: doc.get("family") or doc.get("cluster") or doc["id"] for doc in documents}
    found: defaultdict[str, set[Line]] = defaultdict(set)
    for sentence in sentences:
        source = sentence["upstream"]
        for start, end in sentence["down_span"] or ():
            number = sentence["up_idx"][0] if source else None
            found[sentence["downstream"]].add(_line(start, end, stories[source] if source else OWN, number))
        for (start, end), number in zip(sentence["up_span"] or (), sentence["up_idx"] or (), strict=True):
            found[source].add(_line(start, end, stories[source], number))
    for doc in documents:
        lines = sorted(found[doc["id"]], key=lambda line: (line.start, line.end))
        composed = doc.get("role") in COMPOSED
        yield doc["id"], lines if composed else [*lines, *_gaps(lines, len(doc["text"]), stories[doc["id"]])]


def _line(start: int, end: int, story: str, number: int | None) -> Line:
    return Line(start, end, story, 0 if number is None else number, LAST if number is None else number)


def _gaps(lines: Sequence[Line], length: int, story: str) -> Iterator[Line]:
    """What no sentence of the gold covers: one of the lines between those before and behind it."""
    told = [line for line in lines if line.story == story]
    for before, after in pairwise([Line(0, 0, story, -1, -1), *told, Line(length, length, story, LAST, LAST)]):
        if after.start > before.end:
            yield Line(before.end, after.start, story, before.last + 1, max(after.first - 1, before.last + 1))


def _of_units(path: Path) -> Iterator[tuple[str, list[Line]]]:
    """The seeds: every sentence names the units of its sources that it renders; some units are one text."""
    content = json.loads(path.read_text(encoding="utf-8"))
    unit = {one["id"]: one["same_text_as"] or one["id"] for one in content["origin_units"]}
    for doc in content["documents"]:
        lines = []
        for sentence in doc["sentences"]:
            start, end = sentence["start"], sentence["start"] + len(sentence["text"])
            told = [Line(start, end, unit.get(name, name), 0, 0) for name in sentence["units"]]
            lines += told or [_line(start, end, OWN, None)]
        yield Path(doc["file"]).stem, lines
