"""Words of two texts side by side: offsets, coverage, bounds. All texts are invented."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher
from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

import provtrace as pt
from provtrace.scoring import diff
from provtrace.scoring.diff import Edit, shared_runs, word_diff

WORDS = st.lists(
    st.sampled_from(["the", "The", "crane", "fell", ",", "harbour", "Kran", "港", "é", "e\u0301", "a"]), max_size=30
)
TEXTS = st.one_of(WORDS.map(" ".join), st.text(max_size=60))


def folded(text: str) -> str:
    normal = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return "".join(normal.split())


@given(TEXTS, TEXTS, st.integers(0, 1000), st.integers(0, 1000))
def test_steps_cover_both_texts_without_gaps(left: str, right: str, left_at: int, right_at: int) -> None:
    edits = word_diff(left, right, left_at=left_at, right_at=right_at)
    ends = (left_at, right_at)
    for edit in edits:
        assert (edit.left_start, edit.right_start) == ends
        ends = (edit.left_end, edit.right_end)
    assert ends == (left_at + len(left), right_at + len(right))


@given(TEXTS, TEXTS)
def test_equal_parts_are_equal_but_for_case_and_white_space(left: str, right: str) -> None:
    for edit in word_diff(left, right):
        parts = left[edit.left_start : edit.left_end], right[edit.right_start : edit.right_end]
        assert (edit.tag == "equal") <= (folded(parts[0]) == folded(parts[1]))
        assert bool(parts[0]) == (edit.tag != "insert")
        assert bool(parts[1]) == (edit.tag != "delete")


@given(TEXTS, TEXTS)
def test_the_same_steps_every_time_and_mirrored_coverage(left: str, right: str) -> None:
    assert word_diff(left, right) == word_diff(left, right)
    assert word_diff(left, left) == ([Edit("equal", 0, len(left), 0, len(left))] if left else [])


@given(WORDS, WORDS)
def test_between_different_ends_the_steps_are_those_of_difflib(left: list[str], right: list[str]) -> None:
    texts = [" ".join(["left", *left, "links"]), " ".join(["right", *right, "rechts"])]
    tokens = [diff._TOKEN.findall(text) for text in texts]
    ends = [[0, *accumulate(map(len, side))] for side in tokens]
    matcher = SequenceMatcher(None, *[[diff._key(token) for token in side] for side in tokens], autojunk=False)
    assert word_diff(*texts) == [
        (tag, ends[0][i], ends[0][j], ends[1][k], ends[1][m]) for tag, i, j, k, m in matcher.get_opcodes()
    ]


def test_a_thousand_times_the_same_word_is_not_compared_word_by_word() -> None:
    left = " ".join(f"so l{number}" for number in range(1000))
    right = " ".join(f"so r{number}" for number in range(1000))
    assert [edit.tag for edit in word_diff(f"Yes, {left} end.", f"Yes, {right} end.")] == ["equal", "replace", "equal"]


def test_it_is_a_public_name() -> None:
    assert pt.word_diff("Nine cranes fell.", "Ten cranes fell.") == [
        Edit("replace", 0, 5, 0, 4),
        Edit("equal", 5, 17, 4, 16),
    ]


@given(WORDS, WORDS, st.integers(1, 5))
def test_shared_runs_are_runs_of_both_texts(left: list[str], right: list[str], least: int) -> None:
    a, b = " ".join(left), " ".join(right)
    runs = shared_runs(a, b, least, left_spans=[(0, len(a))], right_spans=[(0, len(b))])
    for run in runs:
        part = a[run.left_start : run.left_end]
        assert folded(part) == folded(b[run.right_start : run.right_end])
        assert len(diff._TOKEN.findall(part)) >= least
    assert all(one.left_end <= other.left_start for one, other in pairwise(runs))


@given(WORDS, WORDS, st.integers(1, 4))
def test_a_run_is_found_where_there_is_one(left: list[str], right: list[str], least: int) -> None:
    a, b = " ".join(left), " ".join(right)
    keys = [[diff._key(token) for token in diff._TOKEN.findall(text)] for text in (a, b)]
    grams = [{tuple(side[i : i + least]) for i in range(len(side) - least + 1)} for side in keys]
    assert bool(grams[0] & grams[1]) == bool(
        shared_runs(a, b, least, left_spans=[(0, len(a))], right_spans=[(0, len(b))])
    )


def test_runs_stay_inside_the_parts_they_are_looked_for_in() -> None:
    text = "one two three four five six"
    runs = shared_runs(text, text, 3, left_spans=[(0, 13), (14, 27)], right_spans=[(0, len(text))])
    assert [text[run.left_start : run.left_end].split() for run in runs] == [
        ["one", "two", "three"],
        ["four", "five", "six"],
    ]
