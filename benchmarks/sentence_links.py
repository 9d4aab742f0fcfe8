"""Which lines face each other within the gold pairs of articles, by the gold and by a run, whatever the segmentation.

Lines of the gold and sentences of the run are not the same: a heading may be joined to the first sentence, a long line
cut in two. So both are brought to the lines of the gold: a unit links the lines that its sentences cover, each with
each. Lines that one sentence covers together can't be told apart by any aligner, and count as one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import floors
from blind import Record
from rows import BlindRun, Findings, Pair, Row, Slice
from unit_gold import HALF, Span, Stretch, UnitGold

from provtrace.results.evaluate.gold import pair_of
from provtrace.results.evaluate.measures import Bead, Score, score_counts
from provtrace.scoring.components import components

Spans = Sequence[Span]
SIDES = ("left", "right")
ALL, LIKELY, FLOOR = "all units", "likely units", "Gale-Church"


def sentence_findings(name: str, run: BlindRun) -> Findings:
    """Precision, recall and F1 of the links within all gold pairs: as aligned, and by the units called likely."""
    totals: defaultdict[str, defaultdict[str, Counts]] = defaultdict(lambda: defaultdict(Counts))
    slices: defaultdict[Pair, defaultdict[str, Counts]] = defaultdict(lambda: defaultdict(Counts))
    for pair, counts in _counted(run):
        part = slices[run.languages(pair["upstream"], pair["downstream"]), pair["kind"]]
        for which, one in counts.items():
            part[which] += one
            totals["translations" if pair["directed"] else "two versions in one language"][which] += one
    told = f"{FLOOR} on the same sentences, told the pairs"
    rows = [row for what, whole in totals.items() for row in _rows(name, what, whole, told)]
    parts = [
        Slice(name, measure, languages, kind, whole[which].gold, whole[which].score.f1, whole[FLOOR].score.f1)
        for (languages, kind), whole in sorted(slices.items())
        for which, measure in ((ALL, "sentences F1"), (LIKELY, "sentences F1, units of probability .5 or more"))
    ]
    return Findings(rows, parts)


def _rows(name: str, what: str, whole: Mapping[str, Counts], told: str) -> Iterator[Row]:
    (precision, recall, f1), floor = whole[ALL].score, whole[FLOOR].score
    measure = f"sentences within {what}"
    yield Row(name, f"{measure} F1", f1, floor.f1, told)
    yield Row(name, f"{measure} precision", precision, floor.precision, told)
    yield Row(name, f"{measure} recall", recall, floor.recall, told)
    yield Row(name, f"{measure} F1, units of probability .5 or more", whole[LIKELY].score.f1, floor.f1, told)


def _counted(run: BlindRun) -> Iterator[tuple[Record, dict[str, Counts]]]:
    """Every gold pair with its links: by all units, by those that are likely, and by the floor."""
    if run.units is None:
        return
    tables = run.timed.provenance.tables
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    texts: defaultdict[str, list[str]] = defaultdict(list)
    rows = tables["sentences"].sort("article_id", "sentence").select("article_id", "start", "end", "text").iter_rows()
    for article, start, end, text in rows:
        spans[article].append((start, end))
        texts[article].append(text)
    beads: defaultdict[Pair, list[tuple[Bead, float]]] = defaultdict(list)
    columns = ("left_id", "right_id", "left_sentences", "right_sentences", "probability")
    for left, right, ours, theirs, probability in tables["alignments"].select(columns).iter_rows():
        beads[left, right].append(((tuple(ours), tuple(theirs)), probability))
    least = run.timed.provenance.settings.min_probability
    for pair in run.pairs:
        ends = pair_of(pair["upstream"], pair["downstream"])
        made = {
            ALL: [bead for bead, _ in beads[ends]],
            LIKELY: [bead for bead, probability in beads[ends] if probability >= least],
            FLOOR: floors.gale_church(texts[ends[0]], texts[ends[1]]),
        }
        yield pair, {which: count_links(run.units, ends, spans, listed) for which, listed in made.items()}


@dataclass
class Counts:
    """Links between lines, right, found and to be found, added up over pairs of articles."""

    right: int = 0
    found: int = 0
    gold: int = 0
    pairs: int = 0

    def __iadd__(self, other: Counts) -> Counts:
        self.right, self.found, self.gold = self.right + other.right, self.found + other.found, self.gold + other.gold
        self.pairs += other.pairs
        return self

    @property
    def score(self) -> Score:
        """Of the links; conventions as `score_counts`."""
        return score_counts(self.right, self.found, self.gold)


def count_links(gold: UnitGold, pair: Pair, sentences: Mapping[str, Spans], beads: Iterable[Bead]) -> Counts:
    """Links of one pair of articles.

    Args:
        gold: lists the lines of both articles.
        pair: left first.
        sentences: half-open character offsets of the sentences of each article, in order.
        beads: numbers of the sentences that are aligned; an empty side links nothing.
    """
    lines = [gold.stretches.get(article, ()) for article in pair]
    covered = [[_covered(lines[side], span) for span in sentences[pair[side]]] for side in (0, 1)]
    facing = [
        (f"left {i}", f"right {j}")
        for i, one in enumerate(lines[0])
        for j, other in enumerate(lines[1])
        if one.lines & other.lines
    ]
    names = [[[f"{side} {line}" for line in held] for held in covered[place]] for place, side in enumerate(SIDES)]
    joined = [(held[0], other) for side in names for held in side for other in held[1:]]
    every = [f"{side} {number}" for place, side in enumerate(SIDES) for number in range(len(lines[place]))]
    group = components([*facing, *joined], every)
    wanted = {group[left] for left, _ in facing}
    made = {
        (group[one], group[other])
        for left, right in beads
        for one in chain.from_iterable(names[0][number] for number in left)
        for other in chain.from_iterable(names[1][number] for number in right)
    }
    right = sum(one == other for one, other in made)
    return Counts(right, len(made), len(wanted), 1)


def _covered(lines: Sequence[Stretch], sentence: Span) -> list[int]:
    """Numbers of the lines that a sentence covers."""
    return [number for number, line in enumerate(lines) if overlaps(line.span, sentence)]


def overlaps(one: Span, other: Span) -> bool:
    """Whether two spans share half of the characters of either."""
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return shared > 0 and shared >= HALF * min(one[1] - one[0], other[1] - other[0])
