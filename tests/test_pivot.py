"""What a translator says of two texts: pivot scores, directions, and their way into a run."""

import numpy as np
import polars as pl
import pytest
import tiny_models
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import provtrace as pt
from provtrace.errors import InputError
from provtrace.scoring import pivot
from provtrace.scoring.pivot import LEAST, UNITS, bleu, chrf, direction, with_directions
from provtrace.stages import align
from provtrace.tables import ALIGNMENTS, SENTENCES

# --- scores of a translation ------------------------------------------------------------------------


@pytest.mark.parametrize("score", [chrf, lambda *texts: bleu(*texts, "en")])
def test_scores_go_from_nothing_in_common_to_the_same(score):
    text = "The ferry left the northern harbour before dawn."
    near = score("The ferry left the north harbour before dawn.", text)
    assert score(text, text) == pytest.approx(1.0)
    assert 0.2 < near < 1.0
    assert score("Zzz qqq.", text) < 0.1
    assert score("", text) == 0.0


def test_bleu_counts_characters_where_there_are_no_words():
    assert bleu("渡船は北の港を出た。", "渡船は夜明け前に北の港を出た。", "ja") > 0.3
    assert bleu("渡船は北の港を出た。", "渡船は夜明け前に北の港を出た。", "en") < 0.1


# --- direction --------------------------------------------------------------------------------------


@given(st.lists(st.floats(-5, 5), max_size=12))
def test_a_direction_is_that_of_the_mirrored_units_turned_round(differences):
    one, other = direction(differences), direction([-value for value in differences])
    assert (one.mean, one.error, one.units) == (-other.mean, other.error, len(differences))
    assert {one.source, other.source} in ({None}, {"left", "right"})


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=12), st.randoms())
def test_the_order_of_units_does_not_show(differences, shuffler):
    shuffled = shuffler.sample(differences, len(differences))
    assert direction(shuffled) == direction(differences)


@pytest.mark.parametrize(
    ("differences", "source"),
    [
        ([], None),
        ([2.0, 2.0], None),  # too few
        ([0.3, 0.2, 0.4, 0.3], "left"),
        ([-0.3, -0.2, -0.4, -0.3], "right"),
        ([0.01] * 8, None),  # within the margin
        ([3.0, -2.5, 0.1, 0.2, -0.4], None),  # units that contradict one another
    ],
)
def test_what_decides_and_what_does_not(differences, source):
    assert direction(differences).source == source


# --- which units are asked about --------------------------------------------------------------------


class Oracle:
    """A translator that likes targets shorter than their sources, and keeps what it was asked."""

    name = "oracle"

    def __init__(self, served=(("de", "en"), ("en", "de"))):
        self.served, self.asked = served, []

    def serves(self, source, target):
        return (source, target) in self.served

    def translate(self, texts, source, target):
        raise AssertionError("nobody asked for a translation")

    def log_likelihood(self, sources, targets, source, target):
        self.asked += [(source, target, *pair) for pair in zip(sources, targets, strict=True)]
        return np.array([len(one) - len(other) for one, other in zip(sources, targets, strict=True)], np.float64)


def article(name, language, count):
    texts = [f"{name} {number}" + "x" * number * (language == "de") for number in range(count)]
    rows = [(name, number, 0, 1, language, "body", text) for number, text in enumerate(texts)]
    return pl.DataFrame(rows, schema=SENTENCES, orient="row")


def units(left, right, numbers, kind="translation", probability=0.95):
    described = [
        {"left_id": left, "right_id": right, "left_sentences": [n], "right_sentences": [n], "left_start": n,
         "right_start": n, "kind": kind, "probability": probability + n / 1000}
        for n in numbers
    ]  # fmt: skip
    return pl.DataFrame(described, schema=ALIGNMENTS)


TEXTS = pl.concat([article("a", "de", 20), article("b", "en", 20), article("c", "en", 20), article("d", "fr", 20)])


def test_directions_are_those_of_the_surest_units_of_a_pair():
    aligned = units("a", "b", range(20))
    found = with_directions(aligned, TEXTS, Oracle())
    told = found.filter(pl.col("direction").is_not_null())
    assert told["left_start"].to_list() == list(range(20 - UNITS, 20))
    assert told["direction"].to_list() == [2.0 * number for number in range(20 - UNITS, 20)]
    assert found.drop("direction").equals(aligned.drop("direction"))


def test_spans_are_asked_about_as_one_text():
    joined = units("a", "b", range(LEAST)).with_columns(left_sentences=[0, 1])
    oracle = Oracle()
    with_directions(joined, TEXTS, oracle)
    assert ("de", "en", "a 0 a 1x", "b 0") in oracle.asked
    assert ("en", "de", "b 0", "a 0 a 1x") in oracle.asked


@pytest.mark.parametrize(
    "aligned",
    [
        units("a", "b", range(LEAST - 1)),
        units("a", "b", range(9), probability=0.5),
        units("b", "c", range(9), kind="paraphrase"),
        units("a", "d", range(9)),  # French is not served
        units("a", "b", []),
    ],
    ids=["few", "unsure", "one language", "not served", "none"],
)
def test_nothing_else_is_asked_about(aligned):
    oracle = Oracle()
    found = with_directions(aligned, TEXTS, oracle)
    assert found["direction"].null_count() == len(aligned)
    assert found.schema == ALIGNMENTS
    assert oracle.asked == []


def test_a_model_of_one_direction_is_not_asked():
    oracle = Oracle(served=[("de", "en")])
    assert with_directions(units("a", "b", range(9)), TEXTS, oracle)["direction"].null_count() == 9


