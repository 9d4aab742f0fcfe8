"""The blind stories are well formed, their gold follows from their marks, and the benchmark counts what it says."""

import json
import re
import sys
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

from earliest import Earliest
from newsroom import Corpus, Edition, Story, read_stories
from stories import Outcome, confusion, judged, wrong

from provtrace.results.evaluate.read import read_gold
from provtrace.settings import Settings
from provtrace.tables import CREDITED, DIRECTED, RELATION_KINDS, SENTENCE_KINDS, TABLES

STORIES = read_stories()
EDITIONS = [Edition(story, wires) for story in STORIES for wires in (False, True)]
VERDICTS = {"own", "credited", "partial", "credit_mismatch", "uncredited", "no_credit_found"}

SMALL = """
half = "a"

[[article]]
id = "wire"
kept_back = true
outlet = "Reuters"
published = "2024-01-01T10:00Z"
agency = "reuters"
upstream = "U:wire"
language = "en"
event = "e"
audit = "own"
text = '''
new @first | A bridge fell.
new @said | “It was old,” said the mayor.
new @alone | Nobody was hurt.
'''

[[article]]
id = "one"
language = "en"
event = "e"
prefix = " date 2024-01-02 "
audit = "credited"
derives = [{ source = "wire", relation = "copy", credited = "credited" }]
text = '''
heading | Bridge falls

verbatim wire@first | A bridge fell.
verbatim wire@said | “It was old,” said the mayor.
verbatim wire@alone | Nobody was hurt.
'''

[[article]]
id = "two"
language = "en"
event = "e"
audit = "uncredited"
derives = [{ source = "wire", relation = "paraphrase", credited = "uncredited" }]
text = '''
paraphrase wire@first+said | An old bridge has come down, “it was old,” the mayor said.
new | It rained.
'''

[[article]]
id = "own"
language = "en"
event = "e"
audit = "no_credit_found"
text = '''
new | I stood by the river.
shared_quote wire@said | “An old thing it was,” the mayor told me.
'''
"""


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return Story.read(path)


@pytest.fixture
def without(small):
    return Edition(small, wires=False)


def gold_of(edition, folder):
    path = folder / "gold.json"
    path.write_text(json.dumps(Corpus([edition]).gold()), encoding="utf-8")
    return read_gold(path)


class MadeUp:
    """A run that says what it is told to say."""

    settings = Settings()

    def __init__(self, edition, *, verdicts=None, **rows):
        self._verdicts = verdicts or {}
        story = edition.story
        articles = [{"article_id": edition.id(name), "language": "en"} for name in edition.articles]
        sentences = [
            {"article_id": edition.id(name), "sentence": number, "start": start, "end": end, "role": "body", "text": ""}
            for name in edition.articles
            for number, (start, end) in enumerate(sentence.span for sentence in story.articles[name].sentences)
        ]
        rows = {"articles": articles, "sentences": sentences, **rows}
        self.tables = {
            name: pl.DataFrame(rows.get(name, []), schema=schema, orient="row") for name, schema in TABLES.items()
        }

    def audit(self, by):
        names = self.tables["articles"]["article_id"].to_list()
        return pl.DataFrame({f"{by}_id": names, "verdict": [self._verdicts.get(name, "") for name in names]})


# --- the stories as written -------------------------------------------------------------------------


def test_three_stories_are_for_choosing_and_three_for_checking():
    assert {story.name[0]: story.half for story in STORIES} == dict(zip("123456", "aaabbb", strict=True))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_texts_are_of_the_size_and_kind_that_the_readme_promises(story):
    seen = [article for article in story.articles.values() if not article.kept_back]
    assert 6 <= len(seen) <= 8
    for article in story.articles.values():
        assert 8 <= len(article.sentences) <= 18, article.name
        assert article.audit in VERDICTS
        assert bool(article.upstream and article.agency and article.outlet and article.published) == article.kept_back


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_spans_slice_back_to_the_sentences_and_only_white_space_lies_between(story):
    for article in story.articles.values():
        last = len(article.text) - len(re.sub(r"^ date \d{4}(-\d\d){1,2} ", "", article.text))
        for sentence in article.sentences:
            start, end = sentence.span
            assert article.text[start:end] == sentence.text == sentence.text.strip() != ""
            assert article.text[last:start].strip() == ""
            last = end
        assert last == len(article.text)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_marks_name_known_kinds_articles_and_contents(story):
    for article in story.articles.values():
        for number, sentence in enumerate(article.sentences):
            assert sentence.kind in SENTENCE_KINDS
            if sentence.source is not None:
                told = {name for _, n in story.origins((article.name, number)) for name in _names(story, sentence, n)}
                assert sentence.names <= told, (article.name, sentence.text)


