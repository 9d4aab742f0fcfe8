"""Hypothesis strategies and small frames that several test modules share."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import combinations, product
from typing import Any

import numpy as np
import polars as pl
from hypothesis import strategies as st

from provtrace.results.provenance import Provenance
from provtrace.settings import Settings
from provtrace.tables import (
    ALIGNMENTS,
    BAND_KINDS,
    BANDS,
    CREDIT_ROLES,
    CREDITED,
    DIRECTED,
    PROFILES,
    RELATION_KINDS,
    SENTENCE_KINDS,
    SENTENCE_ROLES,
    TABLES,
    VERDICTS,
    conform,
)

ARTICLE_IDS = st.sampled_from(["a", "b", "c", "d", "e", "f"])
WORDS = st.sampled_from(["dock", "ferry", "mayor", "snow", "seven", "the", "of", "went", "closed", "bridge"])
WORD_LISTS = st.lists(WORDS, max_size=30)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=120)
SEEDS = st.integers(0, 2**32 - 1)


def rows(frame: pl.DataFrame) -> list[str]:
    """The rows of a frame as a bag: sorted, each written out in full."""
    return sorted(map(repr, frame.rows()))


def parts(frame: pl.DataFrame, keys: Sequence[str], count: int, seed: int) -> list[pl.DataFrame]:
    """The frame in at most `count` parts by chance, rows shuffled, groups of `keys` whole; all rows apart without."""
    generator = np.random.default_rng(seed)
    if keys:
        groups = frame.select(keys).unique(maintain_order=True)
        labelled = frame.join(groups.with_columns(part=generator.integers(0, count, len(groups))), on=keys)
    else:
        labelled = frame.with_columns(part=generator.integers(0, count, len(frame)))
    shuffled = labelled[generator.permutation(len(labelled))]
    return [part.drop("part") for _, part in shuffled.group_by("part")]


@st.composite
def bands(draw: st.DrawFn) -> pl.DataFrame:
    """A small BANDS frame with plenty of shared buckets; a key stands once an article, as the stages write it."""
    keys = st.tuples(st.integers(0, len(BAND_KINDS) - 1), st.integers(0, 4), ARTICLE_IDS)
    weights = st.sampled_from([0.125, 0.3, 1.0])
    drawn = [
        (*key, draw(weights) if key[0] == BAND_KINDS.index("neutral") else 1.0)
        for key in draw(st.sets(keys, max_size=40))
    ]
    return pl.DataFrame(drawn, schema=BANDS, orient="row")


def story_of(words: int, seed: int) -> str:
    """A text of that many words, the same for one seed."""
    chooser = random.Random(seed)
    return " ".join(
        chooser.choice("abcdefghijklmnop") + chooser.choice("aeiou") + str(chooser.randrange(40)) for _ in range(words)
    )


# --- frames between alignment and graph -------------------------------------------------------------


def profile(article_id: str, **given: Any) -> dict[str, Any]:
    """A row of PROFILES."""
    plain = {
        "article_id": article_id, "language": "en", "outlet": None, "published_at": None, "published_precision": None,
        "dated": False, "own_agency": None, "claims": [], "claim_roles": None, "translated": False,
        "body": 1000, "body_start": 0, "body_end": 1000,
    }  # fmt: skip
    assert set(given) <= set(plain)
    row = {**plain, **given}
    return {**row, "claim_roles": row["claim_roles"] or ["in_text"] * len(row["claims"])}


def profiles(listed: Iterable[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(list(listed), schema=PROFILES)


def unit(left_id: str, right_id: str, left: Sequence[int], right: Sequence[int], **given: Any) -> dict[str, Any]:
    """A row of ALIGNMENTS, of sentences that are 100 characters each: word for word the same unless told otherwise."""
    plain = {
        "left_id": left_id, "right_id": right_id, "left_sentences": list(left), "right_sentences": list(right),
        "left_start": left[0] * 100, "left_end": left[-1] * 100 + 100,
        "right_start": right[0] * 100, "right_end": right[-1] * 100 + 100,
        "kind": "verbatim", "probability": 0.99, "cosine": 0.98, "csls": 0.6, "chrf": 0.99, "edit": 0.99,
        "anchors": 0.95, "numbers": 1.0, "names": 1.0, "quoted": 0.0, "run": 15, "quote_run": 0,
        "evidence": 5.0, "odds": 5.0, "flags": [], "left_fit": 0.7, "right_fit": 0.7, "home": None,
        "left_exact": 0, "right_exact": 0, "alike": 0, "respelt": 0, "left_corrupt": 0, "right_corrupt": 0,
    }  # fmt: skip
    assert set(given) <= set(plain)
    return {**plain, **given}


def alignments(listed: Iterable[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(list(listed), schema=ALIGNMENTS)


def compared(units: pl.DataFrame, described: pl.DataFrame) -> pl.DataFrame:
    """Alignments beside the profiles of both sides, as `relate` reads them."""
    for side in ("left", "right"):
        renamed = described.rename({name: f"{side}_{name}" for name in PROFILES if name != "article_id"})
        units = units.join(renamed.rename({"article_id": f"{side}_id"}), on=f"{side}_id")
    return units


def verdict(left_id: str, right_id: str, relation: str, **given: Any) -> dict[str, Any]:
    """A row of VERDICTS."""
    plain = {
        "left_id": left_id, "right_id": right_id, "relation": relation, "source_id": None, "probability": 0.9,
        "direction_probability": None, "left_share": 0.8, "right_share": 0.8, "order": 1.0, "reasons": ["shares text"],
        "log_odds": 0.0, "told": 0.0, "rendered": 0.0, "left_fit": 0.7, "right_fit": 0.7,
        "from_left": "copy", "from_right": "copy",
    }  # fmt: skip
    assert set(given) <= set(plain)
    return {**plain, **given}


def verdicts(listed: Iterable[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(list(listed), schema=VERDICTS)


def at(hour: int, day: int = 1) -> datetime:
    """A moment of March 2024, UTC."""
    return datetime(2024, 3, day, hour, tzinfo=UTC)


# --- whole runs -------------------------------------------------------------------------------------

# Ids, names and texts of every kind, with what formats and their readers stumble over.
ANYTHING = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.sampled_from(
        ["-x", ".", "a.", "=1+1", "<b>&", "]]>", "'\"\\", "\x00\x1b[31m\x9b", "a\r\nb; c", "U1",
         "agency:afp", "quote:Q1", "speaker:Orla Venn", "_:x", "run:trace", "a:b/c?d#e%41",
         "\u202eevil\u200f\u2069", "\ufeffx\u2028y", "e\u0301" * 300]
    ),
)  # fmt: skip
# What several articles may quote: enough words to be known by them alone.
_SAID = st.builds(
    "“{} will wait for the tide of the night and then go home to our island,” said {} again.".format,
    st.sampled_from(["We", "They", "<b>&"]),
    st.sampled_from(["the mayor Orla Venn", "Мэр Венн", "nobody; “x”"]),
)
_MOMENTS = st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
_FIGURES = st.floats(0, 1, width=32)
_AGENCIES = st.sampled_from(["reuters", "afp", "nobody knows"])
_SHORT = st.integers(0, 2)


@st.composite
def provenances(draw: st.DrawFn) -> Provenance:
    """A small run whose tables fit one another, with any names and texts."""
    ids = sorted(draw(st.lists(ANYTHING, min_size=1, max_size=6, unique=True)))
    split = draw(st.integers(1, len(ids)))
    articles, upstreams = ids[:split], ids[split:]
    bodies = {article: draw(st.lists(ANYTHING.filter(bool) | _SAID, min_size=1, max_size=3)) for article in articles}

    def some(row: Callable[[], tuple[Any, ...]], keys: int) -> list[tuple[Any, ...]]:
        """A few rows that `row` draws, of those with the same first columns one."""
        return list({drawn[:keys]: drawn for drawn in (row() for _ in range(draw(_SHORT)))}.values())

    article, texts = st.sampled_from(articles), st.lists(ANYTHING, max_size=2)
    pairs = st.tuples(article, article).map(sorted)
    derivations = [
        (article, source, draw(st.sampled_from(DIRECTED)), draw(_FIGURES), draw(_FIGURES),
         draw(st.sampled_from(CREDITED)), draw(texts))
        for article, source in [*product(articles, ids), *combinations(upstreams, 2)]  # one upstream from another, too
        if source != article and draw(st.booleans())
    ]  # fmt: skip
    rows = {
        "articles": [
            (name, draw(st.none() | ANYTHING), draw(st.sampled_from([None, "https://a.example/ü?x=1", "javascript:1"])),
             draw(_MOMENTS), draw(st.sampled_from(["minute", "day", "month"])), draw(st.sampled_from(["en", "und"])),
             draw(st.none() | ANYTHING), " ".join(bodies[name]))
            for name in articles
        ],
        "sentences": [row for name in articles for row in _sentences(draw, name, bodies[name])],
        "pairs": some(lambda: (*draw(pairs), draw(texts), draw(st.none() | _FIGURES), draw(st.none() | _FIGURES)), 2),
        "alignments": [
            tuple(unit(left, right, [0], [0], probability=draw(_FIGURES), flags=draw(texts)).get(name)
                  for name in ALIGNMENTS)
            for left, right in some(lambda: tuple(draw(pairs)), 2)
        ],
        "credits": some(lambda: (draw(article), 0, draw(_SHORT), draw(st.none() | _AGENCIES),
                                 draw(st.sampled_from(CREDIT_ROLES)), draw(ANYTHING)), 5),
        "relations": some(lambda: (*draw(pairs), draw(st.sampled_from(RELATION_KINDS)), draw(st.none() | article),
                                   draw(_FIGURES), draw(st.none() | _FIGURES), draw(_FIGURES), draw(_FIGURES),
                                   draw(_FIGURES), draw(texts)), 2),
        "upstreams": [(name, draw(st.none() | _AGENCIES), draw(st.none() | st.just("fr")), draw(_MOMENTS),
                       draw(_MOMENTS), draw(_FIGURES), sorted(draw(st.sets(article)))) for name in upstreams],
        "upstream_units": [(name, 0, draw(article), 0, draw(_FIGURES)) for name in upstreams],
        "derivations": derivations,
        "origins": [
            (name, number, draw(st.sampled_from(SENTENCE_KINDS)), *draw(st.just((None, None)) | st.tuples(
                st.sampled_from(ids), st.lists(st.just(0), min_size=1, max_size=1))), draw(_FIGURES))
            for name in articles for number in range(len(bodies[name]))
        ],
        "stories": [("S" + draw(ANYTHING), name) for name in articles if draw(st.booleans())],
    }  # fmt: skip
    frames = {name: pl.DataFrame(rows.get(name, []), schema=schema, orient="row") for name, schema in TABLES.items()}
    return Provenance({name: conform(frame, TABLES[name]) for name, frame in frames.items()}, Settings())


def _sentences(draw: st.DrawFn, article: str, texts: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    start = 0
    for number, text in enumerate(texts):
        role = draw(st.sampled_from(SENTENCE_ROLES))
        yield (article, number, start, start + len(text), "en", role, text)
        start += len(text) + 1
