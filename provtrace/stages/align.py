"""Candidate pairs to ALIGNMENTS: which sentences of two articles are counterparts, m:n, with reordering and gaps.

A dynamic program finds the best monotone chain of units, where a unit joins one to three sentences of either side
(the spans of Vecalign, Thompson and Koehn 2019, and Bertalign, Liu and Zhu 2022). Journalists also move and repeat
sentences: what the chain leaves over is matched freely, best first, where both sides agree on it. Where a text and its
translation were cut into sentences otherwise, `parallel` finds the chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from provtrace.scoring import calibration, parallel, pivot, similarity
from provtrace.scoring.encode import Encoder, RunEncoder, density_column, load_encoder
from provtrace.scoring.flags import Told, flags
from provtrace.scoring.path import best_path
from provtrace.scoring.similarity import Cells, Floats, Side
from provtrace.scoring.translator import load_translator
from provtrace.settings import Settings
from provtrace.tables import ALIGNMENTS, conform

SPANS: Final = ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (2, 2))
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
LEFT_OVER: Final = 1 / 8  # share of the sentences outside the chain from which a translation is aligned again
HOPE: Final = 2.0  # log-odds that matches gain to see whether texts could be parallel
SUPPORT: Final = 4.0  # log-odds below which, negative, nothing in its bead is a counterpart of a sentence
SUPPORTED: Final = 0.85  # share of the sentences of parallel texts that have one
UNLIKELY: Final = 5.0  # log-odds that speak so much against a bead of parallel texts outweigh its place
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
    encoder = load_encoder(settings.encoder)
    known = encoder.languages
    articles = _articles(sides, settings.max_sentences, known)
    rows = [
        row
        for left_id, right_id in sides.select("left_id", "right_id").unique().sort("left_id", "right_id").iter_rows()
        for row in _pair_rows(articles, left_id, right_id, encoder)
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
    articles: dict[str, Article], left_id: str, right_id: str, encoder: Encoder
) -> Iterator[tuple[Any, ...]]:
    left, right = articles.get(left_id), articles.get(right_id)
    if left is None or right is None:
        return
    known = encoder.languages
    aligned = units(left.side, right.side, encoder.runs if isinstance(encoder, RunEncoder) else None)
    seen = bool(left.side.known.all() and right.side.known.all())
    fits = (
        _fit(left.side, {i for unit in aligned for i in unit.left}, seen),
        _fit(right.side, {j for unit in aligned for j in unit.right}, seen),
    )
    supports = similarity.support(
        [([left.numbers[i] for i in unit.left], [right.numbers[j] for j in unit.right]) for unit in aligned]
    )
    for unit, support in zip(aligned, supports, strict=True):
        yield (left_id, right_id, *_unit_row(left, right, unit, support, known), *fits, None)


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


def _unit_row(left: Article, right: Article, unit: Unit, support: float, known: frozenset[str]) -> tuple[Any, ...]:
    a, b = list(unit.left), list(unit.right)
    text_a, text_b = (" ".join(side.texts[i] for i in ids) for side, ids in ((left.side, a), (right.side, b)))
    features = calibration.features(
        text_a, text_b, cosine=unit.cosine, csls=unit.csls, wording=unit.wording, support=support,
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


Runs = Callable[[Sequence[str], int], list[Floats]]  # as `RunEncoder.runs`


def units(left: Side, right: Side, runs: Runs | None = None) -> list[Unit]:
    """Align two articles: units sorted by their place on the left, then on the right.

    Args:
        left: the sentences of one.
        right: those of the other.
        runs: gives the vectors of runs of neighbours; where None, their sentences' vectors are added up.
    """
    if not len(left) or not len(right):
        return []
    spans = _span_cells(left, right)
    chain = _chain(spans, left, right)
    prior = _prior(chain, len(left), len(right))
    if prior > 0:
        chain = _chain(spans, left, right, prior)
    chain = [*chain, *_bridges(spans[0], chain)]
    if _may_be_translation(spans, chain, left, right):
        chain = _translation(spans[0], left, right, runs) or chain
    taken_left = {i for unit in chain for i in unit.left}
    taken_right = {j for unit in chain for j in unit.right}
    free = list(_free(spans[0], taken_left, taken_right))
    return sorted([*chain, *free], key=lambda unit: (unit.left, unit.right))


def _may_be_translation(spans: list[Cells], chain: list[Unit], left: Side, right: Side) -> bool:
    """Whether texts of two languages that the encoder knows may be parallel, though the chain leaves much over."""
    both = len(left) + len(right)
    over = both - sum(len(unit.left) + len(unit.right) for unit in chain)
    known = left.known.all() and right.known.all()
    if over < LEFT_OVER * both or not known or np.isin(left.columns, right.columns).any():
        return False
    return _prior(_chain(spans, left, right, HOPE), len(left), len(right)) > 0


def _translation(single: Cells, left: Side, right: Side, runs: Runs | None) -> list[Unit]:
    """The beads of two parallel texts; none where too many sentences lack support for the texts to be parallel.

    That parts of both are parallel is not enough: what one writer added would be joined to what the other left out.
    """
    beads = _beads(left, right, None)
    # `runs` reads every sentence again, twice: only for texts that are parallel by the sums of their vectors.
    if runs is not None and _parallel(single, beads, left, right):
        beads = _beads(left, right, runs)
    return [unit for unit in beads if unit.logit > -UNLIKELY] if _parallel(single, beads, left, right) else []


def _beads(left: Side, right: Side, runs: Runs | None) -> list[Unit]:
    """The chain of m:n beads through both texts."""
    grams = left.incidence(), right.incidence()
    rarity = similarity.rarity(*grams)
    lefts, rights = (
        {size: _joined(side, of_side, rarity, size) for size in range(1, min(parallel.LONGEST, len(side)) + 1)}
        for side, of_side in zip((left, right), grams, strict=True)
    )
    if runs is not None:
        for side, joined in ((left, lefts), (right, rights)):
            for size, vectors in enumerate(runs(side.texts, max(joined)), start=1):
                joined[size] = replace(joined[size][0], vectors=vectors), joined[size][1]
    found: dict[tuple[int, int], Cells] = {}
    beads = []
    for shape, i, j in parallel.beads(left, right, lefts, rights):
        if shape not in found:
            found[shape] = similarity.compare(*lefts[shape[0]], *rights[shape[1]])
        beads.append(_unit(found[shape], shape, i, j))
    return beads


def _parallel(single: Cells, beads: list[Unit], left: Side, right: Side) -> bool:
    """Whether nearly every sentence of both has a likely counterpart in its bead."""
    return sum(_supported(single.logits, unit) for unit in beads) >= SUPPORTED * (len(left) + len(right))


def _supported(logits: Floats, unit: Unit) -> int:
    """Sentences of the unit, of both sides, that have a likely counterpart in it."""
    inside = logits[np.ix_(unit.left, unit.right)] > -SUPPORT
    return int(inside.any(axis=0).sum() + inside.any(axis=1).sum())


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


def _chain(spans: list[Cells], left: Side, right: Side, prior: float = 0.0) -> list[Unit]:
    """The best monotone chain of units; `prior` is added to the log-odds of each."""
    single = spans[0].logits
    rows, columns = single.shape
    best = np.minimum(single.max(axis=1)[:, None], single.max(axis=0)[None, :])
    gains = np.full((len(SPANS), rows, columns), -np.inf, np.float32)
    for shape, ((a, b), cells) in enumerate(zip(SPANS, spans, strict=True)):
        logits = cells.logits
        m, n = logits.shape
        gains[shape, :m, :n] = logits + np.float32(prior - MERGE_COST * (a + b - 2))
        gains[shape, :m][~left.joinable_runs(a)] = -np.inf
        gains[shape, :, :n][:, ~right.joinable_runs(b)] = -np.inf
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
