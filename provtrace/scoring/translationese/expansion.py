"""Which of two parallel texts says the same in more words than its language needs.

Translators spell out what their readers could not know and the original took for granted: translations are longer
(explicitation: Blum-Kulka 1986, "Shifts of Cohesion and Coherence in Translation"; Baker 1993). How long a text usually
is in a language must be taken out first (``lengths.toml``), as Gale and Church (1993) do to align sentences.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from math import log
from statistics import median
from typing import Final

LEAST: Final = 4  # units of which something can be said
STRAY: Final = 0.35  # log-ratio from the median beyond which a unit is cut or misaligned: 5 to 3 sentences of one size


def expansion(lengths: Sequence[tuple[int, int]], languages: tuple[str, str]) -> float | None:
    """How much longer the right side is than a text of the left one's content usually is in its language.

    Args:
        lengths: characters of both sides of each aligned unit.
        languages: ISO 639-1 codes of the two.

    Returns:
        The logarithm of the ratio, .07 where it is seven percent longer; None with too few units or for a language of
        which no usual length is known. Units that stray from the others don't count.
    """
    usual = _usual()
    left, right = languages
    if left not in usual or right not in usual:
        return None
    ratios = [(log(b / a), a + b) for a, b in lengths if a and b]
    middle = median(ratio for ratio, _ in ratios) if ratios else 0.0
    kept = [(ratio, weight) for ratio, weight in ratios if abs(ratio - middle) < STRAY]
    if len(kept) < LEAST:
        return None
    mean = sum(ratio * weight for ratio, weight in kept) / sum(weight for _, weight in kept)
    return mean - log(usual[right] / usual[left])


@cache
def _usual() -> Mapping[str, float]:
    text = resources.files(__package__).joinpath("lengths.toml").read_text(encoding="utf-8")
    return {language: float(length) for table in tomllib.loads(text).values() for language, length in table.items()}
