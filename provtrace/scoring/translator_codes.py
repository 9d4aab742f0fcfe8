"""How the tokenizers of translation models call languages."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class Codes:
    """Two languages in a model's own words.

    Attributes:
        source: what its tokenizer must be set to before it reads; None where it reads one language.
        target: likewise for the language to write.
        prefix: what must precede every text to translate.
    """

    source: str | None = None
    target: str | None = None
    prefix: str = ""


def m2m(tokenizer: Any, source: str, target: str) -> Codes | None:  # noqa: ANN401 - of transformers, which has no types
    """M2M100: two letters, as in ISO 639-1. None where it doesn't know one of them."""
    known = tokenizer.lang_code_to_token
    return Codes(source, target) if source in known and target in known else None


def nllb(tokenizer: Any, source: str, target: str) -> Codes | None:  # noqa: ANN401
    """NLLB: three letters and a script. None where the tokenizer lacks one of them."""
    one, other = (nllb_codes().get(language, "") for language in (source, target))
    unknown = tokenizer.unk_token_id
    if unknown in (tokenizer.convert_tokens_to_ids(one), tokenizer.convert_tokens_to_ids(other)):
        return None
    return Codes(one, other)


def marian(tokenizer: Any, source: str, target: str) -> Codes | None:  # noqa: ANN401
    """Marian: the model says its languages, or groups of them; where it writes several, a mark says which.

    None where it does not serve them, or does not say what it serves.
    """
    if not tokenizer.source_lang or not tokenizer.target_lang or not _meant(tokenizer.source_lang, source):
        return None
    marks = tokenizer.supported_language_codes
    if not marks:
        return Codes() if _names(tokenizer.target_lang, target) else None
    mark = _mark(marks, target)
    return None if mark is None else Codes(prefix=f"{mark} ")


def _names(declared: str, language: str) -> bool:
    return declared in (language, _three_letters(language))


def _meant(declared: str, language: str) -> bool:
    """Whether a declared source may be that language: it is, or it is a group (``mul``, ``ROMANCE``), not listed."""
    single = declared in nllb_codes() or declared in {_three_letters(code) for code in nllb_codes()}
    return _names(declared, language) or not single


def _mark(marks: Iterable[str], language: str) -> str | None:
    """The mark of a language: ``>>fr<<``, ``>>fra<<``, or of several scripts that of `nllb_codes`, else the first."""
    fitting = [mark for mark in sorted(marks) if _names(mark.strip("<>").split("_")[0], language)]
    exact = f">>{nllb_codes().get(language)}<<"
    return exact if exact in fitting else next(iter(fitting), None)


def _three_letters(language: str) -> str | None:
    code = nllb_codes().get(language)
    return code.split("_")[0] if code else None


@cache
def nllb_codes() -> Mapping[str, str]:
    """NLLB's codes by ISO 639-1."""
    source = resources.files("provtrace.scoring").joinpath("nllb.toml")
    listed: dict[str, str] = tomllib.loads(source.read_text(encoding="utf-8"))["codes"]
    return listed
