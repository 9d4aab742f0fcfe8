"""Dates as news sources write them, to a UTC moment with the precision that was given.

Nothing is guessed: where the day and the month can't be told apart, or only a year is known, there is no date.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final, NamedTuple


class Moment(NamedTuple):
    """A point in time: UTC, and how much of it was given (of `tables.PRECISIONS`)."""

    at: datetime
    precision: str


class _Day(NamedTuple):
    year: int
    month: int
    day: int | None
    rest: str


_LONGEST: Final = 80
_YEARS: Final = range(1500, 2201)

# Nominative, genitive and the usual short forms. Words that name different months in different languages
# (Polish and Croatian "listopada") are left out.
_MONTH_WORDS: Final = (
    "january jan januar jänner janvier janv enero ene gennaio gen janeiro januari января январь янв січня січень "
    "stycznia styczeń sty ledna leden tammikuuta ocak ιανουαρίου",
    "february feb februar feber février févr fév febrero febbraio fevereiro fev februari февраля февраль февр фев "
    "лютого лютий lutego luty února únor helmikuuta şubat φεβρουαρίου",
    "march mar märz mär mars marzo março maart mrt marts марта март мар березня березень marca marzec března březen "
    "maaliskuuta mart μαρτίου",
    "april apr avril avr abril abr aprile апреля апрель апр квітня квітень kwietnia kwiecień dubna duben huhtikuuta "
    "nisan απριλίου",
    "may mai mayo maggio mag maio mei maj мая май травня травень maja května květen toukokuuta mayıs μαΐου",
    "june jun juni juin junio giugno giu junho июня июнь июн червня червень czerwca czerwiec června červen kesäkuuta "
    "haziran ιουνίου",
    "july jul juli juillet juil julio luglio lug julho июля июль июл липня липень lipca lipiec července červenec "
    "heinäkuuta temmuz ιουλίου",
    "august aug août agosto ago augustus augusti августа август авг серпня серпень sierpnia sierpień srpna srpen "
    "elokuuta ağustos αυγούστου",
    "september sep sept septembre septiembre settembre set setembro сентября сентябрь сент сен "
    "вересня вересень września wrzesień září syyskuuta eylül σεπτεμβρίου",
    "october oct oktober okt octobre octubre ottobre ott outubro out октября октябрь окт жовтня жовтень października "
    "październik paź října říjen lokakuuta ekim οκτωβρίου",
    "november nov novembre noviembre novembro ноября ноябрь ноя нояб листопад listopadu marraskuuta kasım νοεμβρίου",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro desember des декабря декабрь дек грудня "
    "грудень grudnia grudzień prosince prosinec joulukuuta aralık δεκεμβρίου",
)
_MONTHS: Final = {word: number for number, words in enumerate(_MONTH_WORDS, 1) for word in words.split()}

# Only the zone names that mean one thing in news; any other name lowers the precision to the day.
_ZONES: Final = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2, "eet": 2,
    "eest": 3, "msk": 3, "jst": 9, "kst": 9, "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7,
}  # fmt: skip

_WORD: Final = r"[^\W\d_]+"
_LEAD: Final = rf"(?:{_WORD}(?:-{_WORD})?[,.]?\s+)?"  # a day of the week
_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?(?!\d)\.?")
_COMPACT: Final = re.compile(r"(\d{4})()(\d{2})(\d{2})(?=[t\s])")
_CHARACTERS: Final = re.compile(r"(\d{4})\s*([年년])\s*(\d{1,2})\s*[月월](?:\s*(\d{1,2})\s*[日일])?")
_YEAR_LAST: Final = re.compile(r"(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4})(?!\d)")
_DAY_NAMED: Final = re.compile(
    rf"{_LEAD}(\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?[\s-]+(?:(?:de|of|di)\s+)?({_WORD})\.?,?[\s-]+"
    r"(?:(?:de|del|of)\s+)?(\d{4})(?!\d)(?:\s*(?:г\.?|года|р\.?|року)(?!\w))?"
)
_NAMED_DAY: Final = re.compile(rf"{_LEAD}({_WORD})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})(?!\d)")
_NAMED: Final = re.compile(rf"({_WORD})\.?,?\s+(?:(?:de|del|of)\s+)?(\d{{4}})")
_UNIX: Final = re.compile(rf"{_LEAD}({_WORD})\s+(\d{{1,2}})\s+(\d\d:\d\d:\d\d)\s+(\S+\s+)?(\d{{4}})")  # ctime, Twitter
_TIME: Final = re.compile(
    r"(?:t|,?\s+(?:at|um|à|às|alle|-|–|\|)\s+|,?\s+|,)"
    r"(?P<hour>\d{1,2})[:.h]?(?P<minute>\d{2})(?:[:.]?(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?(?:\s*uhr)?\s*"
    r"(?:(?P<offset>(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?)(?:\s*\([^()]*\)|\[[^\[\]]*\])?"
    r"|(?P<zone>[a-z]{1,5}|\[?[a-z_]+/[a-z_]+\]?))?"
)
_STORE_PREFIX: Final = re.compile(r" date (\d{4}-\d{2}(?:-\d{2})?)(?=\s|\Z)")


def moment(value: object) -> Moment | None:
    """Read a date in any usual form.

    Args:
        value: a ``datetime`` (naive is UTC), a ``date``, seconds, milli-, micro- or nanoseconds since 1970 as a
            number or digits, or a string: ISO 8601, RFC 2822, ``1 October 2023`` and its like in the main languages,
            ``01.10.2023`` (dotted: day first), ``10/13/2023`` (only where the parts tell day from month).

    Returns:
        The moment, or None where the value is no date, ambiguous, or gives only a year. Exactly midnight without an
        offset is how stores write a bare date: its precision is the day.
    """
    if isinstance(value, datetime):
        return _from_datetime(value)
    if isinstance(value, date):
        return _moment(value.year, value.month, value.day)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _from_number(value)
    return _from_text(value) if isinstance(value, str) else None


def store_prefix(text: str) -> Moment | None:
    """The date that a crawl store wrote in front of a text, as in `` date 2023-10-01 ``; None where there is none."""
    found = _STORE_PREFIX.match(text)
    return _from_text(found[1]) if found else None


def without_store_prefix(text: str) -> str:
    """The text behind such a date."""
    return _STORE_PREFIX.sub("", text, count=1) if _STORE_PREFIX.match(text) else text


def _moment(year: int, month: int, day: int | None) -> Moment | None:
    if year not in _YEARS:
        return None
    try:
        return Moment(datetime(year, month, day or 1, tzinfo=UTC), "day" if day else "month")
    except ValueError:
        return None


def _from_datetime(value: datetime) -> Moment | None:
    offset = value.utcoffset() or timedelta()
    at = datetime(*value.timetuple()[:6], value.microsecond, tzinfo=UTC)
    if not _YEARS[0] < at.year < _YEARS[-1]:  # a year of margin for the offset
        return None
    at -= offset
    bare = at.time() == datetime.min.time() and not offset
    return Moment(at, "day" if bare else "minute")


def _from_number(value: float) -> Moment | None:
    if not abs(value) < 1e20:  # too large, infinite, or NaN
        return None
    whole = int(value)
    seconds = len(str(whole)) in (9, 10)
    found = _from_digits(str(whole)) if seconds or value == whole else None
    return Moment(found.at + timedelta(seconds=value - whole), found.precision) if found else None


def _from_digits(digits: str) -> Moment | None:
    if len(digits) == 8:
        return _moment(int(digits[:4]), int(digits[4:6]), int(digits[6:]) or -1)
    if len(digits) == 6:
        return _moment(int(digits[:4]), int(digits[4:]), None)
    if len(digits) == 14:
        return _from_text(f"{digits[:8]}T{digits[8:]}")
    scale = {9: 1, 10: 1, 12: 10**3, 13: 10**3, 15: 10**6, 16: 10**6, 18: 10**9, 19: 10**9}.get(len(digits))
    if scale is None or not digits.isdecimal():
        return None
    since = timedelta(microseconds=int(digits) * 10**6 // scale)
    return _from_datetime(datetime(1970, 1, 1, tzinfo=UTC) + since)


def _from_text(value: str) -> Moment | None:
    text = value.strip().casefold()
    if len(text) > _LONGEST:
        return None
    if text.isascii() and text.isdecimal():
        return _from_digits(text)
    if re.fullmatch(r"\d{9,10}\.\d{1,9}", text, re.ASCII):
        return _from_number(float(text))
    day = _numeric(text) or _named(text)
    if day is None:
        return None
    start = _moment(day.year, day.month, day.day)
    if start is None or not day.rest:
        return start
    return _timed(start.at, day.rest) if day.day else None


def _numeric(text: str) -> _Day | None:
    for pattern in (_YEAR_FIRST, _COMPACT, _CHARACTERS):
        if found := pattern.match(text):
            day = None if found[4] is None else int(found[4]) or -1
            return _Day(int(found[1]), int(found[3]), day, text[found.end() :])
    found = _YEAR_LAST.match(text)
    if not found:
        return None
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    if found[2] == "." or first > 12 or first == second:
        return _Day(year, second, first or -1, text[found.end() :])
    return _Day(year, first, second, text[found.end() :]) if second > 12 else None


def _named(text: str) -> _Day | None:
    if found := _UNIX.fullmatch(text):
        return _day(found[5], found[1], found[2], f" {found[3]}{(found[4] or '').strip()}")
    if found := _DAY_NAMED.match(text):
        return _day(found[3], found[2], found[1], text[found.end() :])
    if found := _NAMED_DAY.match(text):
        return _day(found[3], found[1], found[2], text[found.end() :])
    if found := _NAMED.fullmatch(text):
        return _day(found[2], found[1], None, "")
    return None


def _day(year: str, month: str, day: str | None, rest: str) -> _Day | None:
    number = _MONTHS.get(month)
    return _Day(int(year), number, int(day) or -1 if day else None, rest) if number else None


def _timed(day: datetime, text: str) -> Moment | None:
    found = _TIME.fullmatch(text)
    if not found:
        return None
    hour = _hour(int(found["hour"]), found["half"])
    offset = _offset(found["offset"], found["zone"])
    try:
        local = day.replace(hour=hour, minute=int(found["minute"]), second=min(int(found["second"] or 0), 59))
        return Moment(day, "day") if offset is None else _from_datetime(local.replace(tzinfo=timezone(offset)))
    except ValueError:
        return None


def _hour(hour: int, half: str | None) -> int:
    """The hour of the day, or -1, which no clock shows."""
    if half is None:
        return hour
    return hour % 12 + (12 if half == "p" else 0) if 1 <= hour <= 12 else -1


def _offset(offset: str | None, zone: str | None) -> timedelta | None:
    """Distance from UTC; none given is UTC, and None is a zone whose distance is not known."""
    if offset:
        sign, digits = (-1 if "-" in offset else 1), re.sub(r"\D", "", offset)
        hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
        return sign * timedelta(hours=int(hours), minutes=int(minutes))
    if zone is None:
        return timedelta()
    return timedelta(hours=_ZONES[zone]) if zone in _ZONES else None
