"""Translators that ``transformers`` can load: MarianMT, M2M100, NLLB. Of the extra ``[transformers]``.

Everything is greedy and in batches of fixed shapes, so that what comes out for a text does not depend on its company.
"""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from provtrace.errors import InputError
from provtrace.scoring import network, translator_codes
from provtrace.scoring.model_folder import locate
from provtrace.scoring.translator_codes import Codes

MAX_TOKENS: Final = 256  # of either side; what is beyond is not read
MAX_CHARACTERS: Final = 2000
ROWS: Final = 8  # texts that pass the network together: their scores for a vocabulary of 250,000 must fit into memory
LOADED: Final = 2  # models kept in memory, where each serves one direction

_SOURCE, _TARGET = "{source}", "{target}"
_LANGUAGE = re.compile("[a-z]{2,3}")

_Speaks = Callable[[Any, str, str], Codes | None]


class TransformersTranslator:
    """A model of ``transformers`` that translates, or a family of models that each serve one direction.

    Args:
        model: a folder with a model in safetensors, or the id of one on the Hugging Face hub; or, for models of one
            direction, a path of local folders with ``{source}`` and ``{target}`` where their ISO 639-1 codes stand.

    Raises:
        MissingExtra: torch or transformers is not installed.
        InputError: there is no such model.
    """

    def __init__(self, model: str) -> None:
        network.require(f"the translator {model!r}")
        self.name = f"transformers:{model}"
        self._family = model if _SOURCE in model and _TARGET in model else None
        self._folder = locate(model) if self._family is None else Path(model).expanduser().parent
        if not self._folder.is_dir():
            raise InputError(f"no folder {str(self._folder)!r}: {_SOURCE} and {_TARGET} stand for folders on this disk")
        self._load = lru_cache(maxsize=LOADED)(_Network)

    def serves(self, source: str, target: str) -> bool:
        """Whether there is a model for the two languages, ISO 639-1."""
        folder = self._folder_for(source, target)
        return folder is not None and self._load(folder).codes(source, target) is not None

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """A translation of each text; nothing for a text of blanks.

        Raises:
            InputError: the model does not serve these languages, or its files can't be loaded.
        """
        loaded, codes = self._serving(source, target)
        spoken = [row for row, text in enumerate(texts) if text.strip()]
        with network.one_thread():
            found = loaded.translate([texts[row][:MAX_CHARACTERS] for row in spoken], codes)
        by_row = dict(zip(spoken, found, strict=True))
        return [by_row.get(row, "") for row in range(len(texts))]

    def log_likelihood(
        self, sources: Sequence[str], targets: Sequence[str], source: str, target: str
    ) -> npt.NDArray[np.float64]:
        """Mean log-probability a token of each target, given its source, by forced decoding: ``[len(sources)]``, nats.

        The token that ends the target counts, the one that names its language does not.

        Raises:
            InputError: the model does not serve these languages, its files can't be loaded, or the lists differ in
                length.
        """
        if len(sources) != len(targets):
            raise InputError(f"{len(sources)} sources and {len(targets)} targets: give one target a source")
        loaded, codes = self._serving(source, target)
        read, written = ([text[:MAX_CHARACTERS] for text in texts] for texts in (sources, targets))
        with network.one_thread():
            found = loaded.log_likelihood(read, written, codes)
        if not np.isfinite(found).all():
            raise InputError(
                f'the translator {self.name!r} overflows in half precision: set CUDA_VISIBLE_DEVICES to ""'
            )
        return found

    def _serving(self, source: str, target: str) -> tuple[_Network, Codes]:
        folder = self._folder_for(source, target)
        codes = self._load(folder).codes(source, target) if folder is not None else None
        if folder is None or codes is None:
            raise InputError(f"the translator {self.name!r} does not serve {source!r} to {target!r}: choose another")
        return self._load(folder), codes

    def _folder_for(self, source: str, target: str) -> Path | None:
        if self._family is None:
            return self._folder
        if not all(_LANGUAGE.fullmatch(language) for language in (source, target)):
            return None
        path = Path(self._family.replace(_SOURCE, source).replace(_TARGET, target)).expanduser()
        return path if path.is_dir() else None


