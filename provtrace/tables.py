"""Every table's schema, so that a column name exists once, and `conform`, the border control.

The types at a border are those that Arrow, Parquet and Spark agree on: String, Int32 offsets, Int64
buckets, Float32 scores, UTC timestamps, and lists of those. A column ending in ``?`` in the comments may be null.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from provtrace.errors import TableError

# Which columns TABLES has: raised with every change to them, so that a run or bundle of other columns is told apart.
SCHEMA_VERSION: Final = 2

TIMESTAMP: Final = pl.Datetime("us", "UTC")
TEXTS: Final = pl.List(pl.String)
INTS: Final = pl.List(pl.Int32)
VECTOR: Final = pl.List(pl.Float32)


def table(columns: Mapping[str, pl.DataType | type[pl.DataType]]) -> pl.Schema:
    """A table's schema, from its columns in order."""
    return pl.Schema(columns)


# --- tables of a run folder -------------------------------------------------------------------------

ARTICLES: Final = table(
    {
        "article_id": pl.String,
        "outlet": pl.String,  # ?
        "url": pl.String,  # ?
        "published_at": TIMESTAMP,  # ?
        "published_precision": pl.String,  # ? minute, day, month
        "language": pl.String,  # ISO 639-1, "und" where undecidable
        "title": pl.String,  # ?
        "text": pl.String,  # the input, unchanged
    }
)

REJECTS: Final = table(
    {
        "source": pl.String,
        "record": pl.String,  # ? where in the source: line, member, row, id
        "reason": pl.String,
    }
)

SENTENCES: Final = table(
    {
        "article_id": pl.String,
        "sentence": pl.Int32,  # 0, 1, 2 ... in reading order
        "start": pl.Int32,
        "end": pl.Int32,
        "language": pl.String,
        "role": pl.String,  # SENTENCE_ROLES
        "text": pl.String,
    }
)

PAIRS: Final = table(
    {
        "left_id": pl.String,
        "right_id": pl.String,
        "views": TEXTS,
        "left_containment": pl.Float32,  # ? share of the left article's word shingles that the right one has, 0..1
        "right_containment": pl.Float32,  # ?
    }
)

ALIGNMENTS: Final = table(
    {
        "left_id": pl.String,
        "right_id": pl.String,
        "left_sentences": INTS,
        "right_sentences": INTS,
        "left_start": pl.Int32,
        "left_end": pl.Int32,
        "right_start": pl.Int32,
        "right_end": pl.Int32,
        "kind": pl.String,  # SENTENCE_KINDS
        "probability": pl.Float32,  # that one of the two texts renders the other or a common source
        "cosine": pl.Float32,  # sentence vectors, -1..1
        "csls": pl.Float32,  # cosine less the local density of both sides
        "chrf": pl.Float32,  # sacrebleu chrF of the transliterated texts, 0..1
        "edit": pl.Float32,  # token edit similarity, 0..1
        "anchors": pl.Float32,  # share of rare tokens in common, 0..1
        "numbers": pl.Float32,  # agreement of numbers: -1 conflict .. 1 the same
        "names": pl.Float32,  # agreement of names: -1 .. 1
        "quoted": pl.Float32,  # share of the matched text inside quotation marks, 0..1
        "run": pl.Int32,  # longest common run of words
        "quote_run": pl.Int32,  # longest common run of words inside quotation marks
        "evidence": pl.Float32,  # log-odds of the aligner, within this pair of articles
        "odds": pl.Float32,  # log-odds that the unit adds to the chain of its pair; 0 outside it
        "flags": TEXTS,  # UNIT_FLAGS, sorted: what the two sides say differently
        "left_exact": pl.Int32,  # exact numbers that only the left side gives (`scoring.readings`; 0 where unlikely)
        "right_exact": pl.Int32,
        "alike": pl.Int32,  # names that both sides spell alike, within one language
        "respelt": pl.Int32,  # names that both have, spelt otherwise
        "left_corrupt": pl.Int32,  # words of the left side that are misread forms of the right one's
        "right_corrupt": pl.Int32,
        "left_fit": pl.Float32,  # ? how well all that is matched on the left fits the rest of it, -1..1 (`align`)
        "right_fit": pl.Float32,  # ?
        "home": pl.Float32,  # ? how much more what is matched is at home in the left language, -3..3
        "direction": pl.Float32,  # ? nats a token: how much likelier right is, given left, than left given right
    }
)

