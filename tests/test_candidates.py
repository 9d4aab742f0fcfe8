"""Buckets to pairs: against brute force on small bands, the caps, and what each view alone must find."""

from collections import defaultdict
from math import log2

import numpy as np
import polars as pl
import pytest
from conftest import EXAMPLES
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from strategies import ARTICLE_IDS, bands, story_of

import provtrace as pt
from provtrace.settings import Settings
from provtrace.stages.candidates import COSINE, LEAST, PARTNERS, best, collide, collide_vectors, pairs, tally
from provtrace.tables import BANDS, SCORES, VOTES

SETTINGS = Settings()


# --- collide ----------------------------------------------------------------------------------------


def brute_votes(frame, cap):
    buckets = defaultdict(list)
    for view, bucket, article, sentence in frame.iter_rows():
        buckets[view, bucket].append((article, sentence))
    votes = []
    for (view, _), members in buckets.items():
        size = len({article for article, _ in members})
        if size > cap and view != "surface":
            continue
        least = min(article for article, _ in members)
        for article, sentence in members:
            for other, other_sentence in members:
                if article < other and (size <= cap or article == least):
                    whole = view == "surface" and sentence < 0
                    weight = 2.0 if whole else 1 / log2(size) if view == "neutral" else 1.0
                    votes.append((article, other, view, sentence, other_sentence, round(weight, 5)))
    return sorted(votes)


@hypothesis_settings(deadline=None)
@given(bands(), st.integers(1, 6))
def test_collide_equals_brute_force(frame, cap):
    votes = collide(frame, Settings(bucket_cap=cap))
    assert sorted((*row[:-1], round(row[-1], 5)) for row in votes.iter_rows()) == brute_votes(frame, cap)


@pytest.mark.parametrize("view", ["surface", "neutral", "credit"])
def test_a_bucket_over_the_cap(view):
    """Surface: a star, so that copies stay connected; elsewhere what so many share is no evidence."""
    crowd = [f"{number:03}" for number in range(100)]
    frame = pl.DataFrame([(view, 1, article, -1) for article in crowd], schema=BANDS, orient="row")
    found = set(collide(frame, SETTINGS).select("left_id", "right_id").iter_rows())
    assert found == ({("000", other) for other in crowd[1:]} if view == "surface" else set())


# --- semantic buckets -------------------------------------------------------------------------------


VECTORS = st.lists(
    st.tuples(st.integers(0, 2), ARTICLE_IDS, st.integers(0, 3), st.integers(0, 5)),
    max_size=25,
    unique_by=lambda row: row[:3],
)
DIRECTIONS = np.random.default_rng(1).standard_normal((6, 3)).astype(np.float32)
DIRECTIONS /= np.linalg.norm(DIRECTIONS, axis=1, keepdims=True)


@hypothesis_settings(deadline=None)
@given(VECTORS)
def test_semantic_votes_equal_brute_force(listed):
    """In each bucket, the best cosine of each sentence with each later article."""
    schema = {**BANDS, "vector": pl.List(pl.Float32)}
    frame = pl.DataFrame(
        [("semantic", bucket, article, number, DIRECTIONS[pick].tolist()) for bucket, article, number, pick in listed],
        schema=schema,
        orient="row",
    )
    expected = {}
    for bucket, article, number, pick in listed:
        for bucket2, other, _, pick2 in listed:
            cosine = float(DIRECTIONS[pick] @ DIRECTIONS[pick2])
            if bucket == bucket2 and article < other and cosine > COSINE:
                key = (bucket, article, other, number)
                expected[key] = max(expected.get(key, 0.0), cosine - COSINE)
    votes = collide_vectors(frame, SETTINGS)
    found = votes.select("left_id", "right_id", "left_sentence").rows()
    assert sorted(found) == sorted((left, right, number) for _, left, right, number in expected)
    assert sorted(votes["weight"]) == pytest.approx(sorted(expected.values()), abs=1e-6)


def test_the_closest_sentence_is_the_one_named():
    rows = [
        ("semantic", 1, "a", 0, [1.0, 0.0]),
        ("semantic", 1, "b", 0, [0.8, 0.6]),
        ("semantic", 1, "b", 1, [1.0, 0.0]),
    ]
    frame = pl.DataFrame(rows, schema={**BANDS, "vector": pl.List(pl.Float32)}, orient="row")
    assert collide_vectors(frame, SETTINGS).rows() == [("a", "b", "semantic", 0, 1, 0.5)]


