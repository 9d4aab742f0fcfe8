"""Candidate pairs to ALIGNMENTS: which sentences of two articles are counterparts, m:n, with reordering and gaps.

A dynamic program finds the best monotone chain of units, where a unit joins one to three sentences of either side
(the spans of Vecalign, Thompson and Koehn 2019, and Bertalign, Liu and Zhu 2022). Journalists also move and repeat
sentences: what the chain leaves over is matched freely, best first, where both sides agree on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from provtrace.scoring import calibration, pivot, similarity
from provtrace.scoring.encode import density_column, load_encoder
from provtrace.scoring.flags import Told, flags
from provtrace.scoring.similarity import Cells, Floats, Side
from provtrace.scoring.translator import load_translator
from provtrace.settings import Settings
from provtrace.tables import ALIGNMENTS, conform

SPANS: Final = ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (2, 2))
SKIPS: Final = {-1: (1, 0), -2: (0, 1)}  # moves that leave a sentence of the left, or right, without counterpart
MERGE_COST: Final = 0.5  # log-odds that each sentence beyond one a side must add to be worth joining
RIVAL: Final = 2.5  # a cell this far below the best of its row or column is no candidate for the chain
PARALLEL: Final = 4.0  # log-odds that each sentence has a counterpart gains, where all of both texts seem to have one
PARTLY: Final = 0.5  # share of the sentences matched, on the side matched less, from which it gains anything
CONTEXT: Final = 1.5  # log-odds that a match of the sentences before, or of those after, adds
BRIDGED: Final = 2  # sentences of a gap, on either side, that a chain may bridge
BRIDGE: Final = 1.2  # log-odds that the place between two matches adds
FREE: Final = 0.5  # log-odds from which a match outside the chain counts
FLAGGED: Final = 0.5  # probability from which the two sides of a unit are held against each other
TOLD_BEFORE: Final = 6  # sentences before a unit that may say who speaks in it, and of whom
REPEAT: Final = 2.0  # log-odds from which a sentence may share a counterpart that is already taken


@dataclass(frozen=True)
class Unit:
    """Aligned sentences, by index into the two sides; `cosine` and the like belong to the joined spans."""

    left: tuple[int, ...]
    right: tuple[int, ...]
    logit: float
    cosine: float
    csls: float
    wording: float


def align(sides: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: the sentences of both articles of each pair to ALIGNMENTS.

    Args:
        sides: columns ``left_id``, ``right_id`` and those of EMBEDDED; keyed by the pair.
        settings: the run's settings.
    """
    known = load_encoder(settings.encoder).languages
    articles = _articles(sides, settings.max_sentences, known)
    rows = [
        row
        for left_id, right_id in sides.select("left_id", "right_id").unique().sort("left_id", "right_id").iter_rows()
        for row in _pair_rows(articles, left_id, right_id, known)
    ]
    aligned = conform(pl.DataFrame(rows, schema=ALIGNMENTS, orient="row"), ALIGNMENTS)
    if settings.translator is None:
        return aligned
    return pivot.with_directions(aligned, sides, load_translator(settings.translator))


# --- one article ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Article:
    """The alignable sentences of an article: everything but boilerplate and credit lines."""

    side: Side
    numbers: npt.NDArray[np.int32]  # sentence numbers
    starts: list[int]
    ends: list[int]
    languages: list[str]
    roles: list[str]


def _articles(sides: pl.DataFrame, most: int, known: frozenset[str]) -> dict[str, Article]:
    columns = [name for name in sides.columns if name not in ("left_id", "right_id")]
    kept = (
        sides.select(columns)
        .unique(["article_id", "sentence"])
        .filter(pl.col("role").is_in(["body", "heading"]), pl.col("sentence") < most)
        .sort("article_id", "sentence")
    )
    return {str(key[0]): _article(frame, known) for key, frame in kept.group_by("article_id", maintain_order=True)}


