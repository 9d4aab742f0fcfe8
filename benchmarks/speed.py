"""The speed benchmark: ``python benchmarks/speed.py [DATA] [--documents N] [--scaling] [--lengths] [--json F]``.

Raw text to signatures, to clusters and to candidate pairs, ours and of every other library that is installed, on the
same corpora; what was found stands beside what it cost. Each job runs in a process of its own on one core, contenders
in turn, and the middle of `--repeats` rounds is shown. Corpora are the sets of planted reuse under DATA, and made-up
articles (`generator.py`) where there are none or `--documents` asks for them. Nothing is installed or fetched.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import lengths
import numpy as np
import table
from contenders import JOBS, Contender, contenders
from measure import Cost, measured, median
from truth import Trial, prepare, worth

DOCUMENTS = 10_000
SIZES = (10_000, 30_000, 100_000)
SHORT = 20.0  # seconds; what takes longer is not repeated
UNCOMPILED = "nothing compiled"


@dataclass(frozen=True)
class Bench:
    """Where and how everything is run."""

    scratch: Path
    repeats: int
    limit: float

    def cache(self, contender: Contender) -> Path:
        """Where numba keeps what it compiles for one contender: not there at first."""
        return self.found(contender) / "compiled"

    def run(self, contender: Contender, trial: Trial, cores: int = 1, warm: bool = True) -> Cost:
        """One run; says on stderr what is running."""
        print(f"{trial.name}: {contender.job}, {contender.name} ...", file=sys.stderr, flush=True)
        folder, cache = self.found(contender), self.cache(contender)
        return measured(contender, trial.source, folder, cores=cores, warm=warm, limit=self.limit, cache=cache)

    def found(self, contender: Contender) -> Path:
        """Where its last run left what it found."""
        return self.scratch / contender.job / contender.name


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    chosen = [one for one in contenders() if _wanted(one, options)]
    there, absent = [one for one in chosen if not one.missing], [one for one in chosen if one.missing]
    folders = _sets(options.data) if options.data else []
    if options.data and not folders:
        print(f"no set of planted reuse (corpus.parquet) under {options.data}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch), options.repeats, options.limit)
        results = [
            result
            for trial in _trials(folders, options, bench.scratch)
            for result in _compared(bench, trial, there, options.jobs)
        ]
        growth = list(_scaled(bench, options.sizes, there)) if options.scaling else []
    pairs = list(lengths.pair_costs(options.lengths or lengths.LENGTHS)) if options.lengths is not None else []
    encode = lengths.encode_costs() if pairs else {}
    report = table.Report(
        table.machine(), results, growth, {one.name: one.package for one in absent}, pairs=pairs, encode=encode
    )
    print("\n".join(report.lines(markdown=options.markdown)))
    if options.json:
        options.json.write_text(report.json(), encoding="utf-8")
    if options.plot:
        from curve import drawn

        options.plot.write_text(drawn(results, growth, pairs), encoding="utf-8")
    return 1 if any(result.cost.error for result in [*results, *growth]) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure provtrace beside other MinHash libraries.")
    parser.add_argument("data", type=Path, nargs="?", metavar="DATA", help="folder with sets of planted reuse, or one")
    parser.add_argument("--documents", type=int, metavar="N", help=f"made-up articles (without DATA: {DOCUMENTS})")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="names, or beginnings of names, of contenders")
    parser.add_argument("--jobs", nargs="*", choices=JOBS, default=JOBS, help="jobs to run (default: all)")
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="rounds, where a run is short (default: 3)")
    parser.add_argument("--limit", type=float, default=600, metavar="S", help="seconds for one run (default: 600)")
    parser.add_argument("--scaling", action="store_true", help="also run ours on corpora of growing size")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="for --scaling")
    parser.add_argument(
        "--lengths", type=int, nargs="*", metavar="N", help="also the cost of a pair of articles of N sentences"
    )
    parser.add_argument("--markdown", action="store_true", help="print the tables for the documentation")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything as JSON")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="also draw it, as SVG")
    return parser


def _wanted(contender: Contender, options: argparse.Namespace) -> bool:
    return contender.job in options.jobs and (not options.only or contender.name.startswith(tuple(options.only)))


def _sets(data: Path) -> list[Path]:
    folders = [data] if (data / "corpus.parquet").exists() else sorted(data.glob("*/"))
    return [folder.resolve() for folder in folders if (folder / "corpus.parquet").exists()]


def _trials(folders: Sequence[Path], options: argparse.Namespace, scratch: Path) -> Iterator[Trial]:
    source = scratch / "texts.jsonl"
    for folder in folders:
        yield prepare(folder, source, folder.name)
    if options.jobs and (options.documents or not folders):
        documents = options.documents or DOCUMENTS
        yield prepare(_generated(scratch, documents), source, f"generated {documents}")


def _generated(scratch: Path, documents: int) -> Path:
    """A folder with made-up articles; written by another process, for this one had better stay small."""
    folder = scratch / f"generated-{documents}"
    script = Path(__file__).with_name("generator.py")
    subprocess.run([sys.executable, script, folder, "--documents", str(documents)], check=True)
    return folder


# --- the comparison ---------------------------------------------------------------------------------


def _compared(
    bench: Bench, trial: Trial, taking_part: Sequence[Contender], jobs: Sequence[str]
) -> Iterator[table.Result]:
    """Job by job: ours before anything is compiled, everybody in turn, then ours on all cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for job in jobs:
        present = [one for one in taking_part if one.job == job]
        ours = [one for one in present if one.package == "provtrace"]
        for one in ours:
            if not bench.cache(one).exists():
                yield table.Result(trial, one, bench.run(one, trial, warm=False), note=UNCOMPILED)
        for one, cost in _in_turn(bench, trial, present).items():
            yield from _judged(bench, table.Result(trial, one, cost))
        for one, cost in _in_turn(bench, trial, ours, cores).items() if cores > 1 else ():
            yield table.Result(trial, one, cost, cores=cores)


