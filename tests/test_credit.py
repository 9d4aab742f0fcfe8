"""Credits: what counts as one, in which role, in which language; and what looks like one and is none."""

from __future__ import annotations

import re
import time
import tomllib
from importlib import resources

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provtrace.errors import UnknownName
from provtrace.scoring.agencies import agencies, own_agency, strength
from provtrace.scoring.lexicon import compile_names, phrase_source, without_accents
from provtrace.scoring.misread import misread
from provtrace.settings import Settings
from provtrace.stages.credit import credit, find_credits
from provtrace.tables import ARTICLES, CREDIT_ROLES, CREDITS, TEXT_CREDITS

FACTS = tomllib.loads((resources.files("provtrace") / "stages" / "credits.toml").read_text("utf-8"))


def judged(text: str) -> list[tuple[str, str | None, str]]:
    """(covered text, agency, role) of each credit."""
    return [(text[start:end], agency, role) for start, end, agency, role, _ in find_credits(text)]


def frame(*texts: str) -> pl.DataFrame:
    return pl.DataFrame(
        [{"article_id": f"a{place}", "language": "und", "text": text} for place, text in enumerate(texts)],
        schema={name: ARTICLES[name] for name in ("article_id", "language", "text")},
    )


# --- datelines, bylines and tails ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("OSLO (Reuters) - Two ferries ran aground.", [("Reuters", "reuters", "dateline")]),
        ("LISBON, March 3 (Reuters) — The bridge will close.", [("Reuters", "reuters", "dateline")]),
        ("Vaduz/Bern (dpa/ANSA) — Der Tunnel bleibt zu.", [("dpa", "dpa", "dateline"), ("ANSA", "ansa", "dateline")]),
        ("(dpa) Die Fähre fährt wieder.", [("dpa", "dpa", "dateline")]),
        ("AP, LAGOS Traders returned to the market.", [("AP", "ap", "dateline")]),
        ("MINSK, 4 мая. /TASS/. Мост открыт.", [("TASS", "tass", "dateline")]),
        ("ZAGREB, 12 (Havas). — Le pont est fermé.", [("Havas", "havas", "dateline")]),
        ("МИНСК, 30 сен - РИА Новости. Мост открыт.", [("РИА Новости", "ria", "dateline")]),
        ("新华社东京3月4日电 大桥重新开放。", [("新华社", "xinhua", "dateline")]),
        ("Turin, 3 mai. — Stefani. — Le pont est fermé.", [("Stefani", "stefani", "dateline")]),
        ("Prag , 7 . Aug . ( United Preß ) Die Brücke ist gesperrt.", [("United Preß", "upi", "dateline")]),
        ("BERNE, 2 (D. N. B.). — Rien à signaler.", [("D. N. B.", "dnb", "dateline")]),
        ("GENÈVE, 5 (Hàvas). — Le lac a débordé.", [("Hàvas", "havas", "dateline")]),
        ("BRNO (agentura Associated Press) — Most je otevřen.", [("Associated Press", "ap", "dateline")]),
        ("BRNO, 9 (Q. R. S.). — La foire est ouverte.", [("Q. R. S.", None, "dateline")]),
        ("Die Brücke ist wieder offen. (dpa)", [("dpa", "dpa", "tail")]),
        ("Le pont a rouvert, (ats)", [("ats", "sda", "tail")]),
        ("Le pont a rouvert. / ats-afp-ap", [("ats", "sda", "tail"), ("afp", "afp", "tail"), ("ap", "ap", "tail")]),
        ("Le pont a rouvert. ATS", [("ATS", "sda", "tail")]),
        ("The bridge is open again.\n\nReuters", [("Reuters", "reuters", "tail")]),
        (
            "Associated Press\n\nThe bridge is open again, officials in the town said.",
            [("Associated Press", "ap", "byline")],
        ),
        ("By Reuters\nThe bridge is open again.", [("Reuters", "reuters", "byline")]),
        ("The bridge is open.\nWith AFP", [("AFP", "afp", "tail")]),
        ("The bridge is open.\nSources: Guardian, Reuters", [("Reuters", "reuters", "tail")]),
        ("Köprü yeniden açıldı. (İLKHA)", [("İLKHA", "ilkha", "tail")]),
        ("The bridge is open.\nCopyright 2019 The Associated Press.", [("The Associated Press", "ap", "tail")]),
    ],
)
def test_structure_of_a_credit_line(text, expected):
    assert judged(text) == expected


