import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provtrace.results.evaluate import measures as m

LABELS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=30)
SCORED = st.lists(st.tuples(st.integers(0, 8).map(lambda n: n / 8), st.booleans()), min_size=1, max_size=30)
SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda s: (s[0], s[0] + s[1])), max_size=8)


def test_counts_give_precision_recall_and_their_harmonic_mean():
    assert m.score_counts(3, 4, 6) == pytest.approx((0.75, 0.5, 0.6))


@pytest.mark.parametrize(
    ("counts", "expected"), [((0, 0, 0), (1, 1, 1)), ((0, 3, 0), (0, 0, 0)), ((0, 0, 3), (0, 0, 0))]
)
def test_empty_sides_follow_the_stated_convention(counts, expected):
    assert m.score_counts(*counts) == expected


@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_f1_is_one_exactly_for_equal_sets(predicted, gold):
    assert (m.score_sets(predicted, gold).f1 == 1.0) == (predicted == gold)


# --- clusterings ---


def test_adjusted_rand_of_a_case_computed_by_hand():
    # Contingency table [[2, 1], [0, 3]]: 1 + 3 pairs together in both, 6 and 1 + 6 on the sides, 15 in all.
    expected = (4 - 6 * 7 / 15) / ((6 + 7) / 2 - 6 * 7 / 15)
    assert m.adjusted_rand("aaabbb", "xxyyyy") == pytest.approx(expected)


def oracle_adjusted_rand(left, right):
    together = [[side[i] == side[j] for i, j in combinations(range(len(side)), 2)] for side in (left, right)]
    a = sum(x and y for x, y in zip(*together, strict=True))
    b, c = sum(together[0]) - a, sum(together[1]) - a
    d = len(together[0]) - a - b - c
    below = (a + b) * (b + d) + (a + c) * (c + d)
    return 1.0 if below == 0 else 2 * (a * d - b * c) / below


@given(LABELS)
def test_adjusted_rand_agrees_with_the_pair_count_form(pairs):
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    assert m.adjusted_rand(left, right) == pytest.approx(oracle_adjusted_rand(left, right))


@given(LABELS, st.randoms(use_true_random=False))
def test_adjusted_rand_is_symmetric_and_blind_to_order_and_names(pairs, random):
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    value = m.adjusted_rand(left, right)
    assert m.adjusted_rand(right, left) == pytest.approx(value)
    random.shuffle(pairs)
    assert m.adjusted_rand([f"c{a}" for a, _ in pairs], [b for _, b in pairs]) == pytest.approx(value)


@given(st.lists(st.integers(0, 4), max_size=20))
def test_a_partition_agrees_with_itself(labels):
    assert m.adjusted_rand(labels, labels) == 1.0
    assert m.b_cubed(labels, labels).f1 == pytest.approx(1.0)


def test_adjusted_rand_punishes_one_cluster_for_all():
    assert m.adjusted_rand([0] * 6, [0, 0, 1, 1, 2, 2]) == pytest.approx(0.0)


def test_labels_of_unequal_number_are_refused():
    with pytest.raises(ValueError, match="argument 2"):
        m.adjusted_rand([1, 2], [1])


def test_b_cubed_of_the_published_example():
    # Amigó et al. (2009), the shape of their figure: clusters {1 1 1 1 2}, {2 2}, against two categories.
    score = m.b_cubed("aaaaabb", "1111222")
    precision = (4 * 4 / 5 + 1 * 1 / 5 + 2 * 2 / 2) / 7
    recall = (4 * 4 / 4 + 1 * 1 / 3 + 2 * 2 / 3) / 7
    assert score[:2] == pytest.approx((precision, recall))


@given(LABELS)
def test_b_cubed_swaps_precision_and_recall_with_its_arguments(pairs):
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    one, other = m.b_cubed(left, right), m.b_cubed(right, left)
    assert (one.precision, one.recall) == pytest.approx((other.recall, other.precision))


# --- probabilities ---


def test_calibration_error_and_brier_by_hand():
    claimed, held = [0.9, 0.9, 0.6, 0.2], [True, False, True, False]
    # Bins (.8, .9], (.5, .6], (.1, .2]: gaps of sums .8, .4 and .2 over four.
    assert m.calibration_error(claimed, held) == pytest.approx(0.35)
    assert m.brier(claimed, held) == pytest.approx((0.01 + 0.81 + 0.16 + 0.04) / 4)


