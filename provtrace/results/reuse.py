"""How much of each article's text came from elsewhere, how literally, and how long after its source it appeared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from provtrace.results.sources import Sources
from provtrace.tables import PRECISIONS, REUSED

# What a body word can be beside reused, by the kind of its sentence; all else is unresolved.
BESIDE: Final = {"shared_quote": "quote", "background": "background", "novel_in_set": "novel"}
SHARES: Final = (
    "reuse_share",
    *(f"{kind}_share" for kind in REUSED),
    "credited_share",
    "uncredited_share",
    *(f"{name}_share" for name in BESIDE.values()),
    "unresolved_share",
)
# The classes of METER (Clough, Gaizauskas, Piao and Wilks 2002). There a journalist judged; here the ends of the
# dependence curve do: an article is wholly derived from .8 of its words on, and not derived below .1.
CLASSES: Final = ("wholly_derived", "partially_derived", "non_derived")
WHOLLY: Final = 0.8
PARTLY: Final = 0.1

# A word is a run of word characters; in scripts that write no spaces, every character counts as one.
_SPACELESS: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD: Final = rf"[{_SPACELESS}]|[\w--[{_SPACELESS}]]+"
_HOUR: Final = 3_600_000_000  # in microseconds


def shares(tables: Mapping[str, pl.DataFrame], sources: Sources) -> pl.DataFrame:
    """Shares of the body words of every article that has body sentences.

    Args:
        tables: the tables of a run.
        sources: of the same run.

    Returns:
        article_id, body_words, `SHARES` (0..1, null without body words), and reuse_class, one of `CLASSES`: null
        without body words, and where little is known to be reused and more may be.
    """
    kind, words = pl.col("kind"), pl.col("words")
    reused, credited = kind.is_in(REUSED), pl.col("credited").fill_null(value=False)

    def share(of: pl.Expr) -> pl.Expr:
        return pl.when(words.sum() > 0).then(words.filter(of).sum() / words.sum())

    reuse = pl.col("reuse_share")
    return (
        _words_with_origins(tables, sources)
        .group_by("article_id")
        .agg(
            words.sum().alias("body_words"),
            share(reused).alias("reuse_share"),
            *(share(kind == name).alias(f"{name}_share") for name in REUSED),
            share(reused & credited).alias("credited_share"),
            share(reused & ~credited).alias("uncredited_share"),
            *(share(kind == name).alias(f"{short}_share") for name, short in BESIDE.items()),
            share(~kind.is_in([*REUSED, *BESIDE])).alias("unresolved_share"),
        )
        .with_columns(
            pl.when(reuse >= WHOLLY).then(pl.lit(CLASSES[0])).when(reuse >= PARTLY).then(pl.lit(CLASSES[1]))
            .when(reuse + pl.col("unresolved_share") < PARTLY).then(pl.lit(CLASSES[2])).alias("reuse_class")
        )
    )  # fmt: skip


def _words_with_origins(tables: Mapping[str, pl.DataFrame], sources: Sources) -> pl.DataFrame:
    """article_id, words, kind, credited (null without an origin): a row for every body sentence."""
    origins = tables["origins"].select("article_id", "sentence", pl.col("kind").fill_null("unresolved"), "origin_id")
    taken = origins.filter(pl.col("kind").is_in(REUSED)).select("article_id", "origin_id").drop_nulls().unique()
    credited = pl.Series("credited", [sources.credits(*pair) for pair in taken.iter_rows()], dtype=pl.Boolean)
    body = tables["sentences"].filter(pl.col("role") == "body")
    return (
        body.join(origins, on=["article_id", "sentence"], how="left")
        .join(taken.with_columns(credited), on=["article_id", "origin_id"], how="left")
        .select(
            "article_id",
            pl.col("text").str.count_matches(_WORD).cast(pl.Int64).alias("words"),
            pl.col("kind").fill_null("unresolved"),
            "credited",
        )
    )


def longest_runs(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """article_id, longest_run: words in a row that reused text of an article has in common with another article.

    The run of an aligned unit; units that are word for word the same and follow one another on both sides count
    together. A run that begins or ends inside the next sentence is cut at its border. Articles that reuse nothing are
    left out.
    """
    reused = (
        tables["origins"].filter(pl.col("kind").is_in(REUSED)).select("article_id", pl.col("sentence").alias("first"))
    )
    # a quotation has no origin by itself; where the text around it was taken, it came with that text
    taken = tables["alignments"].filter(pl.col("kind").is_in([*REUSED, "shared_quote"]))
    for side in ("left", "right"):
        languages = tables["articles"].select(pl.col("article_id").alias(f"{side}_id"), pl.col("language").alias(side))
        taken = taken.join(languages, on=f"{side}_id")
    same_words = taken.filter(pl.col("left") == pl.col("right"))
    sides = [
        same_words.select(
            pl.col(f"{own}_id").alias("article_id"),
            pl.col(f"{other}_id").alias("other_id"),
            pl.col(f"{own}_sentences").list.min().alias("first"),
            pl.col(f"{own}_sentences").list.max().alias("last"),
            pl.col(f"{other}_sentences").list.min().alias("other_first"),
            pl.col(f"{other}_sentences").list.max().alias("other_last"),
            pl.col("run").cast(pl.Int64),
            (pl.col("edit") >= 1).alias("whole"),
        )
        for own, other in (("left", "right"), ("right", "left"))
    ]
    whole, pair = pl.col("whole"), ["article_id", "other_id"]
    follows = (
        (whole & whole.shift(1))
        & (pl.col("first") == pl.col("last").shift(1) + 1)
        & (pl.col("other_first") == pl.col("other_last").shift(1) + 1)
    )
    return (
        pl.concat(sides)
        .join(reused, on=["article_id", "first"], how="semi")
        .sort(*pair, "first", "other_first", "last", "other_last")
        .with_columns((~follows.over(pair).fill_null(value=False)).cum_sum().alias("chain"))
        .group_by("article_id", "chain")
        .agg(pl.col("run").sum())
        .group_by("article_id")
        .agg(pl.col("run").max().alias("longest_run"))
    )


def lags(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """How long after its main source every derived article appeared.

    Returns:
        article_id; main_source, the source of the largest share; lag_precision, the coarser of the precisions of the
        two dates, null where either is unknown; lag_hours, where both dates have minutes; lag_days, calendar days in
        UTC, where both have days. Below 0 where the dates have the source appear later. An upstream that is not in the
        set has no date.
    """
    first = tables["derivations"].sort(
        ["derived_id", "share", "probability", "source_id"], descending=[False, True, True, False]
    )
    main = first.unique("derived_id", keep="first", maintain_order=True)
    rank = pl.col("published_precision").replace_strict(
        {name: number for number, name in enumerate(PRECISIONS)}, default=None, return_dtype=pl.Int8
    )
    dated = tables["articles"].drop_nulls(["published_at", "published_precision"])
    dates = dated.select("article_id", at="published_at", rank=rank)
    both = (
        main.select(article_id="derived_id", main_source="source_id")
        .join(dates, on="article_id", how="left")
        .join(dates, left_on="main_source", right_on="article_id", how="left", suffix="_source")
    )
    coarser = pl.when(pl.all_horizontal(pl.col("rank", "rank_source").is_not_null())).then(
        pl.max_horizontal("rank", "rank_source")
    )
    names = dict(enumerate(PRECISIONS))
    days = (pl.col("at").dt.date() - pl.col("at_source").dt.date()).dt.total_days()
    return both.select(
        "article_id",
        "main_source",
        coarser.replace_strict(names, default=None, return_dtype=pl.String).alias("lag_precision"),
        pl.when(coarser == 0)
        .then((pl.col("at") - pl.col("at_source")).dt.total_microseconds() / _HOUR)
        .alias("lag_hours"),
        pl.when(coarser <= 1).then(days).alias("lag_days"),
    )
