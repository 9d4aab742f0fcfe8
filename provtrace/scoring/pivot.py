"""What a translator says of two texts in two languages: whether one renders the other, and which was first.

*Pivot*: one side is translated by machine and compared with the other as text of one language (chrF, Popović 2015;
BLEU, Papineni et al. 2002; both as sacrebleu has them, Post 2018).
*Direction*: a translation is likelier given its original than the original given its translation (Wastl, Vamvas and
Sennrich 2024, "Machine Translation Models are Zero-Shot Detectors of Translation Direction"). Both are computed by
forced decoding, and their difference, in nats a token, speaks for or against the left side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from provtrace.errors import InputError
from provtrace.scoring.translator import Translator, load_translator

MARGIN: Final = 0.05  # nats a token: a smaller mean difference decides nothing
ERRORS: Final = 2.0  # standard errors that the mean must be away from none
LEAST: Final = 3  # units that decide anything
UNITS: Final = 8  # units of a pair of articles that the translator is asked about, the surest
SURE: Final = 0.9  # probability that a unit must have: what renders nothing has no direction

UNSPACED: Final = ("ja", "km", "lo", "my", "th", "zh")  # languages that put no spaces between words

_PAIR: Final = ("left_id", "right_id")


@dataclass(frozen=True)
class Direction:
    """How far a translator tells two texts apart.

    Attributes:
        mean: log-likelihood a token of right given left, less that of left given right; above 0 the left is first.
        error: standard error of that mean over the units.
        units: how many there were.
    """

    mean: float
    error: float
    units: int

    @property
    def source(self) -> str | None:
        """The side that looks like the original, ``left`` or ``right``; None where that can't be told."""
        if self.units < LEAST or abs(self.mean) < max(MARGIN, ERRORS * self.error):
            return None
        return "left" if self.mean > 0 else "right"


@dataclass(frozen=True)
class TranslationEvidence:
    """What a translator says of pairs of sentences.

    Attributes:
        units: a row a pair, with ``left``, ``right``, ``translation`` (the left one by machine in the right one's
            language), its ``chrf`` and ``bleu`` against the right one (0..1), ``forward`` (mean log-probability a token
            of right given left, nats), ``backward`` (of left given right) and ``direction`` (their difference).
        direction: of all pairs together.
    """

    units: pl.DataFrame
    direction: Direction


def translation_evidence(
    left: Sequence[str], right: Sequence[str], *, languages: tuple[str, str], translator: str
) -> TranslationEvidence:
    """Ask a translator whether sentences translate others, and which side is the original.

    Args:
        left: sentences in the first language.
        right: as many, in the second.
        languages: ISO 639-1 codes of the two.
        translator: ``"transformers:NAME"``, as in `Settings.translator`.

    Raises:
        InputError: there is no such translator, it does not serve both directions, or the lists differ in length.
        MissingExtra: the extra ``transformers`` is not installed.
    """
    if len(left) != len(right):
        raise InputError(f"{len(left)} sentences on the left and {len(right)} on the right: give pairs")
    model = load_translator(translator)
    translations = model.translate(left, *languages)
    forward, backward = _likelihoods(left, right, languages, model)
    units = pl.DataFrame(
        {
            "left": pl.Series(left, dtype=pl.String),
            "right": pl.Series(right, dtype=pl.String),
            "translation": pl.Series(translations, dtype=pl.String),
            "chrf": pl.Series(map(chrf, translations, right), dtype=pl.Float64),
            "bleu": pl.Series(
                [bleu(*texts, languages[1]) for texts in zip(translations, right, strict=True)], dtype=pl.Float64
            ),
            "forward": forward,
            "backward": backward,
            "direction": forward - backward,
        }
    )
    return TranslationEvidence(units, direction(units["direction"].to_list()))


def direction(differences: Sequence[float]) -> Direction:
    """The mean of differences in nats a token, with its standard error."""
    count = len(differences)
    mean = fsum(differences) / count if count else 0.0
    spread = fsum((value - mean) ** 2 for value in differences)
    return Direction(mean, sqrt(spread / (count - 1) / count) if count > 1 else 0.0, count)


def chrf(translation: str, reference: str) -> float:
    """Sentence chrF of a translation, 0..1."""
    from sacrebleu.metrics.chrf import CHRF

    return float(CHRF().sentence_score(translation, [reference]).score) / 100


def bleu(translation: str, reference: str, language: str) -> float:
    """Sentence BLEU of a translation, 0..1, with effective order; of characters where words have no spaces."""
    from sacrebleu.metrics.bleu import BLEU

    metric = BLEU(effective_order=True, tokenize="char" if language in UNSPACED else "13a")
    return float(metric.sentence_score(translation, [reference]).score) / 100


def with_directions(alignments: pl.DataFrame, sentences: pl.DataFrame, translator: Translator) -> pl.DataFrame:
    """ALIGNMENTS with their ``direction`` where the translator can tell one: of the surest translated units of a pair.

    Args:
        alignments: of whole pairs.
        sentences: ``article_id``, ``sentence``, ``language`` and ``text`` of their articles.
        translator: asked only about languages that it serves both ways.
    """
    spoken = {
        (article, number): (language, text)
        for article, number, language, text in sentences.select(
            "article_id", "sentence", "language", "text"
        ).iter_rows()
    }
    numbered = alignments.with_row_index("row")
    asked: dict[tuple[str, str], list[tuple[int, str, str]]] = {}
    for unit in _surest(numbered).iter_rows(named=True):
        sides = [[spoken[unit[f"{side}_id"], n] for n in unit[f"{side}_sentences"]] for side in ("left", "right")]
        (left, right), texts = [side[0][0] for side in sides], [" ".join(text for _, text in side) for side in sides]
        asked.setdefault((left, right), []).append((unit["row"], *texts))
    found: dict[int, float] = {}
    for languages, units in sorted(asked.items()):
        if translator.serves(*languages) and translator.serves(*reversed(languages)):
            rows, left, right = zip(*units, strict=True)
            forward, backward = _likelihoods(left, right, languages, translator)
            found |= dict(zip(rows, (forward - backward).tolist(), strict=True))
    values = pl.Series([found.get(row) for row in range(len(alignments))], dtype=pl.Float32)
    return alignments.with_columns(direction=values)


def _surest(numbered: pl.DataFrame) -> pl.DataFrame:
    """At most `UNITS` units a pair, of pairs that have `LEAST`."""
    sure = numbered.filter(pl.col("kind") == "translation", pl.col("probability") >= SURE)
    order = [*_PAIR, "probability", "left_start", "right_start"]
    best = (
        sure.sort(order, descending=[False, False, True, False, False]).group_by(_PAIR, maintain_order=True).head(UNITS)
    )
    return best.filter(pl.len().over(_PAIR) >= LEAST)


def _likelihoods(
    left: Sequence[str], right: Sequence[str], languages: tuple[str, str], model: Translator
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    one, other = languages
    return model.log_likelihood(left, right, one, other), model.log_likelihood(right, left, other, one)