def _names(story, sentence, number):
    return story.articles[sentence.source].sentences[number].names


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_sentences_are_taken_from_the_sources_that_the_article_names(story):
    for article in story.articles.values():
        sources = {step["source"] for step in article.derives}
        taken = {s.source for s in article.sentences if s.derived and s.kind != "background"}
        assert taken == sources, article.name
        for step in article.derives:
            assert step["relation"] in DIRECTED
            assert step["credited"] in CREDITED


# --- gold -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda each: f"{each.story.name}-{each.wires}")
def test_the_library_reads_the_gold_and_its_ids_are_those_of_the_corpus(edition, tmp_path):
    gold = gold_of(edition, tmp_path)
    texts = {record["id"]: record["text"] for record in Corpus([edition]).records()}
    assert gold.documents == texts.keys()
    assert {name for ends in gold.relations for name in ends} <= texts.keys()
    assert {kind for kinds in gold.relations.values() for kind in kinds} <= set(RELATION_KINDS)
    upstreams = {upstream.name for upstream in gold.upstreams}
    assert not upstreams if edition.wires else upstreams
    for derived, source in gold.edges:
        assert derived in texts
        assert source in texts.keys() | upstreams
    for segment in gold.segments:
        assert segment.origin_id is None or segment.origin_id in texts.keys() | upstreams
        for start, end in segment.origin_spans:
            assert texts[segment.origin_id][start:end].strip()


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda each: f"{each.story.name}-{each.wires}")
def test_an_unobserved_upstream_has_witnesses_and_every_unit_a_rendering_by_one_of_them(edition):
    for upstream in edition.gold()["upstreams"]:
        assert len(upstream["witnesses"]) > 1
        for unit in upstream["units"]:
            assert {place["article"] for place in unit["sentences"]} <= set(upstream["witnesses"])


def test_ids_say_nothing_and_do_not_depend_on_what_else_is_shown():
    corpora = [Corpus([Edition(story, wires) for story in STORIES]) for wires in (False, True)]
    assert corpora[0].names.items() <= corpora[1].names.items()
    assert all(re.fullmatch(r"[0-9a-f]{16}", name) for name in corpora[1].names)
    assert len(set(corpora[1].names.values())) == len(corpora[1].names)


def test_only_wires_come_with_what_a_feed_says(small, tmp_path):
    path = Corpus([Edition(small, wires=True)]).write(tmp_path)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert sorted(set(row) - {"id", "text"} for row in rows)[-1] == {"outlet", "published"}
    assert sum("outlet" in row for row in rows) == 1


def test_relations_follow_from_the_marks(small):
    assert small.relation("one", "wire") == ("copy", "wire")
    assert small.relation("one", "two") == ("co_derived", None)
    assert small.relation("own", "two") == ("shared_quote", None)


def test_what_one_witness_alone_took_is_new_as_far_as_anybody_can_tell(without):
    rows = {(row["article"], row["start"]): row for row in without.gold()["sentences"]}
    kinds = [
        (rows[without.id("one"), start]["kind"], rows[without.id("one"), start]["origin"])
        for start, _ in (sentence.span for sentence in without.story.articles["one"].sentences)
    ]
    wire = "small/U:wire"
    assert kinds == [("heading", None), ("verbatim", wire), ("verbatim", wire), ("novel_in_set", None)]


# --- what the benchmark counts ----------------------------------------------------------------------


