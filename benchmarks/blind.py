"""Sets as a run may see them: names that give nothing away, no gold fields; and a timed run over them.

The ids of the sets say what a document is (``c000:wire``), and their order puts a copy behind its source. So every id
becomes a hash, documents are sorted by it, and outlets are handed over only where they are real for all documents:
elsewhere originals have one and translations none.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from provtrace import Provenance, Settings

Record = Mapping[str, Any]
RENAMED = ("id", "upstream", "downstream")
REAL_OUTLETS = ("same_event", "agency_credit")


@dataclass(frozen=True)
class Timed:
    """A run and what it took."""

    provenance: Provenance
    documents: int
    seconds: float
    peak_mib: float  # of the whole process so far


def hidden(name: object) -> str:
    """An id that says nothing, the same in every run."""
    return hashlib.blake2b(str(name).encode(), digest_size=8).hexdigest()


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file; none where it does not exist."""
    if path.exists():
        with path.open(encoding="utf-8") as file:
            yield from (json.loads(line) for line in file if line.strip())


def blind_copy(folder: Path, target: Path) -> Path:
    """Write the set with hidden ids to ``target``, as gold, and ``input.jsonl`` beside it, for a run."""
    for name in ("documents", "pairs", "sentences"):
        lines = [
            {key: hidden(value) if key in RENAMED and value is not None else value for key, value in record.items()}
            for record in records(folder / f"{name}.jsonl")
        ]
        write(target / f"{name}.jsonl", lines)
    outlets = folder.name.startswith(REAL_OUTLETS)
    write(target / "input.jsonl", (_visible(doc, outlets) for doc in records(target / "documents.jsonl")))
    return target


def _visible(document: Record, outlets: bool) -> dict[str, Any]:
    shown = {"id": document["id"], "text": document["text"], "language": document["lang"]}
    if outlets:
        shown |= {"outlet": document["outlet"], "published": document["date"]}
    return {key: value for key, value in shown.items() if value is not None}


def write(path: Path, lines: Iterable[Record]) -> None:
    """JSON lines, sorted by id where there is one."""
    ordered = sorted(lines, key=lambda line: str(line.get("id", "")))
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in ordered), encoding="utf-8")


def traced(source: Path, settings: Settings) -> Timed:
    """Read and trace, with the clock running over both."""
    import provtrace
    from provtrace.engines.local import LocalEngine

    began = time.perf_counter()
    articles = provtrace.read(source)
    provenance = provtrace.trace(articles, settings=settings, engine=LocalEngine(processes=os.cpu_count() or 1))
    seconds = time.perf_counter() - began
    return Timed(provenance, provenance.tables["articles"].height, seconds, peak_mib())


def peak_mib() -> float:
    """Peak memory of this process or of its largest child, in MiB."""
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)
