"""Sentence gold as labels of aligned units: does one side render the other, or both a common source?

Two formats are read: a data-set folder (``documents.jsonl``, ``pairs.jsonl``, ``sentences.jsonl``) and a single JSON
file of schema ``provtrace-gold/1``. Either becomes stretches of articles, each with the lines of the sources that it
renders: a translation renders the lines of its original, an original its own. Stretches that render a line in common
are counterparts, in whatever language and whether or not the source is among the articles.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from blind import records

Span = tuple[int, int]
Line = tuple[str, int | str]  # a text, known by the family of its versions, and the number or name of a line in it
Record = Mapping[str, Any]

OWN: Final = ("own material", "")  # two composites may have it from one article that the gold does not name
COMPOSITE: Final = "derived_composite"
HALF: Final = 0.5
# chrF from which articles that the gold calls strangers say something in the same words: boilerplate, a formula, or a
# text that the gold does not know of. Hardly a unit of strangers lies between .6 and .8 in any development set.
SAME_WORDS: Final = 0.7
# Labels of which a careful reader of the articles alone could not be sure are no labels.
LEAST_CONFIDENCE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of an article that the gold speaks of.

    Attributes:
        span: half-open character offsets into the text of the article.
        lines: what it renders; empty for material of its own.
        doubts: what it may render, or have from elsewhere, such as a quote: two stretches with a doubt in common, and
            no line, are neither counterparts nor strangers.
    """

    span: Span
    lines: frozenset[Line]
    doubts: frozenset[Line] = frozenset()


@dataclass(frozen=True)
class UnitGold:
    """What the gold says of any two stretches of two articles.

    Attributes:
        stretches: of every article that has any, in order.
        families: of every article, what its stretches are, or may be, parts of; articles without one in common are
            strangers.
        unlisted: of every article, families of which it may hold lines that `stretches` does not list.
    """

    stretches: Mapping[str, Sequence[Stretch]]
    families: Mapping[str, frozenset[str]]
    unlisted: Mapping[str, frozenset[str]]

    def holds(self, unit: Record) -> bool | None:
        """Whether the two sides of a unit are counterparts: half of the characters of both together, or more, are.

        A unit that joins a heading to the first sentence, on one side only, still holds by that rule; one that
        renders a sentence of a paragraph does not. What the gold does not judge counts for neither.

        Args:
            unit: a row of the alignments table, with ``chrf``, ``left_id``, ``left_start``, ``left_end``, and so for
                right.

        Returns:
            None where the gold does not say.
        """
        left, right = ((unit[f"{side}_id"], (unit[f"{side}_start"], unit[f"{side}_end"])) for side in ("left", "right"))
        if left[0] not in self.families or right[0] not in self.families:
            return None
        if not self.families[left[0]] & self.families[right[0]]:
            return None if unit["chrf"] >= SAME_WORDS else False
        sides = [self._matched(*left, *right), self._matched(*right, *left)]
        judged = sum(whole for _, whole in sides)
        return sum(matched for matched, _ in sides) >= HALF * judged if judged else None

    def _matched(self, article: str, span: Span, other: str, facing: Span) -> tuple[int, int]:
        """Characters of one side with a counterpart on the other, and those that the gold judges if it judges most."""
        weights: defaultdict[bool | None, int] = defaultdict(int)
        for stretch, shared in within(self.stretches.get(article, ()), span):
            weights[self._faces(stretch, other, facing)] += shared
        judged = weights[True] + weights[False]
        return (weights[True], judged) if judged >= weights[None] else (0, 0)

    def _faces(self, stretch: Stretch, other: str, facing: Span) -> bool | None:
        """Whether a stretch has a counterpart in a part of another article."""
        met = [there for there, _ in within(self.stretches.get(other, ()), facing)]
        if any(stretch.lines & there.lines for there in met):
            return True
        if any(stretch.doubts & there.doubts for there in met):
            return None
        listed, unlisted = self._listed.get(other, frozenset()), self.unlisted.get(other, frozenset())
        return None if any(line[0] in unlisted and line not in listed for line in stretch.lines) else False

    @cached_property
    def _listed(self) -> dict[str, frozenset[Line]]:
        return {
            name: frozenset(line for stretch in held for line in stretch.lines) for name, held in self.stretches.items()
        }


