"""The library's functions, in the words of a user: thin, over the pipeline and its stages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from provtrace.engines.local import LocalEngine
from provtrace.errors import InputError
from provtrace.pipeline import ALIGN, CREDIT, ENCODE, SEGMENT, propose, run, trace
from provtrace.results.bundle import Verification, check, read_bundle
from provtrace.results.provenance import Provenance
from provtrace.settings import Settings
from provtrace.stages.read import Source
from provtrace.stages.read import read as read_all
from provtrace.tables import ARTICLES, PAIRS, SENTENCES, conform

if TYPE_CHECKING:
    from provtrace.engines.protocol import Engine

__all__ = ["align", "candidates", "load", "read", "trace", "verify"]


def read(source: Source) -> pl.DataFrame:
    """Articles from files, frames or records, as a frame of `tables.ARTICLES`.

    What could not be read is left out here; `trace` on the same source lists it, with reasons, in its ``rejects``.
    """
    return read_all(source)[0]


def load(folder: str | Path) -> Provenance:
    """A finished run, from its folder.

    Raises:
        RunError: the folder is missing, incomplete or of another version.
    """
    return Provenance.load(folder)


def verify(
    bundle: str | Path,
    source: Source,
    *,
    encoder: str | None = None,
    translator: str | None = None,
    engine: Engine | None = None,
) -> Verification:
    """Check an evidence bundle against the texts it speaks of: are they the same, and do the figures follow from them?

    Args:
        bundle: what `export` writes in the format ``bundle``.
        source: the articles, whatever `read` takes; texts that the bundle does not speak of are left alone.
        encoder: stands for the bundle's, where that is a model in a folder or on a hub.
        translator: the same.
        engine: where it runs; one process where None.

    Raises:
        RunError: there is no bundle in that place, it is damaged, or another version made it in another form.
        InputError: a path is missing, or the bundle names a model that has to be named again.
    """
    stated = read_bundle(bundle)
    settings, engine = stated.trusted(encoder, translator), engine or LocalEngine()

    def retrace(articles: pl.DataFrame, settings: Settings) -> dict[str, pl.DataFrame]:
        with engine.running():
            return run(engine.read(articles), settings, engine)

    return check(stated, *read_all(source), settings, retrace)


def candidates(source: Source, *, settings: Settings | None = None, engine: Engine | None = None) -> pl.DataFrame:
    """Pairs of articles that may share text, with the views that proposed each: a frame of `tables.PAIRS`.

    Args:
        source: whatever `read` takes: paths, frames, records.
        settings: what may change the result; the default ones where None.
        engine: where it runs; one process where None.
    """
    settings, engine = settings or Settings(), engine or LocalEngine()
    with engine.running():
        articles = engine.read(read(source))  # no other name: what the engine puts on disk need not stay in memory
        sentences = engine.map(SEGMENT, articles, settings)
        credits = engine.map(CREDIT, articles, settings) if "credit" in settings.views else None
        pairs, _ = propose(articles, sentences, credits, settings, engine)
        return conform(engine.gather(pairs), PAIRS)


def align(left: str | Sequence[str], right: str | Sequence[str], *, settings: Settings | None = None) -> pl.DataFrame:
    """Align two texts, or two lists of sentences, without a corpus: a frame of `tables.ALIGNMENTS`.

    Offsets count in the text, or in the sentences joined by newlines. The sides are called ``left`` and ``right``.

    Raises:
        InputError: a side is text that can't be an article; the message says why.
    """
    settings = settings or Settings()
    with LocalEngine().running() as engine:
        read = [_sentences(name, text, settings, engine) for name, text in (("left", left), ("right", right))]
        sentences = pl.concat(read)
        vectors = engine.map(ENCODE, engine.read(sentences.select("text").unique()), settings)
        sides = engine.read(sentences.with_columns(left_id=pl.lit("left"), right_id=pl.lit("right")))
        return engine.gather(engine.map(ALIGN, engine.join(sides, vectors, ["text"]), settings))


def _sentences(name: str, text: str | Sequence[str], settings: Settings, engine: Engine) -> pl.DataFrame:
    if not isinstance(text, str) and not (isinstance(text, Sequence) and all(isinstance(part, str) for part in text)):
        raise InputError(f"the {name} side must be a text or a list of sentences, each a string")
    whole = text if isinstance(text, str) else "\n".join(text)
    articles, rejects = read_all([{"id": name, "text": whole}])
    if articles.is_empty() and whole.strip():
        raise InputError(f"the {name} side can't be aligned: {rejects['reason'][0]}")
    if isinstance(text, str) or articles.is_empty():
        return engine.gather(engine.map(SEGMENT, engine.read(conform(articles, ARTICLES)), settings))
    language = articles["language"][0]
    rows, start = [], 0
    for number, sentence in enumerate(text):
        rows.append((name, number, start, start + len(sentence), language, "body", sentence))
        start += len(sentence) + 1
    return pl.DataFrame(rows, schema=SENTENCES, orient="row")
