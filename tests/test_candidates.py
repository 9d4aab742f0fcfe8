"""Buckets to pairs: against brute force on small bands, the caps, and what each view alone must find."""

import random
from collections import Counter, defaultdict
from itertools import combinations
from math import log2
from zlib import crc32

import networkx as nx
import numpy as np
import polars as pl
import pytest
from conftest import EXAMPLES
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from strategies import bands, story_of

import provtrace as pt
from provtrace.engines.local import LocalEngine
from provtrace.pipeline import propose
from provtrace.settings import Settings
from provtrace.stages.candidates import (
    BOILERPLATE,
    LEAST,
    PARTNERS,
    REPRESENTATIVES,
    VIEW_OF,
    best,
    collide,
    contain,
    pairs,
    tally,
)
from provtrace.tables import BAND_KINDS, BANDS, PROPOSED, SCORES, SENTENCES, SKETCHES, VOTE, VOTES

SETTINGS = Settings()


# --- collide ----------------------------------------------------------------------------------------


def brute_votes(frame, cap):
    buckets = defaultdict(dict)
    for kind, bucket, article, weight in frame.iter_rows():
        buckets[BAND_KINDS[kind], bucket][article] = weight
    votes = defaultdict(int)
    for (kind, _), members in buckets.items():
        size = len(members)
        most = {"article": len(members), "passage": BOILERPLATE * cap}.get(kind, cap)
        if size > most:
            continue
        hubs = sorted(members, key=lambda article: (crc32(article.encode()), article))[:REPRESENTATIVES]
        weight = {"article": 2.0, "passage": log2(max(size, 2)) ** -0.5, "neutral": 1 / log2(max(size, 2)), "credit": 1}
        for left, right in combinations(sorted(members), 2):
            if size <= cap or left in hubs or right in hubs:
                votes[left, right, VIEW_OF[kind]] += round(VOTE * weight[kind] * members[left] * members[right])
    return sorted((*key, weight) for key, weight in votes.items())


@hypothesis_settings(deadline=None)
@given(bands(), st.integers(1, 6))
def test_collide_equals_brute_force(frame, cap):
    votes = sorted(collide(frame, Settings(bucket_cap=cap)).rows())
    expected = brute_votes(frame, cap)
    assert [row[:-1] for row in votes] == [row[:-1] for row in expected]
    for (*_, weight), (*_, exact) in zip(votes, expected, strict=True):  # .3 is another number in 32 bits
        assert weight == pytest.approx(exact, abs=5)


def crowded(kind, size):
    """One bucket with so many articles in it."""
    rows = [(BAND_KINDS.index(kind), 1, f"{number:04}", 1.0) for number in range(size)]
    return pl.DataFrame(rows, schema=BANDS, orient="row")


@pytest.mark.parametrize("kind", ["article", "passage"])
def test_wording_over_the_cap_has_a_few_representatives_whoever_comes_first(kind):
    votes = collide(crowded(kind, 100), SETTINGS)
    met = Counter(pl.concat([votes["left_id"], votes["right_id"]]).to_list())
    assert sorted(met.values()) == [REPRESENTATIVES] * (100 - REPRESENTATIVES) + [99] * REPRESENTATIVES
    assert met["0000"] == REPRESENTATIVES


@pytest.mark.parametrize(("kind", "size"), [("neutral", 65), ("credit", 65), ("passage", 64 * BOILERPLATE + 1)])
def test_what_so_many_share_is_no_evidence(kind, size):
    assert collide(crowded(kind, size), SETTINGS).is_empty()
    assert not collide(crowded(kind, 64), SETTINGS).is_empty()


def test_copies_stay_connected_however_many():
    votes = collide(crowded("article", 64 * BOILERPLATE + 1), SETTINGS).select("left_id", "right_id")
    assert nx.number_of_nodes(nx.Graph(votes.rows())) == 64 * BOILERPLATE + 1
    assert nx.is_connected(nx.Graph(votes.rows()))


