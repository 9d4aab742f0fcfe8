"""Passages: runs of aligned sentences with offsets in both texts. All texts are invented."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from strategies import alignments, unit

from provtrace.results.passages import PASSAGES, passages
from provtrace.tables import ARTICLES, SENTENCES, empty


def run_of(left: list[str], right: list[str], matched: list[tuple[list[int], list[int], dict]], languages=("en", "en")):
    """The tables that passages are made of: two articles of those sentences, and their alignments."""
    tables = {"articles": [], "sentences": []}
    places = {}
    for name, sentences, language in zip("ab", (left, right), languages, strict=True):
        text = " ".join(sentences)
        at = 0
        for number, sentence in enumerate(sentences):
            places[name, number] = (at, at + len(sentence))
            row = (name, number, at, at + len(sentence), language, "body", sentence)
            tables["sentences"].append(dict(zip(SENTENCES, row, strict=True)))
            at += len(sentence) + 1
        tables["articles"].append(dict.fromkeys(ARTICLES) | {"article_id": name, "language": language, "text": text})
    units = [
        unit("a", "b", ours, theirs, **given)
        | {"left_start": places["a", ours[0]][0], "left_end": places["a", ours[-1]][1]}
        | {"right_start": places["b", theirs[0]][0], "right_end": places["b", theirs[-1]][1]}
        for ours, theirs, given in matched
    ]
    return {
        "articles": pl.DataFrame(tables["articles"], schema=ARTICLES),
        "sentences": pl.DataFrame(tables["sentences"], schema=SENTENCES),
        "alignments": alignments(units),
    }


def texts_of(tables, frame):
    text = dict(tables["articles"].select("article_id", "text").iter_rows())
    return [
        (
            text[row["left_id"]][row["left_start"] : row["left_end"]],
            text[row["right_id"]][row["right_start"] : row["right_end"]],
        )
        for row in frame.iter_rows(named=True)
    ]


STORY = ["The ferry left at dawn.", "Forty people were aboard.", "It sank off the cape.", "Nobody was hurt."]


def test_neighbours_on_both_sides_make_one_passage() -> None:
    tables = run_of(STORY, ["Our reporter was there.", *STORY], [([i], [i + 1], {}) for i in range(4)])
    frame = passages(tables)
    assert frame.schema == PASSAGES
    assert texts_of(tables, frame) == [(" ".join(STORY), " ".join(STORY))]
    assert frame["units"].to_list() == [4]
    assert frame["kind"].to_list() == ["verbatim"]


def test_one_sentence_missed_on_both_sides_does_not_cut_but_an_insertion_does() -> None:
    missed = run_of(STORY, STORY, [([0], [0], {}), ([1], [1], {}), ([3], [3], {})])
    assert passages(missed)["units"].to_list() == [3]
    inserted = run_of(STORY, [*STORY[:2], "We add this.", *STORY[2:]], [([i], [i + (i > 1)], {}) for i in range(4)])
    assert passages(inserted)["units"].to_list() == [2, 2]


def test_reordered_sentences_are_passages_of_their_own() -> None:
    tables = run_of(STORY, STORY[::-1], [([i], [3 - i], {}) for i in range(4)])
    assert passages(tables)["units"].to_list() == [1, 1, 1, 1]


def test_what_the_other_text_lacks_is_cut_off_at_the_ends() -> None:
    long = "Witnesses spoke of a loud bang at noon: the ferry left at dawn."
    tables = run_of([long], STORY, [([0], [0], {"kind": "near_verbatim"})])
    assert texts_of(tables, passages(tables)) == [("the ferry left at dawn.", "The ferry left at dawn.")]


def test_two_languages_are_not_trimmed() -> None:
    tables = run_of(["Die Fähre lief aus."], STORY, [([0], [0], {"kind": "translation"})], ("de", "en"))
    assert texts_of(tables, passages(tables)) == [("Die Fähre lief aus.", STORY[0])]


def test_words_in_common_outside_all_units_are_passages_of_no_unit() -> None:
    tail = "and nobody aboard knew where the captain had been for two long days"
    tables = run_of(
        [*STORY, f"He left {tail}."], [f"It was cold {tail} or more.", *STORY], [([i], [i + 1], {}) for i in range(4)]
    )
    frame = passages(tables)
    assert (tail, tail) in texts_of(tables, frame)
    assert frame.filter(pl.col("units") == 0)["kind"].to_list() == ["near_verbatim"]


def test_unlikely_units_are_left_out() -> None:
    tables = run_of(STORY[:1], ["Something else altogether."], [([0], [0], {"probability": 0.4})])
    assert passages(tables).is_empty()
    assert passages(tables, 0.3).height == 1


def test_no_alignments_no_passages() -> None:
    tables = run_of(STORY, STORY, [])
    assert passages(tables).equals(empty(PASSAGES))


@given(st.permutations(range(4)), st.sets(st.integers(0, 3)), st.randoms())
def test_offsets_lie_inside_the_texts_whatever_the_order_of_rows(order, kept, random) -> None:
    matched = [([i], [order.index(i)], {}) for i in sorted(kept)]
    tables = run_of(STORY, [STORY[i] for i in order], matched)
    frame = passages(tables)
    for left, right in texts_of(tables, frame):
        assert left
        assert left == left.strip()
        assert right == right.strip()
    random.shuffle(matched)
    assert passages(run_of(STORY, [STORY[i] for i in order], matched)).equals(frame)


def test_a_run_offers_them_and_exports_them(tmp_path) -> None:
    import runs

    from provtrace.results.export import export

    provenance = runs.provenance()
    frame = provenance.passages()
    assert frame.schema == PASSAGES
    export(provenance, "passages", tmp_path / "passages.csv")
    assert pl.read_csv(tmp_path / "passages.csv").height == frame.height