@given(SCORED)
def test_certainty_that_comes_true_is_perfectly_calibrated(pairs):
    held = [outcome for _, outcome in pairs]
    assert m.calibration_error([float(h) for h in held], held) == 0.0
    assert m.brier([float(h) for h in held], held) == 0.0


@given(SCORED)
def test_a_brier_score_never_exceeds_the_largest_error(pairs):
    claimed, held = zip(*pairs, strict=True)
    worst = max(abs(p - h) for p, h in pairs)
    assert 0 <= m.calibration_error(claimed, held) <= worst + 1e-9
    assert m.brier(claimed, held) <= worst * worst + 1e-9


def test_what_has_no_value_is_nan():
    assert math.isnan(m.calibration_error([], []))
    assert math.isnan(m.brier([], []))
    assert math.isnan(m.auc([0.1, 0.2], [True, True]))
    assert math.isnan(m.pearson([1, 1, 1], [1, 2, 3]))


@given(SCORED)
def test_auc_agrees_with_counting_every_duel(pairs):
    wins = [(p > n) + (p == n) / 2 for p, pos in pairs if pos for n, neg in pairs if not neg]
    value = m.auc([s for s, _ in pairs], [o for _, o in pairs])
    assert math.isnan(value) if not wins else value == pytest.approx(sum(wins) / len(wins))


def test_recall_at_precision_takes_ties_together():
    scores, right = [0.9, 0.8, 0.8, 0.7], [True, True, False, True]
    assert m.recall_at_precision(scores, right, 4, 1.0) == (0.25, 0.9)
    assert m.recall_at_precision(scores, right, 4, 0.7) == (0.75, 0.7)
    assert m.recall_at_precision([0.5], [False], 4, 0.98) == (0.0, None)
    assert m.recall_at_precision([], [], 4, 0.98) == (0.0, None)


@given(SCORED, st.sampled_from([0.5, 0.8, 0.98]))
def test_recall_at_precision_agrees_with_trying_every_threshold(pairs, precision):
    total = sum(o for _, o in pairs) + 1
    best = 0.0
    for threshold, _ in pairs:
        taken = [o for s, o in pairs if s >= threshold]
        if sum(taken) / len(taken) >= precision:
            best = max(best, sum(taken) / total)
    assert m.recall_at_precision(*zip(*pairs, strict=True), total, precision)[0] == pytest.approx(best)


@given(SCORED)
def test_best_threshold_agrees_with_trying_every_threshold(pairs):
    scores, outcomes = zip(*pairs, strict=True)
    total = sum(outcomes)

    def f1(threshold):
        taken = [o for s, o in pairs if s >= threshold]
        return m.score_counts(sum(taken), len(taken), total or 1).f1

    assert f1(m.best_threshold(scores, outcomes, total or 1)) == pytest.approx(max(map(f1, scores)))


# --- correlations ---


def test_correlations_by_hand():
    assert m.pearson([1, 2, 3], [2, 4, 6]) == pytest.approx(1.0)
    assert m.pearson([1, 2, 3], [1, 0, -1]) == pytest.approx(-1.0)


def test_unequal_lengths_are_refused():
    for measure in (m.pearson, m.brier):
        with pytest.raises(ValueError, match="2"):
            measure([0.1, 0.2], [True])


# --- alignments and passages ---


def test_alignment_scores_by_the_published_rules():
    gold = [((0,), (0,)), ((1, 2), (1,)), ((3,), ()), ((4,), (2,))]
    ours = [((0,), (0,)), ((1,), (1,)), ((3,), ()), ((5,), (2,))]
    strict, lax = m.score_alignments([(ours, gold)])
    assert strict[:2] == pytest.approx((2 / 4, 1 / 3))  # the deletion counts for precision only
    assert lax[:2] == pytest.approx((3 / 4, 2 / 3))


def test_alignment_counts_add_up_over_files():
    perfect, wrong = ([((0,), (0,))], [((0,), (0,))]), ([((0,), (1,))], [((0,), (0,))])
    assert m.score_alignments([perfect, wrong]).strict == pytest.approx((0.5, 0.5, 0.5))
    assert m.score_alignments([perfect]).lax == (1, 1, 1)


@given(st.dictionaries(st.sampled_from("ab"), SPANS), st.dictionaries(st.sampled_from("ab"), SPANS))
def test_passages_agree_with_sets_of_characters(predicted, gold):
    def chars(spans_of):
        return {(key, i) for key, spans in spans_of.items() for s, e in spans for i in range(s, e)}

    assert m.score_passages(predicted, gold) == pytest.approx(m.score_sets(chars(predicted), chars(gold)))
