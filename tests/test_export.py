"""Exports are read back by the tools they are made for, whatever the articles hold."""

from __future__ import annotations

import csv
import io
import json
import re

import networkx
import polars as pl
import pytest
import runs
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from networkx.utils import graphs_equal
from strategies import provenances

from provtrace.errors import InputError, UnknownName
from provtrace.front import read
from provtrace.results.export import FORMATS, export
from provtrace.results.export.graph import graph_json, graphml
from provtrace.results.export.names import local, urn, xml_text
from provtrace.results.export.news import json_ld, ninjs
from provtrace.results.export.prov import prov_document
from provtrace.results.export.prov_notations import prov_json_ld, prov_n
from provtrace.results.export.table import csv_text
from provtrace.results.graph import build_graph
from provtrace.results.provenance import Provenance
from provtrace.results.report import write_report
from provtrace.results.report.words import visible
from provtrace.settings import Settings
from provtrace.tables import TABLES

HOSTILE = "\x00\x1b[31m\r\n\t<a href='x'>&\u202e\ufffe\\u0000 ]]> \U0001f600 =1+1"


def _written(tmp_path, format_, provenance=None):
    path = tmp_path / "deep" / f"run.{format_}"
    export(provenance or runs.provenance(), format_, path)
    return path.read_bytes()


def _renamed(old, new):
    tables = {name: frame.with_columns(pl.col(pl.String).replace(old, new)) for name, frame in runs.tables().items()}
    return Provenance(tables, Settings())


@pytest.fixture
def hostile():
    tables = dict(_renamed("004", HOSTILE).tables)
    tables["articles"] = tables["articles"].with_columns(
        pl.lit(HOSTILE).alias("title"), pl.lit(HOSTILE).alias("outlet")
    )
    return Provenance(tables, Settings())


@pytest.mark.parametrize("format_", FORMATS)
def test_the_same_run_gives_the_same_bytes_in_any_row_order(tmp_path, format_):
    reversed_ = Provenance({name: frame.reverse() for name, frame in runs.tables().items()}, Settings())
    assert _written(tmp_path, format_) == _written(tmp_path, format_, reversed_)


@pytest.mark.parametrize("format_", FORMATS)
def test_an_empty_run_can_be_exported(tmp_path, format_):
    empty = Provenance({name: pl.DataFrame(schema=schema) for name, schema in TABLES.items()}, Settings())
    assert _written(tmp_path, format_, empty) != _written(tmp_path, format_)


@hypothesis_settings(max_examples=40)
@given(provenances(), st.sampled_from(FORMATS))
def test_any_run_can_be_written_in_every_format_whatever_the_order_of_its_rows(tmp_path_factory, provenance, format_):
    folder = tmp_path_factory.mktemp("export")
    reversed_ = Provenance({name: frame.reverse() for name, frame in provenance.tables.items()}, Settings())
    assert _written(folder, format_, provenance) == _written(folder, format_, reversed_)


def test_unknown_format(tmp_path):
    with pytest.raises(UnknownName, match="prov-json"):
        export(runs.provenance(), "prov", tmp_path / "x")


def test_unwritable_path(tmp_path):
    with pytest.raises(InputError, match="can't write"):
        export(runs.provenance(), "csv", tmp_path)


