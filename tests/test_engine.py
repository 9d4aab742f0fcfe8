"""The local engine: chunks that keep groups whole, joins made late, workers that end."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from strategies import rows

from provtrace.engines.local import LocalEngine
from provtrace.engines.protocol import Stage
from provtrace.settings import Settings
from provtrace.tables import canonical, conform

COUNTED = pl.Schema({"key": pl.String, "rows": pl.Int64})
FRAMES = st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 9)), max_size=30).map(
    lambda listed: pl.DataFrame(listed, schema={"key": pl.String, "value": pl.Int64}, orient="row")
)
SETTINGS = Settings()


def count(frame, settings):
    """A row for each group that a chunk holds: a group that was cut gets two."""
    return conform(frame.group_by("key").agg(rows=pl.len()), COUNTED)


COUNT = Stage(count, COUNTED, ("key",))


@hypothesis_settings(deadline=None)
@given(FRAMES, st.integers(1, 12))
def test_groups_are_never_cut(frame, size):
    engine = LocalEngine(chunk=size)
    assert rows(engine.gather(engine.map(COUNT, frame, SETTINGS))) == rows(count(frame, SETTINGS))


@hypothesis_settings(deadline=None)
@given(FRAMES, st.integers(1, 12), st.sampled_from([(), ("key",), None]))
def test_chunks_hold_every_row_once_and_as_few_as_asked(frame, size, keys):
    seen = []

    def keep(chunk, settings):
        seen.append(chunk)
        return chunk

    engine = LocalEngine(chunk=size)
    result = engine.map(Stage(keep, frame.schema, keys), frame, SETTINGS)
    assert rows(result) == rows(frame)
    largest = frame["key"].value_counts()["count"].max() or 0
    most = {(): size, ("key",): size - 1 + largest, None: len(frame)}[keys]
    assert all(0 < len(chunk) <= most for chunk in seen)


def test_a_fan_makes_the_chunks_smaller():
    frame = pl.DataFrame({"key": list("abcdef")})
    sizes = []

    def keep(chunk, settings):
        sizes.append(len(chunk))
        return chunk

    LocalEngine(chunk=6).map(Stage(keep, frame.schema, (), fan=3), frame, SETTINGS)
    assert sizes == [2, 2, 2]


def test_a_stage_is_not_run_on_nothing_and_its_schema_stands():
    def fail(chunk, settings):
        raise AssertionError("run on nothing")

    result = LocalEngine().map(Stage(fail, COUNTED, ("key",)), pl.DataFrame(schema={"key": pl.String}), SETTINGS)
    assert_frame_equal(LocalEngine().gather(result), COUNTED.to_frame())


@hypothesis_settings(deadline=None, max_examples=50)
@given(FRAMES, FRAMES, FRAMES, st.integers(1, 5), st.sampled_from(["inner", "left"]))
def test_joins_made_for_a_chunk_equal_joins_of_the_whole(one, two, three, size, how):
    """Joins nested on either side, cut into chunks, against polars all at once."""
    two, three = two.rename({"value": "other"}), three.rename({"value": "third", "key": "name"})
    named = two.with_columns(name=pl.col("key"))
    engine = LocalEngine(chunk=size)
    late = engine.join(one, engine.join(named, three, ["name"], how), ["key"], how)
    eager = one.join(named.join(three, on="name", how=how), on="key", how=how)
    assert rows(engine.gather(late)) == rows(eager)

    seen = Stage(lambda chunk, settings: chunk, eager.schema, ("key",))
    assert rows(engine.gather(engine.map(seen, late, SETTINGS))) == rows(eager)
    chained = engine.join(engine.join(one, named, ["key"], how), three, ["name"], how)
    eager = one.join(named, on="key", how=how).join(three, on="name", how=how)
    seen = Stage(lambda chunk, settings: chunk, eager.schema, ("key",))
    assert rows(engine.gather(engine.map(seen, chained, SETTINGS))) == rows(eager)


@hypothesis_settings(deadline=None)
@given(FRAMES)
def test_union_select_and_gather(frame):
    engine = LocalEngine()
    table = engine.read(frame)
    assert_frame_equal(engine.gather(table), canonical(frame))
    assert rows(engine.gather(engine.union(table, table))) == sorted(2 * rows(frame))
    doubled = engine.select(table, key="key", twice=pl.col("value") * 2)
    assert rows(engine.gather(doubled)) == sorted(repr((key, 2 * value)) for key, value in set(frame.rows()))


def test_progress_counts_the_chunks():
    calls = []
    engine = LocalEngine(chunk=2, progress=lambda *call: calls.append(call))
    engine.map(COUNT, pl.DataFrame({"key": list("abcde")}), SETTINGS)
    assert calls == [("count", 1, 3), ("count", 2, 3), ("count", 3, 3)]


def test_an_engine_works_on_after_a_run_that_failed():
    engine = LocalEngine(processes=2, chunk=1)
    with pytest.raises(KeyError), engine.running():
        raise KeyError
    assert len(engine.gather(engine.map(COUNT, pl.DataFrame({"key": list("abc")}), SETTINGS))) == 3


def test_one_process_needs_no_workers():
    engine = LocalEngine(chunk=1)
    with engine.running() as same:
        assert same is engine
        assert len(engine.map(COUNT, pl.DataFrame({"key": list("abc")}), SETTINGS)) == 3
