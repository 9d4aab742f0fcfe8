"""Sentence pairs on their own."""

import numpy as np
import pytest

from provtrace.errors import InputError
from provtrace.scoring.pairs import pair_probability

SAID = "The ferry company cancelled forty crossings on Monday after two of its ships collided."
SPUN = "After a collision between two of its vessels, the ferry firm called off 40 sailings on Monday."
OTHER = "Voters in the valley rejected the new school tax by a narrow margin."


def test_a_copy_beats_a_paraphrase_and_a_paraphrase_beats_a_stranger():
    copy, paraphrase, stranger = pair_probability([SAID] * 3, [SAID, SPUN, OTHER])
    assert copy > 0.9 > paraphrase > 0.4
    assert stranger < 0.1


def test_sides_may_be_swapped_and_pairs_do_not_touch_one_another():
    left, right = [SAID, SPUN, OTHER], [SPUN, OTHER, SAID]
    found = pair_probability(left, right)
    assert np.allclose(found, pair_probability(right, left), atol=1e-6)
    assert found[1] == pair_probability([SPUN], [OTHER])[0]


def test_a_translation_is_likelier_than_another_sentence_of_that_language():
    german = "Die Reederei strich am Montag vierzig Überfahrten, nachdem zwei ihrer Schiffe zusammengestoßen waren."
    away = "Im Tal lehnten die Wähler die neue Schulsteuer mit knapper Mehrheit ab."
    same, other = pair_probability([SAID, SAID], [german, away], languages=("en", "de"))
    assert same > 0.5 > other


def test_lists_of_different_length_are_refused():
    with pytest.raises(InputError, match="as many"):
        pair_probability([SAID], [])
