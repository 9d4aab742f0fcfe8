"""What a user reads out of a run."""

from __future__ import annotations

import json

import networkx
import polars as pl
import pytest
import runs
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from networkx.utils import graphs_equal
from polars.testing import assert_frame_equal
from strategies import provenances

from provtrace.errors import RunError, TableError, UnknownName
from provtrace.results.graph import build_graph
from provtrace.results.provenance import Provenance
from provtrace.results.summary import summary
from provtrace.settings import Settings
from provtrace.tables import TABLES


@pytest.fixture(scope="module")
def provenance():
    return runs.provenance()


@pytest.mark.parametrize("name", sorted(set(TABLES) - {"stories", "derivations"}))
def test_each_table_is_a_property(provenance, name):
    assert_frame_equal(getattr(provenance, name), runs.tables()[name])


def test_repr_counts(provenance):
    assert repr(provenance) == "<Provenance: 9 articles, 1 upstream, 5 derivations, 2 stories>"


def test_save_and_load(provenance, tmp_path):
    provenance.save(tmp_path / "run")
    again = Provenance.load(tmp_path / "run")
    assert again.settings == provenance.settings
    assert again.derivations() == provenance.derivations()
    with pytest.raises(RunError):
        Provenance.load(tmp_path)


def test_a_missing_table_is_named():
    tables = runs.tables()
    del tables["credits"]
    with pytest.raises(TableError, match="credits"):
        Provenance(tables, Settings())


def test_an_upstream_with_an_articles_id_is_refused():
    upstreams = runs.tables()["upstreams"].with_columns(pl.lit("000").alias("upstream_id"))
    with pytest.raises(TableError, match="000"):
        runs.provenance(upstreams=upstreams)


def test_derivations_are_ordered_and_filtered(provenance):
    edges = provenance.derivations(0.84)
    assert [(e.derived_id, e.source_id) for e in edges] == [
        ("011", "010"),
        ("012", "010"),
        ("000", "U1"),
        ("001", "U1"),
    ]
    assert edges[0].relation == "copy"
    assert edges[0].reasons == ("contained in 010",)
    assert provenance.derivations(0.99) == []


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("credits", "article_id"),
        ("relations", "right_id"),
        ("derivations", "source_id"),
        ("upstream_units", "upstream_id"),
    ],
)
def test_an_id_that_the_run_does_not_hold_is_refused(table, column):
    frame = runs.tables()[table].with_columns(pl.lit("ghost").alias(column))
    with pytest.raises(TableError, match=rf"{table}\.{column} .*ghost"):
        runs.provenance(**{table: frame})


def test_an_article_given_twice_is_refused():
    articles = runs.tables()["articles"]
    with pytest.raises(TableError, match="digest"):
        runs.provenance(articles=pl.concat([articles, articles.filter(article_id="digest")]))


def test_objects_print_what_they_are(provenance):
    shown = [
        (provenance.derivations()[0], "<Derivation '011' from '010': copy 0.95, share 1.00, credited>"),
        (provenance.stories[1].relations()[0], "<Relation '010' and '011': copy 0.95, source '010'>"),
        (provenance.stories[0].relations()[0], "<Relation '000' and '001': co_derived 0.85>"),
        (provenance.explain("012")[0], "<Origin of '012' [0]: translation 0.90 from '010' [0]>"),
        (provenance.explain("012")[1], "<Origin of '012' [1]: novel_in_set 0.50>"),
        (provenance.wire("U1")[1], "<WireUnit 'U1' [1]: 3 witnesses, 'Officials counted forty passengers.'>"),
        (provenance.stories[0], "<Story 'S1': 5 articles, 1 upstream, 3 derivations>"),
    ]
    assert [repr(thing) for thing, _ in shown] == [line for _, line in shown]


def test_what_is_printed_steers_no_terminal():
    derivations = runs.tables()["derivations"].with_columns(derived_id=pl.lit("a\x1b[2J"))
    articles = runs.tables()["articles"].with_columns(article_id=pl.col("article_id").replace("digest", "a\x1b[2J"))
    tables = {"derivations": derivations, "articles": articles}
    changed = {
        name: frame.with_columns(pl.col("article_id").replace("digest", "a\x1b[2J"))
        for name, frame in runs.tables().items()
        if name in ("sentences", "origins")
    }
    assert "\x1b" not in repr(runs.provenance(**tables, **changed).derivations())


