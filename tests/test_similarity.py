"""Features of two texts, against slow oracles and in many scripts."""

import re
import unicodedata
from zlib import crc32

import numpy as np
import pytest
from anyascii import anyascii
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sacrebleu.metrics import CHRF
from strategies import TEXTS, WORD_LISTS

from provtrace.scoring import similarity
from provtrace.scoring.chrf import chrf
from provtrace.scoring.similarity import (
    agreement,
    edit,
    frame,
    grams,
    longest_run,
    names,
    numbers,
    plain,
    quote_run,
    quoted_share,
    words,
)  # fmt: skip

SENTENCES = WORD_LISTS.map(" ".join)


# --- whole texts ------------------------------------------------------------------------------------


@hypothesis_settings(deadline=None)
@given(st.one_of(TEXTS, SENTENCES), st.one_of(TEXTS, SENTENCES))
def test_chrf_is_sacrebleus_of_both_directions(left, right):
    """Plain figures of the library itself, on the transliterated texts."""
    score, mirrored = chrf(left, right), chrf(right, left)
    assert score == mirrored
    assert 0.0 <= score <= 1.0
    one, other = plain(left), plain(right)
    if one and other:
        there, back = CHRF().sentence_score(one, [other]).score, CHRF().sentence_score(other, [one]).score
        assert score == pytest.approx((there + back) / 200)
    else:
        assert score == 0.0


def test_chrf_sees_through_scripts():
    assert chrf("Малверин", "Malverin") == 1.0
    assert chrf("Malverin", "Malveryn") > 0.4 > chrf("Malverin", "Gostrau")


def plain_edit(left, right):
    above = list(range(len(right) + 1))
    for i, word in enumerate(left, 1):
        row = [i]
        for j, other in enumerate(right, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (word != other)))
        above = row
    return 1 - above[-1] / max(len(left), len(right))


@given(WORD_LISTS, WORD_LISTS)
def test_edit_equals_the_oracle(left, right):
    expected = plain_edit(left, right) if left and right else 0.0
    assert edit(left, right) == pytest.approx(expected)


@given(WORD_LISTS, WORD_LISTS)
def test_longest_run_equals_the_oracle(left, right):
    def runs(listed):
        return {tuple(listed[start:end]) for end in range(len(listed) + 1) for start in range(end)}

    assert longest_run(left, right) == max(map(len, runs(left) & runs(right)), default=0)


# --- words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The mayor's STRASSE, Straße!", ["the", "mayor", "s", "strasse", "strasse"]),
        ("", []),
        ("*** — “”", []),
        ("東京は", ["東", "京", "は"]),
        ("한국어 좋아", ["한국어", "좋아"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("שָׁלוֹם־עולם", ["שָׁלוֹם", "עולם"]),
        ("كَتَبَ الوزير", ["كَتَبَ", "الوزير"]),
        ("می‌خواهم", ["می‌خواهم"]),
        ("x_1 2024", ["x_1", "2024"]),
    ],
)
def test_words(text, expected):
    assert words(text) == tuple(unicodedata.normalize("NFC", word) for word in expected)


@given(TEXTS)
def test_words_do_not_depend_on_the_unicode_form(text):
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


@given(TEXTS)
def test_plain_is_the_whole_text_transliterated(text):
    spelt = anyascii(unicodedata.normalize("NFC", text)).lower()
    assert plain(text) == re.sub(r"[^a-z0-9]+", " ", spelt).strip()


@given(TEXTS)
def test_plain_is_ascii_letters_and_digits_between_single_blanks(text):
    result = plain(text)
    assert set(result) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")
    assert result == " ".join(result.split())


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_grams_are_those_of_each_text_by_their_crc(texts):
    found = grams(texts)
    assert found.shape == (similarity.GRAM_SLOTS, len(texts))
    for place, text in enumerate(texts):
        padded = f" {plain(text)} ".encode()
        own = {padded[at : at + similarity.GRAM] for at in range(len(padded) - similarity.GRAM + 1)}
        assert set(np.flatnonzero(found[:, place])) == {crc32(gram) % similarity.GRAM_SLOTS for gram in own}


# --- numbers and names ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,200 or 1.200 or 1 200 or 1\u202f200 or 1\u00a0200 or 1’200", {"1200"}),
        ("1,234,567.89 or 1.234.567,89", {"123456789"}),
        ("٤٬٧٥٠ و ٢٫٥", {"4750", "25"}),
        ("१२३ और ۴۵۶", {"123", "456"}),
        ("in 2024 300 people", {"2024", "300"}),
        ("10, 20, 300", {"10", "20", "300"}),
        ("12 000 12 500", {"12000", "12500"}),
        ("at 10:30 on 2023-10-01", {"10", "30", "2023", "01"}),
        ("four, x², ½, Ⅳ", set()),
        ("", set()),
    ],
)
def test_numbers(text, expected):
    assert numbers(text) == expected


@given(st.integers(0, 10**12), st.sampled_from([",", ".", " ", "\u202f", "’"]), st.sampled_from(["٠", "०", "۰", "0"]))
def test_numbers_in_any_digits_and_with_any_separators(number, separator, zero):
    written = f"{number:,}".replace(",", separator)
    digits = "".join(chr(ord(zero) + int(char)) if char.isdigit() else char for char in written)
    assert numbers(f"About {digits} people.") == {str(number)}


def test_names_are_capitalised_words_inside_a_sentence():
    text = "Yesterday Anna Malverin met the Mayor of Gostrau. Nobody saw it, said Ivo."
    assert names(text) == {"anna", "malve", "mayor", "gostr", "ivo"}
    assert names("Вчера Анна Малверин пришла.") == {"anna", "malve"}
    assert names("") == frozenset()


