"""Results of the speed benchmark as tables and JSON, with the ratios that we aim at."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import layout
from contenders import Contender
from measure import Cost
from truth import BANDS, Trial, Worth

from provtrace.settings import Settings

PACKAGES = ("provtrace", "numpy", "numba", "polars", "datasketch", "xxhash", "rensa", "gaoya", "daft", "FastSketchLSH")

# Measured before this benchmark was written, on another two-core machine with older versions: 40,000 documents of the
# make of reuse_synth_dev, 107.8 MB. MB per CPU-second of raw text to signatures; CPU-seconds of raw text to clusters.
EARLIER = {
    ("signatures", "datasketch"): "3.0 MB/CPU-s",
    ("signatures", "datasketch, xxh32"): "5.6 MB/CPU-s",
    ("signatures", "rensa"): "10.8 MB/CPU-s",
    ("signatures", "gaoya"): "20.6 MB/CPU-s",
    ("signatures", "daft"): "44 MB/CPU-s",
    ("signatures", "FastSketchLSH"): "10.4 MB/CPU-s",
    ("clusters", "datasketch"): "51.8 CPU-s",
    ("clusters", "rensa"): "11.7 CPU-s",
    ("clusters", "gaoya"): "10.7 CPU-s",
    ("clusters", "daft"): "3.2 CPU-s",
    ("clusters", "FastSketchLSH"): "12.6 CPU-s",
}
# What we aim at: (job, peer, figure compared) to the least ratio.
AIMS = {
    ("signatures", "datasketch", "warm_cpu"): 60.0,
    ("signatures", "rensa", "warm_cpu"): 15.0,
    ("clusters", "datasketch", "cold_cpu"): 40.0,
    ("clusters", "rensa", "cold_cpu"): 8.0,
}
AIM_OF_CORES = 1.8


@dataclass(frozen=True)
class Result:
    """One row: what a contender took on a corpus, and what it found there."""

    trial: Trial
    contender: Contender
    cost: Cost
    cores: int = 1
    note: str = ""
    worth: Worth | None = None

    @property
    def name(self) -> str:
        """The contender, with what is special about the row."""
        cores = f"{self.cores} cores" if self.cores > 1 else ""
        return "; ".join(part for part in (self.contender.name, cores, self.note) if part)

    def rate(self, seconds: float | None) -> float | None:
        """MB a second; not for the command, whose corpus is another one."""
        return self.trial.megabytes / seconds if seconds and self.contender.job != "command" else None

    def plain(self) -> dict[str, Any]:
        """Everything, for JSON."""
        return {
            "corpus": self.trial.name,
            "documents": self.trial.documents,
            "megabytes": self.trial.megabytes,
            "job": self.contender.job,
            "contender": self.contender.name,
            "cores": self.cores,
            "note": self.note,
            **asdict(self.cost),
            "mb_per_cpu_second_cold": self.rate(self.cost.cold_cpu),
            "mb_per_cpu_second_warm": self.rate(self.cost.warm_cpu),
            "documents_per_second": _documents_a_second(self),
            **(asdict(self.worth) if self.worth else {}),
        }


@dataclass(frozen=True)
class Ratio:
    """How many times less we took than another."""

    corpus: str
    what: str
    value: float
    aim: float | None


@dataclass(frozen=True)
class Report:
    """Everything one call of the benchmark found."""

    machine: Mapping[str, str]
    results: Sequence[Result]
    growth: Sequence[Result]
    absent: Mapping[str, str]  # contender to the package that is not installed

    def lines(self, *, markdown: bool) -> Iterator[str]:
        """The report, to be printed."""
        lay_out = layout.markdown if markdown else layout.plain
        for name, value in self.machine.items():
            yield f"{'- ' if markdown else ''}{name}: {value}"
        for name, package in self.absent.items():
            yield f"{'- ' if markdown else ''}{name}: not run, {package} is not installed"
        for corpus, rows in _by_corpus(self.results):
            trial = rows[0].trial
            yield f"\n{corpus}: {trial.documents} documents, {trial.megabytes:.1f} MB\n"
            yield from lay_out([_HEADINGS, *map(_cells, rows)])
        if self.ratios():
            yield "\nTimes less than\n"
            yield from lay_out([("corpus", "what", "times", "aim"), *map(_ratio_cells, self.ratios())])
        if self.growth:
            yield "\nGrowth, cold\n"
            yield from lay_out([_GROWTH_HEADINGS, *map(_growth_cells, self.growth)])
            yield from ("", *(f"{what}: exponent {value:.2f}" for what, value in self.exponents().items()))

    def ratios(self) -> list[Ratio]:
        """Ours against each peer at the same job on the same corpus, and all cores against one."""
        return [ratio for _, rows in _by_corpus(self.results) for ratio in (*_peers(rows), *_cores(rows))]

    def exponents(self) -> dict[str, float]:
        """Of the corpus size, between its two largest: 1 is linear. Smaller ones tell more of imports."""
        found = {}
        for name in dict.fromkeys((row.contender.job, row.contender.name) for row in self.growth if not row.note):
            rows = [
                row
                for row in self.growth
                if (row.contender.job, row.contender.name) == name and not row.note and not row.cost.error
            ]
            if len(rows) > 1:
                smaller, larger = sorted(rows, key=lambda row: row.trial.documents)[-2:]
                times = math.log(larger.trial.documents / smaller.trial.documents)
                for figure, label in (("cold_cpu", "CPU-seconds"), ("peak_mib", "peak memory")):
                    grown = getattr(larger.cost, figure) / getattr(smaller.cost, figure)
                    found[f"{name[1]}, {name[0]}, {label}"] = math.log(grown) / times
        return found

    def json(self) -> str:
        """Everything as a JSON object."""
        content = {
            "machine": dict(self.machine),
            "absent": dict(self.absent),
            "results": [row.plain() for row in self.results],
            "ratios": [asdict(ratio) for ratio in self.ratios()],
            "growth": [row.plain() for row in self.growth],
            "exponents": self.exponents(),
        }
        return json.dumps(content, indent=1) + "\n"


def machine() -> dict[str, str]:
    """Where and with what this was measured."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        "versions": ", ".join(f"{name} {found}" for name in PACKAGES if (found := _version(name))),
        "settings": Settings().signature(),
    }


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text(encoding="utf-8").splitlines() if known.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


