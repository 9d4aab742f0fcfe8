"""Sets with gold labels as examples for the calibration: a run up to its alignments, and what the gold says of each.

A run sees a set blind, as in the quality benchmark. It is kept in a folder whose name holds the settings, the texts
and the code that it depends on, so that no fit is made on the alignments of yesterday's aligner.

Pairs of articles are labelled by the gold on articles; they become examples once there are models of units, by whose
probabilities what they have in common is weighed. Their aligned units are labelled one by one where a set has gold on
sentences (`unit_gold`): a true pair has wrong units, and two versions of one wire have right ones though no one asks
whether they are a pair. Elsewhere a unit takes the label of its pair.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl
from blind import blind_copy, records
from unit_gold import read_unit_gold

import provtrace
from provtrace import Provenance, Settings
from provtrace.results.evaluate.folder import COMPOSITE
from provtrace.results.evaluate.gold import Gold, Pair, pair_of
from provtrace.results.evaluate.read import read_gold
from provtrace.scoring import calibration, similarity
from provtrace.scoring.encode import load_encoder
from provtrace.scoring.overlap import Overlap
from provtrace.scoring.pairs import pair_features
from provtrace.stages import profile

COPY: Final = 0.2  # word-3-gram Jaccard from which a rated pair is a copy
APART: Final = 0.02  # and below which it shares no text to speak of
PARAPHRASES: Final = "msrp"  # beginning of the name of a set of single sentences
UNIT_FEATURES: Final = ("csls", "chrf", "anchors", "edit", "numbers", "names")
# Models of what is fitted here do not change the alignments that they are fitted on.
FITTED: Final = ("stages/relate", "scoring/overlap.py", "scoring/grounds.py", "scoring/calibration.toml")
CODE: Final = (".py", ".toml", ".npy")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Example:
    """One aligned unit of a pair of articles, two sentences on their own, or a pair of articles.

    Attributes:
        model: of ``calibration.toml``.
        features: by name.
        holds: whether one text of the two derives from the other, or both from a third.
        between: the two languages, sorted.
    """

    model: str
    features: Mapping[str, float]
    holds: bool
    between: str = ""


@dataclass(frozen=True)
class Compared:
    """A pair of articles with its aligned units, as `_units` gives them, and whether they have a common text."""

    overlap: Overlap
    holds: bool

    def example(self, models: Mapping[str, Mapping[str, float]]) -> Example:
        """The pair, its units judged by those models of units."""
        units = [
            {**unit, "probability": calibration.applied(models[f"unit_{unit['languages']}_language"], unit)}
            for unit in self.overlap.units
        ]
        overlap = Overlap(units, self.overlap.known)
        return Example(f"pair_{overlap.languages}_language", overlap.features, self.holds)


@dataclass(frozen=True)
class Labelled:
    """A set's examples, and what became of its true pairs before any model saw them."""

    name: str
    examples: tuple[Example, ...]
    true_pairs: int
    not_aligned: int  # true pairs that no view proposed, or of which nothing is aligned
    pairs: tuple[Compared, ...] = ()


def labelled(folder: Path, settings: Settings, cache: Path) -> Labelled:
    """Run a set, or take the run from the cache, and label its pairs and units."""
    if folder.name.startswith(PARAPHRASES):
        return Labelled(folder.name, tuple(_paraphrases(folder, settings)), 0, 0)
    provenance, home = _run(folder, settings, cache)
    gold = _gold(home, provenance)
    labels = dict(_labels(home, gold, provenance.tables["pairs"]))
    compared = _comparisons(provenance, settings)
    telling = {pair: compared[pair] for pair in sorted(labels) if pair in compared and compared[pair].telling}
    pairs = (
        Compared(Overlap(list(_units(comparison)), comparison.known), labels[pair])
        for pair, comparison in telling.items()
    )
    sentences = read_unit_gold(_source(home))
    if sentences is None:
        units = (_example(unit, labels[pair]) for pair in telling for unit in _units(compared[pair]))
    else:
        every = (unit for pair in sorted(compared) for unit in _units(compared[pair]))
        units = (_example(unit, holds) for unit in every if (holds := sentences.holds(unit)) is not None)
    true = gold.positives or gold.copies
    return Labelled(folder.name, tuple(units), len(true), len(true - set(compared)), tuple(pairs))


# --- the run ----------------------------------------------------------------------------------------


def _run(folder: Path, settings: Settings, cache: Path) -> tuple[Provenance, Path]:
    """The run over a set, and the folder of its gold in the run's ids."""
    home = cache / f"{folder.name}-{_digest(folder, settings)}"
    if (folder / "gold.json").exists():
        source, gold = str(folder / "*.txt"), folder
    else:
        home.mkdir(parents=True, exist_ok=True)
        gold = blind_copy(folder, home)
        source = str(gold / "input.jsonl")
    if not (home / "run").exists():  # `save` writes aside and renames: what exists is whole
        provtrace.trace(source, settings=settings).save(home / "run")
    return provtrace.load(home / "run"), gold


