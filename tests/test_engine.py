"""The local engine: chunks that keep groups whole, joins made late, tables on disk, workers that end."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from strategies import rows

from provtrace.engines.local import LocalEngine
from provtrace.engines.protocol import Stage
from provtrace.errors import RunError
from provtrace.settings import Settings
from provtrace.tables import canonical, conform

COUNTED = pl.Schema({"key": pl.String, "rows": pl.Int64})
FRAMES = st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 9)), max_size=30).map(
    lambda listed: pl.DataFrame(listed, schema={"key": pl.String, "value": pl.Int64}, orient="row")
)
MEMORIES = st.sampled_from([50, 300, 1 << 28])  # every table on disk, some, none
SETTINGS = Settings()


def count(frame, settings):
    """A row for each group that a chunk holds: a group that was cut gets two."""
    return conform(frame.group_by("key").agg(rows=pl.len()), COUNTED)


def slow(frame, settings):
    """So much work that an interrupt comes in the middle of it."""
    time.sleep(0.05)
    return frame


COUNT = Stage(count, COUNTED, ("key",))


@hypothesis_settings(max_examples=30)
@given(FRAMES, st.integers(1, 12), MEMORIES)
def test_groups_are_never_cut(frame, size, memory):
    with LocalEngine(chunk=size, memory=memory).running() as engine:
        assert rows(engine.gather(engine.map(COUNT, engine.read(frame), SETTINGS))) == rows(count(frame, SETTINGS))


@hypothesis_settings(max_examples=30)
@given(FRAMES, st.integers(1, 12), st.sampled_from([(), ("key",), None]), MEMORIES)
def test_chunks_hold_every_row_once_and_as_few_as_asked(frame, size, keys, memory):
    seen = []

    def keep(chunk, settings):
        seen.append(chunk)
        return chunk

    with LocalEngine(chunk=size, memory=memory).running() as engine:
        result = engine.map(Stage(keep, frame.schema, keys), engine.read(frame), SETTINGS)
        assert rows(engine.gather(result)) == rows(frame)
    largest = frame["key"].value_counts()["count"].max() or 0
    most = {(): size, ("key",): size - 1 + largest, None: len(frame)}[keys]
    assert all(0 < len(chunk) <= most for chunk in seen)


def test_a_fan_makes_the_chunks_smaller_or_larger():
    frame = pl.DataFrame({"key": list("abcdef")})
    sizes = []

    def keep(chunk, settings):
        sizes.append(len(chunk))
        return chunk

    LocalEngine(chunk=6).map(Stage(keep, frame.schema, (), fan=3), frame, SETTINGS)
    LocalEngine(chunk=2).map(Stage(keep, frame.schema, (), fan=0.5), frame, SETTINGS)
    assert sizes == [2, 2, 2, 4, 2]


def test_a_stage_is_not_run_on_nothing_and_its_schema_stands():
    def fail(chunk, settings):
        raise AssertionError("run on nothing")

    result = LocalEngine().map(Stage(fail, COUNTED, ("key",)), pl.DataFrame(schema={"key": pl.String}), SETTINGS)
    assert_frame_equal(LocalEngine().gather(result), COUNTED.to_frame())


@hypothesis_settings(max_examples=30)
@given(FRAMES, FRAMES, FRAMES, st.integers(1, 5), st.sampled_from(["inner", "left"]), MEMORIES)
def test_joins_made_for_a_chunk_equal_joins_of_the_whole(one, two, three, size, how, memory):
    """Joins nested on either side, cut into chunks, against polars all at once."""
    two, three = two.rename({"value": "other"}), three.rename({"value": "third", "key": "name"})
    named = two.with_columns(name=pl.col("key"))
    with LocalEngine(chunk=size, memory=memory).running() as engine:
        first, second, last = (engine.read(frame) for frame in (one, named, three))
        late = engine.join(first, engine.join(second, last, ["name"], how), ["key"], how)
        check_join(engine, late, one.join(named.join(three, on="name", how=how), on="key", how=how))
        chained = engine.join(engine.join(first, second, ["key"], how), last, ["name"], how)
        check_join(engine, chained, one.join(named, on="key", how=how).join(three, on="name", how=how))


def check_join(engine, late, eager):
    assert rows(engine.gather(late)) == rows(eager)
    assert rows(engine.gather(engine.union(late, late))) == sorted(2 * rows(eager))
    assert rows(engine.gather(engine.select(late, key="key"))) == rows(eager.select("key").unique())
    seen = Stage(lambda chunk, settings: chunk, eager.schema, ("key",))
    assert rows(engine.gather(engine.map(seen, late, SETTINGS))) == rows(eager)


@hypothesis_settings(max_examples=30)
@given(FRAMES, MEMORIES)
def test_union_select_and_gather(frame, memory):
    with LocalEngine(memory=memory).running() as engine:
        table = engine.read(frame)
        assert_frame_equal(engine.gather(table), canonical(frame))
        assert rows(engine.gather(engine.union(table, table))) == sorted(2 * rows(frame))
        doubled = engine.select(table, key="key", twice=pl.col("value") * 2, listed=pl.concat_list("value"))
        assert rows(engine.gather(doubled)) == sorted({repr((key, 2 * value, [value])) for key, value in frame.rows()})


def test_progress_counts_the_rows():
    calls = []
    engine = LocalEngine(chunk=2, progress=lambda *call: calls.append(call))
    engine.map(COUNT, pl.DataFrame({"key": list("abcde")}), SETTINGS)
    assert calls == [("count", 2, 5), ("count", 4, 5), ("count", 5, 5)]


# --- what leaves memory and what leaves the process -------------------------------------------------


def test_a_table_beyond_its_share_of_memory_lies_in_a_private_folder_until_the_run_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    frame = pl.DataFrame({"key": [str(number) for number in range(10_000)]})
    with LocalEngine(chunk=100, memory=40_000).running() as engine:
        table = engine.map(COUNT, engine.read(frame), SETTINGS)
        (folder,) = tmp_path.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert len(table) == 10_000
        assert max(file.stat().st_size for file in folder.iterdir()) < 40_000
    assert not list(tmp_path.iterdir())


def test_small_tables_never_touch_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with LocalEngine(chunk=1).running() as engine:
        assert len(engine.gather(engine.map(COUNT, engine.read(pl.DataFrame({"key": list("abc")})), SETTINGS))) == 3


def test_a_disk_that_takes_nothing_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with LocalEngine(memory=1).running() as engine, pytest.raises(RunError, match="TMPDIR"):
        engine.read(pl.DataFrame({"key": ["abc"]}))


GROWTH = """
import resource, sys
import polars as pl
from provtrace.engines.local import LocalEngine
from provtrace.engines.protocol import Stage
from provtrace.settings import Settings

