"""Units of reconstructed wires against those that a gold names."""

import json

import polars as pl
import pytest
from test_evaluate import made, seeds_like, with_upstream

from provtrace.results.evaluate import evaluate
from provtrace.tables import TABLES

# Three articles; each sentence is ten characters long, and says what the gold's units are.
SAID = {"a": ["R1", "R2", "R3", "R4"], "b": ["R1 R2", "R3", "R4"], "c": ["W1"]}


def gold(path):
    documents = [
        {
            "id": article,
            "sentences": [
                {
                    "start": 10 * n,
                    "text": "x" * 10,
                    "units": said.split(),
                    "kind": "paraphrase",
                    "confidence_in_set": 0.8,
                }
                for n, said in enumerate(sentences)
            ],
        }
        for article, sentences in SAID.items()
    ]
    units = [{"id": unit, "source": "REUTERS" if unit[0] == "R" else "W"} for unit in ("R1", "R2", "R3", "R4", "W1")]
    return seeds_like(
        path, documents=documents, origin_units=units, sources=[{"id": "REUTERS", "agency": "Reuters"}, {"id": "W"}],
        clusters={"provenance": [{"members": ["a", "b"], "upstream": "REUTERS"}]},
    )  # fmt: skip


def run(*units, witnesses=("a", "b")):
    """A run with an upstream of these units, each a list of places."""
    sentences = [(article, n, 10 * n, 10 * n + 10) for article, said in SAID.items() for n in range(len(said))]
    found = with_upstream(made("abc", sentences=sentences), ("U1", "reuters", list(witnesses)))
    rows = [("U1", number, article, n, 0.9) for number, unit in enumerate(units) for article, n in unit]
    found.tables["upstream_units"] = pl.DataFrame(rows, schema=TABLES["upstream_units"], orient="row")
    return found


def scores(tmp_path, *units, **given):
    return evaluate(run(*units, **given), gold(tmp_path / "gold.json")).scores["upstream_units"]


def test_all_that_the_gold_has_in_its_order(tmp_path):
    units = [("a", 0), ("b", 0)], [("a", 1), ("b", 0)], [("a", 2), ("b", 1)], [("a", 3), ("b", 2)]
    assert scores(tmp_path, *units) == {
        "recall": 1.0, "tau": 1.0, "found": 4, "gold": 4, "units": 4, "mixed": 0, "inversions": 0, "strangers": 0,
    }  # fmt: skip


def test_a_unit_that_welds_two_statements_is_one_of_them(tmp_path):
    welded = [("a", 0), ("b", 0)], [("a", 2), ("b", 2)], [("a", 2), ("b", 1)]
    found = scores(tmp_path, *welded)
    assert (found["found"], found["gold"], found["mixed"]) == (2, 4, 1)


def test_the_wrong_way_round(tmp_path):
    found = scores(tmp_path, [("a", 3), ("b", 2)], [("a", 2), ("b", 1)], [("a", 0), ("b", 0)])
    assert (found["inversions"], found["tau"]) == (3, -1.0)


def test_a_witness_that_is_none(tmp_path):
    assert scores(tmp_path, [("a", 0), ("b", 0)], witnesses=("a", "b", "c"))["strangers"] == 1


def test_a_wire_that_was_not_found(tmp_path):
    found = evaluate(made("abc"), gold(tmp_path / "gold.json")).scores["upstream_units"]
    assert (found["recall"], found["found"], found["gold"], found["units"]) == (0.0, 0, 4, 0)
    assert found["tau"] != found["tau"]


@pytest.mark.parametrize("missing", ["origin_units", "clusters"])
def test_no_figures_where_the_gold_names_no_units(tmp_path, missing):
    path = gold(tmp_path / "gold.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    del content[missing]
    path.write_text(json.dumps(content), encoding="utf-8")
    assert "upstream_units" not in evaluate(run(), path).scores
