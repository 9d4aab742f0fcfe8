"""What `read` promises whatever the format: fields, ids, dates, languages, duplicates, paths."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from itertools import permutations

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from provtrace.errors import InputError
from provtrace.stages.read import Limits, fields, languages, read
from provtrace.tables import ARTICLES, REJECTS

ENGLISH = "The council met on Tuesday to discuss the new bridge and its rising cost."


def one(record, **limits):
    """The article of one record, which must be read without a reject."""
    articles, rejects = read([record], limits=Limits(**limits))
    assert rejects.is_empty(), rejects["reason"].to_list()
    return articles.row(0, named=True)


def reason(record, **limits):
    """The reason why one record is rejected."""
    articles, rejects = read([record], limits=Limits(**limits))
    assert articles.is_empty()
    return rejects["reason"].item()


def test_a_full_record_fills_the_row():
    record = {
        "id": "a",
        "text": ENGLISH,
        "outlet": "The Daily",
        "url": "https://daily.example/a",
        "published": "2023-10-01T14:30:00+02:00",
        "language": "en-GB",
        "title": "Bridge",
    }
    assert one(record) == {
        "article_id": "a",
        "outlet": "The Daily",
        "url": "https://daily.example/a",
        "published_at": datetime(2023, 10, 1, 12, 30, tzinfo=UTC),
        "published_precision": "minute",
        "language": "en",
        "title": "Bridge",
        "text": ENGLISH,
    }


# --- names of fields --------------------------------------------------------------------------------

NAMES = {
    "article_id": "id article_id doc_id uuid guid uri _id ID articleId",
    "text": "text body content article maintext fulltext full_text articleBody FullText Full-Text BODY",
    "published_at": "published published_at date datetime datePublished pub_date publish_date date_publish timestamp "
    "created",
    "outlet": "outlet source publisher site source_name domain sourceName",
    "language": "language lang inLanguage LANG",
    "title": "title headline Title",
    "url": "url link URL",
}
VALUES = {"published_at": "2023-10-01", "language": "fr", "url": "https://daily.example/a"}
CASES = [(column, name) for column, names in NAMES.items() for name in names.split()]


@pytest.mark.parametrize(("column", "name"), CASES)
def test_synonyms_of_a_field(column, name):
    value = VALUES.get(column, "value")
    article = one(
        {"id": "x", "text": ENGLISH} | {name: value} if column not in ("article_id", "text") else _with(column, name)
    )
    expected = datetime(2023, 10, 1, tzinfo=UTC) if column == "published_at" else value
    assert article[column] == expected


def _with(column, name):
    return {name: "value", **({"text": ENGLISH} if column == "article_id" else {"id": "x"})}


@settings(deadline=None)
@given(st.permutations(["text", "Text", "body", "content", "article"]), st.integers(1, 5))
def test_the_order_of_the_list_decides_between_synonyms(names, count):
    present = names[:count]
    best = min(present, key=["text", "Text", "body", "content", "article"].index)
    assert one({"id": "x"} | {name: f"text of {name}" for name in present})["text"] == f"text of {best}"


def test_a_missing_value_leaves_the_field_to_the_next_synonym():
    assert one({"id": None, "guid": "g", "text": " ", "body": "the body", "title": "", "headline": "H"}) | {} == {
        **dict.fromkeys(ARTICLES),
        "article_id": "g",
        "text": "the body",
        "title": "H",
        "language": "und",
    }


@pytest.mark.parametrize(
    ("value", "outlet"),
    [
        ({"name": "The Daily"}, "The Daily"),
        ({"id": None, "name": "The Daily"}, "The Daily"),
        ([{"@type": "Organization", "name": "The Daily"}], "The Daily"),
        ([], None),
        ({}, None),
        ({"logo": "x"}, None),
        (None, None),
        (float("nan"), None),
        (True, None),
        ([[[[[["deep"]]]]]], None),
    ],
)
def test_nested_values_of_a_label(value, outlet):
    assert one({"id": "x", "text": ENGLISH, "publisher": value})["outlet"] == outlet


def test_schema_org_and_mongo_records():
    article = one(
        {
            "@type": "NewsArticle",
            "@id": "https://daily.example/a#article",
            "articleBody": ENGLISH,
            "headline": "Bridge",
            "inLanguage": {"@type": "Language", "name": "German"},
            "datePublished": "2023-10-01T14:30:00Z",
        }
    )
    assert (article["article_id"], article["language"], article["title"]) == (
        "https://daily.example/a#article",
        "de",
        "Bridge",
    )
    article = one({"_id": {"$oid": "65a"}, "text": ENGLISH, "date": {"$date": "2023-10-01T14:30:00Z"}})
    assert (article["article_id"], article["published_precision"]) == ("65a", "minute")


# --- ids --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_id", "article_id"), [(7, "7"), (7.0, "7"), (1.5, "1.5"), (0, "0"), ("007", "007"), (" a ", " a ")]
)
def test_ids_become_text(given_id, article_id):
    assert one({"id": given_id, "text": ENGLISH})["article_id"] == article_id


@pytest.mark.parametrize("given_id", [True, b"x", 10**50, float("inf")])
def test_an_id_of_another_type_is_rejected(given_id):
    assert reason({"id": given_id, "text": ENGLISH}).startswith("the id is of type")


def test_without_an_id_the_url_is_the_id():
    assert one({"text": ENGLISH, "url": "https://daily.example/a"})["article_id"] == "https://daily.example/a"


def test_an_uri_is_an_url_only_where_it_is_one():
    assert one({"text": ENGLISH, "uri": "urn:newsml:a"})["url"] is None
    assert one({"text": ENGLISH, "uri": "https://daily.example/a"})["url"] == "https://daily.example/a"


def test_without_id_and_url_the_content_is_the_id():
    texts = [ENGLISH, "Another text."]
    ids = [[one({"text": text})["article_id"] for text in order] for order in (texts, texts[::-1])]
    assert ids[0] == ids[1][::-1]
    assert len(set(ids[0])) == 2


def test_the_same_text_of_two_outlets_stays_two_articles():
    articles, rejects = read([{"text": ENGLISH, "outlet": "A"}, {"text": ENGLISH, "outlet": "B"}])
    assert (articles.height, rejects.height) == (2, 0)


# --- dates and languages ----------------------------------------------------------------------------


def test_a_store_prefix_is_the_date_of_a_record_without_one():
    text = " date 2023-10 " + ENGLISH
    article = one({"id": "x", "text": text})
    assert (article["published_at"], article["published_precision"]) == (datetime(2023, 10, 1, tzinfo=UTC), "month")
    assert article["text"] == text
    assert one({"id": "x", "text": text, "date": "2023-11-06"})["published_at"] == datetime(2023, 11, 6, tzinfo=UTC)


def test_an_unreadable_date_leaves_the_article():
    article = one({"id": "x", "text": ENGLISH, "date": "the other day"})
    assert (article["published_at"], article["published_precision"]) == (None, None)


def test_the_first_readable_date_counts():
    assert (
        one({"id": "x", "text": ENGLISH, "date": "01/02/2023", "created": "2023-10-01"})["published_precision"] == "day"
    )


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en-US", "en"),
        ("pt_BR", "pt"),
        ("zh-Hans-CN", "zh"),
        ("de_DE.UTF-8", "de"),
        ("eng", "en"),
        ("ger", "de"),
        ("deu", "de"),
        ("cmn", "zh"),
        ("English", "en"),
        ("français", "fr"),
        ("Русский", "ru"),
        ("iw", "he"),
        ("xx", None),
        ("unknown", None),
        ("und", None),
        ("", None),
    ],
)
def test_labels_of_languages(label, code):
    assert languages.code(label) == code


def test_an_alias_means_one_language():
    aliases = [alias for names in languages._ALIASES.values() for alias in names.split()]
    assert len(aliases) == len(set(aliases))
    assert set(languages._ALIASES) <= languages._CODES
    assert len(languages._CODES) == 184


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (ENGLISH, "en"),
        ("Der Stadtrat beriet am Dienstag über die neue Brücke und ihre steigenden Kosten.", "de"),
        ("Le conseil municipal s'est réuni mardi pour discuter du nouveau pont et de son coût.", "fr"),
        ("Городской совет во вторник обсудил новый мост и его растущую стоимость.", "ru"),
        ("市议会星期二开会讨论新桥的建设以及不断上涨的费用，预计明年春天作出决定。", "zh"),
        ("市議会は火曜日に会合を開き、新しい橋とその費用について話し合った。", "ja"),
        ("Το δημοτικό συμβούλιο συζήτησε την Τρίτη τη νέα γέφυρα.", "el"),
        ("Short text.", "und"),
        ("1234567890 1234567890 1234567890", "und"),
        ("", "und"),
    ],
)
def test_languages_of_texts(text, code):
    assert languages.detect(text) == code


def test_a_label_that_means_nothing_leaves_the_text_to_decide():
    assert one({"id": "x", "text": ENGLISH, "lang": "n/a"})["language"] == "en"


# --- rejects ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"id": "x"}, "nothing is named as the text; found: id"),
        ({"id": "x", "text": ""}, "empty text"),
        ({"id": "x", "text": " \n\u00a0"}, "empty text"),
        ({"id": "x", "text": None}, "empty text"),
        ({"id": "x", "text": float("nan")}, "empty text"),
        ({"id": "x", "text": 5}, "the text is of type int"),
        ({"id": "x", "text": True}, "the text is of type bool"),
        ({"id": "x", "text": ["a", "b"]}, "the text is of type list"),
        ({"id": "x", "text": b"bytes"}, "the text is of type bytes"),
        ({"id": "x", "text": "a\0b"}, "NUL character in the text at character 1"),
        ({"id": "x", "text": "ab\ud800"}, "lone surrogate in the text at character 2"),
        ({"id": "x\udfff", "text": "a"}, "lone surrogate in the id"),
        ({"id": "x", "text": "a", "title": "\ud800"}, "lone surrogate in the title"),
        ("not a path but in a tuple", None),
        (5, "of type int, neither a mapping nor a path"),
        (None, "of type NoneType, neither a mapping nor a path"),
    ],
)
def test_records_that_are_no_article(record, expected):
    if expected is None:
        with pytest.raises(InputError, match="no such file"):
            read((record,))
    else:
        assert reason(record).startswith(expected)


def test_an_article_beyond_the_limit_is_rejected_and_one_at_the_limit_is_not():
    assert one({"id": "x", "text": "a" * 100}, text=100)["text"] == "a" * 100
    assert reason({"id": "x", "text": "a" * 101}, text=100) == "the text is longer than 100 characters"
    assert reason({"id": "x", "text": "a", "title": "t" * 101}, text=100) == "the title is longer than 100 characters"


def test_rejects_say_where():
    _, rejects = read([{"id": "x"}, {"id": "y", "text": "fine"}, 5])
    assert rejects.select("source", "record").rows() == [("records", "record 1"), ("records", "record 3")]


# --- duplicates and order ---------------------------------------------------------------------------


def test_the_same_id_and_text_is_kept_once_with_the_fuller_record():
    records = [{"id": "x", "text": ENGLISH}, {"id": "x", "text": ENGLISH, "title": "Bridge"}]
    for order in permutations(records):
        articles, rejects = read(order)
        assert articles["title"].to_list() == ["Bridge"]
        assert rejects["reason"].to_list() == ["another article has the id x and the same text"]


def test_the_same_id_with_different_texts_keeps_one_whatever_the_order():
    records = [{"id": "x", "text": text} for text in ("b", "a", "c")]
    for order in permutations(records):
        articles, rejects = read(order)
        assert articles["text"].to_list() == ["a"]
        assert rejects["reason"].to_list() == ["another article has the id x and a different text"] * 2


RECORDS = st.lists(
    st.fixed_dictionaries(
        {"text": st.sampled_from(["one", "two", "three", ""])},
        optional={
            "id": st.sampled_from(["a", "b", 1, None]),
            "outlet": st.sampled_from(["O", "P"]),
            "date": st.sampled_from(["2023-10-01", "2023-10", "?"]),
            "lang": st.sampled_from(["en", "de"]),
        },
    ),
    max_size=8,
)


@settings(deadline=None)
@given(records=RECORDS, data=st.data())
def test_the_order_of_records_does_not_matter_and_none_vanishes(records, data):
    articles, rejects = read(records)
    again, again_rejects = read(data.draw(st.permutations(records)))
    assert_frame_equal(articles, again)
    assert sorted(rejects["reason"]) == sorted(again_rejects["reason"])
    assert articles.height + rejects.height == len(records)
    assert articles["article_id"].is_sorted()
    assert articles["article_id"].is_unique().all()


@settings(deadline=None)
@given(RECORDS)
def test_reading_articles_again_changes_nothing(records):
    articles, _ = read(records)
    again, rejects = read(articles)
    assert_frame_equal(again, articles)
    assert rejects.is_empty()


def test_nothing_gives_empty_tables():
    articles, rejects = read([])
    assert (articles.schema, articles.height) == (ARTICLES, 0)
    assert (rejects.schema, rejects.height) == (REJECTS, 0)


# --- frames and other sources -----------------------------------------------------------------------


def test_a_pandas_frame_with_gaps():
    frame = pd.DataFrame(
        {
            "id": [1, None, 3],
            "text": [ENGLISH, "without an id", None],
            "date": [pd.Timestamp("2023-10-01T14:30"), pd.NaT, pd.NaT],
            "title": ["Bridge", None, pd.NA],
        }
    )
    articles, rejects = read(frame)
    assert set(articles["text"]) == {ENGLISH, "without an id"}
    first = articles.filter(pl.col("article_id") == "1").row(0, named=True)
    assert (first["published_precision"], first["title"]) == ("minute", "Bridge")
    assert rejects.select("record", "reason").rows() == [("row 3", "empty text")]


def test_a_named_pandas_index_is_a_column():
    frame = pd.DataFrame({"id": ["a"], "text": [ENGLISH]}).set_index("id")
    assert read(frame)[0]["article_id"].to_list() == ["a"]


def test_a_frame_without_a_text_column_names_what_it_has():
    with pytest.raises(InputError, match=r"found: id, words; recognised: text, body, content"):
        read(pl.DataFrame({"id": ["a"], "words": ["b"]}))
    with pytest.raises(InputError, match=r"more than one column is named text"):
        read(pd.DataFrame([["a", "b"]], columns=["text", "text"]))


def test_a_polars_frame_with_structs_and_dates():
    frame = pl.DataFrame(
        {
            "id": [1],
            "text": [ENGLISH],
            "publisher": [{"name": "The Daily"}],
            "published": [datetime(2023, 10, 1, 14, 30)],
        }
    )
    article = read(frame)[0].row(0, named=True)
    assert (article["article_id"], article["outlet"], article["published_precision"]) == ("1", "The Daily", "minute")


@pytest.mark.parametrize("source", [None, 5, {"id": "x", "text": "a"}, b"path"])
def test_sources_of_no_known_kind(source):
    with pytest.raises(InputError, match="can't read articles from a value of type"):
        read(source)


def test_a_generator_of_records():
    assert read({"id": str(i), "text": f"text {i}"} for i in range(3))[0].height == 3


def test_importing_the_reader_imports_nothing_heavy():
    heavy = ("pandas", "trafilatura", "fastwarc", "py3langid")
    code = f"import sys, provtrace.stages.read; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@settings(deadline=None)
@given(records=RECORDS, cut=st.integers(0, 8))
def test_the_order_of_files_does_not_matter(tmp_path_factory, records, cut):
    folder = tmp_path_factory.mktemp("files")
    parts = {"first.jsonl": records[:cut], "second.jsonl": records[cut:]}
    for name, part in parts.items():
        (folder / name).write_text("".join(f"{json.dumps(record)}\n" for record in part))
    forward = read([folder / name for name in parts])
    backward = read([folder / name for name in reversed(parts)])
    whole = read(folder)
    for articles, rejects in (backward, whole):
        assert_frame_equal(articles, forward[0])
        assert_frame_equal(rejects, forward[1])
    assert_frame_equal(read(records)[0], forward[0])


def test_every_synonym_is_reachable():
    for field, names in fields.SYNONYMS.items():
        for name in names:
            assert fields.recognised([name])[field] == (name,)
