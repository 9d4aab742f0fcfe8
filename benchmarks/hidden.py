"""How well a wire is put together again: ``python benchmarks/hidden.py DATA [--only SET ...]``.

Of every set whose originals have two derived texts or more, the originals are hidden and the rest is traced. Then the
units of those texts, told which texts belong together, are held against the sentences of their original. That is what
the constants of `provtrace.stages.attribution.units` were chosen by.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import layout
import polars as pl
from blind import records

import provtrace
from provtrace.results.evaluate.gold import Gold, Rendering, Upstream
from provtrace.results.evaluate.wires import wire_figures
from provtrace.scoring.encode import load_encoder
from provtrace.stages.attribution.family import Family, families
from provtrace.stages.attribution.units import find_units
from provtrace.tables import DIRECTED, PROFILES, TABLES, VERDICTS, conform

FIGURES = ("gold", "found", "recall", "units", "mixed", "inversions", "tau")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Put hidden originals together again from what derives from them.")
    parser.add_argument("data", type=Path, metavar="DATA", help="folder with one folder per set, or one set")
    parser.add_argument("--only", nargs="+", default=[""], metavar="SET", help="names, or beginnings of names, of sets")
    options = parser.parse_args(arguments)
    folders = [options.data] if (options.data / "sentences.jsonl").exists() else sorted(options.data.iterdir())
    rows = []
    for folder in folders:
        gold = hidden(records(folder / "sentences.jsonl"))
        if gold.units and folder.name.startswith(tuple(options.only)):
            figures = wire_figures(put_together(folder, gold), gold, {name: name for name in gold.units})
            rows.append((folder.name, *(f"{figures[name]:.4g}" for name in FIGURES)))
    print("\n".join(layout.plain([("set", *FIGURES), *rows])))
    return 0 if rows else 2


def hidden(lines: Iterable[Mapping[str, Any]]) -> Gold:
    """The originals of a set as upstreams, with their sentences as units, where two texts or more render one."""
    takers: defaultdict[str, set[str]] = defaultdict(set)
    told: defaultdict[str, set[int]] = defaultdict(set)
    renderings = []
    for line in lines:
        origin, spans = line.get("upstream"), line.get("down_span")
        if origin is not None and spans and "up_idx" in line:
            takers[origin].add(line["downstream"])
            told[origin] |= set(line["up_idx"])
            span = spans[0][0], spans[-1][1]
            renderings.append(Rendering(line["downstream"], span, frozenset(f"{origin} {n}" for n in line["up_idx"])))
    derived = set().union(*takers.values())
    originals = [origin for origin in sorted(takers) if len(takers[origin]) > 1 and origin not in derived]
    return Gold(
        name="hidden",
        documents=frozenset(derived),
        upstreams=tuple(Upstream(origin, None, frozenset(takers[origin])) for origin in originals),
        units={origin: tuple(f"{origin} {n}" for n in sorted(told[origin])) for origin in originals},
        renderings=tuple(renderings),
    )


def put_together(folder: Path, gold: Gold) -> dict[str, pl.DataFrame]:
    """The tables that `wire_figures` reads: the units of each hidden original, from its takers."""
    articles = [
        {"id": doc["id"], "text": doc["text"], "language": doc.get("lang")}
        for doc in records(folder / "documents.jsonl")
        if doc["id"] not in gold.units
    ]
    run = provtrace.trace(articles)
    found = list(_families(run))
    upstreams, units = [], []
    for upstream in gold.upstreams:
        members = sorted(upstream.witnesses)
        upstreams.append((upstream.name, None, None, None, None, 1.0, members))
        listed = [unit for family in found for unit in find_units(family, set(members) & set(family.articles))]
        units += [(upstream.name, n, *place, cosine) for n, unit in enumerate(listed) for place, cosine in unit.items()]
    made = {"upstreams": upstreams, "upstream_units": units}
    frames = {name: pl.DataFrame(rows, schema=TABLES[name], orient="row") for name, rows in made.items()}
    return {**frames, "sentences": run.sentences}


def _families(run: provtrace.Provenance) -> Sequence[Family]:
    """The families of a run, without directions: units need none."""
    derived = run.relations.filter(pl.col("relation").is_in([*DIRECTED, "co_derived"]))
    verdicts = derived.with_columns(
        log_odds=0.0, told=0.0, rendered=0.0, left_fit=None, right_fit=None, from_left="relation", from_right="relation"
    )
    described = run.articles.with_columns(
        dated=False, own_agency=None, claims=pl.lit([], pl.List(pl.String)), claim_roles=pl.lit([], pl.List(pl.String)),
        translated=False,
        body=0, body_start=0, body_end=0,
    )  # fmt: skip
    known = load_encoder(run.settings.encoder).languages
    return list(families(conform(verdicts, VERDICTS), run.alignments, conform(described, PROFILES), known))


if __name__ == "__main__":
    sys.exit(main())
