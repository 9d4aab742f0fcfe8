"""Who says what in an article: its quotations without the terms, titles and scare quotes among them."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from provtrace.scoring.flags.reading import Reading, read
from provtrace.scoring.flags.speech import agency_names
from provtrace.scoring.flags.vocabulary import Meaning, Vocabulary
from provtrace.scoring.quotation import quotations
from provtrace.scoring.similarity import WORD, words

# Choices, made by reading news and not fitted to any set. A quotation of so many words is somebody's where the sentence
# has a word for saying; a shorter one may be a term, a longer one needs no such word.
SPOKEN: Final = 4
LONG: Final = 8
REACH: Final = 600  # characters around a quotation in which its speaker stands; texts are hostile
INTERRUPTION: Final = 120  # characters of "..., said so and so, ..." in the middle of a quotation
CARRIED: Final = 2  # sentences over which "he added" still means the one who was named

_UNSPACED: Final = 0x0E00  # from Thai on, scripts that write no blanks: two characters weigh a word
_LAST: Final = re.compile(r"[.!?…。！？؟,]$")
_QUOTED: Final = "“”"  # what stands in a frame for a quotation
_NAMED_BY: Final = 3  # words of the longest phrase in naming.toml
_LONG_WORD: Final = 4  # letters from which a word in a title has a capital
# What joins two words of a name: a blank, a hyphen, the point of an abbreviation, a particle, a possessive.
_WITHIN_NAME: Final = re.compile(
    r"(?:\s|-|\.\s?|[’']s\s|\s(?:de|del|della|di|da|do|dos|du|la|le|van|von|der|den|bin|al|el|of)\s)"
)
# Where a sentence is left for who says it, and taken up again: a comma or dash, whatever marks stand around it.
_LEFT: Final = re.compile(r"\s?[”“\"»’‘]?\s?[,—–]")
_TAKEN_UP: Final = re.compile(r"[,—–]\s?[—–]?\s?[\"“„«»‘‚]?\s?$")
_INNER: Final = re.compile(r"(?:(?<=[\w,] )|(?<=,[”\"»’] ))[^\W\d_]\w+")
_SMALL: Final = re.compile(r"(?<!\w)[^\W\d_]\w+")
# Words before a name that only say whence somebody is, where the name itself follows: "the mayor of Lisk, Oren Vasht".
_WHENCE: Final = "of|from|in|at|for|de|du|des|del|da|do|di|della|dell|von|van|aus|im"
_OF: Final = re.compile(rf"\b(?:{_WHENCE})[\s’'](?:the\s|la\s|der\s)?$")
_OFFICE: Final = re.compile(rf"(?:\s(?!(?:{_WHENCE}|and|on|to|that)\b)[a-z]\w*){{1,2}}\s")


class Utterance(NamedTuple):
    """Words of someone, as an article has them inside quotation marks.

    Attributes:
        start: their first character in the article's text, behind the mark.
        end: the character after the last, before the mark.
        whole: where the quotation begins of which it is a part, for who says it may interrupt ("We wait," she said,
            "and we go."); else its start.
        sure: whether they are somebody's words by themselves; else only what they match in other articles can tell.
        speaker: the article's name for who says them; None where none was found.
    """

    start: int
    end: int
    whole: int
    sure: bool
    speaker: str | None


def utterances(text: str, sentences: Sequence[tuple[int, int]], language: str) -> Iterator[Utterance]:
    """The quotations of an article, in order, less what is named and not said.

    Args:
        text: the article.
        sentences: half-open offsets of its sentences, in order; a quotation that begins in none is left out.
        language: ISO 639-1. Speakers are found where its words for saying are listed and it has capitals.
    """
    before: Utterance | None = None
    for said in _each(text, sentences, language):
        if before is not None and _takes_up(text, sentences, before, said, language):
            said = said._replace(whole=before.whole, speaker=before.speaker or said.speaker)
        yield said
        before = said


def _takes_up(text: str, sentences: Sequence[tuple[int, int]], one: Utterance, other: Utterance, language: str) -> bool:
    """Whether the other quotation goes on in the middle of the one's sentence, behind who says it."""
    between = text[one.end : other.start]
    in_one = bisect_right(sentences, (one.end, 0)) == bisect_right(sentences, (other.start, 0))
    if not in_one or len(between) > INTERRUPTION or not text[other.start].islower():
        return False
    left = text[one.end - 1] == "," or _LEFT.match(between)
    return bool(left and _TAKEN_UP.search(between)) and read(between, language).has("reporting")


