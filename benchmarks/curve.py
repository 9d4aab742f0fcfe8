"""The speed benchmark as a picture."""

from __future__ import annotations

from collections.abc import Sequence

from picture import Panel, picture
from table import Result


def drawn(results: Sequence[Result], growth: Sequence[Result]) -> str:
    """What was found against how fast, and, where it was measured, growth of time and memory."""
    panels = [_found(results)]
    if growth:
        panels.append(_grown("CPU-seconds", growth, "cold_cpu", logarithmic=True))
        panels.append(_grown("peak memory, MiB", growth, "peak_mib", logarithmic=False))
    return picture(panels)


def _found(results: Sequence[Result]) -> Panel:
    series = {}
    for row in results:
        recall = row.worth.recall["all"] if row.worth and not row.note else None
        seconds = row.cost.warm_cpu or row.cost.cold_cpu
        if recall is not None and seconds and row.contender.job in ("clusters", "pairs"):
            name = f"{row.contender.name}, {row.contender.job}, {row.trial.name}"
            series[name] = [(row.trial.documents / seconds, recall)]
    return Panel("related pairs found", "documents per CPU-second", series, (True, False), joined=False)


def _grown(title: str, growth: Sequence[Result], figure: str, *, logarithmic: bool) -> Panel:
    series: dict[str, list[tuple[float, float]]] = {}
    for row in growth:
        if not row.note and not row.cost.error:
            name = f"{row.contender.name}, {row.contender.job}"
            series.setdefault(name, []).append((row.trial.documents, getattr(row.cost, figure)))
    return Panel(title, "documents", series, (logarithmic, logarithmic))
