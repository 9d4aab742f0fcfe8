"""Sets of real articles: one event told twice, credited agencies, the five seeds; and sets that no suite knows."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import floors
import polars as pl
from blind import Record, Timed, traced
from reliability import claims
from rows import Findings, Row, cost, pair_floor, ratio, run_blind
from sentence_links import overlaps
from unit_gold import Span, UnitGold, read_labels
from unseen import in_unseen_language

from provtrace.results.evaluate import evaluate
from provtrace.results.evaluate.gold import Gold, Pair
from provtrace.results.evaluate.measures import (
    auc,
    pearson,
    score_sets,
)
from provtrace.results.evaluate.quotations import quotation_figures
from provtrace.results.evaluate.read import read_gold
from provtrace.results.evaluate.scores import Figures
from provtrace.results.evaluate.wires import wire_figures
from provtrace.tables import TABLES

if TYPE_CHECKING:
    from provtrace import Settings


def same_event(folder: Path, settings: Settings) -> Findings:
    run = run_blind(folder, settings)
    figures, gold, name = run.evaluation.scores["same_event"], run.gold, folder.name
    cosines = floors.cosine_pairs(run.texts, floors.words)
    pairs = sorted(gold.ratings)
    likeness = [cosines.get(pair, 0.0) for pair in pairs]
    ratings = [gold.ratings[pair] for pair in pairs]
    called = {pair for pair in pairs if cosines.get(pair, 0.0) >= 0.4}
    default = "tf-idf cosine >= .4, RNewsflow's example"
    rows = [
        Row(
            name,
            "independent coverage called derived",
            figures["independent_called_derived"],
            ratio(len(called & gold.independent), len(gold.independent)),
            default,
        ),
        Row(name, "copies found", figures["copies_found"], ratio(len(called & gold.copies), len(gold.copies)), default),
        Row(
            name,
            "Pearson of shared text with same-story rating",
            figures["pearson"],
            pearson(likeness, [-rating for rating in ratings]),
            "tf-idf cosine",
            ".818 (SemEval-2022 task 8 winner, another and larger set, a model of sameness)",
        ),
        Row(
            name,
            "AUC of shared text for same story",
            figures["auc"],
            auc(likeness, [rating <= 2 for rating in ratings]),
            "tf-idf cosine",
        ),
        *_unseen(folder, settings),
        *cost(folder, run.timed),
    ]
    return Findings(rows)


def _unseen(folder: Path, settings: Settings) -> Iterator[Row]:
    """The same articles in a language that the encoder has never seen; the figures of the floor hardly change."""
    figures = run_blind(folder, settings, in_unseen_language).evaluation.scores["same_event"]
    yield Row(folder.name, "independent called derived, language unseen", figures["independent_called_derived"])
    yield Row(folder.name, "copies found, language unseen", figures["copies_found"])


def agency_credit(folder: Path, settings: Settings) -> Findings:
    run = run_blind(folder, settings)
    figures, gold, name = run.evaluation.scores["credits"], run.gold, folder.name
    named = {(article, agency) for article, text in run.texts.items() for agency in floors.named_agencies(text)}
    right = {(article, agency) for article, agencies in gold.agencies.items() for agency in agencies}
    f1 = score_sets(named, {(article, agency) for article, agency in right if agency}).f1
    crediting = score_sets({article for article, _ in named}, {article for article, _ in right}).f1
    anywhere = "agency names anywhere in the text"
    rows = [
        Row(name, "source agencies F1", figures["f1"], f1, anywhere),
        Row(name, "source agencies F1, unidentified count", figures["f1_all"], score_sets(named, right).f1, anywhere),
        Row(name, "has a credit F1", figures["has_credit_f1"], crediting, anywhere),
        Row(name, "mentions F1, exact span", figures["mention_f1_strict"]),
        Row(name, "mentions F1, overlapping span", figures["mention_f1_lax"]),
        *cost(folder, run.timed),
    ]
    return Findings(rows)


def general(folder: Path, settings: Settings) -> Findings:
    """Every figure of the evaluation: for sets that no suite knows."""
    run = run_blind(folder, settings)
    floor = pair_floor(floors.cosine_pairs(run.texts, floors.anchors), run.gold) if run.gold.positives else None
    shared = "shared numbers and Latin-script names, best threshold"
    rows = [
        Row(
            folder.name, f"{part} {name}", value, *((floor, shared) if (part, name) == ("document_pairs", "f1") else ())
        )
        for part, figures in run.evaluation.scores.items()
        for name, value in figures.items()
    ]
    claimed = claims(folder.name, run.timed.provenance, run.gold, run.units)
    return Findings([*rows, *cost(folder, run.timed)], claimed=claimed)


# --- the five seeds ---------------------------------------------------------------------------------


def seeds(folder: Path, settings: Settings) -> Findings:
    timed = traced(folder / "*.txt", settings)
    scores, name = evaluate(timed.provenance, folder / "gold.json").scores, folder.name
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))}
    gold = read_gold(folder / "gold.json", list(texts))
    alike = {pair for pair, value in floors.shingle_pairs(texts, 3).items() if value >= 0.1}
    verdicts = sum(("co_derived" if pair in alike else "same_event") in kinds for pair, kinds in gold.relations.items())
    called = {
        article: "credited" if floors.named_agencies(text) else "no_credit_found" for article, text in texts.items()
    }
    audit = sum(called[article] == verdict for article, verdict in gold.verdicts.items())
    jaccard, earlier = "word-3 Jaccard >= .1: common source", "word-3 Jaccard >= .1: the earlier is the source"
    runs = [_whole_process(folder) for _ in range(2)]
    units = read_labels(folder / "gold.json")
    rows = [
        Row(name, "pair verdicts right, of 10", scores["relations"]["right"], verdicts, jaccard),
        Row(name, "derivations between articles, none true", scores["derivations"]["called"], len(alike), earlier),
        Row(name, "audit verdicts right, of 5", scores["audit"]["right"], audit, "an agency is named: credited"),
        Row(name, "upstreams found, 1 true", scores["upstreams"]["called"]),
        Row(name, "upstream witnesses F1", scores["upstreams"]["witness_f1"]),
        *_statements(name, scores["upstream_units"], _floor_statements(texts, gold)),
        Row(name, "sentence origins F1", scores["origins"]["f1"]),
        Row(name, "sentence kinds right", scores["origins"]["kind_accuracy"]),
        *_sentences(folder, timed, gold, units),
        *_quotes(name, scores["quotes"], quotation_figures(floors.exact_quotes(texts), gold)),
        Row(name, "whole process, first run, s", runs[0]),
        Row(name, "whole process, later run, s", runs[1]),
    ]
    return Findings(rows, claimed=claims(name, timed.provenance, gold, units))


def _quotes(name: str, ours: Figures, floor: Figures) -> Iterator[Row]:
    """Wordings of utterances that stand in several places, and what nobody said."""
    exact = "all in quotation marks; one utterance where the words are the same"
    terms, given = ours["not_quotes"], ours["speakers_given"]
    yield Row(name, "quotations of one utterance, B-cubed F1", ours["b3_f1"], floor["b3_f1"], exact)
    yield Row(name, "quotations of one utterance, pairs F1", ours["pair_f1"], floor["pair_f1"], exact)
    yield Row(
        name, f"terms taken for quotations, of {terms}", ours["not_quotes_taken"], floor["not_quotes_taken"], exact
    )
    yield Row(name, f"speakers right, of {given} named for {ours['quotations']} quotations", ours["speakers_right"])


def _statements(name: str, ours: Figures, floor: Figures) -> Iterator[Row]:
    """The missing wire put together again: what of it, in which order, and from whom."""
    what = "told the witnesses; sentences with most numbers and names in common, mutually, joined whatever joins them"
    shown = f"missing wire: statements with two right witnesses, of {ours['gold']}"
    yield Row(name, shown, ours["found"], floor["found"], what)
    yield Row(name, "missing wire: their order, Kendall tau", ours["tau"], floor["tau"], what)
    yield Row(name, "missing wire: units that mix two statements", ours["mixed"], floor["mixed"], what)
    yield Row(name, "missing wire: witnesses that are none", ours["strangers"])


def _floor_statements(texts: Mapping[str, str], gold: Gold) -> Figures:
    """The same figures for `floors.statements` of the gold's witnesses, in the order of the first that has each."""
    (upstream,) = gold.upstreams
    cut = {name: floors.spans(texts[name]) for name in sorted(upstream.witnesses)}
    units = floors.statements({name: [texts[name][a:b] for a, b in spans] for name, spans in cut.items()})
    rows = [("U", number, name, i, 1.0) for number, unit in enumerate(units) for name, i in sorted(unit)]
    sentences = [(name, i, a, b, "en", "body", "") for name, spans in cut.items() for i, (a, b) in enumerate(spans)]
    tables = {
        "upstreams": [("U", None, None, None, None, 1.0, sorted(upstream.witnesses))],
        "upstream_units": rows,
        "sentences": sentences,
    }
    frames = {table: pl.DataFrame(made, schema=TABLES[table], orient="row") for table, made in tables.items()}
    return wire_figures(frames, gold, {"U": upstream.name})


