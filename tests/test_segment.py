"""Sentences: the offset law, boundaries across languages, roles, hostile text."""

from __future__ import annotations

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from provtrace.stages.segment import split

TEXTS = st.text(
    st.sampled_from(list("abAB .!?…\"'“”„«»()[]\n\r\t\u2028\x85\xa0。！？؟۔।éß中文ชไ😀\u200d\u0301א1-;:"))
    | st.characters()
)
LANGUAGES = st.sampled_from(["en", "de", "fr", "zh", "ja", "th", "ar", "el", "und", "xx", ""])


@given(TEXTS, LANGUAGES)
def test_spans_are_ordered_stripped_and_cover_every_visible_character(text: str, language: str) -> None:
    spans = split(text, language)
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(spans))
    covered = "".join(text[start:end] for start, end in spans)
    expected = re.sub(r"^ date \d{4}-\d\d(-\d\d)?(?= |$)", "", text)
    assert re.sub(r"\s", "", covered) == re.sub(r"\s", "", expected)
    assert split(text, language) == spans
