"""The findings of the quality benchmark as tables and JSON. Every table ends with the settings of its figures."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import layout
from reliability import BINS, Bin, bins, pooled
from rows import Claimed, Compared, Findings, Row, Slice

from provtrace.results.evaluate.measures import brier, calibration_error


@dataclass(frozen=True)
class Table:
    """A head, lines of cells, and which columns are numbers."""

    title: str
    head: layout.Cells
    body: Sequence[layout.Cells]
    numbers: frozenset[int]

    def lines(self, signature: str, *, markdown: bool) -> list[str]:
        """The table with its title and the settings that its figures were made with."""
        cells = [self.head, *self.body]
        laid = layout.markdown(cells, self.numbers) if markdown else layout.plain(cells)
        return [f"{'### ' if markdown else ''}{self.title}", "", *laid, "", f"settings {signature}", ""]


def tables(findings: Findings) -> Iterator[Table]:
    """Those that have a line."""
    tools = list(dict.fromkeys(tool for line in findings.compared for tool in line.figures))
    sorts = pooled(findings.claimed)
    made = (
        Table("All sets", _HEAD, [_row(row) for row in findings.rows], frozenset({2, 3})),
        Table("By languages and kind", _SLICE_HEAD, [_slice(part) for part in findings.slices], frozenset({4, 5, 6})),
        Table(
            "Calibration",
            _CLAIM_HEAD,
            [_claimed(one) for one in findings.claimed],
            frozenset(range(2, len(_CLAIM_HEAD))),
        ),
        Table(
            "Reliability, all of these sets together: claimed, observed, (count)",
            ("claimed", *(sort.what for sort in sorts)),
            list(_reliability(sorts)),
            frozenset(range(1, 1 + len(sorts))),
        ),
        Table(
            "Beside other tools",
            ("set", "measure", *tools),
            [_compared(line, tools) for line in findings.compared],
            frozenset(range(2, 2 + len(tools))),
        ),
    )
    return (table for table in made if table.body)


def as_json(findings: Findings, failed: Mapping[str, str], signature: str) -> str:
    """Everything as a JSON object; figures that are not defined are null."""
    content = {
        "settings": signature,
        "rows": [asdict(row) for row in findings.rows],
        "by_languages": [asdict(part) for part in findings.slices],
        "calibration": [_plain_claimed(one) for one in findings.claimed],
        "other_tools": [asdict(line) for line in findings.compared],
        "absent": findings.absent,
        "failed": dict(failed),
    }
    return json.dumps(_defined(content), indent=1, ensure_ascii=False) + "\n"


def _defined(value: Any) -> Any:  # noqa: ANN401 (JSON)
    if isinstance(value, dict):
        return {key: _defined(held) for key, held in value.items()}
    if isinstance(value, list):
        return [_defined(held) for held in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _plain_claimed(claimed: Claimed) -> dict[str, Any]:
    return {
        "set": claimed.set,
        "what": claimed.what,
        "count": len(claimed.outcomes),
        "ece": calibration_error(claimed.probabilities, claimed.outcomes),
        "brier": brier(claimed.probabilities, claimed.outcomes),
        "bins": [asdict(part) if part else None for part in bins(claimed)],
    }


# --- cells ------------------------------------------------------------------------------------------

_HEAD = ("set", "measure", "provtrace", "floor", "the floor is", "published")
_SLICE_HEAD = ("set", "measure", "languages", "kind", "count", "provtrace", "floor")
_CLAIM_HEAD = ("set", "probabilities of", "judged", "mean", "hold", "ECE", "Brier")


def _row(row: Row) -> layout.Cells:
    return (row.set, row.measure, _figure(row.ours), _figure(row.floor), row.floor_is, row.published)


def _slice(part: Slice) -> layout.Cells:
    names = (part.set, part.measure, part.languages, part.kind.replace("_", " "))
    return (*names, str(part.count), _figure(part.ours), _figure(part.floor))


def _claimed(claimed: Claimed) -> layout.Cells:
    chances, held = claimed.probabilities, claimed.outcomes
    count = len(held)
    figures = (sum(chances) / count, sum(held) / count, calibration_error(chances, held), brier(chances, held))
    return (claimed.set, claimed.what, str(count), *map(_figure, figures))


def _reliability(sorts: Sequence[Claimed]) -> Iterator[layout.Cells]:
    columns = [bins(sort) for sort in sorts]
    for number in range(BINS if sorts else 0):
        yield (f"{number / BINS:.1f}-{(number + 1) / BINS:.1f}", *(_bin(column[number]) for column in columns))


def _bin(part: Bin | None) -> str:
    return f"{part.claimed:.2f}, {part.observed:.2f} ({part.count})" if part else ""


def _compared(line: Compared, tools: Sequence[str]) -> layout.Cells:
    return (line.set, line.measure, *(_figure(line.figures.get(tool)) for tool in tools))


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return "-"
    if abs(value) > 1:
        return f"{value:.1f}"
    return f"{value:.3f}" if not 0 < abs(value) < 0.001 else f"{value:.1g}"
