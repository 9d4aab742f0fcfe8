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
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl
import sentencex

from provtrace.settings import Settings
from provtrace.tables import SENTENCES, conform

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

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

_CRAWL_DATE: Final = re.compile(r" date \d{4}-\d\d(?:-\d\d)?(?= |$)")
_LINE: Final = re.compile(r"[^\n\r\v\f\x85\u2028\u2029]+")
_LINE_END: Final = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_STOPS: Final = ".!?…。．！？｡؟۔।॥։።፧။;"
_FINAL: Final = re.compile(rf"[{_STOPS}][\"'“”„‘’»«›‹)\]）」』】*]*$")
_HYPHENATED: Final = re.compile(r"\w[-\u00ad\u2010¬]$")
_WRAP_AT: Final = 40  # characters; a shorter line was not broken for want of room
_WRAP_MOST: Final = 120


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
    goes_on = [_goes_on(text[a.start : a.end], text[b.start : b.start + 2]) for a, b in pairwise(lines)]
    if any(goes_on) and all(_WRAP_AT < line.end - line.start <= _WRAP_MOST for line in lines[:-1]):
        goes_on = [True] * len(goes_on)  # a paragraph set in lines of one width: sentences end inside lines too
    start = lines[0].start if lines else 0
    for index, line in enumerate(lines):
        if index == len(goes_on) or not goes_on[index]:
            yield Block(start, line.end)
            start = lines[index + 1].start if index < len(goes_on) else line.end


def _goes_on(line: str, following: str) -> bool:
    """Whether a sentence runs over the line end."""
    if not following[0].islower() or following[1:].isupper():
        return False
    return bool(_HYPHENATED.search(line)) or (len(line) > _WRAP_AT and not _FINAL.search(line))


# --- blocks to sentences ----------------------------------------------------------------------------

_SPACE: Final = re.compile(r"\s")
_QUOTES: Final = re.compile(r"[\"“”„‟«»‹›]|(?<!\w)['‘’‚]|['’](?!\w)")
# Behind a stop: marks up to the next space close; without a space only those that never open. A mark between
# two spaces closes as well, if it is one of those that French puts there.
_CLOSING: Final = re.compile(r"(?:[\"'“”‘’»«›‹)\]]+(?=\s|$)|[”’»›」』）】]*)(?:\s+[»”\"›](?=\s|$))*")
_NEXT_WORD: Final = re.compile(r"\W{0,12}(\w)(\w?)")
_WORD: Final = re.compile(r"\w")
_INITIAL: Final = re.compile(r"(?:^|[\s(])[^\W\d_a-z]\.$")
_BRACKETED: Final = re.compile(r"\s*[(\[（][^()\[\]（）]{2,80}[)\]）]\.?\s*$")
_QUOTING_PARTICLE: Final = re.compile(r"[」』”]$")
_UNSTOPPED: Final = frozenset({"th", "lo"})
_PHRASES: Final = re.compile(r".{100,}?\s+(?=\S.{40})")


def _sentences(text: str, block: Block, language: str) -> Iterator[Span]:
    """Sentence spans of one block, none longer than MAX_SENTENCE.

    The splitter sees one window of that length at a time and the next window starts with the last, unfinished
    sentence: some of the splitter's rules take quadratic time, and a line may be a megabyte long.
    """
    at = block.start
    while at < block.end:
        stop = min(block.end, at + MAX_SENTENCE)
        window = text[at:stop]
        cuts = _cuts(window, language)
        if stop == block.end:
            cuts.append(len(window))
        elif not cuts:
            cuts.append(len(window.rsplit(None, 1)[0]))
        begin = at
        for cut in cuts:
            sentence = text[begin : at + cut].rstrip()
            yield begin, begin + len(sentence)
            begin = at + cut
            begin += len(text[begin:stop]) - len(text[begin:stop].lstrip())
        at = begin


