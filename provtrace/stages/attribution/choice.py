"""Of the articles that may have given a text, which one did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from provtrace.scoring.calibration import chance
from provtrace.stages.attribution.direction import probability
from provtrace.stages.attribution.family import Family
from provtrace.stages.attribution.stemma import nearer

# Log-odds. Of 0 to 4, BEHIND is the most that leaves copies of copies alone, on halves of two labelled sets;
# OWN_LANGUAGE makes no difference there from 2 to 6. With CHOSEN at 1, derivations hold as often as their probabilities
# say, within .055, on all three sets.
BEHIND: Final = 2.0  # of a version over another one that was surely made from it
OWN_LANGUAGE: Final = 4.0  # of a source in the article's language over a version of it in another
CHOSEN: Final = 1.0  # of whatever else led to the choice of a source: how much it gave, how surely
SURE: Final = 6.0  # at most, all in all


def standing(family: Family, article: str, source: str, versions: Iterable[str]) -> float:
    """Log-odds, bounded, that the article was made from the source and not from the likeliest other version of it.

    At most 0: to have beaten another version is no more than to have none beside it.
    """
    return min([0.0, *(value for value, _ in _against(family, article, source, versions))])


def choice(family: Family, article: str, source: str, versions: Iterable[str]) -> tuple[float, str | None]:
    """Probability that the article was made from the source and not from the likeliest other version, and that one.

    Returns:
        1 and None without another version.
    """
    rivals = list(_against(family, article, source, versions))
    if not rivals:
        return 1.0, None
    odds, rival = min(rivals)
    return chance(odds + CHOSEN), rival


def _against(family: Family, article: str, source: str, versions: Iterable[str]) -> Iterator[tuple[float, str]]:
    for other in versions:
        if other != source and family.verdict(source, other) is not None:
            before = BEHIND * (2 * probability(family, source, other) - 1)
            odds = nearer(family, article, source, other) + _easier(family, article, source, other) + before
            yield max(-SURE, min(SURE, odds)), other


def _easier(family: Family, article: str, source: str, other: str) -> float:
    """Who has a text in his own language seldom translates another version of it."""
    at_home = [family.language(version) == family.language(article) for version in (source, other)]
    return OWN_LANGUAGE * (at_home[0] - at_home[1])
