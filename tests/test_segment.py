"""Sentences: the offset law, boundaries across languages, roles, languages, hostile text."""

from __future__ import annotations

import re
import time
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as examined
from hypothesis import strategies as st

from provtrace.settings import Settings
from provtrace.stages.segment import MAX_SENTENCE, segment, split
from provtrace.tables import ARTICLES, SENTENCE_ROLES, SENTENCES

MARKS = "abAB .!?…\"'“”„«»()[]\n\r\t\v\u2028\x85\xa0\x1c。！？؟۔।៕éß中文ชไ😀\u200d\u0301א1-–;:/@"
TEXTS = st.text(st.sampled_from(MARKS) | st.characters(codec="utf-8"))
LANGUAGES = st.sampled_from(["en", "de", "fr", "zh", "ja", "th", "ar", "el", "ka", "und", "xx", ""])


def articles(*texts: str, language: str = "en") -> pl.DataFrame:
    rows = [{"article_id": f"{number:03}", "language": language, "text": text} for number, text in enumerate(texts)]
    return pl.DataFrame(rows, schema_overrides=ARTICLES).select(
        pl.col(name) if name in rows[0] else pl.lit(None, dtype).alias(name) for name, dtype in ARTICLES.items()
    )


def sentences(text: str, language: str) -> list[str]:
    return [text[start:end] for start, end in split(text, language)]


def roles(text: str, language: str = "en") -> list[tuple[str, str]]:
    return segment(articles(text, language=language), Settings()).select("role", "text").rows()


# --- the law ----------------------------------------------------------------------------------------


@examined(deadline=None)
@given(TEXTS, LANGUAGES)
def test_spans_are_ordered_stripped_and_cover_every_visible_character(text: str, language: str) -> None:
    spans = split(text, language)
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
    covered = "".join(text[start:end] for start, end in spans)
    assert re.sub(r"\s", "", covered) == re.sub(r"\s", "", re.sub(r"\A date \d{4}-\d\d(-\d\d)?(?= |\Z)", "", text))