def _article(frame: pl.DataFrame, known: frozenset[str]) -> Article:
    texts = frame["text"].to_list()
    languages = frame["language"].to_list()
    side = Side(
        vectors=matrix(frame["vector"]),
        densities=matrix(frame["densities"]),
        texts=texts,
        columns=np.array([density_column(language) for language in languages], dtype=np.int64),
        known=np.array([language in known for language in languages], dtype=np.bool_),
        joinable=(frame["role"] == "body").to_numpy(),
        weights=np.array([max(len(similarity.words(text)), 1) for text in texts], dtype=np.float32),
    )
    return Article(
        side,
        frame["sentence"].to_numpy(),
        frame["start"].to_list(),
        frame["end"].to_list(),
        languages,
        frame["role"].to_list(),
    )


def matrix(lists: pl.Series) -> Floats:
    """A column of lists of one length as a float32 matrix."""
    flat: Floats = lists.explode().to_numpy().astype(np.float32, copy=False)
    return flat.reshape(len(lists), -1)


# --- one pair ---------------------------------------------------------------------------------------


def _pair_rows(
    articles: dict[str, Article], left_id: str, right_id: str, known: frozenset[str]
) -> Iterator[tuple[Any, ...]]:
    left, right = articles.get(left_id), articles.get(right_id)
    if left is None or right is None:
        return
    aligned = units(left.side, right.side)
    seen = bool(left.side.known.all() and right.side.known.all())
    fits = (
        _fit(left.side, {i for unit in aligned for i in unit.left}, seen),
        _fit(right.side, {j for unit in aligned for j in unit.right}, seen),
    )
    for unit in aligned:
        yield (left_id, right_id, *_unit_row(left, right, unit, known), *fits, None)


def _fit(side: Side, matched: set[int], seen: bool) -> float | None:
    """How well the matched sentences fit the others of their text, -1..1; None where either are fewer than two.

    Near 0 a passage is of another subject than the text around it, as in a digest, or in reuse for another story. Told
    by the cosine of mean vectors; by n-grams in common where the encoder is blind to a language of the pair, for then
    all vectors are alike.
    """
    inside = np.array([i in matched for i in range(len(side))], np.bool_) & side.joinable
    rest = side.joinable & ~inside
    if inside.sum() < 2 or rest.sum() < 2:
        return None
    if seen:
        return _cosine(side.vectors[inside].mean(axis=0), side.vectors[rest].mean(axis=0))
    grams = side.incidence()
    rarity = similarity.rarity(grams[inside], grams[rest])
    return _cosine(grams[inside].max(axis=0) * rarity, grams[rest].max(axis=0) * rarity)


def _cosine(one: Floats, other: Floats) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other) + 1e-9))


def _unit_row(left: Article, right: Article, unit: Unit, known: frozenset[str]) -> tuple[Any, ...]:
    a, b = list(unit.left), list(unit.right)
    text_a, text_b = (" ".join(side.texts[i] for i in ids) for side, ids in ((left.side, a), (right.side, b)))
    features = calibration.features(
        text_a, text_b, cosine=unit.cosine, csls=unit.csls, wording=unit.wording,
        languages=calibration.pair_languages(left.languages[a[0]], right.languages[b[0]], known),
    )  # fmt: skip
    chance = calibration.probability(features)
    headings = "heading" in (left.roles[a[0]], right.roles[b[0]])
    return (
        left.numbers[a].tolist(), right.numbers[b].tolist(),
        min(left.starts[i] for i in a), max(left.ends[i] for i in a),
        min(right.starts[i] for i in b), max(right.ends[i] for i in b),
        "heading" if headings else calibration.kind(features), chance,
        features.cosine, features.csls, features.chrf, features.edit, features.anchors,
        features.numbers, features.names, features.quoted, features.run,
        features.quote_run, unit.logit,
        flags(_told(left, a), _told(right, b)) if chance >= FLAGGED else [],
    )  # fmt: skip


def _told(article: Article, places: list[int]) -> Told:
    before = article.side.texts[max(0, places[0] - TOLD_BEFORE) : places[0]]
    return Told(" ".join(article.side.texts[i] for i in places), article.languages[places[0]], tuple(before))


