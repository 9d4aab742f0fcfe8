"""One HTML file from a finished run, for people: stories, evidence, texts side by side.

The file needs no network and holds no script. Its input is hostile, so every value is escaped by the template engine,
only http and https addresses become links, and a content security policy allows nothing but this file's own styles.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import polars as pl

from provtrace.results.report import words
from provtrace.results.report.graph import NODE_HEIGHT, NODE_WIDTH
from provtrace.results.report.page import build_page
from provtrace.results.report.pairs import sentence_numbers
from provtrace.settings import Settings
from provtrace.store import write_file
from provtrace.tables import DIRECTED, SENTENCE_KINDS, UNDIRECTED

if TYPE_CHECKING:
    from jinja2 import Template

_TEMPLATE: Final = "report.html.jinja"
_STYLE: Final = "report.css"


class FinishedRun(Protocol):
    """What the report needs of a run: its tables, by the names in `provtrace.tables.TABLES`, and its settings."""

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Table name to frame."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings that made the tables."""
        ...


def write_report(provenance: FinishedRun, path: str | Path) -> None:
    """Write the report as UTF-8. Folders on the way are made; a file of that name is replaced.

    Raises:
        InputError: the file can't be written.
    """
    write_file(path, render(provenance).encode())


def render(provenance: FinishedRun) -> str:
    """The report as one HTML document. The same run gives the same text.

    Large runs are shown in part (the largest stories, the strongest pairs), and the page says how much is left out.

    Raises:
        TableError: the tables contradict one another: one names an article that `articles` does not hold.
    """
    style = _resource(_STYLE)
    return _template().render(
        page=build_page(provenance.tables, provenance.settings),
        style=style,
        style_hash=b64encode(sha256(style.encode()).digest()).decode(),
        words=words,
        kinds=SENTENCE_KINDS,
        directed=DIRECTED,
        undirected=UNDIRECTED,
        node_width=NODE_WIDTH,
        node_height=NODE_HEIGHT,
    )


def _resource(name: str) -> str:
    return (files("provtrace.results.report") / name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    from jinja2 import BaseLoader, Environment, StrictUndefined

    environment = Environment(
        loader=BaseLoader(),
        autoescape=True,
        finalize=words.visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"probability": words.probability, "percent": words.percent, "spaced": words.spaced}
    environment.filters["numbered"] = sentence_numbers
    return environment.from_string(_resource(_TEMPLATE))