@examined(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_the_table_repeats_the_text_at_its_offsets_and_numbers_sentences_in_order(texts: list[str]) -> None:
    table = segment(articles(*texts), Settings())
    assert table.schema == SENTENCES
    assert set(table["role"]) <= set(SENTENCE_ROLES)
    for number, text in enumerate(texts):
        own = table.filter(pl.col("article_id") == f"{number:03}")
        assert own["text"].to_list() == [text[start:end] for start, end in own.select("start", "end").iter_rows()]
        assert own["sentence"].to_list() == list(range(len(own)))
        assert list(own.select("start", "end").iter_rows()) == split(text, "en")


@examined(deadline=None)
@given(st.lists(TEXTS, min_size=2, max_size=5))
def test_an_article_is_cut_alike_alone_and_among_others(texts: list[str]) -> None:
    together = articles(*texts)
    whole = segment(together, Settings())
    parts = pl.concat([segment(part, Settings()) for part in together.iter_slices(1)])
    assert whole.equals(parts)
    assert segment(together.reverse(), Settings()).sort("article_id", "sentence").equals(whole)


@pytest.mark.parametrize("date", [" date 2023-10-01 ", " date 2023-10 "])
def test_the_date_of_a_crawl_store_lies_outside_all_sentences(date: str) -> None:
    text = f"{date}Rain fell. Rivers rose."
    assert sentences(text, "en") == ["Rain fell.", "Rivers rose."]
    assert split(text, "en")[0][0] == len(date)
    assert sentences(f"Ports closed.\n{date}Rain fell.", "en") == ["Ports closed.", f"{date.strip()} Rain fell."]


def test_an_article_without_visible_text_has_no_sentences() -> None:
    table = segment(articles(" \n\t ", "", " date 2023-10-01 "), Settings())
    assert table.is_empty()
    assert table.schema == SENTENCES


# --- boundaries -------------------------------------------------------------------------------------

SPACED = {
    "en abbreviations": ("en", ["Dr. Ellis met Gen. J. K. Moor of the U.S. Embassy.", "He paid $3.5 million."]),
    "en stray stop": ("en", ["The raid took place. in which two men fled.", "Nobody was hurt."]),
    "en product in lower case": ("en", ["Shares of the rival fell.", "iPhone sales rose."]),
    "en quote goes on": ("en", ["“We act.” he said.", "“When?” asked the mayor.", "Then he left."]),
    "en long quotes": ("en", ['"We will not wait.', 'We act now," she said.', 'He: "Of course."', "It rained."]),
    "en quote never closed": ("en", ["“The dam will hold.", "Engineers checked it.", "Nobody slept."]),
    "en ellipsis": ("en", ["They waited... and waited.", "Nothing came…", "Then it did."]),
    "en dateline": ("en", ["PRISTINA (Reuters) - Troops moved on Friday.", "A bridge was closed."]),
    "en dateline with a stop": ("en", ["Pristina. – Troops moved on Friday.", "A bridge was closed."]),
    "de": ("de", ["Am 3. Oktober kamen z. B. 2,5 Mio. Gäste nach Köln.", "Am Montag, dem 22. Juli, gingen sie."]),
    "de quotes": ("de", ["„Wir handeln jetzt.", "Niemand wartet.“", "Der Rat schwieg.", "»Warum?«, fragte er."]),
    "fr": ("fr", ["M. Leroy a dit : « Non ! »", "Le maire est parti.", "« Pourquoi ? », a-t-il demandé."]),
    "es": ("es", ["¿Cuándo llega el Sr. Gómez?", "¡Nadie lo sabe!", "El EE. UU. calla."]),
    "it": ("it", ["Il dott. Bianchi è arrivato alle 10.30.", "Nessuno lo aspettava."]),
    "nl": ("nl", ["De heer J. de Vries kwam om 9.30 uur.", "Het regende."]),
    "cs": ("cs", ["Dne 6. července přijel prof. Novák do Brna.", "Nikdo ho nečekal."]),
    "pl": ("pl", ["Prof. Nowak mieszka przy ul. Długiej.", "Wczoraj padało."]),
    "ru short": ("ru", ["Шли дожди.", "Реки поднялись."]),
    "ru": ("ru", ["В 2020 г. завод закрыли.", "Шли дожди.", "«Почему?» — спросил он."]),
    "el": ("el", ["Πού είναι ο δήμαρχος;", "Κανείς δεν ξέρει.", "Έφυγε χθες."]),
    "ar": ("ar", ["متى وصل الوزير؟", "وصل أمس.", "لم ينتظره أحد."]),
    "ur": ("ur", ["بارش ہوئی۔", "دریا چڑھ گئے۔"]),
    "he": ("he", ["מתי הגיע השר?", "הוא הגיע אתמול.", "איש לא חיכה."]),
    "hi": ("hi", ["मंत्री कल आए।", "कोई नहीं मिला।", "क्या वे लौटेंगे?"]),
    "ka": ("ka", ["NATO ჩამოვიდა.", "წვიმდა მთელი დღე."]),
    "ko": ("ko", ["장관이 어제 도착했다.", "아무도 기다리지 않았다."]),
    "km": ("km", ["គាត់ទៅផ្សារ។", "គាត់នៅផ្ទះ។"]),
    "unknown": ("xx", ["Mr. Ome wa taka.", "Sile mo re."]),
}  # fmt: skip
UNSPACED = {
    "zh": ("zh", ["部长昨天到达。", "没有人等他！", "他说：“我们马上行动。”", "然后离开了。"]),
    "ja": ("ja", ["大臣は昨日到着した。", "「すぐに動く。」と述べた。", "誰も待っていなかった。"]),
    "en lost space": ("en", ["The mayor left on Monday.", "Nobody saw him at lakeside.example.com again."]),
}


@pytest.mark.parametrize(("language", "expected"), SPACED.values(), ids=SPACED)
def test_sentences_between_spaces(language: str, expected: list[str]) -> None:
    assert sentences(" ".join(expected), language) == expected


@pytest.mark.parametrize(("language", "expected"), UNSPACED.values(), ids=UNSPACED)
def test_sentences_without_a_space_between(language: str, expected: list[str]) -> None:
    assert sentences("".join(expected), language) == expected


def test_a_text_without_capitals_is_still_cut() -> None:
    assert sentences("rain fell all day. rivers rose. nobody slept.", "en") == [
        "rain fell all day.",
        "rivers rose.",
        "nobody slept.",
    ]


def test_lines_split_but_hard_wrapped_lines_do_not() -> None:
    assert sentences("Rain fell in the hills\nRivers rose in the plain", "en") == [
        "Rain fell in the hills",
        "Rivers rose in the plain",
    ]
    wrapped = (
        "The harbour authority closed both of its northern piers on\n"
        "Monday evening. Ferries waited off the coast while engin-\n"
        "eers looked for cracks. Nobody was hurt."
    )
    assert [len(sentence.split("\n")) for sentence in sentences(wrapped, "en")] == [2, 2, 1]
    assert sentences("A storm is on its way to the inter-\nior of the island.\r\n\r\nlower case", "en") == [
        "A storm is on its way to the inter-\nior of the island.",
        "lower case",
    ]


def test_a_narrow_column_is_one_paragraph() -> None:
    column = (
        "The harbour authority\nclosed both piers on\nMonday. Ferries went\n"
        "to other ports while\nDr. Ellis looked for\nthe crack."
    )
    assert [" ".join(sentence.split()) for sentence in sentences(column, "en")] == [
        "The harbour authority closed both piers on Monday.",
        "Ferries went to other ports while Dr. Ellis looked for the crack.",
    ]


def test_thai_is_cut_at_spaces_and_only_when_long() -> None:
    short = "ฝนตกหนัก น้ำท่วมถนน"
    assert sentences(short, "th") == [short]
    long = " ".join(["ฝนตกหนักทั่วเมืองตั้งแต่เช้า"] * 20)
    pieces = sentences(long, "th")
    assert " ".join(pieces) == long
    assert 3 <= len(pieces) <= 6


# --- hostile text -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "unit",
    ["word ", "x", "“A. b ", "今天。", '"a. ', "( ", "! ", ".", "A.\u2028", "\n", "a\n", "ก", "Mr. ", '." ', "a.B"],
)
@pytest.mark.parametrize("language", ["en", "zh", "th"])
def test_hostile_repetition_takes_linear_time_and_no_sentence_exceeds_the_cap(unit: str, language: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        begin = time.process_time()
        spans = split(text, language)
        assert max((end - start for start, end in spans), default=0) <= MAX_SENTENCE
        return time.process_time() - begin

    seconds(2_000)
    assert seconds(160_000) < 3 * 16 * max(seconds(10_000), 0.02)


def test_a_capped_sentence_is_cut_at_whitespace() -> None:
    text = "harbour " * 2_000
    pieces = sentences(text, "en")
    assert len(pieces) > 1
    assert set(" ".join(pieces).split(" ")) == {"harbour"}


# --- roles ------------------------------------------------------------------------------------------

BODY = "The harbour authority closed both piers on Monday after divers found cracks."
ROLES = {
    "heading": [
        "Ferry service stops",
        "ALLE FÄHREN FALLEN AUS",
        "Why the pier cracked: a timeline",
        "Covid-19",
        "Von Rom nach Oslo",
        "码头关闭一周",
    ],
    "credit": [
        "With AFP; adapted from its French original",
        "(Reporting by Ann Lee and Bo Ek in Oslo; Editing by Cy Day)",
        "Additional reporting by Ann Lee",
        "(dpa)",
        "dpa/AFP",
        "Le Phare avec AFP",
        "(Con información de EFE)",
        "Mit Material von dpa",
        "Source: Qatar News Agency",
        "Quelle: dpa",
        "来源：新华社",
        "Источник: ТАСС",
        "By Jane Doe",
        "By Jane Doe and agencies",
        "Von Anna Berg, dpa",
        "– AFP",
        "Von Anna Berg und Jan Roth",
        "Par Luc Petit",
        "Image: Pier at dawn, CC BY 4.0, via Wikimedia Commons",
        "Foto: Anna Berg/dpa",
        "Photo by Jane Doe/AFP via Getty Images",
        "© 2023 AFP",
    ],
    "boilerplate": [
        "Nach oben scrollen",
        "Updated 12 May 2023, 10:15 GMT",
        "* * *",
        "Read more: Piers of the north",
        "Subscribe to our newsletter",
        "© 2023 Example. All rights reserved.",
        "Follow us on social media",
        "Lire aussi : les quais du nord",
        "Te puede interesar: los muelles",
        "Читайте также: причалы севера",
        "اقرأ أيضا: أرصفة الشمال",
        "关闭码头相关新闻"[4:],
    ],
    "body": [
        "By Monday the piers were closed again.",
        "Von Montag an gilt ein neuer Fahrplan.",
        "Share prices fell by 3 percent on Monday.",
        "Also on display will be the crane, the old ferry and a lamp.",
        "Photographs of the crack were shown to the council.",
        "(He was released on Friday after a hearing.)",
        "- the northern pier",
        "Photo: Jane DoeWhen the piers closed on Monday, nobody at the harbour office had told the crews of the "
        "ferries, which lay off the coast until the evening.",
        "Published in 2021, the report was soon forgotten.",
        "Von Berlin nach Paris ging der erste Zug schon 1871.",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("role", "line"), [(role, line) for role, lines in ROLES.items() for line in lines])
def test_the_role_of_a_line_behind_the_text(role: str, line: str) -> None:
    found = roles(f"{BODY}\n\n{BODY}\n\n{line}")[2:]
    assert {found_role for found_role, _ in found} == {role}
    assert " ".join(text for _, text in found) == line


def test_title_kicker_and_body_of_an_article() -> None:
    text = f"Is the pier safe? Council orders a check\n\nBy Jane Doe\n\nA coast in doubt\n\nPRISTINA (Reuters) - {BODY}"
    assert [role for role, _ in roles(text)] == ["heading", "heading", "credit", "heading", "body"]


def test_a_credit_that_closes_a_paragraph_is_a_sentence_of_its_own() -> None:
    assert roles(f"{BODY} {BODY} (dpa)")[-1] == ("credit", "(dpa)")
    assert roles(f"{BODY} (Reporting by Ann Lee; Editing by Cy Day)")[-1][0] == "credit"


def test_one_sentence_a_line_is_body_but_for_the_title() -> None:
    text = "Ferries stop\nThe pier cracked .\nDivers saw it .\nIs it safe ?\nNobody knows ."
    assert [role for role, _ in roles(text)] == ["heading", "body", "body", "body", "body"]


def test_a_list_of_short_lines_is_body() -> None:
    listed = ["the northern pier", "the southern pier", "the old crane", "the lamp"]
    for lines in (listed, [line.title() for line in listed]):
        found = roles("\n\n".join([BODY, "\n".join(lines), BODY]))
        assert found == [("body", text) for text in [BODY, *lines, BODY]]


def test_an_article_of_short_lines_alone_is_body() -> None:
    assert roles("Ferries stop for a week") == [("body", "Ferries stop for a week")]
    assert [role for role, _ in roles("FERRIES STOP\n\nPIER CRACKED\n\nBy Jane Doe")] == ["body", "body", "credit"]


# --- languages --------------------------------------------------------------------------------------

GERMAN = "Der Hafen bleibt nach Angaben der Behörde wegen gefährlicher Risse noch eine Woche lang geschlossen."


def languages(text: str, language: str) -> list[str]:
    return segment(articles(text, language=language), Settings())["language"].to_list()


def test_a_long_sentence_in_another_language_is_recognised() -> None:
    assert languages(f"{BODY} {GERMAN}", "en") == ["en", "de"]


def test_a_short_sentence_keeps_the_language_of_its_article() -> None:
    assert languages(f"{BODY} Das ist gut so.", "en") == ["en", "en"]


def test_the_language_of_an_article_is_identified_where_none_is_stated() -> None:
    assert languages(f"{GERMAN} Gut.", "und") == ["de", "de"]
    assert languages("2023 — 14:00", "und") == ["und"]


def test_a_near_language_does_not_overrule_the_one_stated() -> None:
    croatian = "Lučka uprava zatvorila je oba gata u ponedjeljak nakon što su ronioci pronašli opasne pukotine."
    assert languages(croatian, "bs") == ["bs"]
