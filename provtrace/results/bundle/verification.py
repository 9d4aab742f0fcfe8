"""What came of verifying a bundle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import polars as pl

State = Literal["verified", "changed", "missing"]

_SHOWN: Final = 20  # of a kind, on screen


@dataclass(frozen=True)
class TextCheck:
    """What became of one text that the bundle speaks of.

    Attributes:
        article_id: the bundle's name for it.
        state: ``verified``: a text with its hash is there; ``changed``: only another one under its name; ``missing``.
        sentences: of a changed one the sentences that are not as they were traced, as far as the hashes tell: none
            where only what stands between and around sentences differs, all that follow where something was put in.
    """

    article_id: str
    state: State
    sentences: tuple[int, ...] = ()

    def __str__(self) -> str:
        if self.state != "changed":
            return f"{self.state:<10}{self.article_id}"
        if not self.sentences:
            return f"{self.state:<10}{self.article_id}: outside its sentences"
        first, *others = self.sentences
        more = f" and {len(others)} more" if others else ""
        return f"{self.state:<10}{self.article_id}: sentence {first}{more}"


@dataclass(frozen=True)
class TableCheck:
    """How much of one table was verified.

    Attributes:
        name: the table.
        rows: those that the bundle states.
        checked: those of them that could be compared with what the texts give.
        differing: rows that differ, those that only one side has among them.
    """

    name: str
    rows: int
    checked: int
    differing: int

    def __str__(self) -> str:
        if self.checked == self.differing == 0 < self.rows:
            outcome = "not checked"
        else:
            outcome = f"{self.differing} differ" if self.differing else "all equal"
        return f"{self.name:<16}{self.checked:>7} of {self.rows:>7} rows checked   {outcome}"


@dataclass(frozen=True, eq=False)
class Verification:
    """What verifying a bundle gave.

    Attributes:
        bundle: the file.
        version: the version of provtrace that made it.
        signature: the signature it states.
        traced_with: the signature of the settings that its texts were traced with again.
        texts: every text of the bundle, by article.
        tables: every table of the bundle.
        differences: a frame of `differences.DIFFERENCES`: every figure that differs.
        rejects: a frame of `tables.REJECTS`: what of the verifier's input is no article.
    """

    bundle: str
    version: str
    signature: str
    traced_with: str
    texts: tuple[TextCheck, ...]
    tables: tuple[TableCheck, ...]
    differences: pl.DataFrame
    rejects: pl.DataFrame

    @property
    def verified(self) -> bool:
        """Whether every text is there as it was, and every figure follows from them; of no texts nothing follows."""
        texts = all(text.state == "verified" for text in self.texts)
        return bool(self.texts) and texts and self.differences.is_empty() and not self._unchecked()

    @property
    def same_settings(self) -> bool:
        """Whether figures must agree: settings and version are those that the bundle states."""
        return self.signature == self.traced_with

    def __repr__(self) -> str:
        return f"<Verification of {self.bundle}: {self._outcome()}>"

    def lines(self) -> list[str]:
        """For the screen: texts that are not verified, every table, what differs, the outcome last."""
        return [
            f"{self._count('verified')} of {len(self.texts)} texts verified",
            *_first([str(text) for text in self.texts if text.state != "verified"]),
            *_first([f"unread    {source}: {reason}" for source, _, reason in self.rejects.iter_rows()]),
            *self._settings(),
            *map(str, self.tables),
            *_first(list(self._differing())),
            self._outcome(),
        ]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "bundle": self.bundle,
            "verified": self.verified,
            "version": self.version,
            "signature": self.signature,
            "traced_with": self.traced_with,
            "same_settings": self.same_settings,
            "texts": [asdict(text) for text in self.texts],
            "tables": [asdict(table) for table in self.tables],
            "differences": self.differences.to_dicts(),
            "rejects": self.rejects.to_dicts(),
        }

    def _count(self, state: State) -> int:
        return Counter(text.state for text in self.texts)[state]

    def _unchecked(self) -> int:
        """Rows not compared, those of articles apart: a bare text says nothing of its outlet."""
        return sum(table.rows - table.checked for table in self.tables if table.name != "articles")

    def _settings(self) -> Iterator[str]:
        if not self.same_settings:
            yield "settings differ: figures need not agree"
            yield f"  bundle        {self.signature}"
            yield f"  traced again  {self.traced_with}"

    def _differing(self) -> Iterator[str]:
        for name, row, column, stated, found in self.differences.iter_rows():
            where = f"differs   {name}  {row}"
            if column is not None:
                yield f"{where}  {column}: stated {_cell(stated)}, found {_cell(found)}"
            else:
                yield f"{where}: {'stated, and not found' if found is None else 'found, and not stated'}"

    def _outcome(self) -> str:
        if self.verified:
            return "verified: every text is there, and every figure follows from them"
        wrong = [
            "" if self.texts else "no text to verify",
            *(_number(self._count(state), "text", state) for state in ("changed", "missing")),
            _number(self.differences.height, "figure", "not confirmed"),
            _number(self._unchecked(), "row", "not checked"),
        ]
        return "not verified: " + ", ".join(filter(None, wrong))


def _number(count: int, what: str, state: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''} {state}" if count else ""


def _first(lines: list[str]) -> list[str]:
    left = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"... and {left} more"] if left > 0 else lines


def _cell(value: str | None) -> str:
    return "nothing" if value is None else value
