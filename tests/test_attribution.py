"""From verdicts to the graph: families made by hand, and laws over graphs drawn by chance."""

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from strategies import SEEDS, alignments, at, compared, profile, profiles, unit, verdict, verdicts

from provtrace.settings import Settings
from provtrace.stages.attribution import attribute
from provtrace.stages.relate import relate
from provtrace.tables import (
    ASSIGNMENTS,
    CREDITED,
    DERIVATIONS,
    DIRECTED,
    RELATION_KINDS,
    RELATIONS,
    UPSTREAM_UNITS,
    UPSTREAMS,
)  # fmt: skip

SETTINGS = Settings()


def pair(left, right, sentences, **given):
    """Two articles that share these sentences word for word, each at the same place."""
    return [unit(left, right, [i], [i], **given) for i in sentences]


def found_in(units, described):
    """The graph that follows from alignments and profiles, verdicts included."""
    units, described = alignments(units), profiles(described)
    return attribute(relate(compared(units, described), SETTINGS), units, described, SETTINGS)


def edges(found):
    return set(found.derivations.select("derived_id", "source_id").iter_rows())


def relation(found, left, right):
    row = found.relations.row(by_predicate=(pl.col("left_id") == left) & (pl.col("right_id") == right), named=True)
    return row["relation"], row["source_id"]


# --- a wire in the set ------------------------------------------------------------------------------


def wire_and_copies():
    units = [
        *pair("copy1", "wire", range(8)),
        *pair("copy2", "wire", range(2, 10)),
        *pair("copy1", "copy2", range(2, 8)),
    ]
    described = [
        profile("wire", own_agency="reuters", claims=["reuters"]),
        profile("copy1", claims=["reuters"], body=800),
        profile("copy2", body=800),
    ]
    return units, described


def test_a_wire_in_the_set_explains_its_copies():
    found = found_in(*wire_and_copies())
    assert edges(found) == {("copy1", "wire"), ("copy2", "wire")}
    assert found.upstreams.is_empty()
    assert relation(found, "copy1", "wire") == ("copy", "wire")
    assert relation(found, "copy1", "copy2") == ("co_derived", None)


def test_who_credits_the_wire_and_who_does_not():
    found = found_in(*wire_and_copies())
    assert dict(found.derivations.select("derived_id", "credited").iter_rows()) == {
        "copy1": "credited", "copy2": "uncredited",
    }  # fmt: skip


def test_another_agencys_name_on_the_wires_text_is_a_mismatch():
    units, described = wire_and_copies()
    found = found_in(units, [*described[:2], profile("copy2", claims=["afp"], body=800)])
    row = found.derivations.row(by_predicate=pl.col("derived_id") == "copy2", named=True)
    assert row["source_id"] == "wire"
    assert row["credited"] == "mismatch"


def test_sentences_of_a_copy_come_from_the_wire():
    found = found_in(*wire_and_copies()).assignments.filter(pl.col("article_id") == "copy1").sort("sentence")
    assert found["sentence"].to_list() == list(range(8))
    assert set(found["origin_id"]) == {"wire"}
    assert found["origin_sentences"].to_list() == [[i] for i in range(8)]


# --- a wire that is not there -----------------------------------------------------------------------


def siblings(*names, body=1_000, **given):
    listed = sorted(names)
    units = [row for i, one in enumerate(listed) for other in listed[i + 1 :] for row in pair(one, other, range(10))]
    return units, [profile(name, **{"claims": ["reuters"], "body": body, **given}) for name in listed]


@pytest.mark.parametrize("names", [("a", "b"), ("a", "b", "c", "d")])
def test_two_that_credit_one_absent_agency_witness_it(names):
    found = found_in(*siblings(*names))
    assert found.upstreams["agency"].to_list() == ["reuters"]
    assert found.upstreams["witnesses"].to_list() == [sorted(names)]
    assert edges(found) == {(name, "U1") for name in names}
    assert relation(found, "a", "b") == ("co_derived", None)
    assert set(found.derivations["credited"]) == {"credited"}
    assert set(found.assignments["origin_id"]) == {"U1"}
    assert found.upstream_units["unit"].n_unique() == 10


