from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provtrace.stages.read import dates
from provtrace.tables import PRECISIONS

DAY = ("2023-10-01T00:00", "day")
AFTERNOON = ("2023-10-01T14:30", "minute")
EARLIER = ("2023-10-01T12:30", "minute")
MONTH = ("2023-10-01T00:00", "month")

GOLDEN = {
    "2023-10-01": DAY,
    "2023/10/01": DAY,
    "2023.10.01.": DAY,
    "20231001": DAY,
    "2023-10": MONTH,
    "202310": MONTH,
    "2023-10-01T14:30:00Z": AFTERNOON,
    "2023-10-01T14:30:00.123Z": AFTERNOON,
    "2023-10-01T14:30": AFTERNOON,
    "2023-10-01 14:30:00": AFTERNOON,
    "20231001T143000Z": AFTERNOON,
    "20231001143000": AFTERNOON,
    "2023-10-01T14:30:00+02:00": EARLIER,
    "2023-10-01T14:30:00+0200": EARLIER,
    "2023-10-01T14:30:00+02:00[Europe/Berlin]": EARLIER,
    "2023-10-01T14:30:00[Europe/Berlin]": DAY,
    "2023-10-01T00:00:00": DAY,
    "2023-10-01T00:00:00Z": DAY,
    "2023-10-01T02:00:00+02:00": ("2023-10-01T00:00", "minute"),
    "2023-10-01T00:00:00+02:00": ("2023-09-30T22:00", "minute"),
    "Sun, 01 Oct 2023 14:30:00 +0200": EARLIER,
    "Sun, 1 Oct 2023 14:30:00 GMT": AFTERNOON,
    "Sun, 01 Oct 2023 09:30:00 EST": AFTERNOON,
    "Sun, 01 Oct 2023 14:30:00 XYZ": DAY,
    "Sun, 01 Oct 2023 14:30:00 +0200 (CEST)": EARLIER,
    "Sun Oct  1 14:30:00 2023": AFTERNOON,
    "Sun Oct 01 14:30:00 +0000 2023": AFTERNOON,
    "Sun Oct 01 2023 14:30:00 GMT+0200 (Central European Summer Time)": EARLIER,
    "1 October 2023": DAY,
    "1st October 2023": DAY,
    "1-Oct-2023": DAY,
    "Oct 1, 2023": DAY,
    "Oct. 1, 2023": DAY,
    "October 1st, 2023 at 2:30 PM": AFTERNOON,
    "October 1, 2023 12:30 p.m.": EARLIER,
    "October 1, 2023 12:00 AM": DAY,
    "Sunday, October 1, 2023": DAY,
    "October 2023": MONTH,
    "1. Oktober 2023": DAY,
    "1. Oktober 2023, 14.30 Uhr": AFTERNOON,
    "1er octobre 2023": DAY,
    "dimanche 1 octobre 2023 à 14h30": AFTERNOON,
    "1 de octubre de 2023": DAY,
    "1 de outubro de 2023": DAY,
    "1 ottobre 2023": DAY,
    "1 oktober 2023": DAY,
    "1 октября 2023 г.": DAY,
    "1 жовтня 2023 року, 14:30": AFTERNOON,
    "1 października 2023": DAY,
    "1. října 2023": DAY,
    "1 Ekim 2023": DAY,
    "2023年10月1日": DAY,
    "2023년 10월 1일 14:30": AFTERNOON,
    "01.10.2023": DAY,
    "1. 10. 2023": DAY,
    "1.10.2023 14:30": AFTERNOON,
    "1696170600": AFTERNOON,
    "1696170600000": AFTERNOON,
    " 2023-10-01 ": DAY,
    "13/10/2023": ("2023-10-13T00:00", "day"),
    "10/13/2023": ("2023-10-13T00:00", "day"),
    "05-05-2023": ("2023-05-05T00:00", "day"),
    "29.02.2024": ("2024-02-29T00:00", "day"),
}

NOT_DATES = [
    "",
    "01/10/2023",
    "1-10-2023",
    "2023",
    "01.10.23",
    "yesterday",
    "5 minutes ago",
    "12:30",
    "31.02.2023",
    "29.02.2023",
    "2023-13-01",
    "2023-00-10",
    "2023-10-00",
    "0000-00-00",
    "2023-10-01T25:00",
    "2023-10-01T14:61",
    "2023-10-01 13:00 PM",
    "2023-10-01T14:30+99:00",
    "9999-12-31",
    "1 listopada 2023",  # November in Polish, October in Croatian
    "9" * 5000,
    "2023-10-01" + " " * 5000 + "x",
]


@pytest.mark.parametrize(("written", "expected"), GOLDEN.items())
def test_usual_forms(written, expected):
    at, precision = dates.moment(written)
    assert (at.strftime("%Y-%m-%dT%H:%M"), precision) == expected
    assert at.tzinfo is UTC


@pytest.mark.parametrize("written", NOT_DATES)
def test_what_is_ambiguous_or_no_date_gives_none(written):
    assert dates.moment(written) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1696170600, AFTERNOON),
        (1696170600.75, AFTERNOON),
        (1696170600000, AFTERNOON),
        (1696170600000.0, AFTERNOON),
        (1696170600 * 10**9, AFTERNOON),
        (20231001, DAY),
        (date(2023, 10, 1), DAY),
        (datetime(2023, 10, 1), DAY),
        (datetime(2023, 10, 1, 14, 30), AFTERNOON),
        (datetime(2023, 10, 1, 14, 30, tzinfo=timezone(timedelta(hours=2))), EARLIER),
    ],
)
def test_numbers_and_objects(value, expected):
    at, precision = dates.moment(value)
    assert (at.strftime("%Y-%m-%dT%H:%M"), precision) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        2023,
        -5,
        0,
        float("nan"),
        float("inf"),
        10**50,
        2023.5,
        [],
        b"2023-10-01",
        datetime.min,
        datetime.max,
    ],
)
def test_values_that_are_no_date(value):
    assert dates.moment(value) is None


@pytest.mark.parametrize(
    "form", ["%Y-%m-%dT%H:%M:%S%z", "%a, %d %b %Y %H:%M:%S %z", "%B %d, %Y %H:%M:%S %z", "%d.%m.%Y %H:%M:%S%z"]
)
@settings(deadline=None)
@given(
    at=st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0, second=1)),
    offset=st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters))),
)
def test_a_formatted_moment_is_read_back(form, at, offset):
    moment = at.replace(tzinfo=offset)
    assert dates.moment(moment.strftime(form)) == (moment, "minute")


@settings(deadline=None)
@given(st.text(max_size=100) | st.from_regex(r"[\d./:T +Za-zéäюж年月,-]{1,40}", fullmatch=True))
def test_no_text_breaks_the_parser(text):
    found = dates.moment(text)
    assert found is None or found.precision in PRECISIONS


def test_a_month_word_means_one_month():
    words = Counter(word for words in dates._MONTH_WORDS for word in words.split())
    assert [word for word, times in words.items() if times > 1] == []


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        (" date 2023-10-01 The council met.", "day"),
        (" date 2023-10 The council met.", "month"),
        (" date 2023-10-01", "day"),
        ("date 2023-10-01 The council met.", None),
        (" date 2023-13-01 The council met.", None),
        (" date 2023-10-012 The council met.", None),
        ("The council set a date 2023-10-01 for it.", None),
    ],
)
def test_the_date_a_crawl_store_wrote_in_front(text, precision):
    found = dates.store_prefix(text)
    assert (found and found.precision) == precision
