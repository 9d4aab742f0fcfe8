"""Shares and credit verdicts."""

from __future__ import annotations

import polars as pl
import pytest
import runs
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from provtrace.errors import UnknownName
from provtrace.results.audit import DEPENDENCE, audit
from provtrace.results.reuse import SHARES
from provtrace.results.verdicts import VERDICTS
from provtrace.tables import SENTENCE_KINDS, TABLES


def _tables(**replaced):
    return {**runs.tables(), **replaced}


def _row(article_id, tables=None):
    return audit(tables or runs.tables(), "article").row(by_predicate=pl.col("article_id") == article_id, named=True)


def _edges(*rows):
    return pl.DataFrame(
        [(*row[:2], "copy", 0.9, 0.9, row[2], []) for row in rows], schema=TABLES["derivations"], orient="row"
    )


def _claims(*rows):
    return pl.DataFrame(
        [(article, 0, 1, agency, role, "r") for article, agency, role in rows], schema=TABLES["credits"], orient="row"
    )


def test_one_row_for_every_article():
    assert audit(runs.tables())["article_id"].to_list() == sorted(runs.tables()["articles"]["article_id"])


def test_shares_are_of_body_words():
    row = _row("001")  # nine and four body words; the credit line is none
    assert row["body_words"] == 13
    assert (row["reuse_share"], row["novel_share"]) == (1.0, 0.0)
    assert row["paraphrase_share"] == pytest.approx(9 / 13)
    assert row["near_verbatim_share"] == pytest.approx(4 / 13)


def test_background_is_neither_reuse_nor_novel():
    row = _row("003")
    assert row["reuse_share"] == 0
    assert row["novel_share"] == pytest.approx(4 / 10)


def test_several_agencies_are_credited():
    """What an uncredited article shares background with may credit one agency or more."""
    claims = _claims(("000", "reuters", "tail"), ("002", "afp", "tail"))
    note = _row("003", _tables(credits=claims))["note"]
    assert note.startswith("no credit found; shares background with 000 and 002, where ")
    assert note.endswith(" and Reuters are credited")


def test_translation_share():
    row = _row("012")
    assert row["translation_share"] == row["reuse_share"] == pytest.approx(6 / 11)


def test_words_of_scripts_without_spaces_are_characters():
    sentences = runs.tables()["sentences"].with_columns(
        pl.when(article_id="004").then(pl.lit("渡轮晚点 x")).otherwise("text").alias("text")
    )
    assert _row("004", _tables(sentences=sentences))["body_words"] == 5


@given(st.data())
def test_the_parts_of_reuse_add_up_to_it(data):
    origins = runs.tables()["origins"]
    kinds = data.draw(st.lists(st.sampled_from(SENTENCE_KINDS), min_size=len(origins), max_size=len(origins)))
    frame = audit(_tables(origins=origins.with_columns(pl.Series("kind", kinds))))
    for row in frame.iter_rows(named=True):
        parts = (row[f"{kind}_share"] for kind in ("verbatim", "near_verbatim", "paraphrase", "translation"))
        assert row["reuse_share"] == pytest.approx(sum(parts))
        assert 0 <= row["reuse_share"] + row["novel_share"] <= 1 + 1e-9


def test_no_body_words_gives_no_share():
    sentences = runs.tables()["sentences"].with_columns(
        pl.when(article_id="004").then(pl.lit("heading")).otherwise("role").alias("role")
    )
    row = _row("004", _tables(sentences=sentences))
    assert (row["body_words"], row["reuse_share"]) == (0, None)


@pytest.mark.parametrize(
    ("article", "verdict", "note"),
    [
        ("000", "credited", "names Reuters"),
        ("001", "credit_mismatch", "names AFP, its text matches articles that credit Reuters"),
        ("002", "credited", "names Reuters"),
        ("003", "no_credit_found", "no credit found; shares background with 000 and 002, where Reuters is credited"),
        ("004", "no_credit_found", "no credit found"),
        ("010", "own", "published by Reuters itself"),
        ("011", "credited", "names Reuters"),
        ("012", "uncredited", "no credit found; its text matches articles of Reuters"),
    ],
)
def test_verdicts(article, verdict, note):
    row = _row(article)
    assert row["verdict"] == verdict
    assert row["note"] == note.replace("AFP", _name("afp"))


def _name(agency):
    from provtrace.scoring.agencies import agencies

    return agencies()[agency].name


def test_an_image_credit_credits_no_text():
    row = _row(
        "000", _tables(credits=_claims(("000", "reuters", "image")), derivations=_edges(("000", "U1", "unknown")))
    )
    assert (row["credited"], row["verdict"]) == ([], "uncredited")


