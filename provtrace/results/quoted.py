"""What people said as objects: one `Quote` an utterance, made of the rows of `results.quotes.QUOTES`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import polars as pl

from provtrace.results.names import counted


@dataclass(frozen=True)
class Variant:
    """An article's wording of an utterance, or its report of it.

    Attributes:
        article_id: the article.
        start: its first character in the article's text, behind the mark.
        end: the character after the last, before the mark.
        language: ISO 639-1.
        form: ``direct``, or ``indirect`` where the article reports what others quote.
        speaker: the name by which the article has the speaker; None where none was found.
        best: whether it is the wording most like all others in its language.
        similarity: share of the shorter wording's words that the best one has in the same order, 0..1; None in
            another language, and for reports.
        drift: whether words of the best one were replaced by others; None likewise.
        text: what stands there.
    """

    article_id: str
    start: int
    end: int
    language: str
    form: str
    speaker: str | None
    best: bool
    similarity: float | None
    drift: bool | None
    text: str

    def __repr__(self) -> str:
        said = "" if self.speaker is None else f" by {self.speaker!r}"
        return f"<Variant in {self.article_id!r} [{self.start}:{self.end}]: {self.form}{said}, {self.text!r}>"


@dataclass(frozen=True)
class Quote:
    """An utterance, with every article's wording of it.

    Attributes:
        quote_id: its id in the frame of quotes.
        variants: by article and place.
    """

    quote_id: str
    variants: tuple[Variant, ...]

    @property
    def best(self) -> Variant:
        """The wording most like all others in its language; the first, where that one is not among the variants."""
        return next((variant for variant in self.variants if variant.best), self.variants[0])

    @property
    def text(self) -> str:
        """The best wording."""
        return self.best.text

    @property
    def language(self) -> str:
        """The best wording's, ISO 639-1."""
        return self.best.language

    @property
    def speaker(self) -> str | None:
        """The fullest name that an article has for the speaker: most words, then most articles.

        Names in the best wording's language go before others.
        """
        names = Counter((variant.language, variant.speaker) for variant in self.variants if variant.speaker)
        ranked = sorted(names, key=lambda name: (name[0] != self.language, -len(name[1].split()), -names[name], name))
        return ranked[0][1] if ranked else None

    @property
    def article_ids(self) -> tuple[str, ...]:
        """The articles that have it, sorted."""
        return tuple(sorted({variant.article_id for variant in self.variants}))

    def __repr__(self) -> str:
        said = "" if self.speaker is None else f" by {self.speaker!r}"
        where = f"{counted(len(self.variants), 'variant')} in {counted(len(self.article_ids), 'article')}"
        return f"<Quote {self.quote_id}{said}: {where}, {self.text!r}>"

    def __str__(self) -> str:
        return "\n  ".join(map(repr, [self, *self.variants]))


def as_quotes(frame: pl.DataFrame) -> list[Quote]:
    """Rows of a `results.quotes.QUOTES` frame as objects, in the frame's order."""
    groups = frame.group_by("quote_id", maintain_order=True)
    return [
        Quote(str(quote_id), tuple(Variant(**row) for row in rows.drop("quote_id").iter_rows(named=True)))
        for (quote_id,), rows in groups
    ]


def shared(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of utterances that two articles or more have."""
    return frame.filter(pl.col("article_id").n_unique().over("quote_id") > 1)