def _each(text: str, sentences: Sequence[tuple[int, int]], language: str) -> Iterator[Utterance]:
    """What stands in marks, each by itself."""
    spans = list(quotations(text, language, [end for _, end in sentences]))
    names = _names_within(text) if spans else frozenset()
    said_by: dict[int, str] = {}  # by sentence
    for start, end in spans:
        first = bisect_right(sentences, (start, len(text))) - 1
        if first < 0 or start >= sentences[first][1]:
            continue
        last = max(bisect_left(sentences, (end, 0)) - 1, first)
        limits = max(sentences[first][0], start - REACH), min(sentences[last][1], end + REACH)
        frame, place = _frame(text, spans, limits, start)
        reading = read(frame, language)
        if _is_term(reading, place, text[start:end]):
            continue
        speaker = _speaker(reading, place, names)
        if speaker is None and _goes_on(reading):
            for sentence in range(first - 1, max(first - CARRIED, 0) - 1, -1):
                opens, closes = sentences[sentence]
                before, behind = _frame(text, spans, (max(opens, closes - REACH), closes), len(text))
                told = read(before, language)
                speaker = said_by.get(sentence) or _speaker(told, behind, names)
                if speaker is not None or not _goes_on(told):  # somebody else may have come in
                    break
        if speaker is not None:
            said_by |= dict.fromkeys(range(first, last + 1), speaker)
        yield Utterance(start, end, start, _is_spoken(reading, text[start:end]), speaker)


def _frame(text: str, spans: Sequence[tuple[int, int]], limits: tuple[int, int], place: int) -> tuple[str, int]:
    """A stretch of text with all quotations blanked out, and where in it that place is."""
    parts: list[str] = []
    at, found = limits[0], 0
    for start, end in spans[bisect_right(spans, limits[0], key=lambda span: span[1]) :]:
        if start >= limits[1]:
            break
        parts.append(unicodedata.normalize("NFC", text[at:start]) + _QUOTED)
        at = end
        if start <= place:
            found = sum(map(len, parts)) - 1
    parts.append(unicodedata.normalize("NFC", text[at : limits[1]]))
    return "".join(parts), found if place < limits[1] else sum(map(len, parts))


# --- terms ------------------------------------------------------------------------------------------


def _is_term(frame: Reading, place: int, quoted: str) -> bool:
    """Whether the words are a name, a title, or what someone calls something."""
    before = [word for word in frame.words if word.end <= place][-_NAMED_BY:]
    if any(sense.last == len(before) for sense in _phrases("terms", frame.language).find(before)):
        return True
    long = [word for word in WORD.findall(quoted) if len(word) >= _LONG_WORD and not word.isnumeric()]
    capital = bool(long) and all(word[0].isupper() for word in long)
    return capital and (len(long) > 1 or not _LAST.search(quoted))


def _is_spoken(frame: Reading, quoted: str) -> bool:
    size = sum(0.5 if ord(word[0]) >= _UNSPACED and len(word) == 1 else 1.0 for word in words(quoted))
    if size < SPOKEN:
        return frame.has("reporting")
    return size >= LONG or bool(_LAST.search(quoted)) or frame.has("reporting", "hearsay")


@cache
def _phrases(table: str, language: str) -> Vocabulary:
    listed = tomllib.loads(resources.files(__package__).joinpath("naming.toml").read_text(encoding="utf-8"))
    return Vocabulary((pattern, Meaning(table)) for pattern in listed[table].get(language, "").split())


# --- speakers ---------------------------------------------------------------------------------------


class _Name(NamedTuple):
    """Words of a frame that name someone: half-open characters."""

    start: int
    end: int


