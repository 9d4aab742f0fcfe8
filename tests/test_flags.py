"""Flags of aligned units: right when raised, silent where nothing changed. All texts are invented."""

from __future__ import annotations

import json
import os
import tomllib
from importlib import resources
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import provtrace as pt
from provtrace.scoring.flags import Told, flags
from provtrace.scoring.flags.numbers import find
from provtrace.scoring.flags.reading import inside_quote, read
from provtrace.scoring.flags.vocabulary import Meaning, Vocabulary, fold, languages, tokens, vocabulary
from provtrace.tables import UNIT_FLAGS

DATA = os.environ.get("PROVTRACE_DATA")


def raised(
    left: str, right: str, language: str = "en", other: str | None = None, before: tuple = ((), ())
) -> list[str]:
    return flags(Told(left, language, before[0]), Told(right, other or language, before[1]))


# --- raised -----------------------------------------------------------------------------------------

SAME_LANGUAGE = [
    ("number_changed", "en", "The blast killed 12 people on Monday.", "The blast killed 21 people on Monday."),
    ("number_changed", "en", "Turnover was $1.2 million last year.", "Turnover was $3.4 million last year."),
    ("number_changed", "en", "Police held three suspects.", "Police held four suspects."),
    ("number_changed", "de", "Rund 40 Prozent stimmten zu.", "Rund 70 Prozent stimmten zu."),
    ("number_changed", "ru", "Погибли 12 человек в городе.", "Погибли 17 человек в городе."),
    ("name_changed", "en", "The bridge near Larnholm was closed.", "The bridge near Vestbury was closed."),
    ("name_changed", "en", "The Serbian army moved guns.", "The Kosovar army moved guns."),
    ("name_changed", "de", "Die serbische Armee rückte vor.", "Die ungarische Armee rückte vor."),
    ("name_changed", "fr", "Le ministre Durivel a signé le texte.", "Le ministre Karpone a signé le texte."),
    ("polarity_changed", "en", "The council will pay the fee.", "The council will not pay the fee."),
    ("polarity_changed", "en", "Prices rose again in March.", "Prices fell again in March."),
    ("polarity_changed", "en", "The club confirmed the sale of the ground.", "The club denied the sale of the ground."),
    ("polarity_changed", "de", "Die Stadt wird die Brücke sperren.", "Die Stadt wird die Brücke nicht sperren."),
    ("polarity_changed", "fr", "Les prix ont augmenté en mars.", "Les prix ont diminué en mars."),
    ("quote_drift", "en", 'He said: "We will sell the old mill soon."', 'He said: "We may sell the old barn soon."'),
    (
        "quote_to_indirect", "en",
        '"We will sell the old mill by June," the mayor said.', "The mayor said they would sell the old mill by June.",
    ),
    (
        "quote_to_indirect", "de",
        "„Wir werden die alte Mühle verkaufen“, sagte der Rat.", "Der Rat sagte, man werde die alte Mühle verkaufen.",
    ),
    (
        "speaker_lost", "en",
        '"We are selling the old mill in June," the mayor said.', "The town is selling the old mill in June.",
    ),
    ("speaker_lost", "en", "The mayor said the old mill had burned down.", "The old mill had burned down."),
    ("speaker_lost", "en", "The old mill burned down, the mayor said.", "The old mill burned down, Reuters disclosed."),
]  # fmt: skip

