"""Runs of aligned sentences as passages: what tools for text reuse (passim and its like) put out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import polars as pl

from provtrace.scoring.diff import Edit, shared_runs, word_diff
from provtrace.tables import SENTENCE_KINDS, conform

PASSAGES: Final = pl.Schema(
    {
        "left_id": pl.String,
        "right_id": pl.String,
        "left_start": pl.Int32,
        "left_end": pl.Int32,
        "right_start": pl.Int32,
        "right_end": pl.Int32,
        "units": pl.Int32,
        "kind": pl.String,
    }
)
LIKELY: Final = 0.5  # probability from which a unit belongs to a passage
MISSED: Final = 1  # sentences without a counterpart that a run leaps over, where both sides have as many
REPHRASED: Final = 3  # times as long other words may be, at the end of a passage, to stand for those they replace
LEAST_RUN: Final = 4  # words that stand in both texts in a row, outside of all aligned units
NEAR: Final = 40  # characters between such runs of one passage
SHORTEST: Final = 40  # characters of such a passage

Row = Mapping[str, Any]
Passage = tuple[str, str, int, int, int, int, int, str]


def passages(tables: Mapping[str, pl.DataFrame], min_probability: float = LIKELY) -> pl.DataFrame:
    """The passages that pairs of articles share.

    Units that follow one another on both sides make one passage; so do those that leave out one sentence on both. What
    stands at either end without a counterpart in the other text is cut off, where both are of one language.

    Args:
        tables: the tables of a run.
        min_probability: units below it are left out, 0..1.

    Returns:
        `PASSAGES`: half-open character offsets in both texts, the number of units, and the kind that most of the
        passage's characters have; sorted by articles and place. A passage of no unit is made of words in common
        outside all units, where the two texts are cut into sentences in different places.
    """
    texts = dict(tables["articles"].select("article_id", "text").iter_rows())
    languages = {
        (article, sentence): language
        for article, sentence, language in tables["sentences"].select("article_id", "sentence", "language").iter_rows()
    }
    likely = tables["alignments"].filter(pl.col("probability") >= min_probability)
    ordered = likely.sort("left_id", "right_id", "left_start", "right_start", "left_end", "right_end")
    rows = []
    for pair, group in groupby(ordered.iter_rows(named=True), key=lambda row: (row["left_id"], row["right_id"])):
        found = [_passage(run, texts, languages) for run in _runs(group)]
        rows += sorted([*found, *_beyond(pair, found, texts)])
    return conform(pl.DataFrame(rows, schema=PASSAGES, orient="row"), PASSAGES)


def _runs(units: Iterable[Row]) -> Iterator[list[Row]]:
    """Units of one pair, in the order of the left text, cut where either text leaps."""
    run: list[Row] = []
    for unit in units:
        if run and not _follows(run[-1], unit):
            yield run
            run = []
        run.append(unit)
    if run:
        yield run


def _follows(before: Row, unit: Row) -> bool:
    left, right = (min(unit[f"{side}_sentences"]) - max(before[f"{side}_sentences"]) - 1 for side in ("left", "right"))
    return bool(left == right and 0 <= left <= MISSED)


def _passage(run: Sequence[Row], texts: Mapping[str, str], languages: Mapping[tuple[str, int], str]) -> Passage:
    first, last = run[0], run[-1]
    begins = _counterparts(first, texts, languages)[0]
    ends = _counterparts(last, texts, languages)[-1]
    left, right = texts[first["left_id"]], texts[first["right_id"]]
    return (
        first["left_id"], first["right_id"],
        begins.left_start, _stripped(left, ends.left_end), begins.right_start, _stripped(right, ends.right_end),
        len(run), _kind(run),
    )  # fmt: skip


def _stripped(text: str, end: int) -> int:
    """That end less the white space before it."""
    return len(text[:end].rstrip())


def _counterparts(unit: Row, texts: Mapping[str, str], languages: Mapping[tuple[str, int], str]) -> list[Edit]:
    """The parts of a unit that the other side has, in its words or in others; the whole unit where none can be told."""
    spans = [(unit[f"{side}_start"], unit[f"{side}_end"]) for side in ("left", "right")]
    whole = Edit("replace", *spans[0], *spans[1])
    left, right = (languages[unit[f"{side}_id"], min(unit[f"{side}_sentences"])] for side in ("left", "right"))
    if left != right:
        return [whole]
    wordings = [
        texts[unit[f"{side}_id"]][start:end] for side, (start, end) in zip(("left", "right"), spans, strict=True)
    ]
    steps = word_diff(*wordings, left_at=spans[0][0], right_at=spans[1][0])
    return [step for step in steps if _rendered(step)] or [whole]


def _rendered(step: Edit) -> bool:
    """Whether one side of a step stands for the other: equal words do, and others of about their length."""
    sizes = sorted((step.left_end - step.left_start, step.right_end - step.right_start))
    return step.tag == "equal" or (step.tag == "replace" and sizes[1] <= REPHRASED * sizes[0])


def _beyond(pair: tuple[str, str], found: Sequence[Passage], texts: Mapping[str, str]) -> Iterator[Passage]:
    """Words in common outside all passages: sentences are cut in other places, or were matched elsewhere."""
    left, right = texts[pair[0]], texts[pair[1]]
    runs = shared_runs(
        left,
        right,
        LEAST_RUN,
        left_spans=_rest([(row[2], row[3]) for row in found], len(left)),
        right_spans=_rest([(row[4], row[5]) for row in found], len(right)),
    )
    for whole in _joined(runs):
        ends = _stripped(left, whole.left_end), _stripped(right, whole.right_end)
        yield (*pair, whole.left_start, ends[0], whole.right_start, ends[1], 0, "near_verbatim")


def _rest(taken: Sequence[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    """The stretches of a text that no span covers, but for those too short to hold a passage."""
    free = []
    at = 0
    for start, end in [*sorted(taken), (size, size)]:
        if start - at >= SHORTEST:
            free.append((at, start))
        at = max(at, end)
    return free


def _joined(runs: Sequence[Edit]) -> Iterator[Edit]:
    """Runs that follow one another closely on both sides as one; those that stay short are left out."""
    whole: list[Edit] = []
    for run in runs:
        last = whole[-1] if whole else None
        if last and 0 <= run.left_start - last.left_end <= NEAR and 0 <= run.right_start - last.right_end <= NEAR:
            whole[-1] = Edit("equal", last.left_start, run.left_end, last.right_start, run.right_end)
        else:
            whole.append(run)
    yield from (run for run in whole if run.left_end - run.left_start >= SHORTEST)


def _kind(run: Sequence[Row]) -> str:
    sizes = dict.fromkeys(SENTENCE_KINDS, 0)
    for unit in run:
        sizes[unit["kind"]] += unit["left_end"] - unit["left_start"] + unit["right_end"] - unit["right_start"]
    return max(sizes, key=lambda kind: sizes[kind])
