"""Tables of the benchmarks as text: for a screen, or for the documentation."""

from __future__ import annotations

from collections.abc import Sequence

Cells = Sequence[str]


def plain(lines: Sequence[Cells]) -> list[str]:
    """Columns of even width; the first line is the head."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def markdown(lines: Sequence[Cells], numbers: frozenset[int] = frozenset()) -> list[str]:
    """A Markdown table; the first line is the head, columns of `numbers` stand to the right."""
    head, *body = lines
    rule = ["---:" if column in numbers else "---" for column in range(len(head))]
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in (head, rule, *body)]