def _cuts(window: str, language: str) -> list[int]:
    """Offsets inside the window, ascending, at which a new sentence begins (perhaps with whitespace)."""
    if language in _UNSTOPPED:
        return [found.end() for found in _PHRASES.finditer(window)]
    masked = _QUOTES.sub(" ", _SPACE.sub(" ", window))
    last_word = max((found.start() for found in _WORD.finditer(window[-64:])), default=-1)
    last_word = last_word + max(0, len(window) - 64) if last_word >= 0 else len(window)
    cased = not window.islower()
    cuts: list[int] = []
    previous = offset = 0
    for part in sentencex.segment(language, masked)[:-1]:
        stop = offset + len(part.rstrip())
        offset += len(part)
        closing = _CLOSING.match(window, stop)
        cut = closing.end() if closing else stop
        if previous < cut <= last_word and _separates(window, previous, cut, cased):
            cuts.append(cut)
            previous = cut
    return cuts


def _separates(window: str, previous: int, cut: int, cased: bool) -> bool:
    """Whether a boundary that the splitter proposes is one."""
    before = window[previous:cut]
    if not _WORD.search(before) or _INITIAL.search(before[-4:]):
        return False
    following = _NEXT_WORD.match(window, cut)
    if cased and following and following[1].islower() and not following[2].isupper():
        return len(window) - cut <= 100 and bool(_BRACKETED.match(window, cut))
    return True


# --- roles ------------------------------------------------------------------------------------------

_HEADING_WORDS: Final = 16
_HEADING_CHARACTERS: Final = 120
_CREDIT_CHARACTERS: Final = 300
_FURNITURE_CHARACTERS: Final = 160


_WITH_AGENCY: Final = re.compile(
    r"(?:\S+\s){0,4}?(?:with|avec|con|mit|com|med|met)\s(?:l['’]|the\s)?[A-Z]{2,6}\b", re.I
)
_AGENCIES_ONLY: Final = re.compile(r"[\W_]{0,3}\w{2,12}(?:\s?[/,+-]\s?\w{2,12}){0,4}[\W_]{0,3}$")
_WHOLE_BRACKET: Final = re.compile(r"[(\[（【][^()\[\]（）【】]{2,280}[)\]）】]\.?$")
_IMAGE_SOURCE: Final = re.compile(
    r"getty images|wikimedia commons|shutterstock|\bcc[ -]by\b|picture[ -]alliance|/afp\b", re.I
)


@cache
def _cues(*sections: str) -> str:
    """The regular expressions of those sections of ``lines.toml`` as one alternation."""
    return "|".join(cue for section in sections for cues in _lines()[section].values() for cue in cues)


@cache
def _lines() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(resources.files("provtrace.stages").joinpath("lines.toml").read_text("utf-8"))


@cache
def _furniture() -> re.Pattern[str]:
    return re.compile(rf"[\W_]{{0,4}}(?:{_cues('furniture')})|.*(?:{_cues('rights')})", re.IGNORECASE)


@cache
def _credit_line() -> re.Pattern[str]:
    label = rf"(?:{_cues('labels')})(?: credits?)?\s?[:：/|©]"
    return re.compile(rf"(?:[\W_]{{0,3}}(?:{label}|{_cues('credit')}))", re.IGNORECASE)


@cache
def _byline() -> re.Pattern[str]:
    return re.compile(rf"(?:{_cues('byline')})\s", re.IGNORECASE)


def _roles(text: str, blocks: list[Block]) -> list[str]:
    """One of SENTENCE_ROLES for every block of an article.

    A short line without a stop is a heading if it opens the article or stands next to running text: a list of
    such lines is running text. If nothing else would remain, headings are the body.
    """
    lines = [text[block.start : block.end] for block in blocks]
    ends_at = max((index for index, line in enumerate(lines) if _FINAL.search(line)), default=-1)
    roles = [_line_role(line, after_body=index > ends_at) for index, line in enumerate(lines)]
    flow = [index for index, role in enumerate(roles) if role in ("body", "heading")]
    running = {index for index in flow if roles[index] == "body"}
    for place, index in enumerate(flow):
        beside = {*flow[max(0, place - 1) : place], *flow[place + 1 : place + 2]}
        if roles[index] == "heading" and place and not beside & running and not lines[index].isupper():
            roles[index] = "body"
    return roles if "body" in roles else ["body" if role == "heading" else role for role in roles]