# --- tally, best, pairs -----------------------------------------------------------------------------


VOTE = st.tuples(
    st.sampled_from(["a", "b"]),
    st.sampled_from(["c", "d"]),
    st.sampled_from(sorted(LEAST)),
    st.integers(-1, 3),
    st.integers(-1, 3),
    st.sampled_from([0.0625, 0.25, 1.0, 2.0]),
)


@hypothesis_settings(deadline=None)
@given(st.lists(VOTE, max_size=40))
def test_tally_equals_brute_force(votes):
    """Votes add up; in the semantic view a left sentence has one, its strongest; weak pairs fall out."""
    scores = defaultdict(float)
    strongest = defaultdict(float)
    for left, right, view, sentence, _, weight in votes:
        if view == "semantic":
            strongest[left, right, sentence] = max(strongest[left, right, sentence], weight)
        else:
            scores[left, right, view] += weight
    for (left, right, _), weight in strongest.items():
        scores[left, right, "semantic"] += weight
    expected = sorted((*key, score) for key, score in scores.items() if score >= LEAST[key[2]])
    assert sorted(tally(pl.DataFrame(votes, schema=VOTES, orient="row"), SETTINGS).rows()) == expected


def test_an_article_keeps_its_best_partners_and_those_that_chose_it():
    """More hints than partners allowed: the best of either side stay, equal ones by name."""
    view, most = "neutral", PARTNERS["neutral"]
    hub = [("hub", f"p{number:02}", view, 50.0 - number) for number in range(most + 10)]
    listed = pl.DataFrame(hub, schema=SCORES, orient="row")
    mirrored = pl.concat([listed.with_columns(article_id=pl.col(side)) for side in ("left_id", "right_id")])
    kept = best(mirrored, SETTINGS)
    assert len(kept.unique()) == most + 10  # each of the last ten has no partner but the hub
    assert set(kept.filter(kept.is_duplicated())["right_id"]) == {f"p{number:02}" for number in range(most)}
    ties = mirrored.with_columns(score=pl.lit(9.0, pl.Float32)).filter(pl.col("article_id") == "hub")
    assert set(best(ties.sample(fraction=1.0, shuffle=True, seed=2), SETTINGS)["right_id"]) == {
        f"p{number:02}" for number in range(most)
    }


def test_pairs_name_their_views():
    listed = [("a", "b", "surface", 3.0), ("a", "b", "credit", 1.0), ("a", "c", "semantic", 0.5)]
    found = pairs(pl.DataFrame(listed, schema=SCORES, orient="row"), SETTINGS)
    assert found.rows() == [("a", "b", ["credit", "surface"]), ("a", "c", ["semantic"])]


# --- what each view alone finds ---------------------------------------------------------------------


def found_by(view, source=EXAMPLES / "articles"):
    frame = pt.candidates(source, settings=Settings(views=(view,)))
    assert set(frame["views"].explode()) <= {view}
    return set(frame.select("left_id", "right_id").iter_rows())


def test_the_surface_finds_copies_and_four_sentences_in_another_story():
    found = found_by("surface")
    assert {("en-copy", "wire-en"), ("en-copy", "en-copy-updated"), ("partial-four", "wire-en")} <= found
    assert not {pair for pair in found if "unrelated-pt" in pair and "digest" not in pair}


@pytest.mark.parametrize("view", ["neutral", "semantic"])
def test_translations_are_found_without_a_common_word(view):
    found = found_by(view)
    assert {("wire-en", "wire-fr"), ("ru-version", "wire-en"), ("ar-version", "wire-en")} <= found


def test_credits_bring_together_texts_that_share_nothing_else():
    texts = [
        "MALVERIN (Reuters) - Snow closed the pass above the town for the ninth time this winter.",
        "A choir of forty bakers sang in the square, and nobody could say why. (Reuters)",
        "The museum has lost its oldest clock. (Reuters)",
    ]
    records = [
        {"id": f"r{day}", "text": text, "published": f"2024-03-0{day}"}
        for day, text in zip((1, 2, 4), texts, strict=True)
    ]
    assert found_by("credit", records) == {("r1", "r2")}


def test_strangers_are_no_candidates():
    records = [
        {"id": str(seed), "text": ". ".join(story_of(12, seed * 10 + part) for part in range(4))} for seed in range(8)
    ]
    assert found_by("surface", records) == set()
