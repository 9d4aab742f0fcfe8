"""Articles to LSH band keys, one set for each view; and the sketches that containment is estimated from.

surface
    Word shingles. Bands of the MinHash signature of the whole article find copies; the keys of its sketch find the
    article that reuses four sentences only.
neutral
    What survives translation: numbers, and names by their first letters and their consonants.
credit
    Who credits one agency on one day.
"""

from __future__ import annotations

from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt
import polars as pl

from provtrace.scoring import minhash
from provtrace.scoring.neutral import neutral_keys
from provtrace.scoring.words import Keys, Offsets
from provtrace.settings import Settings
from provtrace.tables import BAND_KINDS, BANDS, SKETCHES, TEXT_CREDITS, conform

ROWS: Final = 4  # signature slots in a band: two articles of Jaccard .4 share one of the 32 bands with .56


# --- bands of text ----------------------------------------------------------------------------------


def text_bands(sentences: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: the SENTENCES of whole articles to BANDS of the surface and neutral views; keyed by article.

    The surface view has those of passages from `passage_bands`.
    """
    articles = _bodies(sentences)
    parts: list[pl.DataFrame] = []
    if "surface" in settings.views:
        signed = minhash.signatures(articles["text"].to_list())
        worded = np.flatnonzero((signed >= 0).any(axis=1))
        bands = minhash.band_keys(signed[worded], ROWS)
        parts.append(_bands("article", articles["article_id"], bands.ravel(), np.repeat(worded, bands.shape[1])))
    if "neutral" in settings.views:
        keys, owners = neutral_keys(articles["text"])
        # Weights that make the score of two articles a cosine: many names meet some of any others.
        weights = 1 / np.sqrt(np.bincount(owners, minlength=len(articles))[owners])
        parts.append(_bands("neutral", articles["article_id"], keys, owners, weights))
    return conform(pl.concat(parts, how="vertical_relaxed"), BANDS) if parts else BANDS.to_frame()


def sketch(sentences: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: the SENTENCES of whole articles to SKETCHES; keyed by article."""
    del settings
    articles = _bodies(sentences)
    keys, offsets = minhash.sketches(articles["text"].to_list())
    owners = np.repeat(np.arange(len(articles)), np.diff(offsets))
    # A key once an article: a thousand repeats of one sentence must not meet a thousand repeats elsewhere.
    rows = pl.DataFrame({"keys": keys.view(np.int64), "row": owners}).unique().sort("row", "keys")
    grouped = rows.group_by("row", maintain_order=True).agg("keys")
    numbered = articles.select("article_id", row=pl.int_range(pl.len(), dtype=pl.Int64))
    return conform(numbered.join(grouped, on="row", how="left").with_columns(pl.col("keys").fill_null([])), SKETCHES)


def passage_bands(sketches: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: SKETCHES to BANDS of the surface view, a key each; row-local."""
    del settings
    keys = sketches.filter(pl.col("keys").list.len() > 0).explode("keys")
    code = BAND_KINDS.index("passage")
    return conform(keys.select("article_id", kind=pl.lit(code), bucket="keys", weight=pl.lit(1.0)), BANDS)


def _bodies(sentences: pl.DataFrame) -> pl.DataFrame:
    """Each article's wording as one ``text``, a line a sentence, without boilerplate and credit lines."""
    body = sentences.filter(pl.col("role").is_in(["body", "heading"])).sort("article_id", "sentence")
    return body.group_by("article_id", maintain_order=True).agg(pl.col("text").str.join("\n"))


def _bands(
    kind: str, ids: pl.Series, keys: Keys, owners: Offsets, weights: npt.NDArray[np.float64] | None = None
) -> pl.DataFrame:
    frame = pl.DataFrame({"bucket": keys.view(np.int64), "article_id": ids.gather(owners)})
    return frame.with_columns(
        kind=pl.lit(BAND_KINDS.index(kind)), weight=pl.lit(1.0) if weights is None else pl.Series(weights)
    )


# --- bands of credits -------------------------------------------------------------------------------


def credit_bands(credits_dated: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: CREDITS joined with ``published_at`` to BANDS of the credit view; keyed by article.

    Each credit has a key for its day and one for the day after, so that articles of adjacent days meet.
    """
    del settings
    rows = (
        credits_dated.filter(pl.col("role").is_in(TEXT_CREDITS), pl.col("agency").is_not_null())
        .filter(pl.col("published_at").is_not_null())
        .select("article_id", "agency", day=pl.col("published_at").dt.epoch("d"))
        .unique()
    )
    both = pl.concat([rows, rows.with_columns(day=pl.col("day") + 1)])
    keys = [crc32(f"{agency}|{day}".encode()) for agency, day in both.select("agency", "day").iter_rows()]
    return conform(
        both.select(
            "article_id",
            kind=pl.lit(BAND_KINDS.index("credit")),
            bucket=pl.Series(keys, dtype=pl.Int64),
            weight=pl.lit(1.0),
        ),
        BANDS,
    )
