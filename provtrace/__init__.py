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
    from provtrace.front import align, candidates, load, read, trace, verify
    from provtrace.results.provenance import Provenance
    from provtrace.results.story import Story
    from provtrace.scoring.clusters import clusters
    from provtrace.scoring.diff import word_diff
    from provtrace.scoring.interchange import from_datasketch, to_datasketch
    from provtrace.scoring.minhash import jaccard, signatures
    from provtrace.scoring.pivot import translation_evidence

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
    "clusters",
    "from_datasketch",
    "jaccard",
    "load",
    "read",
    "signatures",
    "to_datasketch",
    "trace",
    "translation_evidence",
    "verify",
    "word_diff",
]

# Everything else is imported when first asked for: `import provtrace` stays cheap.
_HOMES = {
    **dict.fromkeys(("align", "candidates", "load", "read", "trace", "verify"), "provtrace.front"),
    **dict.fromkeys(("jaccard", "signatures"), "provtrace.scoring.minhash"),
    **dict.fromkeys(("from_datasketch", "to_datasketch"), "provtrace.scoring.interchange"),
    "word_diff": "provtrace.scoring.diff",
    "clusters": "provtrace.scoring.clusters",
    "translation_evidence": "provtrace.scoring.pivot",
    "Provenance": "provtrace.results.provenance",
    "Story": "provtrace.results.story",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 (PEP 562)
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'provtrace' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