def test_the_earlier_witness_is_not_the_source():
    units, described = siblings("a", "b")
    times = {"published_precision": "minute", "dated": True}
    dated = [{**described[0], "published_at": at(1), **times}, {**described[1], "published_at": at(20, 9), **times}]
    found = found_in(units, dated)
    assert found.upstreams["earliest"].to_list() == [at(1)]
    assert found.upstreams["latest"].to_list() == [at(20, 9)]
    assert relation(found, "a", "b") == ("co_derived", None)


def test_what_each_witness_has_a_part_of_all_together_have_whole():
    """Each copy has under half of the long article; the article as such is no excerpt of the wire."""
    units = [*pair("a", "long", range(4)), *pair("b", "long", range(4, 8)), *pair("c", "long", range(2, 6))]
    units += [*pair("a", "c", range(2, 4)), *pair("b", "c", range(4, 6))]
    described = [profile(name, body=400, claims=["reuters"]) for name in "ab"]
    described += [profile("c", body=400), profile("long", body=850, claims=["afp"])]
    units, described = alignments(units), profiles(described)
    listed = [
        verdict(left, right, "co_derived", from_left="partial_reuse", from_right="copy")
        for left, right in (("a", "c"), ("a", "long"), ("b", "c"), ("b", "long"), ("c", "long"))
    ]
    found = attribute(verdicts(listed), units, described, SETTINGS)
    names = {derived: name for derived, name in found.derivations.select("derived_id", "relation").iter_rows()}
    assert len(found.upstreams) == 1
    assert names["long"] == "copy"


def test_upstreams_are_never_called_as_an_article_is():
    units, described = siblings("U1", "U3")
    found = found_in(units, [*described, profile("U2")])
    assert found.upstreams["upstream_id"].to_list() == ["U4"]
    assert edges(found) == {("U1", "U4"), ("U3", "U4")}


def test_two_families_have_two_upstreams():
    one, other = siblings("a", "b"), siblings("c", "d", claims=["afp"])
    found = found_in(one[0] + other[0], one[1] + other[1])
    assert dict(found.upstreams.select("upstream_id", "agency").iter_rows()) == {"U1": "reuters", "U2": "afp"}


def test_what_each_lacks_of_a_third_shows_that_neither_gave():
    """Three siblings without credit or date: each pair shares sentences that the third lacks."""
    units = [*pair("a", "b", range(6)), *pair("a", "c", range(3, 9)), *pair("b", "c", [0, 1, 2, 9, 8, 7])]
    found = found_in(units, [profile(name, body=1_000) for name in "abc"])
    assert not {source for _, source in edges(found)} & set("abc")


def test_an_article_may_witness_two_wires():
    """The second half of it is another wire's, which other articles have: they are not one."""
    units = [*pair("a", "both", range(8)), *pair("both", "c", range(10, 18))]
    named = {"a": ["reuters"], "both": ["afp", "reuters"], "c": ["afp"]}
    found = found_in(units, [profile(name, claims=claims, body=1_000) for name, claims in named.items()])
    assert found.upstreams["witnesses"].to_list() == [["a", "both"], ["both", "c"]]
    assert edges(found) == {("a", "U1"), ("both", "U1"), ("both", "U2"), ("c", "U2")}
    origins = found.assignments.filter(pl.col("article_id") == "both").group_by("origin_id").len()
    assert dict(origins.iter_rows()) == {"U1": 8, "U2": 8}


def test_what_two_wires_have_in_common_does_not_make_them_one():
    """Three siblings of each, and two sentences that one of either has."""
    apart = [*siblings(*"abc")[0], *siblings(*"xyz")[0], *pair("a", "x", [8, 9])]
    described = [profile(name, claims=["reuters"], body=1_000) for name in "abcxyz"]
    listed = [verdict(*ends, "co_derived") for ends in ("ab", "ac", "bc", "xy", "xz", "yz", "ax")]
    found = attribute(verdicts(listed), alignments(apart), profiles(described), SETTINGS)
    assert found.upstreams["witnesses"].to_list() == [list("abc"), list("xyz")]


