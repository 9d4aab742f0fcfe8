"""What hangs together by links."""

import networkx
from hypothesis import given
from hypothesis import strategies as st

from provtrace.scoring.components import components

ITEMS = st.sampled_from("abcdefgh")


def test_components_are_named_by_their_smallest_item():
    assert components([("c", "b"), ("b", "a")], "ad") == {"a": "a", "b": "a", "c": "a", "d": "d"}


@given(st.lists(st.tuples(ITEMS, ITEMS)), st.lists(ITEMS))
def test_components_are_those_of_networkx(links, alone):
    graph = networkx.Graph(links)
    graph.add_nodes_from(alone)
    wanted = {item: min(group) for group in networkx.connected_components(graph) for item in group}
    assert components(links, alone) == wanted
    assert list(components(links[::-1], alone)) == sorted(wanted)
