"""Sentence encoders that ``transformers`` can load, on a CUDA device where there is one: the extra ``[transformers]``.

The figures of `calibration.toml` were fitted with the default encoder. CSLS brings another encoder's cosines onto
nearly the same scale, not exactly: probabilities of such a run are less sharply calibrated.
"""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from provtrace.errors import InputError, MissingExtra
from provtrace.scoring.model_folder import Dense, ModelFolder, open_model

if TYPE_CHECKING:
    import torch

MAX_TOKENS: Final = 256
MAX_CHARACTERS: Final = 2000  # of a text, as for the default encoder: 256 tokens are seldom more
# Every batch has this many rows, and a width that depends on each row alone: a matrix product of another shape rounds
# otherwise, and a sentence's vector must not depend on what else is encoded with it.
ROWS: Final = 32
STEP: Final = 16  # widths are multiples of it

_PACKAGES: Final = ("torch", "transformers")


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
        if any(find_spec(package) is None for package in _PACKAGES):
            raise MissingExtra(f"the encoder {model!r}", "transformers")
        self._folder = open_model(model)
        self.name = f"transformers:{model}"
        self.languages = self._folder.languages

    @cached_property
    def _network(self) -> _Network:
        # only where something is encoded: who asks for the languages needs no weights
        return _load(self._folder)

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors, float32 ``[len(texts), dimensions]``; a text is cut at `MAX_TOKENS` tokens.

        Raises:
            InputError: the model's files can't be loaded.
        """
        network = self._network
        with _one_thread():
            return network.vectors([self._folder.prompt + text[:MAX_CHARACTERS] for text in texts])


class _Network:
    """Tokenizer, weights and the steps after them, on their device."""

    def __init__(self, tokenizer: Any, model: Any, dense: Sequence[Any], pooling: str) -> None:  # noqa: ANN401 - untyped
        import torch

        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._tokenizer = tokenizer
        self._model = model.to(self._device)
        self._dense = [layer.to(self._device) for layer in dense]
        self._pooling = pooling
        positions = getattr(model.config, "max_position_embeddings", MAX_TOKENS)
        self._limit = min(MAX_TOKENS, tokenizer.model_max_length, positions)

    def vectors(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self._dimensions), np.float32)
        tokens = self._tokenizer(list(texts), truncation=True, max_length=self._limit)["input_ids"]
        result = np.empty((len(texts), self._dimensions), np.float32)
        for width, rows in _batches([len(row) for row in tokens]):
            result[rows] = self._forward([tokens[row] for row in rows], min(width, self._limit))
        return result

    @property
    def _dimensions(self) -> int:
        return int(self._dense[-1][0].out_features if self._dense else self._model.config.hidden_size)

    def _forward(self, tokens: Sequence[Sequence[int]], width: int) -> npt.NDArray[np.float32]:
        import torch

        ids = np.full((ROWS, width), self._tokenizer.pad_token_id, np.int64)
        mask = np.zeros((ROWS, width), np.int64)
        for row in range(ROWS):
            of_row = tokens[row % len(tokens)]  # a batch that is not full repeats its texts
            ids[row, : len(of_row)] = of_row
            mask[row, : len(of_row)] = 1
        with torch.inference_mode():
            told = torch.from_numpy(mask).to(self._device)
            states = self._model(
                input_ids=torch.from_numpy(ids).to(self._device), attention_mask=told
            ).last_hidden_state
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


def _batches(lengths: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """Widths, and the numbers of at most `ROWS` texts that fit into each and no smaller one, the shortest first."""
    widths = [STEP * max(1, -(-length // STEP)) for length in lengths]
    for width, group in groupby(sorted(range(len(widths)), key=lambda row: (widths[row], row)), widths.__getitem__):
        rows = list(group)
        yield from ((width, rows[start : start + ROWS]) for start in range(0, len(rows), ROWS))


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread of torch's: work is spread over processes, and a sum split over threads may end in another digit."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _load(folder: ModelFolder) -> _Network:
    try:
        return _Network(*_transformer(folder.network), [_layer(dense) for dense in folder.dense], folder.pooling)
    except ImportError as error:  # some tokenizers need sentencepiece
        raise MissingExtra(f"the model in {folder.network}", "transformers") from error
    except Exception as error:  # three libraries read a foreign model's files, and one raises a bare Exception
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(
            f"can't load the model in {folder.network}: {reason}; the folder must hold a whole encoder with its "
            f"tokenizer, the weights as safetensors"
        ) from error


def _transformer(path: Path) -> tuple[Any, Any]:
    """Tokenizer and network. No code that a model brings along is run, and no pickled weights are read."""
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(path, trust_remote_code=False)
    # "eager": the other kernels leave the mask out where a batch happens to need no padding, and round otherwise
    model, told = AutoModel.from_pretrained(
        path, trust_remote_code=False, use_safetensors=True, attn_implementation="eager", output_loading_info=True
    )
    missing = sorted(name for name in told["missing_keys"] if "pooler" not in name)
    if missing:  # they would be filled with random numbers
        raise ValueError(f"{len(missing)} of its weights are missing, {missing[0]} among them")
    if model.config.is_encoder_decoder:
        raise ValueError("it is an encoder with a decoder")
    if tokenizer.pad_token_id is None:
        raise ValueError("its tokenizer has no padding")
    if tokenizer.vocab_size <= len(tokenizer.all_special_ids):  # what is made where the tokenizer's files are missing
        raise ValueError("its tokenizer has no vocabulary")
    return tokenizer, model.float().eval().requires_grad_(False)


def _layer(dense: Dense) -> Any:  # noqa: ANN401 - torch may be absent where types are checked
    import torch
    from safetensors.torch import load_file

    weights = load_file(dense.weights)
    outputs, inputs = weights["linear.weight"].shape
    linear = torch.nn.Linear(inputs, outputs, bias="linear.bias" in weights)
    linear.load_state_dict({name.removeprefix("linear."): tensor.float() for name, tensor in weights.items()})
    return torch.nn.Sequential(linear, torch.nn.Tanh() if dense.tanh else torch.nn.Identity()).requires_grad_(False)
