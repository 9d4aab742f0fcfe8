"""Unobserved upstreams: the wire that siblings share and that none of them can have given the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from provtrace.settings import Settings
from provtrace.stages.attribution.direction import LEAST, direct, giver, neither, probability
from provtrace.stages.attribution.family import Family

COVERS: Final = 0.8  # share of what two siblings have in common that an observed article must have to explain it
MAY: Final = 0.5  # probability from which an observed article may have given what two others have in common
SAME: Final = 0.5  # share of the lesser of two sets of sentences from which they are the same material
MANY: Final = 3  # witnesses that show a wire, however little they have of it
MOST: Final = 0.5  # share of a text from which it is mostly what it has in common with another
# From 1 to 2 no labelled set tells; above what a date and faint signs of a language come to together.
DIRECT: Final = 1.4  # log-odds, beside the shape of the texts and a date alone, of having a text from this very source
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


def find_upstreams(family: Family, sourced: Mapping[str, frozenset[str]], settings: Settings) -> list[Upstream]:
    """The unobserved upstreams of a family.

    Args:
        family: the family.
        sourced: members whose shared text observed sources explain already, and those sources.
        settings: the run's settings.
    """
    siblings = [
        (one, other)
        for one, other in sorted(family.verdicts)
        if one not in sourced and other not in sourced and _siblings(family, one, other, settings)
    ]
    return [
        _upstream(family, _with_kin(family, members, sourced))
        for members in _groups(family, siblings)
        if _weighty(family, members) and not _at_hand(family, members, settings)
    ]


def _siblings(family: Family, one: str, other: str, settings: Settings) -> bool:
    if giver(family, one, other, settings) or giver(family, other, one, settings):
        return False
    if family.verdicts[one, other]["relation"] == "co_derived":
        return not _explained(family, one, other, settings.min_direction)
    return neither(family, one, other) is not None and not _explained(family, one, other, MAY)


def _explained(family: Family, one: str, other: str, sure: float) -> bool:
    """Whether an observed article has given both what they have in common, with that probability at least."""
    return any(
        _covers(family, third, one, other)
        and _covers(family, third, other, one)
        and min(probability(family, third, one), probability(family, third, other)) >= sure
        for third in set(family.neighbours[one]) & set(family.neighbours[other])
    )


def _covers(family: Family, third: str, article: str, partner: str) -> bool:
    common = family.shared(article, partner)
    return len(common & family.shared(article, third)) >= COVERS * len(common)


def _groups(family: Family, pairs: list[tuple[str, str]]) -> list[list[str]]:
    """Witnesses that have the same material in common: an article may have parts of several wires."""
    groups: list[list[tuple[str, str]]] = []
    for pair in pairs:
        touching = [group for group in groups if any(_same_material(family, pair, joined) for joined in group)]
        groups = [group for group in groups if group not in touching] + [[pair, *(p for g in touching for p in g)]]
    return sorted(sorted({name for pair in group for name in pair}) for group in groups)


def _same_material(family: Family, pair: tuple[str, str], joined: tuple[str, str]) -> bool:
    """Whether two pairs have an article in common, and mostly the same sentences of it."""
    for article in set(pair) & set(joined):
        shared = [family.shared(article, next(name for name in ends if name != article)) for ends in (pair, joined)]
        if len(shared[0] & shared[1]) >= SAME * min(map(len, shared)):
            return True
    return False


def _weighty(family: Family, members: list[str]) -> bool:
    """Whether a wire shows: many have it, or most of an article is made of it.

    A passage that two compilations have in common has a source, too, but it tells nothing of a wire.
    """
    return len(members) >= MANY or any(
        family.share(one, other) >= MOST for one in members for other in members if family.verdict(one, other)
    )


def _with_kin(family: Family, members: list[str], sourced: Mapping[str, frozenset[str]]) -> list[str]:
    """The witnesses, and what seems to have the wire from one of them, while nothing tells that it is from that one.

    Looks alone (what is contained, what fits, what is earlier) tell of the wire as well as of its witness, or of what
    has it from a witness.
    """
    found = set(members)
    for article, sources in sorted(sourced.items()):
        if all(_from(source, members, sourced) and _as_well(family, article, source, members) for source in sources):
            found.add(article)
    return sorted(found)


def _from(article: str, members: list[str], sourced: Mapping[str, frozenset[str]]) -> bool:
    """Whether the article is a witness, or has all its sources from witnesses."""
    return article in members or (
        article in sourced and all(_from(source, members, sourced) for source in sourced[article])
    )


def _as_well(family: Family, article: str, source: str, members: list[str]) -> bool:
    """Whether what an article has in common with its source may be from the wire that the source is a witness of."""
    if direct(family, source, article) >= DIRECT:
        return False
    wire = frozenset().union(*(family.shared(source, member) for member in members if member != source))
    return len(family.shared(source, article) - wire) < LEAST


def _at_hand(family: Family, members: list[str], settings: Settings) -> bool:
    """Whether another article of the set may be the wire: none but it is needed where the witnesses name no one agency.

    It has what any two of them have in common, and is not known to have it from one of them.
    """
    pairs = [pair for pair in family.verdicts if set(pair) <= set(members)]
    return _agency(family, members) is None and any(
        all(_covers(family, third, *pair) and _covers(family, third, *pair[::-1]) for pair in pairs)
        and not any(giver(family, member, third, settings) for member in members)
        for third in family.articles
        if third not in members
    )


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
