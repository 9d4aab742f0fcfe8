"""Where every sentence of one article came from, with the figures that say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from provtrace.errors import TableError
from provtrace.results.names import check_name
from provtrace.results.wire import units

# The figures of an alignment that stand as evidence for a sentence's origin.
EVIDENCE: Final = ("probability", "cosine", "csls", "chrf", "edit", "anchors", "numbers", "names", "quoted", "run")
# Kinds that rest on a counterpart although they name no origin.
_SHARED: Final = ("shared_quote", "background", "unresolved")


@dataclass(frozen=True)
class Origin:
    """Where one sentence came from.

    Attributes:
        article_id: the article it stands in.
        sentence: its number in that article, from 0.
        start: its first character in the article's text.
        end: the character after its last.
        text: the sentence.
        kind: one of `tables.SENTENCE_KINDS`.
        origin_id: the article or upstream it came from; None where there is none, or none is known.
        origin_sentences: sentences of that article, or units of that upstream.
        origin_texts: what stands there, one for one; for a unit of an upstream its best-supported wording, in
            another article where there is one.
        probability: that the kind and the origin hold, 0..1.
        compared_id: the article that `evidence` compares this sentence with; None where nothing was aligned.
        evidence: the figures of that alignment, by the column names of `tables.ALIGNMENTS`.
        flags: what the sentence and its counterpart say differently, of `tables.UNIT_FLAGS`.
    """

    article_id: str
    sentence: int
    start: int
    end: int
    text: str
    kind: str
    origin_id: str | None
    origin_sentences: tuple[int, ...]
    origin_texts: tuple[str, ...]
    probability: float
    compared_id: str | None
    evidence: Mapping[str, float]
    flags: tuple[str, ...] = ()

    def __repr__(self) -> str:
        source = "" if self.origin_id is None else f" from {self.origin_id!r} {list(self.origin_sentences)}"
        return f"<Origin of {self.article_id!r} [{self.sentence}]: {self.kind} {self.probability:.2f}{source}>"

    def __str__(self) -> str:
        differences = [f"says differently: {', '.join(self.flags)}"] if self.flags else []
        origins = (f"from {text!r}" for text in self.origin_texts)
        return "\n  ".join([repr(self), repr(self.text), *origins, *differences])


@dataclass(frozen=True)
class _Counterpart:
    """What one alignment matched a sentence with."""

    article_id: str
    sentences: tuple[int, ...]
    evidence: Mapping[str, float]
    flags: tuple[str, ...]

    @property
    def places(self) -> set[tuple[str, int]]:
        return {(self.article_id, sentence) for sentence in self.sentences}


@dataclass(frozen=True)
class _Place:
    """A sentence of an article, or a unit of an upstream, as an origin."""

    text: str
    sentences: frozenset[tuple[str, int]]


def explain(tables: Mapping[str, pl.DataFrame], article_id: str) -> list[Origin]:
    """Where each sentence of an article came from, in reading order.

    Args:
        tables: the tables of a run.
        article_id: the article.

    Raises:
        UnknownName: no article has that id.
        TableError: the origins table lacks a sentence of the article.
    """
    check_name(article_id, tables["articles"]["article_id"], "article")
    mine = pl.col("article_id") == article_id
    sentences = tables["sentences"].filter(mine).sort("sentence")
    origins = tables["origins"].filter(mine)
    lost = sentences.join(origins, on="sentence", how="anti")
    if not lost.is_empty():
        raise TableError(f"the run has no origin for sentences {lost['sentence'].to_list()} of article {article_id!r}")
    places = _places(tables, origins["origin_id"].drop_nulls().unique().to_list(), article_id)
    counterparts = _counterparts(tables["alignments"], article_id)
    joined = sentences.join(origins.drop("article_id"), on="sentence").sort("sentence")
    return [
        _origin(row, places.get(row["origin_id"], {}), counterparts.get(row["sentence"], []))
        for row in joined.iter_rows(named=True)
    ]


def _origin(row: Mapping[str, Any], places: Mapping[int, _Place], counterparts: Sequence[_Counterpart]) -> Origin:
    numbers = tuple(row["origin_sentences"] or ())
    here = [places[number] for number in numbers if number in places]
    best = _best(row, here, counterparts)
    return Origin(
        article_id=row["article_id"],
        sentence=row["sentence"],
        start=row["start"],
        end=row["end"],
        text=row["text"],
        kind=row["kind"],
        origin_id=row["origin_id"],
        origin_sentences=numbers,
        origin_texts=tuple(place.text for place in here),
        probability=row["probability"],
        compared_id=best.article_id if best else None,
        evidence=dict(best.evidence) if best else {},
        flags=best.flags if best else (),
    )


def _best(row: Mapping[str, Any], here: Sequence[_Place], counterparts: Sequence[_Counterpart]) -> _Counterpart | None:
    """The likeliest alignment that speaks for the origin in `row`."""
    if row["origin_id"] is None:
        fitting = list(counterparts) if row["kind"] in _SHARED else []
    else:
        wanted = {place for origin in here for place in origin.sentences}
        fitting = [other for other in counterparts if wanted & other.places]
    return min(fitting, key=lambda o: (-o.evidence["probability"], o.article_id, o.sentences), default=None)


def _places(
    tables: Mapping[str, pl.DataFrame], origin_ids: Sequence[str], article_id: str
) -> dict[str, dict[int, _Place]]:
    """What stands at every number of every origin: sentences of articles, units of upstreams."""
    found: dict[str, dict[int, _Place]] = {}
    rows = tables["sentences"].filter(pl.col("article_id").is_in(origin_ids)).select("article_id", "sentence", "text")
    for source, number, text in rows.iter_rows():
        found.setdefault(source, {})[number] = _Place(text, frozenset([(source, number)]))
    for unit in units(tables, origin_ids):
        others = [witness for witness in unit.witnesses if witness.article_id != article_id]
        sentences = frozenset((witness.article_id, number) for witness in others for number in witness.sentences)
        text = others[0].text if others else unit.text
        found.setdefault(unit.upstream_id, {})[unit.unit] = _Place(text, sentences)
    return found


def _counterparts(alignments: pl.DataFrame, article_id: str) -> dict[int, list[_Counterpart]]:
    """The other sides of an article's alignments, by its own sentence."""
    found: dict[int, list[_Counterpart]] = {}
    for row, own, other in _sides(alignments, article_id):
        counterpart = _Counterpart(
            row[f"{other}_id"],
            tuple(row[f"{other}_sentences"]),
            {name: row[name] for name in EVIDENCE},
            tuple(row["flags"]),
        )
        for sentence in row[f"{own}_sentences"]:
            found.setdefault(sentence, []).append(counterpart)
    return found


def _sides(alignments: pl.DataFrame, article_id: str) -> Iterator[tuple[Mapping[str, Any], str, str]]:
    for own, other in (("left", "right"), ("right", "left")):
        for row in alignments.filter(pl.col(f"{own}_id") == article_id).iter_rows(named=True):
            yield row, own, other