def test_votes_of_very_long_copies_do_not_overflow():
    rows = [(BAND_KINDS.index("passage"), key, article, 1.0) for key in range(40_000) for article in ("a", "b")]
    votes = collide(pl.DataFrame(rows, schema=BANDS, orient="row"), SETTINGS)
    assert votes["weight"].to_list() == [40_000 * VOTE]


# --- tally, best, pairs -----------------------------------------------------------------------------


TALLIED = st.tuples(
    st.sampled_from(["a", "b"]),
    st.sampled_from(["c", "d"]),
    st.sampled_from(sorted(LEAST)),
    st.integers(1, 2 * VOTE),
)


@hypothesis_settings(deadline=None)
@given(st.lists(TALLIED, max_size=40))
def test_tally_equals_brute_force(votes):
    """Votes add up; weak pairs fall out."""
    scores = defaultdict(int)
    for left, right, view, weight in votes:
        scores[left, right, view] += weight
    expected = sorted((*key, score / VOTE) for key, score in scores.items() if score >= LEAST[key[2]] * VOTE)
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


KEYS = st.none() | st.lists(st.integers(-3, 9), unique=True, max_size=8).map(sorted)


@hypothesis_settings(deadline=None)
@given(st.lists(st.tuples(KEYS, KEYS), max_size=12))
def test_contain_equals_brute_force(listed):
    """Shares of samples; none where a side has no sample."""
    schema = {**PROPOSED, "left_keys": SKETCHES["keys"], "right_keys": SKETCHES["keys"]}
    frame = pl.DataFrame([(str(n), "x", ["surface"], *keys) for n, keys in enumerate(listed)], schema, orient="row")
    expected = []
    for number, (left, right) in enumerate(listed):
        shares = (None, None)
        if left and right:
            common = len(set(left) & set(right))
            shares = tuple(float(np.float32(common / len(keys))) for keys in (left, right))
        expected.append((str(number), "x", ["surface"], *shares))
    assert contain(frame, SETTINGS).rows() == expected


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


# --- what many share --------------------------------------------------------------------------------


def crowd(seed):
    """Articles by name, each a list of paragraphs of words: reprints, a weather table's, and many that end alike."""
    chooser = random.Random(seed)
    letters = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
    vocabulary = ["".join(chooser.choices(letters, k=chooser.randint(1, 4))) for _ in range(6_000)]
    phrases = [chooser.choices(vocabulary, k=4) for _ in range(200)]

    def own(words):
        parts = ([*chooser.choices(vocabulary, k=9), *chooser.choice(phrases)] for _ in range(words // 13))
        return [word for part in parts for word in part]

    def edited(words):
        return [word if chooser.random() > 0.01 else chooser.choice(vocabulary) for word in words]

    wire, closing = chooser.choices(vocabulary, k=60), chooser.choices(vocabulary, k=25)
    cells = [chooser.choices(vocabulary, k=5) for _ in range(16)]
    articles = {f"reprint{number:03}": [own(70), edited(wire), own(60)] for number in range(300)}
    for number in range(500):
        table = [word for cell in cells for word in [*cell, str(chooser.randint(10, 999))]]
        articles[f"weather{number:03}"] = [table]
    return articles | {f"own{number:04}": [own(130), closing] for number in range(1_500)}


@pytest.mark.parametrize("seed", [3, 5])
def test_reprints_of_one_paragraph_stay_together_and_boilerplate_glues_nothing(seed):
    rows = [
        (name, number, 0, 1, "en", "body", " ".join(words))
        for name, paragraphs in crowd(seed).items()
        for number, words in enumerate(paragraphs)
    ]
    engine, settings = LocalEngine(), Settings(views=("surface",))
    sentences = pl.DataFrame(rows, schema=SENTENCES, orient="row")
    found = engine.gather(propose(None, sentences, None, settings, engine)[0]).select("left_id", "right_id").rows()
    stories = list(nx.connected_components(nx.Graph(found)))
    assert {f"reprint{number:03}" for number in range(300)} in stories
    others = sum(not left.startswith("reprint") for left, _ in found)
    assert others < 2_000, "as many candidates as articles, of two million possible ones"
    assert max(len(story) for story in stories if any(name.startswith("own") for name in story)) < 50
