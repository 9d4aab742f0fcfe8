"""What ``credits.toml`` says, read and compiled once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final, NamedTuple

from provtrace.scoring.agencies import agencies
from provtrace.scoring.lexicon import Names, Phrases, first_words, phrase_source

# Characters beside a name that a phrase is looked for in.
WINDOW: Final = 80
# Characters from which on a name means the agency in capitals, too: "ТАНЈУГ", "ΡΌΙΤΕΡΣ", but not "SANA".
_LONG: Final = 6

_OWN_ABBREVIATION: Final = re.compile(r"\A\s?\([^()]{2,8}\)")

Meaning = tuple[str, str | None, bool]


class Found(NamedTuple):
    """A credit: half-open offsets, the agency's id or None, a role of `tables.CREDIT_ROLES`, the rule that found it."""

    start: int
    end: int
    agency: str | None
    role: str
    rule: str


class Note(NamedTuple):
    """A note that names no agency; `opens`: it counts only where it begins its line."""

    role: str
    rule: str
    opens: bool
    pattern: re.Pattern[str]


class Grammar(NamedTuple):
    """Names, phrases that stand beside them, phrases between two of them, notes by their first word."""

    names: Names
    phrases: Phrases
    relays: Phrases
    notes: Mapping[str, Sequence[Note]]


@cache
def facts() -> dict[str, Any]:
    """The content of ``credits.toml``."""
    with resources.files("provtrace.stages").joinpath("credits.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def grammar() -> Grammar:
    """The facts, compiled."""
    known = facts()
    beside = [(entry["role"], entry["rule"], entry["forms"], entry.get("firm", False)) for entry in known["phrases"]]
    between = [(way, f"relay.{way}", known["relays"][way], False) for way in ("citing", "via")]
    return Grammar(
        Names(_meanings(known)),
        Phrases(beside, known["links"], known["titles"]),
        Phrases(between, known["links"], known["titles"]),
        _notes(known["notes"]),
    )


def _meanings(known: Mapping[str, Any]) -> dict[str, Meaning]:
    lists = {
        "outlet": known["outlets"]["names"],
        "outlet_kind": known["outlets"]["kinds"],
        "label": [*_labels(known["pictures"]), *known["pictures"]["fixed"]],
        "library": known["pictures"]["libraries"],
        "press_release": known["press_releases"]["names"],
        "unnamed": known["unnamed"]["names"],
    }
    meanings: dict[str, Meaning] = dict.fromkeys(_notes(known["notes"]), ("note", None, True))
    for kind, words in lists.items():
        meanings.update(dict.fromkeys(words, (kind, None, True)))
    for agency in agencies().values():
        meanings.update(dict.fromkeys(agency.shy, ("agency", agency.agency_id, True)))
        meanings.update(dict.fromkeys(agency.tokens, ("agency", agency.agency_id, False)))
    return meanings | _shouted(meanings)


def _shouted(meanings: Mapping[str, Meaning]) -> dict[str, Meaning]:
    """Long names of agencies in capitals, as they stand in headlines and some bylines: as good as a shy name."""
    names = [(name, meaning) for name, meaning in meanings.items() if meaning[0] == "agency" and len(name) >= _LONG]
    shouted = ((name.upper(), meaning) for name, meaning in names)
    return {name: (kind, agency, True) for name, (kind, agency, _) in shouted if name not in meanings}


def _labels(pictures: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """``photo`` as ``photo:``, ``Photo:``, ``PHOTO:``, ``Photo/`` and so on."""
    for word in pictures["labels"]:
        for cased in (word, word.capitalize(), word.upper()):
            yield from (f"{cased}{sign}" for sign in pictures["signs"])


def _notes(entries: Sequence[Mapping[str, Any]]) -> dict[str, list[Note]]:
    notes: dict[str, list[Note]] = {}
    for entry in entries:
        source = "|".join(rf"(?:{phrase_source(form)})" for form in entry["forms"])
        note = Note(entry["role"], entry["rule"], entry.get("line", False), re.compile(source, re.IGNORECASE))
        for head in sorted({word for form in entry["forms"] for word in first_words(form)}):
            for cased in dict.fromkeys((head, head.capitalize(), head.title(), head.upper())):
                notes.setdefault(cased, []).append(note)
    return notes


def sides(text: str, start: int, end: int) -> tuple[str, str]:
    """The text of the same line before and behind a span, with the newlines that begin and end the line."""
    floor = max(0, start - WINDOW)
    newline = text.rfind("\n", floor, start)
    opens = newline >= 0 or floor == 0
    before = ("\n" if opens else "") + text[max(floor, newline + 1) : start]
    after, newline_behind, _ = text[end : end + WINDOW].partition("\n")
    return before, _OWN_ABBREVIATION.sub("", after) + newline_behind
