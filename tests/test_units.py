"""The statements of an unobserved upstream: laws over alignments drawn by chance, and cases made by hand."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from strategies import SEEDS, alignments, profile, profiles, unit, verdict, verdicts

from provtrace.stages.attribution.family import families
from provtrace.stages.attribution.units import find_units, in_order

NAMES = ("a", "b", "c", "d")


def family(units, names=NAMES):
    """A family whose articles all were compared."""
    listed = [verdict(left, right, "co_derived") for left, right in combinations(names, 2)]
    described = profiles(profile(name) for name in names)
    (found,) = families(verdicts(listed), alignments(units), described, frozenset({"en"}))
    return found


def found_units(units, names=NAMES):
    return [set(found) for found in find_units(family(units, names), names)]


def everywhere(sentence, names=NAMES, **given):
    """One sentence of all, each pair of them aligned."""
    return [unit(left, right, [sentence], [sentence], **given) for left, right in combinations(names, 2)]


def test_a_unit_a_sentence_where_all_have_all():
    units = [row for sentence in range(5) for row in everywhere(sentence)]
    assert found_units(units) == [{(name, sentence) for name in NAMES} for sentence in range(5)]


def test_one_loose_match_welds_nothing():
    units = [*everywhere(0), *everywhere(1), unit("a", "b", [0], [1], probability=0.6)]
    assert found_units(units) == [{(name, sentence) for name in NAMES} for sentence in range(2)]


def test_an_unlikely_match_shows_no_unit():
    """So a heading that is only like another one is none, and one that is shared as text is."""
    assert found_units(everywhere(0, kind="heading", probability=0.4)) == []
    assert found_units(everywhere(0, kind="heading")) == [{(name, 0) for name in NAMES}]


def test_what_the_aligner_missed_once_is_in_the_unit_still():
    units = [row for row in everywhere(0) if {row["left_id"], row["right_id"]} != {"a", "b"}]
    assert found_units(units) == [{(name, 0) for name in NAMES}]


def test_a_sentence_that_says_what_others_say_in_two_is_in_both_units():
    units = [
        unit("a", "b", [0, 1], [0]),
        unit("a", "c", [0], [0]),
        unit("a", "c", [1], [1]),
        unit("b", "c", [0], [0, 1]),
    ]
    assert found_units(units, "abc") == [{("a", 0), ("b", 0), ("c", 0)}, {("a", 1), ("b", 0), ("c", 1)}]


def test_sentences_that_stand_abreast_are_counterparts():
    units = [unit("a", "b", [0, 1], [3, 4])]
    assert found_units(units, "ab") == [{("a", 0), ("b", 3)}, {("a", 1), ("b", 4)}]


def test_what_a_witness_says_twice_is_one_statement():
    units = [unit("a", "b", [0], [0]), unit("a", "b", [7], [0])]
    assert found_units(units, "ab") == [{("a", 0), ("a", 7), ("b", 0)}]


def test_a_repetition_alone_is_no_rendering():
    """Two sentences of one text say what the second has once; that is part of another statement, though."""
    units = [unit("a", "b", [0], [0], probability=0.7), unit("a", "b", [7], [0], probability=0.7)]
    units += [unit("b", "c", [0], [5]), unit("b", "d", [0], [5]), *everywhere(5, "cd"), unit("a", "c", [0], [2])]
    found = found_units(units)
    assert all(len({article for article, _ in one}) > 1 for one in found)


def test_the_order_is_that_of_most_witnesses():
    """The last one begins with the end, which the mean of places would put in the middle."""
    places = {"a": [0, 1, 2, 3], "b": [0, 1, 2, 3], "c": [1, 2, 3, 0]}
    units = [{(name, at[number]) for name, at in places.items()} for number in range(4)]
    assert in_order(units) == [0, 1, 2, 3]
    assert in_order(units[::-1]) == [3, 2, 1, 0]


def test_without_two_witnesses_in_common_relative_places_tell():
    units = [{("a", 9), ("b", 9)}, {("c", 4), ("d", 4)}, {("a", 0), ("b", 0)}, {("c", 9), ("d", 9)}]
    assert in_order(units) == [2, 1, 0, 3]


@st.composite
def aligned(draw):
    places = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 2), st.integers(1, 2))
    return [
        unit(left, right, range(i, i + m), range(j, j + n), probability=draw(st.floats(0, 1, width=32)))
        for left, right in combinations(NAMES, 2)
        for i, j, m, n in draw(st.lists(places, max_size=5, unique_by=lambda place: place[:2]))
    ]


@hypothesis_settings(deadline=None, max_examples=100)
@given(aligned(), SEEDS)
def test_laws(listed, seed):
    """Two witnesses a unit, aligned sentences only, and the same units whatever the order of the rows."""
    units = find_units(family(listed), NAMES)
    matched = {(row["left_id"], i) for row in listed for i in row["left_sentences"]}
    matched |= {(row["right_id"], j) for row in listed for j in row["right_sentences"]}
    for found in units:
        assert set(found) <= matched
        assert len({article for article, _ in found}) > 1
        assert all(-1 <= cosine <= 1 for cosine in found.values())
    shuffled = alignments(listed).sample(fraction=1.0, shuffle=True, seed=seed).to_dicts()
    assert find_units(family(shuffled), NAMES[::-1]) == units


@st.composite
def orders(draw):
    """Units with witnesses that have each of them at some place."""
    count = draw(st.integers(1, 5))
    places = [draw(st.permutations(range(count))) for _ in range(draw(st.integers(1, 3)))]
    return [{(f"w{witness}", at[number]) for witness, at in enumerate(places)} for number in range(count)]


def disagreements(order, units):
    """How many witnesses have two units the other way round, over all pairs."""
    at = [dict(found) for found in units]
    return sum(
        at[later][witness] < at[earlier][witness]
        for earlier, later in combinations(order, 2)
        for witness in at[earlier]
    )


@hypothesis_settings(deadline=None)
@given(orders())
def test_no_single_move_agrees_with_more_witnesses(units):
    order = in_order(units)
    assert sorted(order) == list(range(len(units)))
    least = disagreements(order, units)
    for unit_number in order:
        rest = [other for other in order if other != unit_number]
        for place in range(len(order)):
            assert least <= disagreements([*rest[:place], unit_number, *rest[place:]], units)


@pytest.mark.parametrize("names", ["ab", "abcd"])
def test_nothing_in_common_is_no_unit(names):
    assert found_units([], names) == []
