"""The fit of the coefficients: the estimator against known answers, what counts as an example, what is written."""

import json
import sys
import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import calibrate
import labelled
from labelled import Example, Labelled
from strategies import unit

from provtrace import Settings
from provtrace.results.evaluate.read import read_gold
from provtrace.scoring.overlap import Overlap

FEATURES = calibrate.PRIORS["unit_same_language"]


def set_of(name, separation, count=40):
    """Units of which the true ones are closer."""
    examples = tuple(
        Example(
            "unit_same_language",
            dict.fromkeys(FEATURES, 0.0) | {"csls": sign * separation + n / count, "support": 0.1},
            sign > 0,
        )
        for n in range(count)
        for sign in (-1, 1)
    )
    return Labelled(name, examples, count, 0)


# --- the estimator ---


def test_without_a_prior_the_fit_finds_the_coefficients_that_made_the_data():
    draw = np.random.default_rng(7)
    features = draw.normal(size=(20_000, 2))
    chances = 1 / (1 + np.exp(-(0.5 + features @ np.array([2.0, -1.0]))))
    holds = (draw.random(len(features)) < chances).astype(float)
    found = calibrate.penalised(features, holds, np.ones(len(features)), np.zeros(2), 0.0)
    assert found == pytest.approx([0.5, 2.0, -1.0], abs=0.1)


def test_a_strong_prior_holds_against_any_data():
    features, holds = np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([0.0, 1.0])
    prior = np.array([3.0, 0.7])
    assert calibrate.penalised(features, holds, np.ones(2), prior, 1e6)[1:] == pytest.approx(prior, abs=1e-4)


def test_a_feature_that_never_varies_keeps_its_prior():
    fitted = calibrate.fit([set_of("wmt_derivation_x", 1.0)], "unit_same_language")
    assert fitted["chrf"] == pytest.approx(FEATURES["chrf"], abs=1e-3)


def test_weights_count_as_repetitions():
    features, holds = np.array([[1.0], [1.0], [-1.0]]), np.array([1.0, 0.0, 0.0])
    weighted = calibrate.penalised(features, holds, np.array([3.0, 1.0, 1.0]), np.ones(1), 0.01)
    rows = [0, 0, 0, 1, 2]
    repeated = calibrate.penalised(features[rows], holds[rows], np.ones(5), np.ones(1), 0.01)
    assert weighted == pytest.approx(repeated, abs=1e-4)


def test_examples_of_one_kind_fit_nothing():
    only_true = tuple(example for example in set_of("seeds", 1.0).examples if example.holds)
    assert calibrate.fit([Labelled("seeds", only_true, 3, 0)], "unit_same_language") is None


def test_a_set_is_judged_by_coefficients_that_never_saw_it():
    """A set whose labels are turned round can only be got wrong by a fit on the other one."""
    good, turned = set_of("wmt_derivation_x", 1.0), set_of("wmt_composite_x", -1.0)
    lines = [line for line in calibrate._held_out([good, turned]) if "unit_same_language | wmt_composite_x" in line]
    assert len(lines) == 1
    _, _, true, false, precision, recall, *_ = (cell.strip() for cell in lines[0].strip("|").split("|"))
    assert (true, false) == ("40", "40")
    assert float(precision) < 0.5
    assert float(recall) < 0.5


def test_sentences_alone_learn_from_units_but_not_the_other_way_round():
    alike = dict.fromkeys(calibrate.PRIORS["unit_same_language"], 0.2)
    unit, alone = (Example(f"{kind}_same_language", alike, holds=True) for kind in ("unit", "alone"))
    one = Labelled("seeds", (unit, alone), 1, 0)
    assert calibrate._of(one, "unit_same_language") == [unit]
    assert calibrate._of(one, "alone_same_language") == [unit, alone]
    assert calibrate._of(one, "alone_cross_language") == []


def test_units_are_told_by_language_and_together():
    def units(name, separation):
        features = dict.fromkeys(calibrate.PRIORS["unit_same_language"], 0.1)
        return Labelled(
            name,
            tuple(
                Example("unit_same_language", features | {"support": sign * separation}, sign > 0, between)
                for sign in (-1, 1)
                for between in ("de-de", "en-en")
                for _ in range(calibrate.FEWEST)
            ),
            0,
            0,
        )

    *_, one, other, both, total = calibrate._units([units("wmt_derivation_x", 1.0), units("wmt_composite_x", 2.0)])
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in (one, other, both, total)]
    assert [row[:4] for row in cells] == [
        ["wmt_composite_x", "all", "60", "60"],
        ["wmt_composite_x", "de-de", "30", "30"],
        ["wmt_composite_x", "en-en", "30", "30"],
        ["all sets", "all", "120", "120"],
    ]
    assert all(0 <= float(row[5]) < 0.5 for row in cells)


