"""How much of each article came from elsewhere, and whether its credits say so.

Shares are of body words: the words of sentences whose role is body. A verdict compares the agencies an article names
for its text with the agencies whose text it carries as far as the set shows; what the set does not hold can't
be seen, so "no credit found" is no proof of anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from provtrace.results.names import check_name
from provtrace.results.verdicts import VERDICTS, verdicts

REUSED: Final = ("verbatim", "near_verbatim", "paraphrase", "translation")
# Results on news reuse depend on the cut-off, so dependence is a curve and never one figure.
THRESHOLDS: Final = (0.1, 0.3, 0.5, 0.8)
GROUPS: Final = ("article", "outlet", "agency", "story")

# A word is a run of word characters; in scripts that write no spaces, every character counts as one.
_SPACELESS: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD: Final = rf"[{_SPACELESS}]|[\w--[{_SPACELESS}]]+"
_SHARES: Final = ("reuse_share", *(f"{kind}_share" for kind in REUSED), "novel_share")


def audit(tables: Mapping[str, pl.DataFrame], by: str = "article") -> pl.DataFrame:
    """Reuse and credit, per article or grouped.

    Args:
        tables: the tables of a run.
        by: ``article``; or ``outlet``, ``story``, or ``agency``, where an article counts under every agency whose
            text it carries or that it names. The group of articles that have none has a null key.

    Returns:
        Per article: article_id, outlet, story_id, body_words; reuse_share and its parts verbatim_share,
        near_verbatim_share, paraphrase_share, translation_share, and novel_share (novel in this set), each 0..1 and
        null where the article has no body words; credited and textual (lists of agency names); verdict, one of
        `verdicts.VERDICTS`; note.

        Grouped: the key (``outlet``, ``agency`` or ``story_id``); articles; mean_reuse_share and so on, the means over
        articles; dependence_10, _30, _50 and _80, the share of articles with reuse_share at or above .1, .3, .5 and
        .8; one count of articles per verdict.

    Raises:
        UnknownName: `by` is something else.
    """
    check_name(by, GROUPS, "grouping")
    rows = _per_article(tables)
    if by == "article":
        return rows.drop("agencies")
    if by == "agency":
        return _grouped(_by_agency(rows), "agency")
    return _grouped(rows, "story_id" if by == "story" else by)


def _per_article(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    return (
        tables["articles"]
        .select("article_id", "outlet")
        .join(tables["stories"].select("article_id", "story_id"), on="article_id", how="left")
        .join(_shares(tables), on="article_id", how="left")
        .join(verdicts(tables), on="article_id", how="left")
        .with_columns(pl.col("body_words").fill_null(0))  # an article may have no body sentence at all
        .sort("article_id")
    )


def _shares(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    kind = pl.col("kind")
    words = pl.col("words")

    def share(of: pl.Expr) -> pl.Expr:
        return pl.when(words.sum() > 0).then(words.filter(of).sum() / words.sum())

    body = tables["sentences"].filter(pl.col("role") == "body")
    return (
        body.join(tables["origins"].select("article_id", "sentence", "kind"), on=["article_id", "sentence"], how="left")
        .with_columns(pl.col("text").str.count_matches(_WORD).cast(pl.Int64).alias("words"))
        .group_by("article_id")
        .agg(
            words.sum().alias("body_words"),
            share(kind.is_in(REUSED)).alias("reuse_share"),
            *(share(kind == name).alias(f"{name}_share") for name in REUSED),
            share(kind == "novel_in_set").alias("novel_share"),
        )
    )


def _by_agency(rows: pl.DataFrame) -> pl.DataFrame:
    from provtrace.scoring.agencies import agencies

    names = {agency: known.name for agency, known in agencies().items()}
    agency = pl.col("agencies")
    # releases of polars differ on whether an empty list leaves a row behind
    one_or_more = pl.when(agency.list.len() > 0).then(agency).otherwise(pl.lit([None], dtype=pl.List(pl.String)))
    return rows.with_columns(one_or_more).explode("agencies").with_columns(agency.replace(names).alias("agency"))


def _grouped(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    verdict = pl.col("verdict")
    return (
        rows.group_by(key)
        .agg(
            pl.len().cast(pl.Int64).alias("articles"),
            *(pl.col(name).mean().alias(f"mean_{name}") for name in _SHARES),
            *((pl.col("reuse_share") >= t).mean().alias(f"dependence_{round(t * 100)}") for t in THRESHOLDS),
            *((verdict == name).sum().cast(pl.Int64).alias(name) for name in VERDICTS),
        )
        .sort("articles", key, descending=[True, False], nulls_last=True)
    )
