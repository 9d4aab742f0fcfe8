"""Which of two articles is the source, by their own evidence: claims, dates, the shape of the texts, the languages.

Each piece of evidence is log-odds that the left article is the source, with a reason in words.
"""

from __future__ import annotations

from datetime import timedelta
from math import copysign
from typing import Final

from provtrace.scoring import pivot
from provtrace.scoring.grounds import credits_differ
from provtrace.scoring.overlap import SIDES, Overlap
from provtrace.scoring.readings import one_sided
from provtrace.scoring.translationese import expansion

WHOLE: Final = 0.85  # share of both sides from which nothing of weight was added or left out
PART: Final = 0.5  # below this share of either side only a part was reused
NEARLY_ALL: Final = 0.9  # share of a text from which the rest of it is too little to tell its subject

# Log-odds that the earlier, credited or larger text is the source. Time alone never reaches `min_direction`.
OWN_AGENCY: Final = 3.0
CREDITS_AGENCY: Final = 2.5
TRANSLATED: Final = 1.5
CONTAINED: Final = 0.6
OTHER_SUBJECT: Final = 8.0  # times the difference of how well the passage fits into either text, -1..1
COMMON_CLAIM: Final = 1.0  # what a credit to an agency on both sides takes from any direction
OTHER_CLAIM: Final = 1.5  # likewise a credit, on the derived side alone, to an agency that the source does not name
# Both below what fits translated test sets best (docs/direction.md): newsrooms translate more about abroad.
HOME: Final = 1.0  # times how much more a story is at home in one of the two languages, -3..3
LEAST_HOME: Final = 0.5  # less is a place or a name by chance
EXPANDED: Final = 20.0  # times how much longer one side is than its language needs, a logarithm
LEAST_EXPANDED: Final = 0.02  # what is known of the usual lengths is good for no less
MOST_EXPANDED: Final = 0.1  # more tells no more: something was added or cut
# Log-odds from the subject, from which the passage is a stranger in one of the texts; 3 loses sources.
STRANGER: Final = 1.5
AT_HOME: Final = 0.28  # a passage that fits less than this is of another subject than the text around it
VAGUER: Final = 0.4  # for each exact number that the other side alone gives
CORRUPT: Final = 0.6  # for each word that is a misread form of the other side's (set on half of `reprint_synth_dev`)
MOST_READ: Final = 0.8  # that either may tell, by itself too little: both may come from a text that is not there
LEAST_READ: Final = 3  # words or numbers that tell anything
EARLIER: Final = {"minute": 0.8, "day": 0.6, "month": 0.3}
STORE_DATE: Final = 0.2
SAME_OUTLET_EARLIER: Final = 2.0
# A translator that decides is right of about three documents in four that people translated, and of more that
# machines did (Wastl et al. 2024): the log-odds of three to one.
TRANSLATOR: Final = 1.1


def direction(overlap: Overlap) -> tuple[float, list[str]]:
    """Log-odds that the left article is the source (negative: the right one), with the reasons."""
    evidence = [
        *told(overlap), *_by_containment(overlap), *_by_subject(overlap), *_by_readings(overlap), *rendered(overlap)
    ]  # fmt: skip
    log_odds = sum(value for value, _ in evidence)
    source, derived = ("left", "right") if log_odds > 0 else ("right", "left")
    if common_claim(overlap):
        log_odds = copysign(max(abs(log_odds) - COMMON_CLAIM, 0.0), log_odds)
    elif _other_claim(overlap, source, derived):
        log_odds = copysign(max(abs(log_odds) - OTHER_CLAIM, 0.0), log_odds)
    return log_odds, [reason for _, reason in evidence]


def told(overlap: Overlap) -> list[tuple[float, str]]:
    """Evidence from claims and dates, which stands whatever the texts look like."""
    return [*_by_claims(overlap), *_by_time(overlap)]


def rendered(overlap: Overlap) -> list[tuple[float, str]]:
    """Evidence for which of two texts in two languages is the translation.

    A passage that is a stranger in one of the texts came there from elsewhere, from a third text perhaps, whichever
    language it is at home in: it does not make that text the source. Nor does it of two texts that each credit a
    third in a form of their own: where that was written, and in which language, tells of the third.
    """
    if common_claim(overlap) and not _credit_handed_on(overlap):
        return []
    found = [*_by_translator(overlap), *_by_home(overlap), *_by_expansion(overlap)]
    subject = sum(value for value, _ in _by_subject(overlap))
    return [(value, why) for value, why in found if value * subject > -STRANGER * abs(value)]