def _line_role(line: str, *, after_body: bool) -> str:
    """The role of a block by its own wording; ``after_body`` where no running text follows it."""
    if len(line) <= _FURNITURE_CHARACTERS and _furniture().match(line):
        return "boilerplate"
    if len(line) <= _CREDIT_CHARACTERS and _is_credit(line, after_body=after_body):
        return "credit"
    short = len(line) <= _HEADING_CHARACTERS and line.count(" ") < _HEADING_WORDS
    return "heading" if short and not _FINAL.search(line) else "body"


def _is_credit(line: str, *, after_body: bool) -> bool:
    if _credit_line().match(line) or _WHOLE_BRACKET.match(line) or _is_byline(line):
        return True
    if _FINAL.search(line):
        return False
    short = line.count(" ") < _HEADING_WORDS
    return short and bool(
        _IMAGE_SOURCE.search(line) or (after_body and (_WITH_AGENCY.match(line) or _AGENCIES_ONLY.match(line)))
    )


def _is_byline(line: str) -> bool:
    """Whether the line is "By" in some language and then nothing but names."""
    found = _byline().match(line)
    if not found or len(line) > _HEADING_CHARACTERS or _FINAL.search(line):
        return False
    links = _lines()["names"]["links"]
    words = [word for word in re.split(r"[\s,;/|]+", line[found.end() :]) if word not in links]
    return bool(words) and all(word[:1].isupper() for word in words) and (len(words) > 1 or words[0].isupper())


def _last_role(sentence: str) -> str:
    """The role of the last sentence of a body paragraph: a credit in brackets may close it."""
    bracketed = len(sentence) <= _CREDIT_CHARACTERS and _WHOLE_BRACKET.match(sentence)
    credit = bracketed and (len(sentence) <= 40 or _credit_line().match(sentence))
    return "credit" if credit else "body"


# --- language ---------------------------------------------------------------------------------------

_LETTERS: Final = re.compile(r"[^\W\d_]")
_ENOUGH_LETTERS: Final = 40
_GLANCE: Final = 60
_SURE: Final = 0.8
_SAMPLE: Final = 2000
_NEAR: Final = tuple(
    frozenset(group.split())
    for group in (
        "hr bs sr sh cnr",
        "no nb nn da",
        "id ms",
        "cs sk",
        "zh yue wuu",
        "pt gl",
        "es gl an ext",
        "bg mk",
        "fa prs",
    )
)


@cache
def _identifier() -> LanguageIdentifier:
    """The language identifier, loaded when the first text needs it."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _article_language(text: str, language: str) -> str:
    """The language stated; where none is, the one identified with confidence, else ``und``."""
    if language != "und":
        return language
    found, probability = _identifier().classify(text[:_SAMPLE])
    return found if probability >= _SURE and _LETTERS.search(text) else "und"


def _sentence_language(sentence: str, home: str) -> str:
    """The article's language, unless a long enough sentence is clearly in another one.

    A glance at its beginning settles most sentences at a fraction of the cost of reading them whole.
    """
    if len(sentence) < _ENOUGH_LETTERS or len(_LETTERS.findall(sentence)) < _ENOUGH_LETTERS:
        return home
    if _identifier().classify(sentence[:_GLANCE])[0] == home:
        return home
    found, probability = _identifier().classify(sentence)
    return str(found) if probability >= _SURE and found not in _near(home) else home


def _near(language: str) -> frozenset[str]:
    """The languages that no identifier tells from this one in a single sentence."""
    return next((group for group in _NEAR if language in group), frozenset({language}))
