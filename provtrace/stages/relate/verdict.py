"""The verdict on a pair of articles, from its alignments and profiles: decided before any sentence gets an origin.

How much of both texts is matched, how strongly, and in which order tells a common text from a common event; single
sentences do not (two reports of one event have plenty of similar ones). Direction comes from evidence, time last.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import Any, Final

import polars as pl

from provtrace.scoring import calibration
from provtrace.scoring.calibration import QUOTE_RUN
from provtrace.scoring.encode import load_encoder
from provtrace.scoring.grounds import LATER, LONG_RUN, doubts, grounds, stands_late
from provtrace.scoring.overlap import SIDES, Overlap, Row
from provtrace.settings import Settings
from provtrace.stages.relate.direction import (
    PART,
    WHOLE,
    common_claim,
    direction,
    later_claim,
    rendered,
    same_outlet,
    told,
)
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
COPIED: Final = 0.5  # share of the matched text in (near) verbatim units that makes a copy


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
        log_odds, why = direction(self)
        sure = calibration.chance(abs(log_odds))
        third = common_claim(self) or later_claim(self)
        if sure < settings.min_direction and third:
            unsaid = [third] if not any(third in reason for reason in (*reasons, *against)) else []
            return self._row("co_derived", None, probability, None, [*reasons, *unsaid, *against])
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
        return "revision" if same_outlet(self) else "copy"

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

    # --- the row ------------------------------------------------------------------------------------

    def _row(
        self, relation: str, source: str | None, probability: float, sure: float | None, reasons: list[str]
    ) -> tuple[Any, ...]:
        return (
            self.head["left_id"], self.head["right_id"], relation, source, probability, sure,
            self.share("left"), self.share("right"), self.order, reasons,
            direction(self)[0], *(sum(value for value, _ in part) for part in (told(self), rendered(self))),
            self.head["left_fit"], self.head["right_fit"], self.kind("left"), self.kind("right"),
        )  # fmt: skip