def _speaker(frame: Reading, place: int, known: frozenset[str]) -> str | None:
    """Who is made to say what stands at that place: the name beside the verb of saying that is nearest to it.

    English has the subject before the verb ("Kirby told Reuters", "the minister said"), or right behind it where the
    quotation comes first. Other languages may turn the two around anywhere, so a name right behind the verb goes first.
    """
    verbs = frame.of("reporting")
    if not verbs:
        return _by_whose_account(frame, known)
    spans = [(frame.words[verb.first].start, frame.words[verb.last - 1].end) for verb in verbs]
    start, end = min(spans, key=lambda span: (min(abs(span[0] - place), abs(span[1] - place)), span))
    names = _names(frame, known)
    before = [name for name in names if name.end <= start and not _parted(frame.text[name.end : start])]
    behind = [name for name in names if name.start >= end and not _parted(frame.text[end : name.start])]
    adjacent = behind[:1] if behind and not WORD.search(frame.text[end : behind[0].start]) else []
    groups = [before, behind] if frame.language == "en" else [adjacent, before, behind]
    return _person(frame.text, next(filter(None, groups), []))


def _by_whose_account(frame: Reading, known: frozenset[str]) -> str | None:
    """The name behind "according to", in a sentence without a verb of saying."""
    sense = next(iter(_phrases("accounts", frame.language).find(frame.words)), None)
    if sense is None:
        return None
    end = frame.words[sense.last - 1].end
    behind = [name for name in _names(frame, known) if name.start >= end]
    near = [name for name in behind if not _parted(frame.text[end : name.start])]
    # what follows the name is the sentence itself, where "Lisk mayor Oren Vasht" is not the language's way of saying it
    return _person(frame.text, near if frame.language == "en" else near[:1])


def _person(text: str, names: Sequence[_Name]) -> str | None:
    """The first name that does not merely tell whence somebody is: Oren Vasht of "Lisk mayor Oren Vasht"."""
    chosen = next((name for name in names if not _OF.search(text[: name.start])), None) or next(iter(names), None)
    if chosen is None:
        return None
    for name in names:
        if name.start > chosen.end and _OFFICE.fullmatch(text[chosen.end : name.start]):
            chosen = name
    return text[chosen.start : chosen.end]


def _parted(between: str) -> bool:
    """Whether a quotation, or the end of a statement, stands between a name and a verb."""
    return bool(re.search(r"[“”;:]|[.!?]\s", between))


def _goes_on(frame: Reading) -> bool:
    """Whether the sentence says that somebody speaks, or is speech from end to end."""
    return frame.has("reporting") or not WORD.search(frame.text)


def _names(frame: Reading, known: frozenset[str]) -> list[_Name]:
    """Runs of capitalised words that begin with a name of the article, but for agencies and dates."""
    runs: list[list[int]] = []
    for number, word in enumerate(frame.words):
        raw = frame.raw(number)
        last = runs[-1][-1] if runs else None
        if not raw[0].isupper() or (last != number - 1 and not _is_name(raw, known)):
            continue
        if last is not None and _WITHIN_NAME.fullmatch(frame.text[frame.words[last].end : word.start]):
            runs[-1].append(number)
        else:
            runs.append([number])
    titles = {place for sense in frame.of("titles") for place in range(sense.first, sense.last)}
    return [
        _Name(frame.words[run[0]].start, frame.words[run[-1]].end)
        for run in runs
        if not set(run) <= titles and not _is_agency(frame, run) and not _owns(frame, run)
    ]


def _is_name(raw: str, known: frozenset[str]) -> bool:
    """Whether a word is one of the article's names, or an abbreviation."""
    return raw in known or (raw.isupper() and len(raw) > 1)


def _is_agency(frame: Reading, run: Sequence[int]) -> bool:
    return len(run) == 1 and frame.words[run[0]].key in agency_names()


def _owns(frame: Reading, run: Sequence[int]) -> bool:
    """Whether the name only tells whose something is."""
    return frame.text[frame.words[run[-1]].end :].startswith(("’s", "'s"))


def _names_within(text: str) -> frozenset[str]:
    """Words that have a capital in the middle of a sentence, and never stand without."""
    found = set(_INNER.findall(text))
    small = set(_SMALL.findall(text))
    return frozenset(word for word in found if word[0].isupper() and word.lower() not in small)
