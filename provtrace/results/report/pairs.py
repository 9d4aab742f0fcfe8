"""Two texts side by side: aligned sentences in rows, gaps where one text has nothing, words that differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from provtrace.scoring.diff import word_diff

Row = Mapping[str, Any]

# What the steps of a diff are called on either side: shared words have no tag.
_TAGS: Final = {"equal": ("", ""), "replace": ("mark", "mark"), "delete": ("del", ""), "insert": ("", "ins")}


@dataclass(frozen=True)
class Span:
    """A stretch of text. `tag` is empty for shared words, else ``del`` (left only), ``ins`` (right only), ``mark``."""

    tag: str
    text: str


@dataclass(frozen=True)
class Side:
    """One or more neighbouring sentences of one article; `numbers` count from 1, as people do."""

    numbers: str
    language: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class AlignedRow:
    """One line of the side by side view. A side of None is a gap; `kind` is None in rows with a gap.

    `flags` are of `tables.UNIT_FLAGS`.
    """

    left: Side | None
    right: Side | None
    kind: str | None = None
    probability: float | None = None
    moved: bool = False
    flags: tuple[str, ...] = ()


def marked(left: str, right: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Both texts as spans, those tagged where the wordings differ; the spans of a side joined give its text back."""
    sides: tuple[list[Span], list[Span]] = ([], [])
    for edit in word_diff(left, right):
        tags = _TAGS[edit.tag]
        sides[0].extend(_tagged(tags[0], left[edit.left_start : edit.left_end]))
        sides[1].extend(_tagged(tags[1], right[edit.right_start : edit.right_end]))
    return tuple(sides[0]), tuple(sides[1])


def _tagged(tag: str, text: str) -> list[Span]:
    """The text under its tag, the space after it without: a marked word does not underline the gap."""
    words = text.rstrip() or text
    return [Span(tag, words), *_plain(text[len(words) :])] if text else []


def side_by_side(
    left: Sequence[Row], right: Sequence[Row], alignments: Sequence[Row], *, diff: bool
) -> tuple[AlignedRow, ...]:
    """Every sentence of both articles, in the left article's reading order.

    Args:
        left: SENTENCES rows of the left article.
        right: SENTENCES rows of the right article.
        alignments: ALIGNMENTS rows of this pair.
        diff: mark the words that differ; off for texts in two languages.

    Returns:
        One row per alignment and per sentence without one. A sentence that only the right article has follows its
        predecessor there. Where the right article tells a passage earlier, the row is `moved`.
    """
    lefts, rights = _by_number(left), _by_number(right)
    groups: dict[int, list[Row]] = defaultdict(list)
    for alignment in alignments:
        groups[min(alignment["left_sentences"], default=-1)].append(alignment)
    only_right = _after_their_predecessor(rights, alignments)
    taken = set(chain.from_iterable(alignment["left_sentences"] for alignment in alignments))

    rows = _right_only(only_right.pop(-1, []), rights)
    furthest = -1
    for number in sorted(lefts.keys() | groups.keys()):
        if number not in taken and number in lefts:
            rows.append(AlignedRow(_side([number], lefts), None))
        for alignment in sorted(groups.get(number, []), key=_reading_order):
            partners = alignment["right_sentences"]
            rows.append(_aligned(alignment, lefts, rights, moved=min(partners, default=furthest) < furthest, diff=diff))
            furthest = max([furthest, *partners])
            for partner in partners:
                rows.extend(_right_only(only_right.pop(partner, []), rights))
    return tuple(rows)


def _by_number(sentences: Sequence[Row]) -> dict[int, Row]:
    return {row["sentence"]: row for row in sorted(sentences, key=lambda row: row["sentence"])}


def _reading_order(alignment: Row) -> tuple[list[int], list[int]]:
    return list(alignment["right_sentences"]), list(alignment["left_sentences"])


def _after_their_predecessor(rights: Mapping[int, Row], alignments: Sequence[Row]) -> dict[int, list[int]]:
    """Unmatched right sentences by the matched one before them (-1 at the top of the article)."""
    matched = set(chain.from_iterable(alignment["right_sentences"] for alignment in alignments))
    after: dict[int, list[int]] = defaultdict(list)
    predecessor = -1
    for number in rights:
        if number in matched:
            predecessor = number
        else:
            after[predecessor].append(number)
    return after


def _right_only(numbers: Sequence[int], rights: Mapping[int, Row]) -> list[AlignedRow]:
    return [AlignedRow(None, _side([number], rights)) for number in numbers]


def _aligned(
    alignment: Row, lefts: Mapping[int, Row], rights: Mapping[int, Row], *, moved: bool, diff: bool
) -> AlignedRow:
    left = _side(alignment["left_sentences"], lefts)
    right = _side(alignment["right_sentences"], rights)
    if diff and left and right:
        left_spans, right_spans = marked(left.spans[0].text, right.spans[0].text)
        left = Side(left.numbers, left.language, left_spans)
        right = Side(right.numbers, right.language, right_spans)
    return AlignedRow(left, right, alignment["kind"], alignment["probability"], moved, tuple(alignment["flags"]))


def _side(numbers: Sequence[int], sentences: Mapping[int, Row]) -> Side | None:
    present = [number for number in numbers if number in sentences]
    if not present:
        return None
    text = " ".join(sentences[number]["text"] for number in present)
    return Side(sentence_numbers(present), sentences[present[0]]["language"], _plain(text))


def _plain(text: str) -> tuple[Span, ...]:
    return (Span("", text),) if text else ()


def sentence_numbers(numbers: Sequence[int]) -> str:
    """Sentence numbers as people count: ``[2, 3, 4, 7]`` is ``"3–5, 8"``."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0] + 1}" if len(run) == 1 else f"{run[0] + 1}–{run[-1] + 1}" for run in runs)