def test_lists_of_objects_make_frames(provenance):
    for objects in (
        provenance.derivations(),
        provenance.stories[0].relations(),
        [*provenance.explain("012"), *provenance.explain("000")],
        provenance.wire("U1"),
    ):
        assert pl.DataFrame(objects).height == len(objects)


def test_quotes_are_worked_out_once(provenance):
    assert provenance.quotes is provenance.quotes
    assert provenance.quotes.is_empty()


class TestExplain:
    def test_every_sentence_in_order(self, provenance):
        origins = provenance.explain("000")
        assert [o.sentence for o in origins] == [0, 1, 2]
        text = provenance.articles.filter(article_id="000")["text"].item()
        assert all(text[o.start : o.end] == o.text for o in origins)

    def test_origin_in_an_article(self, provenance):
        origin = provenance.explain("012")[0]
        assert (origin.kind, origin.origin_id, origin.origin_sentences) == ("translation", "010", (0,))
        assert origin.origin_texts == ("The mint struck nine new coins.",)
        assert origin.compared_id == "010"
        assert origin.evidence["cosine"] == pytest.approx(0.85)
        assert origin.evidence["run"] == 3

    def test_origin_in_an_upstream_shows_another_articles_wording_and_the_best_evidence(self, provenance):
        first, second, _ = provenance.explain("000")
        assert first.origin_id == "U1"
        assert first.origin_texts == ("The boat sailed from the northern harbour early.",)
        assert first.compared_id == "002"
        assert first.evidence["probability"] == pytest.approx(0.9)
        assert second.compared_id == "001"

    def test_shared_background_has_evidence_without_an_origin(self, provenance):
        background = provenance.explain("003")[1]
        assert (background.kind, background.origin_id, background.origin_texts) == ("background", None, ())
        assert background.compared_id == "000"

    def test_what_the_compared_sentence_says_differently(self, provenance):
        origins = {(o.article_id, o.sentence): o for o in provenance.explain("001")}
        assert origins["001", 1].flags == ("quote_drift",)
        assert origins["001", 0].flags == ()

    def test_novel_sentence_has_no_evidence(self, provenance):
        novel = provenance.explain("012")[1]
        assert (novel.kind, novel.compared_id, dict(novel.evidence)) == ("novel_in_set", None, {})

    @pytest.mark.parametrize(
        ("asked", "offered"), [("01", "010, 011, 012"), ("digset", "digest"), ("zzz", "9, among them 000")]
    )
    def test_unknown_article_lists_close_ones(self, provenance, asked, offered):
        with pytest.raises(UnknownName, match=offered):
            provenance.explain(asked)

    def test_a_sentence_without_origin_is_an_error(self):
        origins = runs.tables()["origins"].filter(pl.col("article_id") != "000")
        with pytest.raises(TableError, match=r"\[0, 1, 2\] of article '000'"):
            runs.provenance(origins=origins).explain("000")


class TestWire:
    def test_best_supported_wording_first(self, provenance):
        first, second = provenance.wire("U1")
        assert first.text == "The ferry left the northern harbour before dawn."
        assert [w.article_id for w in first.witnesses] == ["000", "002", "001"]
        assert second.text == "Officials counted forty passengers."
        assert second.witnesses[0].similarity == pytest.approx(0.92)

    def test_a_unit_told_in_two_sentences_is_one_witness(self):
        units = pl.DataFrame(
            [("U1", 0, "000", 1, 0.5), ("U1", 0, "000", 0, 0.9), ("U1", 0, "001", 0, 0.8)],
            schema=TABLES["upstream_units"],
            orient="row",
        )
        (unit,) = runs.provenance(upstream_units=units).wire("U1")
        assert [(w.article_id, w.sentences) for w in unit.witnesses] == [("001", (0,)), ("000", (0, 1))]
        assert unit.witnesses[1].similarity == pytest.approx(0.7)
        assert unit.witnesses[1].text.startswith("The ferry left")

    def test_row_order_does_not_matter(self, provenance):
        units = provenance.upstream_units.reverse()
        assert runs.provenance(upstream_units=units).wire("U1") == provenance.wire("U1")

    def test_unknown_upstream(self, provenance):
        with pytest.raises(UnknownName, match="U1"):
            provenance.wire("U2")


