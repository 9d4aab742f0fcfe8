"""A run, or one of its stories, as a networkx graph with typed nodes and edges."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from provtrace.results.quoted import Variant, as_quotes, shared
from provtrace.results.story import derivations
from provtrace.scoring.agencies import agency_name

if TYPE_CHECKING:
    import networkx


def build_graph(tables: Mapping[str, pl.DataFrame], quotes: pl.DataFrame) -> networkx.MultiDiGraph:
    """Articles, unobserved upstreams, agencies and shared utterances as one graph.

    Nodes have a ``kind``: ``article``, ``upstream``, ``agency`` (whose node id is ``agency:ID``), ``quote``
    (``quote:ID``) or ``speaker`` (``speaker:NAME``). Only utterances that two articles of the graph have are in it:
    the others, which are most, tie nothing to anything. Edges point from what derives, names or quotes to what it
    derives from, names or quotes, and are keyed by what they mean:

    - a relation (``copy``, ``translation``, ...), ``kind="derivation"``: probability, share, credited, reasons;
    - a relation that is no derivation (``co_derived``, ``same_event``, ...), ``kind="relation"``: probability,
      direction_probability, reasons, and ``directed=False`` where the order of the two ends has no meaning (left to
      right then);
    - ``credits``, from an article to an agency it names: roles;
    - ``attributed_to``, from an upstream to the agency whose text it appears to be: probability;
    - ``quotes:START``, ``kind="quotes"``, from an article to an utterance that it quotes from that character on: start,
      end, form, best, similarity, drift, speaker, as in `results.quoted.Variant`;
    - ``said_by``, from an utterance to its speaker, by the fullest name: names, all that articles give.

    An attribute that is unknown is absent. Values are texts, numbers, truth values and lists of texts, so that JSON
    carries them as they are; figures have six digits.

    Args:
        tables: at least those of `story.STORY_TABLES`.
        quotes: `results.quotes.QUOTES` of the run, or of the articles.
    """
    import networkx

    graph = networkx.MultiDiGraph()
    for row in tables["articles"].select(pl.exclude("text")).iter_rows(named=True):
        graph.add_node(row.pop("article_id"), kind="article", observed=True, **_known(row))
    for row in tables["upstreams"].iter_rows(named=True):
        graph.add_node(row.pop("upstream_id"), kind="upstream", observed=False, **_known(row))
    _add_derivations(graph, tables["derivations"])
    _add_relations(graph, tables["relations"])
    _add_agencies(graph, tables)
    _add_quotes(graph, quotes, tables["articles"]["article_id"])
    return graph


def _add_derivations(graph: networkx.MultiDiGraph, frame: pl.DataFrame) -> None:
    for edge in derivations(frame):
        _ensure_article(graph, (edge.derived_id, edge.source_id))
        figures = {"probability": edge.probability, "share": edge.share, "credited": edge.credited}
        attributes = _known({**figures, "reasons": edge.reasons})
        graph.add_edge(
            edge.derived_id, edge.source_id, key=edge.relation, kind="derivation", directed=True, **attributes
        )


def _add_relations(graph: networkx.MultiDiGraph, frame: pl.DataFrame) -> None:
    """Add the verdicts on pairs that are not there as derivations yet."""
    for row in frame.iter_rows(named=True):
        start, end = row["left_id"], row["right_id"]
        if row["source_id"] == start:
            start, end = end, start
        _ensure_article(graph, (start, end))
        if not graph.has_edge(start, end, key=row["relation"]):
            attributes = _known({name: row[name] for name in ("probability", "direction_probability", "reasons")})
            directed = row["source_id"] is not None
            graph.add_edge(start, end, key=row["relation"], kind="relation", directed=directed, **attributes)


def _add_agencies(graph: networkx.MultiDiGraph, tables: Mapping[str, pl.DataFrame]) -> None:
    taken = frozenset(graph)

    def node(agency: str) -> str:
        name = _free(f"agency:{agency}", taken)
        graph.add_node(name, kind="agency", name=agency_name(agency))
        return name

    claims = tables["credits"].drop_nulls("agency").group_by("article_id", "agency")
    for row in claims.agg(pl.col("role").unique().sort()).sort("article_id", "agency").iter_rows(named=True):
        graph.add_edge(row["article_id"], node(row["agency"]), key="credits", kind="credits", roles=row["role"])
    for row in tables["upstreams"].drop_nulls("agency").iter_rows(named=True):
        attributes = _known({"probability": row["probability"]})
        graph.add_edge(row["upstream_id"], node(row["agency"]), key="attributed_to", kind="attributed_to", **attributes)


def _add_quotes(graph: networkx.MultiDiGraph, quotes: pl.DataFrame, articles: pl.Series) -> None:
    """Add the utterances that two articles have, without their words, which stand at the offsets of the edges."""
    taken, inside = frozenset(graph), pl.col("article_id").is_in(articles.implode())
    tying = shared(quotes.filter(inside))["quote_id"].unique()
    for quote in as_quotes(quotes.filter(pl.col("quote_id").is_in(tying.implode()))):
        name = _free(f"quote:{quote.quote_id}", taken)
        graph.add_node(name, kind="quote", language=quote.language)
        for variant in (variant for variant in quote.variants if variant.article_id in taken):
            attributes = _known(_figures(variant))
            graph.add_edge(variant.article_id, name, key=f"quotes:{variant.start}", kind="quotes", **attributes)
        if quote.speaker is not None:
            speaker = _free(f"speaker:{quote.speaker}", taken)
            graph.add_node(speaker, kind="speaker", name=quote.speaker)
            names = sorted({variant.speaker for variant in quote.variants if variant.speaker})
            graph.add_edge(name, speaker, key="said_by", kind="said_by", names=names)


def _figures(variant: Variant) -> dict[str, Any]:
    columns = ("start", "end", "form", "best", "similarity", "drift", "speaker")
    return {name: getattr(variant, name) for name in columns}


def _free(name: str, taken: Collection[str]) -> str:
    """The name, with its kind before it once more for as long as an article bears it: ids may be any text."""
    kind = name.partition(":")[0]
    while name in taken:
        name = f"{kind}:{name}"
    return name


def _ensure_article(graph: networkx.MultiDiGraph, nodes: Iterable[str]) -> None:
    """Give an article that lies outside the story a node of its kind."""
    for name in nodes:
        if name not in graph:
            graph.add_node(name, kind="article", observed=True)


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that have a value, as JSON has values: times in ISO 8601."""
    return {name: _plain(value) for name, value in row.items() if value is not None}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return round(value, 6)  # tables hold 32-bit floats; their noise in 64 bits is no information
    return list(value) if isinstance(value, tuple) else value
