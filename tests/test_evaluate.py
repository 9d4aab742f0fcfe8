import json
import math
import os
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest
import runs
from hypothesis import given
from hypothesis import strategies as st

from provtrace.errors import InputError
from provtrace.results.evaluate import evaluate
from provtrace.results.evaluate.quotations import Quoted, quotation_figures
from provtrace.results.evaluate.read import read_gold
from provtrace.results.provenance import Provenance
from provtrace.settings import Settings
from provtrace.tables import TABLES, empty


@dataclass
class HandMade:
    """A run of which only the tables that a test is about have rows."""

    tables: dict
    verdicts: dict = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)

    def audit(self, by):
        assert by == "article"
        return pl.DataFrame(
            {"article_id": list(self.verdicts), "verdict": list(self.verdicts.values())},
            schema={"article_id": pl.String, "verdict": pl.String},
        )


def made(articles, relations=(), derivations=(), sentences=(), origins=(), credits=(), verdicts=None, stories=()):
    rows = {
        "stories": [(f"S{number}", article) for number, story in enumerate(stories) for article in story],
        "articles": [(a, None, None, None, None, "en", None, "") for a in articles],
        "relations": [
            (left, right, relation, source, probability, None, 0.5, 0.5, 1.0, [])
            for left, right, relation, source, probability in relations
        ],
        "derivations": [(d, s, "copy", 0.9, 0.5, "unknown", []) for d, s in derivations],
        "sentences": [(a, n, s, e, "en", "body", "") for a, n, s, e in sentences],
        "origins": [(a, n, kind, o, numbers, 0.9) for a, n, kind, o, numbers in origins],
        "credits": [(a, s, e, agency, role, "r") for a, s, e, agency, role in credits],
    }
    tables = {
        name: pl.DataFrame(rows[name], schema=schema, orient="row") if rows.get(name) else empty(schema)
        for name, schema in TABLES.items()
    }
    return HandMade(tables, verdicts or {})


