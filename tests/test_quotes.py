"""Utterances and their variants across articles. All texts are invented, but for those the seeds' test reads."""

from __future__ import annotations

import json
import os
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest
import runs
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import provtrace as pt
from provtrace.results.evaluate import evaluate
from provtrace.results.quotes import FORMS, QUOTES, quotes

DATA = os.environ.get("PROVTRACE_DATA")
EXAMPLES = Path(__file__).parent.parent / "examples"

GATE = "“The gate did what it was built to do,” Ilsa Torvend said."
LATE = "“We will not celebrate before it has gone up ten times,” said Pella Hostrin."


def entities(frame):
    """The utterances as sets of (article, words)."""
    found = {}
    for quote, article, text in frame.select("quote_id", "article_id", "text").iter_rows():
        found.setdefault(quote, set()).add((article, text))
    return sorted(map(sorted, found.values()))


def grouped(frame):
    """The utterances as sets of articles."""
    return sorted(sorted(article for article, _ in entity) for entity in entities(frame))


# --- which quotations are one -----------------------------------------------------------------------


def test_the_same_words_in_related_articles_are_one_whatever_stands_around_them():
    tables = runs.of(
        {"a": [GATE], "b": ["On the quay Ilsa Torvend told all who came: “The gate did what it was built to do.”"]}
    )
    assert grouped(quotes(tables)) == [["a"], ["b"]]
    tables["relations"] = runs.of({"a": [], "b": []}, related=[("a", "b")])["relations"]
    assert grouped(quotes(tables)) == [["a", "b"]]


def test_ten_words_in_a_row_are_one_in_any_articles():
    assert grouped(quotes(runs.of({"a": [LATE], "b": [LATE.replace("said Pella Hostrin", "she said")]}))) == [
        ["a", "b"]
    ]


def test_aligned_translations_are_one():
    german = "„Die Klappe tat, wofür sie gebaut ist“, sagte Ilsa Torvend."
    tables = runs.of({"a": [GATE], "b": [german]}, [("a", 0, "b", 0)], languages={"b": "de"})
    frame = quotes(tables)
    assert grouped(frame) == [["a", "b"]]
    assert frame["language"].to_list() == ["en", "de"]
    assert frame["similarity"].null_count() == frame["drift"].null_count() == 1


@pytest.mark.parametrize("probability", [0.49, 0.5])
def test_only_likely_units_count(probability):
    units = [("a", 0, "b", 0, (), probability)]
    german = "„Die Klappe tat, wofür sie gebaut ist“, sagte Ilsa Torvend."
    frame = quotes(runs.of({"a": [GATE], "b": [german]}, units, languages={"b": "de"}))
    assert frame["quote_id"].n_unique() == (1 if probability >= 0.5 else 2)


def test_a_translation_of_another_length_or_number_is_not_taken_for_one():
    short = "Das sei „gut so“, sagte sie."
    tables = runs.of({"a": [LATE], "b": [short]}, [("a", 0, "b", 0)], languages={"b": "de"})
    assert grouped(quotes(tables)) == [["a"], ["b"]]
    two = (
        "„Wir feiern nicht, bevor sie nicht zehnmal oben war“, sagte Pella Hostrin. „Und dann wieder unten“, sagte sie."
    )
    tables = runs.of({"a": [LATE], "b": [two]}, [("a", 0, "b", 0)], languages={"b": "de"})
    assert ["a"] in grouped(quotes(tables))


@pytest.mark.parametrize(("speaker", "entities_"), [("Oren Vasht", 2), ("Venn", 1)])
def test_alike_words_are_one_only_from_one_speaker(speaker, entities_):
    one = "“We will not leave the harbour before the tide,” Orla Venn told us."
    two = f"“We will not leave the harbour after the storm,” {speaker} told us."
    assert quotes(runs.of({"a": [one], "b": [two]}, related=[("a", "b")]))["quote_id"].n_unique() == entities_


def test_the_same_words_here_and_there_are_not_the_same_saying():
    one = "“We wait and go in the night with the tide,” Orla Venn told us."
    two = "“We wait here and go there in our night boats with a tide,” Orla Venn told us."
    assert grouped(quotes(runs.of({"a": [one], "b": [two]}, related=[("a", "b")]))) == [["a"], ["b"]]


def test_other_speakers_who_use_half_the_words_say_something_else():
    one = "“We call on all sides to withdraw their boats from the harbour,” said Orla Venn."
    two = "“We are calling on Lisk to withdraw those boats from the harbour,” Oren Vasht told us."
    assert grouped(quotes(runs.of({"a": [one], "b": [two]}, related=[("a", "b")]))) == [["a"], ["b"]]


