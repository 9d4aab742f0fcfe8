"""From end to end: the same tables however a run is cut, and whole tables whatever comes in."""

import os
import random
import subprocess
import sys

import polars as pl
import pytest
from conftest import EXAMPLES
from polars.testing import assert_frame_equal
from strategies import story_of

import provtrace as pt
from provtrace.engines.local import LocalEngine
from provtrace.pipeline import trace
from provtrace.tables import DERIVATIONS, SENTENCE_KINDS, TABLES

ARTICLES = EXAMPLES / "articles"
SENTENCES = [
    "The harbour office closed the northern lock on Tuesday after a barge struck its gate.",
    "Nobody was hurt, said the lock keeper, who had worked there for thirty-one years.",
    "Forty vessels were waiting above the town by the evening.",
    "Engineers from Malverin expect the repair to take nine days.",
    "The lock was built in 1912 and widened after the flood of 1954.",
]


def same_tables(one, other):
    for name in TABLES:
        assert_frame_equal(one.tables[name], other.tables[name], check_exact=True)


def check(provenance):
    """What holds of every run: each sentence has one origin, and every id that a table speaks of exists."""
    tables = provenance.tables
    keys = ["article_id", "sentence"]
    assert tables["origins"].select(keys).sort(keys).equals(tables["sentences"].select(keys).sort(keys))
    assert set(tables["origins"]["kind"]) <= set(SENTENCE_KINDS)
    known = set(tables["articles"]["article_id"]) | set(tables["upstreams"]["upstream_id"])
    assert set(tables["origins"]["origin_id"].drop_nulls()) <= known
    for name in ("pairs", "alignments", "relations"):
        table = tables[name]
        assert (table["left_id"] < table["right_id"]).all()
        assert set(table["left_id"]) | set(table["right_id"]) <= known
    for name, schema in TABLES.items():
        probabilities = [column for column in schema if "probability" in column or column.endswith("share")]
        for column in probabilities:
            assert tables[name][column].drop_nulls().is_between(0, 1).all(), f"{name}.{column}"
    texts = dict(tables["articles"].select("article_id", "text").iter_rows())
    for article_id, start, end, text in tables["sentences"].select("article_id", "start", "end", "text").iter_rows():
        assert texts[article_id][start:end] == text
    check_derivations(tables["derivations"])


def check_derivations(derivations):
    """Nobody derives from itself, by however many steps; nobody takes twice from one source."""
    edges = derivations.select("derived_id", "source_id").rows()
    assert len(edges) == len(set(edges))
    sources = {}
    for derived, source in edges:
        sources.setdefault(derived, set()).add(source)
    while sources:
        ends = {name for name in sources if not sources[name] & set(sources)}
        assert ends, f"a cycle among {sorted(sources)}"
        sources = {name: found for name, found in sources.items() if name not in ends}


# --- the examples -----------------------------------------------------------------------------------


def test_the_examples_are_consistent(traced, without_wire):
    check(traced.provenance)
    check(without_wire)


def test_the_examples_find_what_their_makers_wrote(traced, without_wire):
    """The plain cases only; the others are measured, not promised."""
    edges = set(traced.provenance.tables["derivations"].select("derived_id", "source_id").rows())
    assert {("en-copy", "wire-en"), ("wire-fr", "wire-en"), ("ru-version", "wire-en")} <= edges
    assert traced.provenance.tables["upstreams"].is_empty()
    assert without_wire.tables["upstreams"]["agency"].to_list() == ["reuters"]


@pytest.mark.parametrize("chunk", [11, 400])
def test_chunk_sizes_do_not_show(traced, chunk):
    same_tables(trace(ARTICLES, engine=LocalEngine(chunk=chunk)), traced.provenance)


def test_neither_processes_nor_hash_seeds_show(traced, tmp_path):
    """Two workers, under a hash seed that is not this process's."""
    code = (
        "from provtrace.engines.local import LocalEngine; from provtrace.pipeline import trace; import sys; "
        "trace(sys.argv[1], engine=LocalEngine(processes=2, chunk=60)).save(sys.argv[2])"
    )
    command = [sys.executable, "-c", code, str(ARTICLES), str(tmp_path / "run")]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "7"})
    same_tables(pt.load(tmp_path / "run"), traced.provenance)


def test_the_order_of_files_and_records_does_not_show(traced):
    frame = pt.read(ARTICLES)
    order = list(range(len(frame)))
    random.Random(3).shuffle(order)
    same_tables(pt.trace(frame[order]), traced.provenance)
    same_tables(pt.trace(sorted(ARTICLES.iterdir(), reverse=True)), traced.provenance)


# --- hostile input ----------------------------------------------------------------------------------


HOSTILE = {
    "one word": "Snow",
    "only marks": "*** ... !!! ???",
    "only headings": "BREAKING NEWS\n\nSECOND HEADING\n\nTHIRD HEADING",
    "only a store's date": " date 2023-10-01 ",
    "control": "The\x07 mayor\x1b[31m spoke.\x0b The\x85 ferry\u2028 left.\x1f" + SENTENCES[0],
    "right to left": "\u202eقال المسؤول إن العبّارة غادرت الميناء قبل الفجر.\u202c وأضاف أن أحدا لم يصب بأذى.",
    "mixed": "Мэр города сказал, что мост закрыт. 市长说大桥将关闭到六月。 Le pont est fermé. " + SENTENCES[1],
    "one long word": "a" * 20_000,
    "one word again and again": "na " * 4_000,
    "quotation marks": "“" * 500 + '"' * 501 + "„«»" * 200,
    "combining": "a" + "\u0301" * 3_000,
    "emoji": "👩‍👩‍👧‍👦" * 400,
    "U1": " ".join(SENTENCES),
    "a/b\\c'd\"e\nf\tg": " ".join(SENTENCES) + " (Reuters)",
    "../../etc/passwd": " ".join(SENTENCES[:3]) + " (Reuters)",
    "<script>": " ".join(SENTENCES[1:]) + " (Reuters)",
    "\u202eid": " ".join(reversed(SENTENCES)),
    " ": "An id may be a blank.",
}


