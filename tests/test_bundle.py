"""Evidence without texts: whoever holds the texts can check all of it, and nobody else reads a word of them."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from dataclasses import replace

import polars as pl
import pytest
import runs
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from strategies import provenances

import provtrace as pt
from provtrace import cli
from provtrace.errors import InputError, RunError
from provtrace.results.bundle import bundle, check, layout, read, read_bundle
from provtrace.results.bundle.differences import DIFFERENCES, TOLERANCE, differences
from provtrace.results.bundle.hashes import changed_sentences, hash_articles, hash_sentences
from provtrace.results.provenance import Provenance
from provtrace.settings import VERSION, Settings
from provtrace.tables import TABLES

PAIR = ["left_id", "right_id"]


def unzipped(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members, path, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def rows(content):
    return [json.loads(line) for line in content.splitlines()]


@pytest.fixture(scope="module")
def made():
    """A run, and the members of its bundle."""
    provenance = runs.provenance()
    return provenance, unzipped(bundle(provenance.tables, provenance.settings))


def verified(path, provenance, articles=None, *, traced=None):
    """The bundle held against the run's own texts, or others; tracing them again gives the run's own rows of them."""
    tables = {**provenance.tables, **(traced or {})}

    def retrace(held, settings):
        ids = held["article_id"].implode()
        known = {name: frame for name, frame in tables.items() if name not in ("articles", "rejects")}
        for name, columns in {"sentences": ["article_id"], "credits": ["article_id"], "pairs": PAIR}.items():
            known[name] = known[name].filter(pl.all_horizontal(pl.col(column).is_in(ids) for column in columns))
        return known

    held = provenance.articles if articles is None else articles
    return check(read_bundle(path), held, provenance.rejects.clear(), provenance.settings, retrace)


# --- what is in it ---


class TestContent:
    def test_no_sentence_no_title_no_reason_in_it(self, made):
        provenance, members = made
        everything = b"\n".join(members.values()).decode()
        for text in [*provenance.sentences["text"], *provenance.articles["title"], "contained in 010"]:
            assert text not in everything

    def test_the_readme_says_how_a_text_is_checked_by_hand(self, made):
        provenance, members = made
        salt = json.loads(members["manifest.json"])["salt"]
        texts = dict(provenance.articles.select("article_id", "text").iter_rows())
        hashes = {row["article_id"]: row["text_hash"] for row in rows(members["articles.jsonl"])}
        assert hashes == {name: hashlib.sha256((salt + text).encode()).hexdigest() for name, text in texts.items()}
        sentences = {(row["article_id"], row["sentence"]): row for row in rows(members["sentences.jsonl"])}
        assert len(sentences) == provenance.sentences.height
        before, own, after = (sentences["000", number] for number in range(3))
        for row, first, last in [(before, before, own), (own, before, after), (after, own, after)]:
            stretch = texts["000"][first["start"] : last["end"]]
            assert row["text_hash"] == hashlib.sha256((salt + stretch).encode()).hexdigest()

    def test_a_guessed_sentence_can_not_be_tried_unless_its_neighbours_are_known(self, made):
        provenance, members = made
        salt = json.loads(members["manifest.json"])["salt"]
        stated = {row["text_hash"] for row in rows(members["sentences.jsonl"]) + rows(members["articles.jsonl"])}
        several = provenance.sentences.filter(pl.len().over("article_id") > 1)
        assert several.height > 10
        assert not stated & {hashlib.sha256((salt + text).encode()).hexdigest() for text in several["text"]}

    def test_the_salt_is_the_runs_own(self):
        def salt(provenance):
            return json.loads(unzipped(bundle(provenance.tables, provenance.settings))["manifest.json"])["salt"]

        articles = runs.tables()["articles"].with_columns(pl.col("text") + " ")
        others = [runs.provenance(articles=articles), Provenance(runs.tables(), Settings(bucket_cap=7))]
        assert len({salt(provenance) for provenance in (runs.provenance(), *others)}) == 3
        assert salt(runs.provenance()) == salt(runs.provenance())

    @hypothesis_settings(max_examples=30)
    @given(provenances())
    def test_what_is_written_is_read_back(self, tmp_path_factory, provenance):
        path = tmp_path_factory.mktemp("bundle") / "b.zip"
        path.write_bytes(bundle(provenance.tables, provenance.settings))
        stated = read_bundle(path)
        assert (stated.settings, stated.version) == (provenance.settings, VERSION)
        for name, part in layout.PARTS.items():
            expected = provenance.tables[name].drop(part.private)
            assert_frame_equal(stated.tables[name].select(expected.columns), expected, check_row_order=False)

    @hypothesis_settings(max_examples=30)
    @given(provenances())
    def test_any_run_verifies(self, tmp_path_factory, provenance):
        path = tmp_path_factory.mktemp("bundle") / "b.zip"
        path.write_bytes(bundle(provenance.tables, provenance.settings))
        found = verified(path, provenance)
        assert found.verified, found.lines()
        assert all(table.checked == table.rows for table in found.tables)

    def test_a_run_that_no_reader_would_take_is_refused(self, monkeypatch):
        monkeypatch.setattr(layout, "MAX_BYTES", 1000)
        with pytest.raises(InputError, match="too large for a bundle"):
            bundle(runs.tables(), Settings())


# --- texts ---


class TestTexts:
    @pytest.fixture
    def path(self, made, tmp_path):
        return zipped(made[1], tmp_path / "b.zip")

    def _articles(self, provenance, article_id, text):
        changed = pl.when(pl.col("article_id") == article_id).then(pl.lit(text)).otherwise("text")
        return provenance.articles.with_columns(changed.alias("text"))

    def test_one_changed_character_is_found_and_its_sentence_named(self, made, path):
        provenance = made[0]
        text = provenance.articles.filter(article_id="000")["text"].item()
        found = verified(path, provenance, self._articles(provenance, "000", text.replace("1931", "1932")))
        assert not found.verified
        (changed,) = (text for text in found.texts if text.state != "verified")
        assert (changed.article_id, changed.state) == ("000", "changed")
        assert 2 in changed.sentences
        assert any(line.startswith("changed   000: sentence") for line in found.lines())
        assert re.fullmatch(r"not verified: 1 text changed, \d+ rows not checked", found.lines()[-1])

    def test_a_change_between_sentences_is_found(self, made, path):
        provenance = made[0]
        text = provenance.articles.filter(article_id="000")["text"].item()
        found = verified(path, provenance, self._articles(provenance, "000", text + "\n"))
        assert [str(text) for text in found.texts if text.state != "verified"] == [
            "changed   000: outside its sentences"
        ]

    def test_with_a_text_missing_the_others_are_checked_as_far_as_that_goes(self, made, path):
        provenance = made[0]
        found = verified(path, provenance, provenance.articles.filter(pl.col("article_id") != "001"))
        assert [text.article_id for text in found.texts if text.state == "missing"] == ["001"]
        tables = {table.name: table for table in found.tables}
        assert tables["sentences"].checked == tables["sentences"].rows - 3
        assert tables["credits"].checked == tables["credits"].rows - 1
        assert tables["relations"].checked == tables["audit_article"].checked == 0
        assert tables["relations"].rows == 8
        assert any(line.startswith("relations") and line.endswith("not checked") for line in found.lines())

    def test_alignments_of_pairs_that_are_there_are_checked(self, made, path):
        provenance = made[0]
        left = provenance.articles.filter(pl.col("article_id").is_in(["010", "011"]))
        pairs = provenance.pairs.filter(left_id="010")
        wrong = provenance.alignments.with_columns(pl.lit(0.3, dtype=pl.Float32).alias("edit"))
        found = verified(path, provenance, left, traced={"pairs": pairs, "alignments": wrong})
        assert found.differences["column"].to_list() == ["edit", "edit"]
        assert {row.split(" / ")[1] for row in found.differences["row"]} == {"011"}

    def test_without_any_text_nothing_is_traced(self, made, path):
        provenance = made[0]

        def never(articles, settings):
            raise AssertionError("traced")

        found = check(read_bundle(path), provenance.articles.clear(), provenance.rejects, provenance.settings, never)
        assert not found.verified
        assert {text.state for text in found.texts} == {"missing"}
        assert {table.checked for table in found.tables} == {0}
        assert "unread    bad.jsonl: no text" in found.lines()

    def test_a_bundle_that_speaks_of_no_text_has_nothing_verified(self, made, tmp_path):
        path = zipped({**made[1], "articles.jsonl": b""}, tmp_path / "b.zip")
        found = verified(path, made[0])
        assert not found.verified
        assert found.lines()[-1].endswith("rows not checked")

    def test_texts_are_known_by_their_hash_whatever_they_are_called(self, made, path):
        provenance = made[0]
        renamed = provenance.articles.with_columns(
            ("copy of " + pl.col("article_id")).alias("article_id"), pl.lit("Someone else").alias("outlet")
        )
        assert verified(path, provenance, renamed).verified

    def test_a_bare_text_says_nothing_of_its_outlet_and_one_of_another_outlet_does(self, made, path):
        provenance = made[0]
        bare = provenance.articles.with_columns(
            pl.lit(None, dtype=dtype).alias(name)
            for name, dtype in TABLES["articles"].items()
            if name not in ("article_id", "text", "language")
        )
        assert verified(path, provenance, bare).verified
        other = provenance.articles.with_columns(pl.col("outlet").replace("La Gazette", "Le Journal"))
        differing = verified(path, provenance, other).differences
        assert differing.rows() == [("articles", "012", "outlet", "La Gazette", "Le Journal")]

    @given(st.lists(st.text(min_size=1, max_size=9), min_size=1, max_size=9), st.data())
    def test_a_changed_sentence_is_told_and_its_neighbours_at_most(self, sentences, data):
        place = data.draw(st.integers(0, len(sentences) - 1))
        frame, starts = [], 0
        for number, text in enumerate(sentences):
            frame.append(("a", number, starts, starts + len(text), "en", "body", text))
            starts += len(text) + 1
        frame = pl.DataFrame(frame, schema=TABLES["sentences"], orient="row")
        articles = pl.DataFrame({"article_id": ["a"], "text": [" ".join(sentences)]})
        hashed = hash_sentences(frame, articles, "salt")
        assert changed_sentences(articles["text"][0], hashed, "salt") == []
        other = chr((ord(sentences[place][0]) + 1) % 0x80)
        text = articles["text"][0]
        start = frame["start"][place]
        told = changed_sentences(text[:start] + other + text[start + 1 :], hashed, "salt")
        if other != text[start]:
            assert place in told
            assert set(told) <= {place - 1, place, place + 1}
            assert told == [place] or place < 2 or place > len(sentences) - 3

    def test_offsets_that_lie_outside_the_text_are_no_error(self):
        articles = pl.DataFrame({"article_id": ["a"], "text": ["One. Two."]})
        frame = pl.DataFrame([("a", 0, 0, 4, "en", "body", "One.")], schema=TABLES["sentences"], orient="row")
        strange = hash_sentences(frame, articles, "x").with_columns(start=pl.lit(-7), end=pl.lit(10_000))
        assert changed_sentences("One. Two.", strange, "x") == [0]

    def test_every_article_has_a_hash(self):
        hashed = hash_articles(runs.tables()["articles"], "x")
        assert hashed["text_hash"].str.len_chars().unique().to_list() == [64]


# --- figures ---


def _other(value):
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, list):
        return [*value, value[0] if value else "x"]
    if isinstance(value, str):
        return {"T": "2031-01-01T00:00:00+00:00"}.get(value[10:11]) or {"day": "month"}.get(value, value + "x")
    return value + 1 if isinstance(value, int) else value + 0.01


# A wrong hash or name is one of a text, and told as such.
_OF_TEXTS = [("articles", "text_hash"), ("articles", "article_id")]


def _tamperings():
    """Every column of every table that holds a figure, an id or a word: the first row that has one."""
    provenance = runs.provenance()
    members = unzipped(bundle(provenance.tables, provenance.settings))
    for name in (*layout.PARTS, *layout.AUDITS):
        stated = rows(members[layout.member(name)])
        for column in stated[0]:
            place = next((n for n, row in enumerate(stated) if _other(row[column]) is not None), None)
            if place is not None and (name, column) not in _OF_TEXTS:
                yield pytest.param(name, column, place, id=f"{name}-{column}")


class TestFigures:
    @pytest.mark.parametrize(("name", "column", "place"), list(_tamperings()))
    def test_a_figure_that_was_tampered_with_is_named(self, made, tmp_path, name, column, place):
        provenance, members = made
        stated = rows(members[layout.member(name)])
        before = stated[place][column]
        stated[place][column] = _other(before)
        path = zipped({**members, layout.member(name): "\n".join(map(json.dumps, stated))}, tmp_path / "tampered.zip")
        found = verified(path, provenance)
        assert not found.verified
        named = found.differences.filter(pl.col("table") == name)
        assert not named.is_empty()
        key = column in (layout.PARTS[name].keys if name in layout.PARTS else [next(iter(stated[0]))])
        if key:
            assert "a row" in named["stated"].to_list()
            assert "a row" in named["found"].to_list()
        else:
            (row,) = named.rows(named=True)
            assert row["column"] == column
            assert row["stated"] != row["found"]

    @pytest.mark.parametrize("name", [name for name in layout.PARTS if name != "articles"])
    def test_a_row_taken_out_or_put_in_twice_is_named(self, made, tmp_path, name):
        provenance, members = made
        stated = members[layout.member(name)].splitlines()
        for changed, side in ((stated[1:], "found"), ([*stated, stated[0]], "stated")):
            path = zipped({**members, layout.member(name): b"\n".join(changed)}, tmp_path / f"{side}.zip")
            (row,) = verified(path, provenance).differences.rows(named=True)
            assert (row["table"], row[side]) == (name, "a row")

    def test_a_signature_that_the_settings_do_not_have_is_named(self, made, tmp_path):
        provenance, members = made
        manifest = json.loads(members["manifest.json"])
        manifest["settings"]["bucket_cap"] = 7
        found = verified(zipped({**members, "manifest.json": json.dumps(manifest)}, tmp_path / "b.zip"), provenance)
        assert not found.verified
        assert found.differences.row(0)[:3] == ("manifest", "signature", "signature")

    def test_a_bundle_without_texts_is_not_verified(self, made, tmp_path):
        provenance, members = made
        bare = {name: b"" if name.endswith(".jsonl") else content for name, content in members.items()}
        found = verified(zipped(bare, tmp_path / "bare.zip"), provenance)
        assert not found.verified
        assert found.lines()[-1] == "not verified: no text to verify"

    def test_a_version_that_the_signature_does_not_have_is_named(self, made, tmp_path):
        provenance, members = made
        manifest = json.loads(members["manifest.json"]) | {"version": "0.0.9"}
        found = verified(zipped({**members, "manifest.json": json.dumps(manifest)}, tmp_path / "b.zip"), provenance)
        assert not found.verified
        assert found.differences.row(0)[:3] == ("manifest", "signature", "signature")

    def test_another_version_is_told_and_its_figures_compared(self, made, tmp_path):
        provenance, members = made
        manifest = json.loads(members["manifest.json"])
        manifest["version"], manifest["signature"] = "0.0.9", manifest["signature"].replace(VERSION, "0.0.9")
        found = verified(zipped({**members, "manifest.json": json.dumps(manifest)}, tmp_path / "b.zip"), provenance)
        assert found.verified
        assert not found.same_settings
        assert "settings differ: figures need not agree" in found.lines()
        assert any("version:0.0.9" in line for line in found.lines())

    @given(st.floats(-40, 40, width=32), st.floats(-1e-3, 1e-3))
    def test_floats_are_held_to_the_tolerance(self, value, change):
        one, other = (pl.DataFrame({"k": ["a"], "v": [v]}) for v in (value, value + change))
        size = abs(one["v"][0] - other["v"][0])
        scale = max(1.0, abs(value), abs(value + change))
        if size < 0.99 * TOLERANCE * scale:
            assert differences("t", one, other, ["k"]).is_empty()
        elif size > 1.01 * TOLERANCE * scale:
            assert differences("t", one, other, ["k"])["column"].to_list() == ["v"]

    @hypothesis_settings(max_examples=30)
    @given(provenances(), provenances(), st.sampled_from(list(layout.PARTS)))
    def test_a_table_differs_from_others_alone_and_alike_both_ways(self, one, other, name):
        part = layout.PARTS[name]
        mine, theirs = (p.tables[name].drop(part.private) for p in (one, other))
        there, back = (differences(name, a, b, part.keys) for a, b in ((mine, theirs), (theirs, mine)))
        assert there.schema == DIFFERENCES
        turned = back.rename({"stated": "found", "found": "stated"}).select(DIFFERENCES.names())
        assert_frame_equal(there, turned, check_row_order=False)
        assert differences(name, mine, mine.reverse(), part.keys).is_empty()


# --- hostile bundles ---


class TestHostile:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"articles.jsonl": None}, "lacks articles.jsonl"),
            ({"../../evil": b"x"}, "does not have"),
            ({"/etc/evil": b"x"}, "does not have"),
            ({"manifest.json": b"{"}, "manifest"),
            ({"manifest.json": b"[" * 100_000}, "manifest"),
            ({"manifest.json": b"[]"}, "not an object"),
            ({"manifest.json": b" " * (2 << 20)}, "larger than"),
            ({"manifest.json": b'{"format": "zip"}'}, "schema None"),
            ({"articles.jsonl": b"[" * 100_000}, "articles.jsonl can't be read"),
            ({"articles.jsonl": b"\xff\n"}, "articles.jsonl can't be read"),
            ({"articles.jsonl": b'{"article_id": "a"}\n'}, "other columns"),
            ({"stories.jsonl": b'{"story_id": {"a": [1]}, "article_id": "000"}\n'}, "stories.jsonl can't be read"),
            ({"stories.jsonl": b'{"story_id": 5, "article_id": "000"}\n'}, "stories.jsonl can't be read"),
            ({"stories.jsonl": b'{"story_id": "' + b"9" * 9 + b'", "article_id": 1e999}\n'}, "can't be read"),
        ],
    )
    def test_is_refused_with_a_reason(self, made, tmp_path, change, message):
        members = {name: content for name, content in {**made[1], **change}.items() if content is not None}
        with pytest.raises(RunError, match=message):
            read_bundle(zipped(members, tmp_path / "b.zip"))
        assert sorted(path.name for path in tmp_path.rglob("*")) == ["b.zip"]

    @pytest.mark.parametrize(
        ("table", "change", "message"),
        [
            ("articles", {"published_at": "yesterday"}, "isoformat"),
            ("articles", {"published_at": "2024-01-02T03:04:05"}, "without a zone"),
            ("articles", {"published_at": "0001-01-01T00:00:00+14:00"}, "can't be read"),
            ("articles", {"published_precision": "century"}, "precision"),
            ("articles", {"article_id": "001"}, "twice"),
            ("articles", {"article_id": None}, "article_id"),
            ("articles", {"language": None}, "language"),
            ("sentences", {"start": 1 << 40}, "sentences.jsonl"),
            ("sentences", {"start": 1.5}, "sentences.jsonl"),
        ],
    )
    def test_a_cell_that_can_not_be_is_refused(self, made, tmp_path, table, change, message):
        stated = rows(made[1][f"{table}.jsonl"])
        stated[0] |= change
        path = zipped({**made[1], f"{table}.jsonl": "\n".join(map(json.dumps, stated))}, tmp_path / "b.zip")
        with pytest.raises(RunError, match=message):
            read_bundle(path)

    @pytest.mark.parametrize("change", [{"salt": "x" * 500_000}, {"salt": None}, {"version": 1}, {"settings": {}}])
    def test_a_manifest_that_can_not_be_is_refused(self, made, tmp_path, change):
        manifest = {**json.loads(made[1]["manifest.json"]), **change}
        with pytest.raises(RunError):
            read_bundle(zipped({**made[1], "manifest.json": json.dumps(manifest)}, tmp_path / "b.zip"))

    def test_a_member_that_stands_twice_is_refused(self, made, tmp_path):
        path = zipped(made[1], tmp_path / "b.zip")
        with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("stories.jsonl", b"")
        with pytest.raises(RunError, match="twice"):
            read_bundle(path)

    def test_sizes_are_bounded_before_anything_is_unpacked(self, made, tmp_path, monkeypatch):
        bomb = {**made[1], "pairs.jsonl": b" " * 5_000_000}
        path = zipped(bomb, tmp_path / "b.zip", compression=zipfile.ZIP_DEFLATED)
        assert path.stat().st_size < 20_000
        monkeypatch.setattr(layout, "MAX_BYTES", 1_000_000)
        monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("unpacked"))
        with pytest.raises(RunError, match="more than 1,000,000 bytes"):
            read_bundle(path)

    def test_rows_are_read_in_blocks(self, made, tmp_path, monkeypatch):
        path = zipped(made[1], tmp_path / "b.zip")
        whole = read_bundle(path)
        monkeypatch.setattr(read, "_BLOCK", 2)
        for name, table in read_bundle(path).tables.items():
            assert_frame_equal(table, whole.tables[name])

    @pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_other_compressions_are_refused(self, made, tmp_path, compression):
        with pytest.raises(RunError, match="compressed in a way"):
            read_bundle(zipped(made[1], tmp_path / "b.zip", compression=compression))

    @given(st.data())
    def test_a_damaged_file_is_refused_or_read(self, tmp_path_factory, data):
        provenance = runs.provenance()
        content = bytearray(bundle(provenance.tables, provenance.settings))
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        path = tmp_path_factory.mktemp("bundle") / "b.zip"
        path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
        try:
            stated = read_bundle(path)
        except RunError:
            return
        assert isinstance(stated, read.Bundle)

    def test_there_is_nothing(self, tmp_path):
        with pytest.raises(RunError, match="can't be read"):
            read_bundle(tmp_path / "nothing.zip")

    @pytest.mark.parametrize("option", ["encoder", "translator"])
    def test_a_model_is_never_loaded_because_a_bundle_says_so(self, tmp_path, option):
        settings = replace(Settings(), **{option: "transformers:hub/model"})
        path = tmp_path / "b.zip"
        path.write_bytes(bundle(runs.tables(), settings))
        with pytest.raises(InputError, match=f"--{option}"):
            pt.verify(path, runs.provenance().articles)
        trusted = read_bundle(path).trusted(**{"encoder": None, "translator": None, option: "transformers:mine"})
        assert getattr(trusted, option) == "transformers:mine"


# --- the whole way ---

TEXTS = {
    "wire": "The old bridge at Lindow was closed on Tuesday after a barge struck its second pillar. Nobody was hurt. "
    "Engineers will examine the pillar for a week, the harbour office said. About 900 lorries use the bridge each day.",
    "copy": "The old bridge at Lindow was closed on Tuesday after a barge struck its second pillar. Nobody was hurt. "
    "Engineers will examine the pillar for a week, the harbour office said. (Reuters)",
    "other": "A choir from Lindow won the song contest in the capital. It sang three pieces by local composers.",
}


def run(*arguments):
    return CliRunner().invoke(cli.main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Articles, their run and its bundle."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "articles").mkdir()
    for name, text in TEXTS.items():
        (folder / "articles" / f"{name}.txt").write_text(text)
    pt.trace(folder / "articles").save(folder / "run")
    assert run("export", folder / "run", "--format", "bundle", "--out", folder / "b.zip").exit_code == 0
    return folder


class TestCommand:
    def test_a_bundle_verifies(self, folder):
        result = run("verify", folder / "b.zip", folder / "articles", "--processes", 1)
        assert result.exit_code == 0
        lines = result.stdout.splitlines()
        assert lines[0] == "3 of 3 texts verified"
        assert lines[-1].startswith("verified: ")
        assert not any("differ" in line or "not checked" in line for line in lines)

    def test_from_python(self, folder):
        found = pt.verify(folder / "b.zip", [{"id": name, "text": text} for name, text in TEXTS.items()])
        assert found.verified
        assert "verified: every text" in repr(found)

    def test_a_changed_character_is_named_and_exits_1(self, folder, tmp_path):
        for name, text in TEXTS.items():
            (tmp_path / f"{name}.txt").write_text(text.replace("900", "901"))
        result = run("verify", folder / "b.zip", tmp_path, "--json", "--processes", 1)
        assert result.exit_code == 1
        found = json.loads(result.stdout)
        states = {text["article_id"]: text["state"] for text in found["texts"]}
        assert states == {"wire": "changed", "copy": "verified", "other": "verified"}
        assert found["differences"] == []  # of what could be checked

    def test_a_tampered_figure_is_named_and_exits_1(self, folder, tmp_path):
        members = unzipped((folder / "b.zip").read_bytes())
        stated = rows(members["derivations.jsonl"] or members["relations.jsonl"])
        assert stated
        stated[0]["probability"] /= 2
        name = "derivations" if members["derivations.jsonl"] else "relations"
        path = zipped({**members, f"{name}.jsonl": "\n".join(map(json.dumps, stated))}, tmp_path / "b.zip")
        result = run("verify", path, folder / "articles", "--processes", 1)
        assert result.exit_code == 1
        assert f"differs   {name}" in result.stdout
        assert result.stdout.splitlines()[-1] == "not verified: 1 figure not confirmed"

    @pytest.mark.parametrize(
        ("column", "told"), [("article_id", "differs   sentences  another / 0: "), ("text_hash", "changed   copy: ")]
    )
    def test_a_tampered_name_or_hash_of_a_text_is_named(self, folder, tmp_path, column, told):
        members = unzipped((folder / "b.zip").read_bytes())
        stated = rows(members["articles.jsonl"])
        stated[0][column] = "another"
        path = zipped({**members, "articles.jsonl": "\n".join(map(json.dumps, stated))}, tmp_path / "b.zip")
        result = run("verify", path, folder / "articles", "--processes", 1)
        assert result.exit_code == 1
        assert any(line.startswith(told) for line in result.stdout.splitlines())

    def test_wrong_usage_exits_2(self, folder):
        assert run("verify", folder / "b.zip").exit_code == 2
        assert run("verify", folder / "nothing.zip", folder / "articles").exit_code == 2
        assert run("verify", folder / "b.zip", folder / "nowhere").exit_code == 2