# --- ratios -----------------------------------------------------------------------------------------


def _peers(rows: Sequence[Result]) -> Iterator[Ratio]:
    for row in rows:
        job, peer = row.contender.job, row.contender.name
        ours = _whole(rows, job, "provtrace")
        if ours is None or row.contender.package == "provtrace" or row.note or row.cost.error:
            continue
        for figure, label in (("cold_cpu", "cold"), ("warm_cpu", "warm")):
            value = getattr(row.cost, figure) / getattr(ours.cost, figure)
            yield Ratio(row.trial.name, f"{peer}, {job}, CPU-seconds {label}", value, AIMS.get((job, peer, figure)))


def _cores(rows: Sequence[Result]) -> Iterator[Ratio]:
    for row in rows:
        one = _whole(rows, row.contender.job, row.contender.name)
        if row.cores > 1 and one and row.cost.warm_wall and one.cost.warm_wall:
            aim = AIM_OF_CORES if row.contender.job != "command" else None
            what = f"one core, {row.contender.name}, {row.contender.job}, seconds warm on {row.cores}"
            yield Ratio(row.trial.name, what, one.cost.warm_wall / row.cost.warm_wall, aim)


def _whole(rows: Sequence[Result], job: str, name: str) -> Result | None:
    """Its row on one core, everything loaded, unless it failed."""
    return next(
        (
            row
            for row in rows
            if (row.contender.job, row.contender.name, row.cores, row.note) == (job, name, 1, "") and not row.cost.error
        ),
        None,
    )


def _by_corpus(rows: Sequence[Result]) -> Iterator[tuple[str, list[Result]]]:
    for corpus in dict.fromkeys(row.trial.name for row in rows):
        yield corpus, [row for row in rows if row.trial.name == corpus]


# --- cells ------------------------------------------------------------------------------------------

_FOUND_HEADINGS = (
    *(f"recall {band}" for band in BANDS),
    "precision",
    "less sharers",
    "RMSE",
    "bias",
)
_HEADINGS = (
    "job",
    "contender",
    "documents/s",
    "MB/CPU-s cold",
    "MB/CPU-s warm",
    "CPU-s cold",
    "CPU-s warm",
    "peak MiB",
    *_FOUND_HEADINGS,
    "remarks",
)
_GROWTH_HEADINGS = (
    "documents",
    "job",
    "contender",
    "CPU-s",
    "seconds",
    "peak MiB",
    "texts MiB",
    *_FOUND_HEADINGS,
    "remarks",
)


def _cells(row: Result) -> layout.Cells:
    cost, contender = row.cost, row.contender
    if cost.error:
        return (contender.job, row.name, *[""] * (len(_HEADINGS) - 3), f"failed: {cost.error}")
    return (
        contender.job,
        row.name,
        _figure(_documents_a_second(row), 0),
        _rate(row.rate(cost.cold_cpu)),
        _rate(row.rate(cost.warm_cpu)),
        _figure(cost.cold_cpu, 2),
        _figure(cost.warm_cpu, 2),
        _figure(cost.peak_mib, 0),
        *_found_cells(row.worth),
        f"earlier: {EARLIER[known]}" if (known := (contender.job, row.name)) in EARLIER else "",
    )


def _documents_a_second(row: Result) -> float | None:
    """By the clock on the wall, warm where there was a second call."""
    seconds = row.cost.warm_wall or row.cost.cold_wall
    return row.trial.documents / seconds if seconds and row.contender.job != "command" else None


def _growth_cells(row: Result) -> layout.Cells:
    cost = row.cost
    head = (str(row.trial.documents), row.contender.job, row.name)
    if cost.error:
        return (*head, *[""] * (len(_GROWTH_HEADINGS) - 4), f"failed: {cost.error}")
    figures = (
        _figure(cost.cold_cpu, 1),
        _figure(cost.cold_wall, 1),
        *(f"{cost.peak_mib:.0f}", f"{cost.before_mib:.0f}"),
    )
    return (*head, *figures, *_found_cells(row.worth), "")


def _found_cells(worth: Worth | None) -> layout.Cells:
    if worth is None:
        return [""] * len(_FOUND_HEADINGS)
    figures = (*(worth.recall[band] for band in BANDS), worth.precision, worth.precision_fair)
    return [*(_figure(figure, 3) for figure in figures), _figure(worth.rmse, 4), _figure(worth.bias, 4)]


def _ratio_cells(ratio: Ratio) -> layout.Cells:
    return (ratio.corpus, ratio.what, _figure(ratio.value, 2), _figure(ratio.aim, 1))


def _figure(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
