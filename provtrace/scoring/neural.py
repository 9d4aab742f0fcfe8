"""Sentence encoders that ``transformers`` can load, on a CUDA device where there is one: the extra ``[transformers]``.

The figures of `calibration.toml` were fitted with the default encoder. CSLS brings another encoder's cosines onto
nearly the same scale, not exactly: probabilities of such a run are less sharply calibrated.
"""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from provtrace.errors import InputError
from provtrace.scoring import network
from provtrace.scoring.model_folder import Dense, fingerprint, open_model

if TYPE_CHECKING:
    import torch

MAX_TOKENS: Final = 256
MAX_CHARACTERS: Final = 2000  # of a text, as for the default encoder: 256 tokens are seldom more
ROWS: Final = 32  # texts that pass the network together


class TransformersEncoder:
    """A model of ``transformers``, pooled as its folder says, unit vectors.

    Of a model whose card lists no languages none counts as known: its scores are then weighed as for a language that
    the encoder was not trained on, the wording more, the vectors less.

    Args:
        model: a folder with a model in safetensors, or the id of one on the Hugging Face hub.

    Raises:
        MissingExtra: torch or transformers is not installed.
        InputError: there is no such model, or it can't be run here.
    """

    def __init__(self, model: str) -> None:
        network.require(f"the encoder {model!r}")
        self._folder = open_model(model)
        self.name = f"transformers:{model}"
        self.languages = self._folder.languages

    @cached_property
    def identity(self) -> str:
        """What its vectors depend on, beside the text: the model's files, the machinery, and the precision."""
        import torch
        import transformers

        device = "cuda" if torch.cuda.is_available() else "cpu"
        versions = f"torch {torch.__version__} transformers {transformers.__version__}"
        return f"{fingerprint(self._folder)} {versions} {device} {MAX_TOKENS} {MAX_CHARACTERS} {ROWS}"

    @cached_property
    def _network(self) -> _Network:
        # only where something is encoded: who asks for the languages needs no weights
        folder = self._folder
        with network.loading(folder.network, "encoder"):
            return _Network(*_transformer(folder.network), [_layer(dense) for dense in folder.dense], folder.pooling)

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors, float32 ``[len(texts), dimensions]``; a text is cut at `MAX_TOKENS` tokens.

        Raises:
            InputError: the model's files can't be loaded, or its vectors are no numbers.
        """
        loaded = self._network
        with network.one_thread():
            vectors = loaded.vectors([self._folder.prompt + text[:MAX_CHARACTERS] for text in texts])
        if not np.isfinite(vectors).all():
            raise InputError(f'the encoder {self.name!r} overflows in half precision: set CUDA_VISIBLE_DEVICES to ""')
        return vectors


class _Network:
    """Tokenizer, weights and the steps after them, on their device."""

    def __init__(self, tokenizer: Any, model: Any, dense: Sequence[Any], pooling: str) -> None:  # noqa: ANN401 - untyped
        self._tokenizer = tokenizer
        self._model = network.placed(model)
        self._dense = [layer.to(self._model.device) for layer in dense]
        self._pooling = pooling
        positions = getattr(model.config, "max_position_embeddings", MAX_TOKENS)
        self._limit = min(MAX_TOKENS, tokenizer.model_max_length, positions)

    def vectors(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self._dimensions), np.float32)
        tokens = self._tokenizer(list(texts), truncation=True, max_length=self._limit)["input_ids"]
        result = np.empty((len(texts), self._dimensions), np.float32)
        for (width,), members in network.batches([(len(row),) for row in tokens], ROWS):
            result[members] = self._forward([tokens[row] for row in members], min(width, self._limit))
        return result

    @property
    def _dimensions(self) -> int:
        return int(self._dense[-1][0].out_features if self._dense else self._model.config.hidden_size)

    def _forward(self, tokens: Sequence[Sequence[int]], width: int) -> npt.NDArray[np.float32]:
        import torch

        ids, mask = network.padded(tokens, ROWS, width, self._tokenizer.pad_token_id)
        with torch.inference_mode():
            told = torch.from_numpy(mask).to(self._model.device)
            states = self._model(
                input_ids=torch.from_numpy(ids).to(self._model.device), attention_mask=told
            ).last_hidden_state.float()
            pooled = _mean(states, told) if self._pooling == "mean" else states[:, 0]
            for layer in self._dense:
                pooled = layer(pooled)
            unit = torch.nn.functional.normalize(pooled, dim=1)
        vectors: npt.NDArray[np.float32] = unit[: len(tokens)].cpu().numpy()
        return vectors


def _mean(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean over the tokens that are no padding: ``[rows, width, d]`` to ``[rows, d]``."""
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1.0)


def _transformer(path: Path) -> tuple[Any, Any]:
    """Tokenizer and network. No code that a model brings along is run, and no pickled weights are read."""
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(path, trust_remote_code=False)
    # "eager": the other kernels leave the mask out where a batch happens to need no padding, and round otherwise
    model, told = AutoModel.from_pretrained(
        path, trust_remote_code=False, use_safetensors=True, attn_implementation="eager", output_loading_info=True
    )
    if model.config.is_encoder_decoder:
        raise ValueError("it is an encoder with a decoder")
    if tokenizer.pad_token_id is None:
        raise ValueError("its tokenizer has no padding")
    if tokenizer.vocab_size <= len(tokenizer.all_special_ids):  # what is made where the tokenizer's files are missing
        raise ValueError("its tokenizer has no vocabulary")
    return tokenizer, network.whole(model, told, spare="pooler")


def _layer(dense: Dense) -> Any:  # noqa: ANN401 - torch may be absent where types are checked
    import torch
    from safetensors.torch import load_file

    weights = load_file(dense.weights)
    outputs, inputs = weights["linear.weight"].shape
    linear = torch.nn.Linear(inputs, outputs, bias="linear.bias" in weights)
    linear.load_state_dict({name.removeprefix("linear."): tensor.float() for name, tensor in weights.items()})
    return torch.nn.Sequential(linear, torch.nn.Tanh() if dense.tanh else torch.nn.Identity()).requires_grad_(False)
