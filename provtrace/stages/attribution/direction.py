"""Who gave to whom: the pair's own evidence, and what third articles say about it.

If S is the source of A, then what A shares with any third article X must be in S, whereas S may share with X what A
left out. How many such sentences each side lacks tells them apart (the omission argument of textual
criticism: a witness that lacks what two others have in common can't have given it to them; Maas 1927). Where S gave
something to both A and B, and they share more than S explains, one descends from the other, and the nearer to S came
first (`stemma`).
"""

from __future__ import annotations

from typing import Final

from provtrace.scoring.calibration import chance
from provtrace.scoring.readings import one_sided
from provtrace.settings import Settings
from provtrace.stages.attribution import stemma
from provtrace.stages.attribution.family import APART, FEW_NAMES, STRANGE, WHOLE, Family, Sentences

# From .6 to 1.0 the labelled sets agree on either half; more decides among siblings whose source is not there.
OMISSION: Final = 0.8  # log-odds for each sentence that one side lacks of what the other shares with third articles
MOST_OMITTED: Final = 5  # of those, what one side lacks beyond the other; more tell no more
# Half of it loses an article with two upstreams on one half of `wmt_composite_dev`, twice as much changes nothing.
TAKEN: Final = 1.0  # log-odds, at least, that a compilation has from another article what both have in common
DESCENT: Final = 0.3  # times how much nearer the one is to what is behind both, where one descends from the other
MOST_DESCENT: Final = 3.0
SPELT: Final = 2.0  # log-odds where one side's names are spelt as by nobody else in its language
# Share of names from which they are: none of 427 German translations of `wmt_derivation_dev` reaches it, 1 in 60 of the
# French and 1 in 30 of the Czech ones.
DRIFTED: Final = 0.25
RENDERED: Final = 2.0  # log-odds where a second text renders the same one in other words
REWRITTEN: Final = 0.25  # share in (near) verbatim sentences from which one of two texts may have the other before it
AS_NEAR: Final = 0.8  # of the evidence a character that two renderings of one text share with it, the less to the more
THIRDS: Final = 30  # third articles that are asked, strongest first
LACKING: Final = 0.2  # share of common material that a giver may lack (alignment misses some)
GAVE: Final = 0.8  # log-odds of a pair's own evidence from which a third article counts as the source of both
EXPLAINS: Final = 0.6  # share of what two articles have in common that such a third must have
LEAST: Final = 2  # sentences that make a lack worth speaking of


def log_odds(family: Family, source: str, derived: str) -> float:
    """Log-odds that `source` is the source of `derived`; antisymmetric.

    Where a third article gave both what they have in common, the shape of their texts is its doing: only claims and
    dates tell who of the two was first. The same holds of a giver that is a compilation.
    """
    if (source, derived) not in family.directions:
        found = _weigh(family, source, derived)
        family.directions[source, derived], family.directions[derived, source] = found, -found
    return family.directions[source, derived]


def _weigh(family: Family, source: str, derived: str) -> float:
    told = family.log_odds(source, derived, "told")
    if _common_giver(family, source, derived):
        return told
    if {source, derived} & family.compilations:
        return _from_compilation(family, source, derived, told)
    return family.log_odds(source, derived) + sum(value for value, _ in _by_others(family, source, derived))


def reasons(family: Family, source: str, derived: str) -> list[str]:
    """What other articles say of the direction, for that source and against it, with the numbers."""
    if _common_giver(family, source, derived) or {source, derived} & family.compilations:
        return []
    return [reason for _, reason in _by_others(family, source, derived)]


def _by_others(family: Family, source: str, derived: str) -> list[tuple[float, str]]:
    """Log-odds that `source` is the source, by what other articles have in common with both, and why."""
    weighed = (_by_omission, _by_renderings, _by_spelling, _by_descent)
    return [(value, why) for weigh in weighed for value, why in [weigh(family, source, derived)] if value]


