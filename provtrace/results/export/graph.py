"""A run as one graph of all articles, upstreams and agencies: GraphML for Gephi and yEd, JSON for programs."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from provtrace.results.export.names import xml_text
from provtrace.results.graph import build_graph
from provtrace.results.quotes import quotes
from provtrace.results.report.words import link
from provtrace.settings import Settings

if TYPE_CHECKING:
    import networkx


def graph_json(tables: Mapping[str, pl.DataFrame], settings: Settings) -> dict[str, Any]:
    """The graph in the node-link form that networkx and D3 read, with the attributes of `build_graph`."""
    graph = build_graph(tables, quotes(tables))
    edges = sorted(graph.edges(keys=True, data=True), key=lambda edge: edge[:3])
    return {
        "directed": True,
        "multigraph": True,
        "graph": {"signature": settings.signature()},
        "nodes": [{"id": node, **attributes} for node, attributes in sorted(graph.nodes(data=True))],
        "edges": [{"source": start, "target": end, "key": key, **attributes} for start, end, key, attributes in edges],
    }


def graphml(tables: Mapping[str, pl.DataFrame], settings: Settings) -> bytes:
    """The graph in GraphML, as UTF-8.

    Lists are joined by ``; ``; an edge's key is its attribute ``relation``.
    """
    import networkx

    buffer = io.BytesIO()
    networkx.write_graphml_xml(_portable(build_graph(tables, quotes(tables)), settings), buffer, prettyprint=True)
    return buffer.getvalue()


def _portable(graph: networkx.MultiDiGraph, settings: Settings) -> networkx.MultiDiGraph:
    """The graph as every GraphML reader takes it: edge ids unique in the file, texts that XML can carry."""
    import networkx

    portable = networkx.MultiDiGraph(signature=xml_text(settings.signature()))
    for node, attributes in sorted(graph.nodes(data=True)):
        portable.add_node(xml_text(node), **_attributes(attributes))
    for number, (start, end, key, attributes) in enumerate(
        sorted(graph.edges(keys=True, data=True), key=lambda e: e[:3])
    ):
        edge = {"relation": key, **_attributes(attributes)}
        portable.add_edge(xml_text(start), xml_text(end), key=f"e{number}", **edge)
    return portable


def _attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    portable: dict[str, Any] = {}
    for name, value in sorted(attributes.items()):
        if name == "url" and link(value) is None:
            continue
        plain = "; ".join(value) if isinstance(value, list) else value
        if plain != "":  # readers lose an empty element
            portable[name] = xml_text(plain) if isinstance(plain, str) else plain
    return portable
