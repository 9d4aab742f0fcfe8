"""Results as lines for a terminal.

Ids, names and texts come from articles and are hostile: everything printed goes through `plain`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final
from unicodedata import combining, east_asian_width

import polars as pl

from provtrace.results.audit import THRESHOLDS
from provtrace.results.explain import Origin
from provtrace.results.report.words import KIND_WORDS, flag_words, percent, probability
from provtrace.results.verdicts import VERDICTS
from provtrace.results.wire import WireUnit

# Escape sequences with their parameters (CSI, then OSC and its kin up to their end), then lone control characters:
# C0 and C1, the marks that reorder bidirectional text, invisible tags.
_SEQUENCES: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
)
_BREAKS: Final = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")

_EVIDENCE: Final = ("cosine", "chrf", "edit", "anchors")
_ARTICLE_COLUMNS: Final = ("article", "outlet", "words", "reused", "novel", "verdict", "note")


def plain(text: str) -> str:
    """The text on one line, without anything that steers a terminal or reorders what people read."""
    return _CONTROLS.sub("", _BREAKS.sub(" ", _SEQUENCES.sub("", text)))


def origins(article_id: str, found: Sequence[Origin]) -> list[str]:
    """An article, sentence by sentence: what it is, where it came from, what was compared."""
    lines = [plain(article_id)]
    for origin in found:
        lines.append(f"{origin.sentence:>4}  {_kind(origin)}")
        lines.append(f"      {plain(origin.text)}")
        lines += [f"      < {plain(text)}" for text in origin.origin_texts]
        if origin.compared_id is not None:
            figures = "  ".join(f"{name} {probability(origin.evidence[name])}" for name in _EVIDENCE)
            lines.append(f"      compared with {plain(origin.compared_id)}: {figures}")
        if origin.flags:
            lines.append(f"      differs: {flag_words(origin.flags)}")
    return lines


def _kind(origin: Origin) -> str:
    words = f"{KIND_WORDS[origin.kind]}  {probability(origin.probability)}"
    if origin.origin_id is None:
        return words
    numbers = ", ".join(map(str, origin.origin_sentences))
    return f"{words}  from {plain(origin.origin_id)}" + (f" [{numbers}]" if numbers else "")


def wire(upstream_id: str, units: Sequence[WireUnit]) -> list[str]:
    """A reconstructed wire, unit by unit, every witness below the best-supported wording."""
    lines = [f"{plain(upstream_id)}: {len(units)} units, each in the wording of the witness closest to the others"]
    for unit in units:
        lines.append(f"{unit.unit:>4}  {plain(unit.text)}")
        for witness in unit.witnesses:
            numbers = ", ".join(map(str, witness.sentences))
            where = f"{plain(witness.article_id)} [{numbers}]"
            lines.append(f"      {probability(witness.similarity)}  {where}  {plain(witness.text)}")
    return lines


def audit(frame: pl.DataFrame) -> list[str]:
    """An audit as a table, per article or grouped."""
    if "article_id" not in frame.columns:
        return _groups(frame)
    rows = [
        [
            row["article_id"],
            row["outlet"] or "",
            str(row["body_words"]),
            percent(row["reuse_share"]),
            percent(row["novel_share"]),
            row["verdict"].replace("_", " "),
            row["note"],
        ]
        for row in frame.iter_rows(named=True)
    ]
    return table(_ARTICLE_COLUMNS, rows)


def _groups(frame: pl.DataFrame) -> list[str]:
    """Of a grouped audit what fits a screen: mean reuse, dependence by threshold, articles by verdict."""
    key = frame.columns[0]
    shares = ["mean_reuse_share", *(f"dependence_{round(100 * threshold)}" for threshold in THRESHOLDS)]
    columns = [key, "articles", *shares, *VERDICTS]
    header = [key.removesuffix("_id"), "articles", "reused", *(f">={probability(t)[:2]}" for t in THRESHOLDS)]
    rows = [[_cell(value) for value in row] for row in frame.select(columns).iter_rows()]
    return table([*header, *(verdict.replace("_", " ") for verdict in VERDICTS)], rows)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return probability(value)
    return "-" if value is None else str(value)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell, two spaces apart."""
    cells = [[plain(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _width(text: str) -> int:
    """Columns that a terminal gives the text."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
