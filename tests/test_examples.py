"""The example corpus is what its builder makes of its source, and its labels fit its texts."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from provtrace.tables import CREDITED, DIRECTED, RELATION_KINDS, SENTENCE_KINDS

EXAMPLES = Path(__file__).parents[1] / "examples"
GOLD = json.loads((EXAMPLES / "gold.json").read_text(encoding="utf-8"))
VERDICTS = {"credited", "uncredited", "credit_mismatch", "no_credit_found", "own"}
VARIANTS = tuple(GOLD["variants"])


@pytest.fixture(scope="module")
def builder():
    spec = importlib.util.spec_from_file_location("build_gold", EXAMPLES / "build_gold.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def read(variant):
    """Records by id, as any reader of JSON lines and plain text would get them."""
    folder = EXAMPLES / variant
    rows = [json.loads(line) for line in (folder / "story.jsonl").read_text(encoding="utf-8").splitlines()]
    plain = [{"id": file.stem, "text": file.read_text(encoding="utf-8")} for file in folder.glob("*.txt")]
    return {row["id"]: row for row in [*rows, *plain]}


def texts(variant):
    return {name: row["text"] for name, row in read(variant).items()}


def test_the_committed_files_are_what_the_builder_writes(builder):
    built = builder.build()
    for path, content in built.items():
        assert (EXAMPLES / path).read_bytes().decode("utf-8") == content, path
    committed = {f"{folder}/{file.name}" for folder in VARIANTS for file in (EXAMPLES / folder).iterdir()}
    assert committed == set(built) - {"gold.json"}


def test_the_corpus_has_the_size_and_the_languages_that_it_promises(builder):
    story = builder.Story.load()
    assert len(story.articles) == 17
    assert {entry["language"] for entry in story.articles.values()} == {"ar", "de", "en", "es", "fr", "it", "pt", "ru"}
    for name, sentences in story.sentences.items():
        assert 8 <= len(sentences) <= 16, name
        assert 120 <= len(story.text(name).split()) <= 320, name


def test_the_second_variant_is_the_first_without_the_wire_and_its_french_version():
    whole, rest = texts("articles"), texts("without-wire")
    assert set(whole) - set(rest) == {"wire-en", "wire-fr"}
    assert all(whole[name] == text for name, text in rest.items())


def test_invented_outlets_have_addresses_that_can_not_exist():
    for row in read("articles").values():
        assert re.match(r"https://[a-z.-]+\.example/", row.get("url", "https://none.example/"))


@pytest.mark.parametrize("variant", VARIANTS)
def test_sentence_labels_cover_each_text_without_gap_or_overlap(variant):
    for name, text in texts(variant).items():
        spans = [(row["start"], row["end"]) for row in GOLD["variants"][variant]["sentences"] if row["article"] == name]
        assert spans == sorted(spans)
        assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)
        covered = {place for start, end in spans for place in range(start, end)}
        assert len(covered) == sum(end - start for start, end in spans)
        left = "".join(letter for place, letter in enumerate(text) if place not in covered)
        assert left.removeprefix(" date 2024-03-13 ").strip() == ""


@pytest.mark.parametrize("variant", VARIANTS)
def test_verbatim_sentences_equal_their_origins_and_the_other_kinds_do_not(variant):
    whole = texts("articles")
    for row in GOLD["variants"][variant]["sentences"]:
        if row["origin"] not in whole:
            assert row["origin_start"] is row["origin_end"] is None
            continue
        here = whole[row["article"]][row["start"] : row["end"]]
        there = whole[row["origin"]][row["origin_start"] : row["origin_end"]]
        assert there
        if row["kind"] == "verbatim":
            assert here == there
        elif row["kind"] != "background":
            assert here != there


@pytest.mark.parametrize("variant", VARIANTS)
def test_translated_sentences_keep_the_numbers_of_their_origins(variant):
    """A number that the origin lacks would mean a label on the wrong sentence (or a mistranslation)."""
    whole = texts("articles")
    for row in GOLD["variants"][variant]["sentences"]:
        if row["kind"] == "translation" and row["origin"] in whole:
            here = whole[row["article"]][row["start"] : row["end"]]
            there = whole[row["origin"]][row["origin_start"] : row["origin_end"]]
            assert numbers(here) <= numbers(there), here


def numbers(text):
    """Numbers of two digits or more, thousands and clock times without their marks."""
    spelled = {"Forty-two": "42", "6:50 p.m.": "18:50"}
    for words, figures in spelled.items():
        text = text.replace(words, f"{words} {figures}")
    return {number for number in re.findall(r"\d+", re.sub(r"(?<=\d)[.,:h](?=\d)", "", text)) if len(number) > 1}


@pytest.mark.parametrize("variant", VARIANTS)
def test_labels_use_the_vocabularies_and_name_only_what_exists(variant):
    gold, names = GOLD["variants"][variant], set(texts(variant))
    upstreams = {row["name"] for row in gold["upstreams"]}
    for row in gold["pairs"]:
        assert row["left"] < row["right"]
        assert {row["left"], row["right"]} <= names
        assert row["relation"] in RELATION_KINDS
        assert (row["source"] in (row["left"], row["right"])) == (row["relation"] in DIRECTED)
    for row in gold["derivations"]:
        assert row["derived"] in names
        assert row["source"] in names | upstreams
        assert row["relation"] in DIRECTED
        assert row["credited"] in CREDITED
    for row in gold["sentences"]:
        assert row["kind"] in SENTENCE_KINDS
        assert row["origin"] in {None, *names, *upstreams}
    assert {row["article"]: row["verdict"] in VERDICTS for row in gold["audit"]} == dict.fromkeys(names, True)
    assert sorted(name for story in gold["stories"] for name in story) == sorted(names)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_derivation_has_sentences_and_every_sentence_a_derivation(variant):
    gold = GOLD["variants"][variant]
    steps = {(row["derived"], row["source"]) for row in gold["derivations"]}
    taken = {
        (row["article"], row["origin"]) for row in gold["sentences"] if row["origin"] and row["kind"] != "background"
    }
    assert taken == steps


def test_a_directed_pair_agrees_with_the_dates():
    published = {
        name: datetime.fromisoformat(row["published"])
        for name, row in read("articles").items()
        if "T" in row.get("published", "")
    }
    dated = [
        row for row in GOLD["variants"]["articles"]["derivations"] if {row["derived"], row["source"]} <= set(published)
    ]
    assert len(dated) >= 10
    assert all(published[row["source"]] < published[row["derived"]] for row in dated)


def test_the_roles_of_the_story_are_in_the_labels():
    gold = GOLD["variants"]["articles"]
    relation = {(row["left"], row["right"]): row["relation"] for row in gold["pairs"]}
    kinds = {
        name: Counter(row["kind"] for row in gold["sentences"] if row["article"] == name) for name in texts("articles")
    }
    assert kinds["partial-four"]["verbatim"] == 4
    assert kinds["independent"]["shared_quote"] == 1
    assert relation["independent", "wire-en"] == "shared_quote"
    assert relation["second-wire", "wire-en"] == "shared_background"
    assert relation["background-later", "wire-en"] == "shared_background"
    assert relation["en-copy", "en-copy-updated"] == "revision"
    assert ["digest"] in gold["stories"]
    assert {"article": "es-adaptation", "verdict": "credit_mismatch"} in gold["audit"]


def test_the_quotation_of_the_independent_report_is_word_for_word_that_of_the_wire():
    quoted = re.compile("“.*?”")
    whole = texts("articles")
    assert set(quoted.findall(whole["independent"])) < set(quoted.findall(whole["wire-en"]))


def test_the_missing_wire_has_its_direct_takers_as_witnesses():
    (upstream,) = GOLD["variants"]["without-wire"]["upstreams"]
    assert upstream["agency"] == "reuters"
    assert {"ar-version", "de-paraphrase", "en-copy", "es-adaptation", "ru-version"} < set(upstream["witnesses"])
    assert not {"en-via-arabic", "en-copy-updated", "second-wire", "independent"} & set(upstream["witnesses"])


def test_a_sentence_of_the_missing_wire_with_one_witness_counts_as_new():
    rows, whole = GOLD["variants"]["without-wire"]["sentences"], texts("articles")
    new = {whole[row["article"]][row["start"] : row["end"]] for row in rows if row["kind"] == "novel_in_set"}
    assert any(text.startswith("Según la autoridad portuaria, se trata del primer incidente") for text in new)
    assert not any(text.startswith("Среди запертых судов") for text in new)
