"""The statements of an unobserved upstream: which sentences of its witnesses render one, and in which order.

Of more than two witnesses, alignments contradict one another, and one loose match would weld two statements. So the
partition of all sentences is sought that the evidence of all pairs speaks for most (correlation clustering: Bansal,
Blum and Chawla, Machine Learning 56, 2004): a match speaks for its sentences' being one, and its absence between two
texts that were compared speaks against it. It is found by joining the two groups that most speaks for, again and again,
as long as anything does (greedy additive edge contraction: Keuper et al., ICCV 2015).

The order is that of most witnesses, pair by pair of statements (Kemeny, Daedalus 88, 1959), as moving one statement
after the other finds it.

The constants were chosen on the translated, composed and reprinted development sets with every original hidden, against
its sentences.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import combinations
from math import log
from typing import TYPE_CHECKING, Final, TypeAlias

from provtrace.stages.attribution.family import Family, Link

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# Of 0..3: 0 leaves more sentences in a unit that is not theirs, from 2 on it matters little.
MISSED: Final = 2.5  # log-odds against two sentences of compared texts that are not matched
SURE: Final = 5.0  # log-odds beyond which a match counts no more; of 3.5..9 the lesser ones are as good
# Of 1..20, beyond SURE: what a witness says in two sentences was two, unless two others hold them together.
ONCE: Final = 6.0  # log-odds against two sentences of one text: it says a thing once

Place: TypeAlias = tuple[str, int]
"""A sentence of an article."""

Unit: TypeAlias = dict[Place, float]
"""The sentences that render one statement, each with its mean cosine to those of the others that it is matched with."""


def find_units(family: Family, members: Iterable[str]) -> tuple[Unit, ...]:
    """The statements that two or more of the members render, in the order of most of them.

    A sentence that says what others say in two is in the units of both.

    Args:
        family: the family.
        members: articles of it that have a text in common.
    """
    matches = Matches(family, members)
    rendered = (matches.rendered(unit) for unit in _with_merged(matches, _grouped(matches)))
    units = [unit for unit in rendered if unit]
    return tuple(units[number] for number in in_order(units))


class Matches:
    """What the alignments of the members say of every two of their sentences.

    Attributes:
        odds: log-odds that two sentences render one statement, the smaller first, of those that an alignment names.
        merged: two sentences of which one is matched with several.
    """

    def __init__(self, family: Family, members: Iterable[str]) -> None:
        self._family = family
        self.odds: dict[tuple[Place, Place], float] = {}
        self.merged: set[tuple[Place, Place]] = set()
        self._whole: list[tuple[Place, Place]] = []  # matched one to one
        self._cosines: dict[tuple[Place, Place], float] = {}
        for one, other in combinations(sorted(members), 2):
            for link in family.links.get((one, other), []):
                self._add(one, other, link)
        self._add_repetitions()

    def _add(self, one: str, other: str, link: Link) -> None:
        odds = _log_odds(link.probability)
        sides = len(link.own), len(link.other)
        for k, i in enumerate(link.own):
            for n, j in enumerate(link.other):
                cell = (one, i), (other, j)
                told = odds if _meet(k / sides[0], (k + 1) / sides[0], n / sides[1], (n + 1) / sides[1]) else 0.0
                if told >= self.odds.get(cell, told):
                    self.odds[cell], self._cosines[cell] = told, link.cosine
                if sides == (1, 1):
                    self._whole.append(cell)
                elif min(sides) == 1 and told > 0:
                    self.merged.add(cell)

    def _add_repetitions(self) -> None:
        """Where each of two sentences of a text is matched whole with the same one of another, they say it twice."""
        alone: dict[tuple[Place, str], list[tuple[Place, float]]] = defaultdict(list)
        for one, other in self._whole:
            if (odds := self.odds[one, other]) > 0:
                alone[one, other[0]].append((other, odds))
                alone[other, one[0]].append((one, odds))
        for found in alone.values():
            for (one, odds), (other, others) in combinations(sorted(found), 2):
                self.odds[one, other] = max(min(odds, others), self.odds.get((one, other), 0.0))

    def between(self, ones: Collection[Place], others: Collection[Place]) -> float:
        """Log-odds that two groups of sentences render one statement."""
        return sum(self._of(one, other) for one in ones for other in others)

    def _of(self, one: Place, other: Place) -> float:
        cell = (one, other) if one < other else (other, one)
        if cell in self.odds:
            return self.odds[cell]
        if one[0] == other[0]:
            return -ONCE
        compared = self._family.verdict(one[0], other[0]) and self._family.seen_whole(one[0], other[0])
        return -MISSED if compared else 0.0

    def rendered(self, group: Collection[Place]) -> Unit:
        """The sentences of a group that are matched with others of it, and not with repetitions of their own alone."""
        found = {}
        for place in sorted(group):
            cells = ((place, other) if place < other else (other, place) for other in group)
            cosines = [self._cosines[cell] for cell in cells if cell in self._cosines]
            if cosines:
                found[place] = sum(cosines) / len(cosines)
        return found


def _meet(start: float, end: float, other_start: float, other_end: float) -> bool:
    """Whether two stretches overlap: where both sides have several sentences, those are counterparts that do."""
    return start < other_end and other_start < end


def _log_odds(probability: float) -> float:
    least = 1e-6  # a table's 32 bits may say 0 or 1
    kept = min(max(probability, least), 1 - least)
    return max(-SURE, min(SURE, log(kept / (1 - kept))))


def _with_merged(matches: Matches, groups: Sequence[list[Place]]) -> Iterator[set[Place]]:
    """The groups, and in each the sentences of others that say what it says, and more: most of its own match them."""
    home = {place: number for number, group in enumerate(groups) for place in group}
    units = [set(group) for group in groups]
    for cell in sorted(matches.merged):
        for place, into in ((cell[0], home[cell[1]]), (cell[1], home[cell[0]])):
            told = [matches.between([place], [other]) for other in groups[into]]
            if home[place] != into and sum(odds > 0 for odds in told) > sum(odds < 0 for odds in told):
                units[into].add(place)
    yield from units


# --- groups -----------------------------------------------------------------------------------------


def _grouped(matches: Matches) -> list[list[Place]]:
    """The matched sentences in groups, by their first sentence."""
    places = sorted({place for cell in matches.odds for place in cell})
    number = {place: k for k, place in enumerate(places)}
    groups = {k: [place] for k, place in enumerate(places)}
    odds: dict[int, dict[int, float]] = {k: {} for k in groups}
    for (one, other), told in matches.odds.items():
        odds[number[one]][number[other]] = odds[number[other]][number[one]] = told
    heap = [(-told, a, b) for a, row in odds.items() for b, told in row.items() if a < b and told > 0]
    heapify(heap)
    while heap:
        told, a, b = heappop(heap)
        if odds.get(a, {}).get(b) == -told:  # else one of the two has grown since, or is part of another
            _join(matches, groups, odds, a, b)
            for c, joined in odds[a].items():
                if joined > 0:
                    heappush(heap, (-joined, min(a, c), max(a, c)))
    return list(groups.values())


def _join(matches: Matches, groups: dict[int, list[Place]], odds: dict[int, dict[int, float]], a: int, b: int) -> None:
    """Make group `b` part of group `a`. Evidence adds up, so it is looked up only where none was known."""
    rows = {a: odds[a], b: odds.pop(b)}
    joined = {
        c: sum(row[c] if c in row else matches.between(groups[part], groups[c]) for part, row in rows.items())
        for c in sorted((rows[a].keys() | rows[b].keys()) - {a, b})
    }
    odds[a] = joined
    for c, told in joined.items():
        odds[c].pop(b, None)
        odds[c][a] = told
    groups[a] += groups.pop(b)


# --- order ------------------------------------------------------------------------------------------


def in_order(units: Sequence[Collection[Place]]) -> list[int]:
    """Numbers of the units in the order of most witnesses.

    Where they tell as much for one order as for another, the mean relative place in them decides.
    """
    import numpy as np

    places = _places(units)
    means = np.nanmean(places, axis=1) if len(units) else np.zeros(0)
    order = sorted(range(len(units)), key=lambda unit: (float(means[unit]), sorted(units[unit])))
    before = np.zeros((len(units), len(units)))  # [unit, other]: witnesses for, less those against
    for column in places.T:
        before += np.nan_to_num(np.sign(column[None, :] - column[:, None]))
    moved = True
    while moved:  # every move gains a witness at least, so there is an end
        moved = False
        for unit in tuple(order):
            at = order.index(unit)
            rest = [*order[:at], *order[at + 1 :]]
            told = _told(before, unit, rest)
            best = int(told.argmax())
            if told[best] > told[at]:
                order = [*rest[:best], unit, *rest[best:]]
                moved = True
    return order


def _places(units: Sequence[Collection[Place]]) -> npt.NDArray[np.float64]:
    """The mean relative place of each unit in each witness, ``[unit, witness]``, NaN where it has none."""
    import numpy as np

    witnesses = sorted({article for unit in units for article, _ in unit})
    found = np.full((len(units), len(witnesses)), np.nan)
    for number, unit in enumerate(units):
        for column, witness in enumerate(witnesses):
            own = [i for article, i in unit if article == witness]
            if own:
                found[number, column] = sum(own) / len(own)
    last = np.nanmax(found, axis=0, initial=1.0)
    relative: npt.NDArray[np.float64] = found / last
    return relative


def _told(before: npt.NDArray[np.float64], unit: int, rest: Sequence[int]) -> npt.NDArray[np.float64]:
    """How much the witnesses tell for the unit's standing before the first of the rest, the second ..., and last."""
    import numpy as np

    ahead, behind = before[rest, unit], before[unit, rest]
    told: npt.NDArray[np.float64] = np.concatenate([[0.0], ahead.cumsum()])
    told += np.concatenate([behind[::-1].cumsum()[::-1], [0.0]])
    return told
