"""An unobserved upstream as a whole: its units, what each witness made of them, and what is known of it, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from provtrace.results.names import check_name, in_words
from provtrace.results.wire import WireUnit, units
from provtrace.scoring.language_names import named_language
from provtrace.tables import COPIES, PRECISIONS, TEXT_CREDITS

Tables = Mapping[str, pl.DataFrame]

RELAYED: Final = "relay.origin"  # the rule of a credit whose agency another one cites
MOSTLY: Final = 0.5  # share of what two witnesses have in common, by characters, beyond which one of both copies

CHANGES: Final = pl.Schema(
    {
        "upstream_id": pl.String,
        "article_id": pl.String,
        "change": pl.String,  # dropped, added
        "unit": pl.Int32,  # ? of the upstream: what is dropped
        "sentence": pl.Int32,  # ? of the article: what is added
        "start": pl.Int32,  # ? where that stands in the article's text
        "end": pl.Int32,  # ?
        "text": pl.String,  # the best-supported wording of the unit, or the sentence
    }
)


@dataclass(frozen=True)
class Addition:
    """A sentence of a witness that no other witness has.

    Attributes:
        sentence: its number in the article.
        start: where it begins in the article's text, in characters.
        end: where it ends there.
        text: the sentence.
    """

    sentence: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Account:
    """What one witness made of an upstream.

    Attributes:
        article_id: the article.
        dropped: numbers of the units that it lacks.
        added: sentences of its body that no other witness has, in reading order.
    """

    article_id: str
    dropped: tuple[int, ...]
    added: tuple[Addition, ...]

    def __repr__(self) -> str:
        return f"<Account {self.article_id!r}: dropped {list(self.dropped)}, added {len(self.added)} sentences>"


@dataclass(frozen=True)
class Wire:
    """An unobserved upstream, reconstructed.

    Attributes:
        upstream_id: its id.
        agency: whose it seems to be; None where its witnesses name none, or no one in most of their credits.
        claims: each agency that witnesses credit, and those witnesses, the most first.
        language: the language it was taken from, where that shows; else None.
        versions: languages in which witnesses copy one another word for word, and those witnesses. Of two such
            languages, one at least is that of a translation that is not in the set either.
        notes: the witnesses that say they are translations, and their words.
        originals: each language that witnesses say they were translated from, their own aside, and those witnesses.
        relays: each agency that witnesses say the upstream has its news from, as in "Reuters, citing Tanjug".
        earliest: the earliest date of a witness: the upstream is no later, as far as that date can be trusted.
        earliest_precision: of that date: ``minute``, ``day`` or ``month``.
        latest: the latest date of a witness.
        probability: that there is such a source, 0..1.
        units: its statements, in order.
        accounts: what each witness made of them, by id.
    """

    upstream_id: str
    agency: str | None
    claims: Mapping[str, tuple[str, ...]]
    language: str | None
    versions: Mapping[str, tuple[str, ...]]
    notes: Mapping[str, str]
    originals: Mapping[str, tuple[str, ...]]
    relays: Mapping[str, tuple[str, ...]]
    earliest: datetime | None
    earliest_precision: str | None
    latest: datetime | None
    probability: float
    units: tuple[WireUnit, ...]
    accounts: tuple[Account, ...]

    def __repr__(self) -> str:
        known = f"{self.agency or 'agency unresolved'}, {self.language or 'language unresolved'}"
        return f"<Wire {self.upstream_id!r}: {known}, {len(self.units)} units, {len(self.accounts)} witnesses>"

    def steps(self) -> tuple[str, ...]:
        """What shows further texts that are not in the set, before the upstream or between it and its witnesses."""
        found = [
            f"by their credits, it has its news from {agency} ({in_words(who)})" for agency, who in self.relays.items()
        ]
        if self.language is None:
            if len(self.versions) > 1:
                found.append(
                    f"it was copied in {in_words(self.versions)}: one of these texts at least is a translation"
                )
            return tuple(found)
        for why, between in (("copied word for word", self.versions), ("named in their notes", self.originals)):
            found += [
                f"between it and {in_words(who)} stands a text in {language}, {why}"
                for language, who in between.items()
                if language != self.language
            ]
        return tuple(found)


def reconstruct(tables: Tables, upstream_id: str) -> Wire:
    """All that a run can tell of an unobserved upstream.

    Args:
        tables: the tables of a run.
        upstream_id: the upstream.

    Raises:
        UnknownName: no upstream has that id.
    """
    check_name(upstream_id, tables["upstreams"]["upstream_id"], "upstream")
    row = tables["upstreams"].row(by_predicate=pl.col("upstream_id") == upstream_id, named=True)
    witnesses = sorted(row["witnesses"] or ())
    moved = changes(tables, [upstream_id])
    credits = tables["credits"].filter(pl.col("article_id").is_in(witnesses))
    notes = _notes(tables, credits)
    return Wire(
        upstream_id=upstream_id,
        agency=row["agency"],
        claims=_by_agency(credits.filter(pl.col("role").is_in(TEXT_CREDITS))),
        language=row["language"],
        versions=_versions(tables, witnesses),
        notes={article: "; ".join(said) for article, said in notes.items()},
        originals=_originals(tables, notes),
        relays=_by_agency(credits.filter(rule=RELAYED)),
        earliest=row["earliest"],
        earliest_precision=_precision(tables, witnesses, row["earliest"]),
        latest=row["latest"],
        probability=row["probability"],
        units=tuple(units(tables, [upstream_id])),
        accounts=tuple(_account(witness, moved.filter(article_id=witness)) for witness in witnesses),
    )


def _account(witness: str, moved: pl.DataFrame) -> Account:
    dropped, added = moved.filter(change="dropped"), moved.filter(change="added")
    return Account(
        witness,
        tuple(dropped["unit"]),
        tuple(Addition(**row) for row in added.select("sentence", "start", "end", "text").iter_rows(named=True)),
    )


# --- what witnesses changed -------------------------------------------------------------------------


def changes(tables: Tables, upstream_ids: Sequence[str] | None = None) -> pl.DataFrame:
    """What the witnesses of unobserved upstreams dropped of them and added to them.

    Args:
        tables: the tables of a run.
        upstream_ids: the upstreams; all where None.

    Returns:
        A frame of schema `CHANGES`: by upstream and article, what is dropped in the upstream's order, then what is
        added in the article's. A sentence of the article's body is added where it is in no unit of the upstream and
        does not seem to come from there.
    """
    upstreams = (
        tables["upstreams"]
        if upstream_ids is None
        else tables["upstreams"].filter(pl.col("upstream_id").is_in(list(upstream_ids)))
    )
    pairs = upstreams.select("upstream_id", pl.col("witnesses").alias("article_id")).explode("article_id").drop_nulls()
    wording = pl.DataFrame(
        [(unit.upstream_id, unit.unit, unit.text) for unit in units(tables, upstreams["upstream_id"])],
        schema={name: CHANGES[name] for name in ("upstream_id", "unit", "text")},
        orient="row",
    )
    rendered = tables["upstream_units"].rename({"witness_article_id": "article_id", "witness_sentence": "sentence"})
    dropped = pairs.join(wording, on="upstream_id").join(rendered, on=["upstream_id", "article_id", "unit"], how="anti")
    from_there = tables["origins"].rename({"origin_id": "upstream_id"})
    own = pairs.join(tables["sentences"].filter(role="body"), on="article_id")
    for known in (rendered, from_there):
        own = own.join(known, on=["upstream_id", "article_id", "sentence"], how="anti")
    told = [dropped.with_columns(change=pl.lit("dropped")), own.with_columns(change=pl.lit("added"))]
    found = pl.concat([_with_all(frame) for frame in told])
    return found.sort(
        ["upstream_id", "article_id", "change", "unit", "sentence"], descending=[False, False, True, False, False]
    )


def _with_all(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of `CHANGES`, null where the frame has none."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in CHANGES.items()
    )


# --- what is known of the upstream ------------------------------------------------------------------


def _by_agency(credits: pl.DataFrame) -> dict[str, tuple[str, ...]]:
    """The agencies of these credits and the articles that name them, the most named first."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for agency, article in credits.drop_nulls("agency").select("agency", "article_id").unique().sort(pl.all()).rows():
        found[agency].append(article)
    return {agency: tuple(found[agency]) for agency in sorted(found, key=lambda name: (-len(found[name]), name))}


