"""A language that neither encoder nor background sample knows: verdicts as in English, with the letters exchanged."""

import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from strategies import TEXTS

import provtrace as pt
from provtrace.tables import DIRECTED

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from unseen import LANGUAGE, in_unseen_language, unseen

DERIVED = {*DIRECTED, "co_derived"}


def derived(provenance):
    rows = provenance.relations.filter(pl.col("relation").is_in(DERIVED))
    return set(rows.select("left_id", "right_id").iter_rows())


@pytest.fixture(scope="module")
def english():
    articles = pt.read(Path(__file__).parent.parent / "examples" / "articles")
    return articles.filter(pl.col("language") == "en")


def test_a_language_that_nobody_learnt_has_the_same_derivations(english, traced):
    strange = english.with_columns(
        pl.col("text").map_elements(unseen, return_dtype=pl.String), language=pl.lit(LANGUAGE)
    )
    found = derived(pt.trace(strange))
    ids = set(english["article_id"])
    assert found == {pair for pair in derived(traced.provenance) if ids.issuperset(pair)}
    assert ("independent", "wire-en") not in found
    assert ("en-paraphrase", "wire-en") in found


@given(TEXTS)
def test_letters_are_exchanged_one_for_one(text):
    strange = in_unseen_language({"id": "1", "text": text, "language": "en"})
    assert strange["language"] == LANGUAGE
    assert len(strange["text"]) == len(text)
    assert len(set(strange["text"])) == len(set(text))
