"""The blind stories: ``python benchmarks/stories.py [--half a|b] [--wrong] [--keep FOLDER]``.

Each half is one corpus of three invented stories, run twice: as a reader finds it, without the wires, and with them.
Halves: stories 1 to 3 (a) may be used for choosing constants; stories 4 to 6 (b) only for checking.

Beside every line stands a floor, the rule of "Rewrite the News" (Kuntur and others, arXiv 2603.29937): a sentence was
taken from the earliest article that has a sentence of cosine .6 or more, and an article derives from whatever gave it
a fifth of its sentences. Dates are those that the tool reads; articles without one come last.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import polars as pl
from layout import plain
from newsroom import Corpus, Edition, read_stories

from provtrace.results.evaluate.gold import Gold, Pair, pair_of, read_gold
from provtrace.results.evaluate.measures import score_counts
from provtrace.settings import Settings

if TYPE_CHECKING:
    from provtrace import Provenance

NOTHING = "none"
FLOOR_COSINE = 0.6  # of the paper named above
FLOOR_SHARE = 0.2  # of an article's sentences, so that one line in common makes no derivation
HEAD = (
    "stories",
    "wires",
    "pairs right",
    "derivations P / R / F1",
    "origins F1",
    "false attribution",
    "audit right",
    "phantoms invented, missed",
)


@dataclass(frozen=True)
class Outcome:
    """What was found in a corpus, beside what is true: counts that may be added up, and the verdicts themselves.

    Attributes:
        verdicts: the true and the found relation of every pair of articles.
        edges: found, true, and right derivations.
        segments: right, attributed, foreign, falsely attributed, and own stretches of text.
        audit: right verdicts on articles, and articles.
        phantoms: unobserved upstreams found, of these without a counterpart, and true ones not found.
    """

    verdicts: Mapping[Pair, tuple[str, str]]
    edges: tuple[int, int, int]
    segments: tuple[int, int, int, int, int]
    audit: tuple[int, int]
    phantoms: tuple[int, int, int]

    def cells(self) -> list[str]:
        """Its line of the table."""
        right = sum(true == found for true, found in self.verdicts.values())
        derivations = score_counts(self.edges[2], self.edges[0], self.edges[1])
        hit, attributed, foreign, false, own = self.segments
        return [
            f"{right} of {len(self.verdicts)}",
            " / ".join(f"{figure:.2f}" for figure in derivations),
            f"{score_counts(hit, attributed, foreign).f1:.3f}",
            f"{false / own:.3f}" if own else "-",
            f"{self.audit[0]} of {self.audit[1]}",
            f"{self.phantoms[1]}, {self.phantoms[2]}",
        ]


def added(outcomes: Sequence[Outcome]) -> Outcome:
    """The sum of several."""
    verdicts = {ends: verdict for each in outcomes for ends, verdict in each.verdicts.items()}
    sums = [tuple(map(sum, zip(*parts, strict=True))) for parts in zip(*map(_counts, outcomes), strict=True)]
    return Outcome(verdicts, *sums)  # type: ignore[arg-type]


def _counts(outcome: Outcome) -> tuple[tuple[int, ...], ...]:
    return outcome.edges, outcome.segments, outcome.audit, outcome.phantoms


def judged(provenance: Provenance, truth: Gold) -> Outcome:
    """What a run says of the articles of a gold standard."""
    from provtrace.results.evaluate.found import Found
    from provtrace.results.evaluate.scores import origin_figures

    found = Found(provenance, truth)
    true_edges = truth.edges or frozenset()
    ours = {upstream for upstream, articles in found.witnesses.items() if articles}
    audit = found.audit()
    return Outcome(
        {ends: (_true(truth, ends), _found(found.verdicts, ends)) for ends in _pairs(truth)},
        (len(found.edges), len(true_edges), len(true_edges & found.edges.keys())),
        _segments(origin_figures(found.tables, truth, found.named)),
        (sum(audit[name] == verdict for name, verdict in truth.verdicts.items()), len(truth.verdicts)),
        (len(ours), len(ours - found.named.keys()), len(truth.upstreams) - len(found.named)),
    )


def _pairs(truth: Gold) -> list[Pair]:
    return [pair_of(*ends) for ends in combinations(sorted(truth.documents), 2)]


def _true(truth: Gold, ends: Pair) -> str:
    (relation,) = truth.relations.get(ends, {NOTHING})
    return relation


def _found(verdicts: Mapping[Pair, Any], ends: Pair) -> str:
    return verdicts[ends].relation if ends in verdicts else NOTHING


def _segments(figures: Mapping[str, float]) -> tuple[int, int, int, int, int]:
    """Counts from the shares that the library gives."""
    foreign, own = int(figures["segments"]), int(figures["own"])
    right = round(figures["recall"] * foreign)
    false = round(figures["false_attribution"] * own) if own else 0
    return right, round(right / figures["precision"]) if right else false, foreign, false, own


# --- the floor --------------------------------------------------------------------------------------


class Earliest:
    """The floor as a run: the earliest article with a like sentence is the source.

    Args:
        provenance: a finished run, of which only articles, sentences and the encoder are used.
    """

    def __init__(self, provenance: Provenance) -> None:
        self.settings = provenance.settings
        articles = provenance.tables["articles"]
        self._language = dict(articles.select("article_id", "language").iter_rows())
        dated = articles.sort("published_at", "article_id", nulls_last=True)
        self._rank = {name: rank for rank, name in enumerate(dated["article_id"])}
        sentences = provenance.tables["sentences"]
        body = sentences.filter(pl.col("role") == "body").sort("article_id", "sentence")
        self._origins = dict(self._sources(body))
        empty = {name: frame.clear() for name, frame in provenance.tables.items()}
        self.tables = {
            **empty,
            "articles": articles,
            "sentences": sentences,
            "origins": self._origin_rows(empty["origins"]),
            "derivations": self._derivation_rows(empty["derivations"]),
            "relations": self._relation_rows(empty["relations"]),
        }

    def audit(self, by: str) -> pl.DataFrame:
        """It does not read credits."""
        names = sorted(self._rank)
        return pl.DataFrame({f"{by}_id": names, "verdict": ["no_credit_found"] * len(names)})

    def _sources(self, body: pl.DataFrame) -> Iterator[tuple[Pair, tuple[str, int] | None]]:
        """For every sentence, by article and number, the sentence of the earliest article that is like it."""
        from provtrace.scoring.encode import load_encoder

        owners: list[tuple[str, int]] = list(body.select("article_id", "sentence").iter_rows())
        vectors = load_encoder(self.settings.encoder).encode(body["text"].to_list())
        cosines = vectors @ vectors.T
        for row, (article, number) in enumerate(owners):
            like = [
                (self._rank[other], -float(cosines[row, column]), other, place)
                for column, (other, place) in enumerate(owners)
                if self._rank[other] < self._rank[article] and cosines[row, column] >= FLOOR_COSINE
            ]
            yield (article, number), (min(like)[2], min(like)[3]) if like else None  # type: ignore[misc]

    def _origin_rows(self, empty: pl.DataFrame) -> pl.DataFrame:
        rows = [
            {
                "article_id": article,
                "sentence": number,
                "kind": "paraphrase" if source else "novel_in_set",
                "origin_id": source[0] if source else None,
                "origin_sentences": [source[1]] if source else None,
                "probability": 1.0,
            }
            for (article, number), source in self._origins.items()
        ]
        return pl.DataFrame(rows, schema=empty.schema)

    def _edges(self) -> list[Pair]:
        lengths = Counter(article for article, _ in self._origins)
        given = Counter((article, source[0]) for (article, _), source in self._origins.items() if source)
        return sorted(edge for edge, count in given.items() if count >= FLOOR_SHARE * lengths[edge[0]])

    def _kind(self, edge: Pair) -> str:
        return "paraphrase" if self._language[edge[0]] == self._language[edge[1]] else "translation"

    def _derivation_rows(self, empty: pl.DataFrame) -> pl.DataFrame:
        rows = [
            {"derived_id": edge[0], "source_id": edge[1], "relation": self._kind(edge), "probability": 1.0}
            for edge in self._edges()
        ]
        return pl.DataFrame(rows, schema=empty.schema)

    def _relation_rows(self, empty: pl.DataFrame) -> pl.DataFrame:
        rows = [
            {
                "left_id": min(edge),
                "right_id": max(edge),
                "relation": self._kind(edge),
                "source_id": edge[1],
                "probability": 1.0,
                "left_share": 1.0,
                "right_share": 1.0,
            }
            for edge in self._edges()
        ]
        return pl.DataFrame(rows, schema=empty.schema)


# --- tables -----------------------------------------------------------------------------------------


def confusion(outcome: Outcome) -> list[list[str]]:
    """True relations down, found ones across."""
    cells = Counter(outcome.verdicts.values())
    true, found = (sorted({ends[side] for ends in cells}) for side in (0, 1))
    rows = [[kind, *(str(cells[kind, other] or ".") for other in found)] for kind in true]
    return [["true, then found", *found], *rows]


def wrong(corpus: Corpus, outcome: Outcome) -> list[str]:
    """Pairs with a wrong verdict, a line each."""
    names = corpus.names
    return sorted(
        f"{names[left]} - {names[right]}: {true}, found {found}"
        for (left, right), (true, found) in outcome.verdicts.items()
        if true != found
    )


def run(corpus: Corpus, folder: Path, settings: Settings) -> tuple[Provenance, Earliest, list[tuple[str, Gold]]]:
    """A traced corpus, its floor, and the gold of each of its stories."""
    import json

    import provtrace

    folder.mkdir(parents=True, exist_ok=True)
    provenance = provtrace.trace(corpus.write(folder), settings=settings)
    golds = []
    for edition in corpus.editions:
        path = folder / f"{edition.story.name}.json"
        path.write_text(json.dumps(corpus.gold([edition]), ensure_ascii=False), encoding="utf-8")
        golds.append((edition.story.name, read_gold(path)))
    return provenance, Earliest(provenance), golds


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Score provtrace on invented stories that were written blind.")
    parser.add_argument("--half", choices=("a", "b"), help="a may be used for choosing constants, b only for checking")
    parser.add_argument("--wrong", action="store_true", help="also list the pairs with a wrong verdict")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the runs there")
    options = parser.parse_args(arguments)
    settings = Settings()
    for half in options.half or "ab":
        for wires in (False, True):
            stories = [story for story in read_stories() if story.half == half]
            corpus = Corpus([Edition(story, wires) for story in stories])
            _report(corpus, f"half {half}", wires, settings, options)
    print(f"settings {settings.signature()}")
    return 0


def _report(corpus: Corpus, name: str, wires: bool, settings: Settings, options: argparse.Namespace) -> None:
    shown = "with" if wires else "without"
    with TemporaryDirectory() as scratch:
        folder = (options.keep or Path(scratch)) / f"{name.replace(' ', '-')}-{shown}"
        provenance, floor, golds = run(corpus, folder, settings)
        if options.keep:
            provenance.save(folder / "run")
    outcomes = {story: judged(provenance, truth) for story, truth in golds}
    floors = [judged(floor, truth) for _, truth in golds]  # type: ignore[arg-type]
    whole = added(list(outcomes.values()))
    lines = [[story, shown, *outcome.cells()] for story, outcome in outcomes.items()]
    lines += [[name, shown, *whole.cells()], [f"{name}, floor", shown, *added(floors).cells()]]
    print("\n".join([*plain([HEAD, *lines]), "", *plain(confusion(whole)), ""]))
    if options.wrong:
        print("\n".join([*wrong(corpus, whole), ""]))


if __name__ == "__main__":
    sys.exit(main())
