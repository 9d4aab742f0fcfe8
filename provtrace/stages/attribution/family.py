"""A family: articles joined by derivation verdicts, with their aligned sentences, ready to be walked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

import polars as pl

from provtrace.scoring.calibration import NEAR_EDIT
from provtrace.scoring.components import components
from provtrace.tables import COPIES, DIRECTED

COMPILED: Final = 1.5  # log-odds from the shape of two texts from which the derived one counts as a compilation
APART: Final = ("told", "rendered")  # parts of a verdict's log-odds that are not of the texts' shape
WHOLE: Final = 0.7  # share of both texts from which nearly all of them is in common
FEW_NAMES: Final = 4  # fewer that two texts have in common say nothing of how they spell
STRANGE: Final = 0.35  # fit below which a passage is of another subject than the text around it

Row: TypeAlias = dict[str, Any]
Sentences: TypeAlias = frozenset[int]


@dataclass(frozen=True)
class Link:
    """One aligned unit, seen from one of its sides."""

    own: tuple[int, ...]
    other: tuple[int, ...]
    length: int  # characters on the own side
    kind: str
    probability: float
    cosine: float
    evidence: float
    csls: float
    edit: float
    exact: int  # exact numbers that only one of the sides gives
    alike: int  # names that both sides spell alike
    respelt: int  # names that both sides have, spelt otherwise

    @property
    def weight(self) -> float:
        """Evidence times length: what the unit is worth in a sum."""
        return max(self.evidence, 0.0) * self.length


class Family:
    """Articles of one connected component of derivation verdicts.

    Args:
        verdicts: VERDICTS of the pairs inside the component.
        links: for each ordered pair of articles, the units as the first one sees them.
        profiles: rows of PROFILES by article.
        known: languages that the encoder knows.
    """

    def __init__(
        self,
        verdicts: Mapping[tuple[str, str], Row],
        links: Mapping[tuple[str, str], list[Link]],
        profiles: Mapping[str, Row],
        known: frozenset[str],
    ) -> None:
        # What `direction` and `stemma` found of two articles, so that they look once.
        self.directions: dict[tuple[str, str], float] = {}
        self.lacking: dict[tuple[str, str], int] = {}
        self.behind: dict[tuple[str, str], list[str]] = {}
        self.changes: dict[tuple[str, str], float] = {}
        self.verdicts = verdicts
        self.links = links
        self.profiles = profiles
        self.known = known
        self.neighbours: dict[str, list[str]] = defaultdict(list)
        for left, right in sorted(verdicts):
            self.neighbours[left].append(right)
            self.neighbours[right].append(left)

    @cached_property
    def articles(self) -> list[str]:
        """All members, sorted."""
        return sorted(self.neighbours)

    def verdict(self, one: str, other: str) -> Row | None:
        """The verdict on a pair, in whichever order."""
        return self.verdicts.get((one, other) if one < other else (other, one))

    def seen_whole(self, one: str, other: str) -> bool:
        """Whether the aligner finds about all that two articles share: not where the encoder is blind to a language."""
        languages = {self.language(one), self.language(other)}
        return len(languages) == 1 or languages <= self.known

    def shared(self, article: str, other: str) -> Sentences:
        """The article's sentences that are aligned with the other's."""
        return self._shared.get((article, other), frozenset())

    def language(self, article: str) -> str:
        """The article's language."""
        return str(self.profiles[article]["language"])

    def of_others(self, article: str) -> Sentences:
        """The article's sentences that are aligned with any other's."""
        return frozenset().union(*(self.shared(article, other) for other in self.neighbours[article]))

    @cached_property
    def text_links(self) -> Mapping[tuple[str, str], list[Link]]:
        """The links, without headings: those are formulas."""
        return {pair: [link for link in links if link.kind != "heading"] for pair, links in self.links.items()}

    @cached_property
    def _shared(self) -> Mapping[tuple[str, str], Sentences]:
        return {pair: frozenset(i for link in links for i in link.own) for pair, links in self.text_links.items()}

    def strength(self, article: str, other: str) -> float:
        """Total weight of what the two share."""
        return self._strength.get((article, other), 0.0)

    @cached_property
    def _strength(self) -> Mapping[tuple[str, str], float]:
        return {pair: sum(link.weight for link in links) for pair, links in self.text_links.items()}

    def share(self, article: str, other: str) -> float:
        """Share of the article that is matched in the other; 0 without a verdict."""
        row = self.verdict(article, other)
        return 0.0 if row is None else float(row["left_share" if article == row["left_id"] else "right_share"])

    def whole(self, one: str, other: str) -> bool:
        """Whether nearly all of either text is matched in the other."""
        return min(self.share(one, other), self.share(other, one)) >= WHOLE

    def copied(self, article: str, other: str) -> float:
        """Share of what the article has in common with the other, by characters, that is word for word or nearly so."""
        return self._copied.get((article, other), 0.0)

    @cached_property
    def _copied(self) -> Mapping[tuple[str, str], float]:
        found = {}
        for pair, links in self.text_links.items():
            lengths = [(link.length, link.kind in COPIES) for link in links]
            copied = sum(length for length, copy in lengths if copy)
            found[pair] = copied / max(sum(length for length, _ in lengths), 1)
        return found

    def respelt(self, article: str) -> tuple[int, int]:
        """Names of the article that a text in its language spells otherwise, of those that both have.

        Of the text that is the least unlike it in this; 0 of 0 without one that has names in common with it.
        """
        found = [
            (sum(link.respelt for link in links), sum(link.respelt + link.alike for link in links))
            for other in self.neighbours[article]
            if self.language(other) == self.language(article)
            for links in [self.text_links.get((article, other), [])]
        ]
        named = [counts for counts in found if counts[1] >= FEW_NAMES]
        return min(named, key=lambda counts: (counts[0] / counts[1], counts), default=(0, 0))

    @cached_property
    def compilations(self) -> frozenset[str]:
        """Articles of which a passage is of another subject than the rest, and at home in another article."""
        return frozenset(
            article
            for article in self.articles
            for other in self.neighbours[article]
            if self._by_shape(other, article) >= COMPILED and self.fit(article, other) < STRANGE
        )

    def _by_shape(self, source: str, derived: str) -> float:
        """What the shape of the two texts tells of their direction: neither claims and dates, nor language."""
        return self.log_odds(source, derived) - sum(self.log_odds(source, derived, part) for part in APART)

    def fit(self, article: str, other: str) -> float:
        """How well what `article` shares with `other` fits the rest of it; 1 where there is no rest."""
        row = self.verdict(article, other)
        fit = None if row is None else row["left_fit" if article == row["left_id"] else "right_fit"]
        return 1.0 if fit is None else float(fit)

    def log_odds(self, source: str, derived: str, part: str = "log_odds") -> float:
        """Log-odds of the pair's own evidence that `source` is the source of `derived`; 0 without a verdict.

        Args:
            source: an article.
            derived: another one.
            part: ``log_odds``, or a part of it: ``told`` or ``rendered``, as in `tables.VERDICTS`.
        """
        row = self.verdict(source, derived)
        if row is None:
            return 0.0
        return float(row[part]) * (1 if source == row["left_id"] else -1)