class TestProv:
    @pytest.fixture
    def document(self, tmp_path):
        return json.loads(_written(tmp_path, "prov-json"))

    @hypothesis_settings(max_examples=40)
    @given(provenances())
    def test_the_three_notations_say_the_same_to_the_prov_package(self, provenance):
        model = pytest.importorskip("prov.model")
        document = prov_document(provenance.tables, provenance.settings)
        said = model.ProvDocument.deserialize(content=json.dumps(document), format="json")
        assert model.ProvDocument.deserialize(content=prov_n(document), format="provn", profile="strict") == said
        assert model.ProvDocument.deserialize(content=json.dumps(prov_json_ld(document)), format="jsonld") == said
        for form in ("json", "provn", "jsonld"):  # and nothing of it is lost where prov writes it again
            again = said.serialize(format=form)
            assert model.ProvDocument.deserialize(content=again, format=form) == said

    @pytest.mark.parametrize("hard", [False, True])
    def test_the_prov_package_reads_and_writes_it_back(self, tmp_path, hostile, hard):
        model = pytest.importorskip("prov.model")
        content = _written(tmp_path, "prov-json", hostile if hard else None).decode()
        read = model.ProvDocument.deserialize(content=content, format="json")
        text = read.serialize(format="json")
        assert model.ProvDocument.deserialize(content=text, format="json") == read
        ours, theirs = json.loads(content), json.loads(text)
        for bundle in theirs["bundle"].values():
            assert bundle.pop("prefix").items() <= ours["prefix"].items()  # prov repeats those it needs
        for part in (ours, theirs, ours["bundle"]["run:findings"], theirs["bundle"]["run:findings"]):
            # memberships have no ids of their own: prov numbers them
            part["hadMember"] = sorted(map(json.dumps, part["hadMember"].values()))
        assert theirs == ours

    def test_claims_and_findings_are_apart(self, document):
        claims, findings = document["bundle"]["run:claims"], document["bundle"]["run:findings"]
        attributed = {(r["prov:entity"], r["prov:agent"]) for r in claims["wasAttributedTo"].values()}
        assert attributed == {
            ("article:000", "agency:reuters"),
            ("article:001", "agency:afp"),
            ("article:002", "agency:reuters"),
            ("article:011", "agency:reuters"),
        }
        assert [r["prov:influencer"] for r in claims["wasInfluencedBy"].values()] == ["agency:getty"]
        assert [r["pt:role"] for r in claims["entity"].values()] == ["translation"]
        assert "wasDerivedFrom" not in claims
        assert [r["prov:entity"] for r in findings["wasAttributedTo"].values()] == ["upstream:U1"]

    def test_derivations(self, document):
        derived = document["bundle"]["run:findings"]["wasDerivedFrom"]
        copy = derived["finding:derivation.011.010.copy"]
        assert copy["prov:type"]["$"] == "prov:Quotation"
        assert copy["pt:probability"] == {"$": "0.95", "type": "xsd:double"}
        assert derived["finding:origin.012.0.010.0"]["prov:type"]["$"] == "pt:translation"
        assert derived["finding:origin.000.1.U1.1"]["prov:usedEntity"] == "unit:U1.1"

    def test_an_entity_is_generated_once_per_bundle(self, document):
        generated = [r["prov:entity"] for r in document["bundle"]["run:findings"]["wasGeneratedBy"].values()]
        assert len(generated) == len(set(generated)) == 5

    def test_everything_derived_or_used_is_declared(self, document):
        findings = document["bundle"]["run:findings"]
        for record in findings["wasDerivedFrom"].values():
            assert {record["prov:generatedEntity"], record["prov:usedEntity"]} <= document["entity"].keys()

    def test_undirected_relations_are_collections(self, document):
        findings = document["bundle"]["run:findings"]
        members = [
            r["prov:entity"]
            for r in findings["hadMember"].values()
            if r["prov:collection"] == "finding:relation.000.004.same_event"
        ]
        assert sorted(members) == ["article:000", "article:004"]

    def test_no_article_text_and_no_unsafe_address(self, tmp_path):
        content = _written(tmp_path, "prov-json").decode()
        assert "northern harbour" not in content
        assert "javascript:" not in content
        assert "https://harbour.example/a" in content


class TestChains:
    """An upstream that derives from another one, in every format that has derivations."""

    def test_in_prov(self, tmp_path):
        document = json.loads(_written(tmp_path, "prov-json", runs.chained()))
        hop = document["bundle"]["run:findings"]["wasDerivedFrom"]["finding:derivation.U1.U2.translation"]
        assert (hop["prov:generatedEntity"], hop["prov:usedEntity"]) == ("upstream:U1", "upstream:U2")
        assert {"upstream:U1", "upstream:U2"} <= document["entity"].keys()

    def test_in_tables_and_graphs(self, tmp_path):
        rows = list(csv.DictReader(io.StringIO(_written(tmp_path, "csv", runs.chained()).decode())))
        assert [(r["derived_id"], r["derived_kind"], r["source_id"]) for r in rows][-1] == ("U1", "upstream", "U2")
        graph = networkx.read_graphml(io.BytesIO(_written(tmp_path, "graphml", runs.chained())), force_multigraph=True)
        assert [data["relation"] for data in graph["U1"]["U2"].values()] == ["translation"]

    def test_in_schema_org_a_translation_of_what_nobody_has_seen_is_based_on_it_only(self, tmp_path):
        works = json.loads(_written(tmp_path, "jsonld", runs.chained()))["@graph"]
        (work,) = (work for work in works if work["identifier"] == "U1")
        assert work["isBasedOn"] == [{"@id": "urn:provtrace:upstream:U2"}]
        assert "translationOfWork" not in work

    def test_in_a_bundle_and_a_report(self, tmp_path):
        assert _written(tmp_path, "bundle", runs.chained()).startswith(b"PK")
        write_report(runs.chained(), tmp_path / "report.html")


