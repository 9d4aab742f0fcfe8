"""Run folders: what is saved comes back, and nothing that is not a run is ever lost."""

from __future__ import annotations

import hashlib
import json
import shlex
from pathlib import Path

import polars as pl
import pytest
import runs
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from provtrace import store
from provtrace.errors import RunError, TableError
from provtrace.settings import VIEWS, Settings
from provtrace.stages.read import read
from provtrace.tables import SCHEMA_VERSION, TABLES


@pytest.fixture
def folder(tmp_path):
    store.save(runs.tables(), tmp_path / "run", Settings(min_probability=0.6))
    return tmp_path / "run"


def test_everything_saved_comes_back(folder):
    tables, settings = store.load(folder)
    assert settings == Settings(min_probability=0.6)
    assert tables.keys() == TABLES.keys()
    for name, frame in runs.tables().items():
        assert_frame_equal(tables[name], frame)


@given(
    st.builds(
        Settings,
        views=st.lists(st.sampled_from(VIEWS), min_size=1).map(tuple),
        encoder=st.text(),
        translator=st.none() | st.text(),
        bucket_cap=st.integers(1, (1 << 31) - 1),
        min_probability=st.floats(0.5, 1.0),
    )
)
def test_any_settings_come_back(tmp_path_factory, settings):
    folder = tmp_path_factory.mktemp("settings") / "run"
    store.save({name: pl.DataFrame(schema=schema) for name, schema in TABLES.items()}, folder, settings)
    assert store.load(folder)[1] == settings


def test_settings_that_can_not_be_are_told_of(tmp_path):
    store.save(runs.tables(), tmp_path / "run", Settings())
    about = tmp_path / "run" / "run.json"
    about.write_text(about.read_text(encoding="utf-8").replace("surface", "surfeit"), encoding="utf-8")
    with pytest.raises(RunError, match="surfeit"):
        store.load(tmp_path / "run")


def test_two_saves_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        store.save(runs.tables(), tmp_path / name, Settings())
    first, second = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert first == second
    assert len(first) == len(TABLES) + 1


def test_run_file_says_how_the_run_came_about(folder):
    about = json.loads((folder / "run.json").read_text())
    assert about["signature"] == Settings(min_probability=0.6).signature()
    assert about["counts"]["articles"] == 9
    assert about["settings"]["min_probability"] == 0.6


def test_a_later_run_replaces_the_earlier_and_keeps_what_is_not_part_of_it(folder):
    (folder / "report.html").write_text("of the earlier run")
    (folder / "notes").mkdir()
    (folder / "notes" / "mine.txt").write_text("keep me")
    shorter = {**runs.tables(), "rejects": pl.DataFrame(schema=TABLES["rejects"])}
    store.save(shorter, folder, Settings())
    assert store.load(folder)[0]["rejects"].is_empty()
    assert (folder / "notes" / "mine.txt").read_text() == "keep me"
    assert not (folder / "report.html").exists()
    assert [p.name for p in folder.parent.iterdir()] == ["run"]


@pytest.mark.parametrize("content", [None, "not json", '{"format": "other"}', "[" * 100_000, "[]"])
def test_what_is_not_a_run_is_never_overwritten(tmp_path, content):
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "chapter.txt").write_text("years of work")
    if content is not None:
        (folder / "run.json").write_text(content)
    with pytest.raises(RunError, match="not a provtrace run"):
        store.save(runs.tables(), folder, Settings())
    assert (folder / "chapter.txt").read_text() == "years of work"
    assert [p.name for p in tmp_path.iterdir()] == ["thesis"]


def test_a_file_in_the_place_of_the_folder_stays(tmp_path):
    (tmp_path / "run").write_text("a file")
    with pytest.raises(RunError, match="is a file"):
        store.save(runs.tables(), tmp_path / "run", Settings())
    assert (tmp_path / "run").read_text() == "a file"


def test_an_empty_folder_and_missing_parents_are_fine(tmp_path):
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "a" / "b" / "run"):
        store.save(runs.tables(), folder, Settings())
        assert store.load(folder)[1] == Settings()


@pytest.mark.parametrize("below", ["run", "deep/run"])
def test_a_place_below_a_file_is_refused_before_the_work(tmp_path, below):
    (tmp_path / "notes").write_text("keep")
    with pytest.raises(RunError, match="notes is a file"):
        store.check_target(tmp_path / "notes" / below)


@pytest.mark.parametrize("below", ["run", "deep/run"])
def test_a_place_that_may_not_be_written_is_refused_before_the_work(tmp_path, monkeypatch, below):
    monkeypatch.setattr(store.os, "access", lambda path, mode: path != tmp_path)
    with pytest.raises(RunError, match="no right to write"):
        store.check_target(tmp_path / below)


def test_the_root_is_no_place_for_a_run():
    with pytest.raises(RunError, match="not a provtrace run"):
        store.check_target("/")


def test_a_name_that_no_folder_can_have_is_refused_before_the_work(tmp_path):
    with pytest.raises(RunError, match="can't write"):
        store.check_target(tmp_path / ("x" * 5000))


