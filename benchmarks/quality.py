"""The quality benchmark: ``python benchmarks/quality.py DATA [--only SET ...] [--markdown] [--json FILE]``.

Every known set under DATA is run in a process of its own and scored beside a floor, simple code without a model that
is computed in the same run, and beside published figures where there are any. A set that fails is reported, the
others go on, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

from rows import Row, general
from suite_articles import agency_credit, same_event, seeds
from suite_reuse import reprint_synth, reuse_synth
from suite_sentences import msrp, sentalign, sts
from suite_translations import wmt_composite, wmt_derivation

from provtrace.settings import Settings

Suite = Callable[[Path, Settings], list[Row]]

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
HEADINGS = ("set", "measure", "provtrace", "floor", "the floor is", "published")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    settings = Settings(encoder=options.encoder) if options.encoder else Settings()
    chosen = list(_chosen(options.data, options.only))
    if not chosen:
        print(f"no known set under {options.data}; known names begin with {', '.join(SUITES)}", file=sys.stderr)
        return 2
    rows: list[Row] = []
    failed: dict[str, str] = {}
    for folder, suite in chosen:
        print(f"{folder.name} ...", file=sys.stderr, flush=True)
        outcome = _isolated(suite, folder, settings)
        if isinstance(outcome, str):
            failed[folder.name] = outcome
            print(f"{folder.name} failed:\n{outcome}", file=sys.stderr)
        else:
            rows += outcome
    print("\n".join(_markdown(rows) if options.markdown else _plain(rows)))
    print(f"\nsettings {settings.signature()}")
    for name, problem in failed.items():
        print(f"failed: {name}: {problem.strip().splitlines()[-1]}")
    if options.json:
        _write(options.json, rows, failed, settings)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Score provtrace on sets with gold labels, beside simple floors.")
    parser.add_argument("data", type=Path, metavar="DATA", help="folder with one folder per set, or one set")
    parser.add_argument("--only", nargs="+", metavar="SET", help="names, or beginnings of names, of sets")
    parser.add_argument("--encoder", help="as Settings.encoder")
    parser.add_argument("--markdown", action="store_true", help="print the table for the documentation")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything as JSON")
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


def _isolated(suite: Suite, folder: Path, settings: Settings) -> list[Row] | str:
    """The rows, or what went wrong. A process of its own: its peak memory is its own, and its end ends nothing."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(_guarded, suite, folder, settings).result()
        except BrokenProcessPool as error:
            return f"its process ended abruptly, perhaps for lack of memory: {error}"


def _guarded(suite: Suite, folder: Path, settings: Settings) -> list[Row] | str:
    try:
        return suite(folder, settings)
    except Exception:  # noqa: BLE001 (a set that fails must not take the others with it)
        return traceback.format_exc()


# --- the table --------------------------------------------------------------------------------------


def _cells(row: Row) -> tuple[str, ...]:
    floor = "" if row.floor is None else _figure(row.floor)
    return (row.set, row.measure, _figure(row.ours), floor, row.floor_is, row.published)


def _figure(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return "-"
    return f"{value:.3f}" if abs(value) <= 1 else f"{value:.1f}"


def _plain(rows: Sequence[Row]) -> list[str]:
    table = [HEADINGS, *map(_cells, rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]


def _markdown(rows: Sequence[Row]) -> list[str]:
    lines = [HEADINGS, ("---", "---", "---:", "---:", "---", "---"), *map(_cells, rows)]
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines]


def _write(target: Path, rows: Sequence[Row], failed: dict[str, str], settings: Settings) -> None:
    lines = [
        {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in asdict(row).items()}
        for row in rows
    ]
    content = {"settings": settings.signature(), "rows": lines, "failed": failed}
    target.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