class TestQuotesInProv:
    @pytest.fixture
    def document(self):
        said = "“We will wait for the tide of the night. And then go home,” said the mayor, Orla Venn."
        first, second = said.split(" And")
        tables = runs.of({"a": [first, f"And{second}"], "b": [said]}, related=[("a", "b")])
        return prov_document(tables, Settings())

    def test_sentences_have_the_utterance_for_their_primary_source(self, document):
        derived = document["bundle"]["run:findings"]["wasDerivedFrom"]
        assert {record["prov:type"]["$"] for record in derived.values()} == {"prov:PrimarySource"}
        assert {record["prov:usedEntity"] for record in derived.values()} == {"quote:Q1"}
        assert sorted(record["prov:generatedEntity"] for record in derived.values()) == [
            "sentence:a.0", "sentence:a.1", "sentence:b.0"
        ]  # fmt: skip
        assert {record["prov:generatedEntity"] for record in derived.values()} <= document["entity"].keys()

    def test_its_speaker_is_a_finding_and_its_words_stay_in_the_articles(self, document):
        (record,) = document["bundle"]["run:findings"]["wasAttributedTo"].values()
        assert (record["prov:entity"], record["prov:agent"]) == ("quote:Q1", "speaker:Orla%20Venn")
        assert "speaker:Orla%20Venn" in document["agent"]
        assert "run:claims" not in document["bundle"]
        assert "tide" not in json.dumps(document)


class TestGraphml:
    def test_networkx_reads_it_back(self, tmp_path):
        graph = networkx.read_graphml(io.BytesIO(_written(tmp_path, "graphml")), force_multigraph=True)
        assert graph.nodes["U1"]["kind"] == "upstream"
        assert graph.nodes["000"]["title"] == "Title of 000"
        relations = {(s, t, d["relation"]) for s, t, d in graph.edges(data=True)}
        assert {("000", "U1", "adaptation"), ("012", "010", "translation"), ("000", "004", "same_event")} <= relations
        (copy,) = (d for s, t, d in graph.edges(data=True) if d["relation"] == "copy")
        assert (copy["probability"], copy["credited"], copy["directed"]) == (0.95, "credited", True)

    @hypothesis_settings(max_examples=40)
    @given(provenances())
    def test_networkx_reads_back_the_graph_of_any_run(self, provenance):
        written = graphml(provenance.tables, provenance.settings)
        read = networkx.read_graphml(io.BytesIO(written), force_multigraph=True)
        graph = build_graph(provenance.tables, provenance.quotes)
        assert dict(read.nodes(data=True)) == {xml_text(n): _in_xml(data) for n, data in graph.nodes(data=True)}
        found = [(start, end, data) for start, end, data in read.edges(data=True)]
        expected = [
            (xml_text(start), xml_text(end), {"relation": key, **_in_xml(data)})
            for start, end, key, data in graph.edges(keys=True, data=True)
        ]
        assert sorted(map(repr, map(_flat, found))) == sorted(map(repr, map(_flat, expected)))
        assert read.graph["signature"] == provenance.settings.signature()

    def test_every_story_is_in_it_and_edge_ids_are_unique(self, tmp_path):
        provenance = runs.provenance()
        graph = networkx.read_graphml(io.BytesIO(_written(tmp_path, "graphml")), force_multigraph=True)
        for story in provenance.stories:
            assert set(story.graph) <= set(graph)
        keys = [key for _, _, key in graph.edges(keys=True)]
        assert len(keys) == len(set(keys)) == sum(story.graph.number_of_edges() for story in provenance.stories)

    def test_hostile_text_survives(self, tmp_path, hostile):
        graph = networkx.read_graphml(io.BytesIO(_written(tmp_path, "graphml", hostile)), force_multigraph=True)
        assert graph.nodes[xml_text(HOSTILE)]["title"] == xml_text(HOSTILE)
        assert "url" not in graph.nodes["002"]


def _in_xml(attributes):
    joined = {name: "; ".join(value) if isinstance(value, list) else value for name, value in attributes.items()}
    return {
        name: xml_text(value) if isinstance(value, str) else value
        for name, value in joined.items()
        if value != "" and (name, value) != ("url", "javascript:1")
    }


def _flat(edge):
    return edge[0], edge[1], sorted(edge[2].items())


class TestGraphJson:
    @hypothesis_settings(max_examples=40)
    @given(provenances())
    def test_networkx_reads_back_the_graph_of_any_run(self, provenance):
        said = json.loads(json.dumps(graph_json(provenance.tables, provenance.settings)))
        read = networkx.node_link_graph(said, edges="edges")
        assert read.graph.pop("signature") == provenance.settings.signature()
        assert graphs_equal(read, build_graph(provenance.tables, provenance.quotes))


