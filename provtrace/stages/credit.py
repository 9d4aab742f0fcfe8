"""Who an article says it has its text from: credit lines, datelines, relays, translation notes, in many languages.

A name is found first; then the few characters around it decide what it does there. The order of the questions is the
method: does it belong to a picture, does it stand in brackets, in the place of a dateline or at the end of a
paragraph, or beside a phrase of ``credits.toml``? A name that fits none of these is a mention, and no credit.

Spans cover the agency's name where one is named, the phrase otherwise.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final, NamedTuple

import polars as pl

from provtrace.scoring.agencies import agencies
from provtrace.scoring.creditline import dated, explains, in_brackets, quoted, without_brackets
from provtrace.scoring.lexicon import Name, Names, Phrases, first_words, phrase_source, without_accents
from provtrace.scoring.misread import half_bracketed, misread, said_to_be_agencies
from provtrace.settings import Settings
from provtrace.tables import CREDITS, TEXT_CREDITS, conform

# Characters beside a name that a phrase is looked for in, and the longest content of a bracket that is a credit.
_WINDOW: Final = 64
_BRACKET: Final = 70
# Characters behind the words "Photo:" in which an agency's name belongs to the picture.
_CAPTION: Final = 120
# The longest note without an agency.
_NOTE: Final = 160

_BRACKETS: Final = re.compile(rf"[(\[{{（]([^()\[\]{{}}（）\n]{{2,{_BRACKET}}})[)\]}}）]")
_SPACED: Final = re.compile(r"(?<!\w)(?:[A-Z]\s?\.\s?){1,4}[A-Z](?:\s?\.)?(?!\w)")
_GAP: Final = re.compile(r"\s{0,2}(?:[,/&+·–-]|and|et|und|y|e|en|og|och|i|и|و)?\s{0,2}")
_RELAY: Final = re.compile(
    r",?\s(?:via|citing|quoting|quoted by|citant|unter Berufung auf|citando|через|përmes|přes|prema)\s(?:the\s)?"
)
_OUTLET_HEAD: Final = re.compile(r"(?:[A-ZÀ-Þ][\w’'-]{1,20}\s){1,3}\Z")
_VIA: Final = re.compile(r"\s(?:via|через|përmes|přes|über)\s")
_PERSON: Final = re.compile(r"\s?/\s?[A-ZÀ-Þ][\w.-]+\s[A-ZÀ-Þ]")
_ABBREVIATION: Final = re.compile(r"(?!(?:[IVXLC]+)\b)[A-Z](?:\s?\.?\s?[A-Za-z]){1,3}\.?")
_OWN_ABBREVIATION: Final = re.compile(r"\A\s?\([^()]{2,8}\)")
# Order in which the roles of phrases are tried: what takes a credit away comes first.
_PRECEDENCE: Final = ("none", "image", "primary_source", "dateline", "byline", "tail", "in_text")


class _Found(NamedTuple):
    start: int
    end: int
    agency: str | None
    role: str
    rule: str


class _Grammar(NamedTuple):
    names: Names
    phrases: Phrases
    notes: Sequence[tuple[str, str, re.Pattern[str]]]


def credit(articles: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Find the credits of each article. Row-local.

    Args:
        articles: ARTICLES.
        settings: unused; every stage takes it.

    Returns:
        CREDITS, in reading order within an article. ``agency`` is null where the credit names none that is known: an
        unidentified agency, an outlet as primary source, a picture library, a translation note.
    """
    del settings
    rows = [
        (article_id, *found)
        for article_id, text in articles.select("article_id", "text").iter_rows()
        for found in find_credits(text)
    ]
    return conform(pl.DataFrame(rows, schema=CREDITS, orient="row"), CREDITS)


def find_credits(text: str) -> list[tuple[int, int, str | None, str, str]]:
    """The credits of one text as (start, end, agency, role, rule), sorted, none twice."""
    names = list(_grammar().names.find(text))
    pictures = list(_pictures(text, names))
    taken = {found.start for found in pictures}
    brackets = list(_brackets(text, names, taken))
    rest = [name for name in names if name.start not in taken]
    spoken = list(_chains(text, rest))
    found = {*pictures, *brackets, *spoken, *_notes(text, names), *_misread(text, names)}
    return sorted(found, key=lambda found: (found[:2], found[3:]))


