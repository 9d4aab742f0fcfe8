"""What is read from the folder of a sentence encoder, without loading it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provtrace.errors import InputError
from provtrace.scoring.model_folder import ModelFolder, open_model

TRANSFORMER = {"path": "", "type": "sentence_transformers.models.Transformer"}
POOLING = {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}
DENSE = {"path": "2_Dense", "type": "sentence_transformers.base.modules.dense.Dense"}
NORMALIZE = {"path": "3_Normalize", "type": "sentence_transformers.models.Normalize"}
TANH = {"activation_function": "torch.nn.modules.activation.Tanh"}


@pytest.fixture
def folder(tmp_path):
    """Makes a model's folder out of file names and their contents."""

    def make(name="model", **files):
        for file, content in ({"config.json": {}} | files.pop("files", {})).items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return tmp_path / name

    return make


def steps(*listed, **configs):
    return {"modules.json": list(listed)} | {f"{name}/config.json": config for name, config in configs.items()}


def test_a_folder_that_only_transformers_wrote_is_pooled_by_the_mean(folder):
    path = folder()
    assert open_model(str(path)) == ModelFolder(path, frozenset(), "", "mean", ())


# --- languages --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("language: en", {"en"}),
        ("license: mit\nlanguage:\n- multilingual\n- ar\n  - no\nlicense_name: de", {"ar", "no"}),
        ("language: [cs, 'uk', \"pt-BR\", zh_CN, ast]", {"cs", "uk", "pt", "zh"}),
        ("languages:\r\n- EN", {"en"}),
        ("language: multilingual", set()),
        ("tags: [en]", set()),
        ("x-language: en", set()),
    ],
)
def test_languages_are_those_of_the_model_cards_header(folder, header, languages):
    path = folder(files={"README.md": f"---\n{header}\n---\n# Model\nlanguage: fr\n"})
    assert open_model(str(path)).languages == languages


@pytest.mark.parametrize("card", ["", "language: en", "# Model\n---\nlanguage: en\n---\n", "---\nlanguage: en\n"])
def test_a_card_without_a_header_lists_no_languages(folder, card):
    assert open_model(str(folder(files={"README.md": card}))).languages == frozenset()


@given(card=st.text(alphabet="-\n :[]abclanguge", max_size=60))
def test_any_card_gives_two_letter_codes(tmp_path_factory, card):
    path = tmp_path_factory.mktemp("model")
    (path / "config.json").write_text("{}")
    (path / "README.md").write_text(f"---\nlanguage:{card}\n---\n", encoding="utf-8")
    assert all(len(code) == 2 and code.isalpha() for code in open_model(str(path)).languages)


# --- prompts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "origin", "prompt"),
    [
        ("multilingual-e5-small", None, "query: "),
        ("E5-base-v2", None, "query: "),
        ("model", "intfloat/e5-large", "query: "),
        ("LaBSE", "sentence-transformers/LaBSE", ""),
        ("code5-base", None, ""),
        ("model", 5, ""),
    ],
)
def test_a_model_of_the_e5_family_gets_its_prompt(folder, name, origin, prompt):
    assert open_model(str(folder(name, files={"config.json": {"_name_or_path": origin}}))).prompt == prompt


def test_the_folders_above_a_model_do_not_name_it(folder):
    assert open_model(str(folder("e5-models/LaBSE"))).prompt == ""


# --- steps ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "pooling"),
    [
        ({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}, "mean"),
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode": "cls"}, "cls"),
        ({"pooling_mode": ["mean"]}, "mean"),
    ],
)
def test_the_pooling_is_what_the_folder_says(folder, config, pooling):
    path = folder(files=steps(TRANSFORMER, POOLING, NORMALIZE, **{"1_Pooling": config}))
    assert open_model(str(path)).pooling == pooling


@pytest.mark.parametrize(
    "config",
    [
        {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True},
        {"pooling_mode_max_tokens": True},
        {"pooling_mode": "lasttoken"},
        {"pooling_mode": ["mean", "cls"]},
        {"pooling_mode": {"mean": 1}},
        {},
    ],
)
def test_other_pooling_is_refused_by_name(folder, config):
    path = folder(files=steps(TRANSFORMER, POOLING, **{"1_Pooling": config}))
    with pytest.raises(InputError, match="only mean or cls"):
        open_model(str(path))


def test_a_network_in_a_folder_of_its_own_and_a_dense_layer(folder):
    files = steps(TRANSFORMER | {"path": "0_BERT"}, DENSE, **{"0_BERT": {"_name_or_path": "e5-small"}, "2_Dense": TANH})
    path = folder(files=files | {"2_Dense/model.safetensors": ""})
    model = open_model(str(path))
    assert (model.network, model.prompt) == (path / "0_BERT", "query: ")
    assert [(dense.weights, dense.tanh) for dense in model.dense] == [(path / "2_Dense" / "model.safetensors", True)]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (steps({"path": "", "type": "sentence_transformers.models.WordWeights"}), "WordWeights"),
        (steps({"path": "1_CNN", "type": "somewhere.CNN"}), "CNN"),
        (steps(DENSE, **{"2_Dense": {"activation_function": "os.system"}}), "os.system"),
        (steps(DENSE, **{"2_Dense": {"activation_function": ["x"]}}), "activation"),
        (steps(DENSE, **{"2_Dense": TANH}) | {"2_Dense/pytorch_model.bin": ""}, "safetensors"),
        (steps({"path": "../elsewhere", "type": "Dense"}), "damaged"),
        (steps({"path": "/etc", "type": "Dense"}), "damaged"),
        (steps("Transformer"), "damaged"),
        (steps(POOLING), "1_Pooling"),
        ({"modules.json": {}}, "damaged"),
        ({"modules.json": "["}, "modules.json"),
        ({"modules.json": "[" * 100_000}, "modules.json"),
        ({"config.json": "[]"}, "damaged"),
        ({"config.json": "\0"}, "config.json"),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_name(folder, files, says):
    with pytest.raises(InputError, match=says):
        open_model(str(folder(files=files)))


def test_an_empty_folder_says_what_it_must_hold(tmp_path):
    with pytest.raises(InputError, match="must hold a whole model"):
        open_model(str(tmp_path))


# --- hub --------------------------------------------------------------------------------------------


@pytest.fixture
def hub(monkeypatch):
    """Stands in for the Hugging Face hub: answers with a folder, or raises."""
    package = pytest.importorskip("huggingface_hub")
    asked = []

    def offer(answer):
        def download(model, allow_patterns):
            asked.append((model, allow_patterns))
            if isinstance(answer, Exception):
                raise answer
            return str(answer)

        monkeypatch.setattr(package, "snapshot_download", download)
        return asked

    return offer


def test_a_hub_id_is_downloaded_without_pickles_and_gives_its_name(hub, folder):
    path = folder("snapshot")
    asked = hub(path)
    assert open_model("someone/multilingual-e5-small") == ModelFolder(path, frozenset(), "query: ", "mean", ())
    [(model, patterns)] = asked
    assert model == "someone/multilingual-e5-small"
    assert not [pattern for pattern in patterns if "bin" in pattern or "py" in pattern or pattern == "*"]


def test_a_model_that_cannot_be_had_says_what_to_do(hub):
    hub(OSError("no network"))
    with pytest.raises(InputError, match=r"no folder 'someone/model'.*download one"):
        open_model("someone/model")


def test_a_path_that_is_no_hub_id_is_refused(tmp_path):
    pytest.importorskip("huggingface_hub")
    with pytest.raises(InputError, match="no folder"):
        open_model(str(tmp_path / "not" / "there"))