@pytest.mark.parametrize(
    ("language", "text", "agency", "role"),
    [
        ("en", "The ferry sank, according to the news agency Kyodo.", "kyodo", "in_text"),
        ("en", "The ferry sank at dawn, Reuters reported.", "reuters", "in_text"),
        ("en", "AFP contributed to this report.", "afp", "tail"),
        ("fr", "Le bac a coulé, selon l’agence Belga.", "belga", "in_text"),
        ("fr", "Le Figaro avec AFP", "afp", "tail"),
        ("de", "Die Fähre sank, wie die Nachrichtenagentur Reuters berichtet.", "reuters", "in_text"),
        ("de", "Die Fähre sank am Morgen (mit Material von dpa)", "dpa", "tail"),
        ("es", "El transbordador se hundió, según informó EFE.", "efe", "in_text"),
        ("es", "(Con información de EFE)", "efe", "tail"),
        ("it", "Il traghetto è affondato, secondo quanto riferisce l’ANSA.", "ansa", "in_text"),
        ("pt", "*Com informações da Agência Lusa.", "lusa", "tail"),
        ("nl", "De veerboot is gezonken, meldt persbureau ANP.", "anp", "in_text"),
        ("nl", "De veerboot is gezonken.\nBron: ANP", "anp", "tail"),
        ("ru", "Паром затонул, сообщает агентство Интерфакс.", "interfax", "in_text"),
        ("uk", "Пором затонув, повідомляє Укрінформ.", "ukrinform", "in_text"),
        ("ar", "غرقت العبارة، وفقا لوكالة رويترز.", "reuters", "in_text"),
        ("ar", "غرقت العبارة بحسب رويترز", "reuters", "in_text"),
        ("tr", "Reuters’ın haberine göre feribot battı.", "reuters", "in_text"),
        ("sr", "Trajekt je potonuo, prenosi Tanjug.", "tanjug", "in_text"),
        ("sq", "Trageti u mbyt, raporton Reuters.", "reuters", "in_text"),
        ("pl", "Prom zatonął, podaje PAP.", "pap", "in_text"),
        ("cs", "Trajekt se potopil, podle ČTK.", "ctk", "in_text"),
        ("da", "Færgen sank, skriver Ritzau.", "ritzau", "in_text"),
        ("zh", "路透社报道称渡轮沉没。", "reuters", "in_text"),
        ("zh", "据路透社报道，渡轮沉没。", "reuters", "in_text"),
    ],
)
def test_phrases_of_many_languages(language, text, agency, role):
    assert [(found[1], found[2]) for found in judged(text)] == [(agency, role)], language


# --- what looks like a credit and is none, or another ---------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Thomson Reuters shares fell two percent after the results.",
        "The Reuters Institute asked forty editors about trust.",
        "A lawsuit against Reuters was dismissed on Monday.",
        "Her son failed two AP classes this spring.",
        "Schools offer advanced placement (AP) to the best.",
        "Growth in the MENA region slowed last year.",
        "Growth in the Middle East and North Africa (MENA) slowed.",
        "Shops accept UPI and cards alike.",
        "Türk İHA’sı sınırda görüldü.",
        "The PTI held a rally in Lahore.",
        "Il a essayé de jouer le son avec afplay hier.",
        "Con información de efectivo y tarjetas se abrió la caja.",
        "La agencia cerró antara y bernama sin lusa.",
        "Die neue Brücke heißt jetzt anders. (ots)",
        "Kilde: NTB Kommunikasjon",
        "She told a TV interviewer that the bridge is safe.",
        "Frau Wolff und Herr Reuter kamen zu spät.",
        "The National Association of Ferries (NAF) met in May.",
        "“We read it because Reuters reported our plan before us,” the minister said.",
        'The minister: "We read it because Reuters reported our plan first." Then he left.',
        "Il a répété : « Nous le savons, parce que Reuters rapporte tout cela » avant de partir.",
        "Agence France-Presse (AFP) is based in Paris.",
    ],
)
def test_mentions_that_are_no_credit(text):
    assert [found for found in judged(text) if found[2] in TEXT_CREDITS] == []


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("Crédit photo © Reuters", "reuters"),
        ("Photo/Reuters", "reuters"),
        ("(Photo by LENA ORT/AFP via Getty Images)", "afp"),
        ("REUTERS/Lena Ort/File Photo", "reuters"),
        ("Foto: dpa", "dpa"),
        ("Photo: AFP/Reuters", "afp"),
        ("La foule sur le pont. (Téléphoto AP)", "ap"),
        ("The crowd on the bridge. (AFP/Lena Ort) The bridge opened.", "afp"),
        ("Image: a bridge at night, public domain", None),
        ("The bridge at night. Keystone", None),
    ],
)
def test_a_picture_credit_is_never_a_text_credit(text, agency):
    found = judged(text)
    assert {role for _, _, role in found} == {"image"}
    assert found[0][1] == agency