def _versions(tables: Tables, witnesses: Sequence[str]) -> dict[str, tuple[str, ...]]:
    languages = dict(tables["articles"].select("article_id", "language").iter_rows())
    inside = tables["alignments"].filter(
        pl.col("left_id").is_in(witnesses), pl.col("right_id").is_in(witnesses), pl.col("kind") != "heading"
    )
    length = pl.col("left_end") - pl.col("left_start")
    copied = inside.group_by("left_id", "right_id").agg(
        share=length.filter(pl.col("kind").is_in(COPIES)).sum() / length.sum()
    )
    versions: defaultdict[str, set[str]] = defaultdict(set)
    for left, right, share in copied.iter_rows():
        if languages.get(left) == languages.get(right) and share is not None and share > MOSTLY:
            versions[languages[left]] |= {left, right}
    return {language: tuple(sorted(versions[language])) for language in sorted(versions)}


def _notes(tables: Tables, credits: pl.DataFrame) -> dict[str, list[str]]:
    """The words of the translation notes among these credits, by article."""
    noted = credits.filter(role="translation").join(tables["articles"].select("article_id", "text"), on="article_id")
    notes: defaultdict[str, list[str]] = defaultdict(list)
    columns = ("article_id", "start", "end", "text")
    for article, start, end, text in noted.sort("article_id", "start").select(columns).iter_rows():
        notes[article].append(text[start:end])
    return dict(notes)


def _originals(tables: Tables, notes: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The languages that notes name, and the articles; "French version by" in a French text tells of that one."""
    languages = dict(tables["articles"].select("article_id", "language").iter_rows())
    found: defaultdict[str, set[str]] = defaultdict(set)
    for article, said in notes.items():
        for language in filter(None, map(named_language, said)):
            if language != languages[article]:
                found[language].add(article)
    return {language: tuple(sorted(found[language])) for language in sorted(found)}


def _precision(tables: Tables, witnesses: Sequence[str], earliest: datetime | None) -> str | None:
    """Of several witnesses with that date, the coarsest precision: it may be as late as that one says."""
    if earliest is None:
        return None
    dated = tables["articles"].filter(pl.col("article_id").is_in(witnesses), pl.col("published_at") == earliest)
    found: list[str] = dated["published_precision"].drop_nulls().to_list()
    return max(found, key=PRECISIONS.index, default=None)
