"""A run in other people's formats.

=========  ============================================================================
format     what is written
=========  ============================================================================
prov-json  W3C PROV-JSON: claims and findings in separate bundles, no article text
graphml    one graph of all articles, upstreams and agencies, for Gephi, yEd, networkx
csv        one line per derivation, with who credited whom, for spreadsheets
jsonld     schema.org NewsArticle with isBasedOn and translationOfWork, no article text
ninjs      IPTC ninjs 3.1, one item a line, with the article text
bundle     a zip of evidence without article text: offsets, salted hashes, figures
=========  ============================================================================
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from provtrace.errors import InputError
from provtrace.results.export_bundle import bundle
from provtrace.results.export_csv import csv_text
from provtrace.results.export_names import xml_text
from provtrace.results.export_news import json_ld, ninjs
from provtrace.results.export_prov import prov_document
from provtrace.results.names import check_name
from provtrace.results.provenance import Provenance
from provtrace.results.report_words import link
from provtrace.results.story import build_graph
from provtrace.results.verdicts import verdicts

if TYPE_CHECKING:
    import networkx


def export(provenance: Provenance, format: str, path: str | Path) -> None:
    """Write a run to a file, the same bytes for the same run.

    Args:
        provenance: the run.
        format: one of `FORMATS`.
        path: the file; one that is there is replaced, folders on the way are made.

    Raises:
        UnknownName: there is no such format.
        InputError: the file can't be written.
    """
    check_name(format, FORMATS, "export format")
    content = _WRITERS[format](provenance)
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    except OSError as error:
        raise InputError(f"can't write {target}: {error}") from error


def derivation_rows(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """One row per derivation, with both ends' outlets and what the derived article credits."""
    articles = tables["articles"].select("article_id", "outlet", "language", "published_at")
    upstreams = tables["upstreams"].select(
        pl.col("upstream_id").alias("source_id"), pl.col("agency").alias("upstream_agency")
    )
    edges = tables["derivations"].join(
        articles.rename({name: f"derived_{name.removeprefix('article_')}" for name in articles.columns}),
        on="derived_id",
    )
    edges = edges.join(
        articles.rename({name: f"source_{name.removeprefix('article_')}" for name in articles.columns}),
        on="source_id",
        how="left",
    )
    judged = verdicts(tables).select(pl.col("article_id").alias("derived_id"), "credited", "textual", "verdict", "note")
    judged = judged.rename({"credited": "names_agencies", "textual": "text_of_agencies"})
    observed = pl.col("source_id").is_in(articles["article_id"].implode())
    return (
        edges.join(upstreams, on="source_id", how="left")
        .join(judged, on="derived_id", how="left")
        .with_columns(pl.when(observed).then(pl.lit("article")).otherwise(pl.lit("upstream")).alias("source_kind"))
        .select(_EDGE_COLUMNS)
        .sort("derived_id", "source_id", "relation")
    )


_EDGE_COLUMNS: Final = (
    "derived_id",
    "derived_outlet",
    "derived_language",
    "derived_published_at",
    "source_id",
    "source_kind",
    "source_outlet",
    "source_language",
    "source_published_at",
    "upstream_agency",
    "relation",
    "probability",
    "share",
    "credited",
    "names_agencies",
    "text_of_agencies",
    "verdict",
    "note",
    "reasons",
)


def _prov_json(provenance: Provenance) -> bytes:
    return _json(prov_document(provenance.tables, provenance.settings))


def _json_ld(provenance: Provenance) -> bytes:
    # such a file gets pasted into a page's script element, which the first "</script>" in a title would end
    return _json(json_ld(provenance.tables)).replace(b"<", b"\\u003c")


def _ninjs(provenance: Provenance) -> bytes:
    return b"".join(json.dumps(item, sort_keys=True).encode() + b"\n" for item in ninjs(provenance.tables))


def _json(document: Mapping[str, Any]) -> bytes:
    # on one line: an indented dump of a large run takes five times as long
    return json.dumps(document, sort_keys=True).encode() + b"\n"


def _csv(provenance: Provenance) -> bytes:
    return csv_text(derivation_rows(provenance.tables)).encode()


def _bundle(provenance: Provenance) -> bytes:
    return bundle(provenance.tables, provenance.settings)


def _graphml(provenance: Provenance) -> bytes:
    import networkx

    buffer = io.BytesIO()
    networkx.write_graphml_xml(_portable(build_graph(provenance.tables)), buffer, prettyprint=True)
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


_WRITERS: Final[Mapping[str, Callable[[Provenance], bytes]]] = {
    "prov-json": _prov_json,
    "graphml": _graphml,
    "csv": _csv,
    "jsonld": _json_ld,
    "ninjs": _ninjs,
    "bundle": _bundle,
}
FORMATS: Final = tuple(_WRITERS)
