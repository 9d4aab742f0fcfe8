"""Who belongs to one text's history."""

import polars as pl
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from strategies import ARTICLE_IDS

from provtrace.stages.stories import stories
from provtrace.tables import DERIVATIONS, DIRECTED, RELATIONS, STORIES

WHOLE = sorted({*DIRECTED} - {"partial_reuse"})


def relations(listed):
    """RELATIONS of (left, right, relation): without direction."""
    rows = [(*row, None, 0.9, None, 0.9, 0.9, 1.0, []) for row in listed]
    return pl.DataFrame(rows, schema=RELATIONS, orient="row")


def derivations(listed):
    """DERIVATIONS of (derived, source, relation, share)."""
    rows = [(derived, source, relation, 0.9, share, "unknown", []) for derived, source, relation, share in listed]
    return pl.DataFrame(rows, schema=DERIVATIONS, orient="row")


def told(*derived, pairs=()):
    """Stories, where every pair of `derived` was compared, and those of `pairs`."""
    names = {name for row in derived for name in row[:2] if not name.startswith("U")}
    compared = [("", name, "same_event") for name in names]  # so that each is known as an article
    return [row for row in stories(relations([*compared, *pairs]), derivations(derived)).rows() if row[1]]


def test_stories_are_components_named_by_their_first_article():
    found = told(("z", "a", "copy", 0.9), ("d", "c", "copy", 0.9), ("e", "d", "translation", 0.9))
    assert found == [("S1", "a"), ("S1", "z"), ("S2", "c"), ("S2", "d"), ("S2", "e")]


def test_witnesses_of_one_upstream_belong_together_and_it_is_no_article():
    assert told(("a", "U1", "copy", 0.9), ("b", "U1", "translation", 0.9)) == [("S1", "a"), ("S1", "b")]


def test_a_derivation_whose_direction_is_open_joins_too():
    assert told(pairs=[("a", "b", "copy")]) == [("S1", "a"), ("S1", "b")]


def test_what_is_not_derived_joins_nothing():
    for relation in ("shared_quote", "shared_background", "same_event", "unresolved"):
        assert told(pairs=[("a", "b", relation)]) == []


TWO = [("b", "a", "copy", 0.9), ("d", "c", "copy", 0.9)]


def test_a_part_joins_the_story_it_was_taken_from():
    found = told(*TWO, ("x", "c", "partial_reuse", 0.4))
    assert found == [("S1", "a"), ("S1", "b"), ("S2", "c"), ("S2", "d"), ("S2", "x")]


def test_a_digest_never_melts_two_stories():
    found = told(*TWO, ("x", "a", "partial_reuse", 0.4), ("x", "c", "partial_reuse", 0.3))
    home = {article: story for story, article in found}
    assert home["a"] != home["c"]


def test_a_small_part_joins_nothing():
    assert told(*TWO[:1], ("x", "a", "partial_reuse", 0.1)) == [("S1", "a"), ("S1", "b")]
    assert told(("x", "a", "partial_reuse", 0.9)) == []


EDGES = st.dictionaries(
    st.tuples(ARTICLE_IDS, st.one_of(ARTICLE_IDS, st.just("U1"))).filter(lambda pair: pair[0] != pair[1]),
    st.tuples(st.sampled_from([*WHOLE, "partial_reuse"]), st.sampled_from([0.125, 0.5, 0.75])),
)


@hypothesis_settings(deadline=None)
@given(EDGES, st.randoms(use_true_random=False))
def test_laws(drawn, shuffler):
    """At most one story an article; who derives shares it; no story of parts alone; rows in any order."""
    listed = [(*pair, *edge) for pair, edge in drawn.items()]
    known = relations([("", name, "same_event") for pair in drawn for name in pair if name != "U1"])
    found = stories(known, derivations(listed))
    assert found.schema == STORIES
    assert found["article_id"].is_unique().all()
    home = dict(found.select("article_id", "story_id").iter_rows())
    assert "U1" not in home
    for derived, source, relation, _ in listed:
        if relation in WHOLE and source != "U1":
            assert home[derived] == home[source]
    assert all(members > 1 for _, members in found.group_by("story_id").len().iter_rows())
    shuffler.shuffle(listed)
    assert stories(known, derivations(listed)).equals(found)
