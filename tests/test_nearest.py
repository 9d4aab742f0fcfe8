"""The semantic view: votes against brute force, which articles and sentences are looked at, nothing encoded twice."""

from collections import Counter

import numpy as np
import polars as pl
import pytest
from conftest import EXAMPLES
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from strategies import ARTICLE_IDS, SEEDS, rows, story_of

import provtrace as pt
from provtrace.engines.local import LocalEngine
from provtrace.scoring import encode
from provtrace.settings import Settings
from provtrace.stages import nearest
from provtrace.stages.nearest import CSLS, HINTED, MEETINGS, abroad, hinted, meetings, voices
from provtrace.tables import EMBEDDED, SENTENCES, VOTE, VOTES

SETTINGS = Settings()
LANGUAGES = encode.background_languages()


# --- votes ------------------------------------------------------------------------------------------


def embedded(listed, seed):
    """EMBEDDED of ``(article, sentence, language)``, with vectors and densities by chance."""
    generator = np.random.default_rng(seed)
    vectors = generator.standard_normal((len(listed), 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    densities = generator.uniform(0.0, 0.4, (len(listed), len(LANGUAGES)))
    columns = [
        (article, number, 0, 30, language, "body", f"{article} {number}", vector.tolist(), density.tolist())
        for (article, number, language), vector, density in zip(listed, vectors, densities, strict=True)
    ]
    return pl.DataFrame(columns, schema=EMBEDDED, orient="row")


def brute_votes(frame):
    votes = {}
    for one in frame.to_dicts():
        for other in frame.to_dicts():
            if one["article_id"] < other["article_id"]:
                key = (one["article_id"], other["article_id"], "semantic", one["sentence"])
                votes[key] = max(votes.get(key, CSLS), brute_csls(one, other))
    return {key: (closest - CSLS) * VOTE for key, closest in votes.items() if closest > CSLS}


def brute_csls(one, other):
    if one["language"] not in LANGUAGES and other["language"] not in LANGUAGES:
        return -1.0
    density = sum(
        a["densities"][LANGUAGES.index(b["language"])] if b["language"] in LANGUAGES else np.mean(a["densities"])
        for a, b in ((one, other), (other, one))
    )
    return float(np.dot(one["vector"], other["vector"]) - density / 2)


LISTED = st.lists(
    st.tuples(ARTICLE_IDS, st.integers(0, 4), st.sampled_from(["en", "de", "uk", "hi", "und"])),
    max_size=20,
    unique_by=lambda row: row[:2],
)


@hypothesis_settings(deadline=None)
@given(LISTED, SEEDS, st.integers(1, 4))
def test_votes_equal_brute_force_whatever_the_blocks(listed, seed, block):
    frame = embedded(listed, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest, "BLOCK", block)
        patch.setattr(nearest, "SLICE", 3)
        met = meetings(frame.select("article_id").unique(), SETTINGS).join(frame, on="article_id")
        votes = nearest.nearest(met, SETTINGS)
    found, expected = Counter(), Counter()
    for *pair, weight in votes.iter_rows():
        found[tuple(pair)] += weight
    for (*pair, _), weight in brute_votes(frame).items():
        expected[tuple(pair)] += weight
    for pair in found.keys() | expected.keys():
        assert found[pair] == pytest.approx(expected[pair], abs=5)  # five sentences, each rounded


@hypothesis_settings(deadline=None)
@given(st.lists(st.integers(0, 999), unique=True, max_size=40), st.integers(1, 9))
def test_any_two_articles_meet_once(numbers, block):
    ids = pl.DataFrame({"article_id": [f"a{number}" for number in numbers]}, schema={"article_id": pl.String})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest, "BLOCK", block)
        met = meetings(ids, SETTINGS)
    count = Counter()
    for (left, right), group in met.group_by("left_block", "right_block"):
        here, there = (group.filter(pl.col("on_right") == side)["article_id"].to_list() for side in (False, True))
        count.update((one, other) for one in here for other in (here if left == right else there) if one < other)
    assert set(count) == {(one, other) for one in ids["article_id"] for other in ids["article_id"] if one < other}
    assert set(count.values()) <= {1}
    assert met.schema == MEETINGS


# --- which sentences --------------------------------------------------------------------------------


def sentences(listed):
    return pl.DataFrame(
        [(article, number, 0, len(text), "en", role, text) for article, number, role, text in listed],
        schema=SENTENCES,
        orient="row",
    )


def test_headings_credits_and_the_shortest_sentences_have_no_voice():
    text = "The harbour office closed the northern lock."
    frame = sentences(
        [("a", 0, "heading", text), ("a", 1, "body", text), ("a", 2, "credit", text), ("a", 3, "body", "No.")]
    )
    assert voices(frame, SETTINGS)["sentence"].to_list() == [1]


def test_of_a_text_that_many_have_the_first_speak_for_all():
    """Twice in one article is one article."""
    common, own = "Subscribe to our newsletter today.", "The harbour office closed the northern lock."
    frame = sentences(
        [(f"a{number}", place, "body", common) for number in range(9) for place in (0, 1)] + [("a8", 2, "body", own)]
    )
    kept = voices(frame.sample(fraction=1.0, shuffle=True, seed=3), Settings(bucket_cap=4))
    assert sorted(kept.select("article_id", "sentence").rows()) == [
        *((f"a{number}", place) for number in range(4) for place in (0, 1)), ("a8", 2)
    ]  # fmt: skip


# --- which articles ---------------------------------------------------------------------------------


def corpus(**languages):
    listed = [(f"{language}{number}", language) for language, many in languages.items() for number in range(many)]
    return pl.DataFrame(listed, schema={"article_id": pl.String, "language": pl.String}, orient="row")


@pytest.mark.parametrize(
    ("articles", "limit", "languages"),
    [
        (corpus(en=5, fr=2, und=1), 8, {"en", "fr", "und"}),
        (corpus(en=5, fr=2, und=1), 7, {"fr"}),
        (corpus(en=5, fr=2, zh=4), 0, {"fr", "zh"}),
        (corpus(en=5), 0, set()),
        (corpus(und=5, en=1), 0, set()),
        (corpus(en=2, de=2), 0, {"en"}),  # as many of each: the first by name is the main one
    ],
)
def test_beyond_the_limit_the_main_language_stays_out(articles, limit, languages):
    found = abroad(articles, Settings(encode_limit=limit))
    expected = articles.filter(pl.col("language").is_in(sorted(languages)))["article_id"]
    assert sorted(found["article_id"]) == sorted(expected)


def test_the_articles_with_most_names_in_common_are_hinted_at():
    votes = [(f"en{number:02}", "fr", "neutral", 100 - number, "fr") for number in range(HINTED + 5)]
    votes += [("en14", "fr", "neutral", 90, "fr"), ("en13", "fr", "surface", 9999, "fr")]
    frame = pl.DataFrame(votes, schema={**VOTES, "article_id": pl.String}, orient="row")
    found = hinted(frame.sample(fraction=1.0, shuffle=True, seed=1), SETTINGS)
    assert sorted(found["article_id"]) == [*(f"en{number:02}" for number in range(HINTED - 1)), "en14"]


@pytest.fixture
def encoded(monkeypatch):
    """Counts how often each text is encoded."""
    count = Counter()
    plain = encode.UniversalSentenceEncoder.encode

    def counting(self, texts):
        count.update(texts)
        return plain(self, texts)

    monkeypatch.setattr(encode.UniversalSentenceEncoder, "encode", counting)
    return count


@pytest.mark.parametrize("limit", [0, 5000])
def test_a_run_encodes_no_sentence_twice(encoded, limit):
    pt.trace(EXAMPLES / "articles", settings=Settings(encode_limit=limit))
    assert encoded
    assert set(encoded.values()) == {1}


def test_a_large_corpus_of_one_language_is_not_encoded(encoded):
    texts = [". ".join(f"The {story_of(9, seed * 9 + part)}" for part in range(5)) for seed in range(20)]
    records = [{"id": f"a{number}", "text": text, "language": "en"} for number, text in enumerate(texts)]
    pt.candidates(records, settings=Settings(encode_limit=19))
    assert not encoded
    pt.candidates(records, settings=Settings(encode_limit=20))
    assert encoded


def test_translations_of_a_large_corpus_are_found_as_in_a_small_one():
    def across(limit):
        found = pt.candidates(EXAMPLES / "articles", settings=Settings(encode_limit=limit))
        return found.filter(pl.col("views").list.contains("semantic")).select("left_id", "right_id")

    large, small = across(0), across(5000)
    assert set(large.rows()) <= set(small.rows())
    assert {("wire-en", "wire-fr"), ("ar-version", "wire-en"), ("ru-version", "wire-en")} <= set(large.rows())


@pytest.mark.parametrize("block", [3, 512])
def test_candidates_do_not_depend_on_chunks(block, monkeypatch):
    monkeypatch.setattr(nearest, "BLOCK", block)
    settings = Settings(encode_limit=0, views=("neutral", "semantic"))
    plain = pt.candidates(EXAMPLES / "articles", settings=settings)
    cut = pt.candidates(EXAMPLES / "articles", settings=settings, engine=LocalEngine(chunk=7))
    assert rows(plain) == rows(cut)
