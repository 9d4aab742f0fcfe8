"""The verdict on a pair of articles, from its alignments and profiles: decided before any sentence gets an origin.

How much of both texts is matched, how strongly, and in which order tells a common text from a common event; single
sentences do not (two reports of one event have plenty of similar ones). Direction comes from evidence, time last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from math import copysign, exp
from typing import Any, Final

import polars as pl

from provtrace.scoring import calibration, pivot
from provtrace.scoring.calibration import QUOTE_RUN
from provtrace.scoring.encode import load_encoder
from provtrace.scoring.grounds import LATER, LONG_RUN, credits_differ, doubts, grounds, stands_late
from provtrace.scoring.overlap import SIDES, Overlap, Row
from provtrace.scoring.readings import one_sided
from provtrace.scoring.translationese import expansion
from provtrace.settings import Settings
from provtrace.tables import COPIES, VERDICTS, conform

UNSURE: Final = 0.5  # from here to min_probability a pair stays unresolved
DOUBTFUL: Final = 0.25  # probability from which a common text is too likely to call it anything else
TOLD_QUOTED: Final = 0.3  # share inside quotation marks, on both sides, of a passage that tells what someone said
SAID: Final = {"same": 0.5, "cross": 0.95, "unknown": 0.95}  # likeness by itself from which both quote the same words
EVENT_EVIDENCE: Final = 3.0  # log-odds in sum from which two articles report one event
EXCERPT: Final = 80  # characters copied that make an excerpt, though the articles have little else in common
EXCERPT_SHARE: Final = 0.1  # share of either text that it must be: long texts have a sentence in common by chance
# Log-odds that two articles of a low pair probability share background: a bias by their languages, and weights of the
# log-odds of their likest passage by itself, of how late it stands in both, and of how much is matched (two reports of
# one event match much, and none of it well). Rounded from a fit to the background of invented stories against quotes
# and events (docs/calibration.md), the bias within one language in the middle of the gap that the seeds leave.
BACKGROUND: Final = {"same": -3.0, "cross": -9.5, "unknown": -9.5}
TEXT: Final = 2.5
LATE: Final = 3.0
MATCHED: Final = 2.0
BACKGROUND_LENGTH: Final = 60  # characters of a passage from which it is more than a formula or a footer
WHOLE: Final = 0.85  # share of both sides from which nothing of weight was added or left out
NEARLY_ALL: Final = 0.9  # share of a text from which the rest of it is too little to tell its subject
PART: Final = 0.5  # below this share of either side only a part was reused
COPIED: Final = 0.5  # share of the matched text in (near) verbatim units that makes a copy

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
STRANGER: Final = (
    1.5  # log-odds from the subject, from which the passage is a stranger in one of the texts; 3 loses sources
)
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


def relate(compared: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: ALIGNMENTS joined with the PROFILES of both sides (``left_``, ``right_``) to VERDICTS; keyed by pair."""
    known = load_encoder(settings.encoder).languages
    ordered = compared.sort("left_id", "right_id", "left_start", "right_start")
    rows = [
        row
        for _, frame in ordered.group_by("left_id", "right_id", maintain_order=True)
        if (row := Comparison(frame.to_dicts(), known).relation(settings)) is not None
    ]
    return conform(pl.DataFrame(rows, schema=VERDICTS, orient="row"), VERDICTS)


