"""Where a name stands in its article: as a dateline, at the end of a paragraph, in the middle of a sentence.

Only the form counts here, so that it holds in every language and survives poor OCR: brackets, dashes, dates,
capitals, the ends of paragraphs. Every look around is bounded, so a text of a million brackets costs no more.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from provtrace.scoring.lexicon import UPPER

# How far to look: a place with its date, and the signs behind a credit.
_BACK: Final = 100
_AHEAD: Final = 12
# Direct speech is followed this far to both sides.
_SPEECH: Final = 600
_QUOTATION_MARKS: Final = (("“", "”"), ("«", "»"), ("„", "“"), ("„", "”"), ('"', '"'))
# A name alone on its line is a byline this near to the top, and closes a text everywhere else.
_HEAD: Final = 400

_DASH: Final = re.compile(r"\s{0,2}[.,;:]{0,2}\s{0,2}[\"'”]?\s?[-–—~]{1,3}\s{0,2}(?P<next>.?)", re.DOTALL)
_NEXT: Final = re.compile(r"[\s.,;:)\]]{0,4}(?P<next>.?)", re.DOTALL)
_PARAGRAPH_END: Final = re.compile(r"[\s.,;:)\]}»”\"*|/]{0,8}?(?:\n|\Z)")
_SENTENCE_END: Final = re.compile(r"[.!?…»”\")\]。؟]\s{0,3}[/|–—-]{0,2}\s{0,3}\Z")
_PAUSE: Final = re.compile(r"[.!?…»”\")\]。؟,;:]\s{0,3}[/|–—*-]{0,2}\s{0,3}\Z")
_MONTH: Final = (
    r"(?:[Jj]an|[Ff][eé][bv]|[Mm][aä][rigyj]|[Aa][vpu][rg]|[Aa]o[uû]|[Aa]go|[Jj]u[inl]|[Gg]iu|[Ll]ug|[Ss]e[pt]|[Oo][kc]t|[Oo]tt|[Nn]o[vw]"
    r"|[Dd][eéi][czs]|JAN|F[EÉ][BV]|MAR|A[VPU][RG]|MA[IYG]|JU[INL]|SE[PT]|O[CK]T|NOV|D[EÉI][CZ]|[Mm]rz|[Oo]ut\b|[Ff]ev|[Ss]et"
    r"|[Oo]cak|[Şş]ubat|[Nn]isan|[Hh]aziran|[Tt]emmuz|[Aa]ğus|[Ee]ylül|[Ee]kim|[Kk]asım|[Aa]ralık"
    r"|stycz|luteg|kwiet|czerw|lipca|sierp|wrześ|paźdz|listop|grud|ledna|února|břez|dubn|květ|červ|srpn|září|říj|prosin"
    r"|siječ|velj|ožuj|trav|svib|lip|srp|kolov|ruj|stud|pros|shkurt|prill|qershor|korrik|gusht|shtator|tetor|nëntor|dhjetor"
    r"|[яЯ]нв|[фФ]ев|[мМ]а[рйяј]|[аА]пр|[иИ]ю|[јЈ]у[нл]|[јЈ]ан|[аА]в[гг]|[сС]е[нп]|[оО]кт|[нН]о[яев]|[дД]е[кц]|МАР|АПР|АВГ|СЕН|ОКТ|НОЯ|ДЕК|ЯНВ|ФЕВ"
    r"|січ|лют|берез|квіт|трав|черв|лип|серп|верес|жовт|листоп|груд|[Ιι]αν|[Φφ]εβ|[Μμ]α[ρΐί]|[Αα]πρ|[Ιι]ο[υύ]|[Αα][υύ]γ|[Σσ]επ|[Οο]κτ|[Νν]ο[εέ]|[Δδ]εκ"
    r"|يناير|فبراير|مارس|أبريل|إبريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر|آذار|نيسان|أيار|حزيران|تموز|آب|أيلول|شباط)"
    r"[\w«]{0,7}"
)
_DAY: Final = r"(?:[\dG]\d?|1\s?er)"
_END: Final = r"\s{0,2}[.,;]?\s{0,2}[-–—]{0,2}\s{0,2}[(/]?\Z"
_DATE: Final = re.compile(
    rf"(?<![\w.]){_DAY}(?:\s?[.,°])?(?:\s{{0,2}}(?:de\s)?{_MONTH}\s?[.,]?)?(?:\s{{0,2}}\d{{4}}\s?г?[.]?)?{_END}"
)
_BARE_END: Final = re.compile(r"\s?(?:/\.?|[.,]{0,2}\s{0,2}[-–—])")
_DATED_STORY: Final = re.compile(
    rf"[.,:]?\s{{1,3}}(?:[A-ZÀ-Þ][\w’'-]{{2,20}}(?:\s[A-ZÀ-Þ][\w’'-]{{2,20}})?\s?,\s?)?{_DAY}\s{{0,2}}{_MONTH}(?!\w)",
    re.IGNORECASE,
)
_ENGLISH_DATE: Final = re.compile(r"[A-Z][a-z]{2,8}\.?\s\d{1,2}\s{0,2}[.,]?\s{0,2}[-–—]{0,2}\s{0,2}\Z")
_PLACE: Final = re.compile(rf"[{UPPER}][\w’'.-]{{2,20}}\s{{0,2}}[.,]?\s{{0,2}}\Z")
_LEADING_PLACE: Final = re.compile(
    rf"\s{{0,4}}[{UPPER}][\w’'.-]{{1,20}}(?:[\s/][{UPPER}][\w’'.-]{{1,20}}){{0,2}}\s{{0,2}},?\s{{1,2}}"
)
_CAPITALS: Final = re.compile(rf"(?<!\w)[{UPPER}][{UPPER}’'-]{{2,20}}\s{{0,2}}[.,]?\s{{0,2}}\Z")
# Two to four capitalised words, particles between them.
_CAPITALISED: Final = rf"[{UPPER}][\w.’'-]{{0,20}}"
_NAMES: Final = rf"{_CAPITALISED}(?:\s(?:(?:al|bin|da|de|del|den|di|du|el|la|van|von)\s){{0,2}}{_CAPITALISED}){{1,3}}"
_PERSON: Final = re.compile(rf"(?:©\s?)?{_NAMES}")
_NO_PERSON: Final = frozenset(["Das", "De", "Der", "Die", "El", "Het", "Il", "La", "Las", "Le", "Les", "Los", "The"])
# A photographer before the agency, and behind its stroke.
COPYRIGHTED_PERSON: Final = re.compile(rf"©\s?{_NAMES}\s?[,/–-]\s?\Z")
LEADING_PERSON: Final = re.compile(rf"\s?/\s?(?:EPA\s?/\s?)?{_CAPITALISED}\s[{UPPER}]")
# What may stand before an agency that ends a byline, a line of initials, a place between dashes, a town behind "dpa".
_ARABIC_NAME: Final = r"[\u0621-\u06ff]+(?:\s[\u0621-\u06ff]+){0,2}"
_AUTHOR: Final = re.compile(rf"\s?(?:{_NAMES}|[{UPPER}]\w+|{_ARABIC_NAME})\s?(?:[,|/•]|\s[–—-])\s?\Z")
_INITIALS: Final = re.compile(r"[^\W\d_]{2,5}\s?[/,|]\s?\Z")
_PLACE_DASH: Final = re.compile(r"(?:[^\s.!?]{1,20},?\s){1,4}[-–—]\s{0,2}\Z")
_DASH_BEHIND: Final = re.compile(r"\s{0,2}[-–—]\s{1,2}(?P<next>\S)")
_TOWN_BEHIND: Final = re.compile(rf"\s[{UPPER}][\w-]{{2,20}}(?:/[{UPPER}][\w-]{{2,20}})?\s?[.:–-]\s{{1,2}}[{UPPER}]")
_BUREAU_BEHIND: Final = re.compile(
    rf"(?:,|\s(?:in|aus|en|à|de|da|em|iz|из|din))\s[{UPPER}][\w-]{{2,20}}\s{{0,2}}(?:\n|\Z)"
)
_SMALL_WORDS: Final = frozenset(
    ["a", "an", "and", "de", "des", "di", "du", "et", "for", "für", "la", "le", "les", "of", "the", "und", "y", "und"]
)

Place = tuple[str, str]


def in_brackets(text: str, start: int, end: int, *, shy: bool) -> Place | None:
    """The (role, rule) of a credit in brackets, or None where the brackets only explain or mention.

    Args:
        text: the article.
        start: offset of the opening bracket.
        end: offset behind the closing bracket.
        shy: the name means something else as often, so a loose place is not enough.
    """
    before, opens = _before(text, start)
    behind = _NEXT.match(text, end)
    follower = behind["next"] if behind else ""
    if opens and not before.strip():
        return ("dateline", "dateline.start") if follower and not _ends_paragraph(text, end) else ("tail", "tail.line")
    if _ends_paragraph(text, end):
        closed = not shy or _PAUSE.search(before) is not None or _ends_paragraph(text, end, bare=True)
        return ("tail", "tail.brackets") if closed else None
    if _dash_follows(text, end):
        return "dateline", "dateline.dash"
    if not follower or follower.islower():
        return None
    if opens and _LEADING_PLACE.fullmatch(before):
        return "dateline", "dateline.place"
    return _before_capital(before, shy)


def _before_capital(before: str, shy: bool) -> Place | None:
    """A bracket before a new sentence: after a date or a place it opens a story, after a sentence it closes one."""
    if dated(before):
        return "dateline", "dateline.date"
    if re.search(r"[-–—]\s?\Z", before):
        return "dateline", "dateline.dash"
    if _SENTENCE_END.search(before):
        return "tail", "tail.sentence"
    place = _CAPITALS if shy and not before.rstrip().endswith(",") else _PLACE
    if place.search(before):
        return "dateline", "dateline.place"
    return None if shy else ("tail", "tail.loose")


def without_brackets(text: str, start: int, end: int, desks: Collection[str]) -> Place | None:
    """The (role, rule) of a bare name, or chain of names, that stands where only a credit stands; else None.

    Args:
        text: the article.
        start: offset of the name.
        end: offset behind it.
        desks: words for an editorial office, in small letters: ``redazione``.
    """
    before, opens = _before(text, start)
    last = _ends_paragraph(text, end)
    lead = before.strip(" \t*—–-/")
    if opens and not lead:
        return _at_line_start(text, start, end, last)
    if opens and (placed := _in_its_line(text, start, end, before, last, desks)) is not None:
        return placed
    return _behind_a_date(text, end, before) or _closing(text, start, end, before, last)


def _behind_a_date(text: str, end: int, before: str) -> Place | None:
    if dated(before) and _BARE_END.match(text, end):
        return "dateline", "dateline.bare"
    dashed = re.search(r"\d\D{0,12}\s[-–—]\s?\Z", before) is not None and dated(before)
    if dashed and re.match(r"(?:,\s[^.\n]{3,30})?\.\s", text[end : end + 40]):
        return "dateline", "dateline.bare"
    if _DATED_STORY.match(text, end) and not re.search(r"\w\s{0,2}\Z", before):
        return "dateline", "dateline.ahead"
    return None


def _closing(text: str, start: int, end: int, before: str, last: bool) -> Place | None:
    if last and _SENTENCE_END.search(before):
        return "tail", "tail.bare"
    if re.search(r"[.!?)»”\"]\s{0,2}(?:/|--)\s{0,2}\Z", before) and _starts_high(text, end):
        return "tail", "tail.slash"
    lower = text[start : start + 1].islower()
    if lower and re.search(r"[.!?]\s{1,2}\Z", before) and _starts_high(text, end):
        return "tail", "tail.lower"
    return None


def _in_its_line(text: str, start: int, end: int, before: str, last: bool, desks: Collection[str]) -> Place | None:
    """A name with little more before it on its line: an author, initials, an office, a place between dashes."""
    if not last:
        dash = _DASH_BEHIND.match(text, end) if _PLACE_DASH.fullmatch(before.lstrip()) else None
        return None if dash is None or dash["next"].islower() else ("dateline", "dateline.dashes")
    if _INITIALS.fullmatch(before.lstrip(" (")):
        return "tail", "tail.initials"
    office = {word.casefold() for word in re.findall(r"[^\W\d_]+", before)}
    head = _is_head(text, start, end)
    if office and office <= set(desks):
        return ("byline", "byline.office") if head else ("tail", "tail.office")
    return ("byline", "byline.author") if head and _AUTHOR.fullmatch(before) else None


def _is_head(text: str, start: int, end: int) -> bool:
    return start < _HEAD and text[end : end + _HEAD].strip() != ""


def _at_line_start(text: str, start: int, end: int, last: bool) -> Place | None:
    if last:
        return ("byline", "byline.line") if _is_head(text, start, end) else ("tail", "tail.line")
    after = text[end : end + 48]
    if re.match(r"\s?,\s[^\W\d_]{3,}", after) and after.lstrip(" ,")[:3].isupper():
        return "dateline", "dateline.comma"
    if re.match(r"\s?/?\.?\s{0,2}(?:--|[–—]|-\s)", after):
        return "dateline", "dateline.dash"
    if text[start:end].islower() and _TOWN_BEHIND.match(after):
        return "dateline", "dateline.town"
    if _BUREAU_BEHIND.match(after) and _is_head(text, start, end):
        return "byline", "byline.line"
    return None


def opens_line(text: str, start: int) -> bool:
    """Whether nothing but signs stands before on the line."""
    before, opens = _before(text, start)
    return opens and not before.strip(' \t*#•—–-/([|"„“«»')


def person(words: str, others: Collection[str]) -> bool:
    """Whether the words are a person's name, as far as capitals tell: two to four, none of them in `others`."""
    if _PERSON.fullmatch(words) is None:
        return False
    return not {*words.strip("© ").split()} & {*others, *_NO_PERSON}


