"""Who takes part in the speed benchmark, and in which job.

signatures
    Raw text to 128-slot signatures.
clusters
    Raw text to a label for each text: connected components of the pairs whose estimated Jaccard reaches a threshold.
pairs
    Raw text to scored pairs: peers' LSH set to a low threshold, and our candidates.
command
    The example corpus through the command line.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from blind import records
from peers import PEERS, Pairs, Peer

if TYPE_CHECKING:
    from truth import Outcome

    from provtrace import Settings

JOBS = ("signatures", "clusters", "pairs", "command")
THRESHOLDS = {"signatures": 0.0, "clusters": 0.7, "pairs": 0.1, "command": 0.0}
WORDING = ("surface", "neutral", "credit")
EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "articles"
COMMAND = (sys.executable, "-c", "from provtrace.cli import main; main()", "trace")


def read_texts(source: Path) -> list[str]:
    return [record["text"] for record in records(source)]


def read_frame(source: Path) -> Any:  # noqa: ANN401 (polars is imported by those who use it)
    import polars as pl

    return pl.read_ndjson(source)


@dataclass(frozen=True)
class Contender:
    """One way to do one job.

    Attributes:
        name: whose way it is.
        job: of `JOBS`.
        package: what must be importable.
        run: the job: what `load` gave and a threshold to whatever the library gives.
        outcome: that to arrays, given the ids of the texts in order; no part of the job.
        load: JSON lines of id, text and language into memory, before the clock runs.
    """

    name: str
    job: str
    package: str
    run: Callable[[Any, float], Any]
    outcome: Callable[[Any, Sequence[str]], Outcome]
    load: Callable[[Path], Any] = read_texts

    @property
    def missing(self) -> bool:
        """Whether what it needs is not installed."""
        return find_spec(self.package) is None


def contenders() -> list[Contender]:
    """Everybody, we first."""
    return [
        Contender("provtrace", "signatures", "provtrace", _our_signatures, lambda found, _: {"signatures": found}),
        Contender("provtrace", "clusters", "provtrace", _our_clusters, _labels),
        Contender("provtrace, wording", "pairs", "provtrace", _our_wording, _candidates, read_frame),
        Contender("provtrace, all views", "pairs", "provtrace", _our_candidates, _candidates, read_frame),
        Contender("provtrace", "command", "provtrace", _our_command, lambda *_: {}, lambda _: None),
        *(contender for peer in PEERS for contender in _of(peer)),
    ]


# --- ours ---


def _our_signatures(texts: Sequence[str], _: float) -> Any:  # noqa: ANN401
    import provtrace as pt

    return pt.signatures(texts, threads=_cores())


def _our_clusters(texts: Sequence[str], threshold: float) -> Any:  # noqa: ANN401
    import provtrace as pt

    return pt.clusters(pt.signatures(texts, threads=_cores()), threshold=threshold)


def _our_wording(articles: Any, _: float) -> Any:  # noqa: ANN401
    import provtrace as pt

    return _engaged(articles, pt.Settings(views=WORDING))


def _our_candidates(articles: Any, _: float) -> Any:  # noqa: ANN401
    import provtrace as pt

    return _engaged(articles, pt.Settings())


def _engaged(articles: Any, settings: Settings) -> Any:  # noqa: ANN401
    """On as many processes as this one has cores."""
    import provtrace as pt
    from provtrace.engines.local import LocalEngine

    return pt.candidates(articles, settings=settings, engine=LocalEngine(processes=_cores()))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _candidates(pairs: Any, ids: Sequence[str]) -> Outcome:  # noqa: ANN401
    """A pair is as sure as the greater of its two containments."""
    places = {name: place for place, name in enumerate(ids)}
    ends = [sorted((places[left], places[right])) for left, right in pairs.select("left_id", "right_id").iter_rows()]
    left, right = np.array(ends, np.int64).reshape(-1, 2).T
    contained = pairs.select("left_containment", "right_containment").fill_null(0.0).to_numpy().max(axis=1)
    return {"left": left, "right": right, "score": contained}


def _our_command(_: Any, __: float) -> None:  # noqa: ANN401
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(
            [*COMMAND, str(EXAMPLES), "--out", str(Path(scratch) / "run")],
            check=True,
            capture_output=True,
        )


# --- peers ---


def _of(peer: Peer) -> list[Contender]:
    def sign(texts: Sequence[str], _: float) -> Any:  # noqa: ANN401
        return peer.sign(texts)

    def signed(found: Any, _: Sequence[str]) -> Outcome:  # noqa: ANN401
        return {"signatures": peer.matrix(found)}

    own = [Contender(peer.name, "signatures", peer.package, sign, signed)]
    near = peer.near
    if near is None:
        return own

    def cluster(texts: Sequence[str], threshold: float) -> Any:  # noqa: ANN401
        return components(len(texts), *_kept(near(texts, threshold), threshold)[:2])

    def pair(texts: Sequence[str], threshold: float) -> Pairs:
        return _kept(near(texts, threshold), threshold)

    return [
        *own,
        Contender(peer.name, "clusters", peer.package, cluster, _labels),
        Contender(peer.name, "pairs", peer.package, pair, _scored),
    ]


def _kept(pairs: Pairs, threshold: float) -> Pairs:
    left, right, estimate = pairs
    kept = estimate >= threshold
    return left[kept], right[kept], estimate[kept]


def components(size: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The least member of the connected component of each of `size` nodes, int64."""
    parent = list(range(size))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for one, other in zip(left.tolist(), right.tolist(), strict=True):
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    return np.array([root(node) for node in range(size)], np.int64)


def _labels(found: Any, _: Sequence[str]) -> Outcome:  # noqa: ANN401
    return {"labels": found}


def _scored(pairs: Pairs, _: Sequence[str]) -> Outcome:
    return dict(zip(("left", "right", "score"), pairs, strict=True))
