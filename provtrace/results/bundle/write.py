"""A run to an evidence bundle: the bytes of a zip."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

import polars as pl

from provtrace.errors import InputError
from provtrace.results.bundle import layout
from provtrace.results.bundle.hashes import ALGORITHM, hash_articles, hash_sentences, salt_of
from provtrace.settings import VERSION, Settings
from provtrace.tables import SCHEMA_VERSION, canonical, conform

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: the same run gives the same bytes
_README: Final = """\
Evidence of a provtrace run, without the articles' texts.

manifest.json   the settings and the version that led to these figures, and the salt
*.jsonl         the run's tables, a row a line, and its audits; start and end are character offsets (Unicode code
                points) into an article's text, end not included

Whoever holds the texts can check all of it:

    provtrace verify BUNDLE ARTICLES...

By hand: text_hash of articles.jsonl is the SHA-256, in hexadecimal, of the salt (as it is written in manifest.json)
followed by the article's text in UTF-8. That of sentences.jsonl is made in the same way, of the text from the start of
the sentence before it to the end of the sentence after it.
"""


def bundle(tables: Mapping[str, pl.DataFrame], settings: Settings) -> bytes:
    """The zip file, the same for the same run.

    Args:
        tables: the tables of a run.
        settings: the settings that led to them.

    Raises:
        InputError: it would be larger than what `read_bundle` reads.
    """
    salt = salt_of(tables["articles"], settings)
    hashed = {
        **tables,
        "articles": hash_articles(tables["articles"], salt),
        "sentences": hash_sentences(tables["sentences"], tables["articles"], salt),
    }
    files = {layout.README: _README.encode(), layout.MANIFEST: _manifest(salt, settings)}
    for name in layout.PARTS:
        files[layout.member(name)] = _lines(canonical(conform(hashed[name], layout.schema(name))))
    for name, frame in layout.audits(tables).items():
        files[layout.member(name)] = _lines(frame)
    if sum(map(len, files.values())) > layout.MAX_BYTES:
        raise InputError(f"the run is too large for a bundle: its tables have more than {layout.MAX_BYTES:,} bytes")
    return _zip(files)


def _manifest(salt: str, settings: Settings) -> bytes:
    manifest = {
        "format": layout.FORMAT,
        "schema": SCHEMA_VERSION,
        "version": VERSION,
        "signature": settings.signature(),
        "settings": asdict(settings),
        "hash": ALGORITHM,
        "salt": salt,
    }
    return json.dumps(manifest, indent=2, sort_keys=True).encode() + b"\n"


def _lines(frame: pl.DataFrame) -> bytes:
    # the shortest decimal of a 32-bit float, which in 64 bits has noise after it
    return frame.with_columns(pl.col(pl.Float32).cast(pl.String).cast(pl.Float64)).write_ndjson().encode()


def _zip(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()
