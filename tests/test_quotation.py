"""What stands inside quotation marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provtrace.scoring.quotation import quotations

MARKS = "“”„«»‹›「」『』\"'‘’‚—–"


def quoted(text, language="en", ends=()):
    return [text[start:end] for start, end in quotations(text, language, ends)]


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("en", "“We go,” he said. “Now.”", ["We go,", "Now."]),
        ("en", 'The mayor said "we go" and "we stay".', ["we go", "we stay"]),
        ("en", "‘We don’t know,’ said the boys’ coach.", ["We don’t know,"]),
        ("en", "'It's late,' she said.", ["It's late,"]),
        ("de", "„Wir gehen“, sagte er. „Jetzt“.", ["Wir gehen", "Jetzt"]),
        ("de", "»So ist es«, sagte er.", ["So ist es"]),
        ("pl", "„Idziemy” – powiedział.", ["Idziemy"]),
        ("sv", "”Vi går”, sade han. Sedan ”nu”.", ["Vi går", "nu"]),
        ("fi", "»Me menemme», hän sanoi.", ["Me menemme"]),
        ("fr", "« La vanne a tenu », a-t-elle dit.", ["La vanne a tenu"]),
        ("ru", "«Мы в «Газпроме» ждём», сказал он.", ["Мы в «Газпроме» ждём"]),
        ("zh", "他说“你好”，又说「再见」。", ["你好", "再见"]),
        ("zh", '他说"你好"。', ["你好"]),
        ("ja", "「はい」と言った。", ["はい"]),
        ("ar", "قالت فين: “ننتظر المد”، ثم «نبحر».", ["ننتظر المد", "نبحر"]),
        ("de", "‚Wir gehen‘, sagte er.", ["Wir gehen"]),
        ("de", "„Er rief ‚Halt‘ und ging“, sagte sie.", ["Er rief ‚Halt‘ und ging"]),
        ("en", "“He told me ‘go home’ and left,” she said.", ["He told me ‘go home’ and left,"]),
        ("en", "“We wait,” said Venn, “and then we go.”", ["We wait,", "and then we go."]),
    ],
)
def test_the_habits_of_languages(language, text, found):
    assert quoted(text, language) == found


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("ru", "— Мы ждём прилива, — сказала Орла Венн. — Потом пойдём.", ["Мы ждём прилива,", "Потом пойдём."]),
        ("ru", "Был полдень.\n— Мы — люди моря! — крикнула она.", ["Мы — люди моря!"]),
        ("es", "—Esperamos la marea —dijo Orla Venn—. Luego saldremos.", ["Esperamos la marea", "Luego saldremos."]),
        ("fr", "— Nous partons, — dit-elle.", ["Nous partons,"]),
        ("ru", "— «Мы ждём», — сказала она.", ["Мы ждём"]),
        # neither a list, nor a thought put in, is speech; what quotes by marks in them still is
        ("en", "— First item\n— Second “item”", ["item"]),
        ("es", "El barco —dijo Venn— «no saldrá».", ["no saldrá"]),
        ("ru", "— Москва — столица", []),
    ],
)
def test_speech_that_a_dash_begins(language, text, found):
    assert quoted(text, language) == found


def test_inches_apostrophes_and_empty_marks_quote_nothing():
    assert quoted("A 5\" pipe, rock 'n' roll's best, and “”.") == ["n"]
    assert quoted("L’eau d'ici n'est pas l'eau d’ailleurs.", "fr") == []


def test_single_marks_quote_in_english_alone():
    text = "Zij zei 'we gaan nu' en ging."
    assert quoted(text, "nl") == []
    assert quoted(text, "en") == ["we gaan nu"]


def test_a_quotation_that_nothing_closes_ends_with_its_sentence():
    text = "He left. “Open end. Next one."
    assert quoted(text, ends=[8, 19, 29]) == ["Open end."]


def test_a_quotation_that_goes_on_in_the_next_paragraph_ends_with_its_own():
    text = "“One. Two.\n\n“Three.” Four."
    assert quoted(text, ends=[5, 10, 20, 26]) == ["One. Two.", "Three."]


def test_straight_marks_may_open_each_sentence_and_paragraph_of_one_quotation():
    text = 'She said: "One. "Two. Three.\n\n"Four." Then "five" and a 6" pipe.'
    assert quoted(text, ends=[15, 21, 28, 36]) == ["One.", "Two. Three.", "Four.", "five"]
    assert quoted('"One. He left. "Two," she said.', ends=[5, 14, 31]) == ["One.", "Two,"]
    assert quoted('The "old boat left. It sank.') == []


def test_a_quotation_never_leaves_its_paragraph():
    assert quoted("“One.\nTwo.” Three.", ends=[5, 11, 18]) == ["One."]


def test_a_closing_mark_of_german_opens_nothing():
    assert quoted("Sie kommt bald“, sagte er. Dann „ja“.", "de", [26, 37]) == ["ja"]


@given(st.text(alphabet=f"ab .,!\n{MARKS}", max_size=60), st.sampled_from(["en", "de", "fr"]))
def test_spans_are_in_order_apart_and_hold_words(text, language):
    ends = [place + 1 for place, letter in enumerate(text) if letter in ".!\n"]
    before = 0
    for start, end in quotations(text, language, ends):
        assert before <= start < end <= len(text)
        assert any(letter.isalpha() for letter in text[start:end])
        assert text[start:end].strip() == text[start:end]
        assert any(mark in text[:start] for mark in MARKS)
        before = end


@pytest.mark.parametrize(
    "part", ["“", "“a ", "«", '"a ', "'a ", "‘a ", "„a ", "”a ", " »a", "a' 'b ", "—a —b", "— a, — b\n"]
)
def test_thousands_of_marks_cost_little(part):
    found = quoted(part * 20_000)
    assert sum(map(len, found)) <= len(part) * 20_000
