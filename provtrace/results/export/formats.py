"""The formats that a run is exported in, and the writing of the file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from provtrace.results.bundle import bundle
from provtrace.results.export.graph import graph_json, graphml
from provtrace.results.export.news import json_ld, ninjs
from provtrace.results.export.prov import prov_document
from provtrace.results.export.prov_notations import prov_json_ld, prov_n
from provtrace.results.export.table import csv_text, derivation_rows
from provtrace.results.names import check_name
from provtrace.results.provenance import Provenance
from provtrace.store import write_file


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
    write_file(path, _WRITERS[format](provenance))


def _prov_json(provenance: Provenance) -> bytes:
    return _json(prov_document(provenance.tables, provenance.settings))


def _prov_n(provenance: Provenance) -> bytes:
    return prov_n(prov_document(provenance.tables, provenance.settings)).encode()


def _prov_json_ld(provenance: Provenance) -> bytes:
    return _json(prov_json_ld(prov_document(provenance.tables, provenance.settings)))


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


def _passages(provenance: Provenance) -> bytes:
    return csv_text(provenance.passages()).encode()


def _bundle(provenance: Provenance) -> bytes:
    return bundle(provenance.tables, provenance.settings)


def _graphml(provenance: Provenance) -> bytes:
    return graphml(provenance.tables, provenance.settings)


def _graph_json(provenance: Provenance) -> bytes:
    return _json(graph_json(provenance.tables, provenance.settings))


_WRITERS: Final[Mapping[str, Callable[[Provenance], bytes]]] = {
    "prov-json": _prov_json,
    "prov-n": _prov_n,
    "prov-jsonld": _prov_json_ld,
    "graphml": _graphml,
    "graph-json": _graph_json,
    "csv": _csv,
    "passages": _passages,
    "jsonld": _json_ld,
    "ninjs": _ninjs,
    "bundle": _bundle,
}
FORMATS: Final = tuple(_WRITERS)
