"""`Settings`: the only place for knobs, frozen, with a signature that stamps every result."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

VERSION: Final = "0.1.0"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What may change a result. Nothing else may.

    Attributes:
        views: the candidate views to run, of ``tables.VIEWS``. Without ``semantic`` only the sentences of
            articles in a candidate pair are encoded.
        encoder: ``"use"`` for the embedded multilingual encoder, or ``"transformers:PATH"`` for a model in a
            local folder (extra ``transformers``).
        bucket_cap: the most articles one LSH bucket may hold before it stops pairing all with all.
        min_probability: below it a relation between two articles is not called a derivation.
        min_direction: below it the direction of a derivation stays unresolved.
        max_sentences: sentences of one article that take part in alignment; the rest stay ``unresolved``.
    """

    views: tuple[str, ...] = ("surface", "neutral", "semantic", "credit")
    encoder: str = "use"
    bucket_cap: int = 64
    min_probability: float = 0.5
    min_direction: float = 0.7
    max_sentences: int = 2000

    def signature(self) -> str:
        """Every setting and the version, as ``key:value|key:value`` (the form that sacrebleu uses)."""
        parts = [f"{field.name}:{_plain(getattr(self, field.name))}" for field in fields(self)]
        return "|".join([*parts, f"version:{VERSION}"])


def _plain(value: object) -> str:
    return "+".join(map(str, value)) if isinstance(value, tuple) else str(value)