def test_where_a_script_has_no_capitals_nothing_is_told_to_be_a_name():
    assert names("قال مالفيرين ذلك") == frozenset()


NAMED = st.frozensets(st.sampled_from("abcdef"))


@given(NAMED, NAMED)
def test_agreement(left, right):
    score = agreement(left, right)
    assert score == agreement(right, left)
    assert -1.0 <= score <= 1.0
    if not left or not right:
        assert score == 0.0
    else:
        assert (score == 1.0) == (left == right)
        assert (score == -1.0) == (not left & right)


# --- quotations -------------------------------------------------------------------------------------


SIDES = st.lists(st.integers(0, 12), min_size=1, max_size=3).map(lambda places: sorted(set(places)))


@given(st.lists(st.tuples(SIDES, SIDES, st.floats(-9, 9)), max_size=8))
def test_support_counts_the_likely_units_that_stand_on_the_same_side_in_both_texts(units):
    def given_by(one, other):
        """To either of two units by the other: both sides of it lie before the unit, or both behind."""
        gaps = [(later[0] - earlier[-1]) for earlier, later in zip(one, other, strict=True)]
        return max(gaps) ** -similarity.FADES if min(gaps) > 0 else 0.0

    places, odds = [unit[:2] for unit in units], [unit[2] for unit in units]
    shares = [[given_by(unit, other) + given_by(other, unit) for other in places] for unit in places]
    expected = [
        np.log1p(
            sum(share / (1 + np.exp(similarity.LEADS_ON - chance)) for share, chance in zip(row, odds, strict=True))
        )
        for row in shares
    ]
    assert similarity.support(places, odds) == pytest.approx(expected)


def test_a_chain_supports_its_units_and_a_crossing_supports_none():
    chain = similarity.support([([n], [n + 3]) for n in range(5)], [2.0] * 5)
    assert chain[2] > chain[0] > similarity.support([([0], [0]), ([7], [9])], [2.0, 2.0])[0] > 0
    assert similarity.support([([0], [4]), ([1], [2])], [2.0, 2.0]) == [0.0, 0.0]


def test_an_unlikely_unit_supports_none():
    places = [([0], [0]), ([1], [1])]
    assert similarity.support(places, [-20.0, 5.0])[1] < 0.001 < similarity.support(places, [5.0, -20.0])[1]


@pytest.mark.parametrize("marks", ["“”", "„“", "„”", "«»", "»«", "「」", '""'])
def test_quotations_in_all_marks(marks):
    """The share of what is said, marks included; what both texts have said."""
    opening, closing = marks
    text = f"Ivo said {opening}the gate would not open again{closing} on Monday."
    assert quoted_share(text) == pytest.approx(len("xthe gate would not open againx") / len(text))
    assert quote_run(text, "“The gate would not open again,” Ivo said.") == 6
    assert quote_run(text, "The gate would not open again, Ivo said.") == 0


def test_quotations_that_are_not_closed_run_to_the_end():
    assert quoted_share("“It is over") == 1.0
    assert quoted_share("He said: “no") == pytest.approx(3 / 12)
    assert quoted_share("No marks here, it's plain.") == 0.0
    assert quoted_share("") == 0.0


def test_what_stands_around_quotations():
    assert (frame("“It is over,” she said, and “go”.") or "").split() == ["she", "said,", "and", "."]
    assert frame("No marks here.") == "No marks here."
    assert frame("«Всё кончено», сказала она, «идите") is None
    assert frame("“") is None


@given(TEXTS)
def test_shares_of_quotations_stay_shares(text):
    assert 0.0 <= quoted_share(text) <= 1.0


# --- cells ------------------------------------------------------------------------------------------


def test_weighted_rows_are_of_unit_length_or_empty():
    incidence = np.array([[1, 1, 0], [0, 0, 0]], np.float32)
    result = similarity.weighted(incidence, similarity.rarity(incidence, incidence))
    assert np.linalg.norm(result, axis=1) == pytest.approx([1.0, 0.0])


def test_what_both_articles_say_all_the_time_weighs_little():
    often_rare = np.array([[1, 1], [1, 0], [1, 0]], np.float32)
    common, rare = similarity.rarity(often_rare, often_rare)
    assert 0 < common < rare


@pytest.mark.parametrize("known", [True, False])
def test_cells_mirror(known):
    generator = np.random.default_rng(3)
    left, right = (
        side(generator, ["The lock is shut.", "Nobody was hurt."], known),
        side(generator, ["Snow fell."], True),
    )
    weight = similarity.rarity(left.incidence(), right.incidence())
    wording = [similarity.weighted(one.incidence(), weight) for one in (left, right)]
    there = similarity.compare(left, wording[0], right, wording[1])
    back = similarity.compare(right, wording[1], left, wording[0])
    assert there.logits.shape == (2, 1)
    for name in ("cosine", "csls", "wording", "logits"):
        assert getattr(there, name) == pytest.approx(getattr(back, name).T, abs=1e-6)


def side(generator, texts, known):
    vectors = generator.standard_normal((len(texts), 8)).astype(np.float32)
    return similarity.Side(
        vectors=vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
        densities=generator.random((len(texts), 3)).astype(np.float32),
        texts=texts,
        columns=np.array([-1 if not known else 1] * len(texts)),
        known=np.full(len(texts), known),
        joinable=np.ones(len(texts), np.bool_),
        weights=np.ones(len(texts), np.float32),
        languages=np.full(len(texts), "en" if known else "cs"),
    )
