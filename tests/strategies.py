"""Hypothesis strategies and small frames that several test modules share."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
from hypothesis import strategies as st

from provtrace.tables import ALIGNMENTS, BAND_KINDS, BANDS, PROFILES, VERDICTS

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
        "dated": False, "own_agency": None, "claims": [], "translated": False,
        "body": 1000, "body_start": 0, "body_end": 1000,
    }  # fmt: skip
    assert set(given) <= set(plain)
    return {**plain, **given}


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
