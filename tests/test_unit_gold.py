"""What sentence gold says of aligned units, on sets of a few lines made by hand."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

from unit_gold import read_unit_gold

TEN = [(10 * number, 10 * number + 10) for number in range(4)]  # lines of ten characters


def write(path, lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def rendered(source, derived, numbers):
    """Gold lines: place of the line in the derived text to its number in the source, None for own material."""
    for place, number in enumerate(numbers):
        yield {
            "upstream": source if number is not None else None,
            "up_idx": [number] if number is not None else [],
            "up_span": [TEN[number]] if number is not None else None,
            "downstream": derived,
            "down_idx": [place],
            "down_span": [TEN[place]],
        }


def unit(left, left_span, right, right_span, chrf=0.4):
    ends = {"chrf": chrf, "left_start": left_span[0], "left_end": left_span[1], "right_start": right_span[0]}
    return {"left_id": left, "right_id": right, "right_end": right_span[1], **ends}


@pytest.fixture
def versions(tmp_path):
    """An original and two versions of it, three lines each, and a stranger."""
    documents = [{"id": name, "role": "original", "family": "f"} for name in ("o", "v", "w")]
    write(tmp_path / "documents.jsonl", [*documents, {"id": "x", "role": "distractor_original", "family": None}])
    lines = [*rendered("o", "v", [0, 1, 2]), *rendered("o", "w", [0, 1, 2])]
    write(tmp_path / "sentences.jsonl", lines)
    return read_unit_gold(tmp_path)


@pytest.fixture
def composites(tmp_path):
    """Two composites of one wire, which has another version: c takes lines 0 and 2, d line 2; both have own lines."""
    documents = [{"id": name, "role": "wire", "family": "f"} for name in ("wire", "version")]
    documents += [{"id": name, "role": "derived_composite", "family": "f"} for name in ("c", "d")]
    write(tmp_path / "documents.jsonl", [*documents, {"id": "x", "role": "unrelated_or_unused_wire", "family": None}])
    write(tmp_path / "sentences.jsonl", [*rendered("wire", "c", [0, None, 2]), *rendered("wire", "d", [2, None])])
    return read_unit_gold(tmp_path)


def test_the_same_line_holds_and_another_does_not(versions):
    assert versions.holds(unit("o", TEN[1], "v", TEN[1])) is True
    assert versions.holds(unit("o", TEN[1], "v", TEN[2])) is False


def test_two_versions_meet_through_their_original(versions):
    assert versions.holds(unit("v", TEN[2], "w", TEN[2])) is True
    assert versions.holds(unit("v", TEN[2], "w", TEN[0])) is False


def test_strangers_share_nothing_and_unknown_articles_are_not_judged(versions):
    assert versions.holds(unit("v", TEN[0], "x", (0, 5))) is False
    assert versions.holds(unit("v", TEN[0], "x", (0, 5), chrf=0.9)) is None  # the same words: nobody knows why
    assert versions.holds(unit("v", TEN[0], "nobody", (0, 5))) is None


def test_half_of_the_characters_of_both_sides_together_is_enough(versions):
    """One line facing itself and a neighbour: 20 of 30 characters; itself and two others: 20 of 40."""
    assert versions.holds(unit("o", TEN[0], "v", (0, 20))) is True
    assert versions.holds(unit("o", TEN[0], "v", (0, 30))) is True
    assert versions.holds(unit("o", (0, 6), "v", (4, 30))) is False


def test_what_a_wire_and_a_composite_have_in_common(composites):
    assert composites.holds(unit("c", TEN[2], "wire", TEN[2])) is True
    assert composites.holds(unit("c", TEN[2], "wire", TEN[1])) is False
    assert composites.holds(unit("c", TEN[1], "wire", TEN[1])) is False  # own material
    assert composites.holds(unit("c", TEN[1], "x", TEN[1])) is False


def test_composites_meet_in_a_line_of_their_wire_and_nobody_knows_of_their_own_material(composites):
    assert composites.holds(unit("c", TEN[2], "d", TEN[0])) is True
    assert composites.holds(unit("c", TEN[0], "d", TEN[0])) is False
    assert composites.holds(unit("c", TEN[1], "d", TEN[1])) is None
    assert composites.holds(unit("c", TEN[1], "d", TEN[0])) is False


def test_where_a_line_stands_in_another_version_is_not_said(composites):
    assert composites.holds(unit("c", TEN[0], "version", TEN[0])) is None
    assert composites.holds(unit("c", TEN[1], "version", TEN[0])) is False


def test_one_file_labels_by_common_lines_and_leaves_doubtful_ones_and_quotes_open(tmp_path):
    def sentence(start, text, units, confidence=0.9):
        return {"start": start, "text": text, "units": units, "confidence_in_set": confidence}

    one = [sentence(0, "a" * 10, ["R1"]), sentence(10, "b" * 10, ["R2"], 0.3), sentence(20, "said c c", [])]
    two = [sentence(0, "A" * 10, ["W1"]), sentence(10, "B" * 10, ["R2"]), sentence(20, "c c, said", [])]
    source = tmp_path / "gold.json"
    content = {
        "schema": "provtrace-gold/1",
        "documents": [
            {"id": "1", "file": "1_one.txt", "sentences": one},
            {"id": "2", "file": "2_two.txt", "sentences": two},
        ],
        "origin_units": [{"id": name, "same_text_as": "R1" if name == "W1" else None} for name in ("R1", "R2", "W1")],
        "quotes": [{"id": "Q", "variants": [{"document": name, "text": "c c"} for name in ("1", "2")]}],
    }
    source.write_text(json.dumps(content), encoding="utf-8")
    gold = read_unit_gold(source)
    assert gold.holds(unit("1_one", TEN[0], "2_two", TEN[0])) is True
    assert gold.holds(unit("1_one", TEN[0], "2_two", TEN[1])) is False
    assert gold.holds(unit("1_one", TEN[1], "2_two", TEN[1])) is None
    assert gold.holds(unit("1_one", (20, 28), "2_two", (20, 29))) is None
    assert gold.holds(unit("1_one", (20, 28), "2_two", TEN[0])) is False


def test_a_folder_without_sentence_gold_labels_nothing(tmp_path):
    write(tmp_path / "documents.jsonl", [{"id": "a", "role": "wire", "family": None}])
    assert read_unit_gold(tmp_path) is None
