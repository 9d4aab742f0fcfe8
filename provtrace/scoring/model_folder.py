"""Models on disk, and what the folder of a sentence encoder says of itself: languages, pooling, what precedes a text.

The layout is that of the Hugging Face hub: ``config.json`` and a model card of ``transformers``, and, where
``sentence-transformers`` wrote the folder, ``modules.json`` with one folder for each step after the network.
"""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, Final

from provtrace.errors import InputError

# Weights in Python's own serialisation can run code when they are read: only safetensors are fetched or opened.
_FILES: Final = ("*.json", "*.txt", "*.model", "*.spm", "*.safetensors", "README.md")
_WEIGHTS: Final = "model.safetensors"

_HEADER = re.compile(r"\A---\s*\n(.*?)\n---\s*$", re.DOTALL | re.MULTILINE)
_LANGUAGES = re.compile(r"^languages?:(.*(?:\n[ \t]*-.*)*)", re.MULTILINE)
_CODE = re.compile(r"[A-Za-z]+(?:[-_][A-Za-z]+)*")
_E5 = re.compile(r"(?:^|[-_/])e5[-_]", re.IGNORECASE)
_FLAG: Final = "pooling_mode_"
_FLAGS: Final = {"mean_tokens": "mean", "cls_token": "cls"}
_ACTIVATIONS: Final = {"torch.nn.modules.activation.Tanh": True, "torch.nn.modules.linear.Identity": False}


@dataclass(frozen=True)
class Dense:
    """A linear layer after the pooling.

    Attributes:
        weights: safetensors file with ``linear.weight`` ``[out, in]`` and, maybe, ``linear.bias`` ``[out]``.
        tanh: whether a hyperbolic tangent follows.
    """

    weights: Path
    tanh: bool


@dataclass(frozen=True)
class ModelFolder:
    """A sentence encoder on disk.

    Attributes:
        network: folder of the network and its tokenizer, mostly the model's own.
        languages: two-letter codes that its model card lists; empty where it lists none.
        prompt: what the model expects before every text.
        pooling: ``mean`` over the tokens (also where the folder says nothing) or ``cls``, the first token.
        dense: layers after the pooling, in order.
    """

    network: Path
    languages: frozenset[str]
    prompt: str
    pooling: str
    dense: tuple[Dense, ...]


def open_model(model: str) -> ModelFolder:
    """Find a model and read what it says of itself; its weights are not opened.

    Args:
        model: a folder, or else the id of a model on the Hugging Face hub, which is downloaded once.

    Raises:
        InputError: there is no such model, or it has a part that can't be run here.
    """
    path = locate(model)
    name = model if path != Path(model).expanduser() else path.resolve().name
    network, pooling, dense = _steps(path)
    return ModelFolder(network, _languages(path), _prompt(network, name), pooling, dense)


def fingerprint(folder: ModelFolder) -> str:
    """SHA-256, in hexadecimal, of all that an encoder's vectors depend on in its folder; reads every byte of it."""
    digest = sha256(f"{folder.pooling}\0{folder.prompt}".encode())
    read = sorted({path for pattern in _FILES[:-1] for path in folder.network.glob(pattern)})
    for path in [*read, *(dense.weights for dense in folder.dense)]:
        with path.open("rb") as file:
            digest.update(path.name.encode() + file_digest(file, "sha256").digest())
    return digest.hexdigest() + "".join("-tanh" if dense.tanh else "-linear" for dense in folder.dense)


def locate(model: str) -> Path:
    """The folder of a model: that of the name, or else what the Hugging Face hub has under it, downloaded once.

    Raises:
        InputError: there is no such model.
    """
    path = Path(model).expanduser()
    return path if path.is_dir() else _download(model)


def _download(model: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(model, allow_patterns=list(_FILES)))
    except (OSError, ValueError) as error:  # no network, no such model, or a path that is no hub id
        raise InputError(
            f"no folder {model!r}, and no model of that id could be had from the Hugging Face hub: download one, "
            f"and say 'transformers:' and its folder"
        ) from error


def _languages(path: Path) -> frozenset[str]:
    """Codes under ``language`` in the header of the model card; of ``pt-BR``, ``pt``."""
    card = path / "README.md"
    header = _HEADER.match(card.read_text(encoding="utf-8", errors="replace")) if card.is_file() else None
    listed = _LANGUAGES.search(header[1]) if header else None
    codes = {re.split("[-_]", code)[0].lower() for code in _CODE.findall(listed[1])} if listed else set()
    return frozenset(code for code in codes if len(code) == 2)


def _prompt(network: Path, name: str) -> str:
    """E5 was trained with ``query: `` before texts that are compared (Wang et al. 2022, arXiv:2212.03533)."""
    origin = _json(network / "config.json").get("_name_or_path")
    return "query: " if any(_E5.search(known) for known in (name, origin) if isinstance(known, str)) else ""


def _steps(path: Path) -> tuple[Path, str, tuple[Dense, ...]]:
    """Where the network is, how its output is pooled, and what follows."""
    listed = path / "modules.json"
    network, pooling, dense = path, "mean", []
    for kind, folder in [_step(listed, step) for step in _json(listed, list)] if listed.is_file() else ():
        if kind == "Transformer":
            network = folder
        elif kind == "Pooling":
            pooling = _pooling(folder / "config.json")
        elif kind == "Dense":
            dense.append(_dense(folder))
        elif kind != "Normalize":
            raise InputError(f"{path}: the model has a part {kind!r}, which can't be run here; choose another model")
    return network, pooling, tuple(dense)


def _step(listed: Path, step: object) -> tuple[str, Path]:
    """Class and folder of one entry of ``modules.json``; the folder is inside the model's."""
    match step:
        case {"type": str(kind), "path": str(folder)} if not Path(folder).is_absolute() and ".." not in folder:
            return kind.rpartition(".")[2], listed.parent / folder
        case _:
            raise InputError(f"{listed} is damaged: {step!r} is no step of a model; download the model again")


def _pooling(file: Path) -> str:
    """The one mode of pooling; older folders have a key for each, which is true or false."""
    config = _json(file)
    flags = [key.removeprefix(_FLAG) for key, on in config.items() if key.startswith(_FLAG) and on is True]
    modes = config.get("pooling_mode", [_FLAGS.get(flag, flag) for flag in flags])
    match modes:
        case ("mean" | "cls") as mode:
            return str(mode)
        case [("mean" | "cls") as mode]:
            return str(mode)
        case _:
            raise InputError(f"{file}: pooling {modes!r} can't be run here, only mean or cls; choose another model")


def _dense(folder: Path) -> Dense:
    activation = str(_json(folder / "config.json").get("activation_function"))
    if activation not in _ACTIVATIONS:
        raise InputError(f"{folder}: activation {activation!r} can't be run here; choose another model")
    if not (folder / _WEIGHTS).is_file():
        raise InputError(f"{folder} has no {_WEIGHTS}: download the model again, with its safetensors files")
    return Dense(folder / _WEIGHTS, _ACTIVATIONS[activation])


def _json(file: Path, kind: type = dict) -> Any:  # noqa: ANN401 - what a JSON file of a foreign model holds
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"can't read {file}: {error}; the folder must hold a whole model, as it was downloaded"
        ) from error
    if not isinstance(value, kind):
        raise InputError(f"{file} is damaged: no {kind.__name__}; download the model again")
    return value
