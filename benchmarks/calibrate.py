"""Fit the coefficients of ``provtrace/scoring/calibration.toml``: ``python benchmarks/calibrate.py DATA``.

Every labelled set under DATA is run blind up to its alignments; pairs of articles, and the aligned units of such pairs,
become examples (`labelled`), and each logistic model is fitted by penalised maximum likelihood around a prior. What is
printed for a set was predicted by coefficients fitted without it; new coefficients stand beside those shipped now.

With ``--write`` the coefficients, and what they were fitted on, replace those that are shipped.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from importlib import resources
from math import sqrt
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from labelled import Example, Labelled, labelled

from provtrace import Settings
from provtrace.results.evaluate.measures import brier, calibration_error, score_counts
from provtrace.scoring import calibration

Floats = npt.NDArray[np.float64]
Coefficients = Mapping[str, float]
Priors = Mapping[str, Coefficients]
Judged = tuple[float, bool]  # probability, and whether it holds

# Sets by the beginning of the folder's name.
SETS: Final = ("seeds", "same_event", "wmt_composite", "wmt_derivation", "reprint_synth", "msrp")
HARD: Final = ("seeds", "same_event")  # real articles on one event: few, and what a model gets wrong first
HARD_WEIGHT: Final = 4.0

# Coefficients that one would choose before seeing an example, from the spread of each feature: everything that two
# texts have in common counts for derivation. A set is of one make (translations share all their sentences, reprints
# their wording), and would else load everything on the one feature that is enough for it. The weight of
# `support` was seen first: each set by itself asks for 3 to 6.
ALIKE: Final[Priors] = {
    "same": {"csls": 5.0, "chrf": 3.0, "anchors": 2.0, "edit": 1.0, "numbers": 0.4, "names": 0.4},
    "cross": {"csls": 10.0, "anchors": 2.0, "numbers": 0.5, "names": 0.5},
    "unknown": {"csls": 6.0, "anchors": 8.0, "numbers": 0.8, "names": 0.8},
}
PRIORS: Final[Priors] = {
    **{f"unit_{languages}_language": {**alike, "support": 4.0} for languages, alike in ALIKE.items()},
    **{f"alone_{languages}_language": alike for languages, alike in ALIKE.items()},
    "pair_same_language": {"held": 1.0, "most": 1.0, "sequence": 1.5, "row": 3.0, "wording": 1.0},
    "pair_cross_language": {"most": 1.0, "order": 2.0, "chain": 2.5, "row": 8.0, "names": 1.5, "numbers": 1.0},
    "pair_unknown_language": {
        "held": 1.0,
        "most": 1.0,
        "order": 3.0,
        "chain": 2.0,
        "row": 4.0,
        "names": 1.0,
        "numbers": 1.0,
    },
}
# Strength of the prior: loss per example that a coefficient pays for the square of its distance. Sentences alone are
# fitted on units of articles for the most part, whose neighbours tell most: so much the less is a set believed.
STRENGTH: Final = {"unit": 0.003, "alone": 0.02, "pair": 0.003}
# What is learned of units serves sentences alone, too.
LEARNED_FROM: Final = {"unit": ("unit",), "alone": ("unit", "alone")}
FREE: Final = 1e-4  # likewise for the bias, which has no prior to speak of

FEWEST: Final = 30  # units of a pair of languages that make a line of the table
HEADINGS: Final = ("model", "set", "true", "false", "precision", "recall", "ECE", "Brier", "ECE fitted", "Brier fitted")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.write and options.date is None:
        print("--write needs --date, the day that the coefficients are to carry", file=sys.stderr)
        return 2
    settings = Settings()
    sets = [labelled(folder, settings, options.cache) for folder in _told(_folders(options.data, options.only))]
    if not sets:
        print(f"no labelled set under {options.data}; known names begin with {', '.join(SETS)}", file=sys.stderr)
        return 2
    units = unit_models(sets)
    fitted = {model: found for model in PRIORS if (found := fit(sets, model, units)) is not None}
    print("\n".join([*_aligned_before(sets), "", *_coefficients(fitted), "", *_held_out(sets), "", *_units(sets)]))
    if missing := sorted(set(PRIORS) - set(fitted)):
        print(f"no examples of both kinds for {', '.join(missing)}: these sets can't fit the models", file=sys.stderr)
        return 1
    if options.write:
        target = Path(str(resources.files("provtrace.scoring").joinpath("calibration.toml")))
        replace(target, document(fitted, sets, settings, options.date))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Fit the models of calibration.toml on sets with gold labels.")
    parser.add_argument("data", type=Path, metavar="DATA", help="folder with one folder per set")
    parser.add_argument("--only", nargs="+", metavar="SET", help="names, or beginnings of names, of sets")
    kept = Path.home() / ".cache" / "provtrace-calibration"
    parser.add_argument("--cache", type=Path, default=kept, metavar="FOLDER", help="where runs are kept for later")
    parser.add_argument("--write", action="store_true", help="replace the shipped coefficients")
    parser.add_argument("--date", type=date.fromisoformat, help="with --write: the day to write beside them")
    return parser


def _folders(data: Path, only: Sequence[str] | None) -> list[Path]:
    names = tuple(only) if only else SETS
    return [path for path in sorted(data.iterdir()) if path.name.startswith(SETS) and path.name.startswith(names)]


def _told(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        print(f"{folder.name} ...", file=sys.stderr, flush=True)
        yield folder


# --- the fit ----------------------------------------------------------------------------------------


def unit_models(sets: Sequence[Labelled]) -> Priors:
    """The models of units; one that the sets can't fit is taken as it is shipped."""
    names = [model for model in PRIORS if model.startswith("unit_")]
    return {model: fit(sets, model) or calibration.models()[model] for model in names}


