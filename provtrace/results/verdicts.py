"""Whether an article's credits fit the agencies whose text it carries, and how to say it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from provtrace.results.names import in_words
from provtrace.results.reuse import WHOLLY
from provtrace.results.sources import ROUTES, Source, Sources, grouped, state
from provtrace.scoring.agencies import agency_name
from provtrace.tables import DIRECTED

VERDICTS: Final = ("own", "credited", "partial", "credit_mismatch", "uncredited", "no_credit_found")
_SHOWN: Final = 3  # articles named in a note


@dataclass(frozen=True)
class _Case:
    """What is known of one article.

    Attributes:
        own: the agency that the outlet itself is.
        named: agencies that the article credits for its text, sorted.
        lined: those of them that a line of credit names.
        told: agencies that it says somebody told something, sorted.
        release: whether it says that it is a press release.
        sources: where its text came from.
        undecided: articles it shares text with while nothing tells who has it from whom, sorted.
        background: articles it shares background with, sorted.
    """

    own: str | None
    named: tuple[str, ...]
    lined: tuple[str, ...]
    told: tuple[str, ...]
    release: bool
    sources: tuple[Source, ...]
    undecided: tuple[str, ...]
    background: tuple[str, ...]

    @property
    def textual(self) -> list[str]:
        return sorted({source.agency for source in self.sources if source.agency is not None})

    @property
    def idle(self) -> list[str]:
        """Agencies that a line credits, though the text came from others and leaves next to nothing for them."""
        shares = {source.source_id: source.share for source in self.sources if source.agency is not None}
        return sorted(set(self.lined) - set(self.textual)) if sum(shares.values()) >= WHOLLY else []


def verdicts(tables: Mapping[str, pl.DataFrame], sources: Sources | None = None) -> pl.DataFrame:
    """Credits against text, per article.

    Args:
        tables: the tables of a run.
        sources: of the same run, where they are known already.

    Returns:
        article_id; credited, the agencies it names for its text, by name; textual, the agencies whose text it
        carries; agencies, the ids of both; interviews, the agencies that it says somebody told something;
        press_release, whether it says that it is one; verdict, one of `VERDICTS`; note, the verdict in words.
    """
    cases = _cases(sources or Sources(tables), tables["relations"])
    rows = []
    for article_id, case in cases.items():
        verdict = _verdict(case)
        both = sorted({*case.named, *case.textual})
        note = _note(verdict, case, cases) + _beside(case)
        named, textual, told = (list(map(agency_name, ids)) for ids in (case.named, case.textual, case.told))
        rows.append((article_id, named, textual, both, told, case.release, verdict, note))
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "article_id": pl.String,
        "credited": pl.List(pl.String),
        "textual": pl.List(pl.String),
        "agencies": pl.List(pl.String),
        "interviews": pl.List(pl.String),
        "press_release": pl.Boolean,
        "verdict": pl.String,
        "note": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _cases(sources: Sources, relations: pl.DataFrame) -> dict[str, _Case]:
    relation = pl.col("relation")
    undecided = _partners(relations.filter(relation.is_in(DIRECTED), pl.col("source_id").is_null()))
    background = _partners(relations.filter(relation == "shared_background"))
    return {
        article_id: _Case(
            own,
            tuple(sources.named.get(article_id, ())),
            tuple(sources.lined.get(article_id, ())),
            tuple(sources.told.get(article_id, ())),
            article_id in sources.releases,
            tuple(sources.of.get(article_id, ())),
            tuple(undecided.get(article_id, ())),
            tuple(background.get(article_id, ())),
        )
        for article_id, own in sources.own.items()
    }


def _partners(pairs: pl.DataFrame) -> dict[str, list[str]]:
    """The other articles of every article's pairs, sorted."""
    both = pl.concat(
        [
            pairs.select(pl.col("left_id").alias("article_id"), pl.col("right_id").alias("other")),
            pairs.select(pl.col("right_id").alias("article_id"), pl.col("left_id").alias("other")),
        ]
    )
    return grouped(both, "article_id", "other")


def _verdict(case: _Case) -> str:
    textual = case.textual
    if case.own is not None and set(textual) <= {case.own}:
        return "own"
    if not textual:
        return "credited" if case.named else "no_credit_found"
    states = {state(source, case.named) for source in case.sources if source.agency is not None}
    if states == {"credited"}:
        return "partial" if case.idle else "credited"
    if "credited" in states:
        return "partial"
    return "credit_mismatch" if "mismatch" in states else "uncredited"


def _note(verdict: str, case: _Case, cases: Mapping[str, _Case]) -> str:
    named = _names(case.named)
    if verdict == "own":
        return f"published by {agency_name(case.own or '')} itself"
    if verdict == "credited":
        return f"names {named}" if case.textual else f"names {named}; no text of it in the set to compare with"
    missing = set(case.textual) - set(case.named)
    if verdict == "partial" and case.idle and not missing:
        return f"names {named}; its text {_matches(case, set(case.textual))} alone"
    if verdict == "partial":
        return f"names {named or 'its source'}; its text also {_matches(case, missing)}"
    if verdict == "credit_mismatch":
        return f"names {named or 'another source'}, its text {_matches(case, missing)}"
    if verdict == "uncredited":
        return f"no credit found; its text {_matches(case, set(case.textual))}"
    return "no credit found" + _company(case, cases)


def _matches(case: _Case, agencies: set[str]) -> str:
    """By what evidence the text leads to these agencies."""
    phrases = {
        "own": "matches articles of",
        "credit": "matches articles that credit",
        "interview": "matches articles that quote what was told to",
        "chain": "goes back to",
    }
    parts = []
    for route in ROUTES:
        found = sorted({s.agency for s in case.sources if s.route == route and s.agency in agencies})
        agencies = agencies - set(found)
        if found:
            parts.append(f"{phrases[route]} {_names(found)}")
    return " and ".join(parts) or "matches other articles as well"


def _company(case: _Case, cases: Mapping[str, _Case]) -> str:
    """What an article without any credit has in common with others."""
    if case.sources:
        return f"; shares text with {_listed([source.source_id for source in case.sources])}"
    others = case.undecided or case.background
    if not others:
        return ""
    credited = sorted({agency for other in others for agency in cases[other].named})
    tail = f", where {_names(credited)} {'is' if len(credited) == 1 else 'are'} credited" if credited else ""
    if case.undecided:
        return f"; shares text with {_listed(others)}, direction unresolved{tail}"
    return f"; shares background with {_listed(others)}{tail}"


def _beside(case: _Case) -> str:
    """What the article says of itself that is no credit, but tells about its text."""
    told = sorted(set(case.told) - set(case.named))
    quotes = f"; quotes what was told to {_names(told)}" if told and case.own not in told else ""
    return quotes + ("; says that it is a press release" if case.release else "")


def _listed(ids: Iterable[str]) -> str:
    unique = sorted(set(ids))
    if len(unique) <= _SHOWN:
        return in_words(unique)
    return f"{', '.join(unique[:_SHOWN])} and {len(unique) - _SHOWN} more"


def _names(agencies: Iterable[str]) -> str:
    return in_words(map(agency_name, agencies))