def units(left: Side, right: Side) -> list[Unit]:
    """Align two articles: units sorted by their place on the left, then on the right."""
    if not len(left) or not len(right):
        return []
    spans = _span_cells(left, right)
    chain = _chain(spans, left.joinable, right.joinable)
    prior = _prior(chain, len(left), len(right))
    if prior > 0:
        chain = _chain(spans, left.joinable, right.joinable, prior)
    chain = [*chain, *_bridges(spans[0], chain)]
    taken_left = {i for unit in chain for i in unit.left}
    taken_right = {j for unit in chain for j in unit.right}
    free = list(_free(spans[0], taken_left, taken_right))
    return sorted([*chain, *free], key=lambda unit: (unit.left, unit.right))


def _span_cells(left: Side, right: Side) -> list[Cells]:
    """`Cells` for each shape of SPANS; cell i, j belongs to the spans that start at sentences i and j."""
    left_grams, right_grams = left.incidence(), right.incidence()
    rarity = similarity.rarity(left_grams, right_grams)
    lefts = {size: _joined(left, left_grams, rarity, size) for size in (1, 2, 3)}
    rights = {size: _joined(right, right_grams, rarity, size) for size in (1, 2, 3)}
    return [similarity.compare(*lefts[a], *rights[b]) for a, b in SPANS]


def _joined(side: Side, grams: Floats, rarity: Floats, size: int) -> tuple[Side, Floats]:
    """The side's runs of `size` sentences: vectors as weighted sums, and weighted n-grams."""
    if size == 1:
        return side, similarity.weighted(grams, rarity)
    count = max(len(side) - size + 1, 0)
    runs = np.arange(count)[:, None] + np.arange(size)
    weights = side.weights[runs][:, :, None]
    vectors = (side.vectors[runs] * weights).sum(axis=1)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    dense = (side.densities[runs] * weights).sum(axis=1) / weights.sum(axis=1)
    first = slice(count)  # the language of a run is that of its first sentence
    joined = Side(
        vectors, dense, side.texts[first], side.columns[first], side.known[first], side.joinable[first],
        weights.sum(axis=(1, 2)),
    )  # fmt: skip
    return joined, similarity.weighted(grams[runs].max(axis=1), rarity)


def _prior(chain: list[Unit], rows: int, columns: int) -> float:
    """Log-odds for a match that the share of matched sentences suggests: a whole translation matches throughout."""
    left, right = sum(len(unit.left) for unit in chain), sum(len(unit.right) for unit in chain)
    return PARALLEL * max(min(left / rows, right / columns) - PARTLY, 0.0) / (1 - PARTLY)


def _chain(
    spans: list[Cells], left: npt.NDArray[np.bool_], right: npt.NDArray[np.bool_], prior: float = 0.0
) -> list[Unit]:
    """The best monotone chain of units; `prior` is added to the log-odds of each."""
    single = spans[0].logits
    rows, columns = single.shape
    best = np.minimum(single.max(axis=1)[:, None], single.max(axis=0)[None, :])
    gains = np.full((len(SPANS), rows, columns), -np.inf, np.float32)
    for shape, ((a, b), cells) in enumerate(zip(SPANS, spans, strict=True)):
        logits = cells.logits
        m, n = logits.shape
        gains[shape, :m, :n] = logits + np.float32(prior - MERGE_COST * (a + b - 2))
        gains[shape, :m][~_runs(left, a)] = -np.inf
        gains[shape, :, :n][:, ~_runs(right, b)] = -np.inf
    gains[0] += CONTEXT * _in_context(single)
    gains[0][single < best - RIVAL] = -np.inf
    gains[gains <= 0] = -np.inf
    return [_unit(spans[shape], SPANS[shape], i, j) for shape, i, j in best_path(gains, SPANS)]


def _bridges(cells: Cells, chain: list[Unit]) -> Iterator[Unit]:
    """Matches in small gaps of the chain: what stands between two matches on both sides is likely one, too."""
    for before, after in pairwise(chain):
        rows = range(before.left[-1] + 1, after.left[0])
        columns = range(before.right[-1] + 1, after.right[0])
        if 0 < len(rows) <= BRIDGED and 0 < len(columns) <= BRIDGED:
            i, j = max(((i, j) for i in rows for j in columns), key=lambda cell: cells.logits[cell])
            if cells.logits[i, j] > -BRIDGE:
                yield _unit(cells, (1, 1), i, j)


