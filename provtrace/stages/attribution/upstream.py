"""Unobserved upstreams: the wire that siblings share and that none of them can have given the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Final

from provtrace.scoring.agencies import strength
from provtrace.settings import Settings
from provtrace.stages.attribution.direction import LEAST, direct, giver, neither, probability
from provtrace.stages.attribution.family import Family, Row
from provtrace.stages.attribution.units import Place, Unit, find_units

# Swept one by one over all development sets, with their originals and without: SAME .2-.8, MANY 2-4 and COVERS .7-.9
# move one phantom at most. From MOST .65 on, fewer of the missing wires show; MAY .6 leaves one more phantom.
COVERS: Final = 0.8  # share of what two siblings have in common that an observed article must have to explain it
MAY: Final = 0.5  # probability from which an observed article may have given what two others have in common
SAME: Final = 0.5  # share of the lesser of two sets of sentences from which they are the same material
MANY: Final = 3  # witnesses that show a wire, however little they have of it
MOST: Final = 0.5  # share of a text from which it is mostly what it has in common with another
# From 1 to 2 no labelled set tells; above what a date and faint signs of a language come to together.
DIRECT: Final = 1.4  # log-odds, beside the shape of the texts and a date alone, of having a text from this very source
# .05 leaves two more phantoms on the sets with their originals, .1 shows two missing wires fewer on those without.
OVERLOOKED: Final = 0.07  # share of what two have in common that the aligner may miss in a third
MAJORITY: Final = 0.5  # of claims, of witnesses, or of what two of them share, that has to be exceeded


@dataclass(frozen=True)
class Upstream:
    """A common source that is not in the set, as its witnesses show it.

    Attributes:
        witnesses: articles that have it, sorted.
        units: the statements that two witnesses or more render, in order.
        probability: mean probability of the verdicts between witnesses.
        agency: the agency that the claims name for the most part, if any.
        language: in which witnesses copy it word for word, where that tells one.
        dates: earliest and latest publication of a witness.
    """

    witnesses: tuple[str, ...]
    units: tuple[Unit, ...]
    probability: float
    agency: str | None
    language: str | None
    dates: tuple[datetime | None, datetime | None]

    def units_of(self) -> dict[Place, list[int]]:
        """The units that each witness's sentence renders."""
        numbers: defaultdict[Place, list[int]] = defaultdict(list)
        for number, unit in enumerate(self.units):
            for place in unit:
                numbers[place].append(number)
        return dict(numbers)


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
    found = [
        _upstream(family, _with_kin(family, members, sourced))
        for members in _groups(family, _without_background(family, siblings))
        if _weighty(family, members) and not _at_hand(family, members, settings)
    ]
    return [upstream for upstream in found if upstream.units]


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


def _without_background(family: Family, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs less those of two wires: both share far more with siblings of their own, and none of those is common.

    An agency recycles its background: what two of its wires have in common does not make them one.
    """
    common: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for one, other in pairs:
        common[one][other], common[other][one] = len(family.shared(one, other)), len(family.shared(other, one))
    near = {
        name: {other for other, count in shared.items() if count >= SAME * max(shared.values())}
        for name, shared in common.items()
    }
    return [(one, other) for one, other in pairs if other in near[one] or one in near[other] or near[one] & near[other]]


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
    if direct(family, source, article) >= DIRECT and not _from_its_own_language(family, article, source, members):
        return False
    wire = frozenset().union(*(family.shared(source, member) for member in members if member != source))
    return len(family.shared(source, article) - wire) < LEAST


def _from_its_own_language(family: Family, article: str, source: str, members: list[str]) -> bool:
    """Whether an article has its text from one in its language, unlike the source's: a witness has the same words.

    Two translators of one text agree in what they say, and hardly in a sentence's wording.
    """
    language = family.language(article)
    return language != family.language(source) and any(
        family.language(member) == language and family.copied(article, member) > MAJORITY for member in members
    )


def _at_hand(family: Family, members: list[str], settings: Settings) -> bool:
    """Whether an article of the set may be the wire: then none but it is needed, whatever the witnesses credit.

    It has what any two of them have in common, but for what the aligner may have missed, and is not known to have it
    from one of them. Where they agree on an agency, the wire is not what another outlet published, and a witness may be
    it only if it credits nobody and has all.
    """
    agency = _agency(family, members)
    return any(
        _has_all(family, third, members, agency is not None and third in members, settings)
        for third in family.articles
        if agency is None or _may_be_its_own(family.profiles[third], agency, third in members)
    )


def _may_be_its_own(profile: Row, agency: str, witness: bool) -> bool:
    """Whether an article may be the agency's own text, by its outlet and, of a witness, its credits."""
    if witness and profile["claims"]:
        return False
    return profile["outlet"] is None or bool(profile["own_agency"] == agency)


def _has_all(family: Family, third: str, members: list[str], strictly: bool, settings: Settings) -> bool:
    """Whether an article has what any two others have in common, and has it from none of them."""
    others = [member for member in members if member != third]
    pairs = [ends for pair in family.verdicts if set(pair) <= set(others) for ends in (pair, pair[::-1])]
    return (
        bool(pairs)
        and all(_has(family, third, *ends, strictly) for ends in pairs)
        and not any(giver(family, other, third, settings) for other in others)
    )


def _has(family: Family, third: str, article: str, partner: str, strictly: bool) -> bool:
    common = family.shared(article, partner)
    lacking = len(common - family.shared(article, third))
    if strictly or not lacking:
        return not lacking
    missed = lacking < LEAST and _covers(family, third, article, partner)
    return missed or lacking < OVERLOOKED * len(common)


def _upstream(family: Family, members: list[str]) -> Upstream:
    inside = [pair for pair in sorted(family.verdicts) if set(pair) <= set(members)]
    dates = sorted(date for name in members if (date := family.profiles[name]["published_at"]) is not None)
    return Upstream(
        tuple(members),
        find_units(family, members),
        sum(family.verdicts[pair]["probability"] for pair in inside) / len(inside),
        _agency(family, members),
        _language(family, members),
        (dates[0], dates[-1]) if dates else (None, None),
    )


def _agency(family: Family, members: list[str]) -> str | None:
    """The agency that the credits name for the most part; a dateline is worth more than a mention."""
    votes: dict[str, float] = defaultdict(float)
    for name in members:
        profile = family.profiles[name]
        for agency, role in zip(profile["claims"], profile["claim_roles"], strict=True):
            votes[agency] += strength(role)
    agency, most = min(votes.items(), key=lambda item: (-item[1], item[0]), default=(None, 0.0))
    return agency if most > MAJORITY * sum(votes.values()) else None


def _language(family: Family, members: list[str]) -> str | None:
    """The language in which witnesses copy one another word for word.

    Of several, the one whose witnesses don't say that their text is a translation; a single one if most write in it.
    """
    spoken = {name: family.language(name) for name in members}
    copied = {
        spoken[one]
        for one, other in combinations(members, 2)
        if spoken[one] == spoken[other] and family.copied(one, other) > MAJORITY
    }
    translated = {spoken[name] for name in members if family.profiles[name]["translated"]}
    left = copied - translated if len(copied) > 1 else copied
    if len(left) != 1:
        return None
    (language,) = left
    most = list(spoken.values()).count(language) > MAJORITY * len(members)
    return language if most or len(copied) > 1 else None