class _Network:
    """Tokenizer and weights of one model."""

    def __init__(self, folder: Path) -> None:
        with network.loading(folder, "translation model (MarianMT, M2M100 or NLLB)"):
            self._tokenizer, model, self._speaks = _translator(folder)
        self._model = network.placed(model)
        positions = getattr(model.config, "max_position_embeddings", MAX_TOKENS)
        self._limit = min(MAX_TOKENS, self._tokenizer.model_max_length, positions)

    def codes(self, source: str, target: str) -> Codes | None:
        return self._speaks(self._tokenizer, source, target)

    def translate(self, texts: Sequence[str], codes: Codes) -> list[str]:
        tokens = self._read(texts, codes)
        result = [""] * len(texts)
        for (width,), members in network.batches([(len(row),) for row in tokens], ROWS):
            written = self._generate([tokens[row] for row in members], min(width, self._limit), codes)
            for row, text in zip(members, written, strict=True):
                result[row] = text.strip()
        return result

    def log_likelihood(self, sources: Sequence[str], targets: Sequence[str], codes: Codes) -> npt.NDArray[np.float64]:
        read, written = self._read(sources, codes), self._write(targets, codes)
        result = np.empty(len(sources), np.float64)
        lengths = [(len(one), len(other)) for one, other in zip(read, written, strict=True)]
        for widths, members in network.batches(lengths, ROWS):
            width, target_width = (min(wide, self._limit) for wide in widths)
            result[members] = self._forced(
                [read[row] for row in members], width, [written[row] for row in members], target_width, codes
            )
        return result

    def _read(self, texts: Sequence[str], codes: Codes) -> list[list[int]]:
        if not texts:
            return []
        if codes.source is not None:
            self._tokenizer.src_lang = codes.source
        prefixed = [codes.prefix + text for text in texts]
        ids: list[list[int]] = self._tokenizer(prefixed, truncation=True, max_length=self._limit)["input_ids"]
        return ids

    def _write(self, texts: Sequence[str], codes: Codes) -> list[list[int]]:
        if not texts:
            return []
        if codes.target is not None:
            self._tokenizer.tgt_lang = codes.target
        ids: list[list[int]] = self._tokenizer(text_target=list(texts), truncation=True, max_length=self._limit)[
            "input_ids"
        ]
        return ids

    def _target_id(self, codes: Codes) -> int | None:
        """The token that opens a text in the target language; None where the model writes without one."""
        if codes.target is None:
            return None
        code = getattr(self._tokenizer, "lang_code_to_token", {}).get(codes.target, codes.target)
        return int(self._tokenizer.convert_tokens_to_ids(code))

    def _generate(self, tokens: Sequence[Sequence[int]], width: int, codes: Codes) -> list[str]:
        import torch
        import transformers

        ids, mask = network.padded(tokens, ROWS, width, self._tokenizer.pad_token_id)
        own, opening = self._model.generation_config, self._target_id(codes)
        config: Any = transformers.GenerationConfig  # has no types
        greedy = config(
            num_beams=1, do_sample=False, max_new_tokens=min(2 * width, self._limit),  # twice as long is a loop
            decoder_start_token_id=own.decoder_start_token_id, forced_bos_token_id=opening,
            eos_token_id=own.eos_token_id, pad_token_id=own.pad_token_id, bad_words_ids=own.bad_words_ids,
        )  # fmt: skip
        with torch.inference_mode():
            written = self._model.generate(
                torch.from_numpy(ids).to(self._model.device),
                attention_mask=torch.from_numpy(mask).to(self._model.device),
                generation_config=greedy,
            )
        told = written[: len(tokens), 1 if opening is None else 2 :].cpu()  # without the start and the language
        texts: list[str] = self._tokenizer.batch_decode(told, skip_special_tokens=True)
        return texts

    def _forced(
        self, sources: Sequence[Sequence[int]], width: int, targets: Sequence[Sequence[int]], wide: int, codes: Codes
    ) -> list[float]:
        """Mean log-probability of the tokens of each target."""
        import torch

        filler = self._tokenizer.pad_token_id
        ids, mask = network.padded(sources, ROWS, width, filler)
        labels, counted = network.padded(targets, ROWS, wide, filler)
        counted[labels == self._target_id(codes)] = 0
        start = np.full((ROWS, 1), self._model.config.decoder_start_token_id, np.int64)
        device = self._model.device
        with torch.inference_mode():
            logits = self._model(
                input_ids=torch.from_numpy(ids).to(device),
                attention_mask=torch.from_numpy(mask).to(device),
                decoder_input_ids=torch.from_numpy(np.concatenate([start, labels[:, :-1]], axis=1)).to(device),
            ).logits
            losses = [  # a text at a time: the probabilities of all would take the memory of the scores once more
                torch.nn.functional.cross_entropy(
                    logits[row].float(), torch.from_numpy(labels[row]).to(device), reduction="none"
                )
                for row in range(len(targets))
            ]
        found = [-loss.double().cpu().numpy() for loss in losses]
        return [float(each @ marks / max(marks.sum(), 1)) for each, marks in zip(found, counted, strict=False)]


def _translator(folder: Path) -> tuple[Any, Any, _Speaks]:
    """Tokenizer, network, how it calls languages. No code that a model brings is run, no pickled weights are read."""
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, M2M100Tokenizer, MarianTokenizer, NllbTokenizer

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Recommended: pip install sacremoses")  # it only evens out punctuation
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    families = {
        MarianTokenizer: translator_codes.marian,
        M2M100Tokenizer: translator_codes.m2m,
        NllbTokenizer: translator_codes.nllb,
    }
    speaks = next((speaks for kind, speaks in families.items() if isinstance(tokenizer, kind)), None)
    if speaks is None:
        raise ValueError(f"its tokenizer is a {type(tokenizer).__name__}")
    # "eager": the other kernels leave the mask out where a batch happens to need no padding, and round otherwise
    model, told = AutoModelForSeq2SeqLM.from_pretrained(
        folder, trust_remote_code=False, use_safetensors=True, attn_implementation="eager", output_loading_info=True
    )
    return tokenizer, network.whole(model, told), speaks
