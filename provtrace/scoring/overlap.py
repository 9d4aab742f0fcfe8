"""What two articles have in common, measured from their aligned units: how much, how surely, in which order, and where.

A quotation has a speaker for its source: what stands inside quotation marks on both sides has no weight in any figure
that tells a common text from a common event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log, sqrt
from typing import Any, Final

import numpy as np

from provtrace.scoring import calibration
from provtrace.scoring.calibration import CHANCE_CHRF

Row = Mapping[str, Any]

FLOOR: Final = 0.05  # share of a text below which less is as good as nothing
SIDES: Final = ("left", "right")


@dataclass(frozen=True)
class Overlap:
    """Two articles and their aligned units, in the order of the left text.

    Attributes:
        units: rows of `tables.ALIGNMENTS` of one pair, at least one, beside ``left_body``, ``left_body_start``,
            ``left_body_end``, ``left_language`` and the same of the right side, as in `tables.PROFILES`.
        known: the languages that the encoder knows.
    """

    units: Sequence[Row]
    known: frozenset[str]

    @cached_property
    def head(self) -> Row:
        """Any unit: the columns that describe the articles are the same in all."""
        return self.units[0]

    @cached_property
    def telling(self) -> list[Row]:
        """Units that may tell of copying: headings are formulas, and a shared quote has a speaker for its source."""
        return [unit for unit in self.units if unit["kind"] not in ("heading", "shared_quote")]

    @cached_property
    def languages(self) -> str:
        """Which calibrated model serves the two languages."""
        return calibration.pair_languages(self.head["left_language"], self.head["right_language"], self.known)

    # --- how much -----------------------------------------------------------------------------------

    def share(self, side: str) -> float:
        """Share of that side's body that is matched, by characters."""
        spans = sorted((unit[f"{side}_start"], unit[f"{side}_end"]) for unit in self.telling)
        covered, reached = 0, -1
        for start, end in spans:
            covered += max(end - max(start, reached), 0)
            reached = max(reached, end)
        return min(covered / max(int(self.head[f"{side}_body"]), 1), 1.0)

    def held(self, side: str) -> float:
        """Share of that side's body that is expected to be common text: each unit counts by its probability."""
        return self._density(side, lambda unit: unit["probability"])

    def _density(self, side: str, worth: Callable[[Row], float]) -> float:
        """What units are worth outside quotations, per character of that body; of two at one place, the longer."""
        best: dict[int, tuple[int, float]] = {}
        for unit in self.telling:
            start, length = unit[f"{side}_start"], unit[f"{side}_end"] - unit[f"{side}_start"]
            best[start] = max(best.get(start, (length, 0.0)), (length, max(worth(unit), 0.0) * _unquoted(unit)))
        return float(sum(length * value for length, value in best.values()) / max(self.head[f"{side}_body"], 1))

    # --- in which order, and where ------------------------------------------------------------------

    @cached_property
    def order(self) -> float:
        """Kendall's tau-a of the units' places on both sides, a pair of units by how likely both hold; -1..1.

        0 for a single unit, and where no two units are likely at all.
        """
        lefts, rights = (np.array([unit[f"{side}_start"] for unit in self.telling]) for side in SIDES)
        worth = np.array([_worth(unit) for unit in self.telling])
        agreed = np.sign(lefts[:, None] - lefts) * np.sign(rights[:, None] - rights)
        weights = np.outer(worth, worth)
        np.fill_diagonal(weights, 0.0)
        total = float(weights.sum())  # summed by numpy alone: a product of matrices depends on the number of threads
        return float((weights * agreed).sum() / total) if total else 0.0

    def place(self, units: Sequence[Row], side: str) -> float:
        """Mean place of the units in that side's body, 0 its start and 1 its end; what is likely common counts most."""
        start, end = self.head[f"{side}_body_start"], self.head[f"{side}_body_end"]
        weights = [unit["probability"] * (unit[f"{side}_end"] - unit[f"{side}_start"]) for unit in units]
        middles = [(unit[f"{side}_start"] + unit[f"{side}_end"]) / 2 for unit in units]
        mean = sum(w * m for w, m in zip(weights, middles, strict=True)) / max(sum(weights), 1e-9)
        return float((mean - start) / max(end - start, 1))

    # --- how surely ---------------------------------------------------------------------------------

    @cached_property
    def features(self) -> dict[str, float]:
        """What the pair models of `calibration` choose from; telling units are needed.

        ``held`` is the logarithm of the share expected to be common text, the mean of both sides, and ``most`` that of
        the side with more of it: who takes a short passage whole has it in a long article, too. ``wording`` is likewise
        the chrF beyond chance. ``order`` is as above, and ``sequence`` is that times the logarithm of how many units
        are expected to hold, up to e**2: of two any order comes by chance. ``chain`` is the mean log-odds that units
        add to the aligner's chain, and ``row`` the share of them that are in it: what two reports of one event have in
        common stands alone, here and there. ``names`` and ``numbers`` add up whether units agree in them.
        """
        odds = [unit["odds"] * _unquoted(unit) for unit in self.telling]
        counted = sum(map(_unquoted, self.telling))
        held = [log(FLOOR + self.held(side)) for side in SIDES]
        worded = [log(FLOOR + self._density(side, lambda unit: unit["chrf"] - CHANCE_CHRF)) for side in SIDES]
        return {
            "held": sum(held) / 2,
            "most": max(held),
            "wording": sum(worded) / 2,
            "order": self.order,
            "sequence": self.order * min(log(max(sum(map(_worth, self.telling)), 1.0)), 2.0),
            "chain": sum(odds) / (1 + counted),
            "row": sum(_unquoted(unit) for unit in self.telling if unit["odds"] != 0.0) / max(counted, 1e-9),
            "names": self._agreement("names"),
            "numbers": self._agreement("numbers"),
        }

    def _agreement(self, column: str) -> float:
        """Sum over the units that can tell, by the root of their number: between a mean and independent evidence."""
        told = [(unit[column], _unquoted(unit)) for unit in self.telling if unit[column]]
        return float(sum(value * weight for value, weight in told) / sqrt(1 + sum(weight for _, weight in told)))

    @cached_property
    def probability(self) -> float:
        """Probability that one text derives from the other or both from a third."""
        return calibration.logistic(f"pair_{self.languages}_language", self.features) if self.telling else 0.0

    def likeness(self, unit: Row) -> float:
        """Probability of a unit by itself: what two texts of their own have in common stands alone in them."""
        return calibration.logistic(f"alone_{self.languages}_language", unit)


def _unquoted(unit: Row) -> float:
    return 1.0 - float(unit["quoted"])


def _worth(unit: Row) -> float:
    return float(unit["probability"]) * _unquoted(unit)
