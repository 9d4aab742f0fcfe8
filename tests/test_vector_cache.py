"""Vectors kept from run to run: the same ones, each computed once, whatever becomes of the file."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provtrace.errors import InputError
from provtrace.scoring.vector_cache import VARIABLE, RememberingEncoder, folder


class Letters:
    """An encoder that counts letters, and how often it is asked about a text."""

    name = "letters"
    languages = frozenset({"en"})

    def __init__(self, identity="letters 1", dimensions=3):
        self.identity, self.dimensions, self.asked = identity, dimensions, Counter()

    def encode(self, texts):
        self.asked.update(texts)
        rows = [[text.count(letter) + 0.25 for letter in "abcdefgh"[: self.dimensions]] for text in texts]
        return np.array(rows, np.float32).reshape(len(texts), self.dimensions)


def test_a_second_run_encodes_nothing(tmp_path):
    first, second = Letters(), Letters()
    texts = ["a", "bb", "a", "", "c\ud800"]
    one = RememberingEncoder(first, tmp_path / "new").encode(texts)
    two = RememberingEncoder(second, tmp_path / "new").encode(texts[::-1])
    assert set(first.asked.values()) == {1}
    assert np.array_equal(one, first.encode(texts))
    assert np.array_equal(two, one[::-1])
    assert two.dtype == np.float32
    assert not second.asked


@given(st.lists(st.lists(st.text(max_size=3), max_size=8), max_size=5))
def test_whatever_was_asked_before_the_answer_is_the_encoders(tmp_path_factory, calls):
    inner = Letters()
    cached = RememberingEncoder(inner, tmp_path_factory.mktemp("cache"))
    for texts in calls:
        assert np.array_equal(cached.encode(texts), Letters().encode(texts))
    assert all(count == 1 for count in inner.asked.values())


def test_more_texts_than_a_query_holds(tmp_path):
    texts = [f"text {number}" for number in range(1_300)]
    RememberingEncoder(Letters(), tmp_path).encode(texts)
    later = Letters()
    assert RememberingEncoder(later, tmp_path).encode(texts).shape == (1_300, 3)
    assert not later.asked


def test_another_model_has_a_file_of_its_own(tmp_path):
    RememberingEncoder(Letters(), tmp_path).encode(["abc"])
    other = Letters("letters 2", dimensions=5)
    assert RememberingEncoder(other, tmp_path).encode(["abc"]).shape == (1, 5)
    assert other.asked == {"abc": 1}
    assert len(list(tmp_path.glob("*.sqlite"))) == 2


def test_no_text_is_in_the_file(tmp_path):
    RememberingEncoder(Letters(), tmp_path).encode(["the secret harbour"])
    (file,) = tmp_path.iterdir()
    assert b"harbour" not in file.read_bytes()


def test_beyond_the_limit_the_oldest_go(tmp_path):
    cached = RememberingEncoder(Letters(), tmp_path, limit=10 * 3 * 4)
    for number in range(40):
        cached.encode([f"text {number}"])
    (file,) = tmp_path.iterdir()
    assert sqlite3.connect(file).execute("SELECT count(*) FROM vectors").fetchone() == (10,)
    later = Letters()
    RememberingEncoder(later, tmp_path).encode(["text 39", "text 30", "text 0"])
    assert later.asked == {"text 0": 1}


WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from test_vector_cache import Letters, RememberingEncoder
cached = RememberingEncoder(Letters(), Path(sys.argv[1]))
for number in range(100_000):
    cached.encode([f"{sys.argv[3]} {number}"])
    print(number, flush=True)
"""


def writer(place, name):
    command = [sys.executable, "-c", WRITER, str(place), str(Path(__file__).parent), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(os.name == "nt", reason="a process is killed as POSIX has it")
def test_a_process_killed_while_it_writes_harms_nothing(tmp_path):
    """Two processes write to one file, one is killed: the other goes on, and what was written is there."""
    killed, other = writer(tmp_path, "killed"), writer(tmp_path, "other")
    written = int([killed.stdout.readline() for _ in range(20)][-1])
    killed.send_signal(signal.SIGKILL)
    before = int(other.stdout.readline())
    while int(other.stdout.readline()) < before + 10:
        time.sleep(0)
    for process in (killed, other):
        process.kill()
        process.communicate()
    later = Letters()
    texts = [f"killed {number}" for number in range(written + 1)]
    assert np.array_equal(RememberingEncoder(later, tmp_path).encode(texts), Letters().encode(texts))
    assert not later.asked


def damage(file, query, *values):
    with sqlite3.connect(file) as base:
        base.execute(query, values)
    base.close()


@pytest.mark.parametrize("harm", ["no base", "short vector", "other length"])
def test_a_damaged_file_is_told(tmp_path, harm):
    RememberingEncoder(Letters(), tmp_path).encode(["a", "b"])
    (file,) = tmp_path.iterdir()
    if harm == "no base":
        file.write_bytes(b"no such thing" * 1000)
    else:
        damage(file, "UPDATE vectors SET vector = ? WHERE number = 1", b"\0" * (7 if harm == "short vector" else 8))
    with pytest.raises(InputError, match=f"can't be used: .*delete it, or set {VARIABLE}"):
        RememberingEncoder(Letters(), tmp_path).encode(["a", "b"])


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError, match=VARIABLE):
        RememberingEncoder(Letters(), tmp_path / "file" / "cache").encode(["a"])


def test_where_vectors_are_kept(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert folder() == tmp_path
    monkeypatch.setenv(VARIABLE, "")
    assert folder() is None
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    assert folder().parts[-2:] == ("provtrace", "vectors")
    if sys.platform == "linux":
        assert folder() == tmp_path / "caches" / "provtrace" / "vectors"
