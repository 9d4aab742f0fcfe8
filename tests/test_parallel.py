"""Parallel texts: the chain of m:n beads, and translations from one end of `align` to the other."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from strategies import story_of

import provtrace as pt
from provtrace.scoring import coverage, parallel, similarity
from provtrace.scoring.encode import density_column, load_encoder
from provtrace.scoring.similarity import Side

# --- made-up texts ----------------------------------------------------------------------------------


def cut(sentences, vectors, sizes, language):
    """A text that says the sentences in order, so many at a time, with the vectors that such runs would have."""
    starts = np.cumsum([0, *sizes])
    texts = [" ".join(sentences[a:b]) for a, b in pairwise(starts.tolist())]
    joined = np.stack([vectors[a:b].sum(axis=0) for a, b in pairwise(starts.tolist())])
    return Side(
        vectors=(joined / np.linalg.norm(joined, axis=1, keepdims=True)).astype(np.float32),
        densities=np.zeros((len(texts), len(load_encoder("use").languages) + 1), np.float32),
        texts=texts,
        columns=np.full(len(texts), density_column(language)),
        known=np.ones(len(texts), np.bool_),
        joinable=np.ones(len(texts), np.bool_),
        weights=np.array(sizes, np.float32),
        languages=np.full(len(texts), language),
    )


def material(count, seed=3):
    vectors = np.random.default_rng(seed).standard_normal((count, 64))
    return [story_of(8, number) for number in range(count)], vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def chain(left, right, edges=None):
    """Sentences of the beads of two sides; a run's vector is the sum of its members'."""
    rarity = similarity.rarity(left.incidence(), right.incidence())
    found = parallel.beads(left, right, runs(left, rarity), runs(right, rarity), edges)
    return [(tuple(range(i, i + a)), tuple(range(j, j + b))) for (a, b), i, j in found]


def runs(side, rarity):
    table = {}
    for size in range(1, min(parallel.LONGEST, len(side)) + 1):
        places = [slice(start, start + size) for start in range(len(side) - size + 1)]
        sums = np.stack([(side.vectors[place] * side.weights[place, None]).sum(axis=0) for place in places])
        grams = np.stack([side.incidence()[place].max(axis=0) for place in places])
        vectors = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        table[size] = Side(**{**vars(side), "vectors": vectors}), similarity.weighted(grams, rarity)
    return table


def groups(left, right):
    """Beads of two cuts of the same sentences: smallest runs that end at the same place."""
    ends = sorted({*np.cumsum(left).tolist()} & {*np.cumsum(right).tolist()})
    beads, before = [], 0
    for end in ends:
        beads.append(tuple(tuple(np.flatnonzero(within(sizes, before, end)).tolist()) for sizes in (left, right)))
        before = end
    return beads


def within(sizes, start, end):
    ends = np.cumsum(sizes)
    return (ends > start) & (ends <= end)


@hypothesis_settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from([(1, 1), (1, 1), (1, 1), (2, 1), (1, 2), (3, 1), (1, 4)]), min_size=6, max_size=20))
def test_runs_that_say_the_same_are_found(shapes):
    left = [size for a, b in shapes for size in ([b] if a == 1 else [1] * a)]
    right = [size for a, b in shapes for size in ([a] if b == 1 else [1] * b)]
    sentences, vectors = material(sum(left))
    sides = cut(sentences, vectors, left, "de"), cut(sentences, vectors, right, "fr")
    assert chain(*sides) == groups(left, right)


def test_what_has_no_counterpart_is_left_out():
    sentences, vectors = material(12)
    text = cut(sentences, vectors, [1] * 12, "de")
    kept = [0, 1, 2, 5, 6, 7, 8, 11]
    part = Side(
        **{name: value[kept] for name, value in vars(text).items() if name != "texts"},
        texts=[sentences[k] for k in kept],
    )
    assert chain(text, part) == [((number,), (place,)) for place, number in enumerate(kept)]


def test_what_adds_nothing_at_the_edge_of_a_run_is_left_out():
    sentences, vectors = material(9)
    scrap = vectors[4] + 0.3 * vectors[8]  # a scrap whose vector is that of the sentence before it, nearly
    texts = [*sentences[:5], "- 12 -", *sentences[5:8]]
    left = cut(sentences[:8], vectors[:8], [1] * 8, "de")
    right = cut(texts, np.stack([*vectors[:5], scrap / np.linalg.norm(scrap), *vectors[5:8]]), [1] * 9, "fr")
    sides = [
        coverage.token_side([(np.array([number]), row[None]) for number, row in enumerate(rows.astype(np.float32))])
        for rows in (vectors[:8], np.stack([*vectors[:5], vectors[8], *vectors[5:8]]))
    ]
    edges = coverage.edges(*sides, chain=[((1, 1), i, i) for i in range(8)], longest=parallel.LONGEST)
    assert ((4,), (4, 5)) in chain(left, right)
    assert chain(left, right, edges) == [((i,), (i + (i > 4),)) for i in range(8)]


@pytest.mark.parametrize(("place", "joined"), [(2, True), (3, False)])
def test_a_heading_is_only_joined_with_what_follows_it(place, joined):
    sentences, vectors = material(8)
    whole, split = cut(sentences, vectors, [1, 1, 2, 1, 1, 2], "de"), cut(sentences, vectors, [1] * 8, "fr")
    headed = Side(**{**vars(split), "joinable": np.arange(8) != place})
    assert ((2,), (2, 3)) in chain(whole, split)
    assert (((2,), (2, 3)) in chain(whole, headed)) == joined


@pytest.mark.parametrize(("m", "n"), [(1, 1), (1, 6), (6, 1), (2, 3)])
def test_few_sentences(m, n):
    sentences, vectors = material(max(m, n))
    for left, right in chain(cut(sentences, vectors, [1] * m, "de"), cut(sentences, vectors, [1] * n, "fr")):
        assert 0 <= left[0] <= left[-1] < m
        assert 0 <= right[0] <= right[-1] < n


# --- the agreement of numbers -----------------------------------------------------------------------


@given(*[st.lists(st.frozensets(st.sampled_from(["1", "2", "1954"])), min_size=1, max_size=4)] * 2)
def test_the_agreement_of_numbers_equals_the_oracle(left, right):
    names = ["1", "1954", "2"]
    tables = (np.array([[name in found for name in names] for found in side], np.float32) for side in (left, right))
    expected = [[similarity.agreement(a, b) for b in right] for a in left]
    assert parallel._agreement(*tables) == pytest.approx(np.array(expected))


# --- a translation ----------------------------------------------------------------------------------

GERMAN = [
    "Am Dienstag, dem 4. März, hat das Hafenamt in Malverin die nördliche Schleuse geschlossen.",
    "Ein Frachtschiff mit 900 Tonnen Kohle hatte am frühen Morgen das Tor der Schleuse gerammt.",
    "Niemand wurde verletzt.",
    "Das sagte der Schleusenwärter Anton Brehm, der seit 31 Jahren im Hafen arbeitet.",
    "Vierzig Schiffe warteten am Abend vor der Schleuse, und die Bäcker am Kai verkauften mehr Brot als sonst.",
    "Die Reparatur wird nach Angaben der Ingenieure neun Tage dauern und zwei Millionen Euro kosten.",
    "Die Schleuse wurde im Jahr 1912 gebaut.",
    "Nach dem Hochwasser von 1954 wurde sie erweitert.",
    "Der Bürgermeister von Malverin will am Freitag den Hafen besuchen.",
]
FRENCH = [
    "Le mardi 4 mars, les autorités portuaires de Malverin ont fermé l'écluse nord.",
    "Un cargo chargé de 900 tonnes de charbon avait heurté la porte de l'écluse tôt le matin.",
    "Personne n'a été blessé, a déclaré l'éclusier Anton Brehm, qui travaille au port depuis 31 ans.",
    "Quarante bateaux attendaient le soir devant l'écluse.",
    "Les boulangers du quai ont vendu plus de pain que d'habitude.",
    "Selon les ingénieurs, la réparation durera neuf jours et coûtera deux millions d'euros.",
    "L'écluse a été construite en 1912 et agrandie après l'inondation de 1954.",
    "Le maire de Malverin veut visiter le port vendredi.",
]


def test_a_translation_that_was_cut_otherwise():
    frame = pt.align(GERMAN, FRENCH)
    found = set(zip(map(tuple, frame["left_sentences"]), map(tuple, frame["right_sentences"]), strict=True))
    beads = {((0,), (0,)), ((1,), (1,)), ((2, 3), (2,)), ((4,), (3, 4)), ((5,), (5,)), ((6, 7), (6,)), ((8,), (7,))}
    assert found == beads
    assert set(frame["kind"]) == {"translation"}