def test_an_agency_before_the_word_photo_is_a_picture_credit():
    found = judged("OSLO, May 3, 2019. (AP Photo/Lena Ort) The bridge is open.")
    assert ("AP", "ap", "image") in found
    assert {role for _, _, role in found} == {"image"}


def test_a_label_without_an_end_does_not_swallow_the_text():
    found = judged("Photo: A Bridge " + "and many more words of the running text " * 9 + "(AFP) ")
    assert found[0][0] == "Photo:"


def test_a_picture_credit_leaves_the_text_credit_beside_it():
    text = "Foto: dpa\n\nOSLO (Reuters) - Two ferries ran aground."
    assert judged(text) == [("dpa", "dpa", "image"), ("Reuters", "reuters", "dateline")]


@pytest.mark.parametrize(
    ("text", "span", "agency"),
    [
        ("The mayor told The Associated Press that the bridge is safe.", "The Associated Press", "ap"),
        ("In an interview with Reuters the mayor called it safe.", "Reuters", "reuters"),
        ("Le maire a déclaré à l’AFP que le pont est sûr.", "AFP", "afp"),
        ("Die Brücke sei sicher, sagte er der dpa.", "dpa", "dpa"),
    ],
)
def test_what_was_said_to_an_agency_is_an_interview(text, span, agency):
    assert judged(text) == [(span, agency, "interview")]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("The mayor told the Financial Times that the bridge is safe.", "Financial Times"),
        ("The mayor told the Oslo Herald that the bridge is safe.", "Oslo Herald"),
        ("The mayor told the German daily Süddeutsche Zeitung that the bridge is safe.", "Süddeutsche Zeitung"),
    ],
)
def test_what_was_said_to_an_outlet_is_a_primary_source(text, span):
    assert judged(text) == [(span, None, "primary_source")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The bridge fell, according to Reuters, citing Tanjug.",
            [("Reuters", "reuters", "in_text"), ("Tanjug", "tanjug", "primary_source")],
        ),
        (
            "The bridge fell, reported by Tanjug via Reuters.",
            [("Tanjug", "tanjug", "primary_source"), ("Reuters", "reuters", "in_text")],
        ),
        ("Ura ra, raporton Reuters përmes Al Jazeera.", [("Reuters", "reuters", "in_text")]),
        (
            "The bridge fell, Reuters reported late on Monday, citing Tanjug.",
            [("Reuters", "reuters", "in_text"), ("Tanjug", "tanjug", "primary_source")],
        ),
        (
            "Reuters said the bridge fell. Officials disagreed, citing Tanjug.",
            [("Reuters", "reuters", "in_text"), ("Tanjug", "tanjug", "in_text")],
        ),
    ],
)
def test_a_relay_credits_the_nearest_upstream(text, expected):
    assert judged(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "This page was adapted from its Dutch original.",
        "(Reportage Luc Morel ; version française Anne Dupré)",
        "Traducido por Marta Gil",
        "Artículo adaptado de su original en alemán.",
        "Übersetzt von Karl Lang",
        "Traduzione di Anna Riva",
        "Перевод: Анна",
    ],
)
def test_translation_notes(text):
    assert [(agency, role) for _, agency, role in judged(text)] == [(None, "translation")]


# --- laws --------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *(
            "OSLO",
            " (Reuters)",
            " (ap)",
            "AFP",
            "Wolff",
            " — ",
            ".",
            "\n",
            ", ",
            "“",
            "”",
            "(",
            ")",
            " ",
            "/",
            "İ",
            "𝒜",
        ),
        *(" told ", "according to ", "Photo: ", "the ", "l’", " via ", "رويترز", "路透社", "3 mai", "Übersetzt von "),
        *("REUTERS/A B", "agence Haras", "lDNB)"),
    ]
)


@given(st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=200)))
def test_spans_lie_inside_the_text_and_name_what_they_cover(text):
    found = find_credits(text)
    assert found == sorted(found, key=lambda row: row[:2])
    assert len(set(found)) == len(found)
    for start, end, agency, role, rule in found:
        assert 0 <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        assert role in CREDIT_ROLES
        assert rule
        if agency is not None and "misread" not in rule:
            known = agencies()[agency]
            plain = {name.replace(" ", "") for name in (*known.tokens, *known.shy)}
            plain |= {name.upper() for name in plain}
            covered = re.sub(r"\s", "", text[start:end])
            assert covered in plain or covered.replace(".", "") in plain


@given(st.lists(st.lists(PIECES, max_size=20).map("".join), max_size=6))
def test_the_stage_is_local_to_its_rows(texts):
    whole = credit(frame(*texts), Settings())
    assert whole.schema == CREDITS
    alone = [credit(frame(*texts).slice(place, 1), Settings()) for place in range(len(texts))]
    assert whole.equals(pl.concat([whole.clear(), *alone]))


