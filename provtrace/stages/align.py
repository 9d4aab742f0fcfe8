"""Candidate pairs to ALIGNMENTS: which sentences of two articles are counterparts, m:n, with reordering and gaps.

`chain` finds the likeliest monotone chain of units. Journalists also move and repeat sentences: what the chain leaves
over is matched freely, best first, where both sides agree on it. Where a text and its translation were cut into
sentences otherwise, `parallel` finds the chain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import polars as pl

from provtrace.scoring import calibration, coverage, parallel, pivot, similarity
from provtrace.scoring.chain import SPANS, best_chain, going_on, span_odds
from provtrace.scoring.encode import RunEncoder, density_column, load_encoder
from provtrace.scoring.flags import Told, flags
from provtrace.scoring.readings import Readings, letters_of, readings
from provtrace.scoring.similarity import Cells, Floats, Side
from provtrace.scoring.translationese import home
from provtrace.scoring.translator import load_translator
from provtrace.settings import Settings
from provtrace.tables import ALIGNMENTS, conform

PARTLY: Final = 0.5  # share of the sentences matched, on the side matched less, from which texts may be parallel
FREE: Final = 0.5  # log-odds from which a match outside the chain counts
FLAGGED: Final = 0.5  # probability from which the two sides of a unit are held against each other
TOLD_BEFORE: Final = 6  # sentences before a unit that may say who speaks in it, and of whom
UNLIKE: Final = 1 / 8  # share of the sentences that no other alone renders, from which a translation is aligned again
SUPPORT: Final = 4.0  # log-odds below which, negative, nothing in its bead is a counterpart of a sentence
SUPPORTED: Final = 0.85  # share of the sentences of parallel texts that have one
UNLIKELY: Final = 5.0  # log-odds that speak so much against a bead of parallel texts outweigh its place
STORY: Final = 3  # units in two languages from which it is asked in which of them their story is at home
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
    odds: float


def align(sides: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: the sentences of both articles of each pair to ALIGNMENTS.

    Args:
        sides: columns ``left_id``, ``right_id`` and those of EMBEDDED; keyed by the pair.
        settings: the run's settings.
    """
    encoder = load_encoder(settings.encoder)
    reader = encoder if isinstance(encoder, RunEncoder) else None
    articles = _articles(sides, settings.max_sentences, encoder.languages)
    rows = [
        row
        for left_id, right_id in sides.select("left_id", "right_id").unique().sort("left_id", "right_id").iter_rows()
        for row in _pair_rows(articles, left_id, right_id, encoder.languages, reader)
    ]
    aligned = conform(pl.DataFrame(_columns(rows)), ALIGNMENTS)
    if settings.translator is None:
        return aligned
    return pivot.with_directions(aligned, sides, load_translator(settings.translator))


def _columns(rows: Sequence[tuple[Any, ...]]) -> Iterator[pl.Series]:
    """Rows of ALIGNMENTS column by column: made row by row, lists cost polars more than all that is in them."""
    columns = zip(*rows, strict=True) if rows else [()] * len(ALIGNMENTS)
    for (name, dtype), values in zip(ALIGNMENTS.items(), columns, strict=True):
        if isinstance(dtype, pl.List):
            yield _lists(values).rename(name).cast(dtype)
        else:
            yield pl.Series(name, values, dtype)


def _lists(values: Sequence[Sequence[Any]]) -> pl.Series:
    """A column of lists."""
    owners = pl.Series([row for row, value in enumerate(values) for _ in value], dtype=pl.UInt32)
    items = pl.DataFrame({"row": owners, "item": [item for value in values for item in value]})
    every = pl.DataFrame({"row": pl.arange(len(values), eager=True, dtype=pl.UInt32)})
    lists = items.group_by("row").agg("item")
    return every.join(lists, on="row", how="left", maintain_order="left")["item"].fill_null([])


