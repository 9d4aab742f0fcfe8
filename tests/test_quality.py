"""The quality benchmark's own parts: what a run may see, the floors, and how failures are reported."""

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import blind
import floors
import other_tools
import quality
import suite_articles
from quality_tables import tables
from reliability import MODELS, PAIRS, Bin, bins, pooled
from rows import Claimed, Compared, Findings, Row, Slice
from unit_gold import Stretch, UnitGold

from provtrace.results.evaluate.gold import Gold


def lines(path, records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


@pytest.fixture
def data_set(tmp_path):
    folder = tmp_path / "reprint_synth_tiny"
    folder.mkdir()
    documents = [
        {"id": "c1:wire", "text": "A", "lang": "en", "outlet": "wire", "date": None, "cluster": "c1", "role": "wire"},
        {
            "id": "c1:r0",
            "text": "B",
            "lang": "en",
            "outlet": "p",
            "date": "2020-01-02",
            "cluster": "c1",
            "role": "reprint",
        },
    ]
    lines(folder / "documents.jsonl", documents)
    lines(folder / "pairs.jsonl", [{"upstream": "c1:wire", "downstream": "c1:r0", "kind": "reprint", "directed": True}])
    return folder


def test_a_run_sees_no_gold_field_no_telling_id_and_no_telling_order(data_set, tmp_path):
    target = tmp_path / "blind"
    target.mkdir()
    blind.blind_copy(data_set, target)
    shown = list(blind.records(target / "input.jsonl"))
    assert {key for record in shown for key in record} == {"id", "text", "language"}
    assert "wire" not in (target / "input.jsonl").read_text(encoding="utf-8")
    assert [record["id"] for record in shown] == sorted(map(blind.hidden, ("c1:wire", "c1:r0")))


def test_the_blind_gold_speaks_of_the_blind_documents(data_set, tmp_path):
    target = tmp_path / "blind"
    target.mkdir()
    blind.blind_copy(data_set, target)
    (pair,) = blind.records(target / "pairs.jsonl")
    assert (pair["upstream"], pair["downstream"]) == (blind.hidden("c1:wire"), blind.hidden("c1:r0"))
    assert pair["kind"] == "reprint"


def test_real_outlets_and_dates_are_shown(data_set, tmp_path):
    folder = data_set.rename(tmp_path / "same_event_tiny")
    target = tmp_path / "blind"
    target.mkdir()
    blind.blind_copy(folder, target)
    shown = {record["text"]: record for record in blind.records(target / "input.jsonl")}
    assert (shown["B"]["outlet"], shown["B"]["published"]) == ("p", "2020-01-02")
    assert "published" not in shown["A"]


# --- floors ---


def test_shingle_jaccard_by_hand():
    texts = {"a": "one two three four", "b": "one two three five", "c": "six seven eight"}
    assert floors.shingle_pairs(texts, 3) == {("a", "b"): 1 / 3}


def test_cosine_of_texts_is_one_for_the_same_words_and_absent_for_strangers():
    texts = {"a": "Lisk Torvend 42", "b": "42 Torvend, Lisk", "c": "Dunmere 17", "d": "Ostrel"}
    assert floors.cosine_pairs(texts, floors.anchors) == {("a", "b"): pytest.approx(1.0)}


def test_minhash_finds_the_copy_alone():
    body = " ".join(f"word{n}" for n in range(200))
    other = " ".join(f"term{n}" for n in range(200))
    assert floors.minhash_pairs({"a": body, "b": body, "c": other}, 0.3) == {("a", "b"): 1.0}


def test_nearest_sentence_goes_by_names_and_numbers():
    candidates = {"x": "Nothing here. Vasht met Torvend on 12 May.", "y": "Halvern paid 410 million."}
    (one, score), (none, zero) = floors.nearest_sentences(["Torvend traf Vasht am 12. Mai", "ohne alles"], candidates)
    assert (one, none, zero) == ("x", None, 0.0)
    assert score > 0.5


def test_gale_church_merges_where_lengths_say_so_and_covers_every_line():
    left = ["a" * 40, "b" * 60, "c" * 100]
    right = ["x" * 100, "y" * 100]
    beads = floors.gale_church(left, right)
    assert beads == [((0, 1), (0,)), ((2,), (1,))]
    assert floors.gale_church([], ["x"]) == [((), (0,))]


def test_shared_shingles_cover_the_common_run_on_both_sides():
    left, right = floors.shared_shingle_spans("X one two three four five Y", "one two three four five six", 5)
    assert {(left[0], right[0])} == {((2, 25), (0, 23))}


def test_agency_names_are_found_as_words_only():
    assert floors.named_agencies("PRISTINA (Reuters) -") == {"Q130879"}
    assert floors.named_agencies("afplay, MAPS and Apartment") == set()


def test_quotations_of_the_floor_are_one_where_their_words_are_the_same():
    found = floors.exact_quotes({"a": "“We go,” he said. „Jetzt“.", "b": 'We «go». She said: "We go."'})
    assert [(quoted.article_id, quoted.quote_id) for quoted in found] == [
        ("a", "we go"), ("a", "jetzt"), ("b", "go"), ("b", "we go")
    ]  # fmt: skip


# --- the table and failures ---


def test_a_failing_set_is_reported_and_the_others_go_on(data_set, monkeypatch, capsys, tmp_path):
    (tmp_path / "seeds").mkdir()

    def outcome(suite, folder, settings):
        failed = "Traceback\nInputError: no such thing"
        return failed if folder.name == "seeds" else Findings([Row(folder.name, "F1", 0.5, 0.25)])

    monkeypatch.setattr(quality, "_isolated", outcome)
    target = tmp_path / "out.json"
    assert quality.main([str(tmp_path), "--json", str(target)]) == 1
    printed = capsys.readouterr().out
    assert "reprint_synth_tiny  F1       0.500      0.250" in printed
    assert "failed: seeds: InputError: no such thing" in printed
    assert "settings views:" in printed
    assert json.loads(target.read_text(encoding="utf-8"))["rows"][0]["ours"] == 0.5
    assert quality.main([str(tmp_path), "--only", "reprint_synth"]) == 0


def test_what_a_suite_raises_becomes_its_report(data_set):
    def suite(folder, settings):
        raise ValueError(f"bad {folder.name}")

    assert "ValueError: bad reprint_synth_tiny" in quality._guarded(suite, data_set, quality.Settings())


def test_other_languages_and_unknown_sets_find_their_suite(data_set, tmp_path):
    unknown = data_set.rename(tmp_path / "something_new")
    (tmp_path / "wmt_composite_other").mkdir()
    (tmp_path / "notes").mkdir()
    chosen = {folder.name: suite for folder, suite in quality._chosen(tmp_path, None)}
    assert chosen == {unknown.name: quality.general, "wmt_composite_other": quality.wmt_composite}


def test_a_folder_without_known_sets_is_wrong_usage(tmp_path, capsys):
    assert quality.main([str(tmp_path)]) == 2
    assert "wmt_composite" in capsys.readouterr().err


def test_markdown_cells_cannot_break_the_table():
    (table,) = tables(Findings([Row("s", "a|b", float("nan"), 0.5)]))
    assert "| s | a\\|b | - | 0.500 |  |  |" in table.lines("signature", markdown=True)


def everything(name):
    return Findings(
        rows=[Row(name, "F1", 0.5)],
        slices=[Slice(name, "F1", "de-fr", "human_translation", 12, 0.75, 0.25)],
        claimed=[Claimed(name, PAIRS, [0.5] * 4, [True, True, True, False])],
        compared=[Compared(name, "AUC", {"provtrace": 0.9, "difflib": 0.8})],
        absent={"text-matcher": "No module named 'text_matcher'"},
    )


def test_every_table_carries_the_settings(data_set, monkeypatch, capsys):
    monkeypatch.setattr(quality, "_isolated", lambda suite, folder, settings: everything(folder.name))
    assert quality.main([str(data_set), "--markdown"]) == 0
    printed = capsys.readouterr().out
    parts = printed.split("### ")[1:]
    assert [part.splitlines()[0] for part in parts] == [
        "All sets",
        "By languages and kind",
        "Calibration",
        "Reliability, all of these sets together: claimed, observed, (count)",
        "Beside other tools",
    ]
    assert all("settings views:" in part for part in parts)
    assert "| reprint_synth_tiny | F1 | de-fr | human translation | 12 | 0.750 | 0.250 |" in printed
    assert "| reprint_synth_tiny | pairs of articles | 4 | 0.500 | 0.750 | 0.250 | 0.250 |" in printed
    assert "| 0.4-0.5 | 0.50, 0.75 (4) |" in printed
    assert "| reprint_synth_tiny | AUC | 0.900 | 0.800 |" in printed
    assert "not run: text-matcher: No module named 'text_matcher'" in printed


def test_the_plot_has_a_line_a_set_and_is_written_only_when_asked(data_set, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(quality, "_isolated", lambda suite, folder, settings: everything(folder.name))
    assert quality.main([str(data_set), "--plots", str(tmp_path / "plots")]) == 0
    drawing = ElementTree.parse(tmp_path / "plots" / "reliability.svg").getroot()
    told = {element.text for element in drawing.iter("{http://www.w3.org/2000/svg}text")}
    assert {PAIRS, "reprint_synth_tiny", "as claimed"} <= told


# --- probabilities ---


def test_bins_hold_their_upper_edge_and_what_was_claimed_and_observed():
    claimed = Claimed("s", PAIRS, [0.0, 0.1, 0.11, 0.2, 1.0], [False, True, True, True, True])
    found = bins(claimed)
    assert found[0] == Bin(2, 0.05, 0.5)
    assert found[1] == Bin(2, pytest.approx(0.155), 1.0)
    assert found[9] == Bin(1, 1.0, 1.0)
    assert found[2:9] == [None] * 7


def test_sets_are_pooled_by_sort_in_one_order():
    one = Claimed("a", PAIRS, [0.5], [True])
    other = Claimed("b", MODELS["cross"], [0.7], [False])
    again = Claimed("b", PAIRS, [0.6], [False])
    first, second = pooled([one, other, again])
    assert (first.what, second.what) == (MODELS["cross"], PAIRS)
    assert (second.probabilities, second.outcomes) == ([0.5, 0.6], [True, False])


# --- other tools ---


def test_blocks_of_words_in_common_are_found_on_both_sides():
    left, right = "Here four words stand together, always.", "There: Four words STAND together; never"
    assert other_tools.difflib_blocks(left, right) == [((5, 30), (7, 32))]
    assert other_tools.difflib_blocks("one two three", "four five") == []


def test_likeness_is_one_for_the_same_words_and_nothing_for_strangers():
    for scorer in other_tools.sentence_scorers().values():
        assert scorer("The same words", "the same WORDS") == pytest.approx(1.0)
        assert scorer("abc", "xyz") == 0.0


def test_a_tool_that_is_not_installed_is_named_with_the_reason(monkeypatch):
    monkeypatch.setitem(sys.modules, "text_matcher", None)
    finders, absent = other_tools.passage_finders()
    assert list(finders) == ["difflib blocks"]
    assert "text_matcher" in absent["text-matcher"]


# --- the seeds' sentences ---


def test_units_of_co_derived_pairs_are_counted_by_what_they_join(tmp_path):
    lines = [frozenset({("unit", name)}) for name in ("R1", "R2")]
    stretches = [Stretch((0, 10), lines[0]), Stretch((10, 20), lines[1])]
    event = frozenset({"event"})
    gold_lines = UnitGold(
        {"a": stretches, "b": stretches}, {"a": event, "b": event}, {"a": frozenset(), "b": frozenset()}
    )
    gold = Gold(name="g", documents=frozenset("ab"), relations={("a", "b"): frozenset({"co_derived"})})

    def unit(left, right):
        return dict(
            left_id="a", right_id="b", left_start=left, left_end=left + 10, right_start=right, right_end=right + 10
        )

    assert suite_articles._units_of_pairs([unit(0, 0), unit(0, 10)], gold, gold_lines) == (0.5, 0.5)
    assert suite_articles._units_of_pairs([unit(0, 0), unit(10, 10)], gold, gold_lines) == (1.0, 1.0)
    assert suite_articles._joins(unit(0, 10), ("a", (0, 9)), ("b", (12, 20)))
    assert not suite_articles._joins(unit(0, 10), ("a", (0, 9)), ("b", (0, 10)))