CREDITS: Final = table(
    {
        "article_id": pl.String,
        "start": pl.Int32,
        "end": pl.Int32,
        "agency": pl.String,  # ? id in agencies.toml; null where none is named, or one that is not known
        "role": pl.String,  # CREDIT_ROLES
        "rule": pl.String,
    }
)

RELATIONS: Final = table(
    {
        "left_id": pl.String,
        "right_id": pl.String,
        "relation": pl.String,  # RELATION_KINDS
        "source_id": pl.String,  # ? null where the direction is unresolved or has no meaning
        "probability": pl.Float32,
        "direction_probability": pl.Float32,  # ?
        "left_share": pl.Float32,  # share of the left body that is matched, by characters, 0..1
        "right_share": pl.Float32,
        "order": pl.Float32,  # Kendall tau of the matched passages by how likely they hold, -1..1
        "reasons": TEXTS,
    }
)

UPSTREAMS: Final = table(
    {
        "upstream_id": pl.String,  # U1, U2 ...
        "agency": pl.String,  # ?
        "language": pl.String,  # ?
        "earliest": TIMESTAMP,  # ?
        "latest": TIMESTAMP,  # ?
        "probability": pl.Float32,
        "witnesses": TEXTS,
    }
)

UPSTREAM_UNITS: Final = table(
    {
        "upstream_id": pl.String,
        "unit": pl.Int32,
        "witness_article_id": pl.String,
        "witness_sentence": pl.Int32,
        "similarity": pl.Float32,
    }
)

DERIVATIONS: Final = table(
    {
        "derived_id": pl.String,  # an article_id, or an upstream_id where one upstream derives from another
        "source_id": pl.String,  # an article_id or an upstream_id
        "relation": pl.String,  # DIRECTED
        "probability": pl.Float32,
        "share": pl.Float32,  # share of the derived body, by characters, 0..1
        "credited": pl.String,  # CREDITED
        "reasons": TEXTS,
    }
)

ORIGINS: Final = table(
    {
        "article_id": pl.String,
        "sentence": pl.Int32,
        "kind": pl.String,  # SENTENCE_KINDS
        "origin_id": pl.String,  # ? an article_id or an upstream_id
        "origin_sentences": INTS,  # ? sentences of that article, or units of that upstream
        "probability": pl.Float32,
    }
)

STORIES: Final = table({"story_id": pl.String, "article_id": pl.String})

TABLES: Final[Mapping[str, pl.Schema]] = {
    "articles": ARTICLES,
    "rejects": REJECTS,
    "sentences": SENTENCES,
    "pairs": PAIRS,
    "alignments": ALIGNMENTS,
    "credits": CREDITS,
    "relations": RELATIONS,
    "upstreams": UPSTREAMS,
    "upstream_units": UPSTREAM_UNITS,
    "derivations": DERIVATIONS,
    "origins": ORIGINS,
    "stories": STORIES,
}

# --- tables that live only between two stages -------------------------------------------------------

VECTORS: Final = table(
    {
        "text": pl.String,
        "vector": VECTOR,  # unit length
        "densities": VECTOR,  # mean cosine to the nearest background sentences, per background language
    }
)

EMBEDDED: Final = table({**SENTENCES, "vector": VECTOR, "densities": VECTOR})

BANDS: Final = table(
    {
        "kind": pl.Int8,  # index in BAND_KINDS
        "bucket": pl.Int64,
        "article_id": pl.String,  # once a bucket
        "weight": pl.Float32,  # of the key in its article, above 0, at most 1
    }
)

SKETCHES: Final = table(
    {
        "article_id": pl.String,
        "keys": pl.List(pl.Int64),  # sampled hashes of word shingles, distinct, sorted; none without words
    }
)

# Votes of one pair and view may be added up at any time: a table of them stands for their sums.
VOTES: Final = table(
    {
        "left_id": pl.String,
        "right_id": pl.String,
        "view": pl.String,  # VIEWS
        "weight": pl.Int64,  # in units of 1 / VOTE: sums of integers don't depend on the order of the rows
    }
)

PROPOSED: Final = table({"left_id": pl.String, "right_id": pl.String, "views": TEXTS})

SCORES: Final = table({"left_id": pl.String, "right_id": pl.String, "view": pl.String, "score": pl.Float32})

