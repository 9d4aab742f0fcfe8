"""Two sentences on their own, without articles around them: how likely is one a rendering of the other?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from provtrace.errors import InputError
from provtrace.scoring import calibration, similarity
from provtrace.scoring.calibration import Features
from provtrace.scoring.encode import Vectors, densities, density_column, load_encoder
from provtrace.scoring.similarity import Floats, Side


def pair_probability(
    left: Sequence[str], right: Sequence[str], *, languages: tuple[str, str] = ("en", "en"), encoder: str = "use"
) -> Floats:
    """Probability that either sentence renders the other or both a third, pair by pair.

    Args:
        left: n sentences.
        right: their n partners.
        languages: ISO 639-1 codes of the two sides.
        encoder: as `Settings.encoder`.

    Returns:
        float32 ``[n]``, 0..1.

    Raises:
        InputError: the lists differ in length, or the encoder can't be loaded.
    """
    found = pair_features(left, right, languages=languages, encoder=encoder)
    return np.array([calibration.probability_alone(unit) for unit in found], dtype=np.float32)


def pair_features(
    left: Sequence[str], right: Sequence[str], *, languages: tuple[str, str] = ("en", "en"), encoder: str = "use"
) -> list[Features]:
    """The features of each pair, as of a unit without neighbours; arguments and errors as of `pair_probability`."""
    if len(left) != len(right):
        raise InputError(f"sentence pairs need as many on the left as on the right, not {len(left)} and {len(right)}")
    model = load_encoder(encoder)
    distinct = sorted({*left, *right})
    vectors = model.encode(distinct)
    dense = densities(vectors, encoder)
    place = {text: row for row, text in enumerate(distinct)}
    kind = calibration.pair_languages(*languages, model.languages)

    def side(text: str, language: str) -> Side:
        row = place[text]
        return _single(text, vectors[row : row + 1], dense[row : row + 1], language, language in model.languages)

    return [_compared(side(a, languages[0]), side(b, languages[1]), kind) for a, b in zip(left, right, strict=True)]


def _single(text: str, vector: Vectors, density: Vectors, language: str, known: bool) -> Side:
    listed = np.array([density_column(language)], dtype=np.int64)
    return Side(
        vectors=vector,
        densities=similarity.all_densities(vector, density, listed),
        texts=[text],
        columns=listed,
        known=np.array([known]),
        joinable=np.array([True]),
        weights=np.ones(1, np.float32),
        languages=np.array([language]),
    )


def _compared(left: Side, right: Side, languages: str) -> Features:
    a, b = left.incidence(), right.incidence()
    rarity = similarity.rarity(a, b)
    cells = similarity.compare(left, similarity.weighted(a, rarity), right, similarity.weighted(b, rarity))
    return calibration.features(
        left.texts[0],
        right.texts[0],
        cosine=float(cells.cosine[0, 0]),
        csls=float(cells.csls[0, 0]),
        wording=float(cells.wording[0, 0]),
        support=0.0,
        languages=languages,
    )