def strangers(body):
    """Two articles that share five sentences and credit different agencies."""
    return found_in(
        pair("a", "b", range(5)), [profile("a", claims=["ap"], body=body), profile("b", claims=["afp"], body=body)]
    )


def test_a_passage_of_two_compilations_shows_no_wire():
    found = strangers(body=1_500)
    assert relation(found, "a", "b") == ("co_derived", None)
    assert found.upstreams.is_empty()
    assert found.assignments["origin_id"].null_count() == len(found.assignments)


def test_what_most_of_an_article_is_made_of_shows_a_wire():
    assert len(strangers(body=600).upstreams) == 1


@pytest.mark.parametrize(("held", "upstreams"), [(10, 0), (9, 0), (8, 1)])
def test_no_wire_is_missing_where_an_article_has_all_of_it(held, upstreams):
    """Whatever the witnesses credit; but what lacks two sentences that they have in common gave them none of it."""
    units = [*siblings("a", "b", "c")[0], *(row for name in "abc" for row in pair(name, "whole", range(held)))]
    described = [profile(name, claims=["ap"], body=1_000) for name in "abc"]
    found = found_in(units, [*described, profile("whole", body=1_000)])
    assert len(found.upstreams) == upstreams


def test_a_witness_may_be_the_wire_where_they_agree_on_no_agency():
    """The first has what the two others have in common, and a mention of an agency of its own."""
    units, described = siblings("a", "b", "c")
    claimed = [{**row, "claims": [name]} for row, name in zip(described, ["kcna", "ap", "afp"], strict=True)]
    assert found_in(units, claimed).upstreams.is_empty()


def kin(log_odds, told):
    """Witnesses of a wire, and an excerpt of it that fits less into its text than into the first witness's."""
    units = [*siblings("a", "b", "c")[0], *(row for name in "abc" for row in pair(name, "excerpt", range(4)))]
    described = [*siblings("a", "b", "c")[1], profile("excerpt", body=1_000)]
    listed = [verdict(left, right, "co_derived") for left, right in (("a", "b"), ("a", "c"), ("b", "c"))]
    source = {"source_id": "a", "log_odds": log_odds, "told": told, "right_share": 0.4}
    listed += [verdict("a", "excerpt", "partial_reuse", **source)]
    listed += [verdict(name, "excerpt", "partial_reuse", right_share=0.4) for name in "bc"]
    return attribute(verdicts(listed), alignments(units), profiles(described), SETTINGS)


def test_looks_tell_of_the_wire_as_well_as_of_its_witness():
    found = kin(log_odds=3.0, told=0.6)
    assert found.upstreams["witnesses"].to_list() == [["a", "b", "c", "excerpt"]]
    assert ("excerpt", "a") not in edges(found)


def test_who_says_where_a_text_is_from_has_it_from_there():
    found = kin(log_odds=3.0, told=3.0)
    assert found.upstreams["witnesses"].to_list() == [["a", "b", "c"]]
    assert ("excerpt", "a") in edges(found)


# --- what copies lose ------------------------------------------------------------------------------


def dated(left, right):
    """Profiles of a and b, published on these days of a month."""
    sure = {"published_precision": "minute", "dated": True}
    return [profile(name, published_at=at(1, day), **sure) for name, day in (("a", left), ("b", right))]


@pytest.mark.parametrize("lost", ["right_corrupt", "left_exact"])
def test_misread_words_and_vague_numbers_are_the_copys(lost):
    """Not by themselves: both may be copies of a text that is not there, and one of them the worse."""
    units = pair("a", "b", range(10), **{lost: 1})
    assert found_in(units, [profile("a"), profile("b")]).derivations.is_empty()
    assert edges(found_in(units, dated(1, 20))) == {("b", "a")}
    assert found_in(units, dated(20, 1)).derivations.is_empty()