def test_a_linked_folder_stays_a_link(folder, tmp_path):
    (tmp_path / "latest").symlink_to(folder)
    store.save(runs.tables(), tmp_path / "latest", Settings())
    assert (tmp_path / "latest").is_symlink()
    assert store.load(folder)[1] == Settings()


def test_a_crash_while_writing_leaves_the_earlier_run(folder, monkeypatch):
    def crash(*_args, **_kwargs):
        raise OSError("no space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", crash)
    with pytest.raises(RunError, match="no space left"):
        store.save(runs.tables(), folder, Settings())
    assert store.load(folder)[1] == Settings(min_probability=0.6)
    assert [p.name for p in folder.parent.iterdir()] == ["run"]


def test_a_failed_second_rename_puts_the_earlier_run_back(folder, monkeypatch):
    rename = Path.rename

    def fail(self, target):
        if self.suffix == ".part":
            raise OSError("refused")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(RunError, match="refused"):
        store.save(runs.tables(), folder, Settings())
    assert store.load(folder)[1] == Settings(min_probability=0.6)
    assert [p.name for p in folder.parent.iterdir()] == ["run"]


def test_a_cut_between_the_renames_is_found_and_explained(folder):
    folder.rename(folder.with_name(".run.0123abcd.old"))
    with pytest.raises(RunError, match=r"complete in .*\.run\.0123abcd\.old: rename that folder to run"):
        store.load(folder)


def test_a_missing_table_is_refused_before_anything_is_written(tmp_path):
    tables = runs.tables()
    del tables["origins"]
    with pytest.raises(TableError, match="origins"):
        store.save(tables, tmp_path / "run", Settings())
    assert list(tmp_path.iterdir()) == []


def _edit(folder, **changes):
    path = folder / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_missing_folder(tmp_path):
    with pytest.raises(RunError, match="there is no run folder"):
        store.load(tmp_path / "nowhere" / "run")


def test_folder_without_run_file(tmp_path):
    with pytest.raises(RunError, match=r"has no run\.json"):
        store.load(tmp_path)


def test_missing_table(folder):
    (folder / "origins.parquet").unlink()
    with pytest.raises(RunError, match=r"incomplete: origins\.parquet is missing"):
        store.load(folder)


@pytest.mark.parametrize("content", [b"", b"PAR1 nonsense PAR1"])
def test_damaged_table(folder, content):
    (folder / "origins.parquet").write_bytes(content)
    with pytest.raises(RunError, match=r"origins\.parquet can't be read"):
        store.load(folder)


def test_table_of_another_schema(folder):
    pl.DataFrame({"wrong": [1]}).write_parquet(folder / "origins.parquet")
    with pytest.raises(RunError, match="missing columns"):
        store.load(folder)


def test_table_with_rows_lost(folder):
    runs.tables()["articles"].head(2).write_parquet(folder / "articles.parquet")
    with pytest.raises(RunError, match=r"2 rows and run\.json says 9"):
        store.load(folder)


def test_other_schema_version(folder):
    _edit(folder, schema=99, version="9.0")
    with pytest.raises(
        RunError, match=r"run schema 99 \(provtrace '9\.0'\).*trace the articles again: provtrace trace"
    ):
        store.load(folder)


def test_a_run_of_an_older_version_says_how_to_trace_it_again(folder):
    older = runs.tables()["alignments"].drop("odds", "home", "flags")
    older.write_parquet(folder / "alignments.parquet")
    _edit(folder, schema=1)
    with pytest.raises(RunError, match=r"run schema 1 .* reads schema 2: trace the articles again: ") as caught:
        store.load(folder)
    command = shlex.split(str(caught.value).rpartition("again: provtrace trace ")[2])
    assert command == [str(folder / "articles.parquet"), "--out", str(folder)]
    articles, rejects = read(command[0])  # a run's own table is input like any other
    assert rejects.is_empty()
    assert_frame_equal(articles, runs.tables()["articles"])


def test_a_run_without_its_articles_needs_others(folder):
    (folder / "articles.parquet").write_bytes(b"")
    with pytest.raises(RunError, match=r"trace the articles again$"):
        store.load(folder)


def test_tables_change_with_the_schema_version():
    """Whoever changes a column raises `tables.SCHEMA_VERSION`, and writes here what it stands for."""
    columns = repr([(name, list(schema.items())) for name, schema in TABLES.items()])
    assert (SCHEMA_VERSION, hashlib.sha256(columns.encode()).hexdigest()[:16]) == (2, "a22d0eeffd004b76")


@pytest.mark.parametrize(
    "settings",
    [None, {}, {**Settings().__dict__, "extra": 1}, {**Settings().__dict__, "bucket_cap": "64"}],
    ids=["none", "empty", "unknown", "type"],
)
def test_other_settings(folder, settings):
    _edit(folder, settings=settings)
    with pytest.raises(RunError, match="trace the articles again"):
        store.load(folder)


@pytest.mark.parametrize("content", ["[" * 100_000, "{", " " * (2 << 20)])
def test_hostile_run_file(folder, content):
    (folder / "run.json").write_text(content)
    with pytest.raises(RunError, match="can't be read"):
        store.load(folder)
