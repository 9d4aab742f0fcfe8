"""What the verdicts need to know of an article beside its alignments: date, outlet, claims, length."""

from __future__ import annotations

from typing import Final

import polars as pl

from provtrace.scoring.agencies import own_agency, strength
from provtrace.settings import Settings
from provtrace.tables import PROFILES, TEXT_CREDITS, TEXTS, conform, table

CLAIMS: Final = table({"article_id": pl.String, "claims": TEXTS, "claim_roles": TEXTS, "translated": pl.Boolean})
LENGTHS: Final = table({"article_id": pl.String, "body": pl.Int32, "body_start": pl.Int32, "body_end": pl.Int32})

# A crawl store writes its date before the text; such a date may be weeks late.
_STORE_DATE: Final = r"^\s*date (\d{4}-\d{2}(?:-\d{2})?)"


def claims(credits: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: CREDITS to the agencies that each article credits for its words, and in which form; keyed by article."""
    del settings
    ranks = {role: -strength(role) for role in TEXT_CREDITS}
    rank = pl.col("role").replace_strict(ranks, default=None, return_dtype=pl.Float64)
    claim = pl.col("agency").is_not_null() & pl.col("role").is_in(TEXT_CREDITS)
    # of several credits to one agency, the strongest form
    named = credits.filter(claim).sort("article_id", "agency", rank, "role")
    strongest = named.unique(["article_id", "agency"], keep="first", maintain_order=True)
    by_article = strongest.group_by("article_id").agg(claims="agency", claim_roles="role")
    noted = credits.group_by("article_id").agg(translated=(pl.col("role") == "translation").any())
    empty = pl.lit([], pl.List(pl.String))
    grouped = noted.join(by_article, on="article_id", how="left").with_columns(
        pl.col("claims", "claim_roles").fill_null(empty)
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
            claim_roles=pl.col("claim_roles").fill_null([]),
            translated=pl.col("translated").fill_null(value=False),
            body=pl.col("body").fill_null(0),
            body_start=pl.col("body_start").fill_null(0),
            body_end=pl.col("body_end").fill_null(0),
        ),
        PROFILES,
    )
