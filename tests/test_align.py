"""Alignments: the dynamic program against a slow oracle, and what must hold of any two articles."""

import random
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from strategies import SEEDS, story_of

import provtrace as pt
from provtrace.scoring.encode import density_column, load_encoder
from provtrace.scoring.path import best_path
from provtrace.scoring.similarity import Side, all_densities, words
from provtrace.settings import Settings
from provtrace.stages.align import SPANS, align, units
from provtrace.tables import ALIGNMENTS

SETTINGS = Settings()
STORY = [
    "The harbour office closed the northern lock on Tuesday after a barge struck its gate.",
    "Nobody was hurt, said the lock keeper, who had worked there for thirty-one years.",
    "Forty vessels were waiting above the town by the evening.",
    "Engineers from Malverin expect the repair to take nine days.",
    "The lock was built in 1912 and widened after the flood of 1954.",
    "Bakers on the quay sold more bread than on any market day.",
]
OTHER = [
    "A choir of forty bakers sang in the square of Gostrau last night.",
    "The central bank left its key rate where it was, at 4.75 percent.",
    "Two students found the skeleton of an unknown dinosaur in a quarry.",
]


# --- the dynamic program ----------------------------------------------------------------------------


@st.composite
def gains(draw):
    m, n = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    values = st.sampled_from([-np.inf, -np.inf, 0.5, 1.0, 1.5, 4.0])
    listed = draw(st.lists(values, min_size=len(SPANS) * m * n, max_size=len(SPANS) * m * n))
    return np.array(listed, np.float32).reshape(len(SPANS), m, n)


@hypothesis_settings(deadline=None, max_examples=200)
@given(gains(), st.sampled_from([(0.0, 0.0), (1.0, 0.0), (2.0, 0.5)]))
def test_the_best_chain_equals_the_oracle(table, goes_on):
    _, m, n = table.shape

    @cache
    def best(i, j, left, right):
        """The rest of the chain from i, j, where sentences of the left, or right, were skipped since the last unit."""
        if i >= m or j >= n:
            return 0.0
        options = [best(i + 1, j, True, right), best(i, j + 1, left, True)]
        for shape, (a, b) in enumerate(SPANS):
            if i + a <= m and j + b <= n:
                options.append(float(table[shape, i, j]) + bonus(left, right) + best(i + a, j + b, False, False))
        return max(options)

    def bonus(left, right):
        return 0.0 if left and right else goes_on[left or right]

    path = best_path(table, SPANS, goes_on)
    total = ends = 0
    for shape, left, right in path:
        skipped = (True, True) if not ends else (left > ends[0], right > ends[1])
        total += float(table[shape, left, right]) + bonus(*skipped)
        ends = left + SPANS[shape][0], right + SPANS[shape][1]
    assert total == best(0, 0, True, True)
    i = j = 0
    for shape, left, right in path:
        assert left >= i
        assert right >= j
        assert np.isfinite(table[shape, left, right])
        i, j = left + SPANS[shape][0], right + SPANS[shape][1]
    assert i <= m
    assert j <= n


def test_a_long_table_is_walked_to_its_end():
    table = np.full((len(SPANS), 300, 300), -np.inf, np.float32)
    table[0, np.arange(300), np.arange(300)] = 1.0
    assert best_path(table, SPANS) == [(0, place, place) for place in range(300)]


# --- two articles -----------------------------------------------------------------------------------


def matches(left, right):
    frame = pt.align(left, right)
    return sorted(zip(frame["left_sentences"].to_list(), frame["right_sentences"].to_list(), strict=True))


def test_a_text_against_itself():
    frame = pt.align(STORY, STORY)
    assert frame["left_sentences"].to_list() == frame["right_sentences"].to_list() == [[i] for i in range(6)]
    assert set(frame["kind"]) == {"verbatim"}
    assert frame["probability"].min() > 0.9


def test_gaps_on_both_sides():
    left, right = [*STORY[:2], *OTHER[:2], *STORY[2:4]], [STORY[0], OTHER[2], *STORY[1:4]]
    assert matches(left, right) == [([0], [0]), ([1], [2]), ([4], [3]), ([5], [4])]


@hypothesis_settings(deadline=None, max_examples=10)
@given(st.permutations(range(6)))
def test_any_order_is_found(order):
    assert matches(STORY, [STORY[i] for i in order]) == sorted(([i], [place]) for place, i in enumerate(order))


def test_a_sentence_said_twice_is_matched_twice():
    found = matches(STORY[:3], [*STORY[:3], OTHER[0], STORY[1]])
    assert ([1], [1]) in found
    assert ([1], [4]) in found


