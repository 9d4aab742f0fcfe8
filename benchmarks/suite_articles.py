"""Sets of real articles: one event told twice, credited agencies, and the five seeds."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import floors
from blind import traced
from rows import Row, cost, ratio, run_blind

from provtrace.results.evaluate import evaluate
from provtrace.results.evaluate.gold import read_gold
from provtrace.results.evaluate.measures import (
    auc,
    pearson,
    score_sets,
)

if TYPE_CHECKING:
    from provtrace import Settings


def same_event(folder: Path, settings: Settings) -> list[Row]:
    timed, evaluation, gold, texts = run_blind(folder, settings)
    figures, name = evaluation.scores["same_event"], folder.name
    cosines = floors.cosine_pairs(texts, floors.words)
    pairs = sorted(gold.ratings)
    likeness = [cosines.get(pair, 0.0) for pair in pairs]
    ratings = [gold.ratings[pair] for pair in pairs]
    called = {pair for pair in pairs if cosines.get(pair, 0.0) >= 0.4}
    default = "tf-idf cosine >= .4, RNewsflow's example"
    return [
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
        *cost(folder, timed),
    ]


def agency_credit(folder: Path, settings: Settings) -> list[Row]:
    timed, evaluation, gold, texts = run_blind(folder, settings)
    figures, name = evaluation.scores["credits"], folder.name
    named = {(article, agency) for article, text in texts.items() for agency in floors.named_agencies(text)}
    right = {(article, agency) for article, agencies in gold.agencies.items() for agency in agencies}
    f1 = score_sets(named, {(article, agency) for article, agency in right if agency}).f1
    crediting = score_sets({article for article, _ in named}, {article for article, _ in right}).f1
    anywhere = "agency names anywhere in the text"
    return [
        Row(name, "source agencies F1", figures["f1"], f1, anywhere),
        Row(name, "source agencies F1, unidentified count", figures["f1_all"], score_sets(named, right).f1, anywhere),
        Row(name, "has a credit F1", figures["has_credit_f1"], crediting, anywhere),
        Row(name, "mentions F1, exact span", figures["mention_f1_strict"]),
        Row(name, "mentions F1, overlapping span", figures["mention_f1_lax"]),
        *cost(folder, timed),
    ]


# --- the five seeds ---------------------------------------------------------------------------------


def seeds(folder: Path, settings: Settings) -> list[Row]:
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
    return [
        Row(name, "pair verdicts right, of 10", scores["relations"]["right"], verdicts, jaccard),
        Row(name, "derivations between articles, none true", scores["derivations"]["called"], len(alike), earlier),
        Row(name, "audit verdicts right, of 5", scores["audit"]["right"], audit, "an agency is named: credited"),
        Row(name, "upstreams found, 1 true", scores["upstreams"]["called"]),
        Row(name, "upstream witnesses F1", scores["upstreams"]["witness_f1"]),
        Row(name, "sentence origins F1", scores["origins"]["f1"]),
        Row(name, "sentence kinds right", scores["origins"]["kind_accuracy"]),
        Row(name, "whole process, first run, s", runs[0]),
        Row(name, "whole process, later run, s", runs[1]),
    ]


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
