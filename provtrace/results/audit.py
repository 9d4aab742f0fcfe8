"""How much of each article came from elsewhere, and whether its credits say so.

Shares are of body words: the words of sentences whose role is body. A verdict compares the agencies an article names
for its text with the agencies whose text it carries as far as the set shows; what the set does not hold can't
be seen, so "no credit found" is no proof of anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from provtrace.results.intervals import LEAST, intervals
from provtrace.results.names import check_name
from provtrace.results.reuse import CLASSES, SHARES, lags, longest_runs, shares
from provtrace.results.sources import Sources
from provtrace.results.verdicts import VERDICTS, verdicts

# Results on news reuse depend on the cut-off, so dependence is a curve and never one figure.
THRESHOLDS: Final = (0.1, 0.3, 0.5, 0.8)
DEPENDENCE: Final = tuple(f"dependence_{round(100 * threshold)}" for threshold in THRESHOLDS)
GROUPS: Final = ("article", "outlet", "agency", "story")
_QUARTILES: Final = {"p25": 0.25, "median": 0.5, "p75": 0.75}


def audit(tables: Mapping[str, pl.DataFrame], by: str = "article") -> pl.DataFrame:
    """Reuse and credit, per article or grouped.

    Args:
        tables: the tables of a run.
        by: ``article``; or ``outlet``, ``story``, or ``agency``, where an article counts under every agency whose
            text it carries or that it names. The group of articles that have none has a null key.

    Returns:
        Per article, sorted by article_id: article_id, outlet, story_id, body_words; the shares of body words, each 0..1
        and null where the article has no body words:

        - reuse_share, the words of sentences that came from another text; by kind verbatim_share, near_verbatim_share,
          paraphrase_share and translation_share; by credit credited_share and uncredited_share, where a credit of their
          source was found and where none was;
        - quote_share, background_share, novel_share (novel in this set, and nothing more) and unresolved_share: with
          reuse_share they make 1.

        longest_run, the words in a row that reused text has in common with another article (`reuse.longest_runs`);
        reuse_class, one of `reuse.CLASSES`; main_source, lag_precision, lag_hours and lag_days (`reuse.lags`); credited
        and textual (lists of agency names); interviews (likewise, the agencies that somebody in it told something);
        press_release, whether it says that it is one; verdict, one of `verdicts.VERDICTS`; note.

        Grouped, the largest first: the key (``outlet``, ``agency`` or ``story_id``); articles; mean_reuse_share and so
        on, the means over articles; dependence_10, _30, _50 and _80, the share of articles with reuse_share at or above
        .1, .3, .5 and .8; behind each of these the ends of its bootstrap interval, _low and _high (`intervals`), null
        in groups of fewer than `intervals.LEAST` articles with body words; a count of articles per reuse class;
        lag_articles, the articles with lag_hours, and the quartiles of these, lag_hours_p25, _median and _p75;
        press_releases, a count of articles; a count of articles per verdict.

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
    sources = Sources(tables)
    return (
        tables["articles"]
        .select("article_id", "outlet")
        .join(tables["stories"].select("article_id", "story_id"), on="article_id", how="left")
        .join(shares(tables, sources), on="article_id", how="left")
        .join(longest_runs(tables), on="article_id", how="left")
        .join(lags(tables), on="article_id", how="left")
        .join(verdicts(tables, sources), on="article_id", how="left")
        .with_columns(pl.col("body_words", "longest_run").fill_null(0))  # an article may have no body sentence at all
        .select(
            "article_id", "outlet", "story_id", "body_words", *SHARES, "longest_run", "reuse_class", "main_source",
            "lag_precision", "lag_hours", "lag_days", "credited", "textual", "agencies", "interviews", "press_release",
            "verdict", "note",
        )
        .sort("article_id")
    )  # fmt: skip


def _by_agency(rows: pl.DataFrame) -> pl.DataFrame:
    from provtrace.scoring.agencies import agencies

    names = {agency: known.name for agency, known in agencies().items()}
    agency = pl.col("agencies")
    # releases of polars differ on whether an empty list leaves a row behind
    one_or_more = pl.when(agency.list.len() > 0).then(agency).otherwise(pl.lit([None], dtype=pl.List(pl.String)))
    return rows.with_columns(one_or_more).explode("agencies").with_columns(agency.replace(names).alias("agency"))


def _grouped(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    figures = [*(f"mean_{name}" for name in SHARES), *DEPENDENCE]
    measured = rows.with_columns(
        *(pl.col(name).alias(f"mean_{name}") for name in SHARES),
        *((pl.col("reuse_share") >= t).cast(pl.Float64).alias(n) for t, n in zip(THRESHOLDS, DEPENDENCE, strict=True)),
    )
    verdict, reuse_class, hours = pl.col("verdict"), pl.col("reuse_class"), pl.col("lag_hours")
    groups = measured.group_by(key).agg(
        pl.len().cast(pl.Int64).alias("articles"),
        *(pl.col(name).mean() for name in figures),
        *((reuse_class == name).sum().cast(pl.Int64).alias(name) for name in CLASSES),
        hours.count().cast(pl.Int64).alias("lag_articles"),
        *(hours.quantile(q, "linear").alias(f"lag_hours_{name}") for name, q in _QUARTILES.items()),
        pl.col("press_release").sum().cast(pl.Int64).alias("press_releases"),
        *((verdict == name).sum().cast(pl.Int64).alias(name) for name in VERDICTS),
    )
    kept = [name for name in groups.columns if name not in (key, "articles", *figures)]
    return (
        groups.join(_intervals(measured, key, figures), on=key, how="left", nulls_equal=True)
        .select(key, "articles", *(n + e for n in figures for e in ("", "_low", "_high")), *kept)
        .sort("articles", key, descending=[True, False], nulls_last=True)
    )


def _intervals(rows: pl.DataFrame, key: str, figures: Sequence[str]) -> pl.DataFrame:
    """The intervals of every figure in every group that is large enough; rows come sorted by article."""
    whole = rows.filter(pl.col("body_words") > 0)
    found = []
    for (name,), group in whole.group_by(key):
        if group.height >= LEAST:
            low, high = intervals(group.select(figures).to_numpy())
            ends = {f"{figure}_low": value for figure, value in zip(figures, low.tolist(), strict=True)}
            ends |= {f"{figure}_high": value for figure, value in zip(figures, high.tolist(), strict=True)}
            found.append({key: name, **ends})
    columns = [f"{figure}_{end}" for figure in figures for end in ("low", "high")]
    return pl.DataFrame(found, schema={key: pl.String, **dict.fromkeys(columns, pl.Float64)})
