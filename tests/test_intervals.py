"""Bootstrap intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provtrace.results import intervals as module
from provtrace.results.intervals import LEAST, intervals

_SHARES = st.lists(st.lists(st.floats(0, 1), min_size=2, max_size=2), min_size=1, max_size=40).map(np.array)


@given(_SHARES)
def test_an_interval_holds_the_mean_within_the_values(values):
    low, high = intervals(values)
    assert (low <= values.mean(axis=0)).all()
    assert (values.mean(axis=0) <= high).all()
    assert (low >= values.min(axis=0) - 1e-12).all()
    assert (high <= values.max(axis=0) + 1e-12).all()


def test_equal_values_leave_a_point():
    low, high = intervals(np.full((12, 1), 0.25))
    assert low == pytest.approx(0.25)
    assert high == pytest.approx(0.25)


def test_a_column_has_the_same_interval_in_any_company():
    values = np.random.default_rng(3).random((20, 3))
    together, alone = intervals(values), intervals(values[:, 1:2])
    assert together[0][1] == pytest.approx(alone[0][0])
    assert together[1][1] == pytest.approx(alone[1][0])


def test_more_articles_narrow_the_interval():
    values = np.random.default_rng(3).random((400, 1))
    few, many = (intervals(values[:size]) for size in (LEAST, 400))
    assert many[1] - many[0] < few[1] - few[0]


def test_large_groups_are_drawn_in_blocks_with_the_same_result(monkeypatch):
    values = np.random.default_rng(3).random((50, 2))
    whole = intervals(values)
    monkeypatch.setattr(module, "_CELLS", 700)
    for ours, theirs in zip(intervals(values), whole, strict=True):
        assert ours == pytest.approx(theirs)


def test_it_agrees_with_the_normal_interval_where_that_holds():
    values = np.random.default_rng(3).normal(0.5, 0.1, (300, 1))
    low, high = intervals(values)
    half = 1.96 * values.std() / np.sqrt(300)
    assert low[0] == pytest.approx(values.mean() - half, abs=0.2 * half)
    assert high[0] == pytest.approx(values.mean() + half, abs=0.2 * half)
