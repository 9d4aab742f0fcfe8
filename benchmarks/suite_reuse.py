"""Sets of reuse in one language: reprints with noise and cuts, and planted edits in a larger corpus."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import floors
from blind import Timed, hidden, traced, write
from other_tools import passage_finders, timed_each
from reliability import claims
from rows import Compared, Findings, Pair, Row, cost, pair_floor, ratio, run_blind

from provtrace.results.evaluate.found import DERIVED
from provtrace.results.evaluate.gold import Gold, pair_of
from provtrace.results.evaluate.measures import adjusted_rand, recall_at_precision, score_passages
from provtrace.scoring.components import components

if TYPE_CHECKING:
    from provtrace import Settings

Passages = dict[tuple[str, str], list[tuple[int, int]]]

LEAST_PRECISION = 0.98
PAIRS_BESIDE = 200  # that other tools are shown, which take their time
OURS = "provtrace"


def reprint_synth(folder: Path, settings: Settings) -> Findings:
    run = run_blind(folder, settings)
    scores, gold, name = run.evaluation.scores, run.gold, folder.name
    found = floors.shingle_pairs(run.texts, 3)
    shared = "word-3-shingle Jaccard, single link, best threshold"
    rows = [
        Row(name, "clusters ARI", scores["clusters"]["ari"], _best_ari(found, gold), shared),
        Row(name, "clusters B-cubed F1", scores["clusters"]["b3_f1"]),
        Row(name, "document pairs F1", scores["document_pairs"]["f1"], pair_floor(found, gold), shared),
        Row(name, "document pairs precision", scores["document_pairs"]["precision"]),
        Row(name, "document pairs recall", scores["document_pairs"]["recall"]),
        Row(name, "direction accuracy, of those decided", scores["direction"]["accuracy"]),
        Row(name, "sentence origins F1", scores["origins"]["f1"]),
        Row(name, "local sentences attributed", scores["origins"]["false_attribution"]),
        *cost(folder, run.timed),
    ]
    return Findings(rows, claimed=claims(name, run.timed.provenance, gold, run.units))


def _best_ari(found: Mapping[Pair, float], gold: Gold) -> float:
    names = sorted(gold.clusters)
    truth = [gold.clusters[name] for name in names]

    def ari(least: float) -> float:
        ours = components([pair for pair, value in found.items() if value >= least], names)
        return adjusted_rand([ours[name] for name in names], truth)

    return max(ari(step / 100) for step in range(2, 92, 2))


def reuse_synth(folder: Path, settings: Settings) -> Findings:
    import polars as pl

    corpus = pl.read_parquet(folder / "corpus.parquet")
    texts = {hidden(number): text for number, text in corpus.select("id", "text").iter_rows()}
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "input.jsonl"
        write(source, ({"id": name, "text": text, "language": "en"} for name, text in texts.items()))
        timed = traced(source, settings)
    related = pl.read_parquet(folder / "truth_pairs.parquet").select("a", "b", "j5").iter_rows()
    truth = {pair_of(hidden(a), hidden(b)): jaccard for a, b, jaccard in related}
    relations = timed.provenance.tables["relations"].select("left_id", "right_id", "probability", "relation")
    ours = {(left, right): chance for left, right, chance, relation in relations.iter_rows() if relation in DERIVED}
    textbook = floors.minhash_pairs(texts, 0.3)
    passages = _passages(folder)
    unlisted = sharing(folder) - truth.keys()
    fair_ours, fair_textbook = ({k: v for k, v in found.items() if k not in unlisted} for found in (ours, textbook))
    strict = f"pair recall at precision {LEAST_PRECISION:g}, sharers of a third's passage counted as wrong"
    recall = [len(_cut(found, truth) & truth.keys()) / len(truth) for found in (ours, textbook)]
    found = _both(passages, _shared(timed, ours), truth)
    rows = [
        *_pair_recall(folder.name, fair_ours, fair_textbook, truth),
        Row(folder.name, strict, recall[0], recall[1], "as above"),
        Row(
            folder.name,
            "passages F1 by character",
            score_passages(*found).f1,
            score_passages(*_both(passages, _shingled(textbook, texts), truth)).f1,
            "shared word 5-shingles of the pairs that MinHash finds",
            ".907 passim, .968 word-4-gram join (3,000 documents of this make)",
        ),
        *cost(folder, timed),
    ]
    compared, absent = _beside(folder.name, found[0], passages, texts, settings)
    return Findings(rows, compared=compared, absent=absent)


def _beside(
    name: str, ours: Passages, gold: Passages, texts: Mapping[str, str], settings: Settings
) -> tuple[list[Compared], dict[str, str]]:
    """Other tools, told which texts share passages, on some of the pairs; ours as found in the whole set."""
    import provtrace

    pairs = sorted({pair_of(*ends) for ends in gold})[:PAIRS_BESIDE]
    asked = {ends for pair in pairs for ends in (pair, pair[::-1])}
    wanted = {ends: gold[ends] for ends in asked}
    both = [(texts[left], texts[right]) for left, right in pairs]
    finders, absent = passage_finders()
    found = {OURS: {ends: ours[ends] for ends in asked & ours.keys()}}
    spent = {OURS: timed_each(partial(provtrace.align, settings=settings), both)[1]}
    for tool, finder in finders.items():
        answers, spent[tool] = timed_each(finder, both)
        found[tool] = {}
        for (left, right), shared in zip(pairs, answers, strict=True):
            found[tool][left, right] = [place for place, _ in shared]
            found[tool][right, left] = [place for _, place in shared]
    scores = {tool: score_passages(spans, wanted) for tool, spans in found.items()}
    figures = {
        f"passages {figure} by character, {len(pairs)} gold pairs": {
            tool: score[place] for tool, score in scores.items()
        }
        for place, figure in enumerate(("precision", "recall", "F1"))
    }
    figures["CPU-ms a pair, from two raw texts"] = spent
    return [Compared(name, measure, told) for measure, told in figures.items()], absent


def _pair_recall(
    name: str, ours: Mapping[Pair, float], textbook: Mapping[Pair, float], truth: Mapping[Pair, float]
) -> Iterator[Row]:
    floor_is = "datasketch MinHash LSH, word 5-shingles, threshold .3"
    cuts = [_cut(found, truth) for found in (ours, textbook)]
    bands = {"any": (-1.0, 2.0), ".1-.3": (0.1, 0.3), ".3-.5": (0.3, 0.5), ".5-.8": (0.5, 0.8), ".8+": (0.8, 2.0)}
    for band, (low, high) in bands.items():
        wanted = [pair for pair, jaccard in truth.items() if low <= jaccard < high]
        recalls = [ratio(sum(pair in taken for pair in wanted), len(wanted)) for taken in cuts]
        label = f"pair recall at precision {LEAST_PRECISION:g}, Jaccard {band}"
        yield Row(name, label, recalls[0], recalls[1], floor_is)


def _cut(found: Mapping[Pair, float], truth: Mapping[Pair, float]) -> set[Pair]:
    """The pairs above the lowest score at which they are still precise enough."""
    values, right = list(found.values()), [pair in truth for pair in found]
    least = recall_at_precision(values, right, len(truth), LEAST_PRECISION)[1]
    return set() if least is None else {pair for pair, value in found.items() if value >= least}


def sharing(folder: Path) -> set[Pair]:
    """Pairs of documents that hold one sentence, directly or by way of others.

    The truth lists who took from whom. Two that took one passage from a third share it as well, and are not listed:
    to find them is neither right nor wrong.
    """
    import polars as pl
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows = pl.read_parquet(folder / "truth_passages.parquet").select("dst", "sent", "src", "srcsent").rows()
    place = {key: number for number, key in enumerate(sorted({end for row in rows for end in (row[:2], row[2:])}))}
    ends = [place[row[:2]] for row in rows], [place[row[2:]] for row in rows]
    graph = coo_array(([1] * len(rows), ends), shape=(len(place), len(place)))
    _, labels = connected_components(graph, directed=False)
    holders: dict[int, set[str]] = {}
    for (document, _), number in place.items():
        holders.setdefault(int(labels[number]), set()).add(hidden(document))
    return {pair_of(*ends) for group in holders.values() for ends in combinations(sorted(group), 2)}


def _passages(folder: Path) -> Passages:
    """Spans by (document that holds them, the other document)."""
    import polars as pl

    spans: Passages = {}
    rows = pl.read_parquet(folder / "truth_passages.parquet").select("dst", "ds", "de", "src", "ss", "se").iter_rows()
    for derived, start, end, source, source_start, source_end in rows:
        one, other = hidden(derived), hidden(source)
        spans.setdefault((one, other), []).append((start, end))
        spans.setdefault((other, one), []).append((source_start, source_end))
    return spans


def _shared(timed: Timed, derived: Collection[Pair]) -> Passages:
    """Passages of the pairs called derived: what is similar in the others is none."""
    spans: Passages = {}
    columns = ("left_id", "right_id", "left_start", "left_end", "right_start", "right_end")
    for left, right, *ends in timed.provenance.passages().select(columns).iter_rows():
        if (left, right) in derived:
            spans.setdefault((left, right), []).append((ends[0], ends[1]))
            spans.setdefault((right, left), []).append((ends[2], ends[3]))
    return spans


def _shingled(found: Mapping[Pair, float], texts: Mapping[str, str]) -> Passages:
    spans: Passages = {}
    for left, right in found:
        spans[left, right], spans[right, left] = floors.shared_shingle_spans(texts[left], texts[right])
    return spans


def _both(gold: Passages, ours: Passages, truth: Mapping[Pair, float]) -> tuple[Passages, Passages]:
    """Without the related pairs whose passages the truth does not list (two copies of one text)."""
    return {ends: spans for ends, spans in ours.items() if ends in gold or pair_of(*ends) not in truth}, gold