# --- one article ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Article:
    """The alignable sentences of an article: everything but boilerplate and credit lines."""

    side: Side
    numbers: list[int]  # of the sentences
    starts: list[int]
    ends: list[int]
    languages: list[str]
    roles: list[str]

    @cached_property
    def language(self) -> str:
        """That of most sentences; of several, the first in the alphabet."""
        return max(sorted(set(self.languages)), key=self.languages.count)

    @cached_property
    def letters(self) -> Counter[str]:
        """How often it has each run of three letters."""
        return letters_of(self.side.texts)


def _articles(sides: pl.DataFrame, most: int, known: frozenset[str]) -> dict[str, Article]:
    """Each article once, in however many pairs it is. Rows are picked without their vectors first: those are heavy."""
    picked = (
        sides.lazy()
        .select("article_id", "sentence", "role")
        .with_row_index("row")
        .filter(pl.col("role").is_in(["body", "heading"]), pl.col("sentence") < most)
        .unique(["article_id", "sentence"])
        .sort("article_id", "sentence")
        .collect()
    )
    if picked.is_empty():
        return {}
    kept = sides.select(pl.exclude("left_id", "right_id").gather(picked["row"]))
    vectors, densities = matrix(kept["vector"]), matrix(kept["densities"])
    columns = ("sentence", "start", "end", "language", "role", "text")
    articles: dict[str, Article] = {}
    first = 0
    for name, *lists in kept.group_by("article_id", maintain_order=True).agg(columns).iter_rows():
        rows = slice(first, first + len(lists[0]))
        articles[name] = _article(dict(zip(columns, lists, strict=True)), vectors[rows], densities[rows], known)
        first = rows.stop
    return articles


def _article(columns: Mapping[str, list[Any]], vectors: Floats, densities: Floats, known: frozenset[str]) -> Article:
    texts, languages, roles = columns["text"], columns["language"], columns["role"]
    listed = np.array([density_column(language) for language in languages], dtype=np.int64)
    side = Side(
        vectors=vectors,
        densities=similarity.all_densities(vectors, densities, listed),
        texts=texts,
        columns=listed,
        known=np.array([language in known for language in languages], dtype=np.bool_),
        joinable=np.array([role == "body" for role in roles], dtype=np.bool_),
        weights=np.array([max(len(similarity.words(text)), 1) for text in texts], dtype=np.float32),
        languages=np.array(languages),
    )
    return Article(side, columns["sentence"], columns["start"], columns["end"], languages, roles)


def matrix(lists: pl.Series) -> Floats:
    """A column of lists of one length as a float32 matrix."""
    flat: Floats = lists.explode().to_numpy().astype(np.float32, copy=False)
    return flat.reshape(len(lists), -1)


# --- one pair ---------------------------------------------------------------------------------------


def _pair_rows(
    articles: dict[str, Article], left_id: str, right_id: str, known: frozenset[str], reader: RunEncoder | None
) -> Iterator[tuple[Any, ...]]:
    left, right = articles.get(left_id), articles.get(right_id)
    if left is None or right is None:
        return
    aligned = units(left.side, right.side, reader)
    seen = bool(left.side.known.all() and right.side.known.all())
    fits = (
        _fit(left.side, {i for unit in aligned for i in unit.left}, seen),
        _fit(right.side, {j for unit in aligned for j in unit.right}, seen),
    )
    at_home = _home(left, right, aligned)
    supports = similarity.support(
        [([left.numbers[i] for i in unit.left], [right.numbers[j] for j in unit.right]) for unit in aligned],
        [unit.odds for unit in aligned],
    )
    for unit, support in zip(aligned, supports, strict=True):
        yield (left_id, right_id, *_unit_row(left, right, unit, support, known), *fits, at_home, None)


