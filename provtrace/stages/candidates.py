"""BANDS to buckets to candidate PAIRS: one LSH for every view, buckets capped.

What shares a bucket votes for a pair; votes add up to a score for each view; a pair is kept where a score is high
enough and, in the views that only hint, where it is among the best of either article.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from provtrace.settings import Settings
from provtrace.tables import PAIRS, SCORES, VOTES, conform

Floats: TypeAlias = npt.NDArray[np.float32]
Rows: TypeAlias = npt.NDArray[np.intp]

# The least score of a pair, and how many partners an article keeps, for each view.
LEAST: Final = {"surface": 2.0, "neutral": 2.0, "semantic": 0.1, "credit": 1.0}
PARTNERS: Final = {"surface": 200, "neutral": 20, "semantic": 25, "credit": 20}
ARTICLE_VOTE: Final = 2.0  # a band of whole-article signatures; one is enough
COSINE: Final = 0.5  # sentence vectors further apart do not vote
VECTOR_BUCKET: Final = 4096  # sentences of a semantic bucket that are compared


def collide(bands: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: BANDS of the views that need no vectors to VOTES; keyed by view and bucket.

    A bucket of more than ``bucket_cap`` articles pairs each of them with its least member alone (surface: a group
    of copies stays connected) or is dropped (what so many articles share is no evidence).
    """
    sized = bands.with_columns(size=pl.col("article_id").n_unique().over("view", "bucket")).filter(pl.col("size") > 1)
    small = sized.filter(pl.col("size") <= settings.bucket_cap)
    large = sized.filter(pl.col("size") > settings.bucket_cap, pl.col("view") == "surface")
    hubs = large.filter(pl.col("article_id") == pl.col("article_id").min().over("view", "bucket"))
    votes = pl.concat([_meet(small, small), _meet(hubs, large)])
    weight = (
        pl.when(pl.col("left_sentence") < 0, pl.col("view") == "surface")
        .then(ARTICLE_VOTE)
        .when(pl.col("view") == "neutral")
        .then(1.0 / pl.col("size").cast(pl.Float64).log(2.0))  # shared by few: strong
        .otherwise(1.0)
    )
    return conform(votes.with_columns(weight=weight), VOTES)


def _meet(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    met = one.join(other.drop("size"), on=["view", "bucket"], suffix="_other").filter(
        pl.col("article_id") < pl.col("article_id_other")
    )
    return met.select(
        "view",
        "size",
        left_id="article_id",
        right_id="article_id_other",
        left_sentence="sentence",
        right_sentence="sentence_other",
    )


def collide_vectors(bands: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: semantic BANDS joined with ``vector`` to VOTES, verified by cosine; keyed by bucket.

    In a bucket, a sentence votes once for each article that comes after its own: for the closest sentence there.
    """
    del settings
    shared = bands.filter(pl.col("article_id").n_unique().over("bucket") > 1)
    if shared.is_empty():
        return VOTES.to_frame()
    ordered = shared.sort("bucket", "article_id", "sentence")
    vectors = ordered["vector"].explode().to_numpy().reshape(len(ordered), -1)
    articles = ordered.select(pl.struct("bucket", "article_id").rle_id()).to_series().to_numpy()
    found, start = [], 0
    for size in ordered["bucket"].rle().struct.field("len"):
        members = slice(start, start + min(size, VECTOR_BUCKET))
        found += [
            (left + start, right + start, cosine)
            for left, right, cosine in _closest(vectors[members], articles[members])
        ]
        start += size
    if not found:
        return VOTES.to_frame()
    left, right, cosine = (np.concatenate(column) for column in zip(*found, strict=True))
    one, other = (ordered.select("article_id", "sentence")[rows] for rows in (left, right))
    return conform(
        pl.DataFrame(
            {
                "left_id": one["article_id"],
                "right_id": other["article_id"],
                "view": pl.repeat("semantic", len(cosine), eager=True),
                "left_sentence": one["sentence"],
                "right_sentence": other["sentence"],
                "weight": cosine - np.float32(COSINE),
            }
        ),
        VOTES,
    )


def _closest(vectors: Floats, articles: npt.NDArray[np.uint32]) -> Iterator[tuple[Rows, Rows, Floats]]:
    """For each article of a bucket but the first: rows of earlier ones, the closest of its rows, their cosines."""
    cosine = vectors @ vectors.T
    starts = np.flatnonzero(np.diff(articles)) + 1
    for start, end in pairwise([*starts.tolist(), len(articles)]):
        block = cosine[:start, start:end]
        nearest = block.argmax(axis=1)
        best = block[np.arange(start), nearest]
        left = np.flatnonzero(best > COSINE)
        yield left, nearest[left] + start, best[left]


def tally(votes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: VOTES to SCORES; keyed by pair.

    The same two sentences meet in many buckets of the semantic view: each left sentence votes once.
    """
    del settings
    pair = ["left_id", "right_id", "view"]
    semantic = pl.col("view") == "semantic"
    once = votes.filter(semantic).group_by(*pair, "left_sentence").agg(pl.col("weight").max())
    scores = pl.concat([votes.filter(~semantic).select(*pair, "weight"), once.select(*pair, "weight")])
    # A sum in a fixed order: floating-point addition must not depend on the order of the rows.
    summed = scores.group_by(pair).agg(score=pl.col("weight").sort().sum())
    least = pl.col("view").replace_strict(LEAST, return_dtype=pl.Float64)
    return conform(summed.filter(pl.col("score") >= least), SCORES)


def best(scores: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: SCORES mirrored (with ``article_id``) to those among an article's best of a view; keyed by article."""
    del settings
    partners = pl.col("view").replace_strict(PARTNERS, return_dtype=pl.Int64)
    ordered = scores.sort("score", "left_id", "right_id", descending=[True, False, False])
    return conform(ordered.filter(pl.int_range(pl.len()).over("article_id", "view") < partners), SCORES)


def pairs(scores: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: SCORES to PAIRS with the views that proposed each; keyed by pair."""
    del settings
    grouped = scores.group_by("left_id", "right_id").agg(views=pl.col("view").unique().sort())
    return conform(grouped.sort("left_id", "right_id"), PAIRS)