def _by_omission(family: Family, source: str, derived: str) -> tuple[float, str]:
    """Both may lack some: neither may be the source then, and they count for less, the more evenly they are spread."""
    ours, theirs = _lacking(family, source, derived), _lacking(family, derived, source)
    if max(ours, theirs) < LEAST or not family.seen_whole(source, derived):
        return 0.0, ""  # else what was not matched seems to lack
    found = max(-MOST_OMITTED, min(MOST_OMITTED, one_sided(ours, theirs)))
    lacks = f"{derived} lacks {ours} sentences that {source} shares with other articles ({theirs} the other way)"
    return OMISSION * found, lacks


def direct(family: Family, source: str, derived: str) -> float:
    """The part of the log-odds that tells of this very source.

    The rest (what is contained in what, what fits or lacks) holds of any version of the source as well.
    """
    told = sum(family.log_odds(source, derived, part) for part in APART)
    return told + _by_renderings(family, source, derived)[0] + _by_spelling(family, source, derived)[0]


def _by_renderings(family: Family, source: str, derived: str) -> tuple[float, str]:
    ours, theirs = _rendered_twice(family, source, derived), _rendered_twice(family, derived, source)
    one, other = (source, derived) if ours else (derived, source)
    why = f"another text in the language of {other} renders {one}, too, in other words"
    return RENDERED * (ours - theirs), why


def _from_compilation(family: Family, source: str, derived: str, told: float) -> float:
    """What is left of the evidence where one side is put together from texts of several subjects.

    Such an article took its passages from elsewhere: that it fits one of them does not make it the giver, and where the
    passage is no stranger in the other text, that is the likelier giver.
    """
    if source in family.compilations and derived in family.compilations:
        return told
    sign = 1 if derived in family.compilations else -1
    giver, taker = (source, derived) if sign > 0 else (derived, source)
    fits = family.fit(giver, taker) >= STRANGE and family.share(taker, giver) < WHOLE
    shape = max(sign * (family.log_odds(source, derived) - told), TAKEN if fits else 0.0)
    return told + sign * shape


def _by_spelling(family: Family, source: str, derived: str) -> tuple[float, str]:
    """Whose names came through another language: no text in its own spells them so."""
    if family.language(source) == family.language(derived):
        return 0.0, ""
    ours, theirs = family.respelt(derived), family.respelt(source)
    drifted = [respelt >= DRIFTED * max(names, FEW_NAMES) for respelt, names in (ours, theirs)]
    (respelt, names), article = (ours, derived) if drifted[0] else (theirs, source)
    why = f"{article} spells {respelt} of {names} names otherwise than any other text in its language"
    return SPELT * (drifted[0] - drifted[1]), why


def _by_descent(family: Family, source: str, derived: str) -> tuple[float, str]:
    """Which of two that descend from one another is nearer to a third, which gave what both have."""
    found = [
        (stemma.nearer(family, derived, source, third) - stemma.nearer(family, source, derived, third), third)
        for third in _behind(family, source, derived)
    ]
    strongest, third = max(found, key=lambda pair: abs(pair[0]), default=(0.0, ""))
    near, far = (source, derived) if strongest > 0 else (derived, source)
    why = (
        f"they descend from one another, and {near} is nearer than {far} to {third} ({abs(strongest):.1f} in log-odds)"
    )
    return max(-MOST_DESCENT, min(MOST_DESCENT, DESCENT * strongest)), why


def probability(family: Family, source: str, derived: str) -> float:
    """Probability that `source` is the source of `derived`, given that one of them is."""
    return chance(log_odds(family, source, derived))


def giver(family: Family, source: str, derived: str, settings: Settings) -> bool:
    """Whether the direction is decided, with `source` as the giver."""
    row = family.verdict(source, derived)
    if row is None or (row["relation"] == "co_derived" and not _carries_credit(family, source, derived)):
        return False
    return probability(family, source, derived) >= settings.min_direction


def _carries_credit(family: Family, source: str, derived: str) -> bool:
    """Whether the derived text may have its credit from the source: who takes a text whole takes its credit, too."""
    derived_claims, source_claims = (set(family.profiles[name]["claims"]) for name in (derived, source))
    return bool(derived_claims) and derived_claims <= source_claims and family.whole(source, derived)


