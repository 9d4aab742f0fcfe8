"""Features of a unit to a probability and a kind."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from provtrace.scoring import calibration
from provtrace.scoring.calibration import (
    Features,
    features,
    kind,
    logistic,
    pair_languages,
    probability,
    probability_alone,
)
from provtrace.tables import SENTENCE_KINDS

SHARES = st.floats(0, 1)
SIGNED = st.floats(-1, 1)
COUNTS = st.integers(0, 60)
LANGUAGES = st.sampled_from(["same", "cross", "unknown"])
UNITS = st.builds(
    Features,
    cosine=SIGNED,
    csls=SIGNED,
    chrf=SHARES,
    edit=SHARES,
    anchors=SHARES,
    numbers=SIGNED,
    names=SIGNED,
    quoted=SHARES,
    run=COUNTS,
    quote_run=COUNTS,
    run_share=SHARES,
    support=st.floats(0, 3),
    languages=LANGUAGES,
)
PLAIN = Features(
    cosine=0.8,
    csls=0.4,
    chrf=0.5,
    edit=0.3,
    anchors=0.4,
    numbers=0.0,
    names=0.0,
    quoted=0.0,
    run=2,
    quote_run=0,
    run_share=0.1,
    support=1.0,
    languages="same",
)


@given(UNITS)
def test_probabilities_and_kinds_are_in_range(unit):
    assert 0.0 <= probability(unit) <= 1.0
    assert 0.0 <= probability_alone(unit) <= 1.0
    assert kind(unit) in SENTENCE_KINDS


@given(UNITS, st.data())
def test_more_of_a_feature_moves_the_probability_by_its_sign(unit, data):
    weights = dict(calibration.models()[f"unit_{unit.languages}_language"])
    weights.pop("bias")
    name = data.draw(st.sampled_from(sorted(weights)))
    more = replace(unit, **{name: getattr(unit, name) + 0.25})
    assert (probability(more) - probability(unit)) * weights[name] > 0


def test_similarity_counts_in_favour_in_every_model():
    for name, weights in calibration.models().items():
        positive = {"csls", "chrf", "anchors", "edit", "numbers", "names", "support", "evidence", "order", "runs"}
        assert all(weight > 0 for feature, weight in weights.items() if feature in positive), name


def test_models_speak_of_features_that_exist():
    known = {field.name for field in fields(Features)}
    for name, weights in calibration.models().items():
        if name.startswith(("unit_", "alone_")):
            assert set(weights) - {"bias"} <= known
    served = {
        f"{kind}_{languages}_language" for kind in ("unit", "alone") for languages in ("same", "cross", "unknown")
    }
    assert served <= set(calibration.models())


@given(UNITS, st.floats(0, 6))
def test_texts_without_articles_have_no_place_among_others(unit, support):
    assert probability_alone(replace(unit, support=support)) == probability_alone(unit)


def test_extreme_scores_do_not_overflow():
    assert logistic("unit_same_language", vars(replace(PLAIN, csls=1e9))) == pytest.approx(1.0)
    assert logistic("unit_same_language", vars(replace(PLAIN, csls=-1e9))) == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "paraphrase"),
        ({"languages": "cross"}, "translation"),
        ({"languages": "unknown"}, "translation"),
        ({"edit": 1.0}, "verbatim"),
        ({"edit": 0.97}, "verbatim"),
        ({"edit": 0.9}, "near_verbatim"),
        ({"run": 12, "run_share": 0.7}, "near_verbatim"),
        ({"run": 12, "run_share": 0.3}, "paraphrase"),
        ({"run": 4, "run_share": 1.0}, "paraphrase"),
        ({"edit": 1.0, "quoted": 0.9}, "shared_quote"),
        ({"languages": "cross", "quoted": 1.0}, "shared_quote"),
    ],
)
def test_kinds(changes, expected):
    assert kind(replace(PLAIN, **changes)) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("en", "en", "same"),
        ("xx", "xx", "same"),
        ("en", "fr", "cross"),
        ("en", "xx", "unknown"),
        ("und", "en", "same"),  # not known to be another
    ],
)
def test_which_model_serves_two_languages(left, right, expected):
    assert pair_languages(left, right, frozenset({"en", "fr"})) == expected


@hypothesis_settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_features_are_symmetric_and_in_range(left, right):
    def both(one, other):
        return features(one, other, cosine=0.5, csls=0.2, wording=0.3, support=1.0, languages="same")

    unit = both(left, right)
    assert unit == both(right, left)
    for name in ("chrf", "edit", "anchors", "quoted", "run_share"):
        assert 0.0 <= getattr(unit, name) <= 1.0
    assert -1.0 <= unit.numbers <= 1.0
    assert -1.0 <= unit.names <= 1.0
    assert unit.quote_run <= unit.run


def test_texts_without_words_are_not_the_same_text():
    assert (
        kind(features("***", "* * *", cosine=0.9, csls=0.4, wording=0.0, support=0.0, languages="same")) == "paraphrase"
    )


def test_the_same_sentence_is_verbatim_and_near_certain():
    text = "The lock was built in 1912 and widened after the flood of 1954."
    unit = features(text, text, cosine=1.0, csls=0.6, wording=1.0, support=1.0, languages="same")
    assert kind(unit) == "verbatim"
    assert probability(unit) > 0.95
    assert probability_alone(unit) > 0.95


# --- shared quotations --------------------------------------------------------------------------------


def kind_of(left, right):
    return kind(features(left, right, cosine=0.8, csls=0.3, wording=0.5, support=0.0, languages="same"))


SAID = "we will not open the gate before the tide has turned"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (f"“{SAID.capitalize()},” Orla Venn said.", f"At noon the harbour master told a packed hall: “{SAID}.”"),
        (f"In a statement the port vowed that “{SAID}”, and no ship left.", f"“{SAID},” Venn shouted from the quay."),
        (f"Venn sagte: „{SAID}“.", f"„{SAID}“, hieß es am Abend aus dem Rathaus von Lisk dazu."),
        (f"« {SAID} », a dit Venn.", f"Dans un communiqué publié lundi, le port a juré que « {SAID} »."),
        (f"Венн сказала: «{SAID}».", f"«{SAID}», — говорится в заявлении порта, опубликованном утром."),
    ],
)
def test_one_quotation_in_two_reports_is_shared(left, right):
    assert kind_of(left, right) == kind_of(right, left) == "shared_quote"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        # what is said about it is the same: one of the two was copied
        (
            f"“{SAID},” harbour master Orla Venn told a packed hall of angry skippers on Monday night.",
            f"“{SAID},” the harbour master, Orla Venn, told a packed hall of angry skippers late on Monday.",
        ),
        # few words in common inside the marks
        ("“We wait for the tide,” Venn told a packed hall of angry skippers.", "The port said “we wait for the moon”."),
        # nothing closes the quotation: what is said about it may be inside
        (
            f"“{SAID}, Venn told a packed hall of angry skippers on Monday night as it rained.",
            f"The mayor of Lisk, who had come by bus, heard her say to skippers: “{SAID}.”",
        ),
        # one reports what the other quotes
        (f"The harbour master told the skippers that {SAID}.", f"“{SAID},” Venn shouted from the quay on Monday."),
    ],
)
def test_what_is_copied_or_told_is_no_shared_quotation(left, right):
    assert kind_of(left, right) == kind_of(right, left) != "shared_quote"
