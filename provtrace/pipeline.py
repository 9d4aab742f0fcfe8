"""The map of the house: from articles to the provenance graph, top to bottom."""

from __future__ import annotations

from typing import Final

import polars as pl

from provtrace.engines.local import LocalEngine
from provtrace.engines.protocol import Engine, Stage, Table
from provtrace.errors import NothingUsable
from provtrace.results.provenance import Provenance
from provtrace.scoring.encode import encode, load_encoder
from provtrace.scoring.translator import load_translator
from provtrace.settings import Settings
from provtrace.stages import candidates, fingerprint, origins, profile
from provtrace.stages.align import align
from provtrace.stages.attribution import attribute
from provtrace.stages.credit import credit
from provtrace.stages.read import Source, read
from provtrace.stages.relate import relate
from provtrace.stages.segment import segment
from provtrace.stages.stories import stories
from provtrace.tables import (
    ALIGNMENTS,
    BANDS,
    CREDITS,
    ORIGINS,
    PAIRS,
    PROFILES,
    PROPOSED,
    SCORES,
    SENTENCE_BANDS,
    SENTENCES,
    SKETCHES,
    VECTORS,
    VERDICTS,
    VOTES,
)

ARTICLE, PAIR = ("article_id",), ("left_id", "right_id")

SEGMENT: Final = Stage(segment, SENTENCES)
CREDIT: Final = Stage(credit, CREDITS)
ENCODE: Final = Stage(encode, VECTORS, fan=10)
SKETCH: Final = Stage(fingerprint.sketch, SKETCHES, ARTICLE)
TEXT_BANDS: Final = Stage(fingerprint.text_bands, BANDS, ARTICLE)
VECTOR_BANDS: Final = Stage(fingerprint.vector_bands, SENTENCE_BANDS)
CREDIT_BANDS: Final = Stage(fingerprint.credit_bands, BANDS)
COLLIDE: Final = Stage(candidates.collide, VOTES, ("kind", "bucket"))
COLLIDE_VECTORS: Final = Stage(candidates.collide_vectors, VOTES, ("bucket",))
TALLY: Final = Stage(candidates.tally, SCORES, PAIR)
BEST: Final = Stage(candidates.best, SCORES, ARTICLE)
PAIRING: Final = Stage(candidates.pairs, PROPOSED, PAIR)
CONTAIN: Final = Stage(candidates.contain, PAIRS)
ALIGN: Final = Stage(align, ALIGNMENTS, PAIR, fan=50)
CLAIMS: Final = Stage(profile.claims, profile.CLAIMS, ARTICLE)
LENGTHS: Final = Stage(profile.lengths, profile.LENGTHS, ARTICLE)
PROFILE: Final = Stage(profile.profile, PROFILES)
RELATE: Final = Stage(relate, VERDICTS, PAIR)
SHARED: Final = Stage(origins.shared, origins.SHARED)
STRONGEST: Final = Stage(origins.strongest, origins.SHARED, ARTICLE)
ORIGIN: Final = Stage(origins.origins, ORIGINS)

STAGES: Final = (
    SEGMENT, CREDIT, ENCODE, SKETCH, TEXT_BANDS, VECTOR_BANDS, CREDIT_BANDS, COLLIDE, COLLIDE_VECTORS, TALLY, BEST,
    PAIRING, CONTAIN, ALIGN, CLAIMS, LENGTHS, PROFILE, RELATE, SHARED, STRONGEST, ORIGIN,
)  # fmt: skip


def trace(source: Source, *, settings: Settings | None = None, engine: LocalEngine | None = None) -> Provenance:
    """Trace where articles come from.

    Args:
        source: whatever `read` takes: paths, frames, records.
        settings: what may change the result; the default ones where None.
        engine: where it runs; one process where None.

    Returns:
        Every table of the run, and the questions one may ask of it.

    Raises:
        NothingUsable: nothing of the source became an article; the message counts the reasons.
        InputError: a path is missing, or the source is of no known kind.
    """
    settings, engine = settings or Settings(), engine or LocalEngine()
    articles, rejects = read(source)
    if articles.is_empty():
        raise NothingUsable(_nothing(rejects))
    load_encoder(settings.encoder)  # a wrong name is told now, not after an hour
    if settings.translator is not None:
        load_translator(settings.translator)
    with engine.running():
        tables = run(engine.read(articles), settings, engine)
    return Provenance({"articles": articles, "rejects": rejects, **tables}, settings)


