"""The speed benchmark's own parts: its articles and their truth, what a finding is worth, and one small run."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import contenders
import curve
import generator
import lengths
import measure
import peers
import speed
import table
from truth import BANDS, Pairs, Trial, prepare, worth


@pytest.fixture(scope="module")
def corpus():
    return generator.generate(400, seed=3)


def shingles(text):
    words = text.lower().split()
    return set(zip(*(words[offset:] for offset in range(5)), strict=False))


def jaccard(one, other):
    return len(one & other) / len(one | other)


# --- made-up articles ---


def test_one_seed_gives_one_corpus_and_another_gives_another(corpus):
    assert generator.generate(400, seed=3) == corpus
    assert generator.generate(400, seed=4).texts != corpus.texts


def test_a_smaller_corpus_is_the_beginning_of_a_larger_one(corpus):
    smaller = generator.generate(150, seed=3)
    assert smaller.texts == corpus.texts[:150]
    assert smaller.pairs == [pair for pair in corpus.pairs if pair[1] < 150]


def test_the_truth_is_exact_by_white_space(corpus):
    sets = [shingles(text) for text in corpus.texts]
    assert corpus.pairs
    for one, other, claimed, _ in corpus.pairs:
        assert one < other
        assert claimed == pytest.approx(jaccard(sets[one], sets[other]), abs=1e-12)


def test_every_band_of_jaccard_is_there_and_most_of_the_truth_is_hard(corpus):
    values = np.array([pair[2] for pair in corpus.pairs])
    for low, high in BANDS.values():
        assert ((values >= low) & (values < high)).any()
    assert (values < 0.5).mean() > 0.4


def test_articles_have_the_length_asked_for():
    lengths = [len(text.split()) for text in generator.generate(300, words=200).texts]
    assert 170 < np.mean(lengths) < 230


def test_strangers_share_little_but_closing_lines_and_frames(corpus):
    sets = [shingles(text) for text in corpus.texts]
    related = {pair[:2] for pair in corpus.pairs}
    found = [
        jaccard(sets[one], sets[other])
        for one, other in combinations(range(400), 2)
        if (one, other) not in related and sets[one] & sets[other]
    ]
    assert found, "nothing here could glue the corpus together"
    assert max(found) < 0.5


def test_taken_sentences_are_mostly_those_of_their_source(corpus):
    def sentences(text):
        return [set(part.lower().replace(",", "").split()) for part in text.split(".")]

    shares = []
    for taker, place, source, source_place in corpus.passages:
        mine, theirs = sentences(corpus.texts[taker])[place], sentences(corpus.texts[source])[source_place]
        shares.append(len(mine & theirs) / max(len(mine), 1))
    assert np.median(shares) > 0.9


def test_the_tables_are_those_of_the_reuse_sets(corpus, tmp_path):
    generator.write(corpus, tmp_path / "made")
    assert pl.read_parquet(tmp_path / "made" / "corpus.parquet")["text"].to_list() == corpus.texts
    assert pl.read_parquet(tmp_path / "made" / "truth_pairs.parquet").columns == ["a", "b", "j5", "rel"]
    assert pl.read_parquet(tmp_path / "made" / "truth_passages.parquet").columns == ["dst", "sent", "src", "srcsent"]


# --- what contenders are given, and what a finding is worth ---


@pytest.fixture
def trial(corpus, tmp_path):
    generator.write(corpus, tmp_path / "made")
    return prepare(tmp_path / "made", tmp_path / "texts.jsonl", "made")


def test_contenders_see_neither_ids_nor_an_order_that_tell(corpus, trial):
    texts = contenders.read_texts(trial.source)
    ids = [json.loads(line)["id"] for line in trial.source.read_text(encoding="utf-8").splitlines()]
    assert sorted(texts) == sorted(corpus.texts)
    assert texts != corpus.texts
    assert ids == sorted(ids)
    assert trial.megabytes == sum(len(text.encode()) for text in texts) / 1e6


def test_the_truth_follows_its_texts(trial):
    texts = contenders.read_texts(trial.source)
    for left, right, claimed in zip(trial.related.left, trial.related.right, trial.jaccard, strict=True):
        assert left < right
        assert claimed == pytest.approx(jaccard(shingles(texts[left]), shingles(texts[right])))
    assert len(trial.sharers.left)
    assert not set(trial.sharers.keys(400).tolist()) & set(trial.related.keys(400).tolist())


def test_a_part_of_a_corpus_has_its_part_of_the_truth(corpus, tmp_path):
    generator.write(corpus, tmp_path / "made")
    part = prepare(tmp_path / "made", tmp_path / "texts.jsonl", "made", 150)
    assert part.documents == 150
    assert len(part.jaccard) == len([pair for pair in corpus.pairs if pair[1] < 150])


def by_hand():
    """Six documents: 0 and 1 are close, 0 and 2 are not, 1 and 3 took from a third."""
    related = Pairs(np.array([0, 0]), np.array([1, 2]))
    sharers = Pairs(np.array([1]), np.array([3]))
    return Trial("hand", Path("none"), 6, 1.0, related, np.array([0.9, 0.2]), sharers)


def test_labels_by_hand():
    (found,) = worth({"labels": np.array([0, 0, 2, 0, 4, 5])}, by_hand()).values()
    assert (found.recall["all"], found.recall["all"], found.recall[".1-.3"]) == (0.5, 0.5, 0.0)
    assert found.recall[".3-.5"] is None
    assert found.precision == 1 / 3
    assert found.precision_fair == 1 / 2


def test_scored_pairs_by_hand():
    scores = {"left": np.array([0, 0, 1, 4]), "right": np.array([1, 2, 3, 5]), "score": np.array([0.9, 0.5, 0.7, 0.1])}
    whole, best, strictly = worth(scores, by_hand()).values()
    assert (whole.recall["all"], whole.precision, whole.precision_fair) == (1.0, 0.5, 2 / 3)
    assert (best.recall["all"], best.precision, best.precision_fair) == (1.0, 2 / 3, 1.0)
    assert (strictly.recall["all"], strictly.precision) == (0.5, 1.0)


def test_pairs_that_are_precise_as_they_are_are_not_cut():
    found = worth({"left": np.array([0]), "right": np.array([1]), "score": np.array([0.9])}, by_hand())
    assert list(found) == [""]


def test_signatures_by_hand():
    signatures = np.arange(6 * 128).reshape(6, 128)
    signatures[1, :64] = signatures[0, :64]
    (found,) = worth({"signatures": signatures}, by_hand()).values()
    assert found.recall[".8+"] == 1.0
    assert found.recall[".1-.3"] == 0.0
    assert found.bias == pytest.approx((0.5 - 0.9 + 0 - 0.2) / 2)
    assert found.rmse == pytest.approx(np.sqrt((0.4**2 + 0.2**2) / 2))


# --- contenders ---


def test_labels_are_the_least_member_of_a_component():
    labels = contenders.components(6, np.array([4, 1]), np.array([5, 4]))
    assert labels.tolist() == [0, 1, 2, 3, 1, 1]


def test_bands_rise_where_they_are_asked_to():
    assert peers.rows_in_a_band(0.7) == 8
    assert peers.rows_in_a_band(0.1) == 2


@pytest.mark.parametrize("peer", peers.PEERS, ids=lambda peer: peer.name)
def test_peers_find_copies_and_estimate_jaccard(peer, corpus):
    if find_spec(peer.package) is None:
        pytest.skip(f"{peer.package} is not installed")
    texts = [*corpus.texts[:40], corpus.texts[0]]
    signatures = peer.matrix(peer.sign(texts))
    assert signatures.shape == (41, 128)
    assert (signatures[0] == signatures[40]).all()
    if peer.near is not None:
        left, right, estimate = peer.near(texts, 0.7)
        found = dict(zip(zip(left.tolist(), right.tolist(), strict=True), estimate.tolist(), strict=True))
        assert found[0, 40] == 1.0
        assert all(one < other for one, other in found)


def test_candidates_become_scored_pairs(corpus, tmp_path):
    generator.write(generator.generate(60, seed=3), tmp_path / "made")
    trial = prepare(tmp_path / "made", tmp_path / "texts.jsonl", "made")
    (wording,) = (one for one in contenders.contenders() if one.name == "provtrace, wording")
    ids = [json.loads(line)["id"] for line in trial.source.read_text(encoding="utf-8").splitlines()]
    outcome = wording.outcome(wording.run(wording.load(trial.source), 0.0), ids)
    assert (outcome["left"] < outcome["right"]).all()
    assert worth(outcome, trial)[""].recall["all"] > 0.5


# --- measuring ---


def of(run, name="somebody", job="signatures", package="numpy"):
    return contenders.Contender(name, job, package, run, lambda found, _: {"signatures": np.array(found)})


def test_what_a_contender_raises_is_its_row(trial, tmp_path, monkeypatch):
    def run(texts, threshold):
        raise ValueError(f"no more than {len(texts) - 1} texts")

    monkeypatch.setattr(measure, "contenders", lambda: [of(run)])
    assert measure.main(["signatures", "somebody", str(trial.source), str(tmp_path), "--threshold", "0"]) == 0
    cost = measure.Cost(**json.loads((tmp_path / "cost.json").read_text(encoding="utf-8")))
    assert cost.error == "ValueError: no more than 399 texts"
    row = table.Result(trial, of(run), cost)
    assert "failed: ValueError: no more than 399 texts" in "\n".join(
        table.Report({}, [row], [], {}).lines(markdown=False)
    )


def test_who_takes_too_long_is_stopped(trial, tmp_path):
    (ours, *_) = contenders.contenders()
    cost = measure.measured(ours, trial.source, tmp_path, cores=1, warm=False, limit=0.01, cache=tmp_path / "cache")
    assert cost.error == "stopped after 0.01 s"


def test_the_middle_of_rounds_is_taken_figure_by_figure():
    rounds = [measure.Cost(1.0, 5.0, 3.0, 1.0), measure.Cost(2.0, 4.0, 1.0, 1.0), measure.Cost(9.0, 6.0, 2.0, 1.0)]
    assert measure.median(rounds) == measure.Cost(2.0, 5.0, 2.0, 1.0)
    assert measure.median([measure.Cost(1.0, 1.0)]) == measure.Cost(1.0, 1.0)
    assert measure.median([*rounds, measure.Cost(error="gone")]).error == "gone"


# --- the report ---


def rows():
    def row(name, cold, warm, cores=1, note=""):
        package = "provtrace" if name == "provtrace" else "numpy"
        contender = contenders.Contender(name, "signatures", package, print, print)
        return table.Result(by_hand(), contender, measure.Cost(cold, cold, warm, warm), cores=cores, note=note)

    return [
        row("provtrace", 9.0, None, note="nothing compiled"),
        row("provtrace", 2.0, 1.0),
        row("rensa", 6.0, 5.0),
        row("provtrace", 2.0, 0.5, cores=2),
    ]


def test_ratios_are_to_our_loaded_row_on_one_core():
    report = table.Report({}, rows(), [], {})
    assert [(ratio.value, ratio.aim) for ratio in report.ratios()] == [(3.0, None), (5.0, 15.0), (2.0, 1.8)]


def test_linear_growth_has_exponent_one():
    def row(documents, seconds, mib):
        trial = Trial("grown", Path("none"), documents, 1.0, by_hand().related, by_hand().jaccard, by_hand().sharers)
        contender = contenders.Contender("provtrace", "clusters", "provtrace", print, print)
        return table.Result(trial, contender, measure.Cost(seconds, seconds, peak_mib=mib))

    growth = [row(1000, 2.0, 100.0), row(2000, 6.0, 400.0), row(4000, 12.0, 1600.0)]
    assert list(table.Report({}, [], growth, {}).exponents().values()) == [pytest.approx(1.0), pytest.approx(2.0)]
    picture = ET.fromstring(curve.drawn(rows(), growth))
    assert len(picture.findall(".//{http://www.w3.org/2000/svg}polyline")) == 2


def test_markdown_has_the_same_cells_as_plain_text():
    plain, marked = (list(table.Report({}, rows(), [], {}).lines(markdown=markdown)) for markdown in (False, True))
    assert len([line for line in marked if line.startswith("|")]) == len([line for line in plain if "  " in line]) + 2


# --- the cost of a pair ---


def test_versions_of_an_article_are_aligned_and_strangers_are_not(monkeypatch):
    monkeypatch.setattr(lengths, "ROUNDS", 1)
    costs = {row.pair: row for row in lengths.pair_costs([6])}
    assert set(costs) == {"related", "unrelated", "related, two languages", "unrelated, two languages"}
    for pair, row in costs.items():
        assert row.sentences == 6
        assert row.whole_ms > 0
        assert row.align_ms > 0
        assert row.peak_mib > 0
        assert (row.units > 3) == pair.startswith("related")


def test_costs_of_pairs_are_in_the_report_and_in_the_picture():
    costs = [lengths.PairCost(sentences, "related", 0.5, 2.0, 9.0, 1.25) for sentences in (5, 10)]
    report = table.Report({}, [], [], {}, pairs=costs, encode={"batch": 2.5})
    lines = list(report.lines(markdown=True))
    assert "| 10 | related | 0.50 | 1.50 | 2.00 | 9.0 | 1.25 |" in lines
    assert "encode, batch: 2.50 CPU-ms a sentence" in lines
    assert json.loads(report.json())["pairs"][0]["align_ms"] == 0.5
    assert len(ET.fromstring(curve.drawn([], [], costs)).findall(".//{http://www.w3.org/2000/svg}polyline")) == 2


# --- the whole ---


def test_one_command_measures_who_is_there_and_names_who_is_not(tmp_path):
    command = [sys.executable, speed.__file__, "--documents", "120", "--repeats", "1"]
    command += ["--jobs", "signatures", "clusters", "--only", "provtrace", "datasketch", "rensa"]
    command += ["--json", tmp_path / "out.json", "--plot", tmp_path / "out.svg"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    missing = {
        peer.name: peer.package
        for peer in peers.PEERS
        if peer.name.startswith(("datasketch", "rensa")) and find_spec(peer.package) is None
    }
    assert found["absent"] == missing
    for name, package in missing.items():
        assert f"{name}: not run, {package} is not installed" in ended.stdout
    ours = [
        row for row in found["results"] if row["contender"] == "provtrace" and row["cores"] == 1 and not row["note"]
    ]
    assert [row["job"] for row in ours] == ["signatures", "clusters"]
    for row in ours:
        assert set(row["recall"]) == set(BANDS)
        assert row["mb_per_cpu_second_cold"] > 0
        assert row["mb_per_cpu_second_warm"] > 0
        assert row["documents_per_second"] > 0
        assert row["peak_mib"] > row["before_mib"] > 0
    assert ours[0]["rmse"] < 0.1
    assert ours[1]["precision"] is not None
    assert {"processor", "cores", "python", "versions", "settings"} <= set(found["machine"])
    ET.parse(tmp_path / "out.svg")


def test_a_folder_without_planted_reuse_is_wrong_usage(tmp_path, capsys):
    assert speed.main([str(tmp_path)]) == 2
    assert "corpus.parquet" in capsys.readouterr().err
