"""The sources of every article's text, and the agencies that they lead to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from provtrace.tables import TEXT_CREDITS

# Roles in which an article speaks of its text as a whole: what a sentence says may be handed down with the text.
LINES: Final = ("dateline", "byline", "tail")
ROUTES: Final = ("own", "credit", "interview", "chain")


@dataclass(frozen=True)
class Source:
    """A source of an article's text, and an agency it leads to.

    Attributes:
        source_id: an article or an upstream.
        agency: the agency's id; None where the source leads to none.
        credited: one of `tables.CREDITED`, as the derivation has it.
        share: share of the article's body that came from there, by characters, 0..1.
        route: how the source leads to the agency: it is the agency's ``own`` article; it ``credit``s it, or its
            witnesses do; it credits none, but somebody in it told the agency something (``interview``); or it has its
            text from such a source in turn (``chain``).
    """

    source_id: str
    agency: str | None
    credited: str
    share: float
    route: str


class Sources:
    """Who has text from whom, and which agency's text that is.

    Args:
        tables: the tables of a run.

    Attributes:
        own: article to the agency that its outlet is, or None; every article has an entry.
        named: article to the agencies that it credits for its text, sorted; an article without any has no entry.
        lined: likewise, in a line of credit (`LINES`) and not only in the middle of a sentence.
        told: article to the agencies that it says somebody told something, sorted; likewise.
        releases: articles that say that they are press releases.
        of: article to its sources, by id and agency; an article without any has no entry.
    """

    def __init__(self, tables: Mapping[str, pl.DataFrame]) -> None:
        from provtrace.scoring.agencies import own_agency

        articles = tables["articles"].select("article_id", "outlet", "url")
        self.own = {article: own_agency(outlet, url) for article, outlet, url in articles.iter_rows()}
        role, agencies = pl.col("role"), tables["credits"].drop_nulls("agency")
        self.named = grouped(agencies.filter(role.is_in(TEXT_CREDITS)), "article_id", "agency")
        self.lined = grouped(agencies.filter(role.is_in(LINES)), "article_id", "agency")
        self.told = grouped(agencies.filter(role == "interview"), "article_id", "agency")
        self.releases = frozenset(tables["credits"].filter(role == "press_release")["article_id"])
        self._upstreams: dict[str, str | None] = dict(tables["upstreams"].select("upstream_id", "agency").iter_rows())
        self._above = grouped(tables["derivations"], "derived_id", "source_id")
        self._agencies: dict[str, frozenset[str]] = {}
        self.of: dict[str, list[Source]] = {}
        edges = tables["derivations"].select("derived_id", "source_id", "credited", "share")
        for derived, source, credited, share in edges.sort("derived_id", "source_id").iter_rows():
            route, led = self.leads(source)
            if route == "interview" and derived in self.named:
                led &= frozenset(self.named[derived])  # an interview alone does not call a credit wrong
            ends: list[str | None] = [*sorted(led)] or [None]
            self.of.setdefault(derived, []).extend(Source(source, agency, credited, share, route) for agency in ends)

    def leads(self, source_id: str) -> tuple[str, frozenset[str]]:
        """How a source leads to agencies, and to which.

        Its own, else those of its sources, else those it credits, else those that somebody in it spoke to.
        """
        agencies = self._all_agencies(source_id)
        if self.own.get(source_id) is not None:
            return "own", agencies
        if any(self._agencies[above] for above in self._above.get(source_id, ())):
            return "chain", agencies
        by_interview = source_id in self.told and source_id not in self.named
        return ("interview" if by_interview else "credit"), agencies

    def _all_agencies(self, source_id: str) -> frozenset[str]:
        """Agencies at the end of all ways up from a source; without recursion, for chains of revisions are long."""
        waiting, entered = [source_id], set[str]()
        while waiting:
            current = waiting[-1]
            above = self._above.get(current, []) if self.own.get(current) is None else []
            unknown = [other for other in above if other not in self._agencies and other not in entered]
            entered.add(current)
            if unknown:
                waiting += unknown
                continue
            waiting.pop()
            if current in self._agencies:
                continue
            inherited = frozenset[str]().union(*(self._agencies.get(other, ()) for other in above))
            self._agencies.setdefault(current, inherited or self._by_itself(current))
        return self._agencies[source_id]

    def _by_itself(self, source_id: str) -> frozenset[str]:
        agency = self._upstreams.get(source_id) or self.own.get(source_id)
        if agency is not None:
            return frozenset([agency])
        return frozenset(self.named.get(source_id, ()) or self.told.get(source_id, ()))

    def credits(self, article_id: str, source_id: str) -> bool:
        """Whether an article credits a source for its text, as far as its derivation says, else by the agencies' names.

        What an agency's own article has from that agency needs no credit.
        """
        states = {source.credited for source in self.of.get(article_id, ()) if source.source_id == source_id}
        if states & {"credited", "uncredited", "mismatch"}:
            return "credited" in states
        claims = {*self.named.get(article_id, ()), self.own[article_id]}
        return bool(claims & self.leads(source_id)[1])


def state(source: Source, named: Collection[str]) -> str:
    """What the derivation says about its credit; where it could not say, the names decide."""
    if source.credited != "unknown":
        return source.credited
    if source.agency in named:
        return "credited"
    return "mismatch" if named else "uncredited"


def grouped(frame: pl.DataFrame, key: str, value: str) -> dict[str, list[str]]:
    """The distinct values of every key, sorted."""
    found: Sequence[tuple[str, list[str]]] = frame.group_by(key).agg(pl.col(value).unique().sort()).rows()
    return dict(found)