def neither(family: Family, one: str, other: str) -> str | None:
    """A third article that shows that neither of the two has its common text from the other."""
    for third in _thirds(family, one, other):
        if _lacks(family, one, other, third) and _lacks(family, other, one, third):
            return third
    return None


def _lacking(family: Family, holder: str, partner: str) -> int:
    """Sentences that the holder shares with third articles, and that the partner lacks."""
    if (holder, partner) not in family.lacking:
        thirds = _thirds(family, holder, partner)
        material = frozenset().union(*(_material(family, holder, partner, third) for third in thirds))
        family.lacking[holder, partner] = len(material - family.shared(holder, partner))
    return family.lacking[holder, partner]


def _rendered_twice(family: Family, source: str, derived: str) -> bool:
    """Whether a further text in the language of `derived` renders all of `source`, too, in other words.

    Two hands that render one text agree in what they say and hardly in a sentence's wording, and come as near to it.
    Who rewrites a text of his own language keeps whole stretches, or strays from what renders that text.
    """
    language = family.language(derived)
    if language == family.language(source) or not family.whole(source, derived):
        return False
    return any(
        family.language(other) == language
        and family.whole(source, other)
        and family.whole(derived, other)
        and family.copied(derived, other) < REWRITTEN
        and _as_near(family, source, derived, other)
        for other in family.neighbours[derived]
        if other != source
    )


def _as_near(family: Family, source: str, one: str, other: str) -> bool:
    low, high = sorted(family.strength(name, source) / max(family.profiles[name]["body"], 1) for name in (one, other))
    return bool(low >= AS_NEAR * high)


def _thirds(family: Family, one: str, other: str) -> list[str]:
    both = set(family.neighbours[one]) & set(family.neighbours[other])
    both = {third for third in both if family.seen_whole(one, third) and family.seen_whole(other, third)}
    # What two articles lack of the source that gave it to each of them tells nothing of them.
    both = {
        third for third in both if not _gave_both(family, third, one, other) or stemma.linked(family, one, other, third)
    }
    return sorted(both, key=lambda third: (-family.strength(one, third) - family.strength(other, third), third))[
        :THIRDS
    ]


def _common_giver(family: Family, one: str, other: str) -> bool:
    """Whether an article gave both what they have in common, to each by itself."""
    return any(not stemma.linked(family, one, other, third) for third in _behind(family, one, other))


def _behind(family: Family, one: str, other: str) -> list[str]:
    """Articles that have what the two have in common and are the source of both, by their own evidence."""
    pair = (one, other) if one < other else (other, one)
    if pair not in family.behind:
        thirds = sorted(set(family.neighbours[one]) & set(family.neighbours[other]))
        family.behind[pair] = [third for third in thirds if _is_behind(family, third, *pair)]
    return family.behind[pair]


def _is_behind(family: Family, third: str, one: str, other: str) -> bool:
    if not _gave_both(family, third, one, other):
        return False
    common, mirrored = family.shared(one, other), family.shared(other, one)
    return len(common & family.shared(one, third)) >= EXPLAINS * len(common) and len(
        mirrored & family.shared(other, third)
    ) >= EXPLAINS * len(mirrored)


def _gave_both(family: Family, third: str, one: str, other: str) -> bool:
    """Whether the third is the source of both by its own evidence."""
    return min(family.log_odds(third, one), family.log_odds(third, other)) >= GAVE


def _material(family: Family, article: str, partner: str, third: str) -> Sentences:
    """What `article` shares with `third`, less what comes from articles that `partner` has nothing to do with."""
    elsewhere: set[int] = set()
    for other in family.neighbours[article]:
        if other not in (partner, third) and family.verdict(other, partner) is None:
            elsewhere |= family.shared(article, other)
    return family.shared(article, third) - elsewhere


def _lacks(family: Family, holder: str, partner: str, third: str) -> bool:
    material = _material(family, holder, partner, third)
    lacking = len(material - family.shared(holder, partner))
    return lacking >= LEAST and lacking > LACKING * len(material)