def test_an_empty_run_misses_the_wire_and_is_right_about_nothing_but_what_is_new(without, tmp_path):
    outcome = judged(MadeUp(without), gold_of(without, tmp_path))
    assert outcome.cells() == ["0 of 3", *["0.00 / 0.00 / 0.00"] * 2, "0.000", "0.000", "0 of 3", "0, 1"]


def test_a_run_that_finds_everything_scores_full_marks(without, tmp_path):
    one, two, own = (without.id(name) for name in ("one", "two", "own"))
    truth = gold_of(without, tmp_path)
    relations = [
        (*sorted(ends), kind, None, 0.9, None, 0.5, 0.5, 1.0, [])
        for ends, kind in {(one, two): "co_derived", (one, own): "shared_quote", (two, own): "shared_quote"}.items()
    ]
    origins = [(one, n, "verbatim", "U1", [n - 1], 0.9) for n in (1, 2)] + [(two, 0, "paraphrase", "U1", [0], 0.9)]
    run = MadeUp(
        without,
        verdicts=truth.verdicts,
        relations=relations,
        origins=origins,
        upstreams=[("U1", "reuters", "en", None, None, 0.9, [one, two])],
        derivations=[(name, "U1", "copy", 0.9, 1.0, "credited", []) for name in (one, two)],
    )
    outcome = judged(run, truth)
    assert outcome.cells() == ["3 of 3", *["1.00 / 1.00 / 1.00"] * 2, "1.000", "0.000", "3 of 3", "0, 0"]
    assert wrong(Corpus([without]).names, outcome) == []


def test_what_is_invented_is_counted_apart_from_what_is_missed(without, tmp_path):
    own = without.id("own")
    run = MadeUp(
        without,
        upstreams=[("U7", None, None, None, None, 0.9, [own])],
        derivations=[(own, "U7", "copy", 0.9, 1.0, "unknown", [])],
        origins=[(own, 0, "paraphrase", "U7", [0], 0.9)],
    )
    counts = judged(run, gold_of(without, tmp_path)).counts
    assert (counts["invented"], counts["missed"]) == (1, 1)
    assert (counts["edges"], counts["edges right"]) == (1, 0)
    assert (counts["falsely attributed"], counts["own"]) == (1, 3)


def test_outcomes_add_up_and_the_confusion_table_holds_every_pair():
    left = Outcome({("a", "b"): ("copy", "none")}, Counter(audit=2))
    right = Outcome({("c", "d"): ("copy", "copy"), ("c", "e"): ("none", "none")}, Counter(audit=2))
    both = Outcome.sum([left, right])
    assert both.counts["audit"] == 4
    assert confusion(both) == [["true, then found", "copy", "none"], ["copy", "1", "1"], ["none", ".", "1"]]
    assert both.derived_pairs() == (1.0, 0.5, pytest.approx(2 / 3))


def test_the_floor_takes_the_earliest_like_sentence_for_the_source():
    words = "The bridge over the river fell on Monday night."
    articles = pl.DataFrame(
        {
            "article_id": ["a", "b", "c"],
            "language": ["en"] * 3,
            "published_at": pl.Series(["2024-01-03", "2024-01-02", None]).str.to_datetime("%Y-%m-%d", time_zone="UTC"),
        }
    )
    sentences = pl.DataFrame(
        {
            "article_id": ["a", "b", "c"],
            "sentence": [0, 0, 0],
            "start": [0] * 3,
            "end": [len(words)] * 3,
            "role": ["body"] * 3,
            "text": [words, words, "Onions are cheap this week at the market."],
        }
    )

    class Finished:
        settings = Settings()
        tables = {name: schema.to_frame() for name, schema in TABLES.items()} | {
            "articles": articles,
            "sentences": sentences,
        }

        def audit(self, by):
            raise AssertionError(by)

    floor = Earliest(Finished())
    assert floor.tables["derivations"].select("derived_id", "source_id").rows() == [("a", "b")]
    assert floor.tables["relations"].select("left_id", "right_id", "source_id").rows() == [("a", "b", "b")]
    assert floor.tables["origins"].sort("article_id")["origin_id"].to_list() == ["b", None, None]
    assert set(floor.audit("article")["verdict"]) == {"no_credit_found"}
