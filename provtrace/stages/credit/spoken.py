"""Names without brackets: where they stand, the phrase beside them, and who has the news from whom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from provtrace.scoring.creditline import COPYRIGHTED_PERSON, LEADING_PERSON, quoted, without_brackets
from provtrace.scoring.lexicon import Name
from provtrace.stages.credit.grammar import WINDOW, Found, facts, grammar, sides

_GAP: Final = re.compile(r"\s{0,2}(?:[,/&+·–-]|and|et|und|y|e|en|og|och|i|и|و|dhe|ve|και|a|és)?\s{0,2}")
_OUTLET_HEAD: Final = re.compile(r"(?:[A-ZÀ-Þ][\w’'-]{1,20}\s){1,3}\Z")
# The farthest that two names stand apart in "X said on Monday, citing Y", and what ends the sentence between them.
_RELAY: Final = 90
_SENTENCE_END: Final = re.compile(r"[.!?…。؟]\s|\n")


def spoken_credits(text: str, names: Sequence[Name]) -> list[Found]:
    """Credits of names that stand outside of brackets; those joined by commas, dashes or "and" are judged together."""
    relevant = [name for name in names if name.kind in {"agency", "outlet", "outlet_kind"}]
    found = [one for chain in _chains(text, relevant) for one in _chain(text, chain)]
    return list(_relayed(text, [name for name in relevant if name.kind == "agency"], found))


def _chains(text: str, names: Sequence[Name]) -> Iterator[list[Name]]:
    chain: list[Name] = []
    for name in names:
        if chain and not _joined(text, chain[-1].end, name.start):
            yield chain
            chain = []
        chain.append(name)
    if chain:
        yield chain


def _joined(text: str, end: int, start: int) -> bool:
    return start - end <= 8 and _GAP.fullmatch(text[end:start]) is not None


def _chain(text: str, chain: Sequence[Name]) -> Iterator[Found]:
    known = [name for name in chain if name.kind == "agency"]
    judged = _judge(text, chain, shy=all(name.shy for name in known)) if known else _spoken_to(text, chain)
    if judged is None:
        return
    if not known:
        yield Found(_outlet_start(text, chain[0]), _outlet_end(chain), None, *judged)
    for name in known:
        yield Found(name.start, name.end, name.agency, *judged)


def _judge(text: str, chain: Sequence[Name], *, shy: bool) -> tuple[str, str] | None:
    start, end = chain[0].start, chain[-1].end
    before, after = sides(text, start, end)
    small = shy and text[start:end].islower() and not before.endswith(("'", "’"))
    said = None if small else grammar().phrases.beside(before, after, shy=shy)
    if said is not None and said[0] in {"none", "image", "interview"}:
        return None if said[0] == "none" else said
    if LEADING_PERSON.match(after) or COPYRIGHTED_PERSON.search(before):
        return "image", "picture.photographer"
    placed = without_brackets(text, start, end, facts()["desks"]["words"])
    if placed is not None:
        return placed
    if said is not None and said[0] == "in_text" and quoted(text, start, end):
        return None
    return said


def _spoken_to(text: str, outlets: Sequence[Name]) -> tuple[str, str] | None:
    """An outlet counts only as the one that somebody spoke to: what it tells is its own work."""
    start, end = _outlet_start(text, outlets[0]), _outlet_end(outlets)
    if outlets[0].kind == "outlet_kind" and start == outlets[0].start:
        return None  # "told the Times" may be any of them, "told a TV interviewer" is none
    said = grammar().phrases.beside(*sides(text, start, end), shy=True)
    return ("primary_source", said[1]) if said is not None and said[0] == "interview" else None


def _outlet_start(text: str, outlet: Name) -> int:
    if outlet.kind == "outlet":
        return outlet.start
    head = _OUTLET_HEAD.search(text[max(0, outlet.start - 60) : outlet.start])
    return outlet.start - len(head[0]) if head else outlet.start


def _outlet_end(outlets: Sequence[Name]) -> int:
    """Behind the first outlet and the words that belong to its name: ``Oslo Journal Herald``."""
    end = outlets[0].end
    for outlet in outlets[1:]:
        if outlet.kind != "outlet_kind" or outlet.start - end > 1:
            break
        end = outlet.end
    return end


def _relayed(text: str, names: Sequence[Name], found: Sequence[Found]) -> Iterator[Found]:
    """In a relay ("X, citing Y"; "Y via X") X is the upstream at hand, and Y where it had the news from."""
    judged = {one.start: one for one in found}
    for first, second in pairwise(names):
        way = _way(text, first, second)
        if way is None:
            continue
        origin, relay = (second, first) if way == "citing" else (first, second)
        judged[origin.start] = Found(origin.start, origin.end, origin.agency, "primary_source", "relay.origin")
        judged.setdefault(relay.start, Found(relay.start, relay.end, relay.agency, "in_text", "relay"))
    return iter(judged.values())


def _way(text: str, first: Name, second: Name) -> str | None:
    gap = text[first.end : second.start]
    if first.agency == second.agency or len(gap) > _RELAY or _SENTENCE_END.search(gap):
        return None
    said = grammar().relays.beside(gap, text[second.end : second.end + WINDOW].partition("\n")[0], shy=False)
    return said[0] if said is not None and not quoted(text, first.start, second.end) else None