def test_a_short_quotation_joins_what_it_is_a_part_of():
    long = "The council warned of “a large northern fleet along the coast of Lisk,” and left."
    short = "Boats came. It was a “large fleet” after all."
    frame = quotes(runs.of({"a": [long, short]}))
    assert frame["quote_id"].n_unique() == 1  # two words, and no verb of saying: a scare quote by itself
    assert frame.height == 1
    again = "It was a “large northern fleet” after all."
    assert entities(quotes(runs.of({"a": [long], "b": [again]}, related=[("a", "b")]))) == [
        [("a", "a large northern fleet along the coast of Lisk,"), ("b", "large northern fleet")]
    ]


def test_two_things_that_one_article_quotes_are_never_one():
    speech = "“We wait for the tide of the night. We go when the moon has set,” said Orla Venn."
    parts = [
        "“We wait for the tide of the night,” said Orla Venn.",
        "“We go when the moon has set,” Orla Venn told us.",
    ]
    frame = quotes(runs.of({"a": [speech], "b": parts}, related=[("a", "b")]))
    ids = dict(frame.filter(article_id="b").select("text", "quote_id").iter_rows())
    assert len(set(ids.values())) == 2
    assert frame.filter(article_id="a")["quote_id"].item() in ids.values()


def test_the_parts_of_an_interrupted_quotation_are_one_with_the_whole():
    whole = "“We wait for the tide of the night and then go home to bed,” said Orla Venn."
    parts = "“We wait for the tide of the night,” said Orla Venn, “and then go home to bed.”"
    related = [("a", "b"), ("a", "c"), ("b", "c")]
    frame = quotes(runs.of({"a": [parts], "b": [whole], "c": [parts]}, related=related))
    assert grouped(frame) == [["a", "a", "b", "c", "c"]]
    assert frame.filter("best")["article_id"].to_list() == ["b"]
    assert frame.select("similarity", "drift").unique().rows() == [(1, False)]
    without = quotes(runs.of({"a": [parts], "c": [parts]}, related=[("a", "c")]))
    assert grouped(without) == [["a", "c"], ["a", "c"]]


# --- what a row says --------------------------------------------------------------------------------


def test_drift_is_a_replaced_word_and_not_a_missing_one_or_another_spelling():
    wordings = {
        "a": "additional forces were authorized to address the current situation",
        "b": "additional forces were authorised to address the current situation",
        "c": "additional forces were authorized to address the current crisis",
        "d": "authorized to address the current situation",
        "e": "additional forces were authorized to address the current situation",
    }
    texts = {article: [f"Orla Venn said: “{words}.”"] for article, words in wordings.items()}
    frame = quotes(runs.of(texts, related=list(combinations("abcde", 2))))
    rows = {row["article_id"]: row for row in frame.iter_rows(named=True)}
    assert frame["quote_id"].n_unique() == 1
    assert [article for article, row in rows.items() if row["best"]] == ["a"]
    assert {article: row["drift"] for article, row in rows.items()} == {
        "a": False, "b": False, "c": True, "d": False, "e": False
    }  # fmt: skip
    assert rows["c"]["similarity"] == pytest.approx(8 / 9)
    assert rows["d"]["similarity"] == rows["a"]["similarity"] == rows["e"]["similarity"] == 1


def test_a_report_of_a_quotation_is_an_indirect_variant():
    report = "The gate had done its work, according to Torvend."
    tables = runs.of({"a": [GATE], "b": [report]}, [("a", 0, "b", 0, ("quote_to_indirect",))])
    frame = quotes(tables)
    row = frame.row(by_predicate=pl.col("article_id") == "b", named=True)
    assert (row["quote_id"], row["form"], row["text"]) == ("Q1", "indirect", report)
    assert (row["speaker"], row["similarity"], row["drift"], row["best"]) == (None, None, None, False)
    unflagged = runs.of({"a": [GATE], "b": [report]}, [("a", 0, "b", 0)])
    assert quotes(unflagged)["article_id"].to_list() == ["a"]


def test_of_reports_one_inside_the_other_the_innermost_counts():
    texts = {"a": [GATE], "b": ["Nobody was hurt.", "The gate had done its work, according to Torvend."], "c": [GATE]}
    flagged = ("quote_to_indirect",)
    tables = runs.of(texts, [("a", 0, "b", 1, flagged), ("c", 0, "b", 1, flagged)], related=[("a", "c")])
    wider = pl.when(pl.col("left_id") == "a").then(0).otherwise("right_start").cast(pl.Int32)  # both sentences
    tables["alignments"] = tables["alignments"].with_columns(wider.alias("right_start"))
    assert quotes(tables).filter(pl.col("form") == "indirect")["text"].to_list() == [texts["b"][1]]


def test_quotations_in_credit_lines_and_furniture_are_left_out():
    tables = runs.of({"a": [GATE]})
    tables["sentences"] = tables["sentences"].with_columns(role=pl.lit("boilerplate"))
    assert quotes(tables).is_empty()


def test_a_run_without_articles():
    assert quotes(runs.of({})).schema == QUOTES


# --- properties -------------------------------------------------------------------------------------