@pytest.mark.parametrize("piece", ["(", ")", "()", "[(/<", "( a )", "1 1 1 (a) ", "A. B. C. ", "l)", "-Meldung"])
def test_a_megabyte_of_brackets_does_not_hang(piece):
    assert_linear(piece, 1_000_000)


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "(AP",
            "(AP) ",
            "AFP, ",
            "AFP-",
            "la la la l AFP ",
            "Photo: ",
            "told the ",
            "“Reuters said ",
            "adapted from ",
        ),
        *("according to according to ", "agence Havas ", "told the Oslo Herald ", "Reporting by A and B; "),
    ],
)
def test_a_flood_of_names_costs_no_more_than_each_of_them(piece):
    assert_linear(piece, 60_000)


def assert_linear(piece: str, length: int) -> None:
    text = piece * (length // len(piece))
    began = time.process_time()
    find_credits(text)
    assert time.process_time() - began < 20  # a run away takes minutes or for ever


# --- the facts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", FACTS["phrases"], ids=lambda entry: entry["rule"])
def test_every_phrase_finds_its_own_example(entry):
    found = find_credits(entry["example"])
    if entry["role"] == "none":
        assert found == []
    else:
        assert (entry["role"], entry["rule"]) in {(role, rule) for *_, role, rule in found}


@pytest.mark.parametrize("entry", FACTS["notes"], ids=lambda entry: entry["rule"])
def test_every_note_finds_its_own_example(entry):
    assert {(role, rule) for *_, role, rule in find_credits(entry["example"])} == {(entry["role"], entry["rule"])}


@pytest.mark.parametrize("group", [*FACTS["phrases"], *FACTS["notes"]], ids=lambda entry: entry["rule"])
def test_every_form_compiles(group):
    assert group["role"] in {*CREDIT_ROLES, "none"}
    for form in group["forms"]:
        for side in filter(None, (part.strip(" $") for part in form.split("{agency}"))):
            assert not re.compile(phrase_source(side)).search("\x00")


def test_rules_and_names_are_unique():
    rules = [entry["rule"] for entry in [*FACTS["phrases"], *FACTS["notes"]]]
    assert len(rules) == len(set(rules))
    names = [name for agency in agencies().values() for name in (*agency.tokens, *agency.shy)]
    assert len(names) == len(set(names))
    items = [agency.wikidata for agency in agencies().values() if agency.wikidata]
    assert len(items) == len(set(items))
    assert all(re.fullmatch(r"Q\d+", item) for item in items)


@given(st.sampled_from([name for agency in agencies().values() for name in (*agency.tokens, *agency.shy)]))
def test_every_name_is_found_whole(name):
    pattern = compile_names([other for agency in agencies().values() for other in (*agency.tokens, *agency.shy)])
    assert pattern.fullmatch(name)
    latin = name.isascii() and name.isalpha()
    assert not latin or pattern.search(f"x{name}") is None or pattern.search(f"x{name}")[0] != name
    assert not latin or pattern.search(f"{name}x") is None or pattern.search(f"{name}x")[0] != name


@given(st.text())
def test_bare_of_accents_is_as_long(text):
    assert len(without_accents(text)) == len(text)


def test_misread_names():
    assert misread("Havàs") == "havas"
    assert misread("Beuter") == "reuters"
    assert misread("Berlin") is None
    assert misread("Pat") is None


@pytest.mark.parametrize(
    ("outlet", "url", "agency"),
    [
        ("Reuters", None, "reuters"),
        ("AFP", None, "afp"),
        ("dpa-international", None, "dpa"),
        ("The Associated Press", None, "ap"),
        (None, "https://www.reuters.com/world/x", "reuters"),
        (None, "apnews.com/article/1", "ap"),
        ("Le Monde", "https://www.lemonde.fr/a?from=reuters.com", None),
        (None, "https://notreuters.com/a", None),
        (None, "http://[broken", None),
        (None, None, None),
    ],
)
def test_the_outlet_may_be_an_agency_itself(outlet, url, agency):
    assert own_agency(outlet, url) == agency


def test_strength_knows_every_role_and_no_other():
    assert all(0.0 <= strength(role) <= 1.0 for role in CREDIT_ROLES)
    assert strength("dateline") > strength("in_text") > strength("image") == 0.0
    with pytest.raises(UnknownName, match="dateline"):
        strength("headline")


def test_a_name_in_quotation_marks_is_no_direct_speech():
    assert judged("Le pont a cédé, selon l’agence « Reuters ».") == [("Reuters", "reuters", "in_text")]