@given(st.integers(0, 99))
def test_neither_the_order_of_rows_nor_other_pairs_show(seed):
    one, other = units("a", "b", range(12)), units("a", "c", range(5))
    together = with_directions(pl.concat([one, other]).sample(fraction=1, shuffle=True, seed=seed), TEXTS, Oracle())
    apart = pl.concat([with_directions(part, TEXTS, Oracle()) for part in (one, other)])
    keys = ["left_id", "right_id", "left_start"]
    assert_frame_equal(together.sort(keys), apart.sort(keys))


# --- a model that translates ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def translator(tmp_path_factory):
    """The name of one that has learnt a cipher: two words of German are one of English."""
    return f"transformers:{tiny_models.translating(tmp_path_factory.mktemp('learnt') / 'model')}"


def test_the_evidence_on_sentences(translator):
    rich, plain = tiny_models.cipher(8, seed=-1)
    found = pt.translation_evidence(rich, plain, languages=("de", "en"), translator=translator)
    assert found.units["translation"].to_list() == plain
    assert found.units["chrf"].to_list() == pytest.approx([1.0] * 8)
    assert found.units["bleu"].to_list() == pytest.approx([1.0] * 8)
    assert (found.units["direction"] == found.units["forward"] - found.units["backward"]).all()
    assert found.direction.source == "left"  # of two words for a thing, one was the original's choice
    assert 0.3 < found.direction.mean < 1.0
    turned = pt.translation_evidence(plain, rich, languages=("en", "de"), translator=translator)
    assert turned.direction.source == "right"
    assert turned.direction.mean == pytest.approx(-found.direction.mean)


def test_what_translates_nothing_scores_low(translator):
    rich, plain = tiny_models.cipher(8, seed=-1)
    found = pt.translation_evidence(rich, plain[::-1], languages=("de", "en"), translator=translator)
    assert found.units["chrf"].mean() < 0.8


def test_no_sentences_are_no_evidence(translator):
    found = pt.translation_evidence([], [], languages=("de", "en"), translator=translator)
    assert (len(found.units), found.direction.source) == (0, None)
    with pytest.raises(InputError, match="1 sentences on the left and 0 on the right"):
        pt.translation_evidence(["a"], [], languages=("de", "en"), translator=translator)


# --- in a run ---------------------------------------------------------------------------------------

GERMAN = [
    "Das Hafenamt sperrte am Dienstag die Nordschleuse, nachdem ein Kahn das Tor gerammt hatte.",
    "Niemand wurde verletzt, sagte der Schleusenwärter, der dort seit 31 Jahren arbeitet.",
    "Bis zum Abend warteten 40 Schiffe oberhalb der Stadt Malverin.",
    "Fachleute aus Malverin rechnen damit, dass die Reparatur neun Tage dauert.",
    "Die Schleuse wurde 1912 gebaut und nach der Flut von 1954 verbreitert.",
]
ENGLISH = [
    "The harbour office closed the northern lock on Tuesday after a barge had rammed the gate.",
    "Nobody was hurt, said the lock keeper, who has worked there for 31 years.",
    "By the evening 40 ships were waiting above the town of Malverin.",
    "Experts from Malverin expect the repair to take nine days.",
    "The lock was built in 1912 and widened after the flood of 1954.",
]
RECORDS = [
    {"id": "one", "text": " ".join(GERMAN), "language": "de"},
    {"id": "two", "text": " ".join(ENGLISH), "language": "en"},
]


class Biased(Oracle):
    """One that finds English, given German, likelier by half a nat."""

    def log_likelihood(self, sources, targets, source, target):
        return np.full(len(sources), -1.0 if source == "de" else -1.5)


@pytest.mark.parametrize("turned", [False, True])
def test_a_translators_direction_decides_a_pair_and_says_why(monkeypatch, turned):
    from provtrace import pipeline

    for module in (align, pipeline):
        monkeypatch.setattr(module, "load_translator", lambda name: Biased())
    german, english = RECORDS if not turned else [{**RECORDS[0], "id": "two"}, {**RECORDS[1], "id": "one"}]
    open_run = pt.trace([german, english])
    assert open_run.tables["relations"]["source_id"].to_list() == [None]
    assert open_run.tables["alignments"]["direction"].null_count() == len(open_run.tables["alignments"])
    told = pt.trace([german, english], settings=pt.Settings(translator="transformers:x"))
    (relation,) = told.tables["relations"].to_dicts()
    assert relation["source_id"] == german["id"]
    assert 0.7 <= relation["direction_probability"] < 0.9
    assert any("a translator finds" in reason and "0.50 nats" in reason for reason in relation["reasons"])
    assert "translator:transformers:x" in told.settings.signature()


def test_a_run_asks_a_real_model(translator):
    """Whatever it makes of sentences whose words it never saw, it is asked, and the run is whole."""
    found = pt.trace(RECORDS, settings=pt.Settings(translator=translator)).tables["alignments"]
    assert found["direction"].null_count() < len(found)
    assert found["direction"].drop_nulls().is_finite().all()
    again = pt.trace(RECORDS, settings=pt.Settings(translator=translator)).tables["alignments"]
    assert_frame_equal(found, again, check_exact=True)


def test_a_wrong_name_is_told_before_the_work():
    with pytest.raises(InputError, match="no translator 'x'"):
        pt.trace(RECORDS, settings=pt.Settings(translator="x"))


def test_the_margin_and_the_cap_are_what_the_pages_say():
    assert (pivot.MARGIN, pivot.ERRORS, pivot.LEAST, pivot.UNITS, pivot.SURE) == (0.05, 2.0, 3, 8, 0.9)