def fit(sets: Sequence[Labelled], model: str, units: Priors | None = None) -> dict[str, float] | None:
    """Coefficients of one model; None where the sets don't hold examples of both kinds.

    Args:
        sets: what to learn from.
        model: of `PRIORS`.
        units: for a model of pairs, the models that their units are judged by: those fitted on the same sets.
    """
    names = list(PRIORS[model])
    chosen = [(examples, _weight(one.name, len(examples))) for one in sets if (examples := _of(one, model, units))]
    examples = [example for group, _ in chosen for example in group]
    if len({example.holds for example in examples}) < 2:
        return None
    weights = np.concatenate([np.full(len(group), weight) for group, weight in chosen])
    prior, strength = np.array(list(PRIORS[model].values())), STRENGTH[model.partition("_")[0]]
    found = penalised(_matrix(examples, names), _outcomes(examples), weights, prior, strength)
    return dict(zip(["bias", *names], found.tolist(), strict=True))


def penalised(features: Floats, holds: Floats, weights: Floats, prior: Floats, strength: float) -> Floats:
    """Logistic regression with a Gaussian prior around given coefficients, at its maximum a posteriori.

    Args:
        features: ``[n, d]``.
        holds: ``[n]`` of 0 and 1.
        weights: ``[n]``, positive; only their ratios count.
        prior: ``[d]``; the bias, which comes first in the result, has its prior at 0.
        strength: 0 is plain maximum likelihood; at infinity the prior is returned.

    Returns:
        ``[1 + d]``.
    """
    from scipy.optimize import minimize

    design = np.column_stack([np.ones(len(features)), features])
    share, sign = weights / weights.sum(), 2.0 * holds - 1.0
    centre = np.concatenate([[0.0], prior])
    pull = np.concatenate([[FREE], np.full(len(prior), strength)])

    def loss(coefficients: Floats) -> tuple[float, Floats]:
        margin = sign * (design @ coefficients)
        away = coefficients - centre
        slope = -share * sign * np.exp(-np.logaddexp(0.0, margin))
        return (
            float((share * np.logaddexp(0.0, -margin)).sum() + (pull * away**2).sum()),
            design.T @ slope + 2.0 * pull * away,
        )

    found: Floats = minimize(loss, centre, jac=True, method="BFGS", options={"gtol": 1e-7}).x
    return found


def _weight(name: str, count: int) -> float:
    """Of one example: a set with four times the examples counts for twice as much."""
    return (HARD_WEIGHT if name.startswith(HARD) else 1.0) / sqrt(count)


def _of(one: Labelled, model: str, units: Priors | None = None) -> list[Example]:
    kind, _, languages = model.partition("_")
    if kind == "pair":
        of_model = (pair for pair in one.pairs if f"{pair.overlap.languages}_language" == languages)
        return [pair.example(units or calibration.models()) for pair in of_model]
    models = {f"{other}_{languages}" for other in LEARNED_FROM[kind]}
    return [example for example in one.examples if example.model in models]


def _matrix(examples: Sequence[Example], names: Sequence[str]) -> Floats:
    return np.array([[example.features[name] for name in names] for example in examples], dtype=np.float64)


def _outcomes(examples: Sequence[Example]) -> Floats:
    return np.array([example.holds for example in examples], dtype=np.float64)


# --- the report -------------------------------------------------------------------------------------


def _aligned_before(sets: Sequence[Labelled]) -> Iterator[str]:
    """True pairs that are lost before any of these models can judge them."""
    return (f"{one.name}: {one.not_aligned} of {one.true_pairs} true pairs are not aligned" for one in sets)


def _coefficients(fitted: Mapping[str, Coefficients]) -> Iterator[str]:
    """New coefficients beside those shipped."""
    for model, coefficients in fitted.items():
        shipped = calibration.models().get(model, {})
        told = (f"{name} {value:.2f} ({shipped.get(name, 0.0):.2f})" for name, value in coefficients.items())
        yield f"{model}: {', '.join(told)}"


