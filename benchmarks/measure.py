"""One contender at one job in a process of its own: what it took, cold and warm, and what it found.

Run as a script it is that process: ``measure.py JOB NAME SOURCE FOLDER --threshold T [--warm]``. Cold is the first
call of the process with all that it imports and loads. Warm is the third, since some compile or load in the second;
where calls are long it is the second. Texts are in memory before the clock runs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from blind import records
from contenders import THRESHOLDS, Contender, contenders

# Whatever a library calls its threads, it gets as many as it gets cores.
LONG = 10.0  # seconds
THREADS = ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON")


@dataclass(frozen=True)
class Cost:
    """What a process took.

    Attributes:
        cold_cpu: CPU-seconds of the first call, user and system, children included.
        cold_wall: seconds of the same.
        warm_cpu: of a later call; None where there was none.
        warm_wall: of the same.
        peak_mib: most memory of the process, or of its largest child.
        before_mib: memory with the texts in it, before the first call.
        error: what went wrong, in a line; the figures are then 0.
    """

    cold_cpu: float = 0.0
    cold_wall: float = 0.0
    warm_cpu: float | None = None
    warm_wall: float | None = None
    peak_mib: float = 0.0
    before_mib: float = 0.0
    error: str = ""


def median(costs: Sequence[Cost]) -> Cost:
    """Figure by figure."""
    if any(cost.error for cost in costs):
        return next(cost for cost in costs if cost.error)
    figures: dict[str, list[Any]] = {name: [getattr(cost, name) for cost in costs] for name in asdict(costs[0])}
    middle: dict[str, Any] = {name: _middle(held) for name, held in figures.items() if name != "error"}
    return Cost(**middle)


def _middle(figures: Sequence[Any]) -> float | None:
    return None if None in figures else statistics.median(figures)


def measured(
    contender: Contender, source: Path, folder: Path, *, cores: int, warm: bool, limit: float, cache: Path
) -> Cost:
    """Run one contender once on `cores` cores; arrays of what it found are left in ``folder/found.npz``.

    Args:
        contender: who, and at what.
        source: JSON lines of id, text and language.
        folder: for what it leaves behind.
        cores: how many it is held to, and how many threads it is told to use.
        warm: also call it again.
        limit: seconds after which it is stopped.
        cache: where numba keeps what it compiled.
    """
    for needed in (folder, cache):
        needed.mkdir(parents=True, exist_ok=True)
    for name in ("cost.json", "found.npz"):
        (folder / name).unlink(missing_ok=True)
    command = [sys.executable, __file__, contender.job, contender.name, str(source), str(folder)]
    command += ["--threshold", str(THRESHOLDS[contender.job]), *(["--warm"] if warm else [])]
    try:
        ended = subprocess.run(
            command,
            env=_environment(cores, cache),
            preexec_fn=partial(_held_to, cores),
            timeout=limit,
            capture_output=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Cost(error=f"stopped after {limit:g} s")
    if not (folder / "cost.json").exists():
        last = ended.stderr.decode(errors="replace").strip().splitlines()[-1:]
        return Cost(error=f"ended with {ended.returncode}: {''.join(last)}")
    return Cost(**json.loads((folder / "cost.json").read_text(encoding="utf-8")))


def _environment(cores: int, cache: Path) -> dict[str, str]:
    threads = {f"{library}_NUM_THREADS": str(cores) for library in THREADS}
    return {**os.environ, **threads, "POLARS_MAX_THREADS": str(cores), "NUMBA_CACHE_DIR": str(cache)}


def _held_to(cores: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


# --- inside the process -----------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure one contender.")
    parser.add_argument("job")
    parser.add_argument("name")
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threshold", type=float, required=True)
    parser.add_argument("--warm", action="store_true")
    options = parser.parse_args(arguments)
    (contender,) = (one for one in contenders() if (one.job, one.name) == (options.job, options.name))
    try:
        cost, found = _calls(contender, options.source, options.threshold, options.warm)
        arrays: dict[str, Any] = dict(contender.outcome(found, [one["id"] for one in records(options.source)]))
        np.savez(options.folder / "found.npz", **arrays)
    except Exception:  # noqa: BLE001 (whatever a library raises is shown in its row)
        cost = Cost(error=traceback.format_exc().strip().splitlines()[-1])
    (options.folder / "cost.json").write_text(json.dumps(asdict(cost)), encoding="utf-8")
    return 0


def _calls(contender: Contender, source: Path, threshold: float, warm: bool) -> tuple[Cost, Any]:
    given = contender.load(source)
    before = _peak_mib()
    found, *cold = _timed(lambda: contender.run(given, threshold))
    last: list[float | None] = [None, None]
    for _ in range((1 if cold[1] > LONG else 2) if warm else 0):
        del found
        found, *last = _timed(lambda: contender.run(given, threshold))
    return Cost(cold[0], cold[1], last[0], last[1], _peak_mib(), before), found


def _timed(call: Callable[[], Any]) -> tuple[Any, float, float]:
    cpu, wall = _cpu(), time.perf_counter()
    found = call()
    return found, _cpu() - cpu, time.perf_counter() - wall


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _peak_mib() -> float:
    """Linux hands the peak of the process that started this one down in `ru_maxrss`, so there its own is asked for."""
    status = Path("/proc/self/status")
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        own = int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
        return max(own, children) / 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(own, children) / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    sys.exit(main())