class TestStory:
    def test_stories_and_their_articles(self, provenance):
        assert [(s.story_id, s.article_ids) for s in provenance.stories] == [
            ("S1", ("000", "001", "002", "003", "004")),
            ("S2", ("010", "011", "012")),
        ]
        assert provenance.story("S2") is provenance.stories[1]
        with pytest.raises(UnknownName, match="S1"):
            provenance.story("S3")

    def test_a_run_without_stories(self):
        assert runs.provenance(stories=pl.DataFrame(schema=TABLES["stories"])).stories == []

    def test_edges_of_one_story_only(self, provenance):
        first, second = provenance.stories
        assert {e.derived_id for e in first.derivations()} == {"000", "001", "002"}
        assert [e.derived_id for e in second.derivations(min_probability=0.92)] == ["011"]
        assert {r.relation for r in first.relations(0.5)} == {"co_derived", "shared_background", "same_event"}
        assert {r.source_id for r in second.relations()} == {"010"}

    def test_graph_nodes(self, provenance):
        graph = provenance.stories[0].graph
        kinds = {node: data["kind"] for node, data in graph.nodes(data=True)}
        assert {n for n, k in kinds.items() if k == "article"} == {"000", "001", "002", "003", "004"}
        assert {n for n, k in kinds.items() if k == "upstream"} == {"U1"}
        assert {"agency:reuters", "agency:afp"} <= {n for n, k in kinds.items() if k == "agency"}
        assert graph.nodes["U1"]["observed"] is False
        assert graph.nodes["000"]["published_at"] == "2024-03-01T09:00:00+00:00"
        assert "published_at" not in graph.nodes["003"]

    def test_graph_edges(self, provenance):
        graph = provenance.stories[0].graph
        derivation = graph.edges["001", "U1", "adaptation"]
        assert (derivation["kind"], derivation["credited"]) == ("derivation", "mismatch")
        assert derivation["probability"] == pytest.approx(0.85)
        assert graph.edges["001", "agency:afp", "credits"]["roles"] == ["tail"]
        assert graph.has_edge("U1", "agency:reuters", key="attributed_to")
        assert graph.edges["000", "004", "same_event"]["directed"] is False

    def test_edges_say_why(self, provenance):
        graph = provenance.stories[0].graph
        assert graph.edges["001", "U1", "adaptation"]["reasons"] == ["shares 2 units with 000 and 002"]
        assert graph.edges["000", "004", "same_event"]["reasons"] == ["matched sentences keep their order"]
        assert graph.nodes["U1"]["witnesses"] == ["000", "001", "002"]

    @hypothesis_settings(max_examples=40)
    @given(provenances())
    def test_every_node_and_edge_has_its_kind_and_json_carries_the_graph(self, provenance):
        for tables in (provenance.tables, *(story.tables for story in provenance.stories)):
            graph = build_graph(tables, provenance.quotes)
            kinds = {"article", "upstream", "agency", "quote", "speaker"}
            assert {kind for _, kind in graph.nodes(data="kind")} <= kinds
            for start, end, kind in graph.edges(data="kind"):
                ends = graph.nodes[start]["kind"], graph.nodes[end]["kind"]
                assert (
                    ends
                    in {
                        "derivation": [("article", "article"), ("article", "upstream"), ("upstream", "upstream")],
                        "relation": [("article", "article")],
                        "credits": [("article", "agency")],
                        "attributed_to": [("upstream", "agency")],
                        "quotes": [("article", "quote")],
                        "said_by": [("quote", "speaker")],
                    }[kind]
                )
            said = json.loads(json.dumps(networkx.node_link_data(graph, edges="edges")))
            assert graphs_equal(networkx.node_link_graph(said, edges="edges"), graph)

    def test_a_derivation_is_not_repeated_as_a_relation(self, provenance):
        graph = provenance.story("S2").graph
        assert list(graph["011"]["010"]) == ["copy"]
        assert not graph.has_edge("010", "011")

    def test_a_directed_relation_that_is_no_derivation_points_to_its_source(self):
        derivations = runs.tables()["derivations"].filter(pl.col("derived_id") != "011")
        edge = runs.provenance(derivations=derivations).story("S2").graph.edges["011", "010", "copy"]
        assert (edge["kind"], edge["directed"]) == ("relation", True)

    def test_an_article_that_bears_an_agencys_node_id_stays_an_article(self):
        tables = {
            name: frame.with_columns(pl.col(pl.String).replace("004", "agency:reuters"))
            for name, frame in runs.tables().items()
        }
        graph = Provenance(tables, Settings()).stories[0].graph
        assert graph.nodes["agency:reuters"]["kind"] == "article"
        assert graph.nodes["agency:agency:reuters"]["kind"] == "agency"