def test_a_misread_word_here_and_there_tells_nothing():
    few = [*pair("a", "b", range(8)), *pair("a", "b", [8, 9], right_corrupt=1)]
    both = pair("a", "b", range(10), right_corrupt=2, left_corrupt=2)
    assert found_in(few, dated(1, 20)).derivations.is_empty()
    assert found_in(both, dated(1, 20)).derivations.is_empty()


def test_translators_write_numbers_as_they_like():
    described = [profile("a", language="en"), profile("b", language="de")]
    found = [found_in(pair("a", "b", range(10), kind="translation", left_exact=count), described) for count in (0, 1)]
    assert found[0].relations.equals(found[1].relations)


def cut(*lacking):
    """A text, what was cut from it, and a third that has all of it; in another order, so that it gave none to them."""
    kept = [i for i in range(10) if i not in lacking]
    units = [*pair("cut", "whole", kept), *pair("cut", "third", kept), *pair("third", "whole", range(10))]
    listed = [verdict(*sorted(names), "copy") for names in (("cut", "whole"), ("cut", "third"), ("third", "whole"))]
    described = profiles([profile(name, body=1_000) for name in ("cut", "third", "whole")])
    return attribute(verdicts(listed), alignments(units), described, SETTINGS)


@pytest.mark.parametrize(("lacking", "decided"), [((9,), False), ((8, 9), True), ((5, 6, 7, 8, 9), True)])
def test_what_was_left_out_of_what_others_have_tells_who_was_first(lacking, decided):
    found = cut(*lacking)
    assert ("cut" in found.derivations["derived_id"]) == decided
    told = f"cut lacks {len(lacking)} sentences that whole shares with other articles (0 the other way)"
    assert (told in found.relations.filter(left_id="cut", right_id="whole")["reasons"].item().to_list()) == decided


# --- no evidence ------------------------------------------------------------------------------------


def test_a_pair_without_evidence_stays_undirected():
    found = found_in(pair("a", "b", range(10)), [profile("a"), profile("b")])
    assert found.derivations.is_empty()
    assert found.upstreams.is_empty()
    assert relation(found, "a", "b")[1] is None


def test_time_alone_never_makes_a_derivation():
    dates = [{"published_at": at(1, day), "published_precision": "minute", "dated": True} for day in (1, 20)]
    found = found_in(pair("a", "b", range(10)), [profile("a", **dates[0]), profile("b", **dates[1])])
    assert found.derivations.is_empty()


def test_quotations_alone_derive_nothing():
    quotes = pair("a", "b", range(10), kind="shared_quote", quoted=1.0, quote_run=15)
    found = found_in(quotes, [profile("a", own_agency="reuters", claims=["reuters"]), profile("b", claims=["reuters"])])
    assert found.derivations.is_empty()
    assert found.assignments.is_empty()
    assert relation(found, "a", "b") == ("shared_quote", None)


def test_nothing_gives_empty_tables():
    found = attribute(verdicts([]), alignments([]), profiles([]), SETTINGS)
    for frame, schema in zip(tables(found), SCHEMAS, strict=True):
        assert frame.is_empty()
        assert frame.schema == schema


# --- renderings ------------------------------------------------------------------------------------


def rendered(*, copied=False, near=True, claims=(), share=1.0):
    """A Thai text, and two in English that say this share of it: of `copied`, word for word."""
    translated = {"kind": "translation", "run": 0, "edit": 0.1, "cosine": 0.8}
    other = {} if copied else {"kind": "paraphrase", "edit": 0.5, "run": 5, "cosine": 0.85}
    units = [
        *pair("one", "thai", range(10), **translated),
        *pair("thai", "two", range(10), **translated, evidence=5.0 if near else 2.0),
        *pair("one", "two", range(10), **other),
    ]
    given = {"claims": list(claims), "body": int(1_000 / share)}
    return found_in(units, [profile("thai", language="th", **given), profile("one", **given), profile("two", **given)])


def test_what_two_others_render_in_other_words_is_their_source():
    assert edges(rendered()) == {("one", "thai"), ("two", "thai")}


def test_of_two_that_copy_one_another_either_may_have_been_translated():
    found = rendered(copied=True)
    assert not {("one", "thai"), ("two", "thai")} & edges(found)


