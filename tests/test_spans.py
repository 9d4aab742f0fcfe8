"""Runs of neighbouring sentences: what is summed up from sentences, against runs that are made and compared."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from strategies import SEEDS, TEXTS, story_of

from provtrace.scoring import similarity, spans
from provtrace.scoring.similarity import Side
from provtrace.stages.align import SPANS

POOL = [*(story_of(8, number) for number in range(5)), "", "é", "No.", "No. No."]
SENTENCES = st.lists(st.one_of(st.sampled_from(POOL), TEXTS), min_size=1, max_size=7)


def side(texts, seed):
    """Sentences with vectors, densities, weights and languages by chance."""
    generator = np.random.default_rng(seed)
    vectors = generator.standard_normal((len(texts), 16))
    return Side(
        vectors=(vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32),
        densities=generator.random((len(texts), 4)).astype(np.float32),
        texts=texts,
        columns=generator.integers(-1, 3, len(texts)),
        known=generator.random(len(texts)) < 0.7,
        joinable=np.ones(len(texts), np.bool_),
        weights=generator.integers(1, 30, len(texts)).astype(np.float32),
        languages=generator.choice(["de", "fr"], len(texts)),
    )


def run(text, start, size, rarity):
    """One run of neighbours as a text of one sentence, and its weighted n-grams."""
    members = slice(start, start + size)
    weights = text.weights[members, None]
    vector = (text.vectors[members] * weights).sum(axis=0) if size > 1 else text.vectors[start]
    made = Side(
        vectors=(vector / np.linalg.norm(vector))[None],
        densities=((text.densities[members] * weights).sum(axis=0) / weights.sum())[None],
        texts=[" ".join(text.texts[members])],
        columns=text.columns[start : start + 1],
        known=text.known[start : start + 1],
        joinable=text.joinable[start : start + 1],
        weights=np.ones(1, np.float32),
        languages=text.languages[start : start + 1],
    )
    has = np.zeros((1, similarity.GRAM_SLOTS), np.float32)
    has[0, similarity.grams(text.texts[members]).any(axis=1)] = 1
    return made, similarity.weighted(has, rarity)


@hypothesis_settings(deadline=None, max_examples=60)
@given(SENTENCES, SENTENCES, SEEDS)
def test_cells_of_runs_equal_those_of_runs_that_are_made(left_texts, right_texts, seed):
    left, right = side(left_texts, seed), side(right_texts, seed + 1)
    rarity = similarity.rarity(left.incidence(), right.incidence())
    for (a, b), cells in zip(SPANS, similarity.compare_runs(left, right, SPANS), strict=True):
        assert cells.logits.shape == (max(len(left) - a + 1, 0), max(len(right) - b + 1, 0))
        for i, j in np.ndindex(cells.logits.shape):
            expected = similarity.compare(*run(left, i, a, rarity), *run(right, j, b, rarity))
            for name in ("cosine", "csls", "wording", "logits"):
                assert getattr(cells, name)[i, j] == pytest.approx(getattr(expected, name)[0, 0], abs=3e-5)


@given(st.lists(st.frozensets(st.integers(0, 9)), min_size=1, max_size=6))
def test_parts_of_a_run_are_its_n_grams_each_once(grams):
    found = spans.postings(np.array([[slot in own for own in grams] for slot in range(10)]))
    parts = {
        (place, start): set(found.owners[found.rows == place * len(grams) + start].tolist())
        for place in range(spans.LONGEST)
        for start in range(len(grams))
    }
    for start in range(len(grams)):
        known = set()
        for place in range(spans.LONGEST):
            there = start + place < len(grams)
            assert parts[place, start] == (grams[start + place] - known if there else set())
            known |= grams[start + place] if there else set()
    assert found.frequency.tolist() == [sum(slot in own for own in grams) for slot in range(10)]


@given(SENTENCES, SENTENCES)
def test_wordings_mirror(left_texts, right_texts):
    left, right = (spans.postings(similarity.grams(texts))
                   for texts in (left_texts, right_texts))  # fmt: skip
    there, back = spans.wordings(left, right), spans.wordings(right, left)
    for a, b in SPANS:
        assert there.cosines(a, b).shape == (max(len(left_texts) - a + 1, 0), max(len(right_texts) - b + 1, 0))
        assert there.cosines(a, b) == pytest.approx(back.cosines(b, a).T, abs=1e-5)
