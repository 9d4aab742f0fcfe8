"""The floor of the stories: the earliest article with a like sentence is the source.

That is the rule of "Rewrite the News" (Kuntur and others, arXiv 2603.29937) with our encoder: a sentence was taken from
the earliest article that has a sentence of cosine .6 or more. An article derives from whatever gave it a fifth of its
sentences. Dates are those that the tool reads; articles without one come last. Credits are not read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from provtrace.results.evaluate.found import Run
from provtrace.scoring.encode import load_encoder

COSINE = 0.6  # of the paper named above
SHARE = 0.2  # of an article's sentences, so that one line in common makes no derivation
Edge = tuple[str, str]  # derived article, source
Place = tuple[str, int]  # an article, and the number of a sentence in it


class Earliest:
    """What the rule finds, in the tables of a run, so that it is scored like one.

    Args:
        run: a finished run, of which articles, sentences and the encoder's name are used.
    """

    def __init__(self, run: Run) -> None:
        self.settings = run.settings
        articles = run.tables["articles"]
        self._language = dict(articles.select("article_id", "language").iter_rows())
        dated = articles.sort("published_at", "article_id", nulls_last=True)
        self._rank = {name: rank for rank, name in enumerate(dated["article_id"])}
        self._sources = dict(self._taken(run.tables["sentences"]))
        found = {"origins": self._origins(), "derivations": self._derivations(), "relations": self._relations()}
        self.tables: Mapping[str, pl.DataFrame] = {
            name: pl.DataFrame(list(found[name]), schema=frame.schema) if name in found else frame.clear()
            for name, frame in run.tables.items()
        } | {"articles": articles, "sentences": run.tables["sentences"]}

    def audit(self, by: str) -> pl.DataFrame:
        """No credit is found anywhere."""
        names = sorted(self._rank)
        return pl.DataFrame({f"{by}_id": names, "verdict": ["no_credit_found"] * len(names)})

    def _taken(self, sentences: pl.DataFrame) -> Iterator[tuple[Place, Place | None]]:
        """For every body sentence, the like sentence of the earliest article that has one."""
        body = sentences.filter(pl.col("role") == "body").sort("article_id", "sentence")
        places: list[Place] = list(body.select("article_id", "sentence").iter_rows())
        vectors = load_encoder(self.settings.encoder).encode(body["text"].to_list())
        cosines = vectors @ vectors.T
        for row, place in enumerate(places):
            like = [
                (self._rank[other[0]], -float(cosines[row, column]), other)
                for column, other in enumerate(places)
                if self._rank[other[0]] < self._rank[place[0]] and cosines[row, column] >= COSINE
            ]
            yield place, min(like)[-1] if like else None

    def _edges(self) -> list[Edge]:
        lengths = Counter(article for article, _ in self._sources)
        given = Counter((article, source[0]) for (article, _), source in self._sources.items() if source)
        return sorted(edge for edge, count in given.items() if count >= SHARE * lengths[edge[0]])

    def _kind(self, edge: Edge) -> str:
        return "paraphrase" if self._language[edge[0]] == self._language[edge[1]] else "translation"

    def _origins(self) -> Iterator[dict[str, Any]]:
        for (article, number), source in self._sources.items():
            row = {"article_id": article, "sentence": number, "probability": 1.0, "kind": "novel_in_set"}
            if source:
                row |= {"kind": "paraphrase", "origin_id": source[0], "origin_sentences": [source[1]]}
            yield row

    def _derivations(self) -> Iterator[dict[str, Any]]:
        for edge in self._edges():
            ends = {"derived_id": edge[0], "source_id": edge[1]}
            yield {**ends, "relation": self._kind(edge), "probability": 1.0}

    def _relations(self) -> Iterator[dict[str, Any]]:
        for edge in self._edges():
            ends = {"left_id": min(edge), "right_id": max(edge), "source_id": edge[1]}
            shares = {"left_share": 1.0, "right_share": 1.0}
            yield {**ends, **shares, "relation": self._kind(edge), "probability": 1.0}
