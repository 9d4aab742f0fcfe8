"""Which of two texts is the translation: whose story it is, and who says it at greater length."""

import re
import tomllib
from importlib import resources
from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provtrace.scoring.flags.vocabulary import state_patterns
from provtrace.scoring.translationese import expansion, home
from provtrace.scoring.translationese.homes import MOST, mentions

GERMAN = [
    "Die Bürgermeisterin von Leipzig, Friederike Schnabelmeier, eröffnete am Montag die neue Brücke.",
    "Das Land Sachsen zahlt die Hälfte, sagte Wolfgang Düsterhöft vom Verkehrsministerium in Dresden.",
]
FRENCH = [
    "La maire de Leipzig, Friederike Schnabelmeier, a inauguré lundi le nouveau pont.",
    "Le Land de Saxe en paie la moitié, a dit Wolfgang Düsterhöft, du ministère des transports à Dresde.",
]
ENGLISH = ["The mayor of Leipzig opened the new bridge on Monday.", "Saxony pays half of it."]

SENTENCES = st.lists(st.sampled_from([*GERMAN, *FRENCH, *ENGLISH, "", "1990", "Київ", "東京"]), max_size=5)
CODES = st.sampled_from(["de", "fr", "en", "uk", "ja", "xx", "und"])


def data(name):
    return tomllib.loads(resources.files("provtrace.scoring.translationese").joinpath(name).read_text(encoding="utf-8"))


# --- whose story ------------------------------------------------------------------------------------


def test_a_story_is_at_home_where_its_places_and_names_are():
    assert home(GERMAN, FRENCH, ("de", "fr")) > 1
    assert home(FRENCH, GERMAN, ("fr", "de")) < -1


def test_places_count_in_either_language():
    """ "Saxony" is as German as "Sachsen": neither spelling is in the other text."""
    assert home(ENGLISH, GERMAN, ("en", "de")) < home(["The mayor opened it."], ["Sie kam."], ("en", "de"))


def test_a_place_where_both_languages_are_spoken_tells_nothing():
    english, french = ["a bridge in Ottawa and one in Montreal"], ["un pont à ottawa, un autre à montréal"]
    assert home(english, french, ("en", "fr")) == pytest.approx(0.0)


def test_nothing_said_tells_nothing():
    assert home([], [], ("de", "fr")) == 0.0
    assert home(["it snowed"], ["il neigeait"], ("en", "fr")) == 0.0
    assert home(GERMAN, FRENCH, ("xx", "und")) == 0.0


def test_names_in_a_foreign_script_are_no_evidence_for_it():
    """What a Russian text writes in Latin letters looks like English, whoever wrote first."""
    russian = ["Компании Westbridge, Holloway и Thornbury открыли новый завод на окраине города, сообщил директор."]
    english = ["Westbridge, Holloway and Thornbury have opened a factory, its director said."]
    assert home(english, russian, ("en", "ru")) == 0.0


def test_a_sentence_is_read_the_same_however_its_accents_are_encoded():
    composed = mentions("Une école de Besançon, près de Genève, et Orléans.")
    decomposed = mentions("Une e\u0301cole de Besanc\u0327on, pre\u0300s de Gene\u0300ve, et Orle\u0301ans.")
    assert composed == decomposed
    assert {"Besançon", "Orléans"} <= composed.names


@given(SENTENCES, SENTENCES, CODES, CODES)
def test_home_is_antisymmetric_and_bounded(left, right, one, other):
    found = home(left, right, (one, other))
    assert -MOST <= found <= MOST
    assert home(right, left, (other, one)) == pytest.approx(-found)


@given(SENTENCES, SENTENCES, st.randoms())
def test_home_does_not_ask_for_the_order_of_sentences(left, right, chance):
    found = home(left, right, ("de", "fr"))
    chance.shuffle(left)
    chance.shuffle(right)
    assert home(left, right, ("de", "fr")) == pytest.approx(found)


def test_every_listed_state_has_languages_and_every_language_a_state_that_is_listed():
    homes, known = data("homes.toml"), {*state_patterns(), *data("homes.toml")["states"]}
    assert set(homes["languages"]) <= known
    assert set(homes["states"]) | set(homes["within"]) <= set(homes["languages"])
    assert not set(homes["states"]) & set(state_patterns())
    assert all(re.fullmatch(r"[a-z]{2}( [a-z]{2})*", codes) for codes in homes["languages"].values())


def test_no_pattern_stands_for_two_states():
    seen: dict[str, str] = {}
    for lists in (data("homes.toml")["states"], data("homes.toml")["within"]):
        for state, patterns in lists.items():
            for pattern in patterns.split():
                assert seen.setdefault(pattern, state) == state


def test_invented_stories_mention_no_place_of_their_own_languages():
    """The background sentences name no real place: whatever is found in them is a common word taken for one."""
    sample = tomllib.loads(resources.files("provtrace.scoring").joinpath("background.toml").read_text(encoding="utf-8"))
    for language, sentences in sample["sentences"].items():
        taken = [text for text in sentences for spoken in mentions(text).places if {language, "en"} & spoken]
        assert not taken, language


# --- length -----------------------------------------------------------------------------------------

LENGTHS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=20)
USUAL = {language: length for table in data("lengths.toml").values() for language, length in table.items()}
SPOKEN = st.sampled_from(sorted(USUAL))


@given(LENGTHS, SPOKEN, SPOKEN)
def test_expansion_is_antisymmetric(lengths, one, other):
    found = expansion(lengths, (one, other))
    back = expansion([(b, a) for a, b in lengths], (other, one))
    assert (found is None) == (back is None)
    assert found is None or back == pytest.approx(-found, abs=1e-9)


@given(st.lists(st.integers(50, 400), min_size=4, max_size=20), SPOKEN, SPOKEN, st.floats(0.7, 1.4))
def test_what_is_as_long_as_its_language_needs_is_not_expanded(sizes, one, other, growth):
    ratio = USUAL[other] / USUAL[one]
    lengths = [(10_000 * size, round(10_000 * size * ratio * growth)) for size in sizes]
    assert expansion(lengths, (one, other)) == pytest.approx(log(growth), abs=1e-4)


def test_units_that_stray_do_not_count():
    even = [(100, 107)] * 9
    assert expansion([*even, (100, 300), (40, 2)], ("de", "de")) == pytest.approx(log(1.07))


def test_a_few_units_or_an_unknown_language_tell_nothing():
    assert expansion([(100, 120)] * 3, ("de", "fr")) is None
    assert expansion([(100, 120)] * 9, ("de", "xx")) is None
    assert expansion([(100, 30)] * 9, ("en", "zh")) is None
    assert expansion([], ("de", "fr")) is None
    assert expansion([(0, 10)] * 9, ("de", "fr")) is None


def test_usual_lengths_are_those_of_the_sample():
    sample = tomllib.loads(resources.files("provtrace.scoring").joinpath("background.toml").read_text(encoding="utf-8"))
    sizes = {language: sum(map(len, texts)) for language, texts in sample["sentences"].items()}
    listed = data("lengths.toml")["sample"]
    assert listed == pytest.approx({language: sizes[language] / sizes["en"] for language in listed}, abs=6e-4)


def test_both_ways_of_measuring_agree_on_what_is_usual():
    assert all(0.6 < length < 1.4 for length in USUAL.values())
    assert exp(abs(log(USUAL["uk"] / USUAL["ru"]))) < 1.1
