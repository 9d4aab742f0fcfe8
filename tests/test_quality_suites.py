"""Whole suites of the quality benchmark on two sets of invented articles, each run from its text to its findings."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

from reliability import MODELS, PAIRS
from rows import Slice
from suite_translations import _exactly, wmt_composite, wmt_derivation

from provtrace import Settings

ENGLISH = (
    "Lake Torvend rose by 42 centimetres over the weekend after three days of rain.",
    "Mayor Ilsa Brandt ordered 310 households near the old harbour to leave their homes.",
    "Divers found two sluice gates jammed by timber that the river had carried down.",
    "The power company switched off its turbines at Halvern until the water falls.",
    "Schools in the valley will stay closed until Thursday, Brandt told reporters.",
    "Farmers expect to lose most of the early potatoes that were planted in March.",
)
GERMAN = (
    "Der Torvendsee stieg am Wochenende nach drei Regentagen um 42 Zentimeter.",
    "Bürgermeisterin Ilsa Brandt wies 310 Haushalte am alten Hafen an, ihre Häuser zu verlassen.",
    "Taucher fanden zwei Schleusentore, die von angeschwemmtem Holz aus dem Fluss blockiert waren.",
    "Der Stromversorger schaltete seine Turbinen in Halvern ab, bis das Wasser sinkt.",
    "Die Schulen im Tal bleiben bis Donnerstag geschlossen, sagte Brandt vor Journalisten.",
    "Die Bauern rechnen damit, die meisten der im März gepflanzten Frühkartoffeln zu verlieren.",
)
OWN = (
    "Das Heimatmuseum zeigt ab Sonntag eine Ausstellung über Spitzenklöppel aus vier Jahrhunderten.",
    "Ein Chor aus der Nachbarstadt singt zur Eröffnung drei Lieder, die lange verschollen waren.",
)
ELSEWHERE = (
    "The orchestra of Dunmere has chosen a conductor of twenty-six to lead its spring tour.",
    "Tickets for the concerts in nine towns go on sale next week at the box office.",
)


def spans(lines):
    places, start = [], 0
    for line in lines:
        places.append([start, start + len(line)])
        start += len(line) + 1
    return places


def document(name, lines, language, role, family=None):
    return {"id": name, "text": " ".join(lines), "lang": language, "role": role, "family": family, "outlet": None}


def written(folder, documents, kind, facing):
    """A set with one gold pair, o to d; `facing` has a line of o, or None, for each line of d."""
    folder.mkdir()
    texts = {doc["id"]: doc.pop("lines") for doc in documents}
    places = {name: spans(lines) for name, lines in texts.items()}
    pair = {"upstream": "o", "downstream": "d", "kind": kind, "directed": True}
    sentences = [
        {
            "upstream": "o" if line is not None else None,
            "up_idx": [line] if line is not None else [],
            "up_span": [places["o"][line]] if line is not None else None,
            "downstream": "d",
            "down_idx": [number],
            "down_span": [places["d"][number]],
        }
        for number, line in enumerate(facing)
    ]
    for name, listed in (("documents", documents), ("pairs", [pair]), ("sentences", sentences)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in listed), encoding="utf-8")
    return folder


def made(name, lines, language, role, family=None):
    return {**document(name, lines, language, role, family), "lines": lines, "date": None}


@pytest.fixture
def derivation(tmp_path):
    documents = [
        made("o", ENGLISH, "en", "original", "f"),
        made("d", GERMAN, "de", "human_ref", "f"),
        made("x", ELSEWHERE, "en", "distractor_original"),
    ]
    return written(tmp_path / "wmt_derivation_tiny", documents, "human_translation", range(len(GERMAN)))


@pytest.fixture
def composite(tmp_path):
    lines = (*GERMAN[:5], *OWN)
    documents = [
        made("o", ENGLISH, "en", "wire", "f"),
        made("d", lines, "de", "derived_composite", "f"),
        made("x", ELSEWHERE, "en", "unrelated_or_unused_wire"),
    ]
    return written(tmp_path / "wmt_composite_tiny", documents, "partial_translation", (*range(5), None, None))


def test_a_whole_translation_is_found_line_by_line(derivation):
    findings = wmt_derivation(derivation, Settings())
    figures = {row.measure: row.ours for row in findings.rows}
    assert figures["sentences within translations F1"] == 1.0
    part = Slice(derivation.name, "sentences F1", "en-de", "human_translation", len(GERMAN), 1.0, 1.0)
    assert part in findings.slices
    claimed = {one.what: one.outcomes for one in findings.claimed}
    assert claimed[MODELS["cross"]] == [True] * len(GERMAN)
    assert claimed[PAIRS] == [True]


def test_origins_are_told_by_languages_and_own_material_apart(composite):
    findings = wmt_composite(composite, Settings())
    parts = {(part.measure, part.languages, part.kind): part for part in findings.slices}
    origins = parts["sentence origins F1", "en-de", "partial_translation"]
    own = parts["own material attributed", "en-de", "partial_translation"]
    assert (origins.count, own.count) == (5, 2)
    whole = {row.measure: (row.ours, row.floor) for row in findings.rows}
    assert (origins.ours, origins.floor) == whole["sentence origins F1"]
    assert (own.ours, own.floor) == whole["own material attributed"]


def test_an_upstream_that_is_missing_or_too_many_is_wrong():
    both = {"o", "p"}
    sources = [(both, both), (both, {*both, "U1"}), (both, {"o"}), (both, set()), ({"o"}, {"o"})]
    assert _exactly(sources, 2) == 0.25
    assert _exactly(sources, 1) == 1.0