def test_partial_where_one_of_two_agencies_is_named():
    tables = _tables(
        credits=_claims(("004", "afp", "tail"), ("011", "afp", "tail")),
        derivations=_edges(("004", "010", "uncredited"), ("004", "011", "credited")),
    )
    row = _row("004", tables)
    assert row["verdict"] == "partial"
    assert row["note"] == f"names {_name('afp')}; its text also matches articles of Reuters"
    assert row["textual"] == sorted([_name("afp"), "Reuters"])


@pytest.mark.parametrize(
    ("named", "verdict"), [("reuters", "credited"), ("afp", "credit_mismatch"), (None, "uncredited")]
)
def test_names_decide_where_the_derivation_could_not_say(named, verdict):
    tables = _tables(
        credits=_claims(("004", named, "byline")) if named else _claims(), derivations=_edges(("004", "010", "unknown"))
    )
    assert _row("004", tables)["verdict"] == verdict


def test_text_of_no_agency_is_no_missing_credit():
    row = _row("012", _tables(credits=_claims(), derivations=_edges(("012", "004", "uncredited"))))
    assert (row["verdict"], row["note"]) == ("no_credit_found", "no credit found; shares text with 004")


def test_a_credit_with_nothing_to_compare():
    row = _row("011", _tables(derivations=_edges()))
    assert (row["verdict"], row["note"]) == (
        "credited",
        "names Reuters; no text of it in the set to compare with",
    )


def test_an_agency_that_carries_anothers_text_is_not_its_own():
    tables = _tables(credits=_claims(("004", "afp", "tail")), derivations=_edges(("010", "004", "uncredited")))
    assert _row("010", tables)["verdict"] == "uncredited"


@pytest.mark.parametrize(("share", "verdict"), [(0.9, "partial"), (0.5, "credited")])
def test_a_credited_agency_that_all_the_text_leaves_no_room_for(share, verdict):
    edges = _edges(("004", "010", "credited")).with_columns(pl.lit(share, pl.Float32).alias("share"))
    lines = _claims(("004", "reuters", "tail"), ("004", "afp", "tail"))
    row = _row("004", _tables(credits=lines, derivations=edges))
    assert row["verdict"] == verdict
    assert (row["note"] == f"names {_name('afp')} and Reuters; its text matches articles of Reuters alone") == (
        verdict == "partial"
    )
    # what a sentence cites may have come with the text
    cited = _claims(("004", "reuters", "tail"), ("004", "afp", "in_text"))
    assert _row("004", _tables(credits=cited, derivations=edges))["verdict"] == "credited"


def test_an_interview_is_evidence_of_the_agencys_text_and_no_credit():
    tables = _tables(credits=_claims(("011", "afp", "interview")), derivations=_edges(("004", "011", "uncredited")))
    source, derived = _row("011", tables), _row("004", tables)
    assert (source["interviews"], source["credited"], source["verdict"]) == ([_name("afp")], [], "no_credit_found")
    assert source["note"] == f"no credit found; quotes what was told to {_name('afp')}"
    assert (derived["verdict"], derived["textual"]) == ("uncredited", [_name("afp")])
    assert derived["note"] == f"no credit found; its text matches articles that quote what was told to {_name('afp')}"


def test_an_interview_alone_calls_no_credit_wrong():
    tables = _tables(
        credits=_claims(("011", "afp", "interview"), ("004", "reuters", "tail")),
        derivations=_edges(("004", "011", "mismatch")),
    )
    row = _row("004", tables)
    assert (row["verdict"], row["textual"]) == ("credited", [])


def test_what_was_told_to_an_outlet_is_no_evidence():
    tables = _tables(credits=_claims(("011", None, "primary_source")), derivations=_edges(("004", "011", "uncredited")))
    assert (_row("004", tables)["textual"], _row("011", tables)["interviews"]) == ([], [])


def test_a_press_release_is_said_and_counted():
    tables = _tables(credits=_claims(("004", None, "press_release")), derivations=_edges())
    row = _row("004", tables)
    assert (row["press_release"], row["verdict"]) == (True, "no_credit_found")
    assert row["note"].endswith("; says that it is a press release")
    assert audit(tables, "outlet")["press_releases"].sum() == 1


def test_text_shared_in_an_undecided_direction_is_said():
    relations = runs.tables()["relations"]
    pair = relations.head(1).with_columns(
        pl.lit("004").alias("left_id"), pl.lit("011").alias("right_id"), pl.lit("copy").alias("relation"),
        pl.lit(None, pl.String).alias("source_id"),
    )  # fmt: skip
    tables = _tables(credits=_claims(("011", "reuters", "tail")), derivations=_edges(), relations=pair)
    note = "no credit found; shares text with 011, direction unresolved, where Reuters is credited"
    assert (_row("004", tables)["verdict"], _row("004", tables)["note"]) == ("no_credit_found", note)


def test_row_order_does_not_matter():
    reversed_ = {name: frame.reverse() for name, frame in runs.tables().items()}
    for by in ("article", "outlet", "agency", "story"):
        assert_frame_equal(audit(reversed_, by), audit(runs.tables(), by))


