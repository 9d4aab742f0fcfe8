"""The front door: what it refuses, and what it does not do for nothing."""

import tempfile

import pytest

import provtrace as pt
from provtrace import pipeline
from provtrace.engines.local import LocalEngine

SHARED = "The harbour board closed the northern lock on Friday after divers found cracks in both of its gates."
TWINS = [{"id": name, "text": f"{SHARED} Repairs will take {weeks} weeks."} for name, weeks in (("a", 3), ("b", 4))]


@pytest.mark.parametrize("wrong", [None, [1], ["a", None]])
def test_what_is_no_text_is_refused_with_a_word(wrong):
    with pytest.raises(pt.InputError, match="string"):
        pt.align(wrong, SHARED)
    with pytest.raises(pt.InputError, match="string"):
        pt.signatures(wrong if wrong is not None else [None])


def test_one_string_is_no_list_of_texts():
    with pytest.raises(pt.InputError, match="list"):
        pt.signatures("abc")


def test_candidates_of_wording_alone_encode_nothing(monkeypatch):
    def refuse(*_):
        raise AssertionError("encoded for nothing")

    monkeypatch.setattr(pipeline, "_encoded", refuse)
    pairs = pt.candidates(TWINS, settings=pt.Settings(views=("surface",)))
    assert pairs.select("left_id", "right_id").rows() == [("a", "b")]


def test_two_credits_of_one_agency_pair_nobody_with_himself():
    story = (
        "LONDON (Reuters) - The harbour board closed the northern lock on Friday. Repairs take three weeks. (Reuters)"
    )
    articles = [{"id": name, "text": story, "published": "2024-03-01"} for name in ("a", "b")]
    settings = pt.Settings(views=("credit",))
    for chunk in (1, 20_000):
        pairs = pt.candidates(articles, settings=settings, engine=LocalEngine(chunk=chunk))
        assert pairs.select("left_id", "right_id").rows() == [("a", "b")]


def test_align_leaves_nothing_on_the_disk(monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(LocalEngine.__init__, "__kwdefaults__", {**LocalEngine.__init__.__kwdefaults__, "memory": 1})
    units = pt.align(f"{SHARED} It rained.", [SHARED, "It rained."])
    assert units["kind"][0] == "verbatim"
    assert not list(tmp_path.iterdir())