def _runs(joinable: npt.NDArray[np.bool_], size: int) -> npt.NDArray[np.bool_]:
    """Whether the run of `size` sentences from each place on may be one unit: a heading is joined with nothing."""
    if size == 1:
        return np.ones(len(joinable), np.bool_)
    count = max(len(joinable) - size + 1, 0)
    every: npt.NDArray[np.bool_] = np.logical_and.reduce([joinable[start : start + count] for start in range(size)])
    return every


def _in_context(logits: Floats) -> npt.NDArray[np.bool_]:
    """Cells whose neighbour on the diagonal, before or after, is a match by itself."""
    found = np.zeros(logits.shape, np.bool_)
    found[1:, 1:] |= logits[:-1, :-1] > 0
    found[:-1, :-1] |= logits[1:, 1:] > 0
    return found


def _unit(cells: Cells, shape: tuple[int, int], i: int, j: int) -> Unit:
    return Unit(
        tuple(range(i, i + shape[0])), tuple(range(j, j + shape[1])), float(cells.logits[i, j]),
        float(cells.cosine[i, j]), float(cells.csls[i, j]), float(cells.wording[i, j]),
    )  # fmt: skip


def _free(cells: Cells, taken_left: set[int], taken_right: set[int]) -> Iterator[Unit]:
    """Matches outside the chain: moved sentences, and sentences that say again what is matched already."""
    logits = cells.logits
    best_right, best_left = logits.argmax(axis=1), logits.argmax(axis=0)
    for i, j in zip(*np.nonzero(logits > FREE), strict=True):
        if i in taken_left and j in taken_right:
            continue
        mutual = best_right[i] == j and best_left[j] == i
        repeats = logits[i, j] > REPEAT and (
            (i not in taken_left and best_right[i] == j) or (j not in taken_right and best_left[j] == i)
        )
        if mutual or repeats:
            yield _unit(cells, (1, 1), int(i), int(j))


def best_path(gains: Floats, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """The chain of units with the greatest sum of gains.

    Args:
        gains: float32 ``[shapes, m, n]``, the gain of a unit of each shape that starts at i, j; -inf where barred.
        spans: for each shape, the sentences it takes on the left and on the right.

    Returns:
        Shape, i, j of each unit, in order.
    """
    moves = _kernel()(gains, np.array(spans, dtype=np.int64))
    path = []
    i = j = 0
    while i < gains.shape[1] and j < gains.shape[2]:
        move = int(moves[i, j])
        if move >= 0:
            path.append((move, i, j))
        left, right = SKIPS[move] if move < 0 else spans[move]
        i, j = i + left, j + right
    return path


@cache
def _kernel() -> Callable[[Floats, npt.NDArray[np.int64]], npt.NDArray[np.int64]]:
    from numba import njit

    compiled: Callable[[Floats, npt.NDArray[np.int64]], npt.NDArray[np.int64]] = njit(cache=True)(_best_moves)
    return compiled


def _best_moves(gains: Any, spans: Any) -> Any:  # noqa: ANN401 (compiled by numba, which infers the types)
    """Dynamic program: for each i, j the move that the best chain makes from there: a shape, or one of `SKIPS`."""
    shapes, m, n = gains.shape
    total = np.zeros((m + 1, n + 1), np.float64)
    moves = np.full((m + 1, n + 1), -1, np.int64)
    for i in range(m - 1, -1, -1):
        for j in range(n - 1, -1, -1):
            total[i, j] = total[i + 1, j]
            if total[i, j + 1] > total[i, j]:
                total[i, j], moves[i, j] = total[i, j + 1], -2
            for shape in range(shapes):
                a, b = spans[shape, 0], spans[shape, 1]
                if i + a <= m and j + b <= n:
                    value = gains[shape, i, j] + total[i + a, j + b]
                    if value > total[i, j]:
                        total[i, j], moves[i, j] = value, shape
    return moves
