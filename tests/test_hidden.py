"""The benchmark that hides originals: what it takes for the truth, and what it makes of texts that are easy."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import hidden

WIRE = [
    "The lighthouse of Skarn was switched off on Monday after 140 years, the coast guard said.",
    "Its last keeper, Berit Holm, carried the log book of 11,000 nights down the 212 steps.",
    "A lamp of four watts now warns the ships from a steel mast beside it.",
    "The town council wants to let the tower to guests from next summer.",
]
TAKERS = {"a": [0, 1, 2, 3], "b": [0, 2, 3], "c": [0, 1]}


@pytest.fixture
def folder(tmp_path):
    documents = [{"id": "wire", "text": " ".join(WIRE), "lang": "en"}]
    sentences = []
    for taker, kept in TAKERS.items():
        start = 0
        for n in kept:
            end = start + len(WIRE[n])
            sentences.append({"upstream": "wire", "up_idx": [n], "downstream": taker, "down_span": [[start, end]]})
            start = end + 1
        documents.append({"id": taker, "text": " ".join(WIRE[n] for n in kept), "lang": "en"})
    for name, rows in (("documents", documents), ("sentences", sentences)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return tmp_path


def test_what_two_takers_render_is_put_together_again(folder, capsys):
    assert hidden.main([str(folder)]) == 0
    head, figures = (line.split() for line in capsys.readouterr().out.splitlines())
    told = dict(zip(head, figures, strict=True))
    assert (told["gold"], told["found"], told["mixed"], told["inversions"]) == ("4", "4", "0", "0")


def test_an_original_with_one_taker_shows_nothing(folder, capsys):
    rows = (folder / "sentences.jsonl").read_text(encoding="utf-8").splitlines()
    alone = [row for row in rows if '"downstream": "a"' in row]
    (folder / "sentences.jsonl").write_text("\n".join(alone), encoding="utf-8")
    assert hidden.main([str(folder)]) == 2
    capsys.readouterr()
