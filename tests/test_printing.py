"""What a run and its parts look like in an interpreter, and what it says to questions that make no sense."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import runs
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from strategies import provenances

from provtrace.errors import InputError, UnknownName
from provtrace.results.provenance import Provenance
from provtrace.results.quoted import as_quotes
from provtrace.settings import Settings
from provtrace.tables import TABLES


@pytest.fixture(scope="module")
def provenance():
    return runs.provenance()


class TestForReading:
    """Everything prints on a few lines, without anything that steers a terminal."""

    def test_a_run_and_its_stories(self, provenance):
        assert str(provenance).splitlines() == [
            "<Provenance: 9 articles, 1 upstream, 5 derivations, 2 stories>",
            "  <Story 'S1': 5 articles, 1 upstream, 3 derivations>",
            "  <Story 'S2': 3 articles, 0 upstreams, 2 derivations>",
        ]
        first, *more = str(provenance.story("S2")).splitlines()
        assert first == "<Story 'S2': 3 articles, 0 upstreams, 2 derivations>"
        assert more[0] == "  <Derivation '011' from '010': copy 0.95, share 1.00, credited>"

    def test_edges_and_origins(self, provenance):
        edge = provenance.derivations(0.95)[0]
        assert str(edge).splitlines() == [repr(edge), "  'contained in 010'"]
        relation = provenance.story("S2").relations(0.95)[0]
        assert str(relation).splitlines() == [repr(relation), "  'contained in 010'"]
        origin = provenance.explain("001")[1]
        assert str(origin).splitlines() == [
            "<Origin of '001' [1]: near_verbatim 0.95 from 'U1' [1]>",
            "  'Officials counted forty passengers.'",
            "  from 'Officials counted forty passengers, Reuters reported.'",
            "  says differently: quote_drift",
        ]

    def test_a_run_of_nothing(self):
        empty = Provenance({name: pl.DataFrame(schema=schema) for name, schema in TABLES.items()}, Settings())
        assert str(empty) == "<Provenance: 0 articles, 0 upstreams, 0 derivations, 0 stories>"
        assert (empty.stories, empty.derivations(), empty.quotes.height, empty.audit().height) == ([], [], 0, 0)
        for ask in (empty.explain, empty.wire, empty.story, empty.quote):
            with pytest.raises(UnknownName, match="it has none at all"):
                ask("x")

    def test_of_much_only_the_first_lines(self, provenance):
        edges = pl.concat([provenance.tables["derivations"].head(1)] * 30)
        lines = str(runs.provenance(derivations=edges).story("S1")).splitlines()
        assert (len(lines), lines[-1]) == (22, "  ... and 10 more")

    @hypothesis_settings(max_examples=25)
    @given(provenances())
    def test_whatever_the_ids_and_texts_hold(self, provenance):
        things = [provenance, *provenance.derivations(), *as_quotes(provenance.quotes)]
        for story in provenance.stories:
            things += [*story.derivations(), *story.relations()]
        for thing in things:
            assert all(line.isprintable() for line in str(thing).split("\n"))


class TestWrongQuestions:
    @pytest.mark.parametrize("least", [2, -0.1, float("nan"), "0.5", None, True])
    def test_a_least_probability_that_is_none(self, provenance, least):
        story = provenance.stories[0]
        for ask in (provenance.derivations, provenance.passages, story.derivations, story.relations):
            with pytest.raises(InputError, match="a number from 0 to 1"):
                ask(least)

    @pytest.mark.parametrize("name", [1, None, ["000"], b"000"])
    def test_a_name_that_is_no_text(self, provenance, name):
        with pytest.raises(UnknownName, match="texts, such as '000'"):
            provenance.explain(name)
        with pytest.raises(UnknownName, match="texts, such as 'agency'"):
            provenance.audit(name)

    def test_numpy_numbers_are_numbers(self, provenance):
        assert provenance.derivations(np.float32(0.95)) == provenance.derivations(0.95)
        assert len(provenance.derivations(np.int64(0))) == 5
