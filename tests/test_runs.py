"""Vectors of runs of sentences: near those of their texts, and no other for what stands around a text."""

import numpy as np
import pytest

from provtrace.scoring.encode import RunEncoder, load_encoder

STORY = [
    "The harbour office closed the northern lock on Tuesday after a barge struck its gate.",
    "Nobody was hurt, said the lock keeper, who had worked there for thirty-one years.",
    "Vierzig Schiffe warteten am Abend oberhalb der Stadt.",
    "Ingenieure aus Malverin rechnen mit neun Tagen für die Reparatur.",
    "L'écluse fut construite en 1912 et élargie après la crue de 1954.",
    "12",
]


@pytest.fixture(scope="module")
def encoder():
    encoder = load_encoder("use")
    assert isinstance(encoder, RunEncoder)
    return encoder


def test_a_run_of_one_is_the_sentence(encoder):
    assert encoder.runs(STORY, 1)[0] == pytest.approx(encoder.encode(STORY), abs=1e-5)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_a_run_is_near_the_vector_of_its_text(encoder, size):
    found = encoder.runs(STORY, 4)[size - 1]
    texts = [" ".join(STORY[start : start + size]) for start in range(len(STORY) - size + 1)]
    exact = encoder.encode(texts)
    assert found.shape == exact.shape
    assert found.dtype == np.float32
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0, abs=1e-4)
    assert (found * exact).sum(axis=1).min() > 0.94
    sums = np.stack([vectors.sum(axis=0) for vectors in windows(encoder.encode(STORY), size)])
    cosines = (sums * exact).sum(axis=1) / np.linalg.norm(sums, axis=1)
    assert ((found * exact).sum(axis=1) > cosines).all()


def windows(rows, size):
    return [rows[start : start + size] for start in range(len(rows) - size + 1)]


def test_the_same_whatever_was_asked_before(encoder):
    first = encoder.runs(STORY[:4], 3)
    encoder.runs(["Something else altogether.", *STORY[:4]], 2)
    for one, other in zip(first, encoder.runs(STORY[:4], 3), strict=True):
        assert np.array_equal(one, other)


def test_texts_without_words(encoder):
    found = encoder.runs(["", " ", "x" * 5_000, "\x00"], 2)
    assert [len(vectors) for vectors in found] == [4, 3]
    assert all(np.isfinite(vectors).all() for vectors in found)
    assert [len(vectors) for vectors in encoder.runs(STORY[:1], 3)] == [1, 0, 0]


def test_tokens_add_up_to_the_sentence(encoder):
    text = STORY[0]
    numbers, vectors = encoder.tokens([text])[0]
    assert vectors.shape == (len(numbers), 512)
    inside, _, count = encoder._sums._measured(text)
    assert count == len(numbers)
    cosine = vectors.sum(axis=0) @ inside / np.linalg.norm(vectors.sum(axis=0)) / np.linalg.norm(inside)
    assert cosine > 0.98  # the marks around a text change the vectors of its first and last tokens a little


def test_every_text_has_a_token(encoder):
    found = encoder.tokens(["", " ", "x" * 5_000, "\x00", "12"])
    assert all(len(numbers) == len(vectors) >= 1 for numbers, vectors in found)
    assert all(np.isfinite(vectors).all() for _, vectors in found)