def _held_out(sets: Sequence[Labelled]) -> Iterator[str]:
    """A Markdown table: each model on each set, fitted on the others; in the last columns, fitted on all."""
    yield f"| {' | '.join(HEADINGS)} |"
    yield f"|{' --- |' * 2}{' ---: |' * (len(HEADINGS) - 2)}"
    every = unit_models(sets)
    others = {one.name: [other for other in sets if other is not one] for one in sets}
    units = {name: unit_models(rest) for name, rest in others.items()}
    for model in PRIORS:
        on_all = fit(sets, model, every)
        for one in sets:
            if examples := _of(one, model, units[one.name]):
                without = fit(others[one.name], model, units[one.name])
                true = sum(example.holds for example in examples)
                cells = [model, one.name, str(true), str(len(examples) - true)]
                cells += [*_scores(examples, without), *_scores(_of(one, model, every), on_all)[2:]]
                yield f"| {' | '.join(cells)} |"


def _units(sets: Sequence[Labelled]) -> Iterator[str]:
    """A Markdown table: the units of each set, judged by all models fitted on the others, by their two languages."""
    yield "| set | languages | true | false | mean probability | ECE | Brier |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    every: list[Judged] = []
    for one in sets:
        judged: defaultdict[str, list[Judged]] = defaultdict(list)
        for between, chance, holds in _judged(one, [other for other in sets if other is not one]):
            judged[between].append((chance, holds))
        judged["all"] = [line for lines in judged.values() for line in lines]
        every += judged["all"]
        yield from (_line(one.name, name, lines) for name, lines in sorted(judged.items()) if len(lines) >= FEWEST)
    if every:
        yield _line("all sets", "all", every)


def _judged(one: Labelled, others: Sequence[Labelled]) -> Iterator[tuple[str, float, bool]]:
    """The languages of each unit, its probability by models that were fitted on other sets, and whether it holds."""
    for model in PRIORS:
        examples = _of(one, model) if model.startswith("unit_") else []
        if examples and (coefficients := fit(others, model)) is not None:
            chances = _chances(examples, coefficients).tolist()
            yield from ((unit.between, chance, unit.holds) for unit, chance in zip(examples, chances, strict=True))


def _line(name: str, languages: str, judged: Sequence[Judged]) -> str:
    chances, holds = (np.array(column) for column in zip(*judged, strict=True))
    counts = str(int(holds.sum())), str(int((~holds).sum())), f"{chances.mean():.3f}"
    return f"| {' | '.join([name, languages, *counts, *_calibrated(chances, holds)])} |"


def _scores(examples: Sequence[Example], coefficients: Coefficients | None) -> tuple[str, str, str, str]:
    """Precision and recall at .5, calibration error and Brier score; dashes where nothing could be fitted."""
    if coefficients is None:
        return ("-",) * 4
    holds, chances = _outcomes(examples), _chances(examples, coefficients)
    called = chances >= 0.5
    score = score_counts(int((called * holds).sum()), int(called.sum()), int(holds.sum()))
    precision = f"{score.precision:.3f}" if called.any() else "-"
    recall = f"{score.recall:.3f}" if holds.any() else "-"
    return precision, recall, *_calibrated(chances, holds)


def _calibrated(chances: Floats, holds: Floats) -> tuple[str, str]:
    outcomes = holds.astype(bool).tolist()
    return f"{calibration_error(chances.tolist(), outcomes):.3f}", f"{brier(chances.tolist(), outcomes):.3f}"


def _chances(examples: Sequence[Example], coefficients: Coefficients) -> Floats:
    names = [name for name in coefficients if name != "bias"]
    weights = np.array([coefficients[name] for name in names])
    odds = coefficients["bias"] + _matrix(examples, names) @ weights
    chances: Floats = np.exp(-np.logaddexp(0.0, -odds))
    return chances


# --- the file ---------------------------------------------------------------------------------------


def document(fitted: Mapping[str, Coefficients], sets: Sequence[Labelled], settings: Settings, day: date) -> str:
    """The text of ``calibration.toml``: coefficients, and what they were fitted on."""
    names = " ".join(one.name for one in sets)
    quoted = ", ".join(f'"{one.name}"' for one in sets)
    lines = [
        "# Logistic coefficients, written by benchmarks/calibrate.py: see docs/calibration.md.",
        "# A model is used with the features it names.",
        "",
        "[fitted]",
        f"date = {day.isoformat()}",
        f'command = "python benchmarks/calibrate.py DATA --only {names} --write --date {day.isoformat()}"',
        f'settings = "{settings.signature()}"',
        *(f"prior_strength_{kind} = {strength}" for kind, strength in STRENGTH.items()),
        f"sets = [{quoted}]",
    ]
    for model, coefficients in fitted.items():
        examples = [example for one in sets for example in _of(one, model)]
        true = sum(example.holds for example in examples)
        lines += ["", f"[models.{model}]", f"examples_true = {true}", f"examples_false = {len(examples) - true}"]
        lines += ["", f"[models.{model}.coefficients]"]
        lines += [f"{name} = {value:.2f}" for name, value in coefficients.items()]
    return "\n".join(lines) + "\n"


def replace(target: Path, text: str) -> None:
    """Write beside the file and rename: a reader sees the old one or the new one."""
    beside = target.with_name(f".{target.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(target)


if __name__ == "__main__":
    sys.exit(main())
