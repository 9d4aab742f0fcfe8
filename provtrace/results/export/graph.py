"""A run as GraphML, for Gephi, yEd and networkx: one graph of all articles, upstreams and agencies."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from provtrace.results.export.names import xml_text
from provtrace.results.report.words import link
from provtrace.results.story import build_graph

if TYPE_CHECKING:
    import networkx


def graphml(tables: Mapping[str, pl.DataFrame]) -> bytes:
    """The document, as UTF-8."""
    import networkx

    buffer = io.BytesIO()
    networkx.write_graphml_xml(_portable(build_graph(tables)), buffer, prettyprint=True)
    return buffer.getvalue()


def _portable(graph: networkx.MultiDiGraph) -> networkx.MultiDiGraph:
    """The graph as every GraphML reader takes it: edge ids unique in the file, texts that XML can carry."""
    import networkx

    portable = networkx.MultiDiGraph()
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
        if isinstance(value, float):
            portable[name] = round(value, 6)
        else:
            portable[name] = xml_text(value) if isinstance(value, str) else value
    return portable
