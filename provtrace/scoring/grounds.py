"""What speaks for and against a common text of two articles, as short sentences with their numbers.

Sentences against it begin with *but*. None of them decides anything: the verdict follows from the figures themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from provtrace.scoring.overlap import SIDES, Overlap, Row

LONG_RUN: Final = 8  # words that two texts rarely share by chance
OUT_OF_ORDER: Final = 0.5  # Kendall's tau below which passages stand in another order
ORDERED: Final = 3  # passages from which their order says something
MOST: Final = 0.5  # share of a text, or of what is matched, that is most of it
LATER: Final = 0.55  # mean place in a text from which a passage stands in its later part
LIKELY: Final = 0.5  # probability from which a passage is more likely common text than not
FAR: Final = timedelta(days=7)  # news that is further apart is rarely about one event
NEXT_STORY: Final = timedelta(days=1)  # from one article to another that tells what came next
COARSE: Final = {"minute": timedelta(0), "day": timedelta(days=1), "month": timedelta(days=31)}  # by precision
CHANGES: Final = {"number_changed": "numbers", "name_changed": "names"}


def grounds(overlap: Overlap) -> list[str]:
    """What speaks for it: how much is shared first."""
    return [_matched(overlap), *_run(overlap), *_common_credit(overlap)]


def doubts(overlap: Overlap) -> list[str]:
    """What speaks against it, if anything does."""
    parts = (_order, _rest, _weak, _late, _quoted, _changed, _other_credit, _apart)
    return [f"but {doubt}" for part in parts for doubt in part(overlap)]


def stands_late(overlap: Overlap) -> bool:
    """Whether what they share stands in the later part of both, where background is recycled.

    Of articles that are days apart, the opening does not count: a later story, too, begins with where and what it is.
    """
    inside = [unit for unit in overlap.telling if not _opens(overlap, unit)] if _follows(overlap) else []
    return all(overlap.place(inside or overlap.telling, side) > LATER for side in SIDES)


def _opens(overlap: Overlap, unit: Row) -> bool:
    return all(unit[f"{side}_start"] <= overlap.head[f"{side}_body_start"] for side in SIDES)


def _follows(overlap: Overlap) -> bool:
    """Whether their dates, as far as they can be trusted, are more than a day apart."""
    left, right = (overlap.head[f"{side}_published_at"] for side in SIDES)
    if left is None or right is None or not all(overlap.head[f"{side}_dated"] for side in SIDES):
        return False
    coarsest = max(COARSE[overlap.head[f"{side}_published_precision"] or "month"] for side in SIDES)
    return bool(abs(left - right) >= NEXT_STORY + coarsest)


def credits_differ(overlap: Overlap) -> str | None:
    """That both credit agencies for their text, and none in common."""
    left, right = overlap.head["left_claims"], overlap.head["right_claims"]
    if not left or not right or set(left) & set(right):
        return None
    return f"they credit different agencies, {', '.join(left)} and {', '.join(right)}"


def _matched(overlap: Overlap) -> str:
    """How much is matched, on both sides, and in which order."""
    if not overlap.telling:
        return "no passage matches outside quotations and headings"
    left, right = (f"{overlap.share(side):.0%} of {overlap.head[f'{side}_id']}" for side in SIDES)
    count = "1 passage matches" if len(overlap.telling) == 1 else f"{len(overlap.telling)} passages match"
    return f"{count}, {left} and {right}, order {overlap.order:.2f}"


def _run(overlap: Overlap) -> Iterator[str]:
    longest = max((unit["run"] for unit in overlap.telling if unit["quote_run"] < unit["run"]), default=0)
    if longest >= LONG_RUN:
        yield f"{longest} words in a row are the same"


def _common_credit(overlap: Overlap) -> Iterator[str]:
    both = sorted(set(overlap.head["left_claims"]) & set(overlap.head["right_claims"]))
    if both:
        yield f"both credit {', '.join(both)}"


def _order(overlap: Overlap) -> Iterator[str]:
    if len(overlap.telling) >= ORDERED and overlap.order < OUT_OF_ORDER:
        yield f"the order of the matched passages differs ({overlap.order:.2f})"


def _rest(overlap: Overlap) -> Iterator[str]:
    left, right = overlap.head["left_id"], overlap.head["right_id"]
    share, whole, part = min((overlap.share("left"), left, right), (overlap.share("right"), right, left))
    if share < MOST:
        yield f"most of {whole} is not in {part} ({share:.0%} shared)"


def _weak(overlap: Overlap) -> Iterator[str]:
    likely = sum(unit["probability"] >= LIKELY for unit in overlap.telling)
    if likely < MOST * len(overlap.telling):
        yield f"only {likely} of {len(overlap.telling)} passages are more likely common text than not"


def _late(overlap: Overlap) -> Iterator[str]:
    if overlap.telling and stands_late(overlap):
        left, right = (f"{overlap.place(overlap.telling, side):.0%}" for side in SIDES)
        yield f"what they share stands late in both, as background does ({left} and {right} of the way)"


def _quoted(overlap: Overlap) -> Iterator[str]:
    body = [unit for unit in overlap.units if unit["kind"] != "heading"]
    lengths = [unit["left_end"] - unit["left_start"] for unit in body]
    quoted = sum(length * unit["quoted"] for length, unit in zip(lengths, body, strict=True)) / max(sum(lengths), 1)
    if quoted >= MOST:
        yield f"the shared passages are quotations ({quoted:.0%})"


def _changed(overlap: Overlap) -> Iterator[str]:
    for flag, what in CHANGES.items():
        changed = sum(flag in (unit["flags"] or ()) for unit in overlap.telling)
        if changed:
            yield f"{what} differ in {changed} of {len(overlap.telling)} passages"


def _other_credit(overlap: Overlap) -> Iterator[str]:
    found = credits_differ(overlap)
    if found:
        yield found


def _apart(overlap: Overlap) -> Iterator[str]:
    left, right = (overlap.head[f"{side}_published_at"] for side in SIDES)
    if left is None or right is None or abs(left - right) < FAR:
        return
    coarse = "month" in {overlap.head[f"{side}_published_precision"] for side in SIDES}
    yield f"they are dated {'about ' if coarse else ''}{abs(left - right).days} days apart"
