"""Results as lines for a terminal.

Ids, names and texts come from articles and are hostile: everything printed goes through `plain`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from unicodedata import combining, east_asian_width

import polars as pl

from provtrace.results.audit import DEPENDENCE, THRESHOLDS
from provtrace.results.explain import Origin
from provtrace.results.names import counted
from provtrace.results.reconstruction import Account, Wire
from provtrace.results.report.words import KIND_WORDS, date, flag_words, percent, probability
from provtrace.results.verdicts import VERDICTS

# Escape sequences with their parameters (CSI, then OSC and its kin up to their end), then lone control characters:
# C0 and C1, the marks that reorder bidirectional text, invisible tags.
_SEQUENCES: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
)
_BREAKS: Final = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")

_EVIDENCE: Final = ("cosine", "chrf", "edit", "anchors")
_AUDIT: Final = (
    "article", "outlet", "words", "reused", "verbatim", "translated", "with credit", "novel in set", "longest run",
    "class", "lag", "verdict", "note",
)  # fmt: skip


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


def wire(found: Wire) -> list[str]:
    """A reconstructed wire, unit by unit, every witness below the best-supported wording; then what is known of it."""
    name = plain(found.upstream_id)
    lines = [f"{name}: {len(found.units)} units, each in the wording of the witness closest to the others"]
    for unit in found.units:
        lines.append(f"{unit.unit:>4}  {plain(unit.text)}")
        for witness in unit.witnesses:
            numbers = ", ".join(map(str, witness.sentences))
            where = f"{plain(witness.article_id)} [{numbers}]"
            lines.append(f"      {probability(witness.similarity)}  {where}  {plain(witness.text)}")
    for account in found.accounts:
        lines += _account(account)
    return [*lines, *_known(found)]


def _account(account: Account) -> list[str]:
    """What a witness made of the wire."""
    # Numbers in brackets are names of units and sentences, as above; a bare one would read as a count.
    dropped = f"lacks [{', '.join(map(str, account.dropped))}]" if account.dropped else "lacks none"
    added = counted(len(account.added), "sentence") if account.added else "nothing"
    lines = [f"{plain(account.article_id)}  {dropped}; adds {added}"]
    return lines + [f"      + [{more.sentence}]  {plain(more.text)}" for more in account.added]


def _known(found: Wire) -> list[str]:
    """Agency, language and date, each with what tells it."""
    claims = [f"{agency} credited by {_ids(witnesses)}" for agency, witnesses in found.claims.items()]
    lines = [f"agency    {found.agency or 'unresolved'}: {'; '.join(claims) or 'no credit found'}"]
    told = [f"{language} copied word for word by {_ids(copies)}" for language, copies in found.versions.items()]
    told += [f"{plain(article)} says “{plain(note)}”" for article, note in found.notes.items()]
    lines.append(f"language  {found.language or 'unresolved'}{': ' if told else ''}{'; '.join(told)}")
    earliest = date(found.earliest, found.earliest_precision)
    lines.append(
        f"date      not after {earliest}, when the first witness is dated" if earliest else "date      unknown"
    )
    return lines + [f"beyond    {plain(step)}" for step in found.steps()]


def _ids(articles: Iterable[str]) -> str:
    return ", ".join(map(plain, articles))


def audit(frame: pl.DataFrame) -> list[str]:
    """An audit as a table, per article or grouped."""
    if "article_id" not in frame.columns:
        return _groups(frame)
    return table(_AUDIT, [_audited(row) for row in frame.iter_rows(named=True)])


def _audited(row: Mapping[str, Any]) -> list[str]:
    """One article of an audit."""
    shares = ("reuse_share", "verbatim_share", "translation_share", "credited_share", "novel_share")
    return [
        row["article_id"],
        row["outlet"] or "",
        str(row["body_words"]),
        *(percent(row[name]) for name in shares),
        str(row["longest_run"]),
        (row["reuse_class"] or "-").replace("_", " "),
        _lag(row["lag_hours"], row["lag_days"]),
        row["verdict"].replace("_", " "),
        row["note"],
    ]


def _lag(hours: float | None, days: int | None) -> str:
    if hours is not None:
        return f"{hours:.1f} h"
    return "-" if days is None else f"{days} d"


def _groups(frame: pl.DataFrame) -> list[str]:
    """Of a grouped audit what fits a screen: mean reuse with its interval, dependence by threshold, verdicts."""
    key = frame.columns[0]
    shares = ["mean_credited_share", *DEPENDENCE]
    header = [key.removesuffix("_id"), "articles", "reused", "95%", "with credit"]
    header += [f">={probability(threshold)[:2]}" for threshold in THRESHOLDS]
    rows = [
        [
            *(_cell(row[name]) for name in (key, "articles", "mean_reuse_share")),
            _interval(row["mean_reuse_share_low"], row["mean_reuse_share_high"]),
            *(_cell(row[name]) for name in (*shares, *VERDICTS)),
        ]
        for row in frame.iter_rows(named=True)
    ]
    return table([*header, *(verdict.replace("_", " ") for verdict in VERDICTS)], rows)


def _interval(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"{probability(low)}-{probability(high)}"


def quotes(frame: pl.DataFrame) -> list[str]:
    """Utterances, each with its variants below it, the best-supported wording first."""
    lines: list[str] = []
    for (quote_id,), variants in frame.group_by("quote_id", maintain_order=True):
        speakers = variants["speaker"].drop_nulls().unique().sort()
        lines.append(f"{quote_id}  {plain(', '.join(speakers)) or 'speaker not found'}")
        for row in variants.sort("best", descending=True, maintain_order=True).iter_rows(named=True):
            lines.append(f"      {_variant(row)}  {plain(row['article_id'])}  {plain(row['text'])}")
    return lines


def _variant(row: Mapping[str, Any]) -> str:
    """How a variant stands to the best-supported wording."""
    if row["best"]:
        return "best"
    if row["similarity"] is None:
        return "told" if row["form"] == "indirect" else row["language"]
    return f"{probability(row['similarity'])}{' reworded' if row['drift'] else ''}"


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
