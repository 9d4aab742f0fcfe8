"""Clusters of near-duplicates against a slow plain version, against datasketch's LSH, and on awkward corpora."""

import numpy as np
import pytest
from datasketch import MinHashLSH
from hypothesis import given
from hypothesis import strategies as st
from strategies import story_of

from provtrace import clusters, from_datasketch, jaccard, signatures, to_datasketch
from provtrace.errors import InputError


def related(count, seed):
    """Texts of some families, each text with some words of its family's story changed."""
    chooser = np.random.default_rng(seed)
    texts = []
    for number in range(count):
        words = story_of(120, int(chooser.integers(0, max(count // 4, 1)))).split()
        for place in chooser.integers(0, 120, chooser.integers(0, 12)):
            words[place] = f"w{number}x{place}"
        texts.append(" ".join(words))
    return texts


def plain_clusters(made, threshold):
    labels = list(range(len(made)))
    for one in range(len(made)):
        for other in range(one):
            if jaccard(made[one], made[other]) >= threshold:
                low, high = sorted((labels[one], labels[other]))
                labels = [low if label == high else label for label in labels]
    return labels


@given(st.integers(0, 40), st.integers(0, 10_000), st.sampled_from([0.3, 0.5, 0.7, 0.9, 1.0]))
def test_clusters_equal_the_oracle(count, seed, threshold):
    made = signatures(related(count, seed))
    found = clusters(made, threshold)
    expected = np.array(plain_clusters(made, threshold), np.int64)
    # A pair right at the threshold may share no band, with a chance of one in a hundred: never more is joined.
    assert all(expected[place] == expected[label] for place, label in enumerate(found))
    assert len(np.unique(found)) - len(np.unique(expected)) <= 1


def test_a_label_is_the_number_of_the_first_text():
    copies = [story_of(60, 1), story_of(60, 2), story_of(60, 1), "", "", story_of(60, 2), "!"]
    assert clusters(signatures(copies)).tolist() == [0, 1, 0, 3, 4, 1, 6]
    assert clusters(signatures([])).tolist() == []


def test_a_thousand_copies_are_one_cluster_and_the_order_does_not_matter():
    texts = [story_of(80, 7)] * 1000 + [story_of(80, seed) for seed in range(100, 200)]
    order = np.random.default_rng(3).permutation(len(texts))
    found = clusters(signatures([texts[place] for place in order]))
    assert len(np.unique(found)) == 101
    assert len(set(found[order < 1000].tolist())) == 1


def test_chains_join_what_is_alike_by_way_of_others():
    words = story_of(100, 5).split()
    chain = []
    for step in range(12):
        words[step * 8] = f"new{step}"
        chain.append(" ".join(words))
    made = signatures(chain)
    assert jaccard(made[0], made[11]) < 0.7
    assert set(clusters(made, 0.8).tolist()) == {0}


def test_pairs_that_datasketch_finds_are_in_one_cluster():
    made = signatures(related(200, 11))
    index = MinHashLSH(threshold=0.7, num_perm=128)
    sketches = to_datasketch(made)
    for number, sketch in enumerate(sketches):
        index.insert(number, sketch)
    found = clusters(made, 0.7)
    pairs = [(one, other) for one in range(200) for other in index.query(sketches[one]) if one < other]
    similar = [(one, other) for one, other in pairs if jaccard(made[one], made[other]) >= 0.7]
    assert len(similar) > 30
    assert all(found[one] == found[other] for one, other in similar)


@pytest.mark.parametrize("wrong", [np.zeros((2, 64), np.int32), np.zeros(128, np.int32), np.zeros((2, 128))])
def test_what_are_no_signatures_is_refused(wrong):
    with pytest.raises(InputError, match="signatures"):
        clusters(wrong)


@pytest.mark.parametrize("threshold", [0.0, 0.01, 1.2, float("nan")])
def test_a_threshold_out_of_range_is_refused(threshold):
    with pytest.raises(InputError, match="threshold"):
        clusters(signatures(["word"]), threshold)


# --- datasketch -------------------------------------------------------------------------------------


def test_signatures_survive_the_way_to_datasketch_and_back():
    made = signatures([*related(20, 2), "", "word"])
    there = to_datasketch(made)
    assert np.array_equal(from_datasketch(there), made)
    assert [sketch.is_empty() for sketch in there] == [False] * 20 + [True, False]
    assert [there[0].jaccard(sketch) for sketch in there[:20]] == [jaccard(made[0], row) for row in made[:20]]
    assert to_datasketch(signatures([])) == []


@pytest.mark.parametrize("scheme", ["affine32", "affine64", "legacy"])
def test_signatures_that_datasketch_made_compare_here_as_there(scheme):
    from datasketch import MinHash

    theirs = [MinHash(scheme=scheme) for _ in range(4)]
    for sketch, words in zip(theirs, ("abcdefgh", "abcdefgx", "qrst", ""), strict=True):
        for word in words:
            sketch.update(word.encode())
    ours = from_datasketch(theirs)
    assert jaccard(ours[0], ours[1]) == theirs[0].jaccard(theirs[1])
    assert jaccard(ours[0], ours[2]) == theirs[0].jaccard(theirs[2])
    assert (ours[3] == -1).all()
    assert from_datasketch([]).shape == (0, 0)


def test_what_would_not_compare_is_refused():
    from datasketch import MinHash

    with pytest.raises(InputError, match="differ"):
        from_datasketch([MinHash(seed=1), MinHash(seed=2)])
    with pytest.raises(InputError, match="int32"):
        to_datasketch(np.zeros((2, 128)))
