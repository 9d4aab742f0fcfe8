"""Scores of reconstructed wires: the statements of an unobserved upstream against those that the gold names."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from provtrace.results.evaluate.gold import Gold, Rendering, Span
from provtrace.results.evaluate.scores import Figures, Tables

_Witnessed = Mapping[str, frozenset[str]]  # articles, and what each of them says there of the gold's units


def wire_figures(tables: Tables, truth: Gold, named: Mapping[str, str]) -> Figures:
    """How far the run's upstreams are the gold's, statement by statement.

    ``found`` counts, of the gold's units that two witnesses or more show (``gold``), those that a unit of the run has
    from two witnesses at least; a unit of the run stands for the one that most of its witnesses say. ``mixed`` are the
    run's units of which a witness says something else. ``tau`` is Kendall's, of the order of what was found, and
    ``inversions`` the pairs of it that are the wrong way round. ``strangers`` are witnesses that the gold lacks.

    Args:
        tables: of the run.
        truth: the gold, with units.
        named: the gold's names of the run's unobserved upstreams.
    """
    counts: Counter[str] = Counter()
    ours = _units(tables, truth)
    rendering: defaultdict[str, set[str]] = defaultdict(set)
    for line in truth.renderings:
        for unit in line.units:
            rendering[unit].add(line.article_id)
    upstreams = {named.get(name): name for name in tables["upstreams"]["upstream_id"] if name in named}
    witnesses = {upstream.name: upstream.witnesses for upstream in truth.upstreams}
    for name, order in truth.units.items():
        shown = {unit for unit in order if len(rendering[unit] & witnesses[name]) > 1}
        counts["gold"] += len(shown)
        units = ours.get(upstreams.get(name, ""), {})
        best = _best(units, order)
        found = sorted((order.index(unit), number) for unit, number in best.items() if unit in shown)
        counts["found"] += len(found)
        counts["units"] += len(units)
        counts["mixed"] += sum(_mixed(unit) for unit in units.values())
        counts["pairs"] += math.comb(len(found), 2)
        counts["inversions"] += sum(one > other for (_, one), (_, other) in combinations(found, 2))
        listed = tables["upstreams"].filter(upstream_id=upstreams.get(name, ""))["witnesses"].explode().drop_nulls()
        counts["strangers"] += len(set(listed) - witnesses[name])
    return {
        "recall": counts["found"] / counts["gold"] if counts["gold"] else math.nan,
        "tau": 1 - 2 * counts["inversions"] / counts["pairs"] if counts["pairs"] else math.nan,
        **{key: counts[key] for key in ("found", "gold", "units", "mixed", "inversions", "strangers")},
    }


def _units(tables: Tables, truth: Gold) -> dict[str, dict[int, _Witnessed]]:
    """The run's units by upstream and number: each witness, and the gold's units that its sentences render."""
    spans = {(row[0], row[1]): row[2:] for row in _sentences(tables)}
    lines: defaultdict[str, list[Rendering]] = defaultdict(list)
    for line in truth.renderings:
        lines[line.article_id].append(line)
    found: defaultdict[str, defaultdict[int, defaultdict[str, set[str]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(set))
    )
    columns = ("upstream_id", "unit", "witness_article_id", "witness_sentence")
    for upstream, number, article, sentence in tables["upstream_units"].select(columns).iter_rows():
        found[upstream][number][article] |= _rendered(lines[article], spans[article, sentence])
    return {
        upstream: {
            number: {article: frozenset(said) for article, said in unit.items()}
            for number, unit in sorted(units.items())
        }
        for upstream, units in found.items()
    }


def _sentences(tables: Tables) -> Iterator[tuple[str, int, int, int]]:
    yield from tables["sentences"].select("article_id", "sentence", "start", "end").iter_rows()


def _rendered(lines: Iterable[Rendering], span: Span) -> set[str]:
    """The gold's units that a sentence renders: those of every stretch that it shares half with, of the shorter."""
    return {
        unit
        for line in lines
        if 2 * (min(span[1], line.span[1]) - max(span[0], line.span[0]))
        >= min(span[1] - span[0], line.span[1] - line.span[0])
        for unit in line.units
    }


def _main(unit: _Witnessed, order: tuple[str, ...]) -> tuple[str | None, int]:
    """The gold's unit that most of its witnesses say, the first of several, and how many do."""
    votes = Counter(said for told in unit.values() for said in told if said in order)
    best = min(votes, key=lambda said: (-votes[said], order.index(said)), default=None)
    return best, votes[best] if best else 0


def _best(units: Mapping[int, _Witnessed], order: tuple[str, ...]) -> dict[str, int]:
    """For each of the gold's units, the unit of the run that most witnesses have it in, two at least."""
    best: dict[str, tuple[int, int]] = {}
    for number, unit in units.items():
        said, witnesses = _main(unit, order)
        if said is not None and witnesses > max(1, best.get(said, (0, 0))[0]):
            best[said] = (witnesses, number)
    return {said: number for said, (_, number) in best.items()}


def _mixed(unit: _Witnessed) -> bool:
    """Whether its witnesses say nothing that all of them say."""
    return not frozenset.intersection(*unit.values())
