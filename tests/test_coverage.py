"""What the sentences at the edges of runs add: equal to a slow oracle, and nothing for what says nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from provtrace.scoring import coverage

DIMENSIONS = 6


def tokens(lengths, seed):
    """Sentences of so many tokens: numbers from a small vocabulary, and vectors."""
    generator = np.random.default_rng(seed)
    return [
        (generator.integers(0, 9, length), generator.standard_normal((length, DIMENSIONS)).astype(np.float32))
        for length in lengths
    ]


def diagonal(m, n):
    return [((1, 1), i, min(i, n - 1)) for i in range(m)]


def added(this, other, run, last, j):
    """What the first or last sentence of a run adds to sentence j of the other side, token by token."""
    edge = run[-1] if last else run[0]
    rest = [i for i in run if i != edge]
    total = 0.0
    for t in part(other, j):
        covers = [max(0.0, max(float(other.rows[t] @ this.rows[s]) for s in part(this, i))) for i in (edge, *rest)]
        total += float(other.weights[t]) * max(covers[0] - max(covers[1:]), 0.0)
    return total / (sum(float(this.weights[s]) for s in part(this, edge)) + coverage.BARE)


def part(side, sentence):
    return range(side.starts[sentence], side.starts[sentence + 1])


def least(left, right, lefts, rights):
    """The oracle of `Edges.least`, for one bead."""
    on_left = [sum(added(left, right, lefts, last, j) for j in rights) for last in (False, True) if len(lefts) > 1]
    on_right = [sum(added(right, left, rights, last, i) for i in lefts) for last in (False, True) if len(rights) > 1]
    return min(on_left + on_right)


sizes = st.lists(st.integers(1, 4), min_size=1, max_size=6)


@hypothesis_settings(deadline=None, max_examples=25)
@given(sizes, sizes, st.integers(0, 99), st.sampled_from([(1, 2), (2, 1), (3, 1), (2, 2), (1, 4), (3, 2)]))
def test_the_least_of_the_edges_equals_the_oracle(left_lengths, right_lengths, seed, shape):
    left, right = (coverage.token_side(tokens(x, seed + k)) for k, x in enumerate((left_lengths, right_lengths)))
    (a, b), m, n = shape, len(left), len(right)
    found = coverage.edges(left, right, diagonal(m, n), 5).least(a, b)
    assert found.shape == (max(m - a + 1, 0), max(n - b + 1, 0))
    for i, j in np.ndindex(found.shape):
        expected = least(left, right, range(i, i + a), range(j, j + b))
        assert found[i, j] == pytest.approx(expected, abs=1e-4)


def test_a_sentence_that_the_other_side_does_not_say_adds_nothing():
    said = [(np.array([1, 2]), np.eye(8, dtype=np.float32)[:2]), (np.array([3, 4]), np.eye(8, dtype=np.float32)[2:4])]
    scrap = (np.array([5]), np.eye(8, dtype=np.float32)[6:7])
    left, right = coverage.token_side([*said, scrap]), coverage.token_side(said)
    edges = coverage.edges(left, right, diagonal(3, 2), 5)
    assert edges.least(2, 1)[1, 1] < 0.1 < edges.least(2, 2)[0, 0]


def test_blocks_and_reach_change_nothing_near_the_chain(monkeypatch):
    left, right = coverage.token_side(tokens([3] * 40, 1)), coverage.token_side(tokens([2] * 40, 2))
    wide = coverage.edges(left, right, diagonal(40, 40), 3).least(2, 1)
    monkeypatch.setattr(coverage, "BLOCK", 3)
    monkeypatch.setattr(coverage, "REACH", 4)
    narrow = coverage.edges(left, right, diagonal(40, 40), 3).least(2, 1)
    assert all(narrow[i, i] == pytest.approx(wide[i, i], abs=1e-5) for i in range(39))
    assert narrow[30, 5] == 0
