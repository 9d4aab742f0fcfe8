"""Where two renderings of one text read differently: numbers, spellings of names, misread words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provtrace.scoring.readings import Readings, letters_of, one_sided, readings

TEXTS = st.text(max_size=80) | st.lists(st.sampled_from(["Torvend", "Torfind", "640", "4.15", "gate", "gaet"])).map(
    " ".join
)


def read(left, right, *, one_language=True):
    return readings(left, right, (letters_of([left]), letters_of([right])), one_language=one_language)


def test_numbers_that_one_side_alone_gives_are_counted_as_figures_not_as_spelt():
    found = read(
        "the 640-tonne gate cost 1,900 euros in 2011",
        "das 640 Tonnen schwere Tor kostete 1.900 Euro",
        one_language=False,
    )
    assert (found.left_exact, found.right_exact) == (1, 0)
    assert read("some 40 of 5 boats", "about 4 boats").left_exact == 0  # one significant digit


def test_a_name_that_came_back_through_another_alphabet_is_respelt():
    found = read("it was, said Torvend of Dunmere", "it was, said Torfind of Denmir")
    assert (found.alike, found.respelt) == (0, 2)
    found = read("it was, said Torvend of Dunmere", "that, said Torvend, was in Dunmere")
    assert (found.alike, found.respelt) == (2, 0)


def test_inflection_and_accents_are_no_other_spelling():
    assert read("im Norden des Hafens", "vor dem Norden der Hafen").respelt == 0
    assert read("said Marek Tolwicki", "said Marek Tolwicki").alike == 2
    assert read("so Brzózka", "so Brzozka").respelt == 0


def test_names_in_two_scripts_are_not_compared():
    found = read("said Torvend", "сказала Торвенд", one_language=False)
    assert (found.alike, found.respelt) == (0, 0)


CLEAN = "the harbour master told the reporters that the technicians would replace the hydraulic pump of the barrier"


def test_the_misread_word_is_the_one_of_unlikely_letters():
    noisy = CLEAN.replace("reporters", "rep0rtcrs").replace("barrier", "barzicr").replace("harbour", "hatbqur")
    letters = letters_of([CLEAN] * 3), letters_of([noisy])
    assert readings(CLEAN, noisy, letters, one_language=True)[4:] == (0, 3)
    assert readings(noisy, CLEAN, letters, one_language=True)[4:] == (3, 0)


@pytest.mark.parametrize(("one", "other"), [("opakovaně", "opakované"), ("zemích", "zemí"), ("umožní", "umožnil")])
def test_endings_are_no_misreadings(one, other):
    assert read(f"a {one} b", f"a {other} b")[4:] == (0, 0)


@given(TEXTS, TEXTS, st.booleans())
def test_turned_around_the_sides_change_places(left, right, one_language):
    found, turned = (read(*pair, one_language=one_language) for pair in ((left, right), (right, left)))
    assert (found.left_exact, found.right_exact) == (turned.right_exact, turned.left_exact)
    assert found.alike == turned.alike
    assert min(found) >= 0


@given(TEXTS)
def test_the_same_text_reads_the_same(text):
    found = read(text, text)
    assert found == Readings(alike=found.alike)


@given(st.integers(0, 50), st.integers(0, 50))
def test_one_sided_counts(ours, theirs):
    assert one_sided(ours, theirs) == -one_sided(theirs, ours)
    assert abs(one_sided(ours, theirs)) <= max(ours, theirs)
    assert one_sided(ours, 0) == ours