def run(articles: Table, settings: Settings, engine: Engine) -> dict[str, pl.DataFrame]:
    """The pipeline: ARTICLES to all the other tables of a run folder."""
    sentences = engine.map(SEGMENT, articles, settings)
    credits = engine.map(CREDIT, articles, settings)
    dated = engine.join(
        credits, engine.select(articles, article_id="article_id", published_at="published_at"), ["article_id"]
    )

    pairs, embedded = propose(sentences, dated, settings, engine)
    if embedded is None:  # then only what will be aligned needs vectors
        paired = engine.select(_sides(pairs, engine), article_id="article_id")
        embedded = _embedded(engine.join(paired, sentences, ["article_id"]), settings, engine)
    alignments = engine.map(ALIGN, engine.join(_sides(pairs, engine), embedded, ["article_id"]), settings)

    claims = engine.map(CLAIMS, credits, settings)
    lengths = engine.map(LENGTHS, sentences, settings)
    measured = engine.join(articles, lengths, ["article_id"], how="left")
    profiles = engine.map(PROFILE, engine.join(measured, claims, ["article_id"], how="left"), settings)
    verdicts = engine.map(RELATE, _with_profiles(alignments, profiles, engine), settings)

    # The graph needs ids and offsets of related pairs, no texts: small enough to be seen whole.
    aligned = engine.gather(alignments)
    found = attribute(engine.gather(verdicts), aligned, engine.gather(profiles), settings)

    related = engine.select(engine.read(found.relations), left_id="left_id", right_id="right_id", relation="relation")
    shared = engine.map(STRONGEST, engine.map(SHARED, engine.join(alignments, related, list(PAIR)), settings), settings)
    told = engine.join(sentences, engine.read(found.assignments), ["article_id", "sentence"], how="left")
    told = engine.join(told, shared, ["article_id", "sentence"], how="left")
    return {
        "sentences": engine.gather(sentences),
        "pairs": engine.gather(pairs),
        "alignments": aligned,
        "credits": engine.gather(credits),
        "relations": found.relations,
        "upstreams": found.upstreams,
        "upstream_units": found.upstream_units,
        "derivations": found.derivations,
        "origins": engine.gather(engine.map(ORIGIN, told, settings)),
        "stories": stories(found.relations, found.derivations),
    }


def propose(sentences: Table, dated_credits: Table, settings: Settings, engine: Engine) -> tuple[Table, Table | None]:
    """SENTENCES and dated CREDITS to candidate PAIRS and, where a view needed them, sentences with their vectors."""
    embedded: Table | None = None
    sketches = engine.map(SKETCH, sentences, settings)
    bands = [engine.map(TEXT_BANDS, sentences, settings)]
    if "credit" in settings.views:
        bands.append(engine.map(CREDIT_BANDS, dated_credits, settings))
    votes = [engine.map(COLLIDE, engine.union(*bands), settings)]
    if "semantic" in settings.views:
        embedded = _embedded(sentences, settings, engine)
        keys = engine.map(VECTOR_BANDS, embedded, settings)
        votes.append(engine.map(COLLIDE_VECTORS, engine.join(keys, embedded, ["article_id", "sentence"]), settings))
    scores = engine.map(TALLY, engine.union(*votes), settings)
    mirrored = engine.union(
        *(engine.select(scores, **{name: name for name in SCORES}, article_id=side) for side in PAIR)
    )
    best = engine.select(engine.map(BEST, mirrored, settings), **{name: name for name in SCORES})
    found = engine.map(PAIRING, best, settings)
    for side in ("left", "right"):
        renamed = {f"{side}_id": "article_id", f"{side}_keys": "keys"}
        found = engine.join(found, engine.select(sketches, **renamed), [f"{side}_id"], how="left")
    return engine.map(CONTAIN, found, settings), embedded


def _embedded(sentences: Table, settings: Settings, engine: Engine) -> Table:
    """The sentences with their vectors, each distinct text encoded once."""
    vectors = engine.map(ENCODE, engine.select(sentences, text="text"), settings)
    return engine.join(sentences, vectors, ["text"])


def _sides(pairs: Table, engine: Engine) -> Table:
    """Each pair twice, once for each of its articles."""
    return engine.union(
        *(engine.select(pairs, left_id="left_id", right_id="right_id", article_id=side) for side in PAIR)
    )


def _with_profiles(alignments: Table, profiles: Table, engine: Engine) -> Table:
    table = alignments
    for side in ("left", "right"):
        renamed = {
            ("left_id" if side == "left" else "right_id") if name == "article_id" else f"{side}_{name}": name
            for name in PROFILES
        }
        table = engine.join(table, engine.select(profiles, **renamed), [f"{side}_id"])
    return table


def _nothing(rejects: pl.DataFrame) -> str:
    if rejects.is_empty():
        return "the input holds no article"
    reasons = rejects.group_by("reason").len().sort("len", "reason", descending=[True, False]).head(3)
    told = "; ".join(f"{count} x {reason}" for reason, count in reasons.iter_rows())
    return f"nothing usable in the input: {told}"
