"""Translators of transformers. The models are tiny and built here; one of them has learnt to translate."""

import json
import random
import sys

import numpy as np
import pytest
import tiny_models
from hypothesis import given, settings
from hypothesis import strategies as st

from provtrace.errors import InputError, MissingExtra
from provtrace.scoring.neural_translator import ROWS, TransformersTranslator
from provtrace.scoring.translator import load_translator
from provtrace.scoring.translator_codes import nllb_codes

TEXTS = st.lists(st.sampled_from(tiny_models.SENTENCES), min_size=1, max_size=ROWS + 3)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A folder with a model of each family."""
    root = tmp_path_factory.mktemp("translators")
    tiny_models.marian(root / "de-en", "de", "en")
    tiny_models.marian(root / "en-de", "en", "de")
    tiny_models.marian(
        root / "en-roa", "en", "roa", marks=[">>fra<<", ">>spa<<", ">>es<<", ">>srp_Latn<<", ">>srp_Cyrl<<"]
    )
    tiny_models.marian(root / "mul-en", "mul", "en")
    tiny_models.marian(root / "silent", None, None)
    tiny_models.m2m100(root / "m2m")
    tiny_models.nllb(root / "nllb")
    return root


@pytest.fixture(scope="module", params=["de-en", "m2m", "nllb"])
def translator(request, folders):
    return TransformersTranslator(str(folders / request.param))


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    return TransformersTranslator(str(tiny_models.translating(tmp_path_factory.mktemp("learnt") / "model")))


def oracle(folder, source, target, languages):
    """Mean log-probability of one target: no batch, no padding, no mask; Marian has no language in its tokens."""
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    if languages:
        tokenizer.src_lang, tokenizer.tgt_lang = languages
    read = tokenizer(source, return_tensors="pt")["input_ids"]
    written = tokenizer(text_target=target)["input_ids"]
    start = [model.config.decoder_start_token_id, *written[:-1]]
    with torch.inference_mode():
        logits = model(input_ids=read, decoder_input_ids=torch.tensor([start])).logits[0]
    chances = torch.log_softmax(logits.double(), dim=-1)
    scored = [float(chances[place, token]) for place, token in enumerate(written)]
    return float(np.mean(scored[1:] if languages else scored))


# --- forced decoding --------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Recommended")
@pytest.mark.parametrize(
    ("name", "languages"), [("de-en", None), ("m2m", ("de", "en")), ("nllb", ("deu_Latn", "eng_Latn"))]
)
def test_a_log_likelihood_is_the_mean_over_the_targets_own_tokens(folders, name, languages):
    found = TransformersTranslator(str(folders / name))
    sources, targets = tiny_models.SENTENCES[:5], ["ship", "the mayor of north", "", *tiny_models.SENTENCES[20:22]]
    expected = [oracle(folders / name, *pair, languages) for pair in zip(sources, targets, strict=True)]
    assert found.log_likelihood(sources, targets, "de", "en") == pytest.approx(expected, abs=1e-4)


@given(sources=TEXTS, seed=st.integers(0, 99))
@settings(max_examples=10)
def test_neither_figures_nor_words_depend_on_order_or_company(translator, sources, seed):
    targets = sources[::-1]
    order = random.Random(seed).sample(range(len(sources)), len(sources))
    found = translator.log_likelihood(sources, targets, "de", "en")
    mixed = translator.log_likelihood([sources[i] for i in order], [targets[i] for i in order], "de", "en")
    assert np.array_equal(mixed, found[order])
    assert np.array_equal(translator.log_likelihood(sources[:1], targets[:1], "de", "en"), found[:1])
    words = translator.translate(sources, "de", "en")
    assert translator.translate([sources[i] for i in order], "de", "en") == [words[i] for i in order]


def test_texts_beyond_what_the_network_reads_are_cut(translator):
    long = " ".join(tiny_models.SENTENCES)
    assert np.isfinite(translator.log_likelihood([long], [long], "de", "en")).all()
    assert len(translator.translate([long], "de", "en")) == 1


def test_nothing_gives_nothing(translator):
    assert translator.translate([], "de", "en") == []
    assert translator.translate(["", " \n"], "de", "en") == ["", ""]
    assert translator.log_likelihood([], [], "de", "en").shape == (0,)


def test_sources_and_targets_come_in_pairs(translator):
    with pytest.raises(InputError, match="2 sources and 1 targets"):
        translator.log_likelihood(["a", "b"], ["c"], "de", "en")


# --- a model that translates ------------------------------------------------------------------------


def test_what_was_learnt_is_translated(learnt):
    rich, plain = tiny_models.cipher(12, seed=-1)
    assert learnt.translate(rich, "de", "en") == plain
    back = learnt.translate(plain, "en", "de")
    assert learnt.translate(back, "de", "en") == plain


def test_the_right_translation_is_likelier_than_another(learnt):
    rich, plain = tiny_models.cipher(12, seed=-1)
    right = learnt.log_likelihood(rich, plain, "de", "en")
    assert (right > learnt.log_likelihood(rich, plain[::-1], "de", "en") + 1).all()
    assert right.max() <= 0


# --- languages --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "served", "others"),
    [
        ("de-en", ["de-en"], ["en-de", "fr-en", "de-fr"]),
        ("en-roa", ["en-fr", "en-es", "en-sr"], ["en-it", "de-fr"]),
        ("mul-en", ["de-en", "cs-en"], ["de-fr"]),
        ("silent", [], ["de-en"]),
        ("m2m", ["de-en", "uk-zh"], ["de-xx", "und-en"]),
        ("nllb", ["de-en", "uk-zh"], ["de-xx", "und-en", "la-en"]),
        ("{source}-{target}", ["de-en", "en-de"], ["de-fr", "../de-en", "m2m-"]),
    ],
)
def test_which_languages_a_model_serves(folders, name, served, others):
    found = TransformersTranslator(str(folders / name))
    assert [pair for pair in served + others if found.serves(*pair.split("-", 1))] == served


def test_a_model_of_several_targets_is_told_which(folders):
    found = TransformersTranslator(str(folders / "en-roa"))
    codes = [found._serving("en", target)[1].prefix for target in ("fr", "es", "sr")]
    assert codes == [">>fra<< ", ">>es<< ", ">>srp_Cyrl<< "]
    assert found.translate(["ferry"], "en", "fr") != found.translate(["ferry"], "en", "es")


def test_a_language_that_is_not_served_is_an_error(folders):
    with pytest.raises(InputError, match="does not serve 'cs' to 'en'"):
        TransformersTranslator(str(folders / "de-en")).translate(["a"], "cs", "en")


def test_every_code_is_one_that_nllb_knows():
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("torch")
    known = sys.modules[transformers.NllbTokenizer.__module__].FAIRSEQ_LANGUAGE_CODES
    assert set(nllb_codes().values()) <= set(known)
    assert nllb_codes()["en"] == "eng_Latn"


# --- what cannot be loaded --------------------------------------------------------------------------


def test_names_say_what_to_write(monkeypatch, tmp_path):
    with pytest.raises(InputError, match="'transformers:' and a model's folder or hub id"):
        load_translator("google")
    for package in ("torch", "transformers"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, package, None)
            with pytest.raises(MissingExtra, match=r"provtrace\[transformers\]"):
                TransformersTranslator(str(tmp_path))


def test_a_family_of_models_is_a_place_on_this_disk(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    with pytest.raises(InputError, match="stand for folders"):
        load_translator(f"transformers:{tmp_path}/none/{{source}}-{{target}}")


def test_offline_a_hub_id_says_what_to_do(monkeypatch):
    package = pytest.importorskip("huggingface_hub")

    def offline(model, allow_patterns):
        raise OSError("no network")

    monkeypatch.setattr(package, "snapshot_download", offline)
    with pytest.raises(InputError, match="download one"):
        TransformersTranslator("someone/opus-mt-de-en")


def drop(name):
    return lambda path: (path / name).unlink()


def lose_weights(path):
    from safetensors.torch import load_file, save_file

    weights = load_file(path / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if "decoder.layers.0.fc1" not in name}
    save_file(kept, path / "model.safetensors", metadata={"format": "pt"})


def pickle(path):
    import torch
    from safetensors.torch import load_file

    torch.save(load_file(path / "model.safetensors"), path / "pytorch_model.bin")
    (path / "model.safetensors").unlink()


def other_kind(path):
    config = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps(config | {"model_type": "bert", "architectures": ["BertModel"]}))


@pytest.mark.parametrize(
    "damage", [drop("source.spm"), drop("vocab.json"), drop("config.json"), lose_weights, pickle, other_kind]
)
def test_a_folder_that_is_not_whole_is_refused(tmp_path, damage):
    path = tiny_models.marian(tmp_path / "model")
    damage(path)
    with pytest.raises(InputError, match=r"can't load the model in .* must hold a whole translation model"):
        TransformersTranslator(str(path)).translate(["ferry"], "de", "en")


def test_shared_weights_are_stored_once(tmp_path):
    """As published models have them: one table of embeddings, none for the places."""
    path = tiny_models.marian(tmp_path / "model")
    from safetensors.torch import load_file, save_file

    before = TransformersTranslator(str(path)).log_likelihood(["ferry"], ["ship"], "de", "en")
    weights = load_file(path / "model.safetensors")
    spare = ("lm_head", "embed_tokens", "embed_positions")
    kept = {name: tensor for name, tensor in weights.items() if not any(part in name for part in spare)}
    assert any("shared" in name for name in kept)
    save_file(kept, path / "model.safetensors", metadata={"format": "pt"})
    assert TransformersTranslator(str(path)).log_likelihood(["ferry"], ["ship"], "de", "en") == before


def test_the_network_reads_no_text_as_another_folder(folders):
    """A language comes from the input, and may be anything."""
    family = TransformersTranslator(str(folders / "{source}-{target}"))
    assert not family.serves("..", "en")
    assert not family.serves("de-en/../de", "en")