def dated(before: str) -> bool:
    """Whether the text before ends as a dateline does: a day, with or without its month, dash or comma."""
    return (_DATE.search(before) or _ENGLISH_DATE.search(before)) is not None


def explains(text: str, start: int, name: str) -> bool:
    """Whether a bracketed abbreviation only explains the words before it: ``advanced placement (AP)``."""
    letters = [letter for letter in name.casefold() if letter.isalpha()]
    if not 2 <= len(letters) <= 6:
        return False
    words = re.findall(r"[^\W\d_]+", text[max(0, start - _BACK) : start].casefold())
    for chosen in (words, [word for word in words if word not in _SMALL_WORDS]):
        if [word[0] for word in chosen[-len(letters) :]] == letters:
            return True
    return False


def quoted(text: str, start: int, end: int, *, surely: bool = False) -> bool:
    """Whether the span lies inside somebody's direct speech of more than a few words, within its paragraph.

    Args:
        text: the article.
        start: offset of the span.
        end: offset behind it.
        surely: count only the marks that scanners don't make of dirt, and that differ at both ends: ``“ ”``.
    """
    before = text[max(0, start - _SPEECH) : start].rpartition("\n")[2]
    after = text[end : end + _SPEECH].partition("\n")[0]
    return any(_inside(before, after, *marks) for marks in _QUOTATION_MARKS[: 1 if surely else None])


