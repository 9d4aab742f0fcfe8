"""Which of several versions a text was made from: two stories in languages of their own, and laws over families."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import alignments, profile, profiles, unit, verdict, verdicts

import provtrace as pt
from provtrace.stages.attribution.direction import log_odds, reasons
from provtrace.stages.attribution.family import families
from provtrace.stages.attribution.stemma import _gaps, linked, nearer

STORIES = {
    file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in Path(__file__).parent.glob("stories/*")
}
GOLD = {
    name: {(row["id"], row["derives"]) for row in story["article"] if "derives" in row}
    for name, story in STORIES.items()
}


def records(name, without=()):
    return [
        {key: value for key, value in row.items() if key != "derives"}
        for row in STORIES[name]["article"]
        if row["id"] not in without
    ]


def edges(provenance):
    return set(provenance.tables["derivations"].select("derived_id", "source_id").iter_rows())


@pytest.fixture(scope="module", params=sorted(STORIES))
def story(request):
    """A story's name, and what is found in it."""
    return request.param, pt.trace(records(request.param))


# --- stories ----------------------------------------------------------------------------------------


UNRESOLVED = {("ru-version", "it-report")}  # one day of difference, and one sentence that was left out


def test_a_copy_of_a_copy_is_credited_to_the_copy_and_no_other_text_is(story):
    name, provenance = story
    assert edges(provenance) == GOLD[name] - UNRESOLVED
    assert provenance.tables["upstreams"].is_empty()


def test_why_this_version_and_not_another_stands_in_the_reasons(story):
    _, provenance = story
    reasons = provenance.tables["derivations"]["reasons"].explode()
    assert reasons.str.contains(r"^rather from \S+ than from \S+: [01]\.\d\d$").any()


@pytest.mark.parametrize(
    ("name", "leaf"), [("bridge", "en-back"), ("bridge", "en-of-reprint"), ("vineyard", "de-copy")]
)
def test_taking_a_leaf_away_changes_no_other_source(name, leaf):
    found = edges(pt.trace(records(name, without=[leaf])))
    assert found == {edge for edge in GOLD[name] - UNRESOLVED if leaf not in edge}


def test_a_source_that_is_dated_weeks_late_stays_the_source():
    late = [{**row, "published": "2023-06-20T08:20Z"} if row["id"] == "wire" else row for row in records("bridge")]
    found = edges(pt.trace(late))
    assert not {source for derived, source in found if derived == "wire"}
    assert ("en-back", "pl-daily") in found


def test_without_dates_no_date_tells_anything():
    bare = [{key: value for key, value in row.items() if key != "published"} for row in records("bridge")]
    provenance = pt.trace(bare)
    reasons = provenance.tables["relations"]["reasons"].explode()
    assert not reasons.str.contains("dated|earlier").any()
    assert edges(provenance) <= GOLD["bridge"]


@pytest.mark.parametrize(
    ("name", "chains"),
    [
        ("bridge", {("en-back", "pl-daily"), ("en-of-reprint", "en-reprint")}),
        ("vineyard", {("de-copy", "de-first"), ("de-via-russian", "ru-version")}),
    ],
)
def test_chains_hold_without_what_is_behind_them(name, chains):
    assert chains <= edges(pt.trace(records(name, without=STORIES[name]["hidden"])))


# --- three versions ---------------------------------------------------------------------------------

NAMES = ("article", "other", "source")
KNOWN = frozenset({"de", "en", "fr"})


def family(units, languages=("en", "en", "en"), share=0.9):
    """The three, each related to each."""
    listed = [
        verdict(left, right, "copy", left_share=share, right_share=share)
        for left, right in (("article", "other"), ("article", "source"), ("other", "source"))
    ]
    described = [profile(name, language=language) for name, language in zip(NAMES, languages, strict=True)]
    (found,) = families(verdicts(listed), alignments(units), profiles(described), KNOWN)
    return found


