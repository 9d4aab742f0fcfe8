"""The report's parts: the word diff, the aligned rows, the layout of the graph, figures. All texts are invented."""

from __future__ import annotations

import random
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from provtrace.results.report.graph import NODE_HEIGHT, NODE_WIDTH, Edge, Node, draw
from provtrace.results.report.pairs import marked, sentence_numbers, side_by_side
from provtrace.results.report.words import probability, shorten


def sentences(name: str, count: int) -> list[dict]:
    """SENTENCES rows with the texts name0, name1 ..."""
    return [{"article_id": name, "sentence": n, "language": "en", "text": f"{name}{n}"} for n in range(count)]


def match(lefts: list[int], rights: list[int]) -> dict:
    return {"left_sentences": lefts, "right_sentences": rights, "kind": "paraphrase", "probability": 0.9, "flags": []}


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_word_diff_gives_both_texts_back(left: str, right: str) -> None:
    left_spans, right_spans = marked(left, right)
    assert "".join(span.text for span in left_spans) == left
    assert "".join(span.text for span in right_spans) == right
    assert {span.tag for span in left_spans} <= {"", "del", "mark"}
    assert {span.tag for span in right_spans} <= {"", "ins", "mark"}


@given(st.text(max_size=80))
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert {span.tag for side in marked(text, text) for span in side} <= {""}


def test_words_of_scripts_without_spaces_and_with_vowel_signs() -> None:
    assert [(span.tag, span.text) for span in marked("港口起重机倒塌", "港口吊车倒塌")[0] if span.tag] == [
        ("mark", "起重机")
    ]
    assert [(span.tag, span.text) for span in marked("क्रेन गिरी", "क्रेन टूटी")[1] if span.tag] == [("mark", "टूटी")]


@st.composite
def aligned_texts(draw_from: st.DrawFn) -> tuple[list[dict], list[dict], list[dict]]:
    """Two texts and alignments that use each sentence at most once, in any order, several to several."""
    sides = [sentences(name, draw_from(st.integers(0, 8))) for name in "lr"]
    free = [draw_from(st.permutations(range(len(side)))) for side in sides]
    alignments = []
    while all(free) and draw_from(st.booleans()):
        taken = [sorted(numbers[: draw_from(st.integers(1, 2))]) for numbers in free]
        free = [[number for number in numbers if number not in gone] for numbers, gone in zip(free, taken, strict=True)]
        alignments.append(match(taken[0], taken[1]))
    return sides[0], sides[1], alignments


@given(aligned_texts())
def test_side_by_side_shows_every_sentence_once_and_every_alignment_in_a_row(texts) -> None:
    left, right, alignments = texts
    rows = side_by_side(left, right, alignments, diff=True)
    for side, sentences in (("left", left), ("right", right)):
        shown = [span.text for row in rows if getattr(row, side) for span in getattr(row, side).spans]
        assert sorted(" ".join(shown).split()) == sorted(row["text"] for row in sentences)
    assert sum(row.kind is not None for row in rows) == len(alignments)
    assert all(row.kind or row.left is None or row.right is None for row in rows)


def test_gaps_stand_where_the_text_has_them() -> None:
    left, right = (sentences(name, 3) for name in "lr")
    rows = side_by_side(left, right, [match([0], [1]), match([2], [2])], diff=False)
    numbers = [(row.left and row.left.numbers, row.right and row.right.numbers) for row in rows]
    assert numbers == [(None, "1"), ("1", "2"), ("2", None), ("3", "3")]


edges_of_letters = st.lists(
    st.builds(
        lambda ends, directed, chance: Edge(ends[0], ends[1], "copy", directed, chance, chance, "", ""),
        st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")),
        st.booleans(),
        st.floats(0, 1),
    ),
    max_size=20,
)


@given(edges_of_letters)
def test_a_graph_keeps_its_boxes_apart_and_inside(edges: list[Edge]) -> None:
    graph = draw([Node(name, True, (name,), name) for name in "abcdefgh"], edges)
    assert [box.node.id for box in sorted(graph.boxes, key=lambda box: box.node.id)] == list("abcdefgh")
    for box in graph.boxes:
        assert 0 <= box.x <= graph.width - NODE_WIDTH
        assert 0 <= box.y <= graph.height - NODE_HEIGHT
    for one, other in combinations(graph.boxes, 2):
        assert abs(one.y - other.y) >= NODE_HEIGHT or abs(one.x - other.x) >= NODE_WIDTH
    assert len(graph.paths) == sum(edge.source != edge.target for edge in edges)


@given(edges_of_letters, st.randoms(use_true_random=False))
def test_a_graph_does_not_depend_on_the_order_it_is_told_in(edges: list[Edge], chance: random.Random) -> None:
    nodes = [Node(name, True, (name,), name) for name in "abcdefgh"]
    distinct = list(dict.fromkeys(edges))
    first = draw(nodes, distinct)
    chance.shuffle(nodes)
    chance.shuffle(distinct)
    assert draw(nodes, distinct) == first


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda ends: ends[0] < ends[1]), max_size=14))
def test_sources_lie_above_what_derives_from_them(arrows: list[tuple[int, int]]) -> None:
    names = "hgfedcba"
    graph = draw(
        [Node(name, True, (name,), name) for name in names],
        [Edge(names[source], names[target], "copy", True, 0.5, 0.5, "", "") for source, target in arrows],
    )
    height = {box.node.id: box.y for box in graph.boxes}
    assert all(height[names[source]] < height[names[target]] for source, target in arrows)


def test_a_circle_of_arrows_opens_at_its_weakest() -> None:
    around = [("a", "b", 0.9), ("b", "c", 0.8), ("c", "a", 0.3)]
    edges = [Edge(source, target, "copy", True, chance, 0.5, "", "") for source, target, chance in around]
    graph = draw([Node(name, True, (name,), name) for name in "abc"], edges)
    assert [box.node.id for box in sorted(graph.boxes, key=lambda box: box.y)] == ["a", "b", "c"]
    assert len(graph.paths) == 3


def test_figures_and_names() -> None:
    assert [probability(value) for value in (None, float("nan"), 0.0, 0.854, 0.999, 1.0, -0.25)] == [
        "–",
        "–",
        ".00",
        ".85",
        "1.00",
        "1.00",
        "-.25",
    ]
    assert sentence_numbers([7, 2, 3, 4, 3]) == "3–5, 8"
    assert sentence_numbers([]) == ""
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"
    assert shorten("港口起重机", 6) == "港口…"
