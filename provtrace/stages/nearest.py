"""The semantic view: sentence vectors to VOTES for pairs of articles that may translate or paraphrase each other.

Every sentence is compared with every other, in blocks of articles, and nothing is approximated: on real news a matrix
product in blocks finds more than graph and cell indexes do, and costs less than they up to where encoding costs most
(docs/candidates.md has the figures). What keeps large corpora cheap is that few of their articles are encoded at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from provtrace.scoring.encode import Vectors, density_column
from provtrace.settings import Settings
from provtrace.tables import SENTENCES, VOTE, VOTES, conform, table

CSLS: Final = 0.15  # sentences less close do not vote; translations are mostly above .3, strangers below .1
SHORTEST: Final = 20  # characters of a sentence that votes
HINTED: Final = 10  # articles of the most frequent language that are encoded for one article of another
BLOCK: Final = 512  # articles of a block
SLICE: Final = 512  # sentences whose products are in memory at once
APART: Final = -4.0  # takes any two sentences out of reach of each other

ARTICLE_IDS: Final = table({"article_id": pl.String})
MEETINGS: Final = table(
    {
        "left_block": pl.Int32,
        "right_block": pl.Int32,
        "article_id": pl.String,
        "on_right": pl.Boolean,  # of two blocks, whether the article is in the second
    }
)


# --- which articles, which sentences ----------------------------------------------------------------


def abroad(articles: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: ``article_id`` and ``language`` of the whole corpus to the articles that are encoded in any case.

    They are all of a corpus of up to ``encode_limit`` articles; of a larger one, those whose language is known and
    not the most frequent one.
    """
    if len(articles) <= settings.encode_limit:
        return conform(articles, ARTICLE_IDS)
    known = articles.filter(pl.col("language") != "und")
    ranked = known.group_by("language").len().sort("len", "language", descending=[True, False])
    return conform(known.filter(~pl.col("language").is_in(ranked["language"].head(1).to_list())), ARTICLE_IDS)


def hinted(votes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: VOTES between an article of `abroad`, its ``article_id`` added, and others, to the best `HINTED` others.

    What counts is how many rare names and numbers they share, however few; keyed by article.
    """
    del settings
    other = pl.when(pl.col("left_id") == pl.col("article_id")).then("right_id").otherwise("left_id").alias("other")
    neutral = votes.filter(pl.col("view") == "neutral")
    summed = neutral.group_by("article_id", other).agg(pl.col("weight").sum())
    ordered = summed.sort("weight", "other", descending=[True, False])
    best = ordered.filter(pl.int_range(pl.len()).over("article_id") < HINTED)
    return conform(best.select(article_id="other"), ARTICLE_IDS)


def voices(sentences: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: SENTENCES to those that vote: body text of some length; keyed by text.

    Of a text that more articles have, the first ``bucket_cap`` of them speak for all: copies are connected by their
    wording.
    """
    body = sentences.filter(
        pl.col("role") == "body",
        pl.col("text").str.len_chars() >= SHORTEST,
        pl.col("sentence") < settings.max_sentences,
    )
    ordered = body.sort("text", "article_id", "sentence")
    return conform(ordered.filter(pl.col("article_id").rank("dense").over("text") <= settings.bucket_cap), SENTENCES)


# --- which meet which -------------------------------------------------------------------------------


def meetings(articles: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: all ``article_id`` to be compared to MEETINGS: blocks of `BLOCK` articles, each with itself and others."""
    del settings
    placed = articles.sort("article_id").select("article_id", block=pl.int_range(pl.len(), dtype=pl.Int32) // BLOCK)
    blocks = placed.select("block").unique()
    pairs = blocks.join(blocks, how="cross", suffix="_other").filter(pl.col("block") <= pl.col("block_other"))
    pairs = pairs.select(left_block="block", right_block="block_other")
    left = pairs.join(placed, left_on="left_block", right_on="block").with_columns(on_right=pl.lit(False))
    apart = pairs.filter(pl.col("left_block") < pl.col("right_block"))
    right = apart.join(placed, left_on="right_block", right_on="block").with_columns(on_right=pl.lit(True))
    return pl.concat([conform(side, MEETINGS) for side in (left, right)])


def nearest(met: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: MEETINGS joined with EMBEDDED to VOTES; keyed by both blocks.

    A sentence votes once for each article with an id behind its own: by the CSLS of the closest sentence there, as far
    as it exceeds `CSLS`. Two sentences in languages that the background sample lacks are not compared: nothing tells
    how close strangers are there, and what the encoder has not learnt it finds alike.
    """
    del settings
    found = [VOTES.to_frame()]
    for _, rows in met.sort("article_id", "sentence").group_by("left_block", "right_block", maintain_order=True):
        right = rows.filter("on_right")
        left = rows.filter(~pl.col("on_right"))
        alone = rows["left_block"][0] == rows["right_block"][0]
        found += _votes(left, left if alone else right)
    return pl.concat(found)


def _votes(left: pl.DataFrame, right: pl.DataFrame) -> Iterator[pl.DataFrame]:
    if left.is_empty() or right.is_empty():
        return
    asking, answering = _asking(left), _answering(right)
    starts = np.unique(right["article_id"].rle_id().to_numpy(), return_index=True)[1]
    for start in range(0, len(left), SLICE):
        closest = np.maximum.reduceat(asking[start : start + SLICE] @ answering.T, starts, axis=1)
        row, article = np.nonzero(closest > CSLS)
        votes = pl.DataFrame(
            {
                "left_id": left["article_id"].gather(row + start),
                "right_id": right["article_id"].gather(starts[article]),
                "view": pl.repeat("semantic", len(row), eager=True),
                "weight": np.round((closest[row, article] - CSLS) * VOTE),
            }
        )
        yield conform(votes.filter(pl.col("left_id") < pl.col("right_id")), VOTES)


def _asking(rows: pl.DataFrame) -> Vectors:
    """Sentences as rows whose products with the rows of `_answering` are their CSLS, ``[n, dimensions + ...]``.

    CSLS takes from the cosine half of each sentence's density in the other's language. A density times an indicator of
    that language is a product too: one matrix product does it all.
    """
    vectors, halves, languages, unlisted = _parts(rows)
    return np.concatenate([vectors, halves, languages, unlisted], axis=1)


def _answering(rows: pl.DataFrame) -> Vectors:
    vectors, halves, languages, unlisted = _parts(rows)
    return np.concatenate([vectors, languages, halves, unlisted * np.float32(APART)], axis=1)


def _parts(rows: pl.DataFrame) -> tuple[Vectors, Vectors, Vectors, Vectors]:
    """Vectors; minus half the densities, their mean last; indicators of the language; whether it is not listed."""
    vectors, densities = _matrix(rows["vector"]), _matrix(rows["densities"])
    halves = np.concatenate([densities, densities.mean(axis=1, keepdims=True)], axis=1) * np.float32(-0.5)
    columns = np.array([density_column(language) for language in rows["language"]])
    indicators: Vectors = np.eye(halves.shape[1], dtype=np.float32)[columns]
    return vectors, halves, indicators, (columns < 0)[:, None].astype(np.float32)


def _matrix(lists: pl.Series) -> npt.NDArray[np.float32]:
    flat: npt.NDArray[np.float32] = lists.explode().to_numpy()
    return flat.reshape(len(lists), -1)