_WORDS = st.sampled_from(["tide", "gate", "night", "harbour", "we", "wait", "for", "the", "and", "go"])
_SENTENCE = st.builds(
    "{} said: “{}.”".format,
    st.sampled_from(["Orla Venn", "He", "Oren Vasht"]),
    st.lists(_WORDS, min_size=3, max_size=9).map(" ".join),
)
_TEXTS = st.dictionaries(st.sampled_from("abcd"), st.lists(_SENTENCE, min_size=1, max_size=3), min_size=1)


@given(_TEXTS, st.data())
def test_rows_slice_back_name_one_best_and_do_not_hang_on_the_order(texts, data):
    pairs = list(combinations(sorted(texts), 2))
    related = data.draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    units = [(left, 0, right, 0, ("quote_drift",)) for left, right in related]
    tables = runs.of(texts, units, related)
    frame = quotes(tables)
    bodies = dict(tables["articles"].select("article_id", "text").iter_rows())
    assert all(
        bodies[a][start:end] == text
        for a, start, end, text in frame.select("article_id", "start", "end", "text").iter_rows()
    )
    assert set(frame["form"]) <= set(FORMS)
    assert (frame.group_by("quote_id").agg(pl.col("best").sum())["best"] == 1).all()
    assert frame.filter("best").select("similarity", "drift").unique().rows() in ([], [(1.0, False)])
    assert frame["similarity"].is_between(0, 1).all()
    assert frame.height == frame.select("article_id", "start").n_unique()
    shuffled = {name: table.reverse() for name, table in tables.items()}
    assert_frame_equal(quotes(shuffled), frame)


# --- what it means for articles -----------------------------------------------------------------------

SPOKEN = (
    "We will not open the gate before the tide has turned and the wind has dropped",
    "Nobody on this island is going hungry while I am the mayor of it",
    "The pump was made in another century by people who knew what they were doing",
)
SHORT = f"""Port Ostrel stayed shut on Tuesday. “{SPOKEN[0]},” harbour master Orla Venn said.

Lisk has bread for five days, its mayor told a radio station. “{SPOKEN[1]},” Oren Vasht added.

An engineer who asked not to be named was gloomier. “{SPOKEN[2]},” he told reporters.

Ferries are expected to run again on Friday, weather permitting, the operator announced in the evening."""
COLOURFUL = f"""It smelled of diesel and wet wool in the old net loft, where some forty skippers had gathered to hear \
what nobody wanted to hear.

To a chorus of whistles Venn, who has run the harbour since 2009, stood on a crate and declared: “{SPOKEN[0]}.”

Across the water the mood was better. From the steps of the town hall Vasht promised by megaphone that “{SPOKEN[1]}”.

In the pump house a retired mechanic ran his hand over the casing. “{SPOKEN[2]},” was all he had to say about it."""


def test_two_who_heard_the_same_three_speakers_did_not_copy():
    provenance = pt.trace([{"id": "short", "text": SHORT}, {"id": "colourful", "text": COLOURFUL}])
    assert provenance.relations["relation"].to_list() == ["shared_quote"]
    assert provenance.derivations() == []
    for article in ("short", "colourful"):
        shared = [origin for origin in provenance.explain(article) if origin.kind == "shared_quote"]
        assert len(shared) == 3
        assert all(origin.probability > 0.7 for origin in shared)
    assert provenance.quotes.group_by("quote_id").agg(pl.col("article_id").n_unique())["article_id"].to_list() == [
        2,
        2,
        2,
    ]


# --- gold -------------------------------------------------------------------------------------------


def test_every_quotation_of_the_examples_is_joined_across_languages(traced, without_wire):
    for provenance in (traced.provenance, without_wire):
        figures = evaluate(provenance, EXAMPLES / "gold.json").scores["quotes"]
        assert (figures["b3_f1"], figures["pair_f1"]) == (1, 1)
        assert figures["found"] == figures["quotations"] >= 16
        assert (figures["not_quotes"], figures["not_quotes_taken"]) == (2, 0)


@pytest.fixture(scope="module")
def seeds():
    return pt.trace(Path(DATA) / "seeds")


@pytest.mark.skipif(DATA is None, reason="needs the labelled sets of PROVTRACE_DATA")
def test_every_quotation_of_the_seeds_is_found_and_joined_as_a_person_would(seeds):
    gold = json.loads((Path(DATA) / "seeds" / "gold.json").read_text(encoding="utf-8"))
    rows = seeds.quotes.filter(form="direct").select("quote_id", "article_id", "text").rows()

    def quote_of(variant):
        bare = variant["text"].strip("“”")
        return {
            quote
            for quote, article, text in rows
            if article.startswith(variant["document"]) and (bare in text or text in bare)
        }

    ids = [{next(iter(quote_of(variant))) for variant in quote["variants"]} for quote in gold["quotes"]]
    assert [len(found) for found in ids] == [1] * len(gold["quotes"])
    assert len(set.union(*ids)) == len(gold["quotes"])
    assert [quote_of(term) for term in gold["not_quotes"]] == [set()] * len(gold["not_quotes"])
