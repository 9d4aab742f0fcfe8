"""BANDS to buckets to candidate PAIRS: one LSH for every view, buckets capped.

What shares a bucket votes for a pair; votes add up to a score for each view; a pair is kept where a score is high
enough and, in the views that only hint, where it is among the best of either article. Weights are integers: their
sums depend neither on the order of the rows nor on how the work is cut.
"""

from __future__ import annotations

from typing import Final, TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt
import polars as pl

from provtrace.settings import Settings
from provtrace.tables import BAND_KINDS, PAIRS, PROPOSED, SCORES, VOTE, VOTES, conform

Rows: TypeAlias = npt.NDArray[np.intp]

# The view that a kind of key belongs to.
VIEW_OF: Final = {"article": "surface", "passage": "surface", "neutral": "neutral", "credit": "credit"}
# The least score of a pair, and how many partners an article keeps, for each view.
LEAST: Final = {"surface": 2.0, "neutral": 0.02, "semantic": 0.1, "credit": 1.0}
PARTNERS: Final = {"surface": 200, "neutral": 20, "semantic": 20, "credit": 20}
ARTICLE_VOTE: Final = 2.0  # a band of whole-article signatures; one is enough
REPRESENTATIVES: Final = 3  # of a bucket over the cap: one alone may lack by its edits what all others share
BOILERPLATE: Final = 16  # a passage in more than so many times ``bucket_cap`` articles is no evidence


# --- buckets to votes -------------------------------------------------------------------------------


