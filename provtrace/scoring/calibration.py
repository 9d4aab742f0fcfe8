"""Features of an aligned unit to a kind and to a calibrated probability; the coefficients are data.

The probability says: of the units given .8, four in five render one another or a common source. It is fitted by
`benchmarks/calibrate.py`, which writes `calibration.toml` with the sets it was fitted on.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import exp, log
from typing import Any, Final

from provtrace.scoring import similarity
from provtrace.scoring.chrf import chrf

# Kinds of same-language units, by token edit similarity and by the longest common run of words.
VERBATIM_EDIT: Final = 0.97
NEAR_EDIT: Final = 0.80
NEAR_RUN: Final = 8
NEAR_RUN_SHARE: Final = 0.6
QUOTED: Final = 0.8  # share of what matches inside quotation marks that makes a match a shared quote
QUOTE_RUN: Final = 5  # words in a row inside quotation marks by which a quotation is recognised
# chrF of two sentences on one matter in different words. What is said around one quotation in two texts is told by two
# where it is below; of .3, .4 and .5 the one at which the derivations of wmt_derivation_dev stay as they were.
CHANCE_CHRF: Final = 0.3


@dataclass(frozen=True)
class Features:
    """What is known of one aligned unit; ranges as in `tables.ALIGNMENTS`."""

    cosine: float
    csls: float
    chrf: float
    edit: float
    anchors: float
    numbers: float
    names: float
    quoted: float
    run: int
    quote_run: int
    run_share: float
    support: float  # by the other units of the pair of articles, 0 and more; 0 where there are no articles
    languages: str  # "same", "cross", or "unknown" where the encoder does not know one of two languages


def features(
    left: str, right: str, *, cosine: float, csls: float, wording: float, support: float, languages: str
) -> Features:
    """Compare the texts of both sides of a unit; the vector figures and the unit's place come from the aligner."""
    a, b = similarity.words(left), similarity.words(right)
    run = similarity.longest_run(a, b)
    quote_run = similarity.quote_run(left, right) if run else 0
    return Features(
        cosine=cosine,
        csls=csls,
        chrf=chrf(left, right),
        edit=similarity.edit(a, b),
        anchors=wording,
        numbers=similarity.agreement(similarity.numbers(left), similarity.numbers(right)),
        names=similarity.agreement(similarity.names(left), similarity.names(right)),
        quoted=_quoted(left, right, quote_run),
        run=run,
        quote_run=quote_run,
        run_share=run / max(min(len(a), len(b)), 1),
        support=support,
        languages=languages,
    )


def _quoted(left: str, right: str, quote_run: int) -> float:
    """Share of what matches that stands inside quotation marks, 0..1.

    All of both texts matches, but where they have a quotation in common and tell of it in words of their own: two
    reporters who heard one speaker write two such sentences.
    """
    if quote_run >= QUOTE_RUN:
        one, other = similarity.frame(left), similarity.frame(right)
        if one is not None and other is not None and chrf(one, other) < CHANCE_CHRF:
            return 1.0
    return min(similarity.quoted_share(left), similarity.quoted_share(right))


def kind(unit: Features) -> str:
    """The kind of an aligned unit, of `tables.SENTENCE_KINDS`."""
    if unit.quoted >= QUOTED:
        return "shared_quote"
    if unit.edit >= VERBATIM_EDIT:
        return "verbatim"
    if unit.edit >= NEAR_EDIT or (unit.run >= NEAR_RUN and unit.run_share >= NEAR_RUN_SHARE):
        return "near_verbatim"
    return "paraphrase" if unit.languages == "same" else "translation"


def probability(unit: Features) -> float:
    """Probability that the two sides of a unit, aligned in two articles, render one another or a common source."""
    return logistic(f"unit_{unit.languages}_language", vars(unit))


def probability_alone(unit: Features) -> float:
    """Likewise of two texts without articles around them, by their own likeness."""
    return logistic(f"alone_{unit.languages}_language", vars(unit))


def pair_languages(left: str, right: str, known: frozenset[str]) -> str:
    """Which of the fitted models serves two languages: ``same``, ``cross`` or ``unknown``."""
    if left == right or "und" in (left, right):  # an undetermined language is no other language
        return "same"
    return "cross" if left in known and right in known else "unknown"


def logistic(model: str, values: Mapping[str, float]) -> float:
    """Apply a fitted logistic model to its named features."""
    return applied(models()[model], values)


def applied(coefficients: Mapping[str, float], values: Mapping[str, float]) -> float:
    """Apply a logistic model, its ``bias`` among the coefficients, to its named features."""
    score = coefficients["bias"] + sum(
        weight * float(values[name]) for name, weight in coefficients.items() if name != "bias"
    )
    return chance(score)


def chance(log_odds: float) -> float:
    """The probability that has these log-odds, which count up to 30 either way."""
    return 1.0 / (1.0 + exp(-max(min(log_odds, 30.0), -30.0)))


def log_odds(chance: float) -> float:
    """The log-odds of a probability, 0..1; certainty counts as one in a thousand short of it."""
    held = min(max(chance, 0.001), 0.999)
    return log(held / (1.0 - held))


@cache
def models() -> Mapping[str, Mapping[str, float]]:
    """The shipped coefficients, by model and feature."""
    source = resources.files("provtrace.scoring").joinpath("calibration.toml")
    listed: dict[str, Any] = tomllib.loads(source.read_text(encoding="utf-8"))
    return {name: model["coefficients"] for name, model in listed["models"].items()}
