"""ARTICLES to SENTENCES: exact character offsets, a language and a role for every sentence.

Three steps, each a few functions below: lines become *blocks* (a paragraph, or a line of its own; hard-wrapped
lines are joined), blocks become sentences, and every block gets a role. Sentence boundaries come from
`sentencex <https://pypi.org/project/sentencex/>`_ (abbreviations, initials and numbers of some 300 languages),
corrected by rules that hold across languages: its quotation pairing loses every boundary after one unpaired mark,
so it is shown the text without quotation marks, and the boundary is then placed around them.

The law of this stage: sentences are ordered, do not overlap, carry no surrounding whitespace, and cover every
other character of the text but the date that a crawl store put in front of it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import groupby, pairwise
from typing import Final, NamedTuple

import polars as pl
import sentencex

from provtrace.scoring.identifier import language_identifier
from provtrace.settings import Settings
from provtrace.tables import SENTENCES, conform

MAX_SENTENCE: Final = 2000
"""Characters after which a sentence is cut even without a stop, so that no later stage meets a 1 MB sentence."""

Span = tuple[int, int]


class Block(NamedTuple):
    """A paragraph or a line of its own: half-open character offsets into the article's text."""

    start: int
    end: int


def segment(articles: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Cut every article into sentences with offsets, language and role.

    Args:
        articles: an ARTICLES frame; the order of its rows does not matter to any article's result.
        settings: unused today; a stage takes it so that all stages have one shape.

    Returns:
        A SENTENCES frame, articles in the order given, sentences in reading order. ``text`` is
        ``articles.text[start:end]``. An article without any non-whitespace character has no sentences.
    """
    del settings
    rows: list[tuple[str, int, int, int, str, str, str]] = []
    for article_id, language, text in articles.select("article_id", "language", "text").iter_rows():
        home = _article_language(text, language)
        blocks = list(_blocks(text))
        sentences = [list(_sentences(text, block, home)) for block in blocks]
        number = 0
        for role, spans in zip(_roles(text, blocks), sentences, strict=True):
            for start, end in spans:
                piece = text[start:end]
                own = _last_role(piece) if role == "body" and (start, end) == spans[-1] != spans[0] else role
                rows.append((article_id, number, start, end, _sentence_language(piece, home), own, piece))
                number += 1
    return conform(pl.DataFrame(rows, schema=SENTENCES, orient="row"), SENTENCES)


def split(text: str, language: str) -> list[Span]:
    """Sentence spans of a text.

    Args:
        text: any text; offsets count its Unicode code points.
        language: ISO 639-1 code; ``"und"`` and unknown codes get the rules common to all languages.

    Returns:
        Half-open spans in reading order, as the law of this stage says.
    """
    return [span for block in _blocks(text) for span in _sentences(text, block, language)]


# --- lines to blocks --------------------------------------------------------------------------------

_CRAWL_DATE: Final = re.compile(r" date \d{4}-\d\d(?:-\d\d)?(?= |\Z)")
_LINE: Final = re.compile(r"[^\n\r\v\f\x85\u2028\u2029]+")
_LINE_END: Final = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_STOPS: Final = ".!?…。．！？｡؟۔।॥։።፧။;"
_FINAL: Final = re.compile(rf"[{_STOPS}][\s\"'“”„‘’»«›‹)\]）」』】*]*$")
_HYPHENATED: Final = re.compile(r"\w[-\u00ad\u2010¬]$")
_INNER_STOP: Final = re.compile(r"[.!?][\"”’]?[ ]+\S")  # in a column, sentences end inside lines too
_WRAP_AT: Final = 40  # characters; a shorter line of its own was not broken for want of room
_WRAP_MOST: Final = 120
_COLUMN_LINES: Final = 4  # lines from which narrower ones count as a newspaper column
_COLUMN_FILL: Final = 0.6  # of the widest line, that lines of a column reach
_COLUMN_SHARE: Final = 0.8  # of the lines, that reach it
_COLUMN_RUN_ON: Final = 0.3  # of the lines, behind which a sentence runs on


def _blocks(text: str) -> Iterator[Block]:
    """Lines that belong together, in reading order; whitespace-only lines are left out."""
    opening = _CRAWL_DATE.match(text)
    paragraph: list[Block] = []
    for found in _LINE.finditer(text, opening.end() if opening else 0):
        line = found.group()
        stripped = line.strip()
        if not stripped:
            continue
        start = found.start() + line.index(stripped[0])
        here = Block(start, start + len(stripped))
        if paragraph and len(_LINE_END.findall(text, paragraph[-1].end, here.start)) > 1:
            yield from _join_wrapped(text, paragraph)
            paragraph = []
        paragraph.append(here)
    yield from _join_wrapped(text, paragraph)


def _join_wrapped(text: str, lines: list[Block]) -> Iterator[Block]:
    """Join the hard-wrapped lines of one paragraph (lines without a blank one between them)."""
    runs_on = [_runs_on(text[a.start : a.end], text[b.start : b.start + 2]) for a, b in pairwise(lines)]
    widths = [line.end - line.start for line in lines]
    if _is_column(widths, runs_on) and _INNER_STOP.search(text, lines[0].start, lines[-1].end):
        yield Block(lines[0].start, lines[-1].end)
        return
    start = lines[0].start if lines else 0
    for index, line in enumerate(lines):
        hyphen = _HYPHENATED.match(text[max(start, line.end - 2) : line.end])
        if index == len(runs_on) or not (runs_on[index] and (hyphen or widths[index] > _WRAP_AT)):
            yield Block(start, line.end)
            start = lines[index + 1].start if index < len(runs_on) else line.end


def _runs_on(line: str, following: str) -> bool:
    """Whether the next line begins in lower case and this one does not end with a stop."""
    return _is_small(following[0]) and not following[1:].isupper() and not _FINAL.search(line)


def _is_small(letter: str) -> bool:
    """Whether it is a small letter; Unicode says so of Georgian, whose sentences know no capitals."""
    return letter.islower() and not "ა" <= letter <= "ჿ"


def _is_column(widths: list[int], runs_on: list[bool]) -> bool:
    """Whether lines seem set to one width, so that their ends mean nothing."""
    widest = max(widths, default=0)
    if not any(runs_on) or widest > _WRAP_MOST or (len(widths) < _COLUMN_LINES and min(widths[:-1]) <= _WRAP_AT):
        return False
    full = sum(width >= _COLUMN_FILL * widest for width in widths[:-1])
    return full >= _COLUMN_SHARE * len(runs_on) and sum(runs_on) >= _COLUMN_RUN_ON * len(runs_on)


# --- blocks to sentences ----------------------------------------------------------------------------

_SPACE: Final = re.compile(r"\s")
# Patterns below begin with a plain set of characters: the regex engine then skips to them.
_QUOTES: Final = re.compile(r"[\"“”„‟«»‹›'‘’‚](?:(?<=[\"“”„‟«»‹›])|(?<!\w['‘’‚])|(?!\w))")  # not the apostrophe
# Behind a stop: marks up to the next space close; without a space only those that never open. A mark between
# two spaces closes too if it is one that French sets there; a straight one, if it is the second of a pair.
_CLOSING: Final = re.compile(r"(?:[\"'“”‘’»«›‹)\]]+(?=\s|$)|[”’»›」』）】]*)(?:\s+[»”›](?=\s|$))*")
_STRAIGHT: Final = re.compile(r"\s+\"(?=\s|$)|\"(?=\w)")
# Stops that the splitter does not see: a space lost between two sentences, one ellipsis sign, Georgian (where it
# takes every letter for a small one), Khmer, and before a number, where the word is too long for an abbreviation.
_UNSEEN_STOP: Final = re.compile(
    r"[.!?…។៕](?:(?<=[^\W\d_A-Z]{2}[.!?])(?=[\"“„«]?(?!(?i:com|org|net)\b)(?:[A-ZÀ-ÖØ-ÞА-ЯΑ-Ω]\w+|[AI])\b(?![.@/]\w))"
    r"|(?<=…)(?=\s+[A-ZÀ-ÖØ-ÞА-ЯΑ-Ω])|(?<=[ა-ჿ]{3}[.!?])(?=\s+\W?[ა-ჿ])|(?<=[។៕])"
    r"|(?:(?<=[^\W\d_]{6}[.!?])|(?<=[)%]\.))(?=[\"“”«»]?\s+[\"„“«]?\d))"
)
_NEXT_WORD: Final = re.compile(r"\W{0,12}(\w)(\w?)")
_WORD: Final = re.compile(r"\w")
_INITIAL: Final = re.compile(r"(?:^|[\s(])([^\W\d_])\.$")
_ROMAN: Final = re.compile(r"(?:^|\s)[IVX]{2,5}\.$")
_NUMBER: Final = re.compile(r"(?:^|\s)\d{1,2}\.$")
_DATELINE: Final = re.compile(r"([^\W\d_])\w+(?:[ -]([^\W\d_])\w+)?\.$")
_DASH: Final = re.compile(r"\s*[-–—]+\s")
_BRACKETED: Final = re.compile(r"\s*[(\[（][^()\[\]（）]{2,80}[)\]）]\.?\s*$")
_QUOTATIVE: Final = re.compile(r"(?:と|って|など|との|という)")
_ORDINAL_STOP: Final = frozenset({"de", "lb"})  # "am 3. Oktober": an ordinal, then a noun with a capital
_MARKS: Final = "".join(map(chr, range(0x21, 0x30))) + ":;<=>?@[]^_`{|}~ \n\r\t\xa0\u3000“”„‟‘’«»‹›…。！？」』）】–—"
_UNSTOPPED: Final = frozenset({"th", "lo"})
_PHRASE: Final = 100  # characters after which a space ends a sentence, in languages that write no stops


def _sentences(text: str, block: Block, language: str) -> Iterator[Span]:
    """Sentence spans of one block, none longer than MAX_SENTENCE.

    The splitter sees one window of that length at a time and the next window starts with the last, unfinished
    sentence: some of the splitter's rules take quadratic time, and a line may be a megabyte long.
    """
    at = block.start
    while at < block.end:
        stop = min(block.end, at + MAX_SENTENCE)
        window = text[at:stop]
        cuts = _phrase_cuts(window) if language in _UNSTOPPED else _cuts(window, language)
        if stop == block.end:
            cuts.append(len(window))
        elif not cuts:
            cuts.append(len(window.rsplit(None, 1)[0]))
        begin = 0
        for cut in cuts:
            yield at + begin, at + begin + len(window[begin:cut].rstrip())
            begin = cut + len(window[cut:]) - len(window[cut:].lstrip())
        at += begin


def _cuts(window: str, language: str) -> list[int]:
    """Offsets inside the window, ascending, behind which another sentence follows (perhaps after whitespace)."""
    words = len(window.rstrip(_MARKS))  # a stop behind the last word ends the window's last sentence
    cased = not window.islower()
    cuts: list[int] = []
    previous = 0
    for stop in _stops(window, language):
        cut = _behind_marks(window, stop)
        if (
            previous < cut < words
            and not _holds(window[previous:cut], language, opens=not cuts)
            and not _goes_on_after(window, cut, cased=cased, opens=not cuts)
        ):
            cuts.append(cut)
            previous = cut
    return cuts


def _stops(window: str, language: str) -> list[int]:
    """Offsets just behind the stops that may end a sentence, ascending."""
    masked = _QUOTES.sub(" ", _SPACE.sub(" ", window))
    stops = {found.end() for found in _UNSEEN_STOP.finditer(window)}
    offset = 0
    for part in sentencex.segment(language, masked)[:-1]:
        stops.add(offset + len(part.rstrip()))
        offset += len(part)
    return sorted(stops)


def _behind_marks(window: str, stop: int) -> int:
    """Move a boundary behind the marks that close what the sentence opened."""
    closing = _CLOSING.match(window, stop)
    cut = closing.end() if closing else stop
    straight = _STRAIGHT.match(window, cut)
    return straight.end() if straight and window.count('"', 0, cut) % 2 else cut


def _holds(before: str, language: str, *, opens: bool) -> bool:
    """Whether the stop at the end belongs to an initial, an ordinal, an item number or a dateline."""
    if not _WORD.search(before):
        return True
    tail = before[-8:]
    initial = _INITIAL.search(tail)
    return bool(
        (initial and initial[1].isupper())
        or _ROMAN.search(tail)
        or (_NUMBER.search(tail) and (language in _ORDINAL_STOP or len(before) < 5))
        or (opens and _is_dateline(before))
    )


def _is_dateline(before: str) -> bool:
    place = _DATELINE.match(before) if len(before) < 30 else None
    return place is not None and place[1].isupper() and (place[2] is None or place[2].isupper())


def _goes_on_after(window: str, cut: int, *, cased: bool, opens: bool) -> bool:
    """Whether what follows continues the sentence: lower case, a Japanese quotative, a dash after a dateline."""
    if _QUOTATIVE.match(window, cut) or (opens and cut < 40 and _DASH.match(window, cut)):
        return True
    following = _NEXT_WORD.match(window, cut)
    if not (cased and following and _is_small(following[1])) or following[2].isupper():
        return False
    return not (len(window) - cut <= 100 and _BRACKETED.match(window, cut))


def _phrase_cuts(window: str) -> list[int]:
    """Cuts at spaces for a language without stops, each phrase at least _PHRASE characters long."""
    cuts: list[int] = []
    previous = 0
    for found in re.finditer(r"\s+", window):
        if found.start() - previous >= _PHRASE and len(window) - found.end() >= _PHRASE // 2:
            cuts.append(found.start())
            previous = found.end()
    return cuts


# --- roles ------------------------------------------------------------------------------------------

_HEADING_WORDS: Final = 16
_HEADING_CHARACTERS: Final = 120
_UNSPACED_CHARACTERS: Final = 60
_UNSPACED_WORD: Final = 20  # characters to a space; more, and the script sets none between words
_HEADINGS_TOGETHER: Final = 2  # more short lines in a row are a list; a title may have one line more
_CREDIT_CHARACTERS: Final = 300
_LABELLED_CHARACTERS: Final = 120  # "Photo: ..." with more behind it has swallowed a sentence
_FURNITURE_CHARACTERS: Final = 160

_BULLET: Final = re.compile(r"[•▪◦·●■➤►*–-]\s\S+\s")
_WITH_AGENCY: Final = re.compile(r"(?:\S+\s){0,4}?(?:with|avec|con|mit|com|med|met)\s(?:l['’]|the\s)?([\w-]+)", re.I)
_BRACKETED_INITIALS: Final = re.compile(r"[(\[（](?:[a-z]{2,5}|[A-Z]{2,8})(?:\s?[/,+]\s?\w{2,12}){0,4}[)\]）]\.?$")
_INITIALS: Final = re.compile(r"[—–-]+\s?\w{2,12}$|(?:[a-z]{3,5}|[A-Z]{2,8})$|\w{2,12}(?:\s?[/+]\s?\w{2,12}){1,4}$")
_WHOLE_BRACKET: Final = re.compile(r"[(\[（【][^()\[\]（）【】\d.!?。]{2,80}[)\]）】]\.?$")
_CLOSING_INITIALS: Final = re.compile(r"[,/|]\s?[a-z]{2,4}$")  # "By Jane Doe, dpa"
_IMAGE_SOURCE: Final = re.compile(
    r"getty images|wikimedia commons|shutterstock|\bcc[ -]by\b|picture[ -]alliance|/afp\b", re.IGNORECASE
)


@cache
def _lines() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(resources.files("provtrace.stages").joinpath("lines.toml").read_text("utf-8"))


def _cues(section: str) -> str:
    """The regular expressions of that section of ``lines.toml`` as one alternation."""
    return "|".join(cue for cues in _lines()[section].values() for cue in cues)


@cache
def _furniture() -> re.Pattern[str]:
    return re.compile(rf"[\W_]{{0,4}}(?:{_cues('furniture')})|.*(?:{_cues('rights')})", re.IGNORECASE)


@cache
def _credit_line() -> re.Pattern[str]:
    label = rf"(?:{_cues('labels')})(?: credits?)?\s?[:：/|©].{{0,{_LABELLED_CHARACTERS}}}$"
    return re.compile(rf"[\W_]{{0,3}}(?:{label}|{_cues('credit')})", re.IGNORECASE)


@cache
def _byline() -> re.Pattern[str]:
    return re.compile(rf"(?:{_cues('byline')})\s", re.IGNORECASE)


def _roles(text: str, blocks: list[Block]) -> list[str]:
    """One of SENTENCE_ROLES for every block of an article.

    A short line without a stop is a heading; several in a row are a list, which is running text. If no running
    text would remain, the headings are it.
    """
    lines = [text[block.start : block.end] for block in blocks]
    roles = [_line_role(line) for line in lines]
    last_body = max((index for index, role in enumerate(roles) if role == "body"), default=len(lines))
    for index in range(last_body + 1, len(lines)):
        if roles[index] == "heading" and _closes_as_credit(lines[index]):
            roles[index] = "credit"
    flow = [index for index, role in enumerate(roles) if role in ("body", "heading")]
    for heading, group in groupby(flow, key=lambda index: roles[index] == "heading"):
        run = list(group)
        if heading and len(run) > _HEADINGS_TOGETHER + (run[0] == flow[0]):
            for index in run[run[0] == flow[0] :]:
                roles[index] = "heading" if lines[index].isupper() else "body"
    return roles if "body" in roles else ["body" if role == "heading" else role for role in roles]


def _line_role(line: str) -> str:
    """The role of a block by its own wording."""
    if not _LETTERS.search(line) or (len(line) <= _FURNITURE_CHARACTERS and _furniture().match(line)):
        return "boilerplate"
    if len(line) <= _CREDIT_CHARACTERS and _is_credit(line):
        return "credit"
    return "heading" if _is_short(line) and _stands_alone(line) else "body"


def _stands_alone(line: str) -> bool:
    """Whether a line reads neither as a sentence nor as a part of one or an item of a list."""
    return not (_FINAL.search(line) or _BULLET.match(line) or _is_small(line[0]) or line[-1] in ",;:：-")


def _is_short(line: str) -> bool:
    """Whether a line has the length of a heading, in scripts with spaces between words and without."""
    spaces = line.count(" ")
    spaced = len(line) <= _UNSPACED_CHARACTERS or len(line) <= _UNSPACED_WORD * spaces
    return len(line) <= _HEADING_CHARACTERS and spaces < _HEADING_WORDS and spaced


def _is_credit(line: str) -> bool:
    if _credit_line().match(line) or _BRACKETED_INITIALS.match(line):
        return True
    if not _is_short(line) or _FINAL.search(line):
        return False
    return _is_byline(line) or bool(_IMAGE_SOURCE.search(line))


def _closes_as_credit(line: str) -> bool:
    """Whether a short line behind the text is "with AFP", "(Name)" or the like; no list of agencies is asked."""
    if _INITIALS.match(line) or _WHOLE_BRACKET.match(line):
        return True
    partner = _WITH_AGENCY.match(line)
    return partner is not None and partner[1].isupper() and len(partner[1]) > 1


def _is_byline(line: str) -> bool:
    """Whether the line is "By" in some language and then nothing but names."""
    found = _byline().match(line)
    if not found:
        return False
    links = _lines()["names"]["links"]
    names = _CLOSING_INITIALS.sub("", line[found.end() :])
    words = [word for word in re.split(r"[\s,;/|]+", names) if word not in links]
    return bool(words) and all(word[:1].isupper() for word in words) and (len(words) > 1 or words[0].isupper())


def _last_role(sentence: str) -> str:
    """The role of the last sentence of a body paragraph: a credit in brackets may close it."""
    if len(sentence) > _CREDIT_CHARACTERS or sentence[0] not in "([（":
        return "body"
    initials = _WHOLE_BRACKET.match(sentence) and sentence.count(" ") <= 2
    return "credit" if initials or _credit_line().match(sentence) else "body"


# --- language ---------------------------------------------------------------------------------------

_LETTERS: Final = re.compile(r"[^\W\d_]")
_ENOUGH_LETTERS: Final = 40
_GLANCE: Final = 40
_SURE: Final = 0.8
_SAMPLE: Final = 600
# Groups that no identifier tells apart in a single sentence.
_NEAR: Final = (
    frozenset({"hr", "bs", "sr", "sh"}),
    frozenset({"no", "nb", "nn", "da"}),
    frozenset({"id", "ms"}),
    frozenset({"pt", "gl"}),
    frozenset({"es", "gl"}),
    frozenset({"fr", "wa"}),
)


def _article_language(text: str, language: str) -> str:
    """The language stated; where none is, the one identified with confidence, else ``und``."""
    if language != "und":
        return language
    found, probability = language_identifier().classify(text[:_SAMPLE])
    return str(found) if probability >= _SURE and len(found) == 2 and _LETTERS.search(text) else "und"


def _sentence_language(sentence: str, home: str) -> str:
    """The article's language, unless a long enough sentence is clearly in another one.

    A glance at its beginning settles most sentences at a fraction of the cost of reading them whole.
    """
    if len(sentence) < _ENOUGH_LETTERS or language_identifier().classify(sentence[:_GLANCE])[0] == home:
        return home
    if len(_LETTERS.findall(sentence)) < _ENOUGH_LETTERS:
        return home
    found, probability = language_identifier().classify(sentence)
    # Three letters mark variants without an ISO 639-1 code, and "no linguistic content".
    near = any(home in group and found in group for group in _NEAR)
    return str(found) if probability >= _SURE and len(found) == 2 and not near else home
