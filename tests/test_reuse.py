"""Longest runs, classes, lags, and the agencies at the end of a chain of copies."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest
import runs
from hypothesis import given
from hypothesis import strategies as st

from provtrace.results.audit import audit
from provtrace.results.reuse import CLASSES, SHARES
from provtrace.results.sources import Source, Sources, state
from provtrace.tables import CREDITED, REUSED, SENTENCE_KINDS, TABLES


def _tables(**replaced):
    return {**runs.tables(), **replaced}


def _audit(**replaced):
    return {row["article_id"]: row for row in audit(_tables(**replaced)).iter_rows(named=True)}


def _derivations(*rows):
    return pl.DataFrame(
        [(derived, source, "copy", 0.9, share, "unknown", []) for derived, source, share in rows],
        schema=TABLES["derivations"],
        orient="row",
    )


def _with(name, **columns):
    """A table of the run with other values: column=(article_id, value)."""
    frame = runs.tables()[name]
    for column, (article, value) in columns.items():
        frame = frame.with_columns(
            pl.when(article_id=article).then(pl.lit(value, frame.schema[column])).otherwise(column).alias(column)
        )
    return frame


# --- shares -----------------------------------------------------------------------------------------


@given(st.data())
def test_shares_add_up(data):
    origins, derivations = runs.tables()["origins"], runs.tables()["derivations"]
    kinds = data.draw(st.lists(st.sampled_from(SENTENCE_KINDS), min_size=len(origins), max_size=len(origins)))
    states = data.draw(st.lists(st.sampled_from(CREDITED), min_size=len(derivations), max_size=len(derivations)))
    found = audit(
        _tables(
            origins=origins.with_columns(pl.Series("kind", kinds)),
            derivations=derivations.with_columns(pl.Series("credited", states)),
        )
    )
    for row in found.iter_rows(named=True):
        reuse = row["reuse_share"]
        assert row["credited_share"] + row["uncredited_share"] == pytest.approx(reuse)
        assert sum(row[f"{kind}_share"] for kind in REUSED) == pytest.approx(reuse)
        beside = ("quote_share", "background_share", "novel_share", "unresolved_share")
        assert reuse + sum(row[name] for name in beside) == pytest.approx(1)
        assert all(0 <= row[name] <= 1 + 1e-9 for name in SHARES)
        assert row["verbatim_share"] <= reuse + 1e-9


def test_credited_words_follow_the_derivation():
    rows = _audit()
    assert rows["011"]["credited_share"] == rows["011"]["reuse_share"] == 1
    assert rows["001"]["uncredited_share"] == 1  # it names another agency
    assert rows["012"]["uncredited_share"] == pytest.approx(6 / 11)


def test_words_of_an_origin_without_a_derivation_are_credited_by_the_agencys_name():
    rows = _audit(derivations=_derivations())
    assert rows["011"]["credited_share"] == 1  # names Reuters, whose own article 010 is
    assert rows["012"]["uncredited_share"] == pytest.approx(6 / 11)


def test_an_agencys_own_article_needs_no_credit_for_that_agency():
    articles = _with("articles", outlet=("012", "Reuters"))
    assert _audit(articles=articles, derivations=_derivations())["012"]["credited_share"] == pytest.approx(6 / 11)


@pytest.mark.parametrize(("shares", "name"), [((0.8,), 0), ((0.79,), 1), ((0.1,), 1), ((0.09,), 2), ((0.0,), 2)])
def test_classes_are_the_ends_of_the_curve(shares, name):
    (reused,) = shares
    words = round(100 * reused)
    sentences = runs.tables()["sentences"].filter(pl.col("article_id") != "011")
    body = pl.DataFrame(
        [("011", n, n, n + 1, "en", "body", "word " * size) for n, size in enumerate((words, 100 - words))],
        schema=TABLES["sentences"],
        orient="row",
    )
    origins = runs.tables()["origins"].with_columns(
        kind=pl.when((pl.col("article_id") == "011") & (pl.col("sentence") == 1))
        .then(pl.lit("novel_in_set"))
        .otherwise("kind")
    )
    row = _audit(sentences=pl.concat([sentences, body]), origins=origins)["011"]
    assert row["reuse_share"] == pytest.approx(reused)
    assert row["reuse_class"] == CLASSES[name]


def test_an_article_whose_sentences_are_unresolved_is_not_called_non_derived():
    """Who shares all of its text with others, in a direction nobody knows, may have all of it from them."""
    origins = runs.tables()["origins"].with_columns(
        pl.when(pl.col("article_id") == "004").then(pl.lit("unresolved")).otherwise("kind").alias("kind")
    )
    row = _audit(origins=origins)["004"]
    assert (row["reuse_share"], row["unresolved_share"], row["reuse_class"]) == (0.0, 1.0, None)


# --- longest run ------------------------------------------------------------------------------------


def _runs(*units):
    """Alignments of 010 with 011 as (sentence of 010, sentence of 011, run, edit)."""
    (first,) = runs.tables()["alignments"].filter(left_id="010", right_id="011", left_start=0).to_dicts()
    rows = [
        {**first, "left_sentences": [i], "right_sentences": [j], "run": run, "edit": edit, "kind": "near_verbatim"}
        for i, j, run, edit in units
    ]
    origins = pl.DataFrame(
        [("011", n, "near_verbatim", "010", [n], 0.9) for n in range(9)], schema=TABLES["origins"], orient="row"
    )
    others = runs.tables()["origins"].filter(pl.col("article_id") != "011")
    return {
        "alignments": pl.DataFrame(rows, schema=TABLES["alignments"]),
        "origins": pl.concat([others, origins]),
    }


@pytest.mark.parametrize(
    ("units", "longest"),
    [
        ([(0, 0, 6, 0.9), (1, 1, 5, 0.9)], 6),  # changed inside: each by itself
        ([(0, 0, 6, 1.0), (1, 1, 5, 1.0)], 11),
        ([(0, 0, 6, 1.0), (1, 1, 5, 0.9)], 6),
        ([(0, 0, 6, 1.0), (2, 1, 5, 1.0)], 6),  # a leap on one side
        ([(0, 0, 6, 1.0), (1, 1, 5, 1.0), (2, 3, 7, 1.0), (3, 4, 8, 1.0)], 15),
    ],
)
def test_equal_sentences_in_a_row_make_one_run(units, longest):
    replaced = _runs(*units)
    row = _audit(**replaced)["011"]
    assert row["longest_run"] == longest
    backwards = {name: frame.reverse() for name, frame in replaced.items()}
    assert _audit(**backwards)["011"]["longest_run"] == longest


def test_a_run_does_not_leap_from_one_article_to_the_next():
    replaced = _runs((0, 0, 6, 1.0), (1, 1, 5, 1.0))
    other = pl.col("left_sentences").list.first() == 1
    alignments = replaced["alignments"].with_columns(
        left_id=pl.when(other).then(pl.lit("011")).otherwise("left_id"),
        right_id=pl.when(other).then(pl.lit("digest")).otherwise("right_id"),
    )
    assert _audit(**{**replaced, "alignments": alignments})["011"]["longest_run"] == 6


def test_only_reused_text_has_a_run_and_only_in_one_language():
    rows = _audit(**_runs((0, 0, 6, 1.0)))
    assert rows["010"]["longest_run"] == 0  # the source itself
    abroad = _with("articles", language=("011", "fr"))
    assert _audit(**_runs((0, 0, 6, 1.0)), articles=abroad)["011"]["longest_run"] == 0


# --- lags -------------------------------------------------------------------------------------------


def _lag(source=None, derived=None, precisions=("minute", "minute")):
    articles = _with(
        "articles",
        published_at=("010", source or datetime(2024, 3, 1, 22, 30, tzinfo=UTC)),
        published_precision=("010", precisions[0]),
    )
    changed = (("published_at", derived or datetime(2024, 3, 2, 1, tzinfo=UTC)), ("published_precision", precisions[1]))
    for column, value in changed:
        articles = articles.with_columns(
            pl.when(article_id="011").then(pl.lit(value, articles.schema[column])).otherwise(column).alias(column)
        )
    row = _audit(articles=articles)["011"]
    assert row["main_source"] == "010"
    return row["lag_precision"], row["lag_hours"], row["lag_days"]


@pytest.mark.parametrize(
    ("precisions", "lag"),
    [
        (("minute", "minute"), ("minute", 2.5, 1)),
        (("day", "minute"), ("day", None, 1)),
        (("day", "day"), ("day", None, 1)),
        (("minute", "month"), ("month", None, None)),
        ((None, "minute"), (None, None, None)),
    ],
)
def test_a_lag_is_as_precise_as_its_dates(precisions, lag):
    assert _lag(precisions=precisions) == lag


def test_dates_that_contradict_the_text_give_a_negative_lag():
    assert _lag(derived=datetime(2024, 2, 29, 22, 30, tzinfo=UTC)) == ("minute", -24.0, -1)


def test_an_upstream_has_no_date_and_an_article_of_its_own_no_source():
    rows = _audit()
    assert (rows["000"]["main_source"], rows["000"]["lag_precision"]) == ("U1", None)
    assert rows["004"]["main_source"] is None


def test_the_main_source_has_the_largest_share():
    rows = _audit(derivations=_derivations(("004", "010", 0.2), ("004", "011", 0.5), ("004", "012", 0.3)))
    assert rows["004"]["main_source"] == "011"


# --- chains -----------------------------------------------------------------------------------------


def test_a_copy_of_a_copy_carries_the_agencys_text():
    derivations = _derivations(("012", "010", 1.0), ("004", "012", 0.9))  # 012 credits nobody
    row = _audit(derivations=derivations)["004"]
    assert (row["textual"], row["verdict"]) == (["Reuters"], "uncredited")
    assert row["note"] == "no credit found; its text goes back to Reuters"


def test_an_agencys_own_article_is_where_a_chain_ends():
    sources = Sources(_tables(derivations=_derivations(("010", "001", 1.0), ("011", "010", 1.0))))
    assert sources.named["001"] == ["afp"]
    assert sources.leads("010") == ("own", frozenset({"reuters"}))
    assert sources.leads("U1") == ("credit", frozenset({"reuters"}))
    assert sources.leads("004") == ("credit", frozenset())


def test_circles_and_long_chains_come_to_an_end():
    circle = Sources(_tables(derivations=_derivations(("004", "003", 1.0), ("003", "004", 1.0), ("003", "010", 1.0))))
    assert circle.leads("004") == ("chain", frozenset({"reuters"}))
    count = 3000
    names = [f"r{n:04}" for n in range(count)]
    first = runs.tables()["articles"].filter(article_id="004")
    articles = pl.concat([runs.tables()["articles"], *(first.with_columns(article_id=pl.lit(name)) for name in names)])
    steps = [(later, earlier, 1.0) for earlier, later in zip(["010", *names], names, strict=False)]
    chain = Sources(_tables(articles=articles, derivations=_derivations(*steps)))
    assert chain.leads(names[-1]) == ("chain", frozenset({"reuters"}))


@pytest.mark.parametrize(
    ("credited", "named", "expected"),
    [
        ("mismatch", ["reuters"], "mismatch"),
        ("unknown", ["reuters"], "credited"),
        ("unknown", ["afp"], "mismatch"),
        ("unknown", [], "uncredited"),
    ],
)
def test_names_decide_where_the_derivation_could_not(credited, named, expected):
    assert state(Source("010", "reuters", credited, 1.0, "own"), named) == expected