def _inside(before: str, after: str, opening: str, closing: str) -> bool:
    opened, closes = before.rfind(opening), after.find(closing)
    if opened < 0 or closes < 0:
        return False
    ended = before.count(opening) % 2 == 0 if opening == closing else closing in before[opened + 1 :]
    return not ended and len((before[opened + 1 :] + after[:closes]).split()) > 4


def _before(text: str, start: int) -> tuple[str, bool]:
    """The text before, of the same line, at most 100 characters; and whether the line begins there."""
    floor = max(0, start - _BACK)
    newline = text.rfind("\n", floor, start)
    return text[max(floor, newline + 1) : start], newline >= 0 or floor == 0


def _ends_paragraph(text: str, end: int, *, bare: bool = False) -> bool:
    if bare:
        return not text[end : end + 2].strip() and (end >= len(text) or text[end : end + 2].find("\n") >= 0)
    return _PARAGRAPH_END.match(text, end) is not None


def _dash_follows(text: str, end: int) -> bool:
    match = _DASH.match(text, end)
    return match is not None and not match["next"].islower()


def _starts_high(text: str, end: int) -> bool:
    """Whether a new sentence, a number or nothing follows."""
    follower = text[end : end + _AHEAD].lstrip(" .,;)\n")[:1]
    return not follower or follower.isupper() or follower.isdigit() or follower in "«“\"'—–-"
