"""Links between gold lines: what counts as one line, as found, and as right, on pairs made by hand."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

from sentence_links import Counts, count_links, overlaps
from unit_gold import Stretch, UnitGold

PAIR = ("a", "b")
LINES = [(10 * number, 10 * number + 9) for number in range(3)]  # three lines of nine characters, and blanks between


@pytest.fixture
def gold():
    """Two articles of three lines, each the counterpart of its number."""
    stretches = [Stretch(span, frozenset({("f", number)})) for number, span in enumerate(LINES)]
    family, nothing = frozenset({"f"}), frozenset()
    return UnitGold(dict.fromkeys(PAIR, stretches), dict.fromkeys(PAIR, family), dict.fromkeys(PAIR, nothing))


def counted(gold, beads, left=LINES, right=LINES):
    counts = count_links(gold, PAIR, {"a": left, "b": right}, beads)
    return counts.right, counts.found, counts.gold


def test_one_to_one_beads_are_right_where_the_lines_are_the_same(gold):
    assert counted(gold, [((0,), (0,)), ((1,), (2,))]) == (1, 2, 3)


def test_a_bead_of_many_links_each_with_each(gold):
    assert counted(gold, [((0, 1), (0, 1))]) == (2, 4, 3)
    assert counted(gold, [((0, 1), (0,))]) == (1, 2, 3)


def test_an_empty_side_links_nothing_and_no_bead_finds_nothing(gold):
    assert counted(gold, [((), (0,)), ((1,), ())]) == (0, 0, 3)
    assert counted(gold, []) == (0, 0, 3)


def test_lines_that_one_sentence_covers_count_as_one(gold):
    joined = [(0, 19), LINES[2]]
    assert counted(gold, [((0,), (0, 1)), ((1,), (2,))], left=joined) == (2, 2, 2)
    assert counted(gold, [((0,), (2,))], left=joined) == (0, 1, 2)


def test_a_line_cut_in_two_is_found_once_by_either_part(gold):
    cut = [(0, 4), (5, 9), *LINES[1:]]
    assert counted(gold, [((0,), (0,)), ((1,), (0,))], left=cut) == (1, 1, 3)


def test_lines_without_counterpart_can_only_be_found_wrongly(gold):
    alone = UnitGold({**gold.stretches, "b": gold.stretches["b"][:1]}, gold.families, gold.unlisted)
    assert counted(alone, [((0,), (0,)), ((1,), (0,))]) == (1, 2, 1)


def test_counts_add_up_over_pairs():
    total = Counts()
    total += Counts(1, 2, 4, 1)
    total += Counts(2, 2, 2, 1)
    assert total == Counts(3, 4, 6, 2)
    assert total.score[:2] == (3 / 4, 3 / 6)


def test_half_of_either_span_is_an_overlap():
    assert overlaps((0, 10), (5, 100))
    assert not overlaps((0, 10), (6, 100))
    assert overlaps((0, 100), (90, 91))
    assert not overlaps((0, 10), (10, 20))