def collide(bands: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: BANDS to VOTES, added up for each pair and view; keyed by kind and bucket.

    Up to ``bucket_cap`` articles of a bucket are paired all with all. In a larger one each is paired with a few
    representatives alone, the same in every bucket of the same articles: copies stay connected, and so do the reprints
    of one paragraph. Larger buckets of names, numbers and credits are dropped, and so are those of passages beyond
    `BOILERPLATE` times the cap: what so many articles share is no evidence.

    A passage key weighs the less the more articles have it, 1 for two of them and .35 for 300: a reprinted paragraph
    has many keys, a phrase that is in use everywhere has few.
    """
    rows, ids = _shared(bands)
    small = _all_with_all(rows.filter(pl.col("size") <= settings.bucket_cap))
    votes = pl.concat([small, _star(rows.filter(_starred(settings.bucket_cap)), ids)])
    weighed = votes.select(
        "left", "right", _view(pl.col("kind")), weight=_weight(pl.col("kind"), pl.col("size"), pl.col("weight"))
    )
    summed = weighed.group_by("left", "right", "view").agg(pl.col("weight").sum())
    named = summed.with_columns(left_id=ids.gather(summed["left"]), right_id=ids.gather(summed["right"]))
    return conform(named, VOTES)


def _shared(bands: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """The rows of buckets with several articles, bucket by bucket, and the sorted ids that `article` counts in."""
    shared = bands.filter(pl.len().over("kind", "bucket") > 1)
    ids = shared["article_id"].unique().sort()
    numbered = shared.with_columns(article=pl.col("article_id").cast(pl.Enum(ids)).to_physical().cast(pl.UInt32))
    ordered = numbered.sort("kind", "bucket", "article")
    rows = ordered.select("kind", "article", "weight", run=pl.struct("kind", "bucket").rle_id())
    return rows.with_columns(size=pl.len().over("run")), ids


def _all_with_all(rows: pl.DataFrame) -> pl.DataFrame:
    """Each row with those behind it in its bucket: first with the next one, then with the one after that."""
    runs = rows["run"].to_numpy()
    left: Rows = np.arange(len(rows))
    found: list[tuple[Rows, Rows]] = [(left[:0], left[:0])]
    while len(left):
        step = len(found)
        left = left[left + step < len(rows)]
        left = left[runs[left] == runs[left + step]]
        found.append((left, left + step))
    one, other = (np.concatenate(side) for side in zip(*found, strict=True))
    right = rows.select(right="article", times="weight")[other]
    met = pl.concat([rows[one].select("kind", "size", "weight", left="article"), right], how="horizontal")
    return met.select("kind", "size", "left", "right", pl.col("weight") * pl.col("times"))


def _star(rows: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """Each row with its bucket's representatives: the ids of least checksums, so that no outlet's name is favoured."""
    articles = rows["article"].unique()
    checksums = pl.Series([crc32(name.encode()) for name in ids.gather(articles)], dtype=pl.UInt32)
    told = rows.join(pl.DataFrame({"article": articles, "checksum": checksums}), on="article")
    ranked = told.sort("run", "checksum", "article").with_columns(place=pl.int_range(pl.len()).over("run"))
    hubs = ranked.filter(pl.col("place") < REPRESENTATIVES).select("run", hub="article", before="place")
    return (
        ranked.join(hubs, on="run")
        .filter(pl.col("place") > pl.col("before"))
        .select(
            "kind",
            "size",
            left=pl.min_horizontal("article", "hub"),
            right=pl.max_horizontal("article", "hub"),
            weight=pl.lit(1.0, pl.Float32),
        )
    )


def _starred(cap: int) -> pl.Expr:
    copies = _is(pl.col("kind"), "article")
    reprints = _is(pl.col("kind"), "passage") & (pl.col("size") <= BOILERPLATE * cap)
    return (pl.col("size") > cap) & (copies | reprints)


def _is(kind: pl.Expr, name: str) -> pl.Expr:
    return kind == BAND_KINDS.index(name)


def _view(kind: pl.Expr) -> pl.Expr:
    return kind.replace_strict(range(len(BAND_KINDS)), [VIEW_OF[name] for name in BAND_KINDS]).alias("view")


def _weight(kind: pl.Expr, size: pl.Expr, within: pl.Expr) -> pl.Expr:
    """What a bucket of that size says for two articles in it, in units of 1 / VOTE.

    `within` is what the key weighs in both articles: a name among three says more than one among a hundred.
    """
    bits = size.cast(pl.Float64).log(2.0)
    weight = (
        pl.when(_is(kind, "article"))
        .then(ARTICLE_VOTE)
        .when(_is(kind, "passage"))
        .then(1.0 / bits.sqrt())
        .when(_is(kind, "neutral"))
        .then(1.0 / bits)
        .otherwise(1.0)
    )
    return (weight * within * VOTE).round().cast(pl.Int64)


# --- votes to pairs ---------------------------------------------------------------------------------


def tally(votes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: VOTES to SCORES, of those that reach the `LEAST` of their view; keyed by pair."""
    del settings
    summed = votes.group_by("left_id", "right_id", "view").agg(score=pl.col("weight").sum() / VOTE)
    least = pl.col("view").replace_strict(LEAST, return_dtype=pl.Float64)
    return conform(summed.filter(pl.col("score") >= least), SCORES)


def best(scores: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: SCORES mirrored (with ``article_id``) to those among an article's best of a view; keyed by article."""
    del settings
    partners = pl.col("view").replace_strict(PARTNERS, return_dtype=pl.Int64)
    ordered = scores.sort("score", "left_id", "right_id", descending=[True, False, False])
    return conform(ordered.filter(pl.int_range(pl.len()).over("article_id", "view") < partners), SCORES)


def pairs(scores: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: SCORES to PROPOSED pairs with the views that proposed each; keyed by pair."""
    del settings
    grouped = scores.group_by("left_id", "right_id").agg(views=pl.col("view").unique().sort())
    return conform(grouped.sort("left_id", "right_id"), PROPOSED)


def contain(sketched: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: PROPOSED pairs joined with ``left_keys`` and ``right_keys`` of SKETCHES to PAIRS; row-local.

    The share of an article's sampled shingles that the other's sample holds estimates the containment of its shingles
    (Broder 1997, mod sketches; Irber et al. 2022, FracMinHash). Null where either side has no sample.
    """
    del settings
    left, right = pl.col("left_keys"), pl.col("right_keys")
    common = left.list.set_intersection(right).list.len()
    comparable = (left.list.len() > 0) & (right.list.len() > 0)
    return conform(
        sketched.with_columns(
            pl.when(comparable).then(common / keys.list.len()).alias(name)
            for name, keys in (("left_containment", left), ("right_containment", right))
        ),
        PAIRS,
    )
