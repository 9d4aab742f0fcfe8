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
from provtrace.stages import candidates, fingerprint, nearest, origins, profile
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
    SENTENCES,
    SKETCHES,
    VECTORS,
    VERDICTS,
    VOTES,
)

ARTICLE, PAIR = ("article_id",), ("left_id", "right_id")

SEGMENT: Final = Stage(segment, SENTENCES, fan=20)
CREDIT: Final = Stage(credit, CREDITS, fan=20)
ENCODE: Final = Stage(encode, VECTORS, fan=10)
SKETCH: Final = Stage(fingerprint.sketch, SKETCHES, ARTICLE)
TEXT_BANDS: Final = Stage(fingerprint.text_bands, BANDS, ARTICLE)
PASSAGE_BANDS: Final = Stage(fingerprint.passage_bands, BANDS, fan=100)
CREDIT_BANDS: Final = Stage(fingerprint.credit_bands, BANDS, ARTICLE)
COLLIDE: Final = Stage(candidates.collide, VOTES, ("kind", "bucket"), fan=0.25)
ABROAD: Final = Stage(nearest.abroad, nearest.ARTICLE_IDS, None)
HINTED: Final = Stage(nearest.hinted, nearest.ARTICLE_IDS, ARTICLE, fan=0.1)
VOICES: Final = Stage(nearest.voices, SENTENCES, ("text",))
MEETINGS: Final = Stage(nearest.meetings, nearest.MEETINGS, None)
NEAREST: Final = Stage(nearest.nearest, VOTES, ("left_block", "right_block"), fan=40)
TALLY: Final = Stage(candidates.tally, SCORES, PAIR, fan=0.1)
BEST: Final = Stage(candidates.best, SCORES, ARTICLE, fan=0.1)
PAIRING: Final = Stage(candidates.pairs, PROPOSED, PAIR, fan=0.1)
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
    SEGMENT, CREDIT, ENCODE, SKETCH, TEXT_BANDS, PASSAGE_BANDS, CREDIT_BANDS, COLLIDE, ABROAD, HINTED, VOICES, MEETINGS,
    NEAREST, TALLY, BEST, PAIRING, CONTAIN, ALIGN, CLAIMS, LENGTHS, PROFILE, RELATE, SHARED, STRONGEST, ORIGIN,
)  # fmt: skip


def trace(source: Source, *, settings: Settings | None = None, engine: Engine | None = None) -> Provenance:
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
    pairs, vectors = propose(articles, sentences, credits, settings, engine)
    paired = engine.join(engine.select(_sides(pairs, engine), article_id="article_id"), sentences, ["article_id"])
    embedded = engine.join(sentences, _encoded(paired, vectors, settings, engine), ["text"])
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


def propose(
    articles: Table, sentences: Table, credits: Table | None, settings: Settings, engine: Engine
) -> tuple[Table, Table]:
    """ARTICLES, their SENTENCES and CREDITS to candidate PAIRS, and the VECTORS of what was encoded for it.

    CREDITS are only looked at for the credit view.
    """
    vectors = engine.read(VECTORS.to_frame())
    sketches = engine.map(SKETCH, sentences, settings)
    bands = [engine.map(TEXT_BANDS, sentences, settings)]
    if "surface" in settings.views:
        bands.append(engine.map(PASSAGE_BANDS, sketches, settings))
    if "credit" in settings.views:
        days = engine.select(articles, article_id="article_id", published_at="published_at")
        bands.append(engine.map(CREDIT_BANDS, engine.join(credits, days, ["article_id"]), settings))
    votes = engine.map(COLLIDE, engine.union(*bands), settings)
    if "semantic" in settings.views:
        looked_at = _looked_at(articles, votes, settings, engine)
        voices = engine.map(VOICES, engine.join(sentences, looked_at, ["article_id"]), settings)
        vectors = _encoded(voices, vectors, settings, engine)
        met = engine.join(engine.map(MEETINGS, looked_at, settings), voices, ["article_id"])
        votes = engine.union(votes, engine.map(NEAREST, engine.join(met, vectors, ["text"]), settings))
    scores = engine.map(TALLY, votes, settings)
    mirrored = engine.union(
        *(engine.select(scores, **{name: name for name in SCORES}, article_id=side) for side in PAIR)
    )
    best = engine.select(engine.map(BEST, mirrored, settings), **{name: name for name in SCORES})
    found = engine.map(PAIRING, best, settings)
    for side in ("left", "right"):
        renamed = {f"{side}_id": "article_id", f"{side}_keys": "keys"}
        found = engine.join(found, engine.select(sketches, **renamed), [f"{side}_id"], how="left")
    return engine.map(CONTAIN, found, settings), vectors


def _looked_at(articles: Table, votes: Table, settings: Settings, engine: Engine) -> Table:
    """Ids of the articles that the semantic view encodes: the whole of a small corpus, of a large one the few.

    VOTES of the other views tell which articles of its main language may have a counterpart in another.
    """
    languages = engine.select(articles, article_id="article_id", language="language")
    abroad = engine.map(ABROAD, languages, settings)
    across = []
    for here, there in (PAIR, PAIR[::-1]):
        ours = engine.join(votes, engine.select(abroad, article_id="article_id", **{here: "article_id"}), [here])
        across.append(engine.join(ours, engine.select(abroad, **{there: "article_id"}), [there], how="anti"))
    hinted = engine.map(HINTED, engine.union(*across), settings)
    return engine.select(engine.union(abroad, hinted), article_id="article_id")


def _encoded(sentences: Table, vectors: Table, settings: Settings, engine: Engine) -> Table:
    """VECTORS, and those of the sentences' texts that they lack: no text is encoded twice."""
    known = engine.select(vectors, text="text")
    lacking = engine.join(engine.select(sentences, text="text"), known, ["text"], how="anti")
    return engine.union(vectors, engine.map(ENCODE, lacking, settings))


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