def _home(left: Article, right: Article, aligned: list[Unit]) -> float | None:
    """In whose language the story is more at home, `translationese.home` of what is matched; None within one."""
    languages = left.language, right.language
    if len(aligned) < STORY or languages[0] == languages[1]:
        return None
    lefts, rights = (
        sorted({i for unit in aligned for i in unit.left}),
        sorted({j for unit in aligned for j in unit.right}),
    )
    return home([left.side.texts[i] for i in lefts], [right.side.texts[j] for j in rights], languages)


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
    a, b = unit.left, unit.right
    told = _told(left, a), _told(right, b)
    features = calibration.features(
        told[0].text, told[1].text, cosine=unit.cosine, csls=unit.csls, wording=unit.wording, support=support,
        languages=calibration.pair_languages(told[0].language, told[1].language, known),
    )  # fmt: skip
    chance = calibration.probability(features)
    headings = any(all(side.roles[i] == "heading" for i in ids) for side, ids in ((left, a), (right, b)))
    return (
        [left.numbers[i] for i in a], [right.numbers[i] for i in b],
        left.starts[a[0]], left.ends[a[-1]], right.starts[b[0]], right.ends[b[-1]],
        "heading" if headings else calibration.kind(features), chance,
        features.cosine, features.csls, features.chrf, features.edit, features.anchors,
        features.numbers, features.names, features.quoted, features.run,
        features.quote_run, unit.logit, unit.odds,
        flags(*told) if chance >= FLAGGED else [],
        *(_readings(left, right, *told) if chance >= FLAGGED else Readings()),
    )  # fmt: skip


def _readings(left: Article, right: Article, one: Told, other: Told) -> Readings:
    one_language = one.language == other.language
    return readings(one.text, other.text, (left.letters, right.letters), one_language=one_language)


def _told(article: Article, places: Sequence[int]) -> Told:
    first, texts = places[0], article.side.texts
    return Told(
        " ".join([texts[i] for i in places]),
        article.languages[first],
        tuple(texts[max(0, first - TOLD_BEFORE) : first]),
    )


def units(left: Side, right: Side, encoder: RunEncoder | None = None) -> list[Unit]:
    """Align two articles: units sorted by their place on the left, then on the right.

    Args:
        left: the sentences of one.
        right: those of the other.
        encoder: reads translations again, for runs and tokens; where None, sentences' vectors are added up for runs.
    """
    if not len(left) or not len(right):
        return []
    cells = similarity.compare_runs(left, right, SPANS)
    chain = [
        _unit(cells[step.shape], SPANS[step.shape], step.left, step.right, step.odds)
        for step in best_chain(cells, left, right)
    ]
    if _may_be_translation(chain, left, right):
        chain = _translation(cells[0], left, right, encoder) or chain
    return sorted([*chain, *_free(cells[0], chain, left, right)], key=lambda unit: (unit.left, unit.right))


def _may_be_translation(chain: list[Unit], left: Side, right: Side) -> bool:
    """Whether texts of two languages that the encoder knows may be parallel, though cut into sentences otherwise."""
    lefts, rights = sum(len(unit.left) for unit in chain), sum(len(unit.right) for unit in chain)
    alike = sum(len(unit.left) == len(unit.right) == 1 for unit in chain)
    both = len(left) + len(right)
    known = left.known.all() and right.known.all()
    if both - 2 * alike < UNLIKE * both or not known or left.spoken & right.spoken:
        return False
    return min(lefts / len(left), rights / len(right)) > PARTLY


def _translation(single: Cells, left: Side, right: Side, encoder: RunEncoder | None) -> list[Unit]:
    """The beads of two parallel texts; none where too many sentences lack support for the texts to be parallel.

    That parts of both are parallel is not enough: what one writer added would be joined to what the other left out.
    """
    lefts, rights = _all_runs(left, right)
    chain = parallel.beads(left, right, lefts, rights)
    beads = _beads(chain, lefts, rights)
    # The encoder reads every sentence again, twice: only for texts that are parallel by the sums of their vectors.
    if encoder is not None and _parallel(single, beads, left, right):
        edges = coverage.edges(*_tokens(encoder, left, right), chain, parallel.LONGEST)
        lefts, rights = _read(encoder, left, lefts), _read(encoder, right, rights)
        beads = _beads(parallel.beads(left, right, lefts, rights, edges), lefts, rights)
    return [unit for unit in beads if unit.logit > -UNLIKELY] if _parallel(single, beads, left, right) else []