def _by_claims(overlap: Overlap) -> list[tuple[float, str]]:
    found = []
    for sign, side, other in ((1, "left", "right"), (-1, "right", "left")):
        agency, other_agency = overlap.head[f"{side}_own_agency"], overlap.head[f"{other}_own_agency"]
        if agency and agency != other_agency:
            found.append((sign * OWN_AGENCY, f"{overlap.head[f'{side}_id']} is the agency's own text"))
            if agency in overlap.head[f"{other}_claims"]:
                found.append((sign * CREDITS_AGENCY, f"{overlap.head[f'{other}_id']} credits {agency}"))
        translated = overlap.head[f"{other}_translated"] and not overlap.head[f"{side}_translated"]
        if translated and overlap.languages != "same":
            found.append((sign * TRANSLATED, f"{overlap.head[f'{other}_id']} says it is a translation"))
    return found


def _by_containment(overlap: Overlap) -> list[tuple[float, str]]:
    left, right = overlap.share("left"), overlap.share("right")
    if left >= WHOLE > PART + 0.2 > right:
        return [(-CONTAINED, f"{overlap.head['left_id']} is contained in {overlap.head['right_id']}")]
    if right >= WHOLE > PART + 0.2 > left:
        return [(CONTAINED, f"{overlap.head['right_id']} is contained in {overlap.head['left_id']}")]
    return []


def _by_subject(overlap: Overlap) -> list[tuple[float, str]]:
    left, right = overlap.head["left_fit"], overlap.head["right_fit"]
    if left is None or right is None or max(left, right) < AT_HOME:
        return []  # a stranger in both: they may have it from a third
    side = "left" if left < right else "right"
    if overlap.share(side) > NEARLY_ALL:
        return []  # the rest is too little to tell its subject
    stranger = overlap.head[f"{side}_id"]
    low, high = sorted((left, right))
    reason = f"the common passage fits the rest of {stranger} less ({low:.2f} against {high:.2f})"
    return [(OTHER_SUBJECT * (left - right), reason)]


def _by_readings(overlap: Overlap) -> list[tuple[float, str]]:
    """Copies lose: exact numbers become vague, letters are misread; translators write numbers as they like."""
    if overlap.languages != "same":
        return []
    found = []
    for sign, side, other in ((1, "left", "right"), (-1, "right", "left")):
        source, derived = overlap.head[f"{side}_id"], overlap.head[f"{other}_id"]
        exact, vague = _read(overlap, side, "exact"), _read(overlap, other, "exact")
        if exact >= LEAST_READ and exact > vague:
            reason = f"{source} gives {exact} exact numbers that {derived} lacks ({vague} the other way)"
            found.append((sign * min(VAGUER * one_sided(exact, vague), MOST_READ), reason))
        misread, sound = _read(overlap, other, "corrupt"), _read(overlap, side, "corrupt")
        if misread >= LEAST_READ and misread > sound:
            reason = f"{misread} words of {derived} are misread forms of those of {source} ({sound} the other way)"
            found.append((sign * min(CORRUPT * one_sided(misread, sound), MOST_READ), reason))
    return found


def _read(overlap: Overlap, side: str, what: str) -> int:
    return sum(int(unit[f"{side}_{what}"]) for unit in overlap.telling)


def _by_translator(overlap: Overlap) -> list[tuple[float, str]]:
    found = pivot.direction([unit["direction"] for unit in overlap.units if unit["direction"] is not None])
    if found.source is None:
        return []
    derived = overlap.head["right_id" if found.source == "left" else "left_id"]
    reason = (
        f"a translator finds {derived} likelier as the translation, by {abs(found.mean):.2f} nats a token "
        f"(standard error {found.error:.2f}, {found.units} passages)"
    )
    return [(copysign(TRANSLATOR, found.mean), reason)]


