"""Scores of quotations: which of them are one utterance, who said it, and what in quotation marks nobody said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import polars as pl

from provtrace.results.evaluate.gold import Gold, Quotation
from provtrace.results.evaluate.measures import b_cubed, score_sets
from provtrace.results.evaluate.scores import Figures
from provtrace.results.quotes import quotes
from provtrace.scoring.similarity import plain

STEM = 5  # letters by which two spellings of a name are one


class Quoted(NamedTuple):
    """A quotation that was found: which utterance it is, and by whom the article has it said."""

    article_id: str
    text: str
    quote_id: str
    speaker: str | None


def quote_figures(tables: Mapping[str, pl.DataFrame], truth: Gold) -> Figures:
    """Figures of what `results.quotes.quotes` finds in a run; see `quotation_figures`."""
    rows = quotes(tables).filter(form="direct").select("article_id", "text", "quote_id", "speaker")
    return quotation_figures(map(Quoted._make, rows.iter_rows()), truth)


def quotation_figures(found: Iterable[Quoted], truth: Gold) -> Figures:
    """Utterances against the gold's, over the quotations that the gold names.

    A quotation of the gold that was not found is an utterance of its own. What else was found is neither right nor
    wrong: a gold lists what is quoted more than once.

    Args:
        found: every quotation that was found.
        truth: the gold, with quotations.

    Returns:
        B-cubed and pairwise precision, recall and F1; ``found`` of ``quotations``; ``not_quotes_taken``: how many of
        ``not_quotes``, what stands in quotation marks and nobody said, count as said; ``speakers_right`` of
        ``speakers_given``, a name being right that has a word in common with the gold's.
    """
    by_article: dict[str, list[Quoted]] = {}
    for quoted in found:
        by_article.setdefault(quoted.article_id, []).append(quoted)
    met = [_counterpart(wanted, by_article) for wanted in truth.quotations]
    ours = [other.quote_id if other else f"\0{number}" for number, other in enumerate(met)]
    right = [wanted.utterance for wanted in truth.quotations]
    cubed, pairs = b_cubed(ours, right), score_sets(_pairs(ours), _pairs(right))
    named = [(other.speaker, wanted.speaker) for other, wanted in zip(met, truth.quotations, strict=True) if other]
    given = [(name, true) for name, true in named if name is not None and true is not None]
    return {
        **{f"b3_{name}": value for name, value in cubed._asdict().items()},
        **{f"pair_{name}": value for name, value in pairs._asdict().items()},
        "found": len(named),
        "quotations": len(truth.quotations),
        "not_quotes_taken": sum(_counterpart(term, by_article) is not None for term in truth.not_quotes),
        "not_quotes": len(truth.not_quotes),
        "speakers_right": sum(_same_name(name, true) for name, true in given),
        "speakers_given": len(given),
    }


def _counterpart(wanted: Quotation, by_article: Mapping[str, Sequence[Quoted]]) -> Quoted | None:
    """The quotation found in the same article of which one is a part of the other; the one most like it in length."""
    words = plain(wanted.text)
    met = [
        (abs(len(theirs) - len(words)), number, other)
        for number, other in enumerate(by_article.get(wanted.article_id, ()))
        if (theirs := plain(other.text)) and words and (theirs in words or words in theirs)
    ]
    return min(met)[2] if met else None


def _pairs(labels: Sequence[str]) -> set[tuple[int, int]]:
    return {(i, j) for i, j in combinations(range(len(labels)), 2) if labels[i] == labels[j]}


def _same_name(ours: str, theirs: str) -> bool:
    one, other = ({word[:STEM] for word in plain(name).split() if len(word) > 1} for name in (ours, theirs))
    return bool(one & other)