def _in_turn(bench: Bench, trial: Trial, taking_part: Sequence[Contender], cores: int = 1) -> dict[Contender, Cost]:
    """The middle of several rounds; who is slow runs once."""
    costs: dict[Contender, list[Cost]] = {one: [] for one in taking_part}
    for _ in range(bench.repeats):
        for one, held in costs.items():
            if not held or _worth_repeating(held[-1]):
                held.append(bench.run(one, trial, cores))
    return {one: median(held) for one, held in costs.items()}


def _worth_repeating(cost: Cost) -> bool:
    return not cost.error and cost.cold_wall + (cost.warm_wall or 0.0) < SHORT


def _judged(bench: Bench, result: table.Result) -> Iterator[table.Result]:
    """The result with what it found is worth; where its pairs have scores, again for the best of them."""
    if result.cost.error or result.contender.job == "command":
        yield result
        return
    with np.load(bench.found(result.contender) / "found.npz") as found:
        for note, value in worth(dict(found), result.trial).items():
            yield table.Result(result.trial, result.contender, result.cost, note=note, worth=value)


# --- growth -----------------------------------------------------------------------------------------


def _scaled(bench: Bench, sizes: Sequence[int], taking_part: Sequence[Contender]) -> Iterator[table.Result]:
    """Ours, cold, on the first N articles of one generated corpus."""
    ours = [one for one in taking_part if one.package == "provtrace" and one.job in ("clusters", "pairs")]
    folder = _generated(bench.scratch, max(sizes))
    for size in sorted(sizes):
        trial = prepare(folder, bench.scratch / "texts.jsonl", f"generated {size}", size)
        for one in ours:
            yield from _judged(bench, table.Result(trial, one, bench.run(one, trial, warm=False)))


if __name__ == "__main__":
    sys.exit(main())
