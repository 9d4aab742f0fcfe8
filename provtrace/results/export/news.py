"""A run in the formats of newsrooms and search engines: schema.org JSON-LD and IPTC ninjs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import polars as pl

from provtrace.results.export.names import urn
from provtrace.results.report.words import link
from provtrace.scoring.agencies import agency_name
from provtrace.tables import TEXT_CREDITS

# schema.org's translationOfWork says that a page is the translation of another: said only where it is likely.
MIN_TRANSLATION: Final = 0.8

_NINJS_SCHEMA: Final = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#"
_DATES: Final = {"month": "%Y-%m", "day": "%Y-%m-%d"}

Item = dict[str, Any]


class _Run:
    """What both formats look up."""

    def __init__(self, tables: Mapping[str, pl.DataFrame]) -> None:
        self.articles: list[Item] = tables["articles"].sort("article_id").to_dicts()
        self.upstreams: list[Item] = tables["upstreams"].sort("upstream_id").to_dicts()
        self.upstream_ids = {row["upstream_id"] for row in self.upstreams}
        self.titles: dict[str, str | None] = {row["article_id"]: row["title"] for row in self.articles}
        claims = tables["credits"].filter(pl.col("role").is_in(TEXT_CREDITS)).drop_nulls("agency")
        grouped = claims.group_by("article_id").agg(pl.col("agency").unique().sort())
        self.credits: dict[str, list[str]] = dict(grouped.iter_rows())
        self.derivations: dict[str, list[Item]] = {}
        for row in tables["derivations"].sort("derived_id", "source_id", "relation").iter_rows(named=True):
            self.derivations.setdefault(row["derived_id"], []).append(row)

    def source_urn(self, source_id: str) -> str:
        return urn("upstream" if source_id in self.upstream_ids else "article", source_id)


def json_ld(tables: Mapping[str, pl.DataFrame]) -> Item:
    """Every article as a schema.org NewsArticle, every unobserved upstream as a CreativeWork, without their text.

    ``isBasedOn`` stands for every derivation, ``translationOfWork`` for a translation of an article of the set at
    `MIN_TRANSLATION` or above.
    """
    run = _Run(tables)
    works = [_article_ld(row, run) for row in run.articles] + [_upstream_ld(row, run) for row in run.upstreams]
    return {"@context": "https://schema.org", "@graph": works}


def _article_ld(row: Item, run: _Run) -> Item:
    edges = run.derivations.get(row["article_id"], [])
    translated = [edge["source_id"] for edge in edges if _is_translation(edge, run)]
    return _known(
        {
            "@type": "NewsArticle",
            "@id": urn("article", row["article_id"]),
            "identifier": row["article_id"],
            "headline": row["title"],
            "url": link(row["url"]),
            "inLanguage": row["language"],
            "datePublished": _date(row["published_at"], row["published_precision"]),
            "publisher": {"@type": "Organization", "name": row["outlet"]} if row["outlet"] else None,
            "creditText": ", ".join(agency_name(agency) for agency in run.credits.get(row["article_id"], [])),
            "isBasedOn": [{"@id": run.source_urn(edge["source_id"])} for edge in edges],
            "translationOfWork": [{"@id": run.source_urn(source)} for source in translated],
        }
    )


def _is_translation(edge: Item, run: _Run) -> bool:
    # rounded, since 32-bit .8 is a little more or less than .8
    likely = round(edge["probability"], 6) >= MIN_TRANSLATION
    return edge["relation"] == "translation" and likely and edge["source_id"] not in run.upstream_ids


def _upstream_ld(row: Item, run: _Run) -> Item:
    agency = row["agency"]
    return _known(
        {
            "@type": "CreativeWork",
            "@id": urn("upstream", row["upstream_id"]),
            "identifier": row["upstream_id"],
            "description": f"Unobserved source, inferred from {len(row['witnesses'] or ())} articles",
            "inLanguage": row["language"],
            "provider": {"@type": "NewsMediaOrganization", "name": agency_name(agency)} if agency else None,
            "isBasedOn": [
                {"@id": run.source_urn(edge["source_id"])} for edge in run.derivations.get(row["upstream_id"], [])
            ],
        }
    )


def ninjs(tables: Mapping[str, pl.DataFrame]) -> list[Item]:
    """Every article as a ninjs 3.1 item with its text.

    Sources are associations whose ``rel`` is the relation, with how likely and how much of the text in descriptions:
    ninjs has no property for a translation of another item, or for a derivation from it.
    """
    run = _Run(tables)
    return [_ninjs_item(row, run) for row in run.articles]


def _ninjs_item(row: Item, run: _Run) -> Item:
    text = row["text"]
    address = link(row["url"])
    return _known(
        {
            "uri": urn("article", row["article_id"]),
            "type": "text",
            "standard": {"name": "ninjs", "version": "3.1", "schema": _NINJS_SCHEMA},
            "language": row["language"],
            "contentCreated": _ninjs_moment(row),
            "headlines": [{"value": row["title"]}] if row["title"] else None,
            "bodies": [{"contentType": "text/plain", "charCount": len(text), "value": text}],
            "altIds": [{"role": "url", "value": address}] if address else None,
            "infoSources": [
                *([{"name": row["outlet"], "role": "publisher"}] if row["outlet"] else []),
                *({"name": agency_name(a), "role": "credited"} for a in run.credits.get(row["article_id"], [])),
            ],
            "associations": [_association(edge, run) for edge in run.derivations.get(row["article_id"], [])],
        }
    )


def _association(edge: Item, run: _Run) -> Item:
    source = edge["source_id"]
    name = f"unobserved source {source}" if source in run.upstream_ids else run.titles.get(source) or source
    return {
        "name": name,
        "uri": run.source_urn(source),
        "rel": edge["relation"],
        "type": "text",
        "descriptions": [
            *({"role": figure, "value": f"{edge[figure]:.2f}"} for figure in ("probability", "share")),
            {"role": "credited", "value": edge["credited"]},
        ],
    }


def _ninjs_moment(row: Item) -> str | None:
    """The time of publication where it is known to the minute: ninjs takes nothing coarser."""
    moment: datetime | None = row["published_at"]
    return None if moment is None or row["published_precision"] in _DATES else moment.isoformat()


def _date(moment: datetime | None, precision: str | None) -> str | None:
    """ISO 8601, no finer than it is known."""
    if moment is None:
        return None
    return moment.strftime(_DATES[precision]) if precision in _DATES else moment.isoformat()


def _known(item: Item) -> Item:
    """The properties that have a value."""
    return {name: value for name, value in item.items() if value not in (None, "", [])}