# --- the grammar, read once ---------------------------------------------------------------------------------


@cache
def _facts() -> dict[str, Any]:
    with resources.files(__package__).joinpath("credits.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def _grammar() -> _Grammar:
    facts = _facts()
    groups = [(entry["role"], entry["rule"], entry["forms"]) for entry in facts["phrases"]]
    groups.sort(key=lambda group: _PRECEDENCE.index(group[0]))
    return _Grammar(
        Names(_meanings(facts)),
        Phrases(groups, facts["links"], facts["titles"]),
        [(note["role"], note["rule"], _note_pattern(note["forms"])) for note in facts["notes"]],
    )


def _meanings(facts: dict[str, Any]) -> dict[str, tuple[str, str | None, bool]]:
    lists = {
        "outlet": facts["outlets"]["names"],
        "outlet_kind": facts["outlets"]["kinds"],
        "label": facts["pictures"]["labels"],
        "library": facts["pictures"]["libraries"],
        "press_release": facts["press_releases"]["names"],
        "unnamed": facts["unnamed"]["names"],
    }
    heads = [word for note in facts["notes"] for form in note["forms"] for word in first_words(form)]
    meanings: dict[str, tuple[str, str | None, bool]] = dict.fromkeys(heads, ("note", None, True))
    for kind, words in lists.items():
        meanings.update(dict.fromkeys(words, (kind, None, True)))
    for agency in agencies().values():
        meanings.update(dict.fromkeys(agency.shy, ("agency", agency.agency_id, True)))
        meanings.update(dict.fromkeys(agency.tokens, ("agency", agency.agency_id, False)))
    return meanings


def _note_pattern(forms: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?:{phrase_source(form)})" for form in forms), re.IGNORECASE)


# --- pictures -------------------------------------------------------------------------------------------------


def _pictures(text: str, names: Sequence[Name]) -> Iterator[_Found]:
    """Picture credits: the agencies behind a label, else what the label opens; picture libraries."""
    done = 0
    for place, name in enumerate(names):
        if name.start < done:
            continue
        if name.kind == "label":
            end, ends = _caption(text, name)
            sources = _picture_sources(text, names[place + 1 : place + 8], end)
            done = sources[-1].end if sources else end if ends else name.end
            for source in sources:
                yield _Found(source.start, source.end, source.agency, "image", "picture.label")
            if not sources:
                yield _Found(name.start, done, None, "image", "picture.label")
        elif name.kind == "library":
            yield _Found(name.start, name.end, None, "image", "picture.library")


def _picture_sources(text: str, names: Sequence[Name], end: int) -> list[Name]:
    """The first agency before `end`, and those joined to it by a stroke."""
    sources: list[Name] = []
    for name in names:
        if name.kind != "agency" or name.end > end:
            continue
        if sources and text[sources[-1].end : name.start].strip() != "/":
            break
        sources.append(name)
    return sources


def _caption(text: str, label: Name) -> tuple[int, bool]:
    """How far a picture credit may reach, and whether it ends there: with its line, its bracket or the text."""
    stretch = text[label.end : label.end + _CAPTION]
    ends = [place for place in (stretch.find("\n"), stretch.find(")")) if place >= 0]
    inside = stretch[: min(ends, default=len(stretch))].rstrip()
    return label.end + len(inside), bool(ends) or label.end + len(stretch) == len(text)


# --- brackets --------------------------------------------------------------------------------------------------


def _brackets(text: str, names: Sequence[Name], taken: set[int]) -> Iterator[_Found]:
    """Credits in brackets. The names judged here join `taken`, whether they are credits or not."""
    starts = [name.start for name in names]
    for match in _BRACKETS.finditer(text):
        first = bisect_left(starts, match.start())
        inside = names[first : bisect_left(starts, match.end())]
        inside = [name for name in inside if name.end < match.end()] or list(_spaced(text, match))
        known = [name for name in inside if name.kind == "agency" and name.start not in taken]
        if any(name.kind == "press_release" for name in inside):
            taken.update(name.start for name in inside)
        elif known:
            yield from _named_bracket(text, match, known, names[first - 1] if first else None, taken)
        elif not any(name.start in taken for name in inside):
            yield from _unnamed_bracket(text, match)


def _named_bracket(
    text: str, match: re.Match[str], known: list[Name], previous: Name | None, taken: set[int]
) -> Iterator[_Found]:
    words = _other_words(text, match, known)
    if len(words) > 4 or not all(_may_stand_beside(word) for word in words):
        return
    explained = previous is not None and previous.agency == known[0].agency and match.start() - previous.end <= 2
    explained = explained or explains(text, match.start(), text[known[0].start : known[0].end])
    place = _pictured(text, known, match.end(1)) if words else None
    place = place or in_brackets(text, match.start(), match.end(), shy=all(name.shy for name in known))
    if place is None and words and not explained:
        return  # the bracket may hold a phrase
    taken.update(name.start for name in known)
    if place is not None and not explained:
        for name in known:
            yield _Found(name.start, name.end, name.agency, *place)


def _pictured(text: str, known: Sequence[Name], end: int) -> tuple[str, str] | None:
    """Inside a bracket: ``(AP Photo/Ann Lee)``, ``(AFP/Ann Lee)``."""
    after = text[known[-1].end : end]
    if _PERSON.match(after):
        return "image", "picture.slash"
    said = _grammar().phrases.beside("", after, shy=True)
    return said if said is not None and said[0] == "image" else None


def _other_words(text: str, match: re.Match[str], known: Sequence[Name]) -> list[str]:
    """The words of a bracket that belong to none of the agencies in it."""
    rest, at = [], match.start(1)
    for name in known:
        rest.append(text[at : name.start])
        at = name.end
    rest.append(text[at : match.end(1)])
    return re.findall(r"[^\W_]+", " ".join(rest))


def _may_stand_beside(word: str) -> bool:
    """A desk (``lnw``), a partner paper or a word of credit; not the words of a sentence."""
    return len(word) <= 4 or not word.islower() or word in _facts()["brackets"]["words"]


def _spaced(text: str, match: re.Match[str]) -> Iterator[Name]:
    """Abbreviations with stops between their letters, such as ``A. F. P.``."""
    for spaced in _SPACED.finditer(text, match.start(1), match.end(1)):
        meaning = _grammar().names.meaning(re.sub(r"[\s.]", "", spaced[0]))
        if meaning is not None:
            yield Name(spaced.start(), spaced.end(), *meaning)


def _unnamed_bracket(text: str, match: re.Match[str]) -> Iterator[_Found]:
    """A bracket in the place of a dateline that names no known agency: a misread name, or an unknown agency."""
    before = text[max(0, match.start() - _WINDOW) : match.start()]
    place = in_brackets(text, match.start(), match.end(), shy=True)
    if place is None or place[0] != "dateline":
        return
    content = match[1].strip(" .,;")
    start = text.index(content, match.start(1))
    if "." in content and text[start + len(content)] == ".":
        content += "."  # the last stop of a spaced abbreviation is its own
    agency = misread(content)
    if agency is not None:
        yield _Found(start, start + len(content), agency, "dateline", "dateline.misread")
    elif content in _facts()["unnamed"]["names"] or (dated(before) and _ABBREVIATION.fullmatch(content)):
        yield _Found(start, start + len(content), None, "dateline", "dateline.unidentified")


# --- names without brackets, and phrases -------------------------------------------------------------------------


def _chains(text: str, names: Sequence[Name]) -> Iterator[_Found]:
    """Judge names that stand outside of brackets, those joined by commas, dashes or "and" together."""
    relevant = [name for name in names if name.kind in {"agency", "outlet", "outlet_kind"}]
    chain: list[Name] = []
    for name in relevant:
        if chain and not _joined(text, chain[-1].end, name.start):
            yield from _chain(text, chain)
            chain = []
        chain.append(name)
    if chain:
        yield from _chain(text, chain)


def _joined(text: str, end: int, start: int) -> bool:
    if start - end > 20:
        return False
    gap = text[end:start]
    return _GAP.fullmatch(gap) is not None or _RELAY.fullmatch(gap) is not None


def _chain(text: str, chain: Sequence[Name]) -> Iterator[_Found]:
    known = [name for name in chain if name.kind == "agency"]
    judged = _judge(text, chain, shy=all(name.shy for name in known)) if known else _spoken_to(text, chain)
    if judged is None:
        return
    if not known:
        yield _Found(_outlet_start(text, chain[0]), _outlet_end(chain), None, *judged)
        return
    for place, name in enumerate(chain):
        if name.kind == "agency":
            yield _Found(name.start, name.end, name.agency, *_relayed(text, chain, place, judged))


def _judge(text: str, chain: Sequence[Name], *, shy: bool) -> tuple[str, str] | None:
    start, end = chain[0].start, chain[-1].end
    before, after = _sides(text, start, end)
    small = shy and text[start:end].islower() and not before.endswith(("'", "’"))
    said = None if small else _grammar().phrases.beside(before, after, shy=shy)
    if said is not None and said[0] in {"none", "image", "primary_source"}:
        return None if said[0] == "none" else said
    if _PERSON.match(after):
        return "image", "picture.slash"
    placed = without_brackets(text, start, end)
    if placed is not None:
        return placed
    if said is not None and said[0] == "in_text" and quoted(text, start, end):
        return None
    return said


def _spoken_to(text: str, outlets: Sequence[Name]) -> tuple[str, str] | None:
    """An outlet counts only as the one that somebody spoke to."""
    start, end = _outlet_start(text, outlets[0]), _outlet_end(outlets)
    if outlets[0].kind == "outlet_kind" and start == outlets[0].start:
        return None  # "told the Times" may be any of them, "told a TV interviewer" is none
    said = _grammar().phrases.beside(*_sides(text, start, end), shy=True)
    return said if said is not None and said[0] == "primary_source" else None


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


def _sides(text: str, start: int, end: int) -> tuple[str, str]:
    """The text of the same line before and behind a span; a newline in front where the line begins in the window."""
    floor = max(0, start - _WINDOW)
    newline = text.rfind("\n", floor, start)
    opens = newline >= 0 or floor == 0
    before = ("\n" if opens else "") + text[max(floor, newline + 1) : start]
    after = text[end : end + _WINDOW].partition("\n")[0]
    return before, _OWN_ABBREVIATION.sub("", after)


def _relayed(text: str, chain: Sequence[Name], place: int, judged: tuple[str, str]) -> tuple[str, str]:
    """In a relay ("X, citing Y"; "Y via X") X is the upstream at hand, and Y where it had the news from."""
    if judged[0] not in TEXT_CREDITS:
        return judged
    name = chain[place]
    behind = text[name.end : chain[place + 1].start] if place + 1 < len(chain) else ""
    ahead = text[chain[place - 1].end : name.start] if place else ""
    if _VIA.search(behind) and chain[place + 1].kind == "agency":
        return "primary_source", "relay.origin"
    if _RELAY.fullmatch(behind) or _VIA.search(ahead):
        return "in_text", "relay"
    return ("primary_source", "relay.origin") if _RELAY.fullmatch(ahead) else judged


# --- notes, and names that a scanner misread ------------------------------------------------------------------------


def _notes(text: str, names: Sequence[Name]) -> Iterator[_Found]:
    """Notes that name no agency, such as those of translators."""
    done = 0
    for name in names:
        if name.kind != "note" or name.start < done:
            continue
        window = without_accents(text[name.start : name.start + _NOTE])
        matches = ((pattern.match(window), role, rule) for role, rule, pattern in _grammar().notes)
        ends = [(match.end(), role, rule) for match, role, rule in matches if match]
        if ends:
            length, role, rule = max(ends)
            done = name.start + length
            yield _Found(name.start, done, None, role, rule)


def _misread(text: str, names: Sequence[Name]) -> Iterator[_Found]:
    ends = [name.end for name in names]
    for start, end, agency in said_to_be_agencies(text):
        place = bisect_left(ends, end)
        if place == len(names) or names[place].start >= end:
            yield _Found(start, end, agency, "in_text", "agency_named.misread")
    for bracket in re.finditer(r"\)", text):
        span = half_bracketed(text, bracket.start())
        meaning = _grammar().names.meaning(text[slice(*span)]) if span else None
        if span and meaning and meaning[1] and dated(text[max(0, span[0] - _WINDOW) : span[0] - 1]):
            yield _Found(*span, meaning[1], "dateline", "dateline.misread")