def written(frame, settings):  # much text
    return frame.with_columns(text="text of " + (pl.col("key") + " ").repeat_by(200).list.join(""))

def picked(frame, settings):  # of which little stays
    return frame.filter(pl.col("key").str.ends_with("00"))

rows = int(sys.argv[1])
keys = pl.DataFrame({"key": pl.int_range(rows, eager=True).cast(pl.String).str.zfill(7)})
schema = pl.Schema({"key": pl.String, "text": pl.String})
with LocalEngine(chunk=2000, memory=1 << 24).running() as engine:
    texts = engine.map(Stage(written, schema), engine.read(keys), Settings())
    left = engine.map(Stage(picked, schema, ("key",)), texts, Settings())
    assert len(left) == rows // 100
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="asks the system how much memory was used")
def test_memory_does_not_grow_with_the_tables():
    """80 MB of text and 320 MB, on disk by 16 MB."""
    peaks = []
    for rows_ in ("50000", "200000"):
        command = [sys.executable, "-c", GROWTH, rows_]
        peaks.append(int(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    assert peaks[1] - peaks[0] < 100_000, "kilobytes"


INTERRUPTED = """
import polars as pl
from provtrace.engines.local import LocalEngine
from provtrace.engines.protocol import Stage
from test_engine import SETTINGS, slow

if __name__ == "__main__":
    frame = pl.DataFrame({"key": [str(number) for number in range(1000)]})
    progress = lambda *call: print(call, flush=True)
    with LocalEngine(processes=2, chunk=1, memory=2000, progress=progress).running() as engine:
        engine.map(Stage(slow, frame.schema), engine.read(frame), SETTINGS)
"""


def is_alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal to a group of processes")
def test_an_interrupt_ends_the_workers_and_leaves_no_file(tmp_path):
    """As Ctrl-C in a terminal does: to all processes at once, in the middle of the work."""
    script, folder = tmp_path / "interrupted.py", tmp_path / "files"
    script.write_text(INTERRUPTED, encoding="utf-8")
    folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(Path(__file__).parent)},
        start_new_session=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    assert list(folder.iterdir())
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "KeyboardInterrupt" in said
    assert "Broken" not in said
    assert not list(folder.iterdir())
    for _ in range(600):  # what multiprocessing itself left behind ends a little later
        if not is_alive(process.pid):
            break
        time.sleep(0.05)
    assert not is_alive(process.pid)


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