class TestCsv:
    def _rows(self, tmp_path, provenance=None):
        return list(csv.DictReader(io.StringIO(_written(tmp_path, "csv", provenance).decode())))

    def test_one_line_per_derivation_with_credits(self, tmp_path):
        rows = self._rows(tmp_path)
        assert [(r["derived_id"], r["source_id"], r["source_kind"]) for r in rows] == [
            ("000", "U1", "upstream"),
            ("001", "U1", "upstream"),
            ("002", "U1", "upstream"),
            ("011", "010", "article"),
            ("012", "010", "article"),
        ]
        assert (rows[1]["credited"], rows[1]["verdict"]) == ("mismatch", "credit_mismatch")
        assert (rows[3]["source_outlet"], rows[3]["probability"]) == ("Reuters", "0.95")

    def test_a_formula_in_an_outlets_name_is_text(self, tmp_path):
        assert self._rows(tmp_path)[2]["derived_outlet"] == "'=cmd|' /C calc'!A0"

    @given(st.lists(st.tuples(st.text(), st.lists(st.text(), max_size=2), st.floats(-9, 9)), max_size=4))
    def test_no_text_cell_starts_a_formula(self, rows):
        frame = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.List(pl.String), "c": pl.Float64}, orient="row")
        read = list(csv.reader(io.StringIO(csv_text(frame), newline="")))
        assert len(read) == len(rows) + 1
        for (text, texts, number), (a, b, c) in zip(rows, read[1:], strict=True):
            assert not a.startswith(("=", "+", "-", "@", "\t", "\r"))
            assert not b.startswith(("=", "+", "-", "@", "\t", "\r"))
            assert a.removeprefix("'") in (visible(text), visible(text).removeprefix("'"))
            assert b.removeprefix("'") in (visible("; ".join(texts)), visible("; ".join(texts)).removeprefix("'"))
            assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", a + b)
            assert float(c) == pytest.approx(number, abs=1e-6)


class TestJsonLd:
    @pytest.fixture
    def works(self, tmp_path):
        document = json.loads(_written(tmp_path, "jsonld"))
        assert document["@context"] == "https://schema.org"
        return {work["@id"]: work for work in document["@graph"]}

    def test_based_on_sources_seen_and_unseen(self, works):
        assert works["urn:provtrace:article:000"]["isBasedOn"] == [{"@id": "urn:provtrace:upstream:U1"}]
        assert works["urn:provtrace:upstream:U1"]["provider"]["name"] == "Reuters"
        assert "isBasedOn" not in works["urn:provtrace:article:010"]

    @pytest.mark.parametrize(("probability", "said"), [(0.8, True), (0.79, False)])
    def test_translation_of_only_where_likely(self, tmp_path, probability, said):
        derivations = runs.tables()["derivations"].with_columns(probability=pl.lit(probability, dtype=pl.Float32))
        graph = json.loads(_written(tmp_path, "jsonld", runs.provenance(derivations=derivations)))["@graph"]
        (work,) = (work for work in graph if work["identifier"] == "012")
        assert ("translationOfWork" in work) is said

    @hypothesis_settings(max_examples=40)
    @given(provenances())
    def test_of_any_run_everything_named_is_described_and_translations_are_of_articles(self, provenance):
        works = {work["@id"]: work for work in json_ld(provenance.tables)["@graph"]}
        derived = {(urn("article", row.derived_id), row.source_id): row for row in provenance.derivations()}
        named = 0
        for name, work in works.items():
            sources = {source["@id"] for source in work.get("isBasedOn", [])}
            named += len(sources)
            assert sources <= works.keys()
            for original in work.get("translationOfWork", []):
                assert original["@id"] in sources
                assert works[original["@id"]]["@type"] == "NewsArticle"
                edge = derived[name, works[original["@id"]].get("identifier", "")]  # what is empty is left out
                assert edge.relation == "translation"
                assert edge.probability > 0.799999
        assert named == len(derived)

    def test_dates_no_finer_than_known_and_only_safe_links(self, works):
        assert works["urn:provtrace:article:000"]["datePublished"] == "2024-03-01"
        assert works["urn:provtrace:article:000"]["url"] == "https://harbour.example/a"
        assert "url" not in works["urn:provtrace:article:002"]
        assert "datePublished" not in works["urn:provtrace:article:003"]

    def test_it_can_stand_in_a_script_element(self, tmp_path):
        articles = runs.tables()["articles"].with_columns(pl.lit("</script><script>alert(1)</script>").alias("title"))
        content = _written(tmp_path, "jsonld", runs.provenance(articles=articles))
        assert b"<" not in content
        assert json.loads(content)["@graph"][0]["headline"].startswith("</script>")


