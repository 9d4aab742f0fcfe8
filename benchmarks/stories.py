"""The blind stories: ``python benchmarks/stories.py [--half a|b] [--wrong] [--keep FOLDER]``.

Each half is one corpus of three invented stories, run twice: as a reader finds it, without the wires, and with them.
Stories 1 to 3 (half a) may be used for choosing constants; stories 4 to 6 (half b) only for checking. Under every half
stands a floor (`earliest`). Runs of 26 to 36 short articles differ by chance: read tendencies, not the third digit.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from earliest import Earliest
from layout import plain
from newsroom import Corpus, Edition, read_stories

from provtrace.results.evaluate.found import DERIVED, Found, Run
from provtrace.results.evaluate.gold import Gold, Pair
from provtrace.results.evaluate.measures import Score, score_counts
from provtrace.results.evaluate.read import read_gold
from provtrace.results.evaluate.scores import origin_figures
from provtrace.settings import Settings

if TYPE_CHECKING:
    from provtrace import Provenance

NOTHING = "none"
HEAD = (
    "stories",
    "wires",
    "pairs right",
    "derived pairs P / R / F1",
    "derivations P / R / F1",
    "origins F1",
    "false attribution",
    "audit right",
    "phantoms invented, missed",
)


@dataclass(frozen=True)
class Outcome:
    """What was found in a corpus, beside what is true.

    Attributes:
        verdicts: the true and the found relation of every pair of articles.
        counts: of derivations, stretches of text, audit verdicts and unobserved upstreams; may be added up.
    """

    verdicts: Mapping[Pair, tuple[str, str]]
    counts: Counter[str]

    @classmethod
    def sum(cls, outcomes: Iterable[Outcome]) -> Outcome:
        """Several as one."""
        verdicts: dict[Pair, tuple[str, str]] = {}
        counts: Counter[str] = Counter()
        for outcome in outcomes:
            verdicts |= outcome.verdicts
            counts.update(outcome.counts)
        return cls(verdicts, counts)

    def derived_pairs(self) -> Score:
        """Of the pairs of which one derives from the other, or both from a third."""
        found, true = ([pair[side] in DERIVED for pair in self.verdicts.values()] for side in (1, 0))
        return score_counts(sum(a and b for a, b in zip(found, true, strict=True)), sum(found), sum(true))

    def cells(self) -> list[str]:
        """Its line of the table."""
        right = sum(true == found for true, found in self.verdicts.values())
        count = self.counts
        derivations = score_counts(count["edges right"], count["edges"], count["true edges"])
        origins = score_counts(count["origins right"], count["origins"], count["true origins"])
        return [
            f"{right} of {len(self.verdicts)}",
            _three(self.derived_pairs()),
            _three(derivations),
            f"{origins.f1:.3f}",
            f"{count['falsely attributed'] / count['own']:.3f}" if count["own"] else "-",
            f"{count['audit right']} of {count['audit']}",
            f"{count['invented']}, {count['missed']}",
        ]


def _three(score: Score) -> str:
    return " / ".join(f"{figure:.2f}" for figure in score)


def judged(run: Run, truth: Gold) -> Outcome:
    """What a run says of the articles of a gold standard."""
    found = Found(run, truth)
    true_edges = truth.edges or frozenset()
    upstreams = {upstream for upstream, articles in found.witnesses.items() if articles}
    audit = found.audit()
    counts = {
        "edges": len(found.edges),
        "true edges": len(true_edges),
        "edges right": len(true_edges & found.edges.keys()),
        "audit": len(truth.verdicts),
        "audit right": sum(audit[name] == verdict for name, verdict in truth.verdicts.items()),
        "invented": len(upstreams - found.named.keys()),
        "missed": len(truth.upstreams) - len(found.named),
    }
    verdicts = {ends: (_true(truth, ends), _found(found, ends)) for ends in combinations(sorted(truth.documents), 2)}
    return Outcome(verdicts, Counter(counts) + _origin_counts(origin_figures(found.tables, truth, found.named)))


def _true(truth: Gold, ends: Pair) -> str:
    (relation,) = truth.relations.get(ends, {NOTHING})
    return relation


def _found(found: Found, ends: Pair) -> str:
    return found.verdicts[ends].relation if ends in found.verdicts else NOTHING


def _origin_counts(figures: Mapping[str, float]) -> Counter[str]:
    """Counts of stretches of text, from the shares that the library gives."""
    true, own = int(figures["segments"]), int(figures["own"])
    right = round(figures["recall"] * true)
    false = round(figures["false_attribution"] * own) if own else 0
    given = round(right / figures["precision"]) if right else false
    return Counter(
        {"true origins": true, "own": own, "origins right": right, "origins": given, "falsely attributed": false}
    )


def confusion(outcome: Outcome) -> list[list[str]]:
    """True relations down, found ones across; the first line is the head."""
    cells = Counter(outcome.verdicts.values())
    true, found = (sorted({ends[side] for ends in cells}) for side in (0, 1))
    rows = [[kind, *(str(cells[kind, other] or ".") for other in found)] for kind in true]
    return [["true, then found", *found], *rows]


def wrong(names: Mapping[str, str], outcome: Outcome) -> list[str]:
    """Pairs with a wrong verdict, a line each, by the names of stories and articles."""
    return sorted(
        f"{names[left]} - {names[right]}: {true}, found {found}"
        for (left, right), (true, found) in outcome.verdicts.items()
        if true != found
    )


def run(corpus: Corpus, folder: Path, settings: Settings) -> tuple[Provenance, dict[str, Gold]]:
    """A traced corpus, and the gold of each of its stories."""
    import provtrace

    folder.mkdir(parents=True, exist_ok=True)
    provenance = provtrace.trace(corpus.write(folder), settings=settings)
    golds = {}
    for edition in corpus.editions:
        path = folder / f"{edition.story.name}.gold.json"
        path.write_text(json.dumps(corpus.gold([edition]), ensure_ascii=False), encoding="utf-8")
        golds[edition.story.name] = read_gold(path)
    return provenance, golds


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Score provtrace on invented stories that were written blind.")
    parser.add_argument("--half", choices=("a", "b"), help="a may be used for choosing constants, b only for checking")
    parser.add_argument("--wrong", action="store_true", help="also list the pairs with a wrong verdict")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave inputs, gold and runs there")
    options = parser.parse_args(arguments)
    settings = Settings()
    for half in options.half or "ab":
        for wires in (False, True):
            corpus = Corpus([Edition(story, wires) for story in read_stories() if story.half == half])
            with TemporaryDirectory() as scratch:
                folder = (options.keep or Path(scratch)) / f"half-{half}-{'with' if wires else 'without'}"
                provenance, golds = run(corpus, folder, settings)
                if options.keep:
                    provenance.save(folder / "run")
            _report(half, "with" if wires else "without", corpus, provenance, golds, list_wrong=options.wrong)
    print(f"settings {settings.signature()}")
    return 0


def _report(
    half: str, wires: str, corpus: Corpus, provenance: Provenance, golds: Mapping[str, Gold], *, list_wrong: bool
) -> None:
    outcomes = {story: judged(provenance, truth) for story, truth in golds.items()}
    earliest = Earliest(provenance)
    whole = Outcome.sum(outcomes.values())
    floor = Outcome.sum(judged(earliest, truth) for truth in golds.values())
    rows = {**outcomes, f"half {half}": whole, f"half {half}, floor": floor}
    print("\n".join(plain([HEAD, *([name, wires, *outcome.cells()] for name, outcome in rows.items())])))
    print("\n".join(["", *plain(confusion(whole)), ""]))
    if list_wrong:
        print("\n".join([*wrong(corpus.names, whole), ""]))


if __name__ == "__main__":
    sys.exit(main())