def _all_runs(left: Side, right: Side) -> tuple[parallel.Runs, parallel.Runs]:
    """The runs of both sides, by their size."""
    grams = left.incidence(), right.incidence()
    rarity = similarity.rarity(*grams)
    lefts, rights = (
        {size: _joined(side, of_side, rarity, size) for size in range(1, min(parallel.LONGEST, len(side)) + 1)}
        for side, of_side in zip((left, right), grams, strict=True)
    )
    return lefts, rights


def _read(encoder: RunEncoder, side: Side, runs: parallel.Runs) -> parallel.Runs:
    """The same runs with the vectors that the encoder has for them."""
    vectors = encoder.runs(side.texts, max(runs))
    return {size: (replace(joined, vectors=vectors[size - 1]), wording) for size, (joined, wording) in runs.items()}


def _tokens(encoder: RunEncoder, left: Side, right: Side) -> tuple[coverage.TokenSide, coverage.TokenSide]:
    return coverage.token_side(encoder.tokens(left.texts)), coverage.token_side(encoder.tokens(right.texts))


def _beads(chain: Sequence[parallel.Bead], lefts: parallel.Runs, rights: parallel.Runs) -> list[Unit]:
    found: dict[tuple[int, int], tuple[Cells, Floats]] = {}
    beads = []
    for (shape, i, j), gained in zip(chain, going_on(chain), strict=True):
        if shape not in found:
            cells = similarity.compare(*lefts[shape[0]], *rights[shape[1]])
            found[shape] = cells, span_odds(cells, lefts[1][0], rights[1][0], shape)
        cells, odds = found[shape]
        beads.append(_unit(cells, shape, i, j, float(odds[i, j]) + gained))
    return beads


def _parallel(single: Cells, beads: list[Unit], left: Side, right: Side) -> bool:
    """Whether nearly every sentence of both has a likely counterpart in its bead."""
    return sum(_supported(single.logits, unit) for unit in beads) >= SUPPORTED * (len(left) + len(right))


def _supported(logits: Floats, unit: Unit) -> int:
    """Sentences of the unit, of both sides, that have a likely counterpart in it."""
    inside = logits[np.ix_(unit.left, unit.right)] > -SUPPORT
    return int(inside.any(axis=0).sum() + inside.any(axis=1).sum())


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
        weights.sum(axis=(1, 2)), side.languages[first],
    )  # fmt: skip
    return joined, similarity.weighted(grams[runs].max(axis=1), rarity)


def _unit(cells: Cells, shape: tuple[int, int], i: int, j: int, odds: float = 0.0) -> Unit:
    return Unit(
        tuple(range(i, i + shape[0])), tuple(range(j, j + shape[1])), float(cells.logits[i, j]),
        float(cells.cosine[i, j]), float(cells.csls[i, j]), float(cells.wording[i, j]), odds,
    )  # fmt: skip


def _free(cells: Cells, chain: Sequence[Unit], left: Side, right: Side) -> Iterator[Unit]:
    """Matches outside the chain: moved sentences, and sentences that say again what is matched already."""
    logits = cells.logits
    joined = {(i, j) for unit in chain for i in unit.left for j in unit.right}
    taken_left, taken_right = {i for i, _ in joined}, {j for _, j in joined}
    likely = logits > FREE
    likely[np.ix_(list(taken_left), list(taken_right))] = False
    if not likely.any():
        return
    best_right, best_left = logits.argmax(axis=1), logits.argmax(axis=0)
    for i, j in zip(*np.nonzero(likely), strict=True):
        mutual = best_right[i] == j and best_left[j] == i
        repeats = logits[i, j] > REPEAT and (
            (i not in taken_left and best_right[i] == j) or (j not in taken_right and best_left[j] == i)
        )
        if mutual or repeats or (left.alike[i], j) in joined or (i, right.alike[j]) in joined:
            yield _unit(cells, (1, 1), int(i), int(j))
