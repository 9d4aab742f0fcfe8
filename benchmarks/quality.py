"""The quality benchmark: ``python benchmarks/quality.py DATA [--only SET ...] [--markdown] [--json FILE]``.

Every known set under DATA is run in a process of its own and scored beside a floor, simple code without a model that
is computed in the same run, and beside published figures where there are any. Further tables say the same by language
pair, how well probabilities fit, and what other tools reach where they are installed. A set that fails is reported,
the others go on, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from quality_tables import as_json, tables
from reliability import drawn
from rows import Findings
from suite_articles import agency_credit, general, same_event, seeds
from suite_reuse import reprint_synth, reuse_synth
from suite_sentences import msrp, sentalign, sts
from suite_translations import wmt_composite, wmt_derivation

from provtrace.settings import Settings

Suite = Callable[[Path, Settings], Findings]

# By the beginning of the folder's name, so that other languages and years of one make run through the same code.
SUITES: dict[str, Suite] = {
    "seeds": seeds,
    "wmt_derivation": wmt_derivation,
    "wmt_composite": wmt_composite,
    "reprint_synth": reprint_synth,
    "reuse_synth": reuse_synth,
    "same_event": same_event,
    "agency_credit": agency_credit,
    "sentalign": sentalign,
    "msrp": msrp,
    "sts": sts,
}
PLOT = "reliability.svg"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    settings = Settings(encoder=options.encoder) if options.encoder else Settings()
    chosen = list(_chosen(options.data, options.only))
    if not chosen:
        print(f"no known set under {options.data}; known names begin with {', '.join(SUITES)}", file=sys.stderr)
        return 2
    findings = Findings()
    failed: dict[str, str] = {}
    for folder, suite in chosen:
        print(f"{folder.name} ...", file=sys.stderr, flush=True)
        outcome = _isolated(suite, folder, settings)
        if isinstance(outcome, str):
            failed[folder.name] = outcome
            print(f"{folder.name} failed:\n{outcome}", file=sys.stderr)
        else:
            findings.add(outcome)
    _report(findings, failed, settings, options)
    return 1 if failed else 0


def _report(findings: Findings, failed: Mapping[str, str], settings: Settings, options: argparse.Namespace) -> None:
    for table in tables(findings):
        print("\n".join(table.lines(settings.signature(), markdown=options.markdown)))
    for tool, problem in findings.absent.items():
        print(f"not run: {tool}: {problem}")
    for name, problem in failed.items():
        print(f"failed: {name}: {problem.strip().splitlines()[-1]}")
    if options.json:
        options.json.write_text(as_json(findings, failed, settings.signature()), encoding="utf-8")
    if options.plots:
        options.plots.mkdir(parents=True, exist_ok=True)
        (options.plots / PLOT).write_text(drawn(findings.claimed), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Score provtrace on sets with gold labels, beside simple floors.")
    parser.add_argument("data", type=Path, metavar="DATA", help="folder with one folder per set, or one set")
    parser.add_argument("--only", nargs="+", metavar="SET", help="names, or beginnings of names, of sets")
    parser.add_argument("--encoder", help="as Settings.encoder")
    parser.add_argument("--markdown", action="store_true", help="print the tables for the documentation")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything as JSON")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help=f"also write {PLOT} into it")
    return parser


def _chosen(data: Path, only: Sequence[str] | None) -> Iterator[tuple[Path, Suite]]:
    folders = [data.resolve()] if _suite(data.resolve()) else sorted(path for path in data.iterdir() if path.is_dir())
    for folder in folders:
        suite = _suite(folder)
        if suite and (not only or folder.name.startswith(tuple(only))):
            yield folder, suite


def _suite(folder: Path) -> Suite | None:
    """By its name, or else, where it holds articles with gold pairs, every figure that `evaluate` gives."""
    holds = (folder / "documents.jsonl").exists() and (folder / "pairs.jsonl").exists()
    return next(
        (suite for prefix, suite in SUITES.items() if folder.name.startswith(prefix)), general if holds else None
    )


def _isolated(suite: Suite, folder: Path, settings: Settings) -> Findings | str:
    """The findings, or what went wrong. A process of its own: its peak memory is its own, and its end ends nothing."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(_guarded, suite, folder, settings).result()
        except BrokenProcessPool as error:
            return f"its process ended abruptly, perhaps for lack of memory: {error}"


def _guarded(suite: Suite, folder: Path, settings: Settings) -> Findings | str:
    try:
        return suite(folder, settings)
    except Exception:  # noqa: BLE001 (a set that fails must not take the others with it)
        return traceback.format_exc()


if __name__ == "__main__":
    sys.exit(main())
