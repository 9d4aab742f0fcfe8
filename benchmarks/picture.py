"""Panels of points and lines as SVG, written without a library."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, TOP, GAP = 420, 320, 62, 40, 210
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")  # Okabe and Ito

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """Points or lines over two axes, each logarithmic or from 0 on."""

    title: str
    across: str
    series: Mapping[str, Points]
    logarithmic: tuple[bool, bool]  # across, upward
    joined: bool = True


def picture(panels: Sequence[Panel]) -> str:
    """The panels beside each other."""
    width = len(panels) * (WIDTH + LEFT + GAP)
    parts = [part for place, panel in enumerate(panels) for part in _panel(panel, place * (WIDTH + LEFT + GAP) + LEFT)]
    size = f'width="{width}" height="{HEIGHT + TOP + 50}"'
    style = '<style>text{font:12px sans-serif}</style><rect width="100%" height="100%" fill="white"/>'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{style}', *parts, "</svg>"]) + "\n"


def _panel(panel: Panel, left: float) -> Iterator[str]:
    yield f'<text x="{left}" y="{TOP - 16}" font-weight="bold">{escape(panel.title)}</text>'
    yield f'<rect x="{left}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#888"/>'
    yield _text(left + WIDTH / 2, TOP + HEIGHT + 38, panel.across, "middle")
    points = [point for series in panel.series.values() for point in series]
    if not points:
        yield _text(left + WIDTH / 2, TOP + HEIGHT / 2, "nothing measured", "middle")
        return
    across = _Axis([x for x, _ in points], left, left + WIDTH, logarithmic=panel.logarithmic[0])
    upward = _Axis([y for _, y in points], TOP + HEIGHT, TOP, logarithmic=panel.logarithmic[1])
    for value in across.marks():
        yield _text(across.place(value), TOP + HEIGHT + 18, f"{value:g}", "middle")
    for value in upward.marks():
        yield _text(left - 6, upward.place(value) + 4, f"{value:g}", "end")
    for number, (name, series) in enumerate(panel.series.items()):
        colour = COLOURS[number % len(COLOURS)]
        placed = [(across.place(x), upward.place(y)) for x, y in sorted(series)]
        if panel.joined:
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
            yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
        dot = f'r="4" stroke="{colour}" fill="{colour if number < len(COLOURS) else "white"}"'
        row = TOP + 10 + 15 * number
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" {dot}/>' for x, y in [*placed, (left + WIDTH + 12, row - 4)])
        yield _text(left + WIDTH + 20, row, name, "start", size=10)


def _text(x: float, y: float, words: str, anchor: str, size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" style="font-size:{size}px">{escape(words)}</text>'


class _Axis:
    """Values to places between two ends; a linear axis begins at 0."""

    def __init__(self, values: Sequence[float], start: float, end: float, *, logarithmic: bool) -> None:
        self.logarithmic, self.start, self.end = logarithmic, start, end
        most = max(*values, 1e-9)
        least = min(*values, most) if logarithmic else 0.0
        if logarithmic:
            self.low, self.high = math.floor(math.log10(max(least, 1e-9))), math.ceil(math.log10(most))
        else:
            step = 10 ** math.floor(math.log10(most))
            self.low, self.high = 0, math.ceil(most / step) * step
        self.high = max(self.high, self.low + 1) if logarithmic else self.high

    def place(self, value: float) -> float:
        held = math.log10(max(value, 1e-9)) if self.logarithmic else value
        return self.start + (held - self.low) / (self.high - self.low) * (self.end - self.start)

    def marks(self) -> list[float]:
        if self.logarithmic:
            return [10.0**power for power in range(int(self.low), int(self.high) + 1)]
        return [self.high * part / 4 for part in range(5)]