PROFILES: Final = table(
    {
        "article_id": pl.String,
        "language": pl.String,
        "outlet": pl.String,  # ?
        "published_at": TIMESTAMP,  # ?
        "published_precision": pl.String,  # ?
        "dated": pl.Boolean,  # whether the date came with the record, not from a crawl store's mark in the text
        "own_agency": pl.String,  # ? the outlet is an agency itself
        "claims": TEXTS,  # agencies that the text credits for its words, sorted
        "claim_roles": TEXTS,  # the role of the strongest credit to each of them, in the same order
        "translated": pl.Boolean,  # whether a translation credit says so
        "body": pl.Int32,  # characters of body sentences
        "body_start": pl.Int32,  # from where to where in the text they stand; 0 without any
        "body_end": pl.Int32,
    }
)

VERDICTS: Final = table(
    {
        **RELATIONS,
        "log_odds": pl.Float32,  # that the left article is the source; negative: the right one
        "told": pl.Float32,  # the part of it that claims and dates tell, not the shape of the texts
        "rendered": pl.Float32,  # the part of it that tells a translation from its original
        "left_fit": pl.Float32,  # ? as in ALIGNMENTS
        "right_fit": pl.Float32,  # ?
        "from_left": pl.String,  # the relation's name if the left article is the source
        "from_right": pl.String,
    }
)

ASSIGNMENTS: Final = table(
    {
        "article_id": pl.String,
        "sentence": pl.Int32,
        "origin_id": pl.String,  # ?
        "origin_sentences": INTS,  # ?
        "kind": pl.String,
        "probability": pl.Float32,
    }
)

# --- vocabularies -----------------------------------------------------------------------------------

# What a key of BANDS speaks for: a whole article's wording, a passage of it, names and numbers, a credited agency.
BAND_KINDS: Final = ("article", "passage", "neutral", "credit")
VOTE: Final = 1 << 16  # the weight of a whole vote
PRECISIONS: Final = ("minute", "day", "month")  # of a publication's time, the coarser the later
SENTENCE_ROLES: Final = ("body", "heading", "credit", "boilerplate")
SENTENCE_KINDS: Final = (
    "verbatim",
    "near_verbatim",
    "paraphrase",
    "translation",
    "shared_quote",
    "background",
    "boilerplate",
    "heading",
    "credit",
    "novel_in_set",
    "unresolved",
)
COPIES: Final = ("verbatim", "near_verbatim")
REUSED: Final = (*COPIES, "paraphrase", "translation")
UNIT_FLAGS: Final = (
    "name_changed",
    "number_changed",
    "polarity_changed",
    "quote_drift",
    "quote_to_indirect",
    "speaker_lost",
)
DIRECTED: Final = ("copy", "paraphrase", "translation", "adaptation", "partial_reuse", "revision")
UNDIRECTED: Final = ("co_derived", "shared_quote", "shared_background", "same_event", "unresolved")
RELATION_KINDS: Final = (*DIRECTED, *UNDIRECTED)
CREDITED: Final = ("credited", "uncredited", "mismatch", "unknown")
CREDIT_ROLES: Final = (
    "dateline",
    "byline",
    "tail",
    "in_text",
    "interview",
    "translation",
    "image",
    "primary_source",
    "press_release",
)
# A credit in one of these roles claims that the text itself came from the agency.
TEXT_CREDITS: Final = ("dateline", "byline", "tail", "in_text")


def empty(schema: pl.Schema) -> pl.DataFrame:
    """A frame of that schema without rows."""
    return pl.DataFrame(schema=schema)


def conform(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Select the schema's columns by name, in its order, cast to its types.

    Raises:
        TableError: a column is missing, or a value can't be cast without loss.
    """
    missing = [name for name in schema if name not in frame.columns]
    if missing:
        raise TableError(f"missing columns {missing}; the frame has {frame.columns}")
    try:
        return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
    except pl.exceptions.PolarsError as error:
        raise TableError(f"a column can't be cast to its type: {error}") from error


def canonical(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows in an order that their content alone decides; lists don't count, no table has one in its key."""
    columns = plain(frame.schema)
    return frame.sort(columns, nulls_last=False, maintain_order=True) if columns else frame


def plain(schema: pl.Schema) -> list[str]:
    """The columns that hold no lists."""
    return [name for name, dtype in schema.items() if not isinstance(dtype, pl.List)]