def test_who_rewrites_a_text_strays_from_what_renders_it():
    """The second may be a rewriting of the first, from which the Thai one is: nothing tells."""
    found = rendered(near=False)
    assert relation(found, "one", "thai")[1] is None


@pytest.mark.parametrize(("share", "source"), [(0.9, "thai"), (0.6, None)])
def test_who_renders_a_text_whole_renders_its_credit_too(share, source):
    """Two renderings tell that the Thai text was first, though all three credit one agency."""
    found = rendered(claims=["reuters"], share=share)
    assert relation(found, "one", "thai")[1] == source


@pytest.mark.parametrize(
    ("language", "chance", "told"), [("en", 0.7, True), ("en", 0.3, False), ("de", 0.7, False), ("de", 0.95, True)]
)
def test_siblings_in_another_language_tell_a_source_where_they_are_surer(language, chance, told):
    """The second sentence was matched with the sibling alone."""
    units = [*pair("a", "wire", [0]), *pair("sibling", "wire", range(2)), *pair("a", "sibling", [0])]
    units += pair("a", "sibling", [1], probability=chance)
    described = [profile("a"), profile("sibling", language=language), profile("wire", language="fr")]
    listed = [
        verdict("a", "sibling", "co_derived"),
        *(verdict(name, "wire", "translation", source_id="wire", log_odds=-4.0) for name in ("a", "sibling")),
    ]
    found = attribute(verdicts(listed), alignments(units), profiles(described), SETTINGS).assignments
    rows = found.filter((pl.col("article_id") == "a") & (pl.col("sentence") == 1))
    assert (rows["origin_id"].to_list() == ["wire"]) == told


# --- laws over graphs drawn by chance ---------------------------------------------------------------


SCHEMAS = (RELATIONS, UPSTREAMS, UPSTREAM_UNITS, DERIVATIONS, ASSIGNMENTS)
NAMES = ["U1", "U2", "a", "b", "c", "d"]
DERIVING = [*DIRECTED, "co_derived"]
CLAIMS = st.sampled_from([[], [], ["reuters"], ["afp"], ["afp", "reuters"]])


def tables(found):
    return found.relations, found.upstreams, found.upstream_units, found.derivations, found.assignments


@st.composite
def graphs(draw):
    """Verdicts, alignments and profiles of up to six articles, consistent with one another but otherwise wild."""
    wanted = draw(st.lists(st.sampled_from([(x, y) for x in NAMES for y in NAMES if x < y]), unique=True, min_size=1))
    judged, units = [], []
    for left, right in wanted:
        kind = draw(st.sampled_from([*DERIVING, *DERIVING, *RELATION_KINDS]))
        odds = draw(st.floats(-6, 6, width=32))
        fit = st.none() | st.floats(0, 1, width=32)
        judged.append(
            verdict(
                left, right, kind, probability=draw(st.floats(0.5, 1, width=32)), log_odds=odds,
                told=draw(st.sampled_from([0.0, odds, -odds, odds / 2])), rendered=draw(st.sampled_from([0.0, odds])),
                left_fit=draw(fit), right_fit=draw(fit),
                from_left=draw(st.sampled_from(DIRECTED)), from_right=draw(st.sampled_from(DIRECTED)),
            )
        )  # fmt: skip
        places = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 2), st.integers(1, 2))
        for number, (i, j, m, n) in enumerate(
            draw(st.lists(places, min_size=1, max_size=5, unique_by=lambda p: p[:2]))
        ):
            told = (
                "verbatim"
                if number == 0
                else draw(st.sampled_from(["verbatim", "paraphrase", "shared_quote", "heading"]))
            )
            evidence = draw(st.sampled_from([-1.0, 1.0, 4.0]))
            units.append(unit(left, right, range(i, i + m), range(j, j + n), kind=told, evidence=evidence))
    owners, bodies = st.sampled_from([None, None, "reuters"]), st.sampled_from([100, 900])
    described = [profile(name, claims=draw(CLAIMS), own_agency=draw(owners), body=draw(bodies)) for name in NAMES]
    return verdicts(judged), alignments(units), profiles(described)


