"""provtrace: where news text came from, through wires, translations and paraphrase.

>>> import provtrace as pt
>>> provenance = pt.trace("examples/articles")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from provtrace.errors import (
    InputError,
    MissingExtra,
    NothingUsable,
    ProvtraceError,
    RunError,
    TableError,
    UnknownName,
)
from provtrace.settings import VERSION, Settings

if TYPE_CHECKING:
    from provtrace.front import align, candidates, load, read, signatures, trace
    from provtrace.results.provenance import Provenance
    from provtrace.results.story import Story

__version__ = VERSION

__all__ = [
    "InputError",
    "MissingExtra",
    "NothingUsable",
    "Provenance",
    "ProvtraceError",
    "RunError",
    "Settings",
    "Story",
    "TableError",
    "UnknownName",
    "align",
    "candidates",
    "load",
    "read",
    "signatures",
    "trace",
]

# Everything else is imported when first asked for: `import provtrace` stays cheap.
_HOMES = {
    **dict.fromkeys(("align", "candidates", "load", "read", "signatures", "trace"), "provtrace.front"),
    "Provenance": "provtrace.results.provenance",
    "Story": "provtrace.results.story",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 (PEP 562)
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'provtrace' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
