"""The `Translator` protocol, and translators by name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from provtrace.errors import InputError

PREFIX: Final = "transformers:"


class Translator(Protocol):
    """Anything that translates sentences, and says how likely it finds a translation. Languages are ISO 639-1."""

    name: str

    def serves(self, source: str, target: str) -> bool:
        """Whether it translates from one language into the other."""
        ...

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """A translation of each text; the same one whatever else is translated with it."""
        ...

    def log_likelihood(
        self, sources: Sequence[str], targets: Sequence[str], source: str, target: str
    ) -> npt.NDArray[np.float64]:
        """Mean log-probability a token, in nats, of each target given its source: float64 ``[len(sources)]``."""
        ...


@cache
def load_translator(name: str) -> Translator:
    """The translator that a `Settings.translator` names.

    Raises:
        InputError: no translator has that name.
        MissingExtra: the extra ``transformers`` is not installed.
    """
    if not name.startswith(PREFIX):
        raise InputError(f"no translator {name!r}: say {PREFIX!r} and a model's folder or hub id")
    from provtrace.scoring.neural_translator import TransformersTranslator

    return TransformersTranslator(name.removeprefix(PREFIX))
