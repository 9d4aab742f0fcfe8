"""Do probabilities mean what they say? What a run claimed beside what the gold says, in bins, as table and picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from picture import Panel, picture
from rows import Claimed
from unit_gold import UnitGold

from provtrace import Provenance
from provtrace.results.evaluate.found import Found
from provtrace.results.evaluate.gold import Gold
from provtrace.results.evaluate.parts import edge_claims, pair_claims
from provtrace.scoring import calibration
from provtrace.scoring.encode import load_encoder

BINS = 10
PERFECT = "as claimed"
UNITS, PAIRS, EDGES = "units", "pairs of articles", "derivations"
# In the words of the tables, by the model of `provtrace.scoring.calibration` that a unit's probability is from.
MODELS = {
    "same": f"{UNITS}, one language",
    "cross": f"{UNITS}, two languages",
    "unknown": f"{UNITS}, a language that the encoder does not know",
}


@dataclass(frozen=True)
class Bin:
    """Claims between two probabilities: how many, the mean of what they say, and how many of them hold."""

    count: int
    claimed: float
    observed: float


def bins(claimed: Claimed) -> list[Bin | None]:
    """`BINS` of equal width over 0..1, the upper edge belonging to the bin; None for an empty one."""
    chances, held = np.asarray(claimed.probabilities, float), np.asarray(claimed.outcomes, float)
    which = np.clip(np.ceil(chances * BINS).astype(int) - 1, 0, BINS - 1)
    inside = [which == number for number in range(BINS)]
    return [
        Bin(int(rows.sum()), float(chances[rows].mean()), float(held[rows].mean())) if rows.any() else None
        for rows in inside
    ]


def claims(name: str, provenance: Provenance, gold: Gold, units: UnitGold | None) -> list[Claimed]:
    """All that a run claimed with a probability and the gold can judge."""
    found = Found(provenance, gold)
    whole = {PAIRS: pair_claims(found, gold), EDGES: edge_claims(found, gold)}
    told = [] if units is None else list(unit_claims(name, provenance, units))
    return [*told, *(Claimed(name, what, *claim) for what, claim in whole.items() if claim.outcomes)]


def unit_claims(name: str, provenance: Provenance, gold: UnitGold) -> Iterator[Claimed]:
    """Aligned units that the gold judges, by the model that their probabilities are from."""
    known = load_encoder(provenance.settings.encoder).languages
    spoken = provenance.tables["sentences"].select("article_id", "sentence", "language").iter_rows()
    language = {(article, number): code for article, number, code in spoken}
    told: dict[str, list[tuple[float, bool]]] = {model: [] for model in MODELS}
    for unit in provenance.tables["alignments"].iter_rows(named=True):
        holds = gold.holds(unit)
        if holds is not None:
            left, right = (language[unit[f"{side}_id"], unit[f"{side}_sentences"][0]] for side in ("left", "right"))
            told[calibration.pair_languages(left, right, known)].append((unit["probability"], holds))
    for model, judged in told.items():
        if judged:
            yield Claimed(name, MODELS[model], *map(list, zip(*judged, strict=True)))


def pooled(claimed: Sequence[Claimed]) -> list[Claimed]:
    """What is claimed of one sort in all sets, together."""
    sorts = [sort for sort in (*MODELS.values(), PAIRS, EDGES) if any(one.what == sort for one in claimed)]
    return [_together(sort, [one for one in claimed if one.what == sort]) for sort in sorts]


def _together(what: str, parts: Sequence[Claimed]) -> Claimed:
    chances = [chance for one in parts for chance in one.probabilities]
    return Claimed("all", what, chances, [held for one in parts for held in one.outcomes])


def drawn(claimed: Sequence[Claimed]) -> str:
    """SVG: for every sort, observed over claimed probability, a line a set, beside what would be perfect."""
    return picture([_panel(together.what, claimed) for together in pooled(claimed)])


def _panel(what: str, claimed: Sequence[Claimed]) -> Panel:
    """Sets without such claims keep their colour."""
    lines: dict[str, list[tuple[float, float]]] = {PERFECT: [(0, 0), (1, 1)], **{one.set: [] for one in claimed}}
    for one in claimed:
        if one.what == what:
            lines[one.set] = [(part.claimed, part.observed) for part in bins(one) if part]
    return Panel(what, "claimed probability; upward, the share that holds", lines, (False, False))
