"""Who says what: utterances without terms and scare quotes, and who speaks. All texts are invented."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provtrace.scoring.utterances import utterances


def found(text, language="en"):
    """(words, sure, speaker) of every utterance; sentences end with a stop before a blank and a capital."""
    starts = [0, *(match.end() for match in re.finditer(r"[.!?][”“»\"]? (?=[A-ZÀ-ÞА-Я“„«\"])", text))]
    ends = [start - 1 for start in starts[1:]] + [len(text)]
    spans = list(zip(starts, ends, strict=True))
    return [(text[u.start : u.end], u.sure, u.speaker) for u in utterances(text, spans, language)]


def speakers(text, language="en"):
    return [speaker for _, _, speaker in found(text, language)]


# --- what is somebody's words -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "They crossed what Larn calls “the special harbour operation in the north”."),
        ("en", "The so-called “ghost ferry of Lisk” came back."),
        ("en", "He leads the “Free League of Almenor” and said nothing more."),
        ("en", "She wrote a film titled “the boat that never came”."),
        ("de", "Die sogenannte „kleine Lösung für den Norden“ kam nicht."),
        ("fr", "Le journal l’a appelé « le grand retard du nord »."),
        ("fr", "Le soi-disant « sommet des grandes marées » a commencé."),
        ("es", "La llamada “cumbre de las mareas vivas” empezó."),
        ("ru", "Так называемый «саммит большого прилива» начался."),
        ("ar", "ما يسمى “قمة المد الكبرى” بدأت الاثنين."),
    ],
)
def test_names_and_terms_are_no_utterances(language, text):
    assert found(text, language) == []


@pytest.mark.parametrize("text", ["The “old ferry” left at noon.", "A “green” harbour was built."])
def test_scare_quotes_are_unsure(text):
    assert [sure for _, sure, _ in found(text)] == [False]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The minister said the ferry was “not safe”."),
        ("en", "It was “a long night for all of us on the island”, by any measure."),
        ("en", "“We waited all night.”"),
        ("de", "Der Minister sagte, die Fähre sei „nicht sicher“."),
        ("cs", "Podle něj to byla „dlouhá noc pro nás všechny na ostrově“."),
        ("el", "«Περιμέναμε όλη τη νύχτα εδώ.»"),
    ],
)
def test_words_of_somebody_are_sure(language, text):
    assert [sure for _, sure, _ in found(text, language)] == [True]


# --- speakers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "speaker"),
    [
        ("en", "“We wait,” said Orla Venn, who runs it.", "Orla Venn"),
        ("en", "Then Orla Venn told reporters: “We wait for the tide.”", "Orla Venn"),
        ("en", "“We wait for the tide,” said Lisk mayor Oren Vasht.", "Oren Vasht"),
        ("en", "“We wait for the tide,” said the mayor of Lisk, Oren Vasht.", "Oren Vasht"),
        ("en", "On Monday, Orla Venn told Reuters that “we wait for the tide”.", "Orla Venn"),
        ("en", "“We wait for the tide,” Reuters quoted her; so said Orla Venn.", "Orla Venn"),
        ("de", "„Wir warten auf die Flut“, sagte Orla Venn in Lisk.", "Orla Venn"),
        ("fr", "« Nous attendons la marée », a déclaré le maire de Lisk, Oren Vasht.", "Oren Vasht"),
        ("ru", "«Мы ждём прилива», сказала Орла Венн.", "Орла Венн"),
        ("ru", "— Мы ждём прилива, — сказала Орла Венн.", "Орла Венн"),
        ("es", "“Esperamos la marea”, aseguró el alcalde de Lisk, Oren Vasht.", "Oren Vasht"),
        ("en", "According to Lisk mayor Oren Vasht, the island “has bread for five days”.", "Oren Vasht"),
        ("de", "Laut Bürgermeister Oren Vasht hat die Insel „Brot für fünf Tage“.", "Bürgermeister Oren Vasht"),
        ("fr", "Selon Oren Vasht, l’île a « du pain pour cinq jours ».", "Oren Vasht"),
        ("es", "Según Oren Vasht, la isla tiene “pan para cinco días”.", "Oren Vasht"),
        ("ru", "По словам Орена Вашта, на острове «есть хлеб на пять дней».", "Орена Вашта"),
    ],
)
def test_the_name_beside_the_verb(language, text, speaker):
    assert speakers(text, language) == [speaker]


def test_the_subject_stands_before_its_relative_clause():
    text = "We met NATO envoys. NATO, which has troops in Lisk, said that it had “agreed to send more of them.”"
    assert speakers(text) == ["NATO"]


def test_a_pronoun_means_whoever_spoke_just_before():
    text = "Then Orla Venn said: “We wait.” She added: “We go when it rises.” It rained. It rained. She said: “We go.”"
    assert speakers(text) == ["Orla Venn", "Orla Venn", None]


def test_whoever_came_in_between_may_be_meant():
    text = "Then Orla Venn told the council to wait. An engineer with a pipe was gloomier. “We never go,” he said."
    assert speakers(text) == [None]


def test_whose_report_came_before_speaks_on():
    assert speakers("At noon Orla Venn told the council to wait. “We go when it rises,” she said.") == ["Orla Venn"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ar", "قالت المديرة «ننتظر المد هذه الليلة»."),
        ("zh", "她说“我们在等潮水上涨”。"),
        ("en", "“We wait for the tide and then we go,” and that was all."),
        ("en", "They met at Noon, and again at noon. Noon told “we wait for the tide”."),
    ],
)
def test_no_name_is_better_than_a_guess(language, text):
    assert speakers(text, language) == [None]


# --- interruptions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("en", "“We wait,” said Venn, “and then we go.”", ["We wait,", "and then we go."]),
        ("de", "„Wir warten“, sagte Venn, „und dann fahren wir“.", ["Wir warten", "und dann fahren wir"]),
        ("fr", "« Nous attendons », a dit Venn, « et nous partons ».", ["Nous attendons", "et nous partons"]),
        ("ru", "«Мы ждём», — сказала Венн, — «и потом пойдём».", ["Мы ждём", "и потом пойдём"]),
        ("es", "—Esperamos aquí —dijo Venn—, pero no mucho.", ["Esperamos aquí", "pero no mucho."]),
        ("en", "“We,” said Venn, “wait,” she said, “and go.”", ["We,", "wait,", "and go."]),
    ],
)
def test_a_quotation_that_its_speaker_interrupts_is_one(language, text, parts):
    said = list(utterances(text, [(0, len(text))], language))
    assert [text[part.start : part.end] for part in said] == parts
    assert {part.whole for part in said} == {said[0].start}


@pytest.mark.parametrize(
    "text",
    [
        "“We wait,” said Venn. “We go at noon.”",
        "She called it “a long night for us” and said it was “a cold one as well”.",
        "“We wait,” said Venn, “Then we go at noon.”",
        "“We wait,” in the harbour, “and then we go.”",
        "“We wait,” said Venn. He knew Oren Vasht, “but only from afar”.",
    ],
)
def test_two_quotations_are_two(text):
    starts = [0, *(match.end() for match in re.finditer(r"[.] (?=[A-Z“])", text))]
    spans = list(zip(starts, [*starts[1:], len(text)], strict=True))
    assert len({said.whole for said in utterances(text, spans, "en")}) == 2


# --- hostile input ----------------------------------------------------------------------------------


@given(st.text(alphabet="aB .,“”„«»\"'’\n", max_size=80), st.lists(st.integers(0, 80), max_size=6))
def test_any_text_gives_spans_within_it(text, cuts):
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    spans = [(start, end) for start, end in pairwise(places)]
    for said in utterances(text, spans, "en"):
        assert 0 <= said.start < said.end <= len(text)


def test_nothing_outside_the_sentences():
    text = "“We wait for the tide,” said Orla Venn. “We go,” she said."
    assert [text[u.start : u.end] for u in utterances(text, [(40, len(text))], "en")] == ["We go,"]
    assert list(utterances(text, [], "en")) == []


def test_decomposed_accents_move_no_offset():
    text = unicodedata.normalize("NFD", "Le préfet a été clair. « Nous attendons la marée », a dit Orla Venn.")
    ((words, _, speaker),) = found(text, "fr")
    assert unicodedata.normalize("NFC", words) == "Nous attendons la marée"
    assert speaker == "Orla Venn"