@dataclass(frozen=True)
class Comparison(Overlap):
    """Two articles, their aligned units and their PROFILES: what they are to each other."""

    # --- verdict ------------------------------------------------------------------------------------

    def relation(self, settings: Settings) -> tuple[Any, ...] | None:
        """A row of VERDICTS, or None where the two have nothing worth a line."""
        recycled = bool(self.telling) and self._recycled()
        if self.probability >= UNSURE and not recycled:
            return self._derived(self.probability, settings)
        if not recycled and (length := self._copied()):
            sure = self._surest() * (1 - exp(-length / EXCERPT))
            return self._derived(sure, settings, f"{length} characters are copied")
        found = self._undirected(recycled)
        if found is None:
            return None
        kind, sure, reason = found
        return self._row(kind, None, sure, None, [reason, *grounds(self), *doubts(self)])

    def _derived(self, probability: float, settings: Settings, *more: str) -> tuple[Any, ...]:
        reasons, against = [*grounds(self), *more], doubts(self)
        if probability < settings.min_probability:
            asked = f"below the probability asked for ({probability:.2f} of {settings.min_probability:.2f})"
            return self._row("unresolved", None, probability, None, [*reasons, asked, *against])
        log_odds, why = self.direction()
        sure = calibration.chance(abs(log_odds))
        third = self.common_claim or self.later_claim
        if sure < settings.min_direction and third:
            told = [third] if not any(third in reason for reason in (*reasons, *against)) else []
            return self._row("co_derived", None, probability, None, [*reasons, *told, *against])
        reasons = [*reasons, *why, *against]
        if sure < settings.min_direction:
            return self._row(self.kind(None), None, probability, sure, reasons)
        side = "left" if log_odds > 0 else "right"
        return self._row(self.kind(side), self.head[f"{side}_id"], probability, sure, reasons)

    def kind(self, source: str | None) -> str:
        """The relation's name, of `tables.DIRECTED`, with that side as the source (None: not known)."""
        low, high = sorted((self.share("left"), self.share("right")))
        derived = {"left": self.share("right"), "right": self.share("left"), None: high}[source]
        if derived < PART:
            return "partial_reuse"
        if self.languages != "same":
            return "translation" if low >= WHOLE else "adaptation"
        if self._copied_share() < COPIED:
            return "paraphrase"
        return "revision" if self._same_outlet() else "copy"

    def _copied_share(self) -> float:
        lengths = [(sum(unit[f"{side}_end"] - unit[f"{side}_start"] for side in SIDES), unit) for unit in self.telling]
        copied = sum(length for length, unit in lengths if unit["kind"] in COPIES)
        return float(copied / max(sum(length for length, _ in lengths), 1))

    def _copied(self) -> int:
        """Characters copied word for word, though little else is in common; 0 for less than an excerpt."""
        copied = [unit for unit in self.telling if self._is_copy(unit)]
        length = sum(map(self._length, copied))
        weighty = max(self.share("left"), self.share("right")) >= EXCERPT_SHARE
        late = all(self.place(copied, side) > LATER for side in SIDES)
        return length if length >= EXCERPT and weighty and not late else 0

    @staticmethod
    def _is_copy(unit: Row) -> bool:
        """Whether words run on in common, outside quotations: two hands come as near in single words."""
        return bool(unit["kind"] in COPIES and unit["run"] >= LONG_RUN and unit["quote_run"] < QUOTE_RUN)

    def _surest(self) -> float:
        return max(self.likeness(unit) for unit in self.telling)

    def _recycled(self) -> bool:
        """Whether they share little, and that in the later part of both: background, or a footer."""
        return max(self.held("left"), self.held("right")) < PART and stands_late(self)

    # --- what two articles have in common that is not a derivation -----------------------------------

    def _undirected(self, recycled: bool) -> tuple[str, float, str] | None:
        """Kind, how sure, why."""
        if self.probability < DOUBTFUL:
            return self._background() or self._quote() or self._event()
        if recycled:
            return "shared_background", self.probability, "a common text of which both have a part late"
        return "unresolved", self.probability, f"a common text is possible, and not sure ({self.probability:.2f})"

    def _background(self) -> tuple[str, float, str] | None:
        """A passage that is text in common, late in both, where the rest is not: what agencies repeat."""
        texts = [unit for unit in self.telling if unit["evidence"] > 0 and self._length(unit) >= BACKGROUND_LENGTH]
        if not texts:
            return None
        likely = max(texts, key=lambda unit: (self._text(unit), self._late(unit), self._length(unit)))
        late = self._late(likely)
        matched = max(self.share("left"), self.share("right"))
        text = calibration.log_odds(self._text(likely))
        score = BACKGROUND[self.languages] + TEXT * text + LATE * late - MATCHED * matched
        if score <= 0:
            return None
        reason = f"a passage of {self._length(likely)} characters is close by itself ({self._text(likely):.2f}), "
        return "shared_background", calibration.chance(score), reason + f"{late:.0%} of the way or later in both"

    def _text(self, unit: Row) -> float:
        """Probability of the unit by itself, as far as it is not a quotation."""
        return self.likeness(unit) * (1 - float(unit["quoted"]))

    @staticmethod
    def _length(unit: Row) -> int:
        """Characters on its shorter side."""
        return int(min(unit[f"{side}_end"] - unit[f"{side}_start"] for side in SIDES))

    def _late(self, unit: Row) -> float:
        """Its place in the article where it stands earlier, 0 the start and 1 the end."""
        return min(self.place([unit], side) for side in SIDES)

    def _quote(self) -> tuple[str, float, str] | None:
        """The same words, or their renderings, inside quotation marks on both sides."""
        words = max(unit["quote_run"] for unit in self.units)
        if words >= QUOTE_RUN:
            return "shared_quote", 1 - self.probability, f"{words} words in common inside quotation marks"
        said = [
            unit for unit in self.units if unit["quoted"] >= TOLD_QUOTED and self.likeness(unit) >= SAID[self.languages]
        ]
        if not said:
            return None
        best = max(said, key=self.likeness)
        return "shared_quote", self.likeness(best), f"a matched passage is a quotation in both ({best['quoted']:.0%})"

    def _event(self) -> tuple[str, float, str] | None:
        """Similar sentences here and there."""
        similar = [unit for unit in self.telling if unit["evidence"] > 0]
        evidence = sum(unit["evidence"] for unit in similar)
        if evidence < EVENT_EVIDENCE or len(similar) < 2:
            return None
        reason = f"{len(similar)} similar sentences, without a common text (probability {self.probability:.2f})"
        return "same_event", 1 - self.probability, reason

    # --- direction ----------------------------------------------------------------------------------

    def direction(self) -> tuple[float, list[str]]:
        """Log-odds that the left article is the source (negative: the right one), with the reasons."""
        evidence = [
            *self.told(), *self._by_containment(), *self._by_subject(), *self._by_readings(), *self.rendered()
        ]  # fmt: skip
        log_odds = sum(value for value, _ in evidence)
        source, derived = ("left", "right") if log_odds > 0 else ("right", "left")
        if self.common_claim:
            log_odds = copysign(max(abs(log_odds) - COMMON_CLAIM, 0.0), log_odds)
        elif self._other_claim(source, derived):
            log_odds = copysign(max(abs(log_odds) - OTHER_CLAIM, 0.0), log_odds)
        return log_odds, [reason for _, reason in evidence]

    def told(self) -> list[tuple[float, str]]:
        """Evidence from claims and dates, which stands whatever the texts look like."""
        return [*self._by_claims(), *self._by_time()]

    def rendered(self) -> list[tuple[float, str]]:
        """Evidence for which of two texts in two languages is the translation.

        A passage that is a stranger in one of the texts came there from elsewhere, from a third text perhaps, whichever
        language it is at home in: it does not make that text the source. Nor does it of two texts that each credit a
        third in a form of their own: where that was written, and in which language, tells of the third.
        """
        if self.common_claim and not self._credit_handed_on():
            return []
        found = [*self._by_translator(), *self._by_home(), *self._by_expansion()]
        subject = sum(value for value, _ in self._by_subject())
        return [(value, why) for value, why in found if value * subject > -STRANGER * abs(value)]

    def _by_claims(self) -> list[tuple[float, str]]:
        found = []
        for sign, side, other in ((1, "left", "right"), (-1, "right", "left")):
            agency, other_agency = self.head[f"{side}_own_agency"], self.head[f"{other}_own_agency"]
            if agency and agency != other_agency:
                found.append((sign * OWN_AGENCY, f"{self.head[f'{side}_id']} is the agency's own text"))
                if agency in self.head[f"{other}_claims"]:
                    found.append((sign * CREDITS_AGENCY, f"{self.head[f'{other}_id']} credits {agency}"))
            if self.head[f"{other}_translated"] and not self.head[f"{side}_translated"] and self.languages != "same":
                found.append((sign * TRANSLATED, f"{self.head[f'{other}_id']} says it is a translation"))
        return found

    def _by_containment(self) -> list[tuple[float, str]]:
        left, right = self.share("left"), self.share("right")
        if left >= WHOLE > PART + 0.2 > right:
            return [(-CONTAINED, f"{self.head['left_id']} is contained in {self.head['right_id']}")]
        if right >= WHOLE > PART + 0.2 > left:
            return [(CONTAINED, f"{self.head['right_id']} is contained in {self.head['left_id']}")]
        return []

    def _by_subject(self) -> list[tuple[float, str]]:
        left, right = self.head["left_fit"], self.head["right_fit"]
        if left is None or right is None or max(left, right) < AT_HOME:
            return []  # a stranger in both: they may have it from a third
        side = "left" if left < right else "right"
        if self.share(side) > NEARLY_ALL:
            return []  # the rest is too little to tell its subject
        stranger = self.head[f"{side}_id"]
        low, high = sorted((left, right))
        reason = f"the common passage fits the rest of {stranger} less ({low:.2f} against {high:.2f})"
        return [(OTHER_SUBJECT * (left - right), reason)]

    def _by_readings(self) -> list[tuple[float, str]]:
        """Copies lose: exact numbers become vague, letters are misread; translators write numbers as they like."""
        if self.languages != "same":
            return []
        found = []
        for sign, side, other in ((1, "left", "right"), (-1, "right", "left")):
            source, derived = self.head[f"{side}_id"], self.head[f"{other}_id"]
            exact, vague = self._read(side, "exact"), self._read(other, "exact")
            if exact >= LEAST_READ and exact > vague:
                reason = f"{source} gives {exact} exact numbers that {derived} lacks ({vague} the other way)"
                found.append((sign * min(VAGUER * one_sided(exact, vague), MOST_READ), reason))
            misread, sound = self._read(other, "corrupt"), self._read(side, "corrupt")
            if misread >= LEAST_READ and misread > sound:
                reason = f"{misread} words of {derived} are misread forms of those of {source} ({sound} the other way)"
                found.append((sign * min(CORRUPT * one_sided(misread, sound), MOST_READ), reason))
        return found

    def _read(self, side: str, what: str) -> int:
        return sum(int(unit[f"{side}_{what}"]) for unit in self.telling)

    def _by_translator(self) -> list[tuple[float, str]]:
        found = pivot.direction([unit["direction"] for unit in self.units if unit["direction"] is not None])
        if found.source is None:
            return []
        derived = self.head["right_id" if found.source == "left" else "left_id"]
        reason = (
            f"a translator finds {derived} likelier as the translation, by {abs(found.mean):.2f} nats a token "
            f"(standard error {found.error:.2f}, {found.units} passages)"
        )
        return [(copysign(TRANSLATOR, found.mean), reason)]

    def _by_home(self) -> list[tuple[float, str]]:
        found = self.head["home"]
        if found is None or abs(found) < LEAST_HOME:
            return []
        side, other = ("left", "right") if found > 0 else ("right", "left")
        languages = self.head[f"{side}_language"], self.head[f"{other}_language"]
        reason = (
            f"its places and names are at home in {languages[0]} rather than {languages[1]} ({abs(found):.1f} of 3)"
        )
        return [(HOME * found, reason)]

    def _by_expansion(self) -> list[tuple[float, str]]:
        """Whether one side is a translation by its length; who adapts a text also shortens it."""
        if self.languages == "same" or min(self.share("left"), self.share("right")) < WHOLE:
            return []
        lengths = [
            (unit["left_end"] - unit["left_start"], unit["right_end"] - unit["right_start"]) for unit in self.telling
        ]
        found = expansion(lengths, (self.head["left_language"], self.head["right_language"]))
        if found is None or abs(found) < LEAST_EXPANDED:
            return []
        longer = self.head["right_id" if found > 0 else "left_id"]
        reason = f"{longer} is {abs(found):.0%} longer than its language needs, as translations are"
        return [(EXPANDED * max(-MOST_EXPANDED, min(MOST_EXPANDED, found)), reason)]

    def _by_time(self) -> list[tuple[float, str]]:
        left, right = self.head["left_published_at"], self.head["right_published_at"]
        if left is None or right is None:
            return []
        precision = min(
            (self.head["left_published_precision"], self.head["right_published_precision"]),
            key=lambda name: EARLIER.get(name, 0.0),
        )
        if abs(left - right) < _smallest_gap(precision):
            return []
        sign, earlier = (1, self.head["left_id"]) if left < right else (-1, self.head["right_id"])
        if self._same_outlet() and self.head["left_language"] == self.head["right_language"]:
            return [(sign * SAME_OUTLET_EARLIER, f"{earlier} is the same outlet's earlier version")]
        dated = self.head["left_dated"] and self.head["right_dated"]
        return [(sign * (EARLIER.get(precision, 0.0) if dated else STORE_DATE), f"{earlier} is dated earlier")]

    def _same_outlet(self) -> bool:
        return self.head["left_outlet"] is not None and self.head["left_outlet"] == self.head["right_outlet"]

    @cached_property
    def common_claim(self) -> str | None:
        """Why both point at a third text: each credits an agency, and neither is one."""
        left, right = self.head["left_claims"], self.head["right_claims"]
        if not left or not right or self.head["left_own_agency"] or self.head["right_own_agency"]:
            return None
        shared = sorted(set(left) & set(right))
        if shared:
            return f"both credit {', '.join(shared)}"
        return credits_differ(self)

    def _credit_handed_on(self) -> bool:
        """Whether both have a credit to one agency in one form, as who translates an article translates its credit."""
        left, right = (
            set(zip(self.head[f"{side}_claims"], self.head[f"{side}_claim_roles"], strict=True)) for side in SIDES
        )
        return bool(left & right)

    @cached_property
    def later_claim(self) -> str | None:
        """Why both point at a third text: the later one credits an agency that the earlier one does not name."""
        time = sum(value for value, _ in self._by_time())
        source, derived = ("left", "right") if time > 0 else ("right", "left")
        if time == 0.0 or not self._other_claim(source, derived):
            return None
        later, earlier = self.head[f"{derived}_id"], self.head[f"{source}_id"]
        return f"{later} credits an agency that {earlier}, dated earlier, does not name"

    def _other_claim(self, source: str, derived: str) -> bool:
        """Whether the derived side credits an agency and can't have it from the source."""
        named = {*self.head[f"{source}_claims"], self.head[f"{source}_own_agency"]}
        return bool(self.head[f"{derived}_claims"]) and not named & set(self.head[f"{derived}_claims"])

    # --- the row ------------------------------------------------------------------------------------

    def _row(
        self, relation: str, source: str | None, probability: float, sure: float | None, reasons: list[str]
    ) -> tuple[Any, ...]:
        return (
            self.head["left_id"], self.head["right_id"], relation, source, probability, sure,
            self.share("left"), self.share("right"), self.order, reasons,
            self.direction()[0], *(sum(value for value, _ in part) for part in (self.told(), self.rendered())),
            self.head["left_fit"], self.head["right_fit"], self.kind("left"), self.kind("right"),
        )  # fmt: skip


def _smallest_gap(precision: str | None) -> timedelta:
    """Two dates closer than this are the same, for all that their precision says."""
    days = {"minute": 0, "day": 1, "month": 28}.get(precision or "", 28)
    return timedelta(days=days) if days else timedelta(minutes=1)
