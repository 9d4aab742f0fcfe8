"""An origin for every sentence."""

import polars as pl
import pytest
from strategies import alignments, unit

from provtrace.settings import Settings
from provtrace.stages.origins import SHARED, origins, shared, strongest
from provtrace.tables import ORIGINS, SENTENCE_KINDS

SETTINGS = Settings(max_sentences=10)
TOLD = pl.Schema(
    {
        "article_id": pl.String, "sentence": pl.Int32, "role": pl.String, "origin_id": pl.String,
        "origin_sentences": pl.List(pl.Int32), "kind": pl.String, "probability": pl.Float32, "shared": pl.String,
        "shared_probability": pl.Float32,
    }
)  # fmt: skip


def origin(role="body", sentence=0, *, assigned=None, found=None):
    """The origin of one sentence, as kind, origin, sentences, probability."""
    given = assigned or (None, None, None, None)
    row = ("a", sentence, role, *given, *(found or (None, None)))
    result = origins(pl.DataFrame([row], schema=TOLD, orient="row"), SETTINGS)
    assert result.schema == ORIGINS
    return result.rows()[0][2:]


ASSIGNED = ("wire", [3, 4], "verbatim", 0.75)


def test_what_the_graph_assigned():
    assert origin(assigned=ASSIGNED) == ("verbatim", "wire", [3, 4], 0.75)


def test_what_nobody_else_has_is_novel_in_the_set():
    assert origin() == ("novel_in_set", None, None, 1.0)


@pytest.mark.parametrize("role", ["heading", "credit", "boilerplate"])
def test_what_is_no_body_is_what_it_is(role):
    assert origin(role) == (role, None, None, 1.0)
    assert origin(role, found=("shared_quote", 0.9)) == (role, None, None, 1.0)
    assert origin(role, sentence=50)[0] == role
    assert origin(role, assigned=ASSIGNED)[0] == role


def test_what_is_shared_without_deriving():
    assert origin(found=("shared_quote", 0.5)) == ("shared_quote", None, None, 0.5)
    assert origin(found=("background", 0.25)) == ("background", None, None, 0.25)
    assert origin(assigned=ASSIGNED, found=("background", 0.25))[1] == "wire"


def test_what_took_no_part_is_unresolved():
    assert origin(sentence=10) == ("unresolved", None, None, 0.0)
    assert origin(sentence=9)[0] == "novel_in_set"


def test_shared_sentences_of_both_sides():
    quote = unit("a", "b", [1, 2], [5], kind="shared_quote", probability=0.5)
    match = unit("a", "b", [3], [6], kind="paraphrase", probability=0.75)
    weak = unit("a", "b", [4], [7], kind="paraphrase", probability=0.25)
    heading = unit("a", "b", [0], [0], kind="heading", probability=0.75)
    listed = alignments([quote, match, weak, heading])

    def found(relation):
        frame = shared(listed.with_columns(relation=pl.lit(relation)), SETTINGS)
        assert frame.schema == SHARED
        return sorted(frame.rows())

    quotes = [("a", 1, "shared_quote", 0.5), ("a", 2, "shared_quote", 0.5), ("b", 5, "shared_quote", 0.5)]
    background = [("a", 3, "background", 0.75), ("b", 6, "background", 0.75)]
    assert found("shared_background") == sorted([*quotes, *background])
    for relation in ("copy", "co_derived", "shared_quote", "same_event"):
        assert found(relation) == quotes


def test_a_quotation_is_known_by_its_words_or_by_its_place():
    def found(**given):
        listed = alignments([unit("a", "b", [1], [5], kind="shared_quote", **given)])
        return {row[3] for row in shared(listed.with_columns(relation=pl.lit("shared_background")), SETTINGS).rows()}

    assert found(probability=0.25, quote_run=1) == set()
    assert found(probability=0.75, quote_run=0) == {0.75}
    (by_words,) = found(probability=0.25, quote_run=12, csls=0.5, chrf=0.75, anchors=0.75)
    assert by_words > 0.75


def test_the_strongest_of_several_counts():
    listed = [
        ("a", 1, "background", 0.9), ("a", 1, "shared_quote", 0.25), ("a", 1, "shared_quote", 0.5),
        ("a", 2, "background", 0.5), ("a", 2, "background", 0.75), ("b", 1, "background", 0.5),
    ]  # fmt: skip
    frame = pl.DataFrame(listed, schema=SHARED, orient="row")
    expected = [("a", 1, "shared_quote", 0.5), ("a", 2, "background", 0.75), ("b", 1, "background", 0.5)]
    for seed in range(5):
        assert strongest(frame.sample(fraction=1.0, shuffle=True, seed=seed), SETTINGS).rows() == expected


def test_every_sentence_of_the_examples_has_one_origin(traced):
    found = traced.provenance.origins
    assert len(found) == len(traced.provenance.sentences)
    assert not found.select("article_id", "sentence").is_duplicated().any()
    assert set(found["kind"]) <= set(SENTENCE_KINDS)
    assert found["probability"].is_between(0, 1).all()
    named = found.filter(pl.col("origin_id").is_not_null())
    assert len(named) > 50
    assert (named["origin_sentences"].list.len() > 0).all()
    assert (named["origin_id"] != named["article_id"]).all()
    sentences = set(traced.provenance.sentences.select("article_id", "sentence").iter_rows())
    places = named.select("origin_id", "origin_sentences").explode("origin_sentences")
    assert set(places.iter_rows()) <= sentences