TWO_LANGUAGES = [
    ("number_changed", "en", "de", "The blast killed 12 people.", "Die Explosion tötete 21 Menschen."),
    ("number_changed", "en", "fr", "It cost 3.4 million euros.", "Cela a coûté 8,1 millions d'euros."),
    ("name_changed", "en", "ru", "Serbia moved its guns.", "Венгрия передвинула свои орудия."),
    ("name_changed", "en", "ar", "Serbia moved its guns.", "حركت المجر مدافعها."),
    ("name_changed", "tr", "it", "Sırbistan toplarını taşıdı.", "L'Ungheria sposta cannoni."),
    ("polarity_changed", "en", "de", "Prices rose in March.", "Die Preise sanken im März."),
    ("polarity_changed", "es", "pl", "Los precios aumentaron.", "Ceny spadły."),
    ("polarity_changed", "sr", "en", "Цене су порасле у марту.", "Prices fell in March."),
    (
        "quote_to_indirect", "fr", "en",
        "« Nous vendrons le vieux moulin », a déclaré le maire.", "The mayor said they would sell it.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("flag", "language", "left", "right"), SAME_LANGUAGE)
def test_raised_in_one_language(flag, language, left, right) -> None:
    assert raised(left, right, language) == [flag]


@pytest.mark.parametrize(("flag", "language", "other", "left", "right"), TWO_LANGUAGES)
def test_raised_across_languages(flag, language, other, left, right) -> None:
    assert raised(left, right, language, other) == [flag]


# --- silent -----------------------------------------------------------------------------------------

SILENT = [
    ("en", "en", "It cost $1.2 million.", "It cost $1,200,000."),
    ("en", "en", "It cost 1.24 million crowns.", "It cost 1.2 million crowns."),
    ("en", "en", "A dozen people were hurt.", "12 people were hurt."),
    ("en", "en", "Some 4,500 soldiers came.", "4,480 soldiers came."),
    ("en", "en", "Three gunmen and one officer died.", "Four men died."),
    ("en", "en", "Of 500 or 390 million, all is spent.", "Of 500 million or 390 million, all is spent."),
    ("en", "en", "Sales rose from 1.1 to 2.3 million.", "Sales rose from 1.1 million to 2.3 million."),
    ("en", "en", "Of 0.1 and 0.2 points, all is gone.", "Of 0.3 points, all is gone."),
    ("en", "de", "It cost 1,250.50 euros.", "Es kostete 1.250,50 Euro."),
    ("en", "de", "It lies 60 miles north of the sea.", "Es liegt 97 Kilometer nördlich des Meeres."),
    ("en", "fr", "They meet at 3:30 pm.", "Ils se retrouvent à 15h30."),
    ("en", "en", "They won 3-1 on Sunday.", "They won 1-3 on Sunday."),
    ("en", "en", "The F-16 landed.", "The F-18 landed."),
    ("en", "en", "Two people died in 2019.", "Two people died."),  # left out is not changed
    ("en", "en", "Washington warned Serbia.", "The United States warned Serbia."),
    ("en", "de", "Belgrade's troops moved.", "Serbiens Truppen rückten vor."),
    ("en", "en", "Aleksandar Vucic spoke to the army.", "Aleksandar Vučić spoke to the army."),
    ("en", "en", "The army of Kyiv moved.", "The army of Kiev moved."),
    ("pl", "pl", "Spotkał się z Karponem w mieście.", "Spotkał się z Karponą w mieście."),
    ("en", "en", "On Monday the Senate met.", "On Tuesday the House met."),
    ("en", "en", "Mr Karpone met the mayor.", "President Karpone met the mayor."),
    ("en", "en", "He told us to go.", "He told them to go."),  # "us" is no state
    ("en", "en", "It did not rise.", "It fell."),
    ("en", "en", "Stocks rose as yields fell.", "Yields fell as stocks rose."),
    ("es", "fr", "La verja, bajada ayer, no quiso subir.", "La grille, abaissée hier, n'a pas voulu remonter."),
    ("en", "en", "He was unable to come.", "He was not able to come."),
    ("fr", "en", "Il n'en a que deux.", "He only has two."),
    ("en", "en", 'He said: "We will sell the old mill."', 'He spoke of "the old mill".'),  # only shorter
    ("en", "en", 'He said: "We honour the harbour masters."', 'He said: "We honor the harbor masters."'),
    ("en", "en", "“We will sell the old mill by June,” he said.", "“We will sell the old mill by June.”"),
    ("en", "de", "The mayor said the mill had burned.", "Die Mühle sei abgebrannt, so der Bürgermeister."),
    ("en", "en", "The minister told Reuters the mill had burned.", "The mill had burned, Reuters reported."),
    ("und", "und", "wpl 12 xyz", "qqq 13 rst"),
]


@pytest.mark.parametrize(("language", "other", "left", "right"), SILENT)
def test_silent_where_nothing_changed_or_nobody_can_tell(language, other, left, right) -> None:
    assert raised(left, right, language, other) == []


TEXTS = st.one_of(
    st.text(max_size=80),
    st.sampled_from([text for *_, left, right in (*SAME_LANGUAGE, *TWO_LANGUAGES) for text in (left, right)]),
)
LANGUAGES = st.sampled_from(["en", "de", "fr", "ar", "tr", "sr", "zh", "und"])


@given(TEXTS, TEXTS, LANGUAGES, LANGUAGES)
def test_any_text_gives_sorted_flags_of_the_vocabulary_alike_from_both_sides(left, right, language, other) -> None:
    found = raised(left, right, language, other)
    assert found == sorted(set(found) & set(UNIT_FLAGS))
    assert raised(right, left, other, language) == found


@given(TEXTS, LANGUAGES)
def test_a_text_says_nothing_against_itself(text, language) -> None:
    assert raised(text, text, language) == []
    assert raised(text, f"{text} ", language) == []


def test_hostile_numbers_and_lengths_are_read_in_time() -> None:
    assert raised("1" + "0" * 5000 + " people", "2" * 5000 + " people") == []
    assert raised("0.0 0 00 000,000", "0 1e999 ۰۰ ⁷") == []
    assert raised("not " * 3000 + "so.", "rose " * 3000 + "so.") == []
    assert raised("1,5; " * 20_000, "2,5; " * 20_000) == []  # each against each would be 400 million


# --- whose doing "this" is --------------------------------------------------------------------------

SERBIA = ("Witnesses saw a deployment of the Serbian army along the border with Kosovo.", "The talks go on.")
KOSOVO = ("The Kosovo government showed itself resolute.",)


def test_this_handed_to_another_state() -> None:
    left, right = "“This deployment also includes heavy artillery.”", "This involves heavy artillery."
    assert raised(left, right, before=(SERBIA, KOSOVO)) == ["name_changed"]
    assert raised(left, right, before=(SERBIA, SERBIA[:1])) == []  # two states, nobody can say whose
    assert raised(left, right, before=(SERBIA, ())) == []
    assert raised(left, right, before=(SERBIA, ("The Serbian government showed itself resolute.",))) == []


def test_inside_a_quotation_the_speaker_stands_elsewhere() -> None:
    left, right = "The mayor said the old mill had burned down.", "The old mill had burned down."
    assert raised(left, right, before=((), ("“I saw it all,” she said, “and I will tell you.",))) == []
    assert raised(left, right, before=((), ("“I saw it all,” she said.",))) == ["speaker_lost"]
    assert inside_quote(['He said: "It is', "not so far."])
    assert not inside_quote(['He said: "It is not so far."'])


@pytest.mark.skipif(not DATA, reason="PROVTRACE_DATA names no folder")
def test_a_states_artillery_handed_to_another_is_aligned_and_flagged() -> None:
    """Of five articles on one event, one says the sentence before of another state than its source does."""
    folder = Path(str(DATA)) / "seeds"
    segments = json.loads((folder / "gold.json").read_text(encoding="utf-8"))["alignments"]
    (members,) = [one["members"] for one in segments if "anti-aircraft" in one["gist"] and one["cross_document"]]
    texts = [next(folder.glob(f"{member['document']}_*.txt")).read_text(encoding="utf-8") for member in members]
    units = pt.align(*texts)
    ends = [(text.index(member["text"]), len(member["text"])) for text, member in zip(texts, members, strict=True)]
    hit = units.filter(
        pl.col("left_start") <= ends[0][0], pl.col("left_end") >= sum(ends[0]),
        pl.col("right_start") <= ends[1][0], pl.col("right_end") >= sum(ends[1]),
    )  # fmt: skip
    assert hit["flags"].to_list() == [["name_changed", "quote_to_indirect", "speaker_lost"]]


# --- numbers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "value", "unit"),
    [
        ("en", "1.2 million dollars", 1.2e6, "dollar"),
        ("de", "3,5 Mrd. Euro", 3.5e9, "euro"),
        ("fr", "au total 12 %", 12.0, "percent"),
        ("tr", "yüzde 7", 7.0, "percent"),
        ("ru", "5 млн рублей", 5e6, "rouble"),
        ("ar", "٤٥ مليون دولار", 45e6, "dollar"),
        ("en", "£20m", 20.0, "pound"),
        ("en", "in 2019 there was", 2019.0, "year"),
        ("en", "seven people", 7.0, ""),
    ],
)
def test_what_a_number_says(language, text, value, unit) -> None:
    (number,) = find(read(text, language))
    assert value in number.values
    assert number.unit == unit


# --- the vocabulary ---------------------------------------------------------------------------------


def test_languages_with_word_lists() -> None:
    assert languages() == {"en", "de", "fr", "es", "it", "pt", "nl", "ru", "tr", "ar", "sr", "sq", "cs", "pl"}


def test_every_row_of_opposites_has_two_poles_in_every_language() -> None:
    folder = resources.files("provtrace.scoring.flags")
    rows = tomllib.loads(folder.joinpath("vocabulary.toml").read_text(encoding="utf-8"))["antonyms"]
    for row, poles in rows.items():
        assert set(poles) == languages(), row
        for language, (one, other) in poles.items():
            alike = {fold(word) for word in one.split()} & {fold(word) for word in other.split()}
            assert not alike, (row, language)


def test_longest_pattern_of_a_list_wins() -> None:
    words = Vocabulary([("belg*", Meaning("place", "belgium")), ("belgrad*", Meaning("place", "serbia"))])
    assert [sense.meaning.value for sense in words.find(tokens("Belgrade and the Belgians"))] == ["serbia", "belgium"]


def test_words_of_a_phrase_mean_nothing_alone() -> None:
    found = [
        sense.meaning.value
        for sense in vocabulary("en").find(tokens("New Mexico, Mexico"))
        if sense.meaning.kind == "place"
    ]
    assert found == ["elsewhere", "mexico"]


def test_scripts_do_not_mix() -> None:
    assert fold("الصين") != "syn"
    assert not [s for s in vocabulary("en").find(tokens("its synergy")) if s.meaning.kind == "place"]


def test_abbreviations_keep_their_capitals() -> None:
    assert [fold("US"), fold("us"), fold("Don't")] == ["US", "us", "dont"]
    assert [token.key for token in tokens("It isn't so")] == ["it", "isnt", "so"]


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("ألمانيا", "germany"), ("وألمانيا", "germany"), ("بالمانيا", "germany"), ("الألمانية", "germany"),
        ("للصرب", "serbia"), ("والسويد", "sweden"), ("فرنسا", "france"), ("بفرنسا", "france"), ("ولبنان", "lebanon"),
        ("للهند", "india"), ("المصرية", "egypt"), ("أَلْمَانِيَا", "germany"),
    ],
)  # fmt: skip
def test_arabic_states_are_found_behind_what_is_written_onto_their_front(word, state) -> None:
    assert [sense.meaning.value for sense in read(word, "ar").of("place")] == [state]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ar", "من"), ("ar", "لمن"), ("ar", "المانحة"), ("ar", "المانع"), ("ar", "بن سلمان"), ("ar", "مصرف"),
        ("ar", "مصرع"), ("ar", "تركت"), ("ar", "هندسة"), ("ar", "يمنع"), ("ar", "عراقيل"), ("ar", "رومانسي"),
        ("ru", "много"), ("ru", "мнение"), ("ru", "бной"),
    ],
)  # fmt: skip
def test_words_that_begin_like_a_state_once_vowels_are_lost_name_none(language, text) -> None:
    assert not read(text, language).of("place")


def test_arabic_negations_are_read_behind_and() -> None:
    assert read("ولم يصل", "ar").has("negations")
    assert not read("كلا البلدين", "ar").has("negations")


def test_an_everyday_word_is_no_state_in_a_translation() -> None:
    assert not raised("France sent many trucks.", "فرنسا أرسلت كثيرا من الشاحنات.", "en", "ar")
    assert not raised("France sent many trucks.", "Франция отправила много машин.", "en", "ru")
    assert raised("France sent trucks.", "ألمانيا أرسلت شاحنات.", "en", "ar") == ["name_changed"]
