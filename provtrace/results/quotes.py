"""What people said, as the articles of a run quote it: one entity an utterance, a row for each of its variants.

A quotation that two articles share has a speaker for its source, so it tells nothing about who copied whom; how its
wording changed on the way tells something about the articles that carry it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any, Final, NamedTuple

import polars as pl

from provtrace.results.passages import LIKELY
from provtrace.scoring.flags.reading import alike
from provtrace.scoring.flags.speech import reworded
from provtrace.scoring.similarity import longest_run, plain, words
from provtrace.scoring.utterances import utterances
from provtrace.tables import conform

QUOTES: Final = pl.Schema(
    {
        "quote_id": pl.String,
        "article_id": pl.String,
        "start": pl.Int32,
        "end": pl.Int32,
        "language": pl.String,
        "form": pl.String,
        "speaker": pl.String,
        "best": pl.Boolean,
        "similarity": pl.Float32,
        "drift": pl.Boolean,
        "text": pl.String,
    }
)
FORMS: Final = ("direct", "indirect")

# Choices, not fitted to any set. Shares are of the shorter one's words that both have in the same order.
ALIGNED: Final = 0.4  # share in one aligned unit from which two quotations are one; `quote_drift` begins there, too
RELATED: Final = 0.6  # share in two articles that have something in common
SETTLED: Final = 0.8  # share from which they are one although their speakers are named differently
RUN: Final = 5  # words in a row that both must have then; a shorter quotation all but one
SHORTEST: Final = 3  # words of a quotation that is recognised by its words alone
FAR_RUN: Final = 10  # words in a row in articles that have nothing else in common (MemeTracker, Leskovec et al. 2009)
REPEATS: Final = 16  # quotations of one article with the same two words that are looked at; texts are hostile
COMPARED: Final = 300  # words by which a quotation is compared
LENGTHS: Final = 2.5  # times as long as the other at most, of two quotations in two languages


@dataclass(frozen=True, eq=False)
class _Variant:
    """A quotation in an article."""

    article_id: str
    start: int
    end: int
    whole: int
    language: str
    text: str
    words: tuple[str, ...]
    sure: bool
    speaker: str | None

    @property
    def place(self) -> tuple[str, int, int]:
        return self.article_id, self.start, self.end


class _Report(NamedTuple):
    """A unit that tells in the article's words what another article quotes."""

    article_id: str
    start: int
    end: int
    quoted: _Variant


