"""Evidence without the texts: a zip that can be passed on where the articles can't.

Whoever holds the articles can check every figure against them: sentences are given by character offsets and salted
hashes. Titles and reasons stay out, because they can hold words of the articles.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Final

import polars as pl

from provtrace.results.export.table import csv_text
from provtrace.settings import VERSION, Settings
from provtrace.tables import canonical

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: the same run gives the same bytes
_README: Final = """\
Evidence of a provtrace run, without the articles' texts.

manifest.json   the settings and the version that led to these figures, and the salt
*.csv           the run's tables; start and end are character offsets into an article's text, end not included

To check an article you hold: text_hash is the SHA-256, in hexadecimal, of the salt (as it is written in
manifest.json) followed by the article's text in UTF-8; the hashes of sentences.csv are those of text[start:end],
in the same way.
"""
# Table to the columns that may hold words of an article.
_TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "articles": ("title", "text"),
    "sentences": ("text",),
    "alignments": (),
    "credits": (),
    "relations": ("reasons",),
    "upstreams": (),
    "upstream_units": (),
    "derivations": ("reasons",),
    "origins": (),
    "stories": (),
}


def bundle(tables: Mapping[str, pl.DataFrame], settings: Settings) -> bytes:
    """The zip file.

    The salt depends on the run alone, so that the bundle can be made again; it keeps hashes of different runs
    from being matched with one another.

    Args:
        tables: the tables of a run.
        settings: the settings that led to them.
    """
    salt = _salt(tables["articles"], settings)
    manifest = {
        "format": "provtrace-bundle",
        "version": VERSION,
        "signature": settings.signature(),
        "hash": "sha256",
        "salt": salt,
        "counts": {name: tables[name].height for name in _TABLES},
    }
    files = {"README.txt": _README, "manifest.json": json.dumps(manifest, indent=2, sort_keys=True) + "\n"}
    for name, private in _TABLES.items():
        files[f"{name}.csv"] = csv_text(canonical(_hashed(tables[name], salt).drop(private)))
    return _zip(files)


def _salt(articles: pl.DataFrame, settings: Settings) -> str:
    digest = hashlib.sha256(settings.signature().encode())
    for article_id, text in articles.select("article_id", "text").sort("article_id").iter_rows():
        digest.update(hashlib.sha256(article_id.encode()).digest() + hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()[:32]


def _hashed(frame: pl.DataFrame, salt: str) -> pl.DataFrame:
    if "text" not in frame.columns:
        return frame
    hashes = [hashlib.sha256((salt + text).encode()).hexdigest() for text in frame["text"]]
    return frame.with_columns(pl.Series("text_hash", hashes, dtype=pl.String))


def _zip(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content.encode())
    return buffer.getvalue()
