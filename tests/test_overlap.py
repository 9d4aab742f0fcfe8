"""What two articles have in common: figures that can be said without knowing what they are to each other."""

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from strategies import unit

from provtrace.scoring.overlap import Overlap

KNOWN = frozenset({"en", "fr"})
BODY = {
    f"{side}_{name}": value
    for side in ("left", "right")
    for name, value in (("body", 1000), ("body_start", 0), ("body_end", 1000), ("language", "en"))
}


def overlap(units, **body):
    return Overlap([{**row, **BODY, **body} for row in units], KNOWN)


def at(left, right, **given):
    return unit("a", "b", [left], [right], **given)


@hypothesis_settings(deadline=None)
@given(st.permutations(range(8)), st.integers(2, 8))
def test_the_order_of_likely_units_is_kendalls_tau(places, count):
    from scipy.stats import kendalltau

    chosen = places[:count]
    found = overlap([at(i, j) for i, j in enumerate(chosen)]).order
    assert found == pytest.approx(kendalltau(range(count), chosen).statistic)


def test_an_unlikely_unit_out_of_place_hardly_disturbs_the_order():
    straight = [at(i, i) for i in range(1, 6)]
    unlikely, likely = (overlap([*straight, at(0, 9, probability=chance)]).order for chance in (0.05, 0.95))
    assert likely < 0.5 < 0.9 < unlikely < 1.0


def test_what_is_shared_counts_by_how_likely_it_is():
    units = [at(0, 0, probability=0.5), at(1, 1, probability=1.0)]
    assert overlap(units).share("left") == pytest.approx(0.2)
    assert overlap(units).held("left") == pytest.approx(0.15)


def test_of_two_units_of_one_sentence_one_counts():
    units = [at(0, 0, probability=0.5), at(0, 1, probability=0.8)]
    assert overlap(units).held("left") == pytest.approx(0.08)
    assert overlap(units).held("right") == pytest.approx(0.13)


@given(st.floats(0, 1), st.integers(0, 12))
def test_what_is_said_in_quotation_marks_has_no_weight(quoted, quote_run):
    """More of it inside quotation marks never makes a common text likelier."""
    own = [at(i, i, probability=0.4, odds=0.5, run=2, chrf=0.35) for i in range(3)]
    said = [at(5, 5, quoted=share, quote_run=quote_run) for share in (quoted, 0.0)]
    more, less = (overlap([*own, row]).probability for row in said)
    assert more <= less + 1e-9


def test_a_whole_quotation_changes_nothing():
    own = [at(i, i, probability=0.4, odds=0.5) for i in range(3)]
    for quotation in (at(5, 5, quoted=1.0, quote_run=15), at(5, 5, kind="shared_quote", quoted=0.9, quote_run=15)):
        assert overlap([*own, quotation]).probability == pytest.approx(overlap(own).probability)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.floats(0.01, 1)), min_size=1, max_size=8))
def test_the_sides_are_alike(units):
    mine = overlap([at(i, j, probability=p, odds=10 * p - 5) for i, j, p in units])
    yours = overlap([at(j, i, probability=p, odds=10 * p - 5) for i, j, p in units])
    assert mine.probability == pytest.approx(yours.probability)
    assert mine.order == pytest.approx(yours.order)
    assert mine.held("left") == pytest.approx(yours.held("right"))
    assert mine.place(mine.telling, "left") == pytest.approx(yours.place(yours.telling, "right"))


def test_a_place_is_that_of_what_is_likely():
    units = [at(0, 0, probability=0.05), at(8, 8, probability=0.95)]
    assert overlap(units).place(overlap(units).telling, "left") == pytest.approx(0.81)