@pytest.mark.parametrize("swapped", [False, True])
def test_a_lead_and_the_body_that_says_it_again_are_both_matched(swapped):
    axes = np.eye(64)
    lead, body = 0.5 * axes[0] + np.sqrt(0.75) * axes[1], 0.6 * axes[0] + 0.8 * axes[1]
    left = side(STORY[:4], np.stack([lead, axes[2], axes[3], body]))
    right = side(OTHER, np.stack([axes[2], axes[3], axes[0]]))
    joined = {(unit.left, unit.right) for unit in (units(right, left) if swapped else units(left, right))}
    expected = {((0,), (2,)), ((3,), (2,))}
    assert expected <= ({(b, a) for a, b in joined} if swapped else joined)


def test_a_sentence_that_was_split_is_one_unit():
    whole = (
        "The barge struck the northern gate on Tuesday, and forty vessels were waiting above Malverin by the evening."
    )
    split = [
        "The barge struck the northern gate on Tuesday.",
        "Forty vessels were waiting above Malverin by the evening.",
    ]
    assert ([0, 1], [0]) in matches(split, [whole])
    assert ([0], [0, 1]) in matches([whole], split)


def test_strangers_are_not_aligned():
    assert matches(STORY, OTHER) == []


@pytest.mark.parametrize(("left", "right"), [([], STORY), (STORY, []), ([], []), ("", ""), ("", STORY[0])])
def test_an_empty_side(left, right):
    frame = pt.align(left, right)
    assert frame.is_empty()
    assert frame.schema == ALIGNMENTS


def test_single_sentences():
    assert matches(STORY[:1], STORY[:1]) == [([0], [0])]
    assert matches(STORY[:1], STORY) == [([0], [0])]
    assert matches(STORY, STORY[5:]) == [([5], [0])]


def test_offsets_slice_back_and_headings_stay_alone(traced):
    """On the examples: every unit covers its sentences, in order, from the first one's start to the last one's end."""
    sentences = {(row["article_id"], row["sentence"]): row for row in traced.provenance.sentences.iter_rows(named=True)}
    assert len(traced.provenance.alignments) > 100
    for row in traced.provenance.alignments.iter_rows(named=True):
        for side in ("left", "right"):
            numbers = row[f"{side}_sentences"]
            members = [sentences[row[f"{side}_id"], number] for number in numbers]
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
            assert row[f"{side}_start"] == members[0]["start"]
            assert row[f"{side}_end"] == members[-1]["end"]
            assert {member["role"] for member in members} <= {"body", "heading"}
            if len(members) > 1:
                assert {member["role"] for member in members} == {"body"}
        roles = {sentences[row[f"{side}_id"], row[f"{side}_sentences"][0]]["role"] for side in ("left", "right")}
        assert (row["kind"] == "heading") == ("heading" in roles)
    assert (traced.provenance.alignments["left_sentences"].list.len() > 1).any()


MIRROR = {"left_id": "right_id", "right_id": "left_id"}


def test_either_side_may_be_the_left_one(traced):
    """On pairs of the examples: mirrored, the same units; ties and last bits aside."""
    few = pl.col("left_id").is_in(["ar-version", "digest", "en-copy", "partial-four", "ru-version"])
    sides = traced.inputs["align"].filter(few)
    mirrored = {
        name: name.replace("left", "RIGHT").replace("right", "left").replace("RIGHT", "right") for name in ALIGNMENTS
    }
    back = align(sides.rename(MIRROR), SETTINGS).rename(mirrored)
    keys = ["left_id", "right_id", "left_sentences", "right_sentences"]
    there = unit_rows(traced.provenance.alignments.filter(few), keys)
    found = unit_rows(back, keys)
    assert len(set(there) ^ set(found)) <= 0.01 * len(there)
    for key in set(there) & set(found):
        kind, *figures = there[key]
        assert found[key][0] == kind
        assert found[key][1:] == pytest.approx(figures, abs=1e-4)


def unit_rows(frame, keys):
    figures = ["kind", "probability", "cosine", "csls", "chrf", "edit", "anchors", "run", "quote_run", "evidence"]
    listed = frame.select(*keys, *figures).iter_rows()
    return {(left, right, tuple(i), tuple(j)): rest for left, right, i, j, *rest in listed}


def test_sentences_beyond_the_limit_take_no_part(traced):
    frame = align(traced.inputs["align"], Settings(max_sentences=4))
    assert len(frame) > 0
    for side in ("left", "right"):
        assert frame[f"{side}_sentences"].explode().max() < 4


# --- made-up sides ----------------------------------------------------------------------------------