def families(
    verdicts: pl.DataFrame, alignments: pl.DataFrame, profiles: pl.DataFrame, known: frozenset[str]
) -> Iterator[Family]:
    """The components of the derivation verdicts, in the order of their first member."""
    derived = verdicts.filter(pl.col("relation").is_in([*DIRECTED, "co_derived"])).sort("left_id", "right_id")
    rows = {(row["left_id"], row["right_id"]): row for row in derived.iter_rows(named=True)}
    links = _links(alignments, derived)
    described = {row["article_id"]: row for row in profiles.iter_rows(named=True)}
    for members in _components(rows):
        inside = {pair: rows[pair] for pair in members}
        both = [ordered for pair in members for ordered in (pair, pair[::-1])]
        articles = sorted({article for pair in members for article in pair})
        yield Family(
            inside,
            {pair: links[pair] for pair in both if pair in links},
            {article: described[article] for article in articles},
            known,
        )


def _links(alignments: pl.DataFrame, derived: pl.DataFrame) -> dict[tuple[str, str], list[Link]]:
    links: dict[tuple[str, str], list[Link]] = defaultdict(list)
    wanted = alignments.join(derived.select("left_id", "right_id", "from_left"), on=["left_id", "right_id"])
    # Between texts that derive, a quotation came with the text around it.
    text_kind = (
        pl.when(pl.col("kind") != "shared_quote")
        .then("kind")
        .when(pl.col("from_left").is_in(["translation", "adaptation"]))
        .then(pl.lit("translation"))
        .when(pl.col("edit") >= NEAR_EDIT)
        .then(pl.lit("near_verbatim"))
        .otherwise(pl.lit("paraphrase"))
    )
    for row in (
        wanted.with_columns(kind=text_kind)
        .sort("left_id", "right_id", "left_start", "right_start")
        .iter_rows(named=True)
    ):
        left, right = tuple(row["left_sentences"]), tuple(row["right_sentences"])
        common = (
            row["kind"], row["probability"], row["cosine"], row["evidence"], row["csls"], row["edit"],
            row["left_exact"] + row["right_exact"], row["alike"], row["respelt"],
        )  # fmt: skip
        pair = (row["left_id"], row["right_id"])
        links[pair].append(Link(left, right, row["left_end"] - row["left_start"], *common))
        links[pair[::-1]].append(Link(right, left, row["right_end"] - row["right_start"], *common))
    return links


def _components(pairs: Iterable[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Pairs by connected component, both in sorted order."""
    pairs = sorted(pairs)
    first = components(pairs)
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for pair in pairs:
        found[first[pair[0]]].append(pair)
    return list(found.values())