def folder(path, documents, pairs=(), sentences=()):
    path.mkdir(exist_ok=True)
    for name, records in (("documents", documents), ("pairs", pairs), ("sentences", sentences)):
        (path / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return path


def pair(upstream, downstream, kind, *, directed=True, **more):
    return {"upstream": upstream, "downstream": downstream, "kind": kind, "directed": directed, **more}


def segment(downstream, span, upstream=None, up_span=None):
    up = [up_span] if up_span else None
    return {"upstream": upstream, "up_span": up, "downstream": downstream, "down_span": [span]}


# --- translations: a family is a set of positives ---


@pytest.fixture
def translations(tmp_path):
    documents = [
        *({"id": i, "family": "f"} for i in ("o", "t1", "t2")),
        {"id": "x", "family": None},
        {"id": "y", "family": None},
    ]
    pairs = [
        pair("o", "t1", "human_translation"),
        pair("o", "t2", "machine_translation"),
        pair("t1", "t2", "paraphrase_involving_mt", directed=False),
    ]
    return folder(tmp_path / "translations", documents, pairs)


def test_document_pairs_edges_direction_and_clusters_of_a_family(translations):
    run = made(
        ["o", "t1", "t2", "x", "y"],
        relations=[
            ("o", "t1", "translation", "o", 0.9),
            ("o", "t2", "translation", "t2", 0.8),
            ("t1", "t2", "same_event", None, 0.9),  # not a derivation: missed
            ("x", "y", "copy", "x", 0.6),  # wrong
            ("o", "x", "co_derived", None, 0.4),  # below the run's least probability
        ],
        derivations=[("t1", "o"), ("o", "t2"), ("y", "x"), ("o", "U1")],
        stories=[["o", "t1", "t2"], ["x", "y"]],
    )
    scores = evaluate(run, translations).scores
    assert scores["document_pairs"] == pytest.approx(
        {"precision": 2 / 3, "recall": 2 / 3, "f1": 2 / 3, "called": 3, "gold": 3}
    )
    assert scores["derivations"] == pytest.approx(
        {"precision": 1 / 3, "recall": 0.5, "f1": 0.4, "called": 3, "gold": 2}
    )
    assert scores["direction"] == pytest.approx({"accuracy": 0.5, "decided": 2, "found": 2, "gold": 2})
    assert scores["relations"] == pytest.approx({"accuracy": 2 / 3, "right": 2, "gold": 3})
    assert (scores["clusters"]["found"], scores["clusters"]["gold"]) == (2, 3)
    # Claimed .9 and .8 held, .6 and .4 did not.
    assert scores["calibration"]["brier"] == pytest.approx((0.01 + 0.04 + 0.36 + 0.16) / 4)
    assert scores["calibration"]["n"] == 4


def test_an_unresolved_direction_is_not_held_against_the_decided(translations):
    run = made(["o", "t1", "t2"], [("o", "t1", "translation", None, 0.9), ("o", "t2", "translation", "o", 0.9)])
    assert evaluate(run, translations).scores["direction"]["accuracy"] == 1.0
    assert evaluate(run, translations).scores["direction"]["decided"] == 1


def test_a_run_without_findings_is_scored_and_undefined_figures_are_null(translations):
    evaluation = evaluate(made(["o", "t1", "t2"]), translations)
    assert evaluation.scores["document_pairs"]["f1"] == 0.0
    assert math.isnan(evaluation.scores["calibration"]["ece"])
    assert json.loads(json.dumps(evaluation.as_dict(), allow_nan=False))["scores"]["calibration"]["ece"] is None
    assert "ece -" in "\n".join(evaluation.lines())


def test_every_result_carries_the_settings_signature(translations):
    run = made(["o"])
    run.settings = Settings(min_probability=0.75)
    evaluation = evaluate(run, translations)
    assert evaluation.as_dict()["settings"] == run.settings.signature()
    assert evaluation.lines()[-1].endswith(run.settings.signature())
    assert "min_probability:0.75" in run.settings.signature()


@given(st.sets(st.sampled_from([("o", "x"), ("t1", "y"), ("x", "y")])), st.sets(st.sampled_from("uvw")))
def test_only_wrong_pairs_of_known_documents_lower_a_perfect_score(tmp_path_factory, wrong, outside):
    documents = [{"id": i, "family": "f" if i in ("o", "t1") else None} for i in ("o", "t1", "x", "y")]
    gold = folder(tmp_path_factory.mktemp("gold"), documents, [pair("o", "t1", "human_translation")])
    run = made(
        ["o", "t1", "x", "y", *outside],
        [
            ("o", "t1", "translation", "o", 0.9),
            *((left, right, "co_derived", None, 0.9) for left, right in wrong),
            *(("o", name, "copy", "o", 0.9) for name in outside),
        ],
    )
    scores = evaluate(run, gold).scores["document_pairs"]
    assert (scores["precision"], scores["recall"]) == pytest.approx((1 / (1 + len(wrong)), 1.0))


# --- composites: versions stand for one another ---


@pytest.fixture
def composites(tmp_path):
    documents = [
        {"id": "w:en", "family": "w", "role": "wire"},
        {"id": "w:fr:ref", "family": "w", "role": "wire"},
        {"id": "c1", "family": "w", "role": "derived_composite"},
        {"id": "c2", "family": "w", "role": "derived_composite"},
        {"id": "z", "family": None, "role": "unrelated_or_unused_wire"},
    ]
    pairs = [pair("w:en", "c1", "partial_translation"), pair("w:en", "c2", "partial_translation")]
    sentences = [
        segment("c1", [0, 10], "w:en", [0, 8]),
        segment("c1", [11, 30], "w:en", [9, 20]),
        segment("c1", [31, 40]),
        segment("c2", [0, 10], "w:en", [0, 8]),
        segment("c2", [11, 20]),
    ]
    return folder(tmp_path / "composites", documents, pairs, sentences)


def test_versions_and_siblings_are_neither_right_nor_wrong(composites):
    run = made(
        ["w:en", "w:fr:ref", "c1", "c2", "z"],
        relations=[
            ("c1", "w:en", "translation", "w:en", 0.9),
            ("c1", "w:fr:ref", "paraphrase", "w:fr:ref", 0.9),  # the same original again
            ("c2", "w:fr:ref", "partial_reuse", "w:fr:ref", 0.9),  # right through the other version
            ("c1", "c2", "co_derived", None, 0.9),
            ("w:en", "w:fr:ref", "translation", "w:en", 0.9),
        ],
        derivations=[("c1", "w:fr:ref"), ("c2", "w:en"), ("w:fr:ref", "w:en")],
    )
    scores = evaluate(run, composites).scores
    assert scores["document_pairs"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "called": 2, "gold": 2}
    assert scores["derivations"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "called": 2, "gold": 2}
    assert "clusters" not in scores


def test_a_stranger_is_wrong(composites):
    run = made(["w:en", "c1", "z"], [("c1", "w:en", "translation", "w:en", 0.9), ("c1", "z", "copy", "z", 0.9)])
    assert evaluate(run, composites).scores["document_pairs"]["precision"] == 0.5


@pytest.mark.parametrize(("own", "precision"), [(["c1", "c2"], 1.0), (["c1"], 0.5), ([], 0.5)])
def test_composites_may_have_their_own_material_from_one_article(tmp_path, own, precision):
    """No list says from where: two that have any are neither right nor wrong, two wires beside each other are wrong."""
    documents = [
        *({"id": name, "family": name, "role": "wire"} for name in ("v", "w")),
        *({"id": name, "family": wire, "role": "derived_composite"} for name, wire in (("c1", "v"), ("c2", "w"))),
    ]
    pairs = [pair("v", "c1", "partial_translation"), pair("w", "c2", "partial_translation")]
    rendered = [segment("c1", [0, 10], "v", [0, 8]), segment("c2", [0, 10], "w", [0, 8])]
    gold = folder(tmp_path / "own", documents, pairs, [*rendered, *(segment(name, [11, 20]) for name in own)])
    run = made(["v", "w", "c1", "c2"], [("c1", "v", "translation", "v", 0.9), ("c1", "c2", "co_derived", None, 0.9)])
    assert evaluate(run, gold).scores["document_pairs"]["precision"] == precision


def test_origins_by_overlap_with_false_attribution_siblings_and_exact_sentences(composites):
    sentences = [
        ("w:en", 0, 0, 8),
        ("w:en", 1, 9, 20),
        ("w:fr:ref", 0, 0, 9),
        ("c1", 0, 0, 10),
        ("c1", 1, 11, 15),
        ("c1", 2, 15, 30),
        ("c1", 3, 31, 40),
        ("c2", 0, 0, 10),
        ("c2", 1, 11, 20),
    ]
    origins = [
        ("c1", 0, "translation", "w:fr:ref", [0]),  # right: a version
        ("c1", 1, "translation", "z", [0]),  # outweighed by the longer sentence beside it
        ("c1", 2, "paraphrase", "w:en", [1]),  # right, and the right sentence
        ("c1", 3, "verbatim", "U1", [0]),  # own material attributed
        ("c2", 0, "near_verbatim", "c1", [0]),  # a sibling is no origin
        ("c2", 1, "background", "w:en", [0]),  # background is not an attribution
    ]
    run = made(["w:en", "w:fr:ref", "c1", "c2", "z"], sentences=sentences, origins=origins)
    scores = evaluate(run, composites).scores["origins"]
    assert scores == pytest.approx(
        {
            "precision": 2 / 4,
            "recall": 2 / 3,
            "f1": 4 / 7,
            "false_attribution": 0.5,
            "sibling": 0.25,
            "sentence_exact": 1.0,
            "segments": 3,
            "own": 2,
        }
    )


def test_the_wrong_sentence_of_the_right_article_is_right_but_not_exact(composites):
    sentences = [("w:en", 0, 0, 8), ("w:en", 1, 9, 20), ("c1", 0, 0, 10)]
    run = made(["w:en", "c1"], sentences=sentences, origins=[("c1", 0, "translation", "w:en", [1])])
    scores = evaluate(run, composites).scores["origins"]
    assert (scores["precision"], scores["sentence_exact"]) == (1.0, 0.0)


# --- reprints: digests must not chain ---


def test_digests_share_text_without_being_right_or_wrong_and_chains_cost_clusters(tmp_path):
    documents = [
        *({"id": f"{c}:{r}", "cluster": c, "role": r} for c in ("c1", "c2") for r in ("wire", "reprint")),
        {"id": "d", "cluster": None, "role": "digest"},
        {"id": "e", "cluster": None, "role": "digest"},
    ]
    pairs = [pair(f"{c}:wire", f"{c}:reprint", "reprint") for c in ("c1", "c2")]
    pairs += [pair(f"{c}:wire", digest, "digest_excerpt") for c in ("c1", "c2") for digest in "de"]
    gold = folder(tmp_path / "reprints", documents, pairs)
    right = [
        *((f"{c}:reprint", f"{c}:wire", "copy", f"{c}:wire", 0.9) for c in ("c1", "c2")),
        *((f"{c}:wire", digest, "partial_reuse", f"{c}:wire", 0.9) for c in ("c1", "c2") for digest in "de"),
        ("c1:reprint", "d", "partial_reuse", None, 0.9),
        ("d", "e", "co_derived", None, 0.3),
    ]
    ids = [d["id"] for d in documents]
    apart = [[f"{c}:wire", f"{c}:reprint"] for c in ("c1", "c2")]
    scores = evaluate(made(ids, right, stories=apart), gold).scores
    assert scores["clusters"]["ari"] == 1.0
    assert scores["document_pairs"]["f1"] == 1.0
    assert evaluate(made(ids, right, stories=[ids]), gold).scores["clusters"]["ari"] < 0.5


# --- one event, independent coverage ---


def test_independent_coverage_called_derived_and_copies_found(tmp_path):
    ratings = [("a", "b", 1.0, 0.01), ("c", "d", 2.0, 0.0), ("e", "f", 1.0, 0.6), ("g", "h", 4.0, 0.0)]
    pairs = [
        pair(a, b, "same_story_rating", directed=False, overall=overall, jaccard3=jaccard)
        for a, b, overall, jaccard in ratings
    ]
    gold = folder(tmp_path / "event", [{"id": i} for i in "abcdefgh"], pairs)
    run = made("abcdefgh", [("a", "b", "co_derived", None, 0.7), ("e", "f", "copy", "e", 0.9)])
    evaluation = evaluate(run, gold)
    same_event = evaluation.scores["same_event"]
    assert (same_event["independent_called_derived"], same_event["copies_found"]) == (0.5, 1.0)
    assert (same_event["independent"], same_event["copies"], same_event["n"]) == (2, 1, 4)
    assert "document_pairs" not in evaluation.scores


# --- one JSON file of gold ---


def seeds_like(path, **more):
    content = {
        "schema": "provtrace-gold/1",
        "documents": [{"id": i} for i in "abc"],
        "document_pairs": [
            {"a": "a", "b": "b", "relation": "co_derived"},
            {"a": "c", "b": "a", "relation": "shared_quote_only"},
        ],
        "audit": [
            {"document": "a", "verdict_in_set": "credit_mismatch_suspected"},
            {"document": "b", "verdict_in_set": "no_credit_found; no shared text in set"},
        ],
        "no_direct_edges_between_observed": True,
        **more,
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_pair_verdicts_audit_and_forbidden_edges(tmp_path):
    gold = seeds_like(tmp_path / "gold.json")
    run = made(
        "abc",
        relations=[("a", "b", "co_derived", None, 0.8), ("a", "c", "shared_quote", None, 0.6)],
        derivations=[("b", "a"), ("a", "U1")],
        verdicts={"a": "credit_mismatch", "b": "credited"},
    )
    scores = evaluate(run, gold).scores
    assert scores["relations"] == {"accuracy": 1.0, "right": 2, "gold": 2}
    assert scores["audit"] == {"accuracy": 0.5, "right": 1, "gold": 2}
    assert (scores["derivations"]["called"], scores["derivations"]["gold"]) == (1, 0)
    assert evaluate(made("abc"), gold).scores["derivations"]["f1"] == 1.0


def test_documents_are_known_by_the_stem_of_their_file(tmp_path):
    gold = seeds_like(tmp_path / "gold.json", documents=[{"id": i, "file": f"{i}_long.txt"} for i in "abc"])
    run = made(["a_long", "b_long", "c_long"], [("a_long", "b_long", "co_derived", None, 0.8)])
    scores = evaluate(run, gold).scores
    assert (scores["relations"]["right"], scores["document_pairs"]["f1"]) == (1, 1.0)


# --- credits ---


def test_source_agencies_by_wikidata_id(tmp_path):
    documents = [
        {
            "id": "a",
            "agencies": ["Q130879"],
            "mentions": [{"start": 5, "end": 12, "agency": "Reuters", "qid": "Q130879"}],
        },
        {"id": "b", "agencies": ["Q40464", "unk"], "mentions": [{"start": 0, "end": 3, "agency": "unk", "qid": "_"}]},
        {"id": "c", "agencies": [], "mentions": []},
    ]
    gold = folder(tmp_path / "credits", documents)
    run = made(
        "abc",
        credits=[
            ("a", 5, 12, "reuters", "dateline"),
            ("b", 0, 3, "afp", "tail"),
            ("c", 0, 9, "afp", "image"),  # a photo credit claims no text
            ("c", 10, 12, None, "translation"),
        ],
    )
    scores = evaluate(run, gold).scores["credits"]
    assert scores["f1"] == 1.0
    assert scores["f1_all"] == pytest.approx(0.8)  # the unidentified agency counts as missed
    assert scores["has_credit_f1"] == 1.0
    assert scores["mention_f1_strict"] == pytest.approx(2 / 3)


# --- what can't be read ---


def test_gold_that_is_missing_or_strange_says_what_was_expected(tmp_path):
    with pytest.raises(InputError, match="can't be read"):
        read_gold(tmp_path / "nowhere.json")
    with pytest.raises(InputError, match=r"documents\.jsonl"):
        read_gold(tmp_path)
    (tmp_path / "other.json").write_text('{"schema": "else/2"}', encoding="utf-8")
    with pytest.raises(InputError, match="provtrace-gold/1"):
        read_gold(tmp_path / "other.json")


@pytest.mark.parametrize("line", ["{", "[" * 100_000, "[1]", '"text"'])
def test_a_broken_line_is_named(tmp_path, line):
    (tmp_path / "pairs.jsonl").write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 2"):
        read_gold(tmp_path)


def test_a_record_without_its_fields_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="lacks"):
        read_gold(folder(tmp_path / "gold", [{"text": "no id"}]))


def test_an_unknown_relation_is_an_input_error(tmp_path):
    pairs = [{"a": "a", "b": "b", "relation": "cousin"}]
    with pytest.raises(InputError, match="cousin"):
        read_gold(seeds_like(tmp_path / "gold.json", document_pairs=pairs))


def test_gold_of_another_set_is_refused(translations):
    with pytest.raises(InputError, match="none of the run's articles"):
        evaluate(made(["elsewhere"]), translations)


def test_pairs_file_names_its_folder(translations):
    assert read_gold(translations / "pairs.jsonl") == read_gold(translations)


# --- variants of one set, with and without the wire ---


def labelled(article, start, end, kind, origin):
    place = {"origin": origin, "origin_start": None, "origin_end": None}
    return {"article": article, "start": start, "end": end, "kind": kind, **place}


def variant(upstreams, wire):
    articles = ["a", "b"] if upstreams else ["a", "b", "w"]
    return {
        "pairs": [{"left": "a", "right": "b", "relation": "co_derived", "source": None}],
        "derivations": [
            {"derived": article, "source": wire, "relation": "copy", "credited": "credited"} for article in "ab"
        ],
        "upstreams": upstreams,
        "audit": [{"article": article, "verdict": "credited"} for article in articles],
        "stories": [articles],
        "sentences": [
            labelled("a", 0, 9, "paraphrase", wire),
            labelled("a", 9, 20, "novel_in_set", None),
            labelled("b", 0, 9, "shared_quote", wire),
        ],
    }


@pytest.fixture
def variants(tmp_path):
    missing = [{"name": "U:wire", "agency": "reuters", "witnesses": ["a", "b"]}]
    content = {
        "schema": "provtrace-gold/1",
        "variants": {"whole": variant([], "w"), "without": variant(missing, "U:wire")},
    }
    path = tmp_path / "gold.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def with_upstream(run, *rows):
    run.tables["upstreams"] = pl.DataFrame(
        [(name, agency, None, None, None, 0.8, witnesses) for name, agency, witnesses in rows],
        schema=TABLES["upstreams"],
        orient="row",
    )
    return run


def test_the_variant_nearest_to_the_articles_is_scored(variants):
    assert evaluate(made("abw"), variants).gold == "gold.json (whole)"
    assert evaluate(made("ab"), variants).gold == "gold.json (without)"


def test_an_unobserved_upstream_is_recognised_by_its_witnesses(variants):
    run = made(
        "ab",
        derivations=[("a", "U1"), ("b", "U1"), ("b", "U2")],
        sentences=[("a", 0, 0, 9), ("a", 1, 9, 20), ("b", 0, 0, 9)],
        origins=[
            ("a", 0, "paraphrase", "U1", [0]),
            ("a", 1, "novel_in_set", None, None),
            ("b", 0, "paraphrase", "U1", [0]),  # a quote: wrong kind, but its origin is no fair question
        ],
    )
    scores = evaluate(with_upstream(run, ("U2", None, ["b"]), ("U1", "reuters", ["a", "b"])), variants).scores
    assert scores["derivations"] == pytest.approx(
        {"precision": 2 / 3, "recall": 1.0, "f1": 0.8, "called": 3, "gold": 2}
    )
    assert scores["upstreams"] == pytest.approx(
        {
            "witness_precision": 2 / 3,
            "witness_recall": 1.0,
            "witness_f1": 0.8,
            "agency_right": 1,
            "called": 2,
            "gold": 1,
        }
    )
    assert (scores["origins"]["f1"], scores["origins"]["false_attribution"]) == (1.0, 0.0)
    assert scores["origins"]["kind_accuracy"] == pytest.approx(2 / 3)
    assert math.isnan(scores["origins"]["sentence_exact"])


def test_an_invented_upstream_is_wrong_where_the_wire_is_in_the_set(variants):
    run = with_upstream(made("abw", derivations=[("a", "U1")]), ("U1", "reuters", ["a", "b"]))
    scores = evaluate(run, variants).scores
    assert scores["derivations"]["precision"] == 0.0
    assert (scores["upstreams"]["witness_f1"], scores["upstreams"]["called"]) == (0.0, 1)


def test_stories_are_compared_as_partitions(variants):
    run = made("abw")
    assert evaluate(run, variants).scores["stories"]["ari"] == 0.0
    run.tables["stories"] = pl.DataFrame([("S", i) for i in "abw"], schema=TABLES["stories"], orient="row")
    assert evaluate(run, variants).scores["stories"]["ari"] == 1.0


# --- the real sets: whoever answers with the gold scores 1 ---


DATA = os.environ.get("PROVTRACE_DATA")
SETS = ["seeds/gold.json", "wmt_derivation_dev", "wmt_composite_dev", "reprint_synth_dev"]


def answered(gold):
    """A run that says what the gold says: its sentences are the gold's segments and their sources."""
    places, origins = {}, []
    for segment in gold.segments:
        for article, span in (
            (segment.article_id, segment.span),
            *((segment.origin_id, s) for s in segment.origin_spans),
        ):
            numbers = places.setdefault(article, {})
            numbers.setdefault(span, len(numbers))
    for segment in gold.segments:
        if segment.judged:
            kind = segment.kind or ("translation" if segment.origin_id else "novel_in_set")
            numbers = [places[segment.origin_id][span] for span in segment.origin_spans]
            number = places[segment.article_id][segment.span]
            origins.append((segment.article_id, number, kind, segment.origin_id, numbers))
    kinds = {pair: min(gold.relations.get(pair, ["co_derived"])) for pair in {*gold.positives, *gold.relations}}
    run = made(
        gold.documents,
        [(*pair, kind, gold.sources.get(pair), 1.0) for pair, kind in kinds.items()],
        gold.edges or (),
        [(article, n, *span) for article, numbers in places.items() for span, n in numbers.items()],
        origins,
        verdicts=gold.verdicts,
        stories=grouped(gold.clusters or gold.stories),
    )
    return with_upstream(run, *((u.name, u.agency, sorted(u.witnesses)) for u in gold.upstreams))


def grouped(labels):
    """Articles of one label together; an article alone is of no story."""
    groups = {}
    for article, label in sorted(labels.items()):
        groups.setdefault(label, []).append(article)
    return [group for group in groups.values() if len(group) > 1]


@pytest.mark.skipif(not DATA, reason="PROVTRACE_DATA names no folder")
@pytest.mark.parametrize("name", SETS)
def test_the_gold_itself_scores_perfectly(name):
    source = Path(DATA) / name
    scores = evaluate(answered(read_gold(source)), source).scores
    for part in ("document_pairs", "derivations", "origins"):
        assert scores[part]["f1"] == 1.0, part
    assert scores["relations"]["accuracy"] == 1.0
    assert scores["calibration"]["brier"] == 0.0
    assert not scores["origins"]["false_attribution"] > 0.0
    for part, figure in (("clusters", "ari"), ("direction", "accuracy"), ("audit", "accuracy")):
        assert scores.get(part, {}).get(figure, 1.0) == 1.0, part


@pytest.mark.parametrize("variant_folder", ["articles", "without-wire"])
def test_the_gold_of_the_examples_scores_perfectly(variant_folder):
    examples = Path(__file__).parent.parent / "examples"
    names = [path.stem for path in (examples / variant_folder).glob("*.txt")]
    lines = (examples / variant_folder / "story.jsonl").read_text(encoding="utf-8").splitlines()
    names += [json.loads(line)["id"] for line in lines]
    gold = read_gold(examples / "gold.json", names)
    assert set(names) == gold.documents
    scores = evaluate(answered(gold), examples / "gold.json").scores
    assert [scores[part]["f1"] for part in ("document_pairs", "derivations", "origins")] == [1.0] * 3
    assert (scores["upstreams"]["witness_f1"], scores["upstreams"]["agency_right"]) == (1.0, len(gold.upstreams))
    assert scores["audit"]["accuracy"] == scores["relations"]["accuracy"] == 1.0


# --- quotations ---

GOLD_QUOTES = [
    {
        "id": "Q_TIDE",
        "speaker": "Orla Venn of Lisk",
        "variants": [
            {"document": "a", "text": "“We wait for the tide,”"},
            {"document": "b", "text": "wait for the tide"},
        ],
    },
    {"id": "Q_GATE", "variants": [{"document": "a", "text": "open the gate"}, {"document": "c", "text": "shut it"}]},
]


def quoted(article, text, quote, speaker=None):
    return Quoted(article, text, quote, speaker)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            [quoted("a", "We wait for the tide,", "1", "Venn"), quoted("b", "we wait for the tide", "1", "The mayor"),
             quoted("a", "open the gate", "2"), quoted("c", "shut it", "2", "Venn"), quoted("b", "more", "9")],
            {"b3_f1": 1.0, "pair_f1": 1.0, "found": 4, "not_quotes_taken": 0, "speakers_right": 1, "speakers_given": 2},
        ),  # a speaker that the gold does not name is not judged
        ([], {"b3_precision": 1.0, "b3_recall": 0.5, "pair_f1": 0.0, "found": 0, "speakers_given": 0}),
        (
            [quoted("a", "We wait for the tide,", "1"), quoted("b", "wait for the tide", "1"),
             quoted("a", "open the gate", "1"), quoted("c", "shut it", "1"), quoted("c", "“old port”", "3")],
            {"b3_precision": 0.5, "b3_recall": 1.0, "pair_precision": 1 / 3, "pair_recall": 1.0, "not_quotes_taken": 1},
        ),
    ],
)  # fmt: skip
def test_quotations_that_are_one_and_those_that_nobody_said(tmp_path, found, expected):
    gold = seeds_like(tmp_path / "gold.json", quotes=GOLD_QUOTES, not_quotes=[{"document": "c", "text": "“old port”"}])
    figures = quotation_figures(found, read_gold(gold, list("abc")))
    assert figures["quotations"] == 4
    assert {name: figures[name] for name in expected} == pytest.approx(expected)


def test_quotations_of_a_run(tmp_path):
    texts = {
        "a": ["“We wait for the tide,” said Orla Venn."],
        "b": ["In Lisk Venn said they “wait for the tide”."],
        "c": ["The “old port” is shut."],
    }
    gold = seeds_like(
        tmp_path / "gold.json", quotes=GOLD_QUOTES[:1], not_quotes=[{"document": "c", "text": "old port"}]
    )
    run = Provenance(runs.of(texts, related=[("a", "b")]), Settings())
    figures = evaluate(run, gold).scores["quotes"]
    assert (figures["b3_f1"], figures["not_quotes_taken"], figures["speakers_right"]) == (1.0, 0, 2)
    assert "quotes" not in evaluate(run, seeds_like(tmp_path / "other.json")).scores
