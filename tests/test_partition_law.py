"""The law that lets any engine cut the work: a stage on a whole table equals the union of the stage on its parts."""

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from strategies import SEEDS, bands, parts, rows

from provtrace.engines.local import run_single
from provtrace.pipeline import COLLIDE, PAIR, PAIRING, STAGES, TALLY
from provtrace.settings import Settings
from provtrace.tables import VOTES

CUT = [stage for stage in STAGES if stage.keys is not None]
SETTINGS = Settings()


def bag(frame):
    """The rows, as `strategies.rows`; votes added up, for that is what a table of them stands for."""
    if frame.schema == VOTES:
        frame = frame.group_by(pl.exclude("weight")).agg(pl.col("weight").sum())
    return rows(frame)


def union(stage, pieces, settings=SETTINGS):
    return pl.concat([run_single(stage, piece, settings) for piece in pieces]) if pieces else stage.writes.to_frame()


@pytest.mark.parametrize("stage", CUT, ids=lambda stage: stage.name)
def test_parts_add_up_to_the_whole(traced, stage):
    """On what each stage is given in a run of the example corpus, rows in any order, to the last bit."""
    pieces = parts(traced.inputs[stage.name], list(stage.keys), count=4, seed=7)
    assert len(pieces) > 1
    assert bag(union(stage, pieces)) == bag(traced.outputs[stage.name])


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_nothing_comes_of_nothing(traced, stage):
    result = stage.run(traced.inputs[stage.name].clear(), SETTINGS)
    assert result.is_empty()
    assert result.schema == stage.writes


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_stages_write_what_they_say(traced, stage):
    assert traced.outputs[stage.name].schema == stage.writes
    assert len(traced.outputs[stage.name]) > 0


def test_every_stage_of_the_pipeline_was_seen(traced):
    assert set(traced.inputs) == {stage.name for stage in STAGES}
    assert len({stage.name for stage in STAGES}) == len(STAGES)


@hypothesis_settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(bands(), st.integers(1, 4), SEEDS, st.integers(1, 3))
def test_candidates_by_any_split_of_any_bands(frame, count, seed, cap):
    settings = Settings(bucket_cap=cap)
    votes = COLLIDE.run(frame, settings)
    assert bag(union(COLLIDE, parts(frame, ["kind", "bucket"], count, seed), settings)) == bag(votes)
    scores = TALLY.run(votes, settings)
    assert rows(union(TALLY, parts(votes, PAIR, count, seed), settings)) == rows(scores)
    assert rows(union(PAIRING, parts(scores, PAIR, count, seed), settings)) == rows(PAIRING.run(scores, settings))
