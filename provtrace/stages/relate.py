"""The verdict on a pair of articles, from its alignments and profiles: decided before any sentence gets an origin.

How much of both texts is matched, how strongly, and in which order tells a common text from a common event; single
sentences do not (two reports of one event have plenty of similar ones). Direction comes from evidence, time last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from math import copysign, exp, log, log1p, sqrt
from typing import Any, Final

import polars as pl

from provtrace.scoring import calibration, pivot
from provtrace.scoring.encode import load_encoder
from provtrace.scoring.readings import one_sided
from provtrace.scoring.translationese import expansion
from provtrace.settings import Settings
from provtrace.tables import VERDICTS, conform

Row = dict[str, Any]

UNSURE: Final = 0.5  # from here to min_probability a pair stays unresolved
LONG_RUN: Final = 8  # words that two texts rarely share by chance
CHANCE_CHRF: Final = 0.3  # chrF of two sentences on one matter in different words
QUOTE_RUN: Final = 5  # words in common inside quotation marks that make a shared quote
BACKGROUND: Final = 0.71  # likeness of a unit by itself from which it is text, not the same facts; set on the seeds
BACKGROUND_TRANSLATED: Final = 0.95  # likewise across languages
EVENT_EVIDENCE: Final = 3.0  # log-odds in sum from which two articles report one event
EXCERPT: Final = 80  # characters copied that make an excerpt, though the articles have little else in common
EXCERPT_SHARE: Final = 0.1  # share of either text that it must be: long texts have a sentence in common by chance
LATER: Final = 0.6  # mean place in a text, from which a passage stands in its later part
COPIES: Final = ("verbatim", "near_verbatim")
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
class Comparison:
    """Two articles and their aligned units, in the order of the left text."""

    units: Sequence[Row]
    known: frozenset[str]

    @cached_property
    def head(self) -> Row:
        """Any unit: the profile columns are the same in all."""
        return self.units[0]

    @cached_property
    def telling(self) -> list[Row]:
        """Units that may tell of copying: headings are formulas, and a shared quote has a speaker for its source."""
        return [unit for unit in self.units if unit["kind"] not in ("heading", "shared_quote")]

    @cached_property
    def strong(self) -> list[Row]:
        """Telling units that are matches by themselves, not for their place between others."""
        return [unit for unit in self.telling if unit["evidence"] > 0]

    @cached_property
    def languages(self) -> str:
        """Which calibrated model serves the two languages."""
        return calibration.pair_languages(self.head["left_language"], self.head["right_language"], self.known)

    def density(self, side: str, worth: Callable[[Row], float]) -> float:
        """What the telling units are worth per character of that side's body; of two at one place, the longer."""
        best: dict[int, tuple[int, float]] = {}
        for unit in self.telling:
            start, length = unit[f"{side}_start"], unit[f"{side}_end"] - unit[f"{side}_start"]
            best[start] = max(best.get(start, (length, 0.0)), (length, max(worth(unit), 0.0)))
        return float(sum(length * value for length, value in best.values()) / max(self.head[f"{side}_body"], 1))

    def share(self, side: str) -> float:
        """Share of that side's body that is matched, by characters."""
        spans = sorted((unit[f"{side}_start"], unit[f"{side}_end"]) for unit in self.telling)
        covered, reached = 0, -1
        for start, end in spans:
            covered += max(end - max(start, reached), 0)
            reached = max(reached, end)
        return min(covered / max(int(self.head[f"{side}_body"]), 1), 1.0)

    @cached_property
    def order(self) -> float:
        """Kendall's tau-a of the units' places on both sides; 0 for a single unit."""
        places = [(unit["left_start"], unit["right_start"]) for unit in self.strong]
        pairs = [(a[0] - b[0]) * (a[1] - b[1]) for index, a in enumerate(places) for b in places[:index]]
        return sum((product > 0) - (product < 0) for product in pairs) / len(pairs) if pairs else 0.0

    @cached_property
    def features(self) -> dict[str, float]:
        """What the pair models of `calibration` choose from; telling units are needed.

        ``evidence`` is that of the aligner and ``wording`` the chrF beyond chance, both per character; ``order`` counts
        more the more units there are (up to e**2); ``runs`` is the logarithm of the words in long common runs;
        ``share`` is that of the side matched less; ``chain`` is the logarithm of the odds of the aligner's chain, which
        is worth more where units follow one another; ``names`` and ``numbers`` add up whether they agree in them.
        """
        return {
            "evidence": self._mean_log_density(lambda unit: unit["evidence"]),
            "wording": self._mean_log_density(lambda unit: unit["chrf"] - CHANCE_CHRF),
            "order": self.order * min(log(max(len(self.strong), 1)), 2.0),
            "runs": log1p(sum(max(unit["run"] - LONG_RUN, 0) for unit in self.telling)),
            "share": min(self.share("left"), self.share("right")),
            "chain": log1p(sum(max(unit["odds"], 0.0) for unit in self.telling)),
            "names": self._agreement("names"),
            "numbers": self._agreement("numbers"),
        }

    def _mean_log_density(self, worth: Callable[[Row], float]) -> float:
        return sum(log(0.05 + self.density(side, worth)) for side in ("left", "right")) / 2

    def _agreement(self, column: str) -> float:
        """Sum over the units that can tell, by the root of their number: between a mean and independent evidence."""
        told = [unit[column] for unit in self.telling if unit[column]]
        return float(sum(told)) / sqrt(1 + len(told))

    @cached_property
    def probability(self) -> float:
        """Probability that one text derives from the other or both from a third."""
        return calibration.logistic(f"pair_{self.languages}_language", self.features) if self.telling else 0.0

    # --- verdict ------------------------------------------------------------------------------------

    def relation(self, settings: Settings) -> tuple[Any, ...] | None:
        """A row of VERDICTS, or None where the two have nothing worth a line."""
        probability = self.probability
        if probability >= UNSURE and not (self._little() and self._recycled(self.telling)):
            return self._derived(probability, settings)
        found = self._shared()
        if found is None:
            return None
        kind, sure, reason = found
        if kind == "partial_reuse":
            return self._derived(sure, settings)
        return self._row(kind, None, sure, None, [reason, self._figures()])

    def _derived(self, probability: float, settings: Settings) -> tuple[Any, ...]:
        reasons = [self._figures()]
        if probability < settings.min_probability:
            return self._row("unresolved", None, probability, None, [*reasons, "below the probability asked for"])
        log_odds, why = self.direction()
        sure = 1 / (1 + exp(-abs(log_odds)))
        third = self.common_claim or self.later_claim
        if sure < settings.min_direction and third:
            return self._row("co_derived", None, probability, None, [*reasons, third])
        if sure < settings.min_direction:
            return self._row(self.kind(None), None, probability, sure, [*reasons, *why])
        side = "left" if log_odds > 0 else "right"
        return self._row(self.kind(side), self.head[f"{side}_id"], probability, sure, [*reasons, *why])

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

    def _little(self) -> bool:
        return max(self.share("left"), self.share("right")) < PART

    def _copied_share(self) -> float:
        lengths = [(int(unit["left_end"] - unit["left_start"]), unit["kind"]) for unit in self.telling]
        copied = sum(length for length, kind in lengths if kind in COPIES)
        return copied / max(sum(length for length, _ in lengths), 1)

    def _shared(self) -> tuple[str, float, str] | None:
        """What two articles have in common that is not a derivation: kind, how sure, why."""
        copied = [unit for unit in self.telling if self._is_copy(unit)]
        length = sum(unit["left_end"] - unit["left_start"] for unit in copied)
        weighty = max(self.share("left"), self.share("right")) >= EXCERPT_SHARE
        if length >= EXCERPT and weighty and not self._recycled(copied):
            return (
                "partial_reuse",
                self._surest(copied) * (1 - exp(-length / EXCERPT)),
                f"{length} characters are copied",
            )
        text = [unit for unit in self.strong if self._is_text(unit)]
        evidence = sum(unit["evidence"] for unit in self.strong)
        if text and (evidence >= EVENT_EVIDENCE or len(text) > 1):
            return "shared_background", self._surest(text), f"{len(text)} matched passages are close, the rest is not"
        quote = max((unit["quote_run"] for unit in self.units), default=0)
        if quote >= QUOTE_RUN:
            return "shared_quote", 1 - self.probability, f"{quote} words in common inside quotation marks"
        if evidence >= EVENT_EVIDENCE and len(self.strong) > 1:
            return "same_event", 1 - self.probability, "similar sentences, without a common text"
        return None

    @staticmethod
    def _is_copy(unit: Row) -> bool:
        """Whether words run on in common, outside quotations: two hands come as near in single words."""
        return bool(unit["kind"] in COPIES and unit["run"] >= LONG_RUN and unit["quote_run"] < QUOTE_RUN)

    def _is_text(self, unit: Row) -> bool:
        least = BACKGROUND if self.languages == "same" else BACKGROUND_TRANSLATED
        return self._likeness(unit) >= least and unit["quote_run"] < QUOTE_RUN

    def _likeness(self, unit: Row) -> float:
        """Probability of a unit by itself: what two texts of their own have in common stands alone in them."""
        return calibration.logistic(f"alone_{self.languages}_language", unit)

    def _surest(self, units: Sequence[Row]) -> float:
        return max(self._likeness(unit) for unit in units)

    def _recycled(self, units: Sequence[Row]) -> bool:
        """Whether both texts have these units in their later part, as background that is recycled, or a footer."""
        return all(self._place(units, side) > LATER for side in ("left", "right"))

    def _place(self, units: Sequence[Row], side: str) -> float:
        """Mean place of the units in that side's body, 0 its start and 1 its end."""
        start, end = self.head[f"{side}_body_start"], self.head[f"{side}_body_end"]
        mean = sum(unit[f"{side}_start"] + unit[f"{side}_end"] for unit in units) / 2 / max(len(units), 1)
        return float((mean - start) / max(end - start, 1))

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
        language it is at home in: it does not make that text the source.
        """
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
        return f"they credit different agencies, {', '.join(left)} and {', '.join(right)}"

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

    def _figures(self) -> str:
        return (
            f"shares text: {len(self.telling)} passages, {self.share('left'):.0%} of {self.head['left_id']} and "
            f"{self.share('right'):.0%} of {self.head['right_id']}, order {self.order:.2f}"
        )

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
