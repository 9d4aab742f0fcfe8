"""Paths, folders, globs and links to files."""

import json
import os
import subprocess

import pytest

from provtrace.errors import InputError
from provtrace.stages.read import read


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    (tmp_path / "a.txt").write_text("text a")
    (tmp_path / "deep" / "b.txt").write_text("text b")
    (tmp_path / "deep" / "deeper" / "c.jsonl").write_text(json.dumps({"id": "c", "text": "text c"}))
    (tmp_path / ".hidden.txt").write_text("hidden")
    (tmp_path / "notes.xyz").write_text("notes")
    return tmp_path


def test_a_folder_is_read_with_all_below_it(folder):
    articles, rejects = read(folder)
    assert articles["article_id"].to_list() == ["a", "b", "c"]
    assert rejects["source"].to_list() == [str(folder / "notes.xyz")]
    assert rejects["reason"].item().startswith("unsupported file type")


@pytest.mark.parametrize(
    ("pattern", "ids"),
    [("*.txt", ["a"]), ("**/*.txt", ["a", "b"]), ("*/b.*", ["b"]), ("deep*", ["b", "c"]), ("[a].txt", ["a"])],
)
def test_globs(folder, pattern, ids):
    assert read(str(folder / pattern))[0]["article_id"].to_list() == ids


def test_a_relative_glob(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert read("deep/*.txt")[0]["article_id"].to_list() == ["b"]


def test_a_name_with_wildcards_that_exists_is_no_pattern(folder):
    (folder / "[x].txt").write_text("text x")
    assert read(str(folder / "[x].txt"))[0]["article_id"].to_list() == ["[x]"]


def test_a_file_named_twice_is_read_once(folder):
    articles, rejects = read([folder / "a.txt", str(folder / "a.txt"), str(folder / "*.txt")])
    assert (articles.height, rejects.height) == (1, 0)


@pytest.mark.parametrize("path", ["missing.txt", "missing", "*.missing", "", "\0", "x" * 5000, "**x/[", "nothing/**"])
def test_a_path_that_leads_nowhere_is_an_error(folder, monkeypatch, path):
    monkeypatch.chdir(folder)
    with pytest.raises(InputError):
        read(path)
    with pytest.raises(InputError):
        read(["a.txt", path])


def test_the_error_names_the_path(tmp_path):
    with pytest.raises(InputError, match=r"missing\.jsonl"):
        read(tmp_path / "missing.jsonl")


def test_links_in_a_loop_end(folder):
    (folder / "deep" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "deep" / "self").symlink_to(folder / "deep" / "self")
    (folder / "broken.txt").symlink_to(folder / "nowhere")
    articles, rejects = read([folder, str(folder / "**" / "*.txt")])
    assert articles["article_id"].to_list() == ["a", "b", "c"]
    reasons = {os.path.basename(source): reason for source, _, reason in rejects.rows()}  # noqa: PTH119 - a name, no path
    assert reasons.keys() == {"broken.txt", "notes.xyz", "self"}
    assert reasons["broken.txt"] == "not a file that can be opened"


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.jsonl")
    assert read(tmp_path)[1]["reason"].to_list() == ["not a file that can be opened"]


def test_a_folder_deeper_than_a_path_may_be_long(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("text")
    for _ in range(2100):
        os.mkdir("d")  # noqa: PTH102 - the whole path is longer than the system allows
        os.chdir("d")
    os.chdir(tmp_path)
    try:
        articles, rejects = read(tmp_path)
    finally:
        subprocess.run(["rm", "-r", "d"], check=True)  # too deep for pytest to tidy up
    assert articles["article_id"].to_list() == ["a"]
    assert rejects["reason"].to_list() == ["can't be read: File name too long"]


def test_a_name_that_is_not_unicode(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.txt")
    path.write_text("text")
    articles, rejects = read(tmp_path)
    assert articles.is_empty()
    assert rejects["reason"].item().startswith("lone surrogate in the id")
    assert "caf" in rejects["source"].item()


def test_a_long_path_is_named_whole(tmp_path):
    folder = tmp_path / "/".join(["d" * 100] * 5)
    folder.mkdir(parents=True)
    (folder / "x.txt").write_text("")
    assert read(tmp_path)[1]["source"].item() == str(folder / "x.txt")
    with pytest.raises(InputError, match="missing"):
        read(folder / "missing")
