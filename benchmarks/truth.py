"""A corpus of planted reuse on disk, ready to be handed out blind; and what a finding on it is worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from blind import hidden
from suite_reuse import sharing

from provtrace.results.evaluate.measures import recall_at_precision

Integers = npt.NDArray[Any]
Outcome = Mapping[str, Integers]  # "signatures"; or "labels"; or "left", "right" and "score"

LEAST_PRECISION = 0.99
BEST = f"best at precision {LEAST_PRECISION:g}"
BANDS = {"all": (-1.0, 2.0), ".1-.3": (0.1, 0.3), ".3-.5": (0.3, 0.5), ".5-.8": (0.5, 0.8), ".8+": (0.8, 2.0)}
ROWS = 4  # slots of a band, where signatures alone are judged


@dataclass(frozen=True)
class Pairs:
    """Pairs of documents by their places in the corpus, left below right: int64 ``[pairs]`` each."""

    left: Integers
    right: Integers

    def keys(self, documents: int) -> Integers:
        """One number for each pair."""
        return self.left * documents + self.right


@dataclass(frozen=True)
class Trial:
    """A corpus with its truth.

    Attributes:
        name: of the set, or of what generated it.
        source: JSON lines of id, text and language, under ids that say nothing and in their order.
        documents: how many.
        megabytes: 10 ** 6 bytes of UTF-8 in all texts.
        related: who took text from whom, and who took it from the same original.
        jaccard: of the word 5-shingles of each related pair, 0..1.
        sharers: pairs that hold a passage of a third document: to find them is neither right nor wrong.
    """

    name: str
    source: Path
    documents: int
    megabytes: float
    related: Pairs
    jaccard: npt.NDArray[np.float64]
    sharers: Pairs


def prepare(folder: Path, source: Path, name: str, documents: int | None = None) -> Trial:
    """Hand the first `documents` texts of a reuse set out as `source`, and keep its truth."""
    corpus = pl.read_parquet(folder / "corpus.parquet").select("id", "text").sort("id")
    corpus = corpus if documents is None else corpus.head(documents)
    names = pl.DataFrame({"id": corpus["id"], "name": [hidden(number) for number in corpus["id"]]})
    corpus = corpus.join(names, on="id").sort("name")
    corpus.select(id="name", text="text", language=pl.lit("en")).write_ndjson(source)
    places = {name: place for place, name in enumerate(corpus["name"])}
    truth = pl.read_parquet(folder / "truth_pairs.parquet").select("a", "b", "j5")
    truth = truth.filter(pl.col("a").is_in(corpus["id"].implode()), pl.col("b").is_in(corpus["id"].implode()))
    related = _pairs(((hidden(a), hidden(b)) for a, b, _ in truth.iter_rows()), places)
    known = set(related.keys(len(places)).tolist())
    sharers = _pairs((pair for pair in sorted(sharing(folder)) if places.keys() >= set(pair)), places)
    other = np.array([key not in known for key in sharers.keys(len(places)).tolist()], bool)
    return Trial(
        name=name,
        source=source,
        documents=corpus.height,
        megabytes=float(corpus["text"].str.len_bytes().to_numpy().sum()) / 1e6,
        related=related,
        jaccard=truth["j5"].to_numpy(),
        sharers=Pairs(sharers.left[other], sharers.right[other]),
    )


def _pairs(named: Iterator[tuple[str, str]], places: Mapping[str, int]) -> Pairs:
    ends = [sorted((places[one], places[other])) for one, other in named]
    left, right = np.array(ends, np.int64).reshape(-1, 2).T
    return Pairs(left, right)


# --- what a finding is worth ------------------------------------------------------------------------


@dataclass(frozen=True)
class Worth:
    """How much of the truth a finding holds; None where it can't be said.

    Attributes:
        recall: of the related pairs, by band of their Jaccard; None for a band without any.
        precision: of the pairs found, sharers counted as wrong.
        precision_fair: the same without the sharers.
        rmse: root mean square error of the Jaccard that signatures estimate for the related pairs.
        bias: mean error of the same.
    """

    recall: Mapping[str, float | None]
    precision: float | None = None
    precision_fair: float | None = None
    rmse: float | None = None
    bias: float | None = None


def worth(outcome: Outcome, trial: Trial) -> dict[str, Worth]:
    """What a finding is worth: whole, and the best of its scored pairs where the whole is not precise enough.

    Best once with the sharers left out and once, strictly, with sharers counted as wrong.
    """
    if "signatures" in outcome:
        return {"": _of_signatures(outcome["signatures"], trial)}
    if "labels" in outcome:
        return {"": _of_labels(outcome["labels"], trial)}
    scores, keys = outcome["score"], outcome["left"] * trial.documents + outcome["right"]
    unjudged = np.isin(keys, trial.sharers.keys(trial.documents))
    found = {"": _of_pairs(keys, trial)}
    for note, judged in ((BEST, ~unjudged), (f"{BEST}, strictly", np.ones(len(keys), bool))):
        kept = scores >= _least(scores[judged], keys[judged], trial)
        if not kept.all():
            found[note] = _of_pairs(keys[kept], trial)
    return found


def _least(scores: Integers, keys: Integers, trial: Trial) -> float:
    right = np.isin(keys, trial.related.keys(trial.documents))
    least = recall_at_precision(scores, right, len(trial.jaccard), LEAST_PRECISION)[1]
    return np.inf if least is None else least


def _of_signatures(signatures: Integers, trial: Trial) -> Worth:
    """Recall: of the pairs that agree in one of 32 bands of four slots, as an LSH over them would find."""
    equal = signatures[trial.related.left] == signatures[trial.related.right]
    error = equal.mean(axis=1) - trial.jaccard
    met = equal.reshape(len(equal), -1, ROWS).all(axis=2).any(axis=1)
    return Worth(_recall(met, trial), rmse=float(np.sqrt(np.mean(error**2))), bias=float(np.mean(error)))


def _of_labels(labels: Integers, trial: Trial) -> Worth:
    sizes = np.unique(labels, return_counts=True)[1].astype(np.int64)
    together = labels[trial.related.left] == labels[trial.related.right]
    unjudged = int((labels[trial.sharers.left] == labels[trial.sharers.right]).sum())
    found = int((sizes * (sizes - 1) // 2).sum())
    return _precise(together, found, unjudged, trial)


def _of_pairs(keys: Integers, trial: Trial) -> Worth:
    unjudged = int(np.isin(keys, trial.sharers.keys(trial.documents)).sum())
    return _precise(np.isin(trial.related.keys(trial.documents), keys), len(keys), unjudged, trial)


def _precise(met: Integers, found: int, unjudged: int, trial: Trial) -> Worth:
    right = int(met.sum())
    fair = right / (found - unjudged) if found > unjudged else None
    return Worth(_recall(met, trial), right / found if found else None, fair)


def _recall(met: Integers, trial: Trial) -> dict[str, float | None]:
    within = {band: (trial.jaccard >= low) & (trial.jaccard < high) for band, (low, high) in BANDS.items()}
    return {band: float(met[rows].mean()) if rows.any() else None for band, rows in within.items()}