def quotes(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Every utterance that articles quote, with its variants.

    Two quotations are one utterance where they stand in one aligned unit and are alike in wording, or, in two
    languages, in number and length; where two articles with anything in common have them in nearly the same words;
    and where ten words in a row are the same. Terms, titles and scare quotes are none, unless another article
    quotes them as somebody's words.

    Args:
        tables: the tables of a run.

    Returns:
        `QUOTES`, sorted by quote, article and place. ``start`` and ``end`` are half-open character offsets into the
        article's text, without the marks, and ``text`` is what stands there. ``form`` is ``direct``, or ``indirect``
        where the article reports what others quote. ``speaker`` is the name by which the article has it, null where
        none was found. ``best`` marks one variant, the wording most like all others in its language. ``similarity``
        (0..1) is the share of the shorter wording's words that the best one has in the same order; ``drift`` says
        whether words of it were replaced by others. Both are null in another language than the best, and for reports.
        The parts of a quotation that its speaker's name interrupts are variants of one utterance where another
        article has it whole, else utterances of their own.
    """
    known = _variants(tables)
    by_article: dict[str, list[_Variant]] = defaultdict(list)
    for variant in known:
        by_article[variant.article_id].append(variant)
    links = [*_repeated(tables["relations"], by_article), *_far(known)]
    reports: list[_Report] = []
    for unit in _units(tables, by_article):
        sides = [_within(by_article.get(unit[f"{side}_id"], ()), unit, side) for side in ("left", "right")]
        if all(sides):
            links += _counterparts(*sides)
        elif "quote_to_indirect" in unit["flags"] and any(sides):
            reports.append(_report(unit, sides))
    return _frame(_groups(known, links), reports, tables)


def _variants(tables: Mapping[str, pl.DataFrame]) -> list[_Variant]:
    """The quotations of all articles, by article and place."""
    told = tables["sentences"].filter(pl.col("role").is_in(["body", "heading"])).sort("article_id", "start")
    spans = {
        article: list(zip(starts, ends, strict=True))
        for article, starts, ends in told.group_by("article_id").agg(pl.col("start"), pl.col("end")).iter_rows()
    }
    found = []
    for article, language, text in (
        tables["articles"].sort("article_id").select("article_id", "language", "text").iter_rows()
    ):
        for said in utterances(text, spans.get(article, []), language):
            quoted = text[said.start : said.end]
            heard = tuple(words(quoted)[:COMPARED])
            found.append(
                _Variant(article, said.start, said.end, said.whole, language, quoted, heard, said.sure, said.speaker)
            )
    return found


# --- which quotations are one -----------------------------------------------------------------------


class _Link(NamedTuple):
    """Two variants that seem to be one utterance; links sort by their weight."""

    weight: tuple[bool, float]  # whether they are in one language; words in common, else how alike they are in length
    one: _Variant
    other: _Variant


def _groups(variants: Iterable[_Variant], links: Iterable[_Link]) -> list[list[_Variant]]:
    """The utterances that are surely somebody's words, each with its variants, by their first place.

    The strongest links come first (Kruskal's order), and none joins what one article quotes as two things: else one
    wrong link, or one speech quoted at length, would make a single utterance of many.
    """
    group_of = {variant: _Group(variant) for variant in variants}
    for link in sorted(
        links, key=lambda link: (*(-float(part) for part in link.weight), link.one.place, link.other.place)
    ):
        small, large = sorted((group_of[link.one], group_of[link.other]), key=lambda group: len(group.variants))
        if small is not large and large.agrees(small):
            large.absorb(small)
            group_of |= dict.fromkeys(small.variants, large)
    distinct = {id(group): sorted(group.variants, key=lambda variant: variant.place) for group in group_of.values()}
    spoken = [group for group in distinct.values() if any(variant.sure for variant in group)]
    return sorted(spoken, key=lambda group: group[0].place)


class _Group:
    """Variants of one utterance, and each article's wordings of it."""

    def __init__(self, variant: _Variant) -> None:
        self.variants = [variant]
        self._wordings = {variant.article_id: {variant.words: variant}}

    def agrees(self, other: _Group) -> bool:
        """Whether no article quotes two different things in the two groups; parts of one quotation are not two."""
        return all(
            mine.whole == theirs.whole or _shared(mine, theirs) >= ALIGNED
            for article, wordings in other._wordings.items()
            for mine, theirs in product(self._wordings.get(article, {}).values(), wordings.values())
        )

    def absorb(self, other: _Group) -> None:
        """Take over the variants of another group."""
        self.variants += other.variants
        for article, wordings in other._wordings.items():
            self._wordings.setdefault(article, {}).update(wordings)


def _units(tables: Mapping[str, pl.DataFrame], quoting: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The likely units in which an article may quote."""
    names = pl.Series(sorted(quoting), dtype=pl.String)
    likely = tables["alignments"].filter(
        pl.col("probability") >= LIKELY,
        pl.col("left_id").is_in(names.implode()) | pl.col("right_id").is_in(names.implode()),
    )
    columns = ("id", "start", "end")
    return likely.select(*(f"{side}_{name}" for side in ("left", "right") for name in columns), "flags").iter_rows(
        named=True
    )


def _within(variants: Sequence[_Variant], unit: Mapping[str, Any], side: str) -> list[_Variant]:
    """An article's quotations that stand in a unit, at least in part."""
    first = bisect_right(variants, unit[f"{side}_start"], key=lambda variant: variant.end)
    last = bisect_left(variants, unit[f"{side}_end"], key=lambda variant: variant.start)
    return list(variants[first:last])


def _counterparts(left: Sequence[_Variant], right: Sequence[_Variant]) -> Iterator[_Link]:
    """The quotations of a unit's two sides that are one."""
    if left[0].language != right[0].language:
        if len(left) == len(right):
            yield from filter(None, map(_translated, left, right))
        return
    for ours, theirs in ((left, right), (right, left)):
        for one in ours:
            other = max(theirs, key=lambda other: _shared(one, other))
            if _shared(one, other) >= ALIGNED:
                yield _worded(one, other)


def _translated(one: _Variant, other: _Variant) -> _Link | None:
    """The link of two quotations in two languages, if one is not far longer than the other."""
    sizes = sorted((len(plain(one.text)), len(plain(other.text))))
    return _Link((False, sizes[0] / sizes[1]), one, other) if 0 < sizes[1] <= LENGTHS * sizes[0] else None


def _worded(one: _Variant, other: _Variant) -> _Link:
    return _Link((True, float(_common(one, other))), *sorted((one, other), key=lambda variant: variant.place))


def _common(one: _Variant, other: _Variant) -> int:
    """Words that both have in the same order."""
    from rapidfuzz.distance import LCSseq

    return LCSseq.similarity(one.words, other.words)


def _shared(one: _Variant, other: _Variant) -> float:
    """Their share in the shorter one, 0..1."""
    return _common(one, other) / max(min(len(one.words), len(other.words)), 1)


def _repeated(relations: pl.DataFrame, by_article: Mapping[str, Sequence[_Variant]]) -> Iterator[_Link]:
    """Quotations in nearly the same words, in one article or in two that have something in common."""
    pairs = {article: _word_pairs(variants) for article, variants in by_article.items()}
    within = ((article, article) for article in by_article)
    related = (ends for ends in relations.select("left_id", "right_id").iter_rows() if pairs.keys() >= set(ends))
    for left, right in (*within, *related):
        alike_in = pairs[left].keys() & pairs[right].keys()
        near = {couple for both in alike_in for couple in product(pairs[left][both], pairs[right][both])}
        yield from (_worded(one, other) for one, other in near if one.place != other.place and _same_words(one, other))


def _word_pairs(variants: Sequence[_Variant]) -> dict[tuple[str, ...], list[_Variant]]:
    """An article's quotations by language and two words in a row; not more than a few of one such pair."""
    found: dict[tuple[str, ...], list[_Variant]] = defaultdict(list)
    for variant in variants:
        for both in set(pairwise(variant.words)):
            if len(found[variant.language, *both]) < REPEATS:
                found[variant.language, *both].append(variant)
    return found


def _same_words(one: _Variant, other: _Variant) -> bool:
    size = min(len(one.words), len(other.words))
    if size < SHORTEST or longest_run(one.words, other.words) < min(RUN, size - 1):
        return False
    if one.article_id == other.article_id:  # a report that says it twice
        return _shared(one, other) == 1
    return _shared(one, other) >= (SETTLED if _other_speaker(one, other) else RELATED)


def _other_speaker(one: _Variant, other: _Variant) -> bool:
    """Whether both have a speaker, and the two names not a word in common."""
    if one.speaker is None or other.speaker is None:
        return False
    ours, theirs = (
        {word[:5] for word in plain(name).split() if len(word) > 1} for name in (one.speaker, other.speaker)
    )
    return not ours & theirs


def _far(variants: Sequence[_Variant]) -> Iterator[_Link]:
    """Quotations with a long run of words in common, in whatever articles."""
    first: dict[tuple[str, ...], _Variant] = {}
    for variant in variants:
        for start in range(len(variant.words) - FAR_RUN + 1):
            holder = first.setdefault(variant.words[start : start + FAR_RUN], variant)
            if holder is not variant and _shared(holder, variant) >= RELATED:
                yield _worded(holder, variant)
                break


def _report(unit: Mapping[str, Any], sides: Sequence[Sequence[_Variant]]) -> _Report:
    """The side of a unit that reports, with the longest quotation of the other."""
    side, quoted = ("right", sides[0]) if sides[0] else ("left", sides[1])
    longest = max(quoted, key=lambda variant: len(variant.words))
    return _Report(unit[f"{side}_id"], unit[f"{side}_start"], unit[f"{side}_end"], longest)


# --- the frame --------------------------------------------------------------------------------------


def _frame(
    groups: Sequence[Sequence[_Variant]], reports: Iterable[_Report], tables: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    articles = {
        article: (language, text)
        for article, language, text in tables["articles"].select("article_id", "language", "text").iter_rows()
    }
    reported: dict[_Variant, set[tuple[str, int, int]]] = defaultdict(set)
    for report in reports:
        reported[report.quoted].add((report.article_id, report.start, report.end))
    rows: list[tuple[object, ...]] = []
    for number, group in enumerate(groups, start=1):
        best = _best(group)
        told = [_direct(variant, best) for variant in group]
        for article, start, end in _closest(set().union(*(reported.get(variant, ()) for variant in group))):
            language, text = articles[article]
            told.append((article, start, end, language, "indirect", None, False, None, None, text[start:end]))
        rows += [(f"Q{number}", *row) for row in sorted(told, key=lambda row: row[:3])]
    return conform(pl.DataFrame(rows, schema=QUOTES, orient="row"), QUOTES)


def _closest(reports: Set[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Of reports one inside the other, which units with more or fewer sentences make, the innermost."""
    found: list[tuple[str, int, int]] = []
    for article, start, end in sorted(reports, key=lambda report: (report[0], report[2], -report[1])):
        if not found or found[-1][0] != article or found[-1][1] < start:
            found.append((article, start, end))
    return found


def _direct(variant: _Variant, best: _Variant) -> tuple[Any, ...]:
    comparable = variant.language == best.language
    return (
        *variant.place, variant.language, "direct", variant.speaker, variant is best,
        _shared(variant, best) if comparable else None,
        reworded(variant.words, best.words) if comparable else None,
        variant.text,
    )  # fmt: skip


def _best(group: Sequence[_Variant]) -> _Variant:
    """The variant whose wording is most like all others in its language; the longest, then the first, of equals.

    A part of an interrupted quotation is none where another part of it is here: then somebody has the whole.
    """
    parts = Counter((variant.article_id, variant.whole) for variant in group)
    entire = [variant for variant in group if parts[variant.article_id, variant.whole] == 1]
    wordings: dict[tuple[str, tuple[str, ...]], list[_Variant]] = defaultdict(list)
    for variant in sorted(entire or group, key=lambda variant: variant.place):
        wordings[variant.language, variant.words].append(variant)

    def support(wording: tuple[str, tuple[str, ...]]) -> float:
        language, said = wording
        likeness = (alike(said, other[1]) * len(of) for other, of in wordings.items() if other[0] == language)
        return round(sum(likeness), 6)  # sums of equal wordings tie, and what follows decides

    chosen = min(wordings, key=lambda wording: (-support(wording), -len(wording[1]), wordings[wording][0].place))
    return wordings[chosen][0]