def _digest(folder: Path, settings: Settings) -> str:
    digest = hashlib.blake2b(settings.signature().encode(), digest_size=8)
    package = Path(provtrace.__file__).parent
    code = [path for part in ("scoring", "stages") for path in (package / part).rglob("*") if path.suffix in CODE]
    fitted = [package / part for part in FITTED]
    code = [path for path in code if not any(path.is_relative_to(part) for part in fitted)]
    for path in sorted([*folder.iterdir(), *code]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


# --- labels -----------------------------------------------------------------------------------------


def _gold(home: Path, provenance: Provenance) -> Gold:
    return read_gold(_source(home), provenance.tables["articles"]["article_id"].to_list())


def _source(home: Path) -> Path:
    """What a set's gold is read from: one file, or the folder."""
    single = home / "gold.json"
    return single if single.exists() else home


def _labels(home: Path, gold: Gold, proposed: pl.DataFrame) -> Iterator[tuple[Pair, bool]]:
    """Pairs that are surely true or surely not; what the gold leaves open is left out."""
    if gold.ratings:
        return _of_ratings(home)
    positives = gold.positives or frozenset()
    if (home / "gold.json").exists():
        return ((pair, pair in positives) for pair in gold.relations)
    pairs = (pair_of(left, right) for left, right in proposed.select("left_id", "right_id").iter_rows())
    return _of_groups(home, gold, pairs)


def _of_ratings(home: Path) -> Iterator[tuple[Pair, bool]]:
    for pair in records(home / "pairs.jsonl"):
        jaccard = pair["jaccard3"]
        if jaccard is not None and not APART <= jaccard <= COPY:
            yield pair_of(pair["upstream"], pair["downstream"]), jaccard > COPY


def _of_groups(home: Path, gold: Gold, pairs: Iterable[Pair]) -> Iterator[tuple[Pair, bool]]:
    """Pairs without those that may share text for a reason that the gold does not list.

    Two composites may share own material; a composite and a version of its source are neither right nor wrong, and
    so are two versions of one original. What a digest takes is an excerpt: `relate` knows it by the words copied.
    """
    roles = {doc["id"]: doc.get("role") for doc in records(home / "documents.jsonl")}
    drawn: defaultdict[str, set[str]] = defaultdict(set)
    for derived, source in gold.edges or ():
        drawn[derived].add(gold.versions.get(source, source))
    for pair in pairs:
        kinds = [roles.get(name) for name in pair]
        if "digest" in kinds:
            continue
        one, other = (drawn.get(name, set()) | {gold.versions.get(name, name)} for name in pair)
        if gold.positives and pair in gold.positives:
            yield pair, True
        elif pair not in gold.ignored and not (gold.versions and one & other) and set(kinds) != {COMPOSITE}:
            yield pair, False


# --- examples ---------------------------------------------------------------------------------------


def _comparisons(provenance: Provenance, settings: Settings) -> dict[Pair, Overlap]:
    known = load_encoder(settings.encoder).languages
    tables = provenance.tables
    lengths = profile.lengths(tables["sentences"], settings)
    profiles = tables["articles"].select("article_id", "language").join(lengths, on="article_id")
    languages = tables["sentences"].select("article_id", "sentence", "language")
    joined = tables["alignments"]
    for side in ("left", "right"):
        key = [f"{side}_id", f"{side}_sentence"]
        of_unit = languages.rename({"article_id": key[0], "sentence": key[1], "language": f"{side}_unit_language"})
        of_article = profiles.rename(
            {name: f"{side}_{'id' if name == 'article_id' else name}" for name in profiles.columns}
        )
        first = pl.col(f"{side}_sentences").list.first().alias(key[1])
        joined = joined.with_columns(first).join(of_unit, on=key).join(of_article, on=key[0])
    ordered = joined.sort("left_id", "right_id", "left_start", "right_start")
    groups = ordered.group_by("left_id", "right_id", maintain_order=True)
    return {(str(left), str(right)): Overlap(frame.to_dicts(), known) for (left, right), frame in groups}


def _units(comparison: Overlap) -> Iterator[Row]:
    """The units of a pair, with the languages of each and its support; a shared quote has a speaker for its source."""
    places = [(unit["left_sentences"], unit["right_sentences"]) for unit in comparison.units]
    supports = similarity.support(places, [unit["odds"] for unit in comparison.units])
    for unit, support in zip(comparison.units, supports, strict=True):
        if unit["kind"] != "shared_quote":
            ends = unit["left_unit_language"], unit["right_unit_language"]
            languages = calibration.pair_languages(*ends, comparison.known)
            yield {**unit, "support": support, "languages": languages}


def _example(unit: Row, holds: bool) -> Example:
    features = {name: unit[name] for name in (*UNIT_FEATURES, "support")}
    between = "-".join(sorted((unit["left_unit_language"], unit["right_unit_language"])))
    return Example(f"unit_{unit['languages']}_language", features, holds, between)


def _paraphrases(folder: Path, settings: Settings) -> Iterator[Example]:
    """Pairs of sentences on their own, of the part that is meant for fitting."""
    text = {doc["id"]: doc["text"] for doc in records(folder / "documents.jsonl")}
    pairs = [pair for pair in records(folder / "pairs.jsonl") if pair["split"] == "train"]
    left, right = ([text[pair[end]] for pair in pairs] for end in ("upstream", "downstream"))
    for pair, unit in zip(pairs, pair_features(left, right, encoder=settings.encoder), strict=True):
        features = {name: getattr(unit, name) for name in UNIT_FEATURES}
        yield Example(f"alone_{unit.languages}_language", features, pair["kind"] == "paraphrase")