def _sentences(folder: Path, timed: Timed, gold: Gold, lines: UnitGold) -> Iterator[Row]:
    """Aligned units of the co-derived pairs, and pairs of sentences that only look alike: any unit, and likely ones."""
    content = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
    negatives = list(_negatives(content))
    least = timed.provenance.settings.min_probability
    every = timed.provenance.tables["alignments"].to_dicts()
    likely = [unit for unit in every if unit["probability"] >= least]
    for units, which in ((every, ""), (likely, ", units of probability .5 or more")):
        precision, recall = _units_of_pairs(units, gold, lines)
        aligned = sum(any(_joins(unit, *ends) for unit in units) for ends in negatives)
        yield Row(folder.name, f"sentences of co-derived pairs precision{which}", precision)
        yield Row(folder.name, f"sentences of co-derived pairs recall{which}", recall)
        yield Row(folder.name, f"hard negatives aligned, of {len(negatives)}{which}", aligned)


def _units_of_pairs(units: Sequence[Record], gold: Gold, lines: UnitGold) -> tuple[float, float]:
    """Share of the judged units that hold, and of the lines that two articles render those that a unit joins."""
    pairs = [pair for pair, kinds in gold.relations.items() if "co_derived" in kinds]
    judged = found = right = wanted = 0
    for pair in pairs:
        ours = [unit for unit in units if (unit["left_id"], unit["right_id"]) == pair]
        told = [holds for unit in ours if (holds := lines.holds(unit)) is not None]
        judged, right = judged + len(told), right + sum(told)
        for left, right_spans in _rendered(lines, pair):
            wanted += 1
            found += any(_joins(unit, (pair[0], a), (pair[1], b)) for unit in ours for a in left for b in right_spans)
    return ratio(right, judged), ratio(found, wanted)


