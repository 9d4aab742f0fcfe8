"""The command line: exit codes, what goes where, and text that can't steer a terminal."""

from __future__ import annotations

import csv
import json
import re
import sys
from types import ModuleType

import click
import polars as pl
import pytest
import runs
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from provtrace import cli, screen
from provtrace.errors import InputError, NothingUsable
from provtrace.results import audit, export
from provtrace.results.provenance import Provenance
from provtrace.results.reconstruction import Account
from provtrace.settings import Settings


def run(*arguments):
    return CliRunner().invoke(cli.main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("cli") / "run"
    runs.provenance().save(path)
    return path


def test_the_names_offered_are_those_there_are():
    assert cli.FORMATS == export.FORMATS
    assert cli.GROUPS == audit.GROUPS


@pytest.mark.parametrize("command", [[], *([name] for name in sorted(cli.main.commands))])
def test_every_command_and_every_option_has_help(command):
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage:")
    options = (cli.main.commands[command[0]] if command else cli.main).params
    assert all(option.help for option in options if isinstance(option, click.Option))


def test_version():
    assert run("--version").stdout.startswith("provtrace, version 0.1.0")


class TestErrors:
    @pytest.mark.parametrize(
        "arguments",
        [
            ("explain", "{run}", "nobody"),
            ("explain", "{run}/nowhere", "000"),
            ("wire", "{run}", "U9"),
            ("export", "{run}", "--format", "csv", "--out", "{run}"),
            ("audit", "{run}", "--csv", "{run}"),
            ("report", "{run}", "--out", "{run}"),
        ],
    )
    def test_are_a_line_on_stderr_and_exit_2(self, folder, arguments):
        result = run(*(argument.format(run=folder) for argument in arguments))
        assert result.exit_code == 2
        assert result.stderr.startswith("error: ")
        assert result.stdout == ""

    @pytest.mark.parametrize("arguments", [("trace",), ("audit", "run", "--by", "moon"), ("fly",)])
    def test_wrong_usage_exits_2(self, arguments):
        assert run(*arguments).exit_code == 2

    def test_messages_do_not_steer_the_terminal(self, folder):
        result = run("explain", folder, "\x1b[2Jno\x07body")
        assert "\x1b" not in result.stderr
        assert "\x07" not in result.stderr


class TestExplain:
    def test_every_sentence_with_its_origin(self, folder):
        result = run("explain", folder, "012")
        assert result.exit_code == 0
        assert "from 010 [0]" in result.stdout
        assert "< The mint struck nine new coins." in result.stdout
        assert "compared with 010: cosine .85" in result.stdout
        assert result.stderr == ""

    def test_json(self, folder):
        origins = json.loads(run("explain", folder, "000", "--json").stdout)
        assert [(o["sentence"], o["origin_id"], o["compared_id"]) for o in origins] == [
            (0, "U1", "002"),
            (1, "U1", "001"),
            (2, None, "003"),
        ]
        assert origins[0]["evidence"]["chrf"] == pytest.approx(0.5)
        assert [o["flags"] for o in origins] == [[], ["quote_drift"], []]

    def test_flags_in_words(self, folder):
        assert "      differs: quotation reworded" in run("explain", folder, "000").stdout.splitlines()


class TestWire:
    def test_units_and_witnesses(self, folder):
        lines = run("wire", folder, "U1").stdout.splitlines()
        assert lines[1] == "   0  The ferry left the northern harbour before dawn."
        assert lines[2].startswith("      .90  000 [0]  The ferry left")

    def test_what_witnesses_changed_and_what_is_known(self, folder):
        lines = run("wire", folder, "U1").stdout.splitlines()
        assert lines[9:] == [
            "000  lacks none; adds 1 sentence",
            "      + [2]  The line was founded in 1931.",
            "001  lacks none; adds nothing",
            "002  lacks none; adds nothing",
            "agency    reuters: reuters credited by 000, 002; afp credited by 001",
            "language  en",
            "date      not after 2024-03-01 00:00 UTC, when the first witness is dated",
        ]

    def test_dropped_units_read_as_numbers_of_units(self):
        found = Account("000", dropped=(0,), added=())
        assert screen._account(found) == ["000  lacks [0]; adds nothing"]

    def test_json(self, folder):
        wire = json.loads(run("wire", folder, "U1", "--json").stdout)
        assert [len(unit["witnesses"]) for unit in wire["units"]] == [3, 3]
        assert wire["units"][1]["witnesses"][0]["article_id"] == "001"
        assert [account["dropped"] for account in wire["accounts"]] == [[], [], []]
        assert wire["claims"] == {"reuters": ["000", "002"], "afp": ["001"]}
        assert wire["steps"] == []


class TestAudit:
    def test_a_line_per_article(self, folder):
        lines = run("audit", folder).stdout.splitlines()
        assert len(lines) == 1 + 9
        assert lines[0].split()[:2] == ["article", "outlet"]
        assert "credit mismatch" in lines[2]
        copy = re.split(r"  +", lines[7])  # 011
        assert copy[2:11] == ["11", "100 %", "100 %", "0 %", "100 %", "0 %", "3", "wholly derived", "0 d"]

    @pytest.mark.parametrize(("by", "groups"), [("outlet", 6), ("story", 3), ("agency", 3)])
    def test_grouped(self, folder, by, groups):
        lines = run("audit", folder, "--by", by).stdout.splitlines()
        assert len(lines) == 1 + groups
        header = [by, "articles", "reused", "95%", "with", "credit", ">=.1", ">=.3", ">=.5", ">=.8"]
        assert lines[0].split()[:10] == header

    def test_json(self, folder):
        rows = json.loads(run("audit", folder, "--json").stdout)
        assert {row["article_id"]: row["verdict"] for row in rows}["001"] == "credit_mismatch"

    def test_csv(self, folder, tmp_path):
        result = run("audit", folder, "--by", "outlet", "--csv", tmp_path / "deep" / "a.csv")
        assert result.stdout != ""
        with (tmp_path / "deep" / "a.csv").open(newline="") as file:
            assert {row["outlet"] for row in csv.DictReader(file)} >= {"Harbour Times", "'=cmd|' /C calc'!A0"}


class TestQuotes:
    def test_each_utterance_with_its_variants(self, tmp_path):
        said = "“We counted forty\x1b[31m of them twice,” Orla Venn told us."
        Provenance(runs.of({"000": [said], "001": [said]}, related=[("000", "001")]), Settings()).save(tmp_path / "run")
        result = run("quotes", tmp_path / "run", "--csv", tmp_path / "q.csv")
        assert result.stdout.splitlines() == [
            "Q1  Orla Venn",
            "      best  000  We counted forty of them twice,",
            "      1.00  001  We counted forty of them twice,",
        ]
        with (tmp_path / "q.csv").open(newline="") as file:
            assert [row["quote_id"] for row in csv.DictReader(file)] == ["Q1", "Q1"]

    def test_json(self, folder):
        assert json.loads(run("quotes", folder, "--json").stdout) == []


def test_export_writes_the_file_and_says_so_on_stderr(folder, tmp_path):
    result = run("export", folder, "--format", "prov-json", "--out", tmp_path / "p.json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "wrote" in result.stderr
    assert "bundle" in json.loads((tmp_path / "p.json").read_text())


def test_report_goes_into_the_run_folder_unless_told_otherwise(tmp_path):
    runs.provenance().save(tmp_path / "run")
    assert run("report", tmp_path / "run").exit_code == 0
    assert run("report", tmp_path / "run", "--out", tmp_path / "r.html").exit_code == 0
    assert (tmp_path / "run" / "report.html").read_text() == (tmp_path / "r.html").read_text()
    assert "<script>alert" not in (tmp_path / "r.html").read_text()


def test_eval_scores_and_prints_json(folder, tmp_path):
    gold = tmp_path / "gold"
    gold.mkdir()
    documents = [{"id": name, "text": "x", "lang": "en"} for name in ("004", "010", "011")]
    pair = {"upstream": "010", "downstream": "011", "kind": "reprint", "directed": True}
    (gold / "documents.jsonl").write_text("".join(json.dumps(document) + "\n" for document in documents))
    (gold / "pairs.jsonl").write_text(json.dumps(pair) + "\n")
    assert run("eval", folder, "--gold", gold).stdout.splitlines()[-1] == f"settings {Settings().signature()}"
    scores = json.loads(run("eval", folder, "--gold", gold, "--json").stdout)["scores"]
    assert scores["document_pairs"]["recall"] == 1


def test_eval_of_missing_gold_exits_2(folder, tmp_path):
    result = run("eval", folder, "--gold", tmp_path / "nothing.json")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")


class TestTrace:
    """The command around the pipeline; the pipeline has tests of its own."""

    @pytest.fixture
    def calls(self, monkeypatch):
        seen = []

        def trace(source, *, settings, engine):
            seen.append((source, settings, engine.processes))
            if "empty" in source:
                raise NothingUsable("no record became an article")
            if "missing" in source:
                raise InputError("there is no file missing")
            engine.progress("segment", 1, 2)
            engine.progress("segment", 2, 2)
            return Provenance(runs.tables(), settings)

        pipeline = ModuleType("provtrace.pipeline")
        pipeline.trace = trace
        monkeypatch.setitem(sys.modules, "provtrace.pipeline", pipeline)
        return seen

    def test_writes_the_run_and_sums_it_up(self, calls, tmp_path):
        out = tmp_path / "run"
        result = run("trace", "a", "b", "--out", out, "--min-probability", "0.7", "--processes", "2")
        assert result.exit_code == 0
        assert calls == [(["a", "b"], Settings(min_probability=0.7), 2)]
        assert Provenance.load(out).settings.min_probability == 0.7
        lines = result.stdout.splitlines()
        assert lines[0] == "9 articles, 2 events, 2 derivations between articles of the set, 1 record rejected"
        assert lines[-1] == str(out / "report.html")
        assert (out / "report.html").exists()
        assert result.stderr == "segment\n"

    def test_json_and_no_report(self, calls, tmp_path):
        out = tmp_path / "run"
        found = json.loads(run("trace", "a", "--out", out, "--no-report", "--json").stdout)
        assert (found["run"], found["report"]) == (str(out), None)
        assert found["counts"]["rejects"] == 1
        assert found["derivations"][0]["reasons"] == ["contained in 010"]
        assert not (out / "report.html").exists()

    @pytest.mark.parametrize(("source", "code"), [("empty", 1), ("missing", 2)])
    def test_exit_codes(self, calls, tmp_path, source, code):
        result = run("trace", source, "--out", tmp_path / "run")
        assert (result.exit_code, result.stdout) == (code, "")
        assert not (tmp_path / "run").exists()

    def test_a_folder_that_is_no_run_is_refused_before_the_work(self, calls, tmp_path):
        (tmp_path / "mine.txt").write_text("keep")
        result = run("trace", "a", "--out", tmp_path)
        assert result.exit_code == 2
        assert "not a provtrace run" in result.stderr
        assert calls == []


class TestSummary:
    def _lines(self, **replaced):
        from provtrace.results.summary import summary

        return summary(runs.provenance(**replaced))

    def test_stories(self):
        lines = self._lines()
        assert lines[1].startswith(
            "story 1   000 001 002   from an unobserved wire U1 (2 units, 3 witnesses; credited:"
        )
        assert lines[1].endswith("   .85")
        assert lines[2].split()[0] == "003"
        assert re.search(r"with 000 and 002 +\.50$", lines[2])
        assert lines[3].strip() == "004           same event, no shared text"
        assert lines[4].startswith("story 2   011")
        assert lines[4].endswith(".95")
        assert lines[6].strip() == "010   source of 2 articles"
        assert lines[7] == "1 article in no story"
        assert lines[8].startswith("credits   3 fit; 1 by agencies themselves; 1 mismatch (001 names ")

    def test_no_derivation_and_no_reject(self):
        tables = runs.tables()
        lines = self._lines(
            derivations=tables["derivations"].filter(source_id="U1"),
            rejects=tables["rejects"].clear(),
            stories=tables["stories"].filter(story_id="S1"),
        )
        assert lines[0] == "9 articles, 2 events, no derivation between articles of the set"

    def test_languages_that_the_encoder_does_not_know_are_told(self):
        articles = runs.tables()["articles"]
        languages = ["cs", "sq", "cs", *["en"] * (articles.height - 3)]
        lines = self._lines(articles=articles.with_columns(language=pl.Series(languages)))
        told = "2 in cs, 1 in sq: unknown to the encoder use, compared by spelling, names, numbers and lengths"
        assert f"languages   {told}" in lines
        english = self._lines(articles=articles.with_columns(language=pl.lit("en")))
        assert not any(line.startswith("languages") for line in english)

    def test_a_large_story_is_cut(self):
        lines = self._crowd(["S"] * 30)
        assert len(lines) < 20
        assert any("more lines" in line for line in lines)

    def test_many_stories_are_cut(self):
        assert "and 20 smaller stories" in self._crowd([f"S{n}" for n in range(30)])

    def _crowd(self, stories):
        ids = [f"x{n:02}" for n in range(len(stories))]
        articles = runs.tables()["articles"]
        more = pl.concat([articles.head(1).with_columns(pl.lit(name).alias("article_id")) for name in ids])
        members = pl.DataFrame({"story_id": stories, "article_id": ids})
        return self._lines(articles=pl.concat([articles, more]), stories=members)


class TestPlain:
    @given(st.text())
    def test_one_line_without_controls(self, text):
        shown = screen.plain(text)
        assert len(shown.splitlines()) <= 1
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in shown)
        assert screen.plain(shown) == shown

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("a\x1b[31mred\x1b[0mb", "aredb"),
            ("a\x1b]0;title\x07b", "ab"),
            ("a\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\b", "alinkb"),
            ("a\x9b2Jb", "ab"),
            ("user\u202etxt.exe", "usertxt.exe"),
            ("one\r\n\ttwo\u2028three", "one two three"),
            ("[bold]not markup[/bold] می‌خواهم 👩‍👩‍👧", "[bold]not markup[/bold] می‌خواهم 👩‍👩‍👧"),
        ],
    )
    def test_examples(self, text, shown):
        assert screen.plain(text) == shown

    def test_wide_letters_keep_the_columns(self):
        lines = screen.table(["a", "b"], [["東京", "x"], ["abcd", "y"]])
        assert lines == ["a     b", "東京  x", "abcd  y"]
