"""The chain of counterparts: what its neighbours lend a match, and what it leaves out."""

from __future__ import annotations

import numpy as np
import pytest

from provtrace.scoring.chain import GOES_ON, SPANS, best_chain, going_on, span_odds, unit_odds
from provtrace.scoring.encode import density_column
from provtrace.scoring.similarity import Side, compare_runs, words

TEXTS = [
    "The harbour office closed the northern lock on Tuesday.",
    "Ships wait outside the bay, some of them for a week by now.",
    "Nobody knows who is going to pay for the repairs that engineers ask for.",
    "The council meets tonight.",
    "A first estimate speaks of three years and of forty million crowns.",
    "Fishermen were told of it by their own children, who had read it at school.",
]


def side(vectors, language, texts=None, headings=()):
    """Sentences of no wording in common with another such side: what they say is in their vectors."""
    texts = texts or TEXTS[: len(vectors)]
    return Side(
        vectors=(vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32),
        densities=np.zeros((len(vectors), 16), np.float32),
        texts=texts,
        columns=np.full(len(vectors), density_column(language)),
        known=np.full(len(vectors), language != "cs"),
        joinable=np.array([place not in headings for place in range(len(vectors))]),
        weights=np.array([len(words(text)) for text in texts], np.float32),
        languages=np.full(len(vectors), language),
    )


def renamed(texts):
    """Texts of the same length without an n-gram in common with them."""
    return [text.lower().translate(str.maketrans("aeioutnsrhldc", "qxzqxzvwkvwkj")) for text in texts]


def chain(left, right):
    found = best_chain(compare_runs(left, right, SPANS), left, right)
    return [(*SPANS[step.shape], step.left, step.right) for step in found]


def strangers(count, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((64, 64)))[0][:count]


def likened(vectors, cosines, seed=1):
    """For each vector another at that cosine."""
    away = np.linalg.qr(np.vstack([vectors, np.random.default_rng(seed).standard_normal((40, 64))]).T)[0].T
    away = away[len(vectors) : 2 * len(vectors)]
    cosines = np.array(cosines)[:, None]
    return vectors * cosines + away * np.sqrt(1 - cosines**2)


WEAK = 0.3  # cosine that is no match by itself


def test_a_weak_match_between_matches_is_one():
    vectors = strangers(3)
    left, right = side(vectors, "de"), side(likened(vectors, [0.7, WEAK, 0.7]), "fr", renamed(TEXTS[:3]))
    assert chain(left, right) == [(1, 1, 0, 0), (1, 1, 1, 1), (1, 1, 2, 2)]


def test_a_weak_match_by_itself_is_none():
    vectors = strangers(3)
    left, right = side(vectors, "de"), side(likened(vectors, [0.0, WEAK, 0.0]), "fr", renamed(TEXTS[:3]))
    assert chain(left, right) == []


def test_own_material_between_matches_is_left_out():
    vectors = strangers(6)
    other = likened(vectors, [0.7, 0.7, 0.0, 0.0, 0.7, 0.7])
    found = chain(side(vectors, "de"), side(other, "fr", renamed(TEXTS)))
    assert found == [(1, 1, 0, 0), (1, 1, 1, 1), (1, 1, 4, 4), (1, 1, 5, 5)]


def test_unrelated_texts_have_no_chain():
    left, right = side(strangers(6), "de"), side(strangers(12)[6:], "fr", renamed(TEXTS))
    assert chain(left, right) == []


@pytest.mark.parametrize("language", ["fr", "cs"])
def test_a_sentence_cut_in_two_is_one_unit(language):
    vectors = strangers(4)
    weights = [len(words(text)) for text in TEXTS[1:3]]
    joined = vectors[1] * weights[0] + vectors[2] * weights[1]
    whole = np.stack([vectors[0], joined / np.linalg.norm(joined), vectors[3]])
    texts = renamed([TEXTS[0], f"{TEXTS[1]} {TEXTS[2]}", TEXTS[3]])
    found = chain(side(vectors, "de"), side(likened(whole, [0.8] * 3), language, texts))
    assert found == [(1, 1, 0, 0), (2, 1, 1, 1), (1, 1, 3, 2)]


@pytest.mark.parametrize(("headings", "joined"), [((0,), True), ((1,), False)])
def test_a_heading_may_open_a_unit_and_no_more(headings, joined):
    vectors = strangers(2)
    weights = [len(words(text)) for text in TEXTS[:2]]
    both = vectors[0] * weights[0] + vectors[1] * weights[1]
    right = side(likened(both[None] / np.linalg.norm(both), [0.8]), "fr", renamed([f"{TEXTS[0]} {TEXTS[1]}"]))
    found = chain(side(vectors, "de", headings=headings), right)
    assert (found == [(2, 1, 0, 0)]) == joined


def test_sides_may_change_places():
    vectors = strangers(6)
    left = side(vectors, "de")
    right = side(likened(vectors, [0.7, WEAK, 0.7, 0.0, 0.6, 0.2]), "fr", renamed(TEXTS))
    assert chain(left, right) == [(b, a, i, j) for a, b, j, i in chain(right, left)]


def test_a_step_adds_the_odds_of_its_unit_and_of_going_on():
    vectors = strangers(6)
    left, right = side(vectors, "de"), side(likened(vectors, [0.6, 0.6, 0.0, 0.6, 0.6, 0.6]), "fr", renamed(TEXTS))
    cells = compare_runs(left, right, SPANS)
    alone = unit_odds(cells, left, right)[0].diagonal()
    found = {step.left: step.odds for step in best_chain(cells, left, right)}
    assert found == pytest.approx(
        {place: alone[place] + GOES_ON[0] * (place not in (0, 3)) for place in (0, 1, 3, 4, 5)}
    )


def test_beads_of_any_shape_go_on_where_the_one_before_ends():
    beads = [((1, 1), 0, 0), ((4, 1), 1, 1), ((1, 2), 5, 3), ((1, 1), 9, 9)]
    assert going_on(beads) == [0.0, GOES_ON[0], GOES_ON[1], 0.0]


def test_odds_of_a_span_are_those_in_the_chain_where_no_part_says_it_better():
    vectors = strangers(6)
    left, right = side(vectors, "de"), side(likened(vectors, [0.6] * 6), "fr", renamed(TEXTS))
    cells = compare_runs(left, right, SPANS)
    for one, shape, expected in zip(cells, SPANS, unit_odds(cells, left, right), strict=True):
        found = span_odds(one, left, right, shape)
        kept = np.isfinite(expected)
        assert found[kept] == pytest.approx(expected[kept])
        assert np.isfinite(found).all()
