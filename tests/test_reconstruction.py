"""What a run tells of an unobserved upstream, from tables made by hand."""

import polars as pl
import pytest
import runs
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from strategies import provenances

from provtrace.errors import UnknownName
from provtrace.results.reconstruction import CHANGES, Wire, changes, reconstruct
from provtrace.scoring.language_names import named_language
from provtrace.tables import TABLES

NOTE = "Adapted from its French original."


@pytest.fixture
def wire() -> Wire:
    return runs.provenance().reconstruct("U1")


def test_agencies_with_those_who_credit_them(wire):
    assert wire.agency == "reuters"
    assert wire.claims == {"reuters": ("000", "002"), "afp": ("001",)}


def test_what_witnesses_dropped_and_added(wire):
    assert [account.dropped for account in wire.accounts] == [(), (), ()]
    ((added,), *others) = [account.added for account in wire.accounts]
    assert others == [(), ()]
    article = runs.tables()["articles"].filter(article_id="000")
    assert article["text"].item()[added.start : added.end] == added.text == "The line was founded in 1931."


def test_a_unit_that_a_witness_lacks_is_dropped():
    units = runs.tables()["upstream_units"].filter((pl.col("unit") == 0) | (pl.col("witness_article_id") != "001"))
    provenance = runs.provenance(upstream_units=units)
    assert [account.dropped for account in provenance.reconstruct("U1").accounts] == [(), (1,), ()]
    dropped = provenance.changes.filter(change="dropped")
    assert dropped.select("article_id", "unit", "sentence").rows() == [("001", 1, None)]


def test_what_seems_to_come_from_there_is_not_added():
    """Even where no other witness has it, so that it is in no unit."""
    origins = runs.tables()["origins"]
    row = pl.DataFrame([("000", 2, "paraphrase", "U1", [], 0.5)], schema=TABLES["origins"], orient="row")
    other = origins.filter((pl.col("article_id") != "000") | (pl.col("sentence") != 2))
    assert runs.provenance(origins=pl.concat([other, row])).reconstruct("U1").accounts[0].added == ()


def noted(language, named=NOTE):
    """The run with a translation note in an article of that language."""
    tables = runs.tables()
    text = tables["articles"].filter(article_id="002")["text"].item()
    chosen = pl.col("article_id") == "002"
    articles = tables["articles"].with_columns(
        text=pl.when(chosen).then(pl.lit(f"{text} {named}")).otherwise("text"),
        language=pl.when(chosen).then(pl.lit(language)).otherwise("language"),
    )
    credit = ("002", len(text) + 1, len(text) + 1 + len(named), None, "translation", "note")
    row = pl.DataFrame([credit], schema=TABLES["credits"], orient="row")
    return runs.provenance(articles=articles, credits=pl.concat([tables["credits"], row])).reconstruct("U1")


def test_a_note_that_names_another_language_tells_of_a_text_between():
    wire = noted("en")
    assert wire.notes == {"002": NOTE}
    assert wire.originals == {"fr": ("002",)}
    assert wire.steps() == ("between it and 002 stands a text in fr, named in their notes",)


def test_a_note_in_the_language_that_it_names_is_of_this_very_text():
    assert noted("fr", "Version française Anne Dupré").originals == {}


def test_a_relay_tells_what_is_behind():
    row = pl.DataFrame(
        [("001", 0, 6, "tanjug", "primary_source", "relay.origin")], schema=TABLES["credits"], orient="row"
    )
    wire = runs.provenance(credits=pl.concat([runs.tables()["credits"], row])).reconstruct("U1")
    assert wire.relays == {"tanjug": ("001",)}
    assert wire.steps() == ("by their credits, it has its news from tanjug (001)",)


def test_unknown_upstream():
    with pytest.raises(UnknownName, match="U1"):
        reconstruct(runs.tables(), "U9")


def test_no_upstream_no_changes():
    upstreams, units = (runs.tables()[name].clear() for name in ("upstreams", "upstream_units"))
    found = changes({**runs.tables(), "upstreams": upstreams, "upstream_units": units})
    assert found.is_empty()
    assert found.schema == CHANGES


@hypothesis_settings(deadline=None, max_examples=30)
@given(provenances())
def test_any_run_can_be_asked(provenance):
    assert provenance.changes.schema == CHANGES
    for upstream_id in provenance.upstreams["upstream_id"]:
        wire = provenance.reconstruct(upstream_id)
        assert sorted(account.article_id for account in wire.accounts) == [
            account.article_id for account in wire.accounts
        ]
        assert repr(upstream_id) in repr(wire)
        for account in wire.accounts:
            text = provenance.articles.filter(article_id=account.article_id)["text"].item()
            assert all(text[added.start : added.end] == added.text for added in account.added)


@pytest.mark.parametrize(
    ("note", "language"),
    [
        ("adapted from its French original", "fr"),
        ("Aus dem Französischen übersetzt", "fr"),
        ("traduit de l'anglais", "en"),
        ("Adaptado de su original en francés", "fr"),
        ("перевод с английского", "en"),
        ("İngilizceden çeviri", "en"),
        ("ترجمة عن الفرنسية", "fr"),
        ("vertaald uit het Engels", "en"),
        ("Übersetzt von Anna Beck", None),
        ("translated by Franz Grecu", None),
        ("translated from German into French", None),
    ],
)
def test_the_language_that_a_note_names(note, language):
    assert named_language(note) == language