def test_a_pair_is_weighed_by_the_models_of_units_that_are_given():
    row = {
        **unit("a", "b", [0], [0]), "left_language": "en", "right_language": "en", "support": 1.0, "languages": "same",
        **{f"{side}_{name}": value for side in ("left", "right")
           for name, value in (("body", 1000), ("body_start", 0), ("body_end", 1000))},
    }  # fmt: skip
    pair = labelled.Compared(Overlap([row], frozenset({"en"})), holds=True)
    sure, unsure = (pair.example({"unit_same_language": {"bias": bias}}) for bias in (5.0, -5.0))
    assert (sure.model, sure.holds) == ("pair_same_language", True)
    assert sure.features["held"] > unsure.features["held"]
    assert sure.features["wording"] == unsure.features["wording"]
    one = Labelled("seeds", (), 1, 0, (pair,))
    assert calibrate._of(one, "pair_same_language", {"unit_same_language": {"bias": 5.0}}) == [sure]
    assert calibrate._of(one, "pair_cross_language") == []


# --- the labels ---


def write(path, lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def labels(folder, pairs):
    proposed = pl.DataFrame(pairs, schema=["left_id", "right_id"], orient="row")
    return dict(labelled._labels(folder, read_gold(folder), proposed))


def test_what_the_gold_leaves_open_is_no_example(tmp_path):
    documents = [
        {"id": "a-en", "role": "original", "family": "a"},
        {"id": "a-de", "role": "human_ref", "family": "a"},
        {"id": "b-en", "role": "original", "family": "b"},
        {"id": "x", "role": "derived_composite", "family": "a"},
        {"id": "y", "role": "derived_composite", "family": "b"},
    ]
    write(tmp_path / "documents.jsonl", documents)
    pair = {"upstream": "a-en", "downstream": "x", "kind": "partial_translation", "directed": True}
    write(tmp_path / "pairs.jsonl", [pair, {**pair, "upstream": "b-en", "downstream": "y"}])
    proposed = [("a-en", "x"), ("a-de", "x"), ("a-de", "a-en"), ("b-en", "x"), ("x", "y"), ("a-en", "b-en")]
    assert labels(tmp_path, proposed) == {("a-en", "x"): True, ("b-en", "x"): False, ("a-en", "b-en"): False}


def test_what_a_digest_takes_is_no_example(tmp_path):
    documents = [
        {"id": "c1", "role": "wire", "cluster": "1"},
        {"id": "c2", "role": "wire", "cluster": "2"},
        {"id": "d", "role": "digest", "cluster": None},
    ]
    write(tmp_path / "documents.jsonl", documents)
    pair = {"upstream": "c1", "downstream": "d", "kind": "digest_excerpt", "directed": True}
    write(tmp_path / "pairs.jsonl", [pair])
    proposed = [("c1", "d"), ("c2", "d"), ("c1", "c2")]
    assert labels(tmp_path, proposed) == {("c1", "c2"): False}


def test_rated_pairs_count_where_the_wording_is_clear(tmp_path):
    rated = [("a", 0.5), ("b", 0.1), ("c", 0.0), ("d", None)]
    lines = [
        {"upstream": name, "downstream": "z", "kind": "same_story_rating", "directed": False, "overall": 1.0}
        | {"jaccard3": 0.0 if jaccard is None else jaccard}
        for name, jaccard in rated[:3]
    ]
    write(tmp_path / "pairs.jsonl", lines)
    assert labels(tmp_path, []) == {("a", "z"): True, ("c", "z"): False}


# --- the file ---


def test_what_is_written_is_read_back_with_what_it_was_fitted_on():
    sets = [set_of("wmt_derivation_x", 1.0)]
    fitted = calibrate.fit(sets, "unit_same_language")
    text = calibrate.document({"unit_same_language": fitted}, sets, Settings(), date(2024, 5, 6))
    told = tomllib.loads(text)
    model = told["models"]["unit_same_language"]
    assert model["coefficients"] == pytest.approx(fitted, abs=0.005)
    assert (model["examples_true"], model["examples_false"]) == (40, 40)
    assert told["fitted"]["date"] == date(2024, 5, 6)
    assert told["fitted"]["sets"] == ["wmt_derivation_x"]
    assert told["fitted"]["settings"] == Settings().signature()


def test_nothing_is_written_without_a_date_and_nothing_is_fitted_without_a_set(tmp_path, capsys):
    assert calibrate.main([str(tmp_path), "--write"]) == 2
    assert "--date" in capsys.readouterr().err
    assert calibrate.main([str(tmp_path)]) == 2
    assert "wmt_composite" in capsys.readouterr().err


def test_the_shipped_models_are_those_that_are_fitted():
    from provtrace.scoring.calibration import models

    assert {name: set(model) - {"bias"} for name, model in models().items()} == {
        name: set(prior) for name, prior in calibrate.PRIORS.items()
    }