def _rendered(lines: UnitGold, pair: Pair) -> Iterator[tuple[list[Span], list[Span]]]:
    """For every line that both articles render, where it stands in each."""
    sides = [lines.stretches[article] for article in pair]
    for line in sorted(
        {line for held in sides[0] for line in held.lines} & {x for held in sides[1] for x in held.lines}
    ):
        left, right = ([held.span for held in side if line in held.lines] for side in sides)
        yield left, right


def _negatives(content: Record) -> Iterator[tuple[tuple[str, Span], tuple[str, Span]]]:
    """Pairs of sentences that tell of one fact and have no common source, each as an article and a place in it."""
    places = {
        line["id"]: (Path(doc["file"]).stem, (line["start"], line["start"] + len(line["text"])))
        for doc in content["documents"]
        for line in doc["sentences"]
    }
    for pair in content["negative_sentence_pairs"]:
        left, right = sorted((places[pair["a"]], places[pair["b"]]))
        yield left, right


def _joins(unit: Record, left: tuple[str, Span], right: tuple[str, Span]) -> bool:
    """Whether a unit aligns two places."""
    return all(
        unit[f"{side}_id"] == article and overlaps((unit[f"{side}_start"], unit[f"{side}_end"]), span)
        for side, (article, span) in (("left", left), ("right", right))
    )


def _whole_process(folder: Path) -> float:
    """Seconds from start to end of the command line's main job, files written.

    Raises:
        RuntimeError: it failed; with the end of what it said.
    """
    files = sorted(map(str, folder.glob("*.txt")))
    start = "from provtrace.cli import main; main()"
    with tempfile.TemporaryDirectory() as scratch:
        began = time.perf_counter()
        command = [sys.executable, "-c", start, "trace", *files, "--out", str(Path(scratch) / "run")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"provtrace trace ended with {done.returncode}: {done.stderr[-500:]}")
    return seconds
