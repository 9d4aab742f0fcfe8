"""The quality benchmark's own parts: what a run may see, the floors, and how failures are reported."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import blind
import floors
import quality
from rows import Row


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


# --- the table and failures ---


def test_a_failing_set_is_reported_and_the_others_go_on(data_set, monkeypatch, capsys, tmp_path):
    (tmp_path / "seeds").mkdir()

    def outcome(suite, folder, settings):
        return "Traceback\nInputError: no such thing" if folder.name == "seeds" else [Row(folder.name, "F1", 0.5, 0.25)]

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
    (_, _, line) = quality._markdown([Row("s", "a|b", float("nan"), 0.5)])
    assert line == "| s | a\\|b | - | 0.500 |  |  |"