class TestChains:
    """An upstream may derive from another one."""

    def test_a_story_holds_what_its_upstreams_derive_from(self):
        first, second = runs.chained().stories
        assert first.tables["upstreams"]["upstream_id"].sort().to_list() == ["U1", "U2"]
        assert [(e.derived_id, e.source_id) for e in first.derivations(0.9)] == [("U1", "U2")]
        assert second.tables["upstreams"].is_empty()

    def test_the_graph_has_the_hop(self):
        graph = runs.chained().stories[0].graph
        assert graph.edges["U1", "U2", "translation"]["kind"] == "derivation"
        assert graph.nodes["U2"] == {
            "kind": "upstream", "observed": False, "agency": "afp", "language": "fr", "probability": 0.75,
            "witnesses": ["000", "001"],
        }  # fmt: skip
        assert networkx.has_path(graph, "001", "agency:afp")

    def test_upstreams_that_derive_from_one_another_end(self):
        chained = runs.chained()
        back = (
            chained.tables["derivations"]
            .filter(derived_id="U1")
            .with_columns(derived_id=pl.lit("U2"), source_id=pl.lit("U1"))
        )
        tables = {**chained.tables, "derivations": pl.concat([chained.tables["derivations"], back])}
        assert len(Provenance(tables, Settings()).stories[0].derivations()) == 5

    def test_an_upstream_that_is_not_there_is_told(self):
        derivations = runs.chained().tables["derivations"]
        with pytest.raises(TableError, match=r"derivations\.source_id .* \['U2'\]"):
            runs.provenance(derivations=derivations)
        strange = derivations.filter(derived_id="000").with_columns(derived_id=pl.lit("U9"))
        with pytest.raises(TableError, match=r"derivations\.derived_id .* \['U9'\]"):
            runs.provenance(derivations=strange)

    def test_the_set_counts_what_lies_between_its_articles(self):
        assert "2 derivations between articles of the set" in summary(runs.chained(), None)[0]


class TestQuotes:
    SAID = "“We will wait for the tide of the night and then go home,” said the mayor, Orla Venn."
    TOLD = "“We will wait for the tide of the night and then sail home,” Venn told us."

    @pytest.fixture
    def quoted(self):
        texts = {
            "a": [self.SAID, "“Nobody else has this,” she said."],
            "b": ["Rain fell.", self.TOLD],
            "c": [self.TOLD],
        }
        tables = runs.of(texts, related=[("a", "b"), ("a", "c"), ("b", "c")])
        stories = pl.DataFrame([("S1", "a"), ("S1", "b")], schema=TABLES["stories"], orient="row")
        return Provenance({**tables, "stories": stories}, Settings())

    def test_an_utterance_that_two_articles_have_is_a_node(self, quoted):
        graph = quoted.story("S1").graph
        assert {name: data["kind"] for name, data in graph.nodes(data=True)} == {
            "a": "article", "b": "article", "quote:Q1": "quote", "speaker:Orla Venn": "speaker"
        }  # fmt: skip
        assert graph.edges["quote:Q1", "speaker:Orla Venn", "said_by"]["names"] == ["Orla Venn", "Venn"]
        (edge,) = graph["b"]["quote:Q1"].values()
        text = quoted.articles.row(1, named=True)["text"]
        assert text[edge["start"] : edge["end"]] == "We will wait for the tide of the night and then sail home,"
        assert (edge["form"], edge["speaker"]) == ("direct", "Venn")
        assert [drift for _, _, drift in graph.edges(data="drift") if drift is not None] == [True, False]

    def test_one_that_a_single_article_of_the_story_has_is_none(self, quoted):
        alone = quoted.tables["stories"].head(1)
        graph = Provenance({**quoted.tables, "stories": alone}, Settings()).story("S1").graph
        assert set(graph) == {"a"}

    def test_a_storys_quotes_are_whole(self, quoted):
        frame = quoted.story("S1").quotes
        assert frame.filter(quote_id="Q1")["article_id"].to_list() == ["a", "b", "c"]
        assert frame["quote_id"].n_unique() == 2

    def test_as_objects(self, quoted):
        quote = quoted.quote("Q1")
        assert (quote.speaker, quote.language, quote.article_ids) == ("Orla Venn", "en", ("a", "b", "c"))
        assert quote.text == quote.best.text == "We will wait for the tide of the night and then sail home,"
        assert repr(quote) == f"<Quote Q1 by 'Orla Venn': 3 variants in 3 articles, {quote.text!r}>"
        assert str(quote).splitlines()[1].startswith("  <Variant in 'a' [1:57]: direct by 'Orla Venn', 'We will wait")
        with pytest.raises(UnknownName, match="quote 'Q9'"):
            quoted.quote("Q9")