def all_alike(count=10, **given):
    """Units between all three; `given` overrides columns of a pair, by the names of its articles."""
    return [
        unit(left, right, [i], [i], **given.get(f"{left}_{right}", {}))
        for left, right in (("article", "other"), ("article", "source"), ("other", "source"))
        for i in range(count)
    ]


@st.composite
def triples(draw):
    scores = {"edit": st.floats(0, 1, width=32), "csls": st.floats(-0.25, 0.75, width=32)}
    counts = {name: st.integers(0, 3) for name in ("left_exact", "right_exact", "respelt")}
    units = [
        unit(left, right, [i], [j], **{name: draw(drawn) for name, drawn in {**scores, **counts}.items()})
        for left, right in (("article", "other"), ("article", "source"), ("other", "source"))
        for i, j in draw(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, unique=True))
    ]
    return family(units, draw(st.tuples(*[st.sampled_from(["de", "en", "fr", "xx"])] * 3)))


@given(triples())
def test_what_speaks_for_one_version_speaks_against_the_other(found):
    assert nearer(found, "article", "source", "other") == pytest.approx(-nearer(found, "article", "other", "source"))
    assert linked(found, "article", "source", "other") == linked(found, "source", "article", "other")


def test_who_shares_the_changes_of_a_copy_has_its_text_from_that():
    changed = {"edit": 0.8}
    copied = family(all_alike(article_other=changed, other_source=changed))
    assert nearer(copied, "article", "source", "other") > 0
    assert linked(copied, "article", "source", "other")


def test_who_shares_none_of_them_has_it_from_the_original():
    changed = {"edit": 0.8}
    found = family(all_alike(article_source=changed, article_other={"edit": 0.9}, other_source={"edit": 0.9}))
    assert nearer(found, "article", "source", "other") < 0
    assert not linked(found, "article", "source", "other")


@pytest.mark.parametrize("spelt", [{"respelt": 1}, {"left_exact": 1}, {"right_exact": 1}])
def test_names_and_numbers_that_only_another_version_has_otherwise_speak_for_this_one(spelt):
    languages = ("en", "en", "fr")  # the other one is in the article's language
    found = family(all_alike(article_other={"edit": 0.4, **spelt}, article_source={"edit": 0.1}), languages)
    without = family(all_alike(article_other={"edit": 0.4}, article_source={"edit": 0.1}), languages)
    assert nearer(found, "article", "source", "other") > nearer(without, "article", "source", "other")


def test_a_language_that_the_encoder_is_blind_to_tells_nothing():
    found = family(all_alike(article_other={"edit": 0.1}), ("xx", "en", "fr"))
    assert nearer(found, "article", "source", "other") == 0.0


def test_what_is_cut_from_the_end_is_no_choice_and_a_gap_is_one():
    def kept(*sentences):
        copied = all_alike(count=0) + [
            unit("article", name, [i], [i]) for name in ("other", "source") for i in sentences
        ]
        return family(copied + [unit("other", "source", [i], [i]) for i in range(8)])

    assert _gaps(kept(0, 1, 2), "article", "source") == 0
    assert _gaps(kept(0, 2, 5), "article", "source") == 2
    assert _gaps(kept(3, 4), "article", "source") == 1


def test_names_that_nobody_else_in_its_language_spells_so_came_through_another_one():
    spelt = {"edit": 0.3, "alike": 1, "respelt": 1}
    found = family(all_alike(article_other=spelt), ("en", "en", "fr"))
    drifted = "article spells 10 of 20 names otherwise than any other text in its language"
    assert drifted in reasons(found, "source", "article")
    unlike = log_odds(found, "source", "article")
    alike = log_odds(family(all_alike(article_other={**spelt, "respelt": 0}), ("en", "en", "fr")), "source", "article")
    assert unlike > alike
    at_home = family(all_alike(article_other=spelt), ("en", "en", "en"))
    assert drifted not in reasons(at_home, "source", "article")