def _by_home(overlap: Overlap) -> list[tuple[float, str]]:
    found = overlap.head["home"]
    if found is None or abs(found) < LEAST_HOME:
        return []
    side, other = ("left", "right") if found > 0 else ("right", "left")
    languages = overlap.head[f"{side}_language"], overlap.head[f"{other}_language"]
    reason = f"its places and names are at home in {languages[0]} rather than {languages[1]} ({abs(found):.1f} of 3)"
    return [(HOME * found, reason)]


def _by_expansion(overlap: Overlap) -> list[tuple[float, str]]:
    """Whether one side is a translation by its length; who adapts a text also shortens it."""
    if overlap.languages == "same" or min(overlap.share("left"), overlap.share("right")) < WHOLE:
        return []
    lengths = [
        (unit["left_end"] - unit["left_start"], unit["right_end"] - unit["right_start"]) for unit in overlap.telling
    ]
    found = expansion(lengths, (overlap.head["left_language"], overlap.head["right_language"]))
    if found is None or abs(found) < LEAST_EXPANDED:
        return []
    longer = overlap.head["right_id" if found > 0 else "left_id"]
    reason = f"{longer} is {abs(found):.0%} longer than its language needs, as translations are"
    return [(EXPANDED * max(-MOST_EXPANDED, min(MOST_EXPANDED, found)), reason)]


def _by_time(overlap: Overlap) -> list[tuple[float, str]]:
    left, right = overlap.head["left_published_at"], overlap.head["right_published_at"]
    if left is None or right is None:
        return []
    precision = min(
        (overlap.head["left_published_precision"], overlap.head["right_published_precision"]),
        key=lambda name: EARLIER.get(name, 0.0),
    )
    if abs(left - right) < _smallest_gap(precision):
        return []
    sign, earlier = (1, overlap.head["left_id"]) if left < right else (-1, overlap.head["right_id"])
    if same_outlet(overlap) and overlap.head["left_language"] == overlap.head["right_language"]:
        return [(sign * SAME_OUTLET_EARLIER, f"{earlier} is the same outlet's earlier version")]
    dated = overlap.head["left_dated"] and overlap.head["right_dated"]
    return [(sign * (EARLIER.get(precision, 0.0) if dated else STORE_DATE), f"{earlier} is dated earlier")]


def same_outlet(overlap: Overlap) -> bool:
    """Whether one outlet published both, as far as it is known."""
    return overlap.head["left_outlet"] is not None and overlap.head["left_outlet"] == overlap.head["right_outlet"]


def common_claim(overlap: Overlap) -> str | None:
    """Why both point at a third text: each credits an agency, and neither is one."""
    left, right = overlap.head["left_claims"], overlap.head["right_claims"]
    if not left or not right or overlap.head["left_own_agency"] or overlap.head["right_own_agency"]:
        return None
    shared = sorted(set(left) & set(right))
    if shared:
        return f"both credit {', '.join(shared)}"
    return credits_differ(overlap)


def _credit_handed_on(overlap: Overlap) -> bool:
    """Whether both have a credit to one agency in one form, as who translates an article translates its credit."""
    left, right = (
        set(zip(overlap.head[f"{side}_claims"], overlap.head[f"{side}_claim_roles"], strict=True)) for side in SIDES
    )
    return bool(left & right)


def later_claim(overlap: Overlap) -> str | None:
    """Why both point at a third text: the later one credits an agency that the earlier one does not name."""
    time = sum(value for value, _ in _by_time(overlap))
    source, derived = ("left", "right") if time > 0 else ("right", "left")
    if time == 0.0 or not _other_claim(overlap, source, derived):
        return None
    later, earlier = overlap.head[f"{derived}_id"], overlap.head[f"{source}_id"]
    return f"{later} credits an agency that {earlier}, dated earlier, does not name"


def _other_claim(overlap: Overlap, source: str, derived: str) -> bool:
    """Whether the derived side credits an agency and can't have it from the source."""
    named = {*overlap.head[f"{source}_claims"], overlap.head[f"{source}_own_agency"]}
    return bool(overlap.head[f"{derived}_claims"]) and not named & set(overlap.head[f"{derived}_claims"])


def _smallest_gap(precision: str | None) -> timedelta:
    """Two dates closer than this are the same, for all that their precision says."""
    days = {"minute": 0, "day": 1, "month": 28}.get(precision or "", 28)
    return timedelta(days=days) if days else timedelta(minutes=1)