# Without shrinking, which takes minutes for a whole graph.
@hypothesis_settings(
    deadline=None,
    max_examples=120,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(graphs(), SEEDS)
def test_laws(graph, seed):
    judged, units, described = graph
    found = attribute(judged, units, described, SETTINGS)
    for frame, schema in zip(tables(found), SCHEMAS, strict=True):
        assert frame.schema == schema
    check_relations(found, judged)
    check_upstreams(found)
    check_derivations(found)
    check_assignments(found)
    shuffled = (frame.sample(fraction=1.0, shuffle=True, seed=seed) for frame in graph)
    again = attribute(*shuffled, SETTINGS)
    for one, other in zip(tables(found), tables(again), strict=True):
        assert sorted(map(repr, one.rows())) == sorted(map(repr, other.rows()))


def check_relations(found, judged):
    """A verdict on each pair that had one; a source only where the relation has a direction."""
    assert set(found.relations.select("left_id", "right_id").iter_rows()) == set(
        judged.select("left_id", "right_id").iter_rows()
    )
    assert len(found.relations) == len(judged)
    for row in found.relations.iter_rows(named=True):
        assert row["relation"] in RELATION_KINDS
        if row["source_id"] is not None:
            assert row["source_id"] in (row["left_id"], row["right_id"])
            assert row["relation"] in DIRECTED


def check_upstreams(found):
    """Names of their own, two witnesses at least, units that their witnesses render."""
    names = found.upstreams["upstream_id"].to_list()
    assert len(names) == len(set(names))
    assert not set(names) & set(NAMES)
    for row in found.upstreams.iter_rows(named=True):
        assert len(row["witnesses"]) >= 2
        assert row["witnesses"] == sorted(set(row["witnesses"]))
        units = found.upstream_units.filter(pl.col("upstream_id") == row["upstream_id"])
        assert set(units["witness_article_id"]) <= set(row["witnesses"])
        assert set(units["unit"]) == set(range(units["unit"].n_unique()))
        assert not units.select("unit", "witness_article_id", "witness_sentence").is_duplicated().any()
        assert units.group_by("unit").agg(pl.col("witness_article_id").n_unique())["witness_article_id"].min() >= 2
        deriving = found.derivations.filter(pl.col("source_id") == row["upstream_id"])
        assert sorted(deriving["derived_id"]) == row["witnesses"]


def check_derivations(found):
    """From what is there, never in a circle, never twice."""
    known = set(NAMES) | set(found.upstreams["upstream_id"])
    listed = found.derivations.select("derived_id", "source_id").rows()
    assert len(listed) == len(set(listed))
    assert set(found.derivations["credited"]) <= set(CREDITED)
    assert set(found.derivations["relation"]) <= set(DIRECTED)
    assert found.derivations["share"].is_between(0, 1).all()
    assert found.derivations["probability"].is_between(0, 1).all()
    sources = {name: {source for derived, source in listed if derived == name} for name in known}
    assert set().union(*sources.values()) <= known
    while sources:
        first = {name for name, found_sources in sources.items() if not found_sources & set(sources)}
        assert first, f"a circle among {sorted(sources)}"
        sources = {name: given for name, given in sources.items() if name not in first}


def check_assignments(found):
    """A sentence has one origin at most; it is another text, and one that has such sentences."""
    assert not found.assignments.select("article_id", "sentence").is_duplicated().any()
    units = set(found.upstream_units.select("upstream_id", "unit").iter_rows())
    upstreams = set(found.upstreams["upstream_id"])
    for row in found.assignments.iter_rows(named=True):
        assert 0.0 <= row["probability"] <= 1.0
        assert row["origin_id"] != row["article_id"]
        assert (row["origin_id"] is None) == (row["origin_sentences"] is None)
        if row["origin_id"] in upstreams:
            assert {(row["origin_id"], number) for number in row["origin_sentences"]} <= units
        elif row["origin_id"] is not None:
            assert row["origin_id"] in NAMES
            assert row["origin_sentences"]
