"""Families to the graph: final relations, derivations, unobserved upstreams, and where each sentence comes from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import polars as pl

from provtrace.scoring.encode import load_encoder
from provtrace.settings import Settings
from provtrace.stages.attribution.choice import choice, standing
from provtrace.stages.attribution.direction import giver, log_odds, probability, reasons
from provtrace.stages.attribution.family import Family, Link, families
from provtrace.stages.attribution.upstream import Upstream, find_upstreams
from provtrace.tables import (
    ASSIGNMENTS,
    DERIVATIONS,
    RELATIONS,
    UPSTREAM_UNITS,
    UPSTREAMS,
    conform,
    empty,
)

NEW: Final = 2  # sentences that a further source must add
NEW_SHARE: Final = 0.1  # or share of the derived body
EXPLAINED: Final = 0.5  # share of an article's shared text that an observed source must explain
GIVEN: Final = 16.0  # log-odds of a source that gave all for sure over one that gave nothing
LEANING: Final = 0.55  # probability from which an undecided counterpart is named as an origin, as sure as that
# Of .1 to .7 and .7 to .95, chosen on half of `wmt_composite_dev`; the other half agrees.
THROUGH: Final = 0.3  # probability that both matches hold, from which a sibling tells the source of a sentence
THROUGH_ABROAD: Final = 0.85  # likewise from a sibling in another language
PART: Final = 0.5  # share of an article from which more than a part of it was reused


@dataclass(frozen=True)
class Attribution:
    """The tables that follow from the verdicts; schemas of those names in `tables`."""

    relations: pl.DataFrame
    upstreams: pl.DataFrame
    upstream_units: pl.DataFrame
    derivations: pl.DataFrame
    assignments: pl.DataFrame


@dataclass
class Sources:
    """Where one article's shared sentences come from.

    Attributes:
        givers: articles that may have given it something, by the direction alone.
        observed: articles it derives from, the strongest first, and the sentences that each gave.
        upstreams: unobserved upstreams that it witnesses, by their id in the run.
    """

    givers: list[str]
    observed: dict[str, set[int]] = field(default_factory=dict)
    upstreams: dict[str, Upstream] = field(default_factory=dict)


def attribute(
    verdicts: pl.DataFrame, alignments: pl.DataFrame, profiles: pl.DataFrame, settings: Settings
) -> Attribution:
    """Resolve VERDICTS, with their ALIGNMENTS and PROFILES, family by family; sees whole tables, without texts."""
    taken = set(profiles["article_id"])
    ids = (name for number in count(1) if (name := f"U{number}") not in taken)
    rows = _Rows(verdicts)
    for family in families(verdicts, alignments, profiles, load_encoder(settings.encoder).languages):
        sources = _observed_sources(family, settings)
        observed = {
            article: frozenset(found.observed)
            for article, found in sources.items()
            if _explains(family, article, found)
        }
        for upstream in find_upstreams(family, observed, settings):
            upstream_id = next(ids)
            rows.add_upstream(upstream_id, upstream)
            for witness in upstream.witnesses:
                sources[witness].upstreams[upstream_id] = upstream
            for witness in upstream.witnesses:
                _drop_fellows(sources, witness, upstream_id)
        rows.add_family(family, sources, settings)
    return rows.tables()


# --- observed sources -------------------------------------------------------------------------------


def _observed_sources(family: Family, settings: Settings) -> dict[str, Sources]:
    """For each article, the least set of decided givers that covers what they gave it; no cycles."""
    sources = {
        article: Sources([source for source in family.neighbours[article] if giver(family, source, article, settings)])
        for article in family.articles
    }
    edges = [
        (*_merit(family, source, article, found.givers), source, article)
        for article, found in sources.items()
        for source in found.givers
    ]
    for *_, source, article in sorted(edges):
        if article in _ancestors(sources, source):
            continue
        given = set().union(*sources[article].observed.values())
        new = family.shared(article, source) - given
        length = sum(link.length for link in family.links.get((article, source), []) if set(link.own) & new)
        body = max(family.profiles[article]["body"], 1)
        if not given or (
            _unrelated(family, source, sources[article]) and (len(new) >= NEW or length >= NEW_SHARE * body)
        ):
            sources[article].observed[source] = set(new)
    return sources


def _merit(family: Family, source: str, article: str, givers: list[str]) -> tuple[float, float]:
    """Sort key, best first: who surely gave most, and which of the versions of one text it was; then the closest text.

    A sibling may be closer in wording than the wire and still lack what both took from it; a translation of the
    agency's own translation derives from that one.
    """
    given = len(family.shared(article, source)) / max(len(family.of_others(article)), 1)
    surely = GIVEN * given * probability(family, source, article)
    return -surely - standing(family, article, source, givers), -family.strength(article, source)


def _unrelated(family: Family, source: str, sources: Sources) -> bool:
    """Whether a further source is another text, not another version of one that is listed."""
    return all(family.verdict(source, listed) is None for listed in sources.observed)


def _ancestors(sources: dict[str, Sources], article: str) -> set[str]:
    """The article, all it derives from, and the upstreams of those."""
    found: set[str] = set()
    waiting = [article]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            if name in sources:
                waiting += [*sources[name].observed, *sources[name].upstreams]
    return found


def _drop_fellows(sources: dict[str, Sources], witness: str, upstream_id: str) -> None:
    """What a fellow witness, or who has it from one, seemed to give came from the upstream, too."""
    observed = sources[witness].observed
    for source in [name for name in observed if upstream_id in _ancestors(sources, name)]:
        del observed[source]


def _explains(family: Family, article: str, sources: Sources) -> bool:
    given = set().union(*sources.observed.values())
    return len(given) > EXPLAINED * len(family.of_others(article))


# --- rows -------------------------------------------------------------------------------------------


class _Rows:
    """Collects the rows of all families; `tables` makes frames of them."""

    def __init__(self, verdicts: pl.DataFrame) -> None:
        self.verdicts = verdicts
        self.resolved: dict[tuple[str, str], tuple[str, str | None, float | None, list[str]]] = {}
        self.upstreams: list[tuple[Any, ...]] = []
        self.units: list[tuple[Any, ...]] = []
        self.derivations: list[tuple[Any, ...]] = []
        self.assignments: list[tuple[Any, ...]] = []

    def add_upstream(self, upstream_id: str, upstream: Upstream) -> None:
        self.upstreams.append(
            (upstream_id, upstream.agency, upstream.language, *upstream.dates, upstream.probability, upstream.witnesses)
        )
        for number, unit in enumerate(upstream.units):
            self.units += [(upstream_id, number, article, i, cosine) for (article, i), cosine in sorted(unit.items())]

    def add_family(self, family: Family, sources: dict[str, Sources], settings: Settings) -> None:
        agencies = _Agencies(family, sources)
        for article in family.articles:
            self._assign(family, article, sources[article])
            for source in sources[article].observed:
                self.derivations.append(_derivation(family, sources[article], agencies, source, article))
            for upstream_id in sources[article].upstreams:
                self.derivations.append(_upstream_derivation(family, sources[article], agencies, upstream_id, article))
        lines = {article: _ancestors(sources, article) for article in family.articles}
        for left, right in family.verdicts:
            self.resolved[left, right] = _resolve(family, lines, left, right, settings)

    def _assign(self, family: Family, article: str, sources: Sources) -> None:
        """One origin for each shared sentence: a decided source, else the upstream, else the closest counterpart."""
        done: set[int] = set()
        for source, given in sources.observed.items():
            sure = probability(family, source, article)
            headings = {i for link in family.links[article, source] if link.kind == "heading" for i in link.own}
            done |= self._assign_links(article, source, family.links[article, source], (given | headings) - done, sure)
        for upstream_id, upstream in sources.upstreams.items():
            done |= self._assign_units(family, article, upstream, upstream_id, done)
        for source in sources.observed:
            done |= self._assign_through_siblings(family, article, source, done)
        rest = [other for other in family.neighbours[article] if other not in sources.observed]
        chances = {other: probability(family, other, article) for other in rest}
        for other in sorted(rest, key=lambda name: (-chances[name], -family.strength(article, name), name)):
            wanted = set(family.shared(article, other)) - done
            done |= self._assign_links(article, other, family.links.get((article, other), []), wanted, chances[other])

    def _assign_through_siblings(self, family: Family, article: str, source: str, done: set[int]) -> set[int]:
        """What a sibling has from the source, the article has from it, too: siblings are the easier match.

        Siblings in another language are no easier to match than the source: their matches have to be sure.
        """
        sure = probability(family, source, article)
        found: dict[int, tuple[float, list[int], str]] = {}
        for sibling in family.neighbours[article]:
            abroad = family.language(sibling) != family.language(article)
            least = THROUGH_ABROAD if abroad else THROUGH
            given = {i: link for link in family.links.get((sibling, source), []) for i in link.own}
            for link in family.links[article, sibling]:
                through = next((given[j] for j in link.other if j in given), None)
                if through is None or sibling == source:
                    continue
                for i in link.own:
                    chance = link.probability * through.probability
                    if i not in done and chance >= least:
                        found[i] = max(found.get(i, (0.0, [], "")), (chance, list(through.other), through.kind))
        for i, (chance, sentences, kind) in sorted(found.items()):
            self.assignments.append((article, i, source, sentences, kind, chance * sure))
        return set(found)

    def _assign_links(self, article: str, origin: str, links: list[Link], wanted: set[int], sure: float) -> set[int]:
        best: dict[int, Link] = {}
        for link in links:
            for i in link.own:
                if i in wanted and (i not in best or link.evidence > best[i].evidence):
                    best[i] = link
        for i, link in sorted(best.items()):
            if sure >= LEANING:
                self.assignments.append((article, i, origin, list(link.other), link.kind, link.probability * sure))
            elif sure > 1 - LEANING:
                self.assignments.append((article, i, None, None, "unresolved", link.probability))
            else:  # the other has it from here
                self.assignments.append((article, i, None, None, "novel_in_set", 1 - link.probability * sure))
        return set(best)

    def _assign_units(
        self, family: Family, article: str, upstream: Upstream, upstream_id: str, done: set[int]
    ) -> set[int]:
        numbers = upstream.units_of()
        best: dict[int, Link] = {}
        for witness in upstream.witnesses:
            for link in family.links.get((article, witness), []):
                for i in link.own:
                    if i not in done and (i not in best or link.evidence > best[i].evidence):
                        best[i] = link
        for i, link in sorted(best.items()):
            units = numbers.get((article, i), [])  # none where no other witness says the same
            self.assignments.append(
                (article, i, upstream_id, units, link.kind, link.probability * upstream.probability)
            )
        return set(best)

    def tables(self) -> Attribution:
        relations = [self._relation(row) for row in self.verdicts.iter_rows(named=True)]
        return Attribution(
            _frame(relations, RELATIONS),
            _frame(self.upstreams, UPSTREAMS),
            _frame(self.units, UPSTREAM_UNITS),
            _frame(self.derivations, DERIVATIONS),
            _frame(self.assignments, ASSIGNMENTS),
        )

    def _relation(self, row: dict[str, Any]) -> tuple[Any, ...]:
        resolved = self.resolved.get((row["left_id"], row["right_id"]))
        if resolved is not None:
            relation, source, sure, told = resolved
            row = {
                **row, "relation": relation, "source_id": source, "direction_probability": sure,
                "reasons": [*row["reasons"], *told],
            }  # fmt: skip
        return tuple(row[name] for name in RELATIONS)


def _frame(rows: list[tuple[Any, ...]], schema: pl.Schema) -> pl.DataFrame:
    return conform(pl.DataFrame(rows, schema=schema, orient="row"), schema) if rows else empty(schema)


# --- verdicts in the light of the family ------------------------------------------------------------


def _resolve(
    family: Family, lines: dict[str, set[str]], left: str, right: str, settings: Settings
) -> tuple[str, str | None, float | None, list[str]]:
    """Relation, source, direction probability and reasons of a pair, now that its family is known."""
    row = family.verdicts[left, right]
    sure = max(probability(family, left, right), probability(family, right, left))
    for source, derived, name in ((left, right, "from_left"), (right, left, "from_right")):
        if source in lines[derived]:
            return row[name], source, sure, [*reasons(family, source, derived), f"{derived} derives from {source}"]
    common = sorted((lines[left] & lines[right]) - {left, right})
    if common:
        return "co_derived", None, None, [f"both derive from {common[0]}"]
    if row["relation"] == "co_derived":
        return "co_derived", None, None, ["no article of the set is known as their common source"]
    source, derived, name = (
        (left, right, "from_left") if log_odds(family, left, right) > 0 else (right, left, "from_right")
    )
    told = reasons(family, source, derived)
    if sure >= settings.min_direction:
        return row[name], source, sure, told
    return row["relation"], None, sure, [*told, "direction unresolved"]


# --- derivations ------------------------------------------------------------------------------------


class _Agencies:
    """Whose text an article or upstream is, as far as the graph tells."""

    def __init__(self, family: Family, sources: dict[str, Sources]) -> None:
        self.family = family
        self.sources = sources

    def of(self, article: str) -> set[str]:
        """The agency whose own text it is, else that of its sources, else those it credits."""
        return self._of(article, frozenset())

    def _of(self, article: str, seen: frozenset[str]) -> set[str]:
        own = self.family.profiles[article]["own_agency"]
        if own:
            return {own}
        inherited: set[str] = set()
        for source in self.sources[article].observed:
            if source not in seen:
                inherited |= self._of(source, seen | {article})
        inherited |= {upstream.agency for upstream in self.sources[article].upstreams.values() if upstream.agency}
        return inherited or set(self.family.profiles[article]["claims"])

    def credited(self, article: str, agencies: set[str]) -> str:
        """Whether the article credits one of the agencies, of `tables.CREDITED`."""
        profile = self.family.profiles[article]
        claims = set(profile["claims"]) | ({profile["own_agency"]} if profile["own_agency"] else set())
        if not agencies:
            return "unknown"
        if claims & agencies:
            return "credited"
        return "mismatch" if claims else "uncredited"


def _derivation(family: Family, sources: Sources, agencies: _Agencies, source: str, article: str) -> tuple[Any, ...]:
    row = family.verdict(source, article)
    assert row is not None
    sure = probability(family, source, article)
    chosen, rival = choice(family, article, source, sources.givers)
    name = _name_from(family, source, article)
    share = _share(family, article, family.links[article, source], sources.observed[source])
    told = [*reasons(family, source, article), f"direction {sure:.2f}"]
    if rival:
        told.append(f"rather from {source} than from {rival}: {chosen:.2f}")
    return (
        article, source, name, row["probability"] * sure * chosen, share,
        agencies.credited(article, agencies.of(source)), [*row["reasons"], *told],
    )  # fmt: skip


def _name_from(family: Family, source: str, article: str) -> str:
    """The relation's name, were the one the other's source."""
    row = family.verdict(source, article)
    assert row is not None
    return str(row["from_left"] if source == row["left_id"] else row["from_right"])


def _upstream_derivation(
    family: Family, sources: Sources, agencies: _Agencies, upstream_id: str, article: str
) -> tuple[Any, ...]:
    upstream = sources.upstreams[upstream_id]
    links: dict[str, list[Link]] = defaultdict(list)
    for witness in upstream.witnesses:
        if family.verdict(article, witness) is not None:
            links[witness] = family.links.get((article, witness), [])
    every = [link for found in links.values() for link in found]
    given = {i for link in every for i in link.own}
    share = _share(family, article, every, given)
    closest = sorted(links, key=lambda witness: (-family.strength(article, witness), witness))
    names = [_name_from(family, witness, article) for witness in closest]
    if share >= PART:  # what each witness has a part of, all of them together may have whole
        names += [_name_from(family, article, witness) for witness in closest]
        names = [name for name in names if name != "partial_reuse"] or names
    others = [witness for witness in upstream.witnesses if witness != article]
    reasons = [f"shares text with {', '.join(others)}, none of which can have given it to all the others"]
    return (
        article, upstream_id, names[0], upstream.probability, share,
        agencies.credited(article, {upstream.agency} if upstream.agency else set()), reasons,
    )  # fmt: skip


def _share(family: Family, article: str, links: list[Link], given: set[int]) -> float:
    """Share of the article's body in the units of those sentences; a sentence counts once."""
    lengths: dict[tuple[int, ...], int] = {link.own: link.length for link in links if set(link.own) & given}
    counted: set[int] = set()
    total = 0
    for own in sorted(lengths, key=lambda ids: (-len(ids), ids)):
        if not counted & set(own):
            counted |= set(own)
            total += lengths[own]
    return min(total / max(int(family.profiles[article]["body"]), 1), 1.0)