def side(texts, vectors, joinable=None):
    """Sentences with given vectors: known languages, no density."""
    return Side(
        vectors=vectors.astype(np.float32),
        densities=np.zeros((len(texts), len(load_encoder("use").languages) + 1), np.float32),
        texts=texts,
        columns=np.full(len(texts), density_column("en")),
        known=np.ones(len(texts), np.bool_),
        joinable=np.ones(len(texts), np.bool_) if joinable is None else np.array(joinable),
        weights=np.array([max(len(words(text)), 1) for text in texts], np.float32),
        languages=np.full(len(texts), "en"),
    )


def unit_vectors(count, seed):
    raw = np.random.default_rng(seed).standard_normal((count, 64))
    return raw / np.linalg.norm(raw, axis=1, keepdims=True)


@pytest.mark.parametrize("count", [1, 2, 4, 9])
def test_where_a_language_has_no_background_the_article_is_its_own(count):
    vectors = unit_vectors(count, seed=count).astype(np.float32)
    measured = np.random.default_rng(count).random((count, 3)).astype(np.float32)
    listed = all_densities(vectors, measured, np.full(count, 1))
    unlisted = all_densities(vectors, measured, np.full(count, -1))
    assert np.array_equal(listed[:, :3], measured)
    assert np.array_equal(unlisted[:, :3], measured)
    assert listed[:, 3] == pytest.approx([sum(row) / 3 for row in measured.tolist()])
    for i, found in enumerate(unlisted[:, 3]):
        others = sorted((np.dot(vectors[i], other) for j, other in enumerate(vectors) if j != i), reverse=True)[:4]
        assert found == pytest.approx(sum(others) / len(others) if others else 1.0, abs=1e-5)


def check_units(found, left, right):
    """Runs of neighbours inside both sides, sorted, none twice."""
    places = [(unit.left, unit.right) for unit in found]
    assert places == sorted(set(places))
    for unit in found:
        for numbers, count in ((unit.left, left), (unit.right, right)):
            assert 1 <= len(numbers) <= 3
            assert list(numbers) == list(range(numbers[0], numbers[-1] + 1))
            assert 0 <= numbers[0] <= numbers[-1] < count
        assert (len(unit.left), len(unit.right)) in SPANS


@hypothesis_settings(deadline=None, max_examples=30)
@given(st.integers(1, 9), st.integers(1, 9), SEEDS)
def test_units_are_well_formed_whatever_the_sides(m, n, seed):
    chooser = random.Random(seed)
    pool, vectors = [story_of(8, k) for k in range(6)], unit_vectors(6, 1)
    left, right = ([chooser.randrange(6) for _ in range(count)] for count in (m, n))
    headings = [chooser.random() < 0.7 for _ in left]
    sides = side([pool[k] for k in left], vectors[left], headings), side([pool[k] for k in right], vectors[right])
    found = units(*sides)
    check_units(found, m, n)
    for unit in found:
        assert len(unit.left) == 1 or all(headings[i] for i in unit.left)
    matched = {i for unit in found for i in unit.left}
    assert {i for i, k in enumerate(left) if k in right} <= matched


def test_beads_of_a_translation_cut_otherwise_have_odds():
    texts, vectors = [story_of(8, k) for k in range(8)], unit_vectors(8, 3)
    pairs = vectors.reshape(4, 2, 64).sum(axis=1) / np.sqrt(2)
    left, right = side(texts, vectors), side([" ".join(texts[k : k + 2]) for k in range(0, 8, 2)], pairs)
    found = units(left, replace(right, languages=np.full(4, "de")))
    assert [unit.left for unit in found] == [(0, 1), (2, 3), (4, 5), (6, 7)]
    assert all(unit.odds > 0 for unit in found)


def test_three_hundred_against_three_hundred():
    texts, vectors = [story_of(8, k) for k in range(300)], unit_vectors(300, 2)
    order = [*range(100, 200), *range(100), *range(200, 300)]
    found = units(side(texts, vectors), side([texts[k] for k in order], vectors[order]))
    check_units(found, 300, 300)
    assert {(unit.left, unit.right) for unit in found} == {((k,), (place,)) for place, k in enumerate(order)}


def test_the_order_of_pairs_and_rows_does_not_matter(traced):
    sides = traced.inputs["align"]
    some = sides.filter(pl.col("left_id").is_in(["ar-version"]))
    shuffled = some.sample(fraction=1.0, shuffle=True, seed=4)
    assert align(shuffled, SETTINGS).equals(align(some, SETTINGS))
    pairs = align(some, SETTINGS).select("left_id", "right_id").rows()
    assert pairs == sorted(pairs)