def test_by_outlet_counts_every_article_once():
    frame = audit(runs.tables(), "outlet")
    assert frame["articles"].sum() == 9
    assert frame.select(VERDICTS).sum_horizontal().to_list() == frame["articles"].to_list()
    harbour = frame.row(by_predicate=pl.col("outlet") == "Harbour Times", named=True)
    assert (harbour["articles"], harbour["credited"], harbour["credit_mismatch"]) == (2, 1, 1)


def test_dependence_falls_with_the_threshold():
    frame = audit(runs.tables(), "story")
    curve = frame.row(by_predicate=pl.col("story_id") == "S2", named=True)
    # 010 nothing, 011 everything, 012 six of eleven words
    assert [curve[f"dependence_{t}"] for t in (10, 30, 50, 80)] == pytest.approx([2 / 3, 2 / 3, 2 / 3, 1 / 3])
    assert None in frame["story_id"].to_list()


def test_by_agency_counts_an_article_under_what_it_names_and_what_it_matches():
    frame = audit(runs.tables(), "agency")
    counts = dict(frame.select("agency", "articles").iter_rows())
    assert counts == {"Reuters": 5, _name("afp"): 1, None: 4}


def _crowd(count):
    """Copies of 010 to 012 in one outlet, under other ids."""
    tables = runs.tables()
    names = {"articles": "article_id", "sentences": "article_id", "origins": "article_id", "derivations": "derived_id"}
    for name, column in names.items():
        chosen = tables[name].filter(pl.col(column).is_in(["010", "011", "012"]))
        copies = [chosen.with_columns(pl.format("{}-{}", column, pl.lit(n)).alias(column)) for n in range(count)]
        if name == "articles":
            copies = [copy.with_columns(outlet=pl.lit("The Crowd")) for copy in copies]
        tables[name] = pl.concat([tables[name], *copies])
    return tables


def test_large_groups_have_intervals_around_their_means_and_small_ones_none():
    frame = audit(_crowd(5), "outlet")
    crowd = frame.row(by_predicate=pl.col("outlet") == "The Crowd", named=True)
    figures = [f"mean_{name}" for name in SHARES] + list(DEPENDENCE)
    assert all(crowd[f"{name}_low"] <= crowd[name] + 1e-12 for name in figures)
    assert all(crowd[name] <= crowd[f"{name}_high"] + 1e-12 for name in figures)
    assert crowd["mean_reuse_share_low"] < crowd["mean_reuse_share"] < crowd["mean_reuse_share_high"]
    small = frame.filter(pl.col("outlet").is_null() | (pl.col("outlet") != "The Crowd"))
    assert small.select(pl.col("^.*_(low|high)$").is_null().all()).row(0) == (True,) * (2 * len(figures))


def test_an_interval_depends_on_its_own_group_alone():
    whole = _crowd(5)
    alone = {**whole, "articles": whole["articles"].filter(outlet="The Crowd")}
    ours, theirs = (audit(tables, "outlet").filter(outlet="The Crowd") for tables in (whole, alone))
    assert_frame_equal(ours.select("^.*_(low|high)$"), theirs.select("^.*_(low|high)$"))


def test_intervals_do_not_hang_on_the_order_of_rows():
    tables = _crowd(5)
    backwards = {name: frame.reverse() for name, frame in tables.items()}
    assert_frame_equal(audit(backwards, "outlet"), audit(tables, "outlet"), check_exact=True)


def test_groups_count_classes_and_spread_lags():
    crowd = audit(_crowd(4), "outlet").row(by_predicate=pl.col("outlet") == "The Crowd", named=True)
    assert (crowd["wholly_derived"], crowd["partially_derived"], crowd["non_derived"]) == (4, 4, 4)
    assert (crowd["lag_articles"], crowd["lag_hours_median"]) == (0, None)  # dates of days have no hours
    tables = runs.tables()
    times = {"010": 0, "011": 2, "012": 5}
    articles = tables["articles"].with_columns(
        published_precision=pl.lit("minute"),
        published_at=pl.col("published_at")
        + pl.duration(hours=pl.col("article_id").replace_strict(times, default=0, return_dtype=pl.Int64)),
    )
    story = audit({**tables, "articles": articles}, "story").row(by_predicate=pl.col("story_id") == "S2", named=True)
    assert [story[f"lag_hours_{name}"] for name in ("p25", "median", "p75")] == pytest.approx([2.75, 3.5, 4.25])


def test_nothing_is_called_original():
    for by in ("article", "outlet"):
        frame = audit(runs.tables(), by)
        assert not [name for name in frame.columns if "original" in name]
        assert "original" not in frame.write_json()


def test_unknown_grouping():
    with pytest.raises(UnknownName, match="outlet"):
        audit(runs.tables(), "outlets")