_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]*")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")
# What version 3.1 of the IPTC's schema allows, as far as items are made of it: the properties of each object
# with their types; none of these objects may have others.
_STANDARD = {"name": str, "version": str, "schema": _URI}
_TEXT = {"role": str, "contentType": str, "value": str}
_ITEM = {
    "uri": _URI,
    "type": {"text", "audio", "video", "picture", "graphic", "composite", "component", "event", "planning"},
    "standard": _STANDARD,
    "language": str,
    "contentCreated": _MOMENT,
    "headlines": [_TEXT],
    "descriptions": [_TEXT],
    "bodies": [{**_TEXT, "charCount": int, "wordCount": int}],
    "altIds": [{"role": str, "value": str}],
    "infoSources": [{"name": str, "role": str, "uri": _URI, "literal": str}],
}
_ASSOCIATION = {**_ITEM, "name": str, "rel": str}


def _fits(value, shape):
    if isinstance(shape, dict):
        return value.keys() <= shape.keys() and all(_fits(value[name], shape[name]) for name in value)
    if isinstance(shape, list):
        return isinstance(value, list) and all(_fits(item, shape[0]) for item in value)
    if isinstance(shape, set):
        return value in shape
    if isinstance(shape, re.Pattern):
        return shape.fullmatch(value) is not None
    return type(value) is shape


class TestNinjs:
    @hypothesis_settings(max_examples=40)
    @given(provenances())
    def test_items_of_any_run_have_the_shape_of_the_standard(self, provenance):
        for item in json.loads(json.dumps(ninjs(provenance.tables))):
            assert _fits(item, {**_ITEM, "associations": [_ASSOCIATION]})
            assert "uri" in item
            assert all("value" in text for name in ("headlines", "bodies") for text in item.get(name, []))
            for association in item.get("associations", []):
                assert {"name", "uri"} <= association.keys()
                assert all("value" in text for text in association["descriptions"])

    def test_sources_are_associations(self, tmp_path):
        items = [json.loads(line) for line in _written(tmp_path, "ninjs").splitlines()]
        assert len(items) == 9
        item = next(item for item in items if item["uri"] == "urn:provtrace:article:012")
        assert item["associations"] == [
            {
                "name": "Title of 010",
                "rel": "translation",
                "type": "text",
                "uri": "urn:provtrace:article:010",
                "descriptions": [
                    {"role": "probability", "value": "0.90"},
                    {"role": "share", "value": "0.50"},
                    {"role": "credited", "value": "uncredited"},
                ],
            }
        ]
        assert item["bodies"][0]["value"].startswith("La Monnaie")

    def test_our_own_reader_reads_the_articles_back(self, tmp_path):
        articles = runs.tables()["articles"].with_columns(pl.lit("minute").alias("published_precision"))
        export(runs.provenance(articles=articles), "ninjs", tmp_path / "items.jsonl")
        found = read(tmp_path / "items.jsonl").sort("article_id")
        assert found["article_id"].to_list() == [urn("article", name) for name in articles["article_id"]]
        for name in ("text", "title", "language", "published_at"):
            assert found[name].to_list() == articles[name].to_list(), name

    def test_a_time_only_where_known_to_the_minute(self, tmp_path):
        articles = runs.tables()["articles"].with_columns(pl.lit("minute").alias("published_precision"))
        timed = _written(tmp_path, "ninjs", runs.provenance(articles=articles)).splitlines()
        assert json.loads(timed[0])["contentCreated"] == "2024-03-01T09:00:00+00:00"
        assert "contentCreated" not in json.loads(_written(tmp_path, "ninjs").splitlines()[0])


class TestNames:
    @given(st.lists(st.text(), min_size=1, max_size=3), st.lists(st.text(), min_size=1, max_size=3))
    def test_different_ids_get_different_names(self, one, other):
        assert (local(*one) == local(*other)) == (one == other)

    @given(st.text())
    def test_names_are_plain(self, name):
        assert urn("article", name).isascii()
        assert not set(local(name)) & set(" :/#?<>\"'.")

    @given(st.text(), st.text())
    def test_xml_text_is_legal_and_keeps_texts_apart(self, one, other):
        from xml.etree import ElementTree

        assert ElementTree.fromstring(f"<a>{_escaped(xml_text(one))}</a>").text in (xml_text(one), None)
        assert (xml_text(one) == xml_text(other)) == (one == other)


def _escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