def within(stretches: Iterable[Stretch], span: Span) -> Iterator[tuple[Stretch, int]]:
    """The stretches that share characters with a span, and how many."""
    for stretch in stretches:
        shared = min(stretch.span[1], span[1]) - max(stretch.span[0], span[0])
        if shared > 0:
            yield stretch, shared


def read_unit_gold(source: Path) -> UnitGold | None:
    """The labels of a folder of a data set, or of a JSON file; None for a folder without sentence gold.

    As `read_labels` for a file; articles of a folder have its ids.
    """
    if source.is_file():
        return read_labels(source)
    return _from_folder(list(records(source / "documents.jsonl")), list(records(source / "sentences.jsonl")))


# --- a data-set folder ------------------------------------------------------------------------------


def _from_folder(documents: Sequence[Record], sentences: Sequence[Record]) -> UnitGold | None:
    """Line n of an original is line n of all its versions; composites are no versions, though they name a family."""
    if not sentences:
        return None
    texts = {doc["id"]: doc.get("family") or doc.get("cluster") or doc["id"] for doc in documents}
    composites = {doc["id"] for doc in documents if doc.get("role") == COMPOSITE}
    families = {name: set() if name in composites else {text} for name, text in texts.items()}
    found: defaultdict[str, dict[Span, Stretch]] = defaultdict(dict)
    for record in sentences:
        source, derived = record["upstream"], record["downstream"]
        lines = frozenset((texts[source], number) for number in record["up_idx"]) if source else frozenset()
        families[derived].add(texts[source] if source else OWN[0])
        for end, spans in ((source, record["up_span"]), (derived, record["down_span"])):
            if spans:
                span = spans[0][0], spans[-1][1]
                found[end][span] = Stretch(span, lines, frozenset() if source else frozenset({OWN}))
    whole = {record["downstream"] for record in sentences}
    return UnitGold(
        {name: sorted(held.values(), key=lambda stretch: stretch.span) for name, held in found.items()},
        {name: frozenset(held) for name, held in families.items()},
        {name: frozenset(() if name in whole else held) for name, held in families.items()},
    )


# --- one JSON file ----------------------------------------------------------------------------------


def read_labels(file: Path) -> UnitGold:
    """Articles of one event, known by the stems of their files, each sentence with the lines of unobserved sources."""
    content = json.loads(file.read_text(encoding="utf-8"))
    names = {doc["id"]: Path(doc["file"]).stem for doc in content["documents"]}
    first = {unit["id"]: unit["same_text_as"] or unit["id"] for unit in content["origin_units"]}
    quotes: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for quote in content["quotes"]:
        for variant in quote["variants"]:
            quotes[variant["document"]].append((quote["id"], variant["text"]))
    stretches = {
        names[doc["id"]]: [_labelled(line, first, quotes[doc["id"]]) for line in doc["sentences"]]
        for doc in content["documents"]
    }
    one_event = frozenset({content["schema"]})
    return UnitGold(stretches, dict.fromkeys(stretches, one_event), dict.fromkeys(stretches, frozenset()))


def _labelled(sentence: Record, first: Mapping[str, str], quotes: Iterable[tuple[str, str]]) -> Stretch:
    """A sentence, with what it renders where a careful reader could tell, and else as doubts."""
    span = sentence["start"], sentence["start"] + len(sentence["text"])
    lines = frozenset(("unit", first[unit]) for unit in sentence["units"])
    said = frozenset(("quote", name) for name, words in quotes if words in sentence["text"])
    sure = sentence["confidence_in_set"] >= LEAST_CONFIDENCE
    return Stretch(span, lines if sure else frozenset(), lines | said)
