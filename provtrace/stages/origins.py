"""An origin for every sentence: what the graph assigned, else what the sentence is by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from provtrace.scoring import calibration
from provtrace.settings import Settings
from provtrace.tables import ORIGINS, conform

SHARED: Final = pl.Schema(
    {"article_id": pl.String, "sentence": pl.Int32, "shared": pl.String, "shared_probability": pl.Float32}
)
# Probability from which a match of two stories is recycled background, and quotations without words in common are one.
LIKELY: Final = 0.5


def shared(found: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: ALIGNMENTS joined with ``relation`` to sentences that two articles share without deriving; row-local.

    Quotes have a speaker for their source, whatever the verdict on the articles. They stand alone in theirs, so that
    where they are known by their words, these say how sure it is, and not their place between other units. Recycled
    background has a verdict of its own.
    """
    del settings
    likely, by_words = pl.col("probability") >= LIKELY, pl.col("quote_run") >= calibration.QUOTE_RUN
    quote = (pl.col("kind") == "shared_quote") & (likely | by_words)
    background = (
        (pl.col("relation") == "shared_background") & likely & ~pl.col("kind").is_in(["heading", "shared_quote"])
    )
    kinds = found.filter(quote | background).with_columns(
        shared=pl.when(quote).then(pl.lit("shared_quote")).otherwise(pl.lit("background"))
    )
    sure = pl.Series("shared_probability", [_sure(row) for row in kinds.iter_rows(named=True)], dtype=pl.Float32)
    sides = [
        kinds.select(sure, article_id=f"{side}_id", sentence=f"{side}_sentences", shared="shared")
        for side in ("left", "right")
    ]
    return conform(pl.concat(sides).explode("sentence"), SHARED)


def _sure(unit: Mapping[str, Any]) -> float:
    if unit["shared"] == "shared_quote" and unit["quote_run"] >= calibration.QUOTE_RUN:
        # words are had in common within one language
        return max(float(unit["probability"]), calibration.logistic("alone_same_language", unit))
    return float(unit["probability"])


def strongest(found: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: the one that counts of a sentence's `SHARED` rows: a quote first, then the surest; keyed by article."""
    del settings
    ranked = found.sort("article_id", "sentence", "shared", "shared_probability", descending=[False, False, True, True])
    return conform(ranked.unique(["article_id", "sentence"], keep="first", maintain_order=True), SHARED)


def origins(sentences: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: SENTENCES, left-joined with ASSIGNMENTS and `SHARED`, to ORIGINS; row-local.

    A heading or credit line is what it is. A sentence beyond ``max_sentences`` took no part in the alignment, so
    that nothing can be said of it: unresolved.
    """
    structural = pl.col("role") != "body"
    skipped = pl.col("sentence") >= settings.max_sentences
    assigned = pl.col("kind").is_not_null()
    is_shared = pl.col("shared").is_not_null()
    usable = assigned & (~structural | (pl.col("role") == "heading"))
    choice = pl.when(structural).then(pl.col("role")).when(skipped).then(pl.lit("unresolved"))
    choice = choice.when(assigned).then(pl.col("kind")).when(is_shared).then(pl.col("shared"))
    sure = pl.when(structural).then(1.0).when(skipped).then(0.0).when(assigned).then(pl.col("probability"))
    sure = sure.when(is_shared).then(pl.col("shared_probability"))
    return conform(
        sentences.select(
            "article_id",
            "sentence",
            kind=choice.otherwise(pl.lit("novel_in_set")),
            origin_id=pl.when(usable).then("origin_id"),
            origin_sentences=pl.when(usable).then("origin_sentences"),
            probability=sure.otherwise(1.0),
        ),
        ORIGINS,
    )
