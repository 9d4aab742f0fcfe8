"""Sentence gold as lines of stories: which stretches of two articles say the same."""

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

from counterparts import Line, counterparts, read_lines

NUMBERS = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(lambda ends: (min(ends), max(ends)))
LINES = st.builds(
    lambda story, ends: Line(0, 10, story, *ends), st.sampled_from(["a", "b"]), NUMBERS
)  # fmt: skip


@given(LINES, LINES)
def test_says_is_what_every_number_that_the_lines_may_have_says(one, other):
    """The oracle goes through all numbers that either line may have."""
    possible = {
        one.story == other.story and ours == theirs
        for ours in range(one.first, one.last + 1)
        for theirs in range(other.first, other.last + 1)
    }
    assert one.says(other) is (possible.pop() if len(possible) == 1 else None)
    assert one.says(other) is other.says(one)


def write(path, lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


@pytest.fixture
def lines(tmp_path):
    """An original of six lines of ten characters, a translation of three of them, a composite, and a stranger."""
    documents = [
        {"id": "en", "family": "f", "text": "x" * 60},
        {"id": "de", "family": "f", "text": "x" * 30},
        {"id": "mix", "family": None, "text": "x" * 20, "role": "derived_composite"},
        {"id": "mix2", "family": None, "text": "x" * 10, "role": "derived_composite"},
        {"id": "far", "family": None, "text": "x" * 40},
    ]

    def sentence(down, place, number):
        ours = {"downstream": down, "down_span": [[place * 10, place * 10 + 10]]}
        if number is None:
            return {**ours, "upstream": None, "up_idx": None, "up_span": None}
        return {**ours, "upstream": "en", "up_idx": [number], "up_span": [[number * 10, number * 10 + 10]]}

    sentences = [sentence("de", 0, 0), sentence("de", 1, 1), sentence("de", 2, 4)]
    sentences += [sentence("mix", 0, 1), sentence("mix", 1, None), sentence("mix2", 0, None)]
    write(tmp_path / "documents.jsonl", documents)
    write(tmp_path / "sentences.jsonl", sentences)
    return read_lines(tmp_path)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (("en", 0), ("de", 0), True),
        (("en", 0), ("de", 1), False),
        (("en", 1), ("mix", 0), True),
        (("de", 1), ("mix", 0), True),  # by way of the original
        (("en", 2), ("mix", 0), False),  # a line that no one uses is one of two, neither of them this one
        (("en", 4), ("mix", 1), False),  # own material
        (("mix", 1), ("mix2", 0), None),  # own material of two may be the same
        (("far", 2), ("mix", 1), False),
        (("far", 0), ("en", 0), False),
        (("en", 9), ("de", 0), None),  # beyond the text: the gold knows nothing of it
    ],
)
def test_lines_of_one_story_say_the_same_by_their_numbers(lines, left, right, expected):
    ends = [(name, [(place * 10, place * 10 + 10)]) for name, place in (left, right)]
    assert counterparts(lines, *ends) is expected
    assert counterparts(lines, *reversed(ends)) is expected


def test_a_unit_of_several_sentences_holds_if_one_of_them_does(lines):
    assert counterparts(lines, ("en", [(0, 10), (10, 20)]), ("mix", [(0, 10)])) is True
    assert counterparts(lines, ("en", [(12, 17)]), ("mix", [(0, 20)])) is True


def test_what_neither_neighbour_numbers_is_left_open(tmp_path):
    """Two lines of the original are in no sentence of the gold: a version's gap may be either."""
    documents = [{"id": name, "family": "f", "text": "x" * 40} for name in ("en", "de", "fr")]
    sentences = [
        {"upstream": "en", "up_idx": [number], "up_span": [[number * 10, number * 10 + 10]]}
        | {"downstream": down, "down_span": [[place * 10, place * 10 + 10]]}
        for down, number, place in (("de", 0, 0), ("de", 3, 3), ("fr", 0, 0), ("fr", 1, 1))
    ]
    write(tmp_path / "documents.jsonl", documents)
    write(tmp_path / "sentences.jsonl", sentences)
    lines = read_lines(tmp_path)
    assert counterparts(lines, ("de", [(10, 20)]), ("fr", [(10, 20)])) is None
    assert counterparts(lines, ("de", [(10, 20)]), ("fr", [(0, 10)])) is False


def test_the_seeds_name_the_units_that_they_render(tmp_path):
    gold = {
        "origin_units": [
            {"id": "A1", "same_text_as": None},
            {"id": "B1", "same_text_as": "A1"},
            {"id": "B2", "same_text_as": None},
        ],
        "documents": [
            {"file": "one.txt", "sentences": [{"start": 0, "text": "x" * 10, "units": ["A1"]}]},
            {
                "file": "two.txt",
                "sentences": [
                    {"start": 0, "text": "x" * 10, "units": ["B2"]},
                    {"start": 11, "text": "x" * 10, "units": ["B2", "B1"]},
                    {"start": 22, "text": "x" * 10, "units": []},
                ],
            },
        ],
    }
    (tmp_path / "gold.json").write_text(json.dumps(gold), encoding="utf-8")
    lines = read_lines(tmp_path)
    found = [counterparts(lines, ("one", [(0, 10)]), ("two", [(start, start + 10)])) for start in (0, 11, 22)]
    assert found == [False, True, False]


def test_a_set_without_sentences_has_no_lines(tmp_path):
    write(tmp_path / "documents.jsonl", [{"id": "a", "text": "x"}])
    assert read_lines(tmp_path) is None
