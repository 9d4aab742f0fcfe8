"""Unobserved upstreams: the wire that siblings share and that none of them can have given the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from provtrace.settings import Settings
from provtrace.stages.attribution.direction import giver, neither, probability
from provtrace.stages.attribution.family import Family

COVERS: Final = 0.8  # share of what two siblings have in common that an observed article must have to explain it
MAJORITY: Final = 0.5  # of the witnesses' claims, that one agency must exceed


@dataclass(frozen=True)
class Upstream:
    """A common source that is not in the set, as its witnesses show it.

    Attributes:
        witnesses: articles that have it, sorted.
        units: for each unit, in order, the sentences that render it, and their mean cosine to the others'.
        probability: mean probability of the verdicts between witnesses.
        agency: the agency that most of the claims name, if any.
        language: the witnesses' language where they all agree and copy word for word.
        dates: earliest and latest publication of a witness.
    """

    witnesses: tuple[str, ...]
    units: tuple[dict[Place, float], ...]
    probability: float
    agency: str | None
    language: str | None
    dates: tuple[datetime | None, datetime | None]

    def unit_of(self) -> dict[Place, int]:
        """The unit of each witness's sentence."""
        return {place: number for number, unit in enumerate(self.units) for place in unit}


def find_upstreams(family: Family, sourced: Iterable[str], settings: Settings) -> list[Upstream]:
    """The unobserved upstreams of a family.

    Args:
        family: the family.
        sourced: members whose shared text an observed source explains already.
        settings: the run's settings.
    """
    explained = set(sourced)
    siblings = [
        (one, other)
        for one, other in sorted(family.verdicts)
        if one not in explained and other not in explained and _siblings(family, one, other, settings)
    ]
    return [_upstream(family, members) for members in _groups(siblings)]


def _siblings(family: Family, one: str, other: str, settings: Settings) -> bool:
    row = family.verdicts[(one, other)]
    if row["relation"] == "co_derived":
        return True
    if giver(family, one, other, settings) or giver(family, other, one, settings):
        return False
    return neither(family, one, other) is not None and not _explained(family, one, other)


def _explained(family: Family, one: str, other: str) -> bool:
    """Whether an observed article may have given both what they have in common."""
    return any(
        _covers(family, third, one, other)
        and _covers(family, third, other, one)
        and min(probability(family, third, one), probability(family, third, other)) >= 0.5
        for third in set(family.neighbours[one]) & set(family.neighbours[other])
    )


def _covers(family: Family, third: str, article: str, partner: str) -> bool:
    common = family.shared(article, partner)
    return len(common & family.shared(article, third)) >= COVERS * len(common)


def _groups(pairs: list[tuple[str, str]]) -> list[list[str]]:
    groups: list[set[str]] = []
    for pair in pairs:
        touching = [group for group in groups if group & set(pair)]
        groups = [group for group in groups if group not in touching] + [set(pair).union(*touching)]
    return sorted(sorted(group) for group in groups)


def _upstream(family: Family, members: list[str]) -> Upstream:
    inside = [pair for pair in sorted(family.verdicts) if set(pair) <= set(members)]
    dates = sorted(date for name in members if (date := family.profiles[name]["published_at"]) is not None)
    return Upstream(
        tuple(members),
        _units(family, members),
        sum(family.verdicts[pair]["probability"] for pair in inside) / len(inside),
        _agency(family, members),
        _language(family, members),
        (dates[0], dates[-1]) if dates else (None, None),
    )


def _agency(family: Family, members: list[str]) -> str | None:
    claims = Counter(agency for name in members for agency in family.profiles[name]["claims"])
    if not claims:
        return None
    agency, votes = min(claims.items(), key=lambda item: (-item[1], item[0]))
    return agency if votes > MAJORITY * claims.total() else None


def _language(family: Family, members: list[str]) -> str | None:
    languages = {family.profiles[name]["language"] for name in members}
    kinds = Counter(link.kind for one in members for other in members for link in family.links.get((one, other), []))
    copied = kinds["verbatim"] + kinds["near_verbatim"]
    return languages.pop() if len(languages) == 1 and copied > MAJORITY * kinds.total() else None


Place: TypeAlias = tuple[str, int]
"""A sentence of an article."""


def _units(family: Family, members: list[str]) -> tuple[dict[Place, float], ...]:
    """Sentences of different witnesses that are aligned, directly or through another's, in the order of the texts."""
    cosines: dict[Place, list[float]] = defaultdict(list)
    leader: dict[Place, Place] = {}
    for one in members:
        for other in members:
            for link in family.links.get((one, other), []):
                own = [(one, i) for i in link.own]
                _unite(leader, [*own, *((other, j) for j in link.other)])
                for place in own:
                    cosines[place].append(link.cosine)
    groups: dict[Place, dict[Place, float]] = defaultdict(dict)
    for place in sorted(cosines):
        groups[_leader(leader, place)][place] = sum(cosines[place]) / len(cosines[place])
    last = {name: max((i for article, i in cosines if article == name), default=1) or 1 for name in members}
    return tuple(sorted(groups.values(), key=lambda unit: (_place(unit, last), sorted(unit))))


def _unite(leader: dict[Place, Place], places: list[Place]) -> None:
    for place in places[1:]:
        first, second = sorted((_leader(leader, places[0]), _leader(leader, place)))
        leader[second] = first


def _leader(leader: dict[Place, Place], place: Place) -> Place:
    while leader.setdefault(place, place) != place:
        place = leader[place]
    return place


def _place(unit: dict[Place, float], last: dict[str, int]) -> float:
    """Mean relative place of a unit in its witnesses."""
    return sum(i / last[name] for name, i in unit) / len(unit)
