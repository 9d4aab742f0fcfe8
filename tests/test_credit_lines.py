"""Lines of credit as newsrooms write them: ``credit_lines.tsv`` has 1,270 in 33 languages, all made up for this file.

Each line: language, what is found in it in reading order (``role:agency``, ``-`` for nothing), the text.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provtrace.scoring.composed import composed
from provtrace.stages.credit import find_credits
from provtrace.tables import TEXT_CREDITS

LINES = [
    (language, [] if found == "-" else found.split(), text.replace("\\n", "\n"))
    for language, found, text in (
        line.split("\t")
        for line in (Path(__file__).parent / "credit_lines.tsv").read_text(encoding="utf-8").splitlines()
    )
]
LANGUAGES = list(dict.fromkeys(language for language, _, _ in LINES))
# In these every role has to be there.
WHOLE = ("en", "de", "fr", "es", "it", "pt", "nl", "ru", "tr", "ar", "sr", "sr-Cyrl", "sq")
ROLES = {"dateline", "byline", "tail", "in_text", "interview", "translation", "image", "primary_source"}


def found(text: str) -> list[str]:
    return [role + (f":{agency}" if agency else "") for _, _, agency, role, _ in find_credits(text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_of_a_language(language):
    wrong = {text: found(text) for known, expected, text in LINES if known == language and found(text) != expected}
    assert wrong == {}


def test_every_role_is_written_in_every_large_language():
    roles = defaultdict(set)
    for language, expected, _ in LINES:
        roles[language] |= {one.partition(":")[0] for one in expected}
    missing = {language: (ROLES | {"press_release"}) - roles[language] for language in WHOLE}
    assert not any(missing.values()), missing


# --- the same whatever surrounds it, and however it is encoded ---------------------------------------------

PROSE = ("Der Fluss trat am Abend über die Ufer.", "Le marché rouvre demain matin.", "A cat sat on the wall all day.")


@given(st.sampled_from(LINES), st.lists(st.sampled_from(PROSE), min_size=1, max_size=40))
def test_unrelated_paragraphs_behind_change_no_claim(line, prose):
    _, _, text = line
    bylines = {"byline", "tail"}  # a line at the end of a text may open it as well, once there is more of it

    def claims(text):
        return {
            (start, end, agency, "line" if role in bylines else role)
            for start, end, agency, role, _ in find_credits(text)
        }

    assert claims(text) == claims(text + "\n\n" + "\n\n".join(prose))


@given(st.sampled_from(LINES))
def test_accents_may_be_characters_of_their_own(line):
    _, expected, text = line
    apart = unicodedata.normalize("NFD", text)
    assert found(apart) == expected
    for (start, end, *_), (first, last, *_) in zip(find_credits(apart), find_credits(text), strict=True):
        assert unicodedata.normalize("NFC", apart[start:end]) == text[first:last]


@given(st.sampled_from(LINES), st.sampled_from("\u00a0\u202f\u2009"))
def test_spaces_may_be_narrow_or_hard(line, space):
    _, expected, text = line
    assert found(text.replace(" ", space)) == expected


@given(st.text(alphabet=st.sampled_from("aeé\u0301\u0308\u0323ñ가\u1100\u1161 \n"), max_size=30))
def test_composed_text_leads_back(text):
    whole, places = composed(text)
    assert unicodedata.normalize("NFC", whole) == unicodedata.normalize("NFC", text)
    assert len(places) == len(whole) + 1
    assert list(places) == sorted(places)
    assert (places[0], places[-1]) == (0, len(text))


# --- traps ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Stock in Thomson Reuters lost ground as investors took profits.", "none"),
        ("He dropped his AP class in biology before the exam.", "none"),
        ("Banks across the MENA region lend more than last year.", "none"),
        ("Street vendors take UPI, and hardly any cash.", "none"),
        ("Ordu iki İHA daha aldı.", "none"),
        ("Ouvrez le fichier avec afplay dans le terminal.", "none"),
        ("Con información de efectos y causas se hizo el libro.", "none"),
        ("REUTERS/Lena Ort/File Photo Acquire Licensing Rights", "image"),
        ("Crédit photo : © Reuters", "image"),
        ("(Photo by LENA ORT/AFP via Getty Images)", "image"),
        ("Mayor Lena Ort told The Associated Press", "interview"),
        ("Finance Minister Lena Ort told the Financial Times", "primary_source"),
        ("The Reuters Institute published its yearly report.", "none"),
        ("Der Hafen am Abend. Keystone", "image"),
        ("Bremen (ots) Die Muster AG eröffnet eine Halle.", "press_release"),
        ("Photo/Reuters", "image"),
    ],
)
def test_traps(text, expected):
    assert {role for *_, role, _ in find_credits(text)} - {"none"} == {expected} - {"none"}


def test_the_traps_of_the_facts():
    folder = os.environ.get("PROVTRACE_DATA")
    if not folder:
        pytest.skip("PROVTRACE_DATA is not set")
    traps = json.loads((Path(folder) / "agencies.json").read_text(encoding="utf-8"))["traps"]
    wrong = [
        trap for trap in traps if {role for *_, role, _ in find_credits(trap["text"])} != {trap["expect"]} - {"none"}
    ]
    assert len(traps) == 16
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "“They wrote ‘LISBON (Reuters) - nothing new’ above my text, and it was mine,” the reporter said.",
        "In a press release on Monday the company called the bridge safe.",
        "Das Unternehmen schickte am Montag eine Pressemitteilung an die Redaktionen.",
        "The news agency business is hard. Nobody told the wire service that the bridge was open.",
        "Getty Images opened an office in Lisbon.",
        "The Keystone pipeline crosses three states.",
        "Beta testers found that the Exchange was closed in Petra.",
    ],
)
def test_what_is_no_claim_about_the_text(text):
    assert [role for *_, role, _ in find_credits(text) if role in {*TEXT_CREDITS, "press_release", "image"}] == []


@pytest.mark.parametrize("line", ["OSLO (Reutei) - Ferries ran late.", "(Hàvas). — Le bac est parti."])
def test_noise_of_a_scanner_does_not_break_it(line):
    assert find_credits(line + " ¦ ;- »")