def test_hostile_articles_together():
    records = [{"id": name, "text": text} for name, text in HOSTILE.items()]
    provenance = pt.trace([*records, {"id": "empty", "text": ""}, {"id": "blank", "text": " \n\t "}])
    read = set(provenance.articles["article_id"])
    assert {"U1", "<script>", "a/b\\c'd\"e\nf\tg", "one word again and again", "only a store's date"} <= read
    assert len(provenance.articles) + len(provenance.rejects) == len(HOSTILE) + 2
    check(provenance)
    for article_id in read:
        provenance.explain(article_id)


@pytest.mark.parametrize("name", ["one word", "only marks", "only headings", "only a store's date", "U1"])
def test_an_article_alone(name):
    provenance = pt.trace([{"id": name, "text": HOSTILE[name]}])
    check(provenance)
    for table in ("pairs", "alignments", "relations", "upstreams", "derivations", "stories"):
        assert provenance.tables[table].is_empty()
    body = provenance.tables["sentences"].filter(pl.col("role") == "body")
    novel = provenance.tables["origins"].filter(pl.col("kind") == "novel_in_set")
    assert len(novel) == len(body)


def test_nothing_usable_says_why():
    with pytest.raises(pt.NothingUsable, match="empty"):
        pt.trace([{"id": "a", "text": ""}])
    with pytest.raises(pt.NothingUsable):
        pt.trace([])


def test_a_crowd_of_identical_articles_beyond_the_bucket_cap():
    """All are proposed through the star of a full bucket: none is lost, none weighs twice."""
    text = " ".join(SENTENCES)
    settings = pt.Settings(bucket_cap=16, views=("surface",))
    provenance = pt.trace([{"id": f"copy{number:02}", "text": text} for number in range(70)], settings=settings)
    check(provenance)
    assert len(provenance.tables["stories"]) == 70
    assert provenance.tables["stories"]["story_id"].n_unique() == 1


def test_articles_longer_than_the_aligner_reads():
    """What lies beyond `max_sentences` is unresolved, and says so."""
    long = "\n".join(f"It was said that {story_of(6, number % 90)} is over." for number in range(3_000))
    settings = pt.Settings(max_sentences=50)
    provenance = pt.trace([{"id": "a", "text": long}, {"id": "b", "text": long}], settings=settings)
    check(provenance)
    skipped = provenance.tables["origins"].filter(pl.col("sentence") >= 50)
    assert set(skipped["kind"]) == {"unresolved"}
    assert provenance.tables["alignments"]["left_sentences"].list.max().max() < 50


def test_sentences_repeated_a_thousand_times_over():
    text = (SENTENCES[0] + " ") * 1_000
    provenance = pt.trace(
        [{"id": "a", "text": text}, {"id": "b", "text": text}], settings=pt.Settings(max_sentences=300)
    )
    check(provenance)


def test_an_upstream_never_takes_the_id_of_an_article():
    """Two outlets credit one absent agency with one text, and the articles are called as upstreams would be."""
    text = " ".join(SENTENCES) + "\n\n(Reuters)"
    provenance = pt.trace([{"id": "U1", "text": text}, {"id": "U2", "text": text}, {"id": "U3", "text": "Snow fell."}])
    check(provenance)
    assert provenance.tables["upstreams"]["agency"].to_list() == ["reuters"]
    assert provenance.tables["upstreams"]["upstream_id"].to_list() == ["U4"]


def test_an_article_without_sentences_keeps_its_id_too():
    text = " ".join(SENTENCES) + "\n\n(Reuters)"
    provenance = pt.trace(
        [{"id": "a", "text": text}, {"id": "b", "text": text}, {"id": "U1", "text": " date 2023-10-01 "}]
    )
    check(provenance)
    assert provenance.tables["upstreams"]["upstream_id"].to_list() == ["U2"]


def test_the_front_door_needs_no_corpus(traced):
    frame = pt.align(" ".join(SENTENCES[:3]), " ".join(SENTENCES[1:]))
    assert frame["left_sentences"].to_list() == [[1], [2]]
    assert frame["right_sentences"].to_list() == [[0], [1]]
    listed = pt.align(SENTENCES[:3], SENTENCES[1:])
    assert listed.drop("left_fit", "right_fit").equals(frame.drop("left_fit", "right_fit"))
    assert pt.candidates(ARTICLES).equals(traced.provenance.pairs)
    assert pt.align("", SENTENCES[0]).is_empty()
    assert pt.align([], SENTENCES).is_empty()
    with pytest.raises(pt.InputError, match=r"left side.*NUL"):
        pt.align("a\0b", SENTENCES[0])


def test_no_derivation_without_a_pair(traced):
    """Every edge between articles rests on a pair that was compared."""
    tables = traced.provenance.tables
    pairs = set(tables["relations"].select("left_id", "right_id").rows())
    assert tables["derivations"].schema == DERIVATIONS
    for derived, source in tables["derivations"].select("derived_id", "source_id").iter_rows():
        assert (min(derived, source), max(derived, source)) in pairs
