"""What the verdicts need to know of an article beside its alignments: date, outlet, claims, length."""

from __future__ import annotations

from typing import Final

import polars as pl

from provtrace.scoring.agencies import own_agency
from provtrace.settings import Settings
from provtrace.tables import PROFILES, TEXT_CREDITS, TEXTS, conform, table

CLAIMS: Final = table({"article_id": pl.String, "claims": TEXTS, "translated": pl.Boolean})
LENGTHS: Final = table({"article_id": pl.String, "body": pl.Int32, "body_start": pl.Int32, "body_end": pl.Int32})

# A crawl store writes its date before the text; such a date may be weeks late.
_STORE_DATE: Final = r"^\s*date (\d{4}-\d{2}(?:-\d{2})?)"


def claims(credits: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: CREDITS to the agencies that each article credits for its words; keyed by article."""
    del settings
    text = pl.col("role").is_in(TEXT_CREDITS)
    grouped = credits.group_by("article_id").agg(
        claims=pl.col("agency").filter(text).drop_nulls().unique().sort(),
        translated=(pl.col("role") == "translation").any(),
    )
    return conform(grouped, CLAIMS)


def lengths(sentences: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: SENTENCES to how long each article's body is, and from where to where it goes; keyed by article."""
    del settings
    body = pl.col("role") == "body"
    grouped = sentences.group_by("article_id").agg(
        body=(pl.col("end") - pl.col("start")).filter(body).sum(),
        body_start=pl.col("start").filter(body).min(),
        body_end=pl.col("end").filter(body).max(),
    )
    return conform(grouped, LENGTHS)


def profile(articles: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: ARTICLES joined, where there are any, with lengths and claims to PROFILES; row-local."""
    del settings
    own = [own_agency(outlet, url) for outlet, url in articles.select("outlet", "url").iter_rows()]
    store = pl.col("text").str.extract(_STORE_DATE)
    stored = pl.col("published_at").dt.strftime("%Y-%m-%d").str.starts_with(store).fill_null(value=False)
    dated = pl.col("published_at").is_not_null() & ~stored
    return conform(
        articles.with_columns(
            dated=dated,
            own_agency=pl.Series(own, dtype=pl.String),
            claims=pl.col("claims").fill_null([]),
            translated=pl.col("translated").fill_null(value=False),
            body=pl.col("body").fill_null(0),
            body_start=pl.col("body_start").fill_null(0),
            body_end=pl.col("body_end").fill_null(0),
        ),
        PROFILES,
    )
