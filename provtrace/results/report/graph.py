"""The picture of a story: nodes in layers, sources on top, and the lines between them as SVG paths.

Layers by longest path and order by barycentre sweeps, after Sugiyama, Tagawa and Toda (1981); plain arithmetic, so
that the same run draws the same picture everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Final

NODE_WIDTH: Final = 172
NODE_HEIGHT: Final = 64
_GAP_X: Final = 28
_GAP_Y: Final = 84
_MARGIN: Final = 16
_ARC_ROOM: Final = 60  # below the last row, for the arcs between nodes of one row
_PER_ROW: Final = 6
_SWEEPS: Final = 6
_ARROW: Final = 9

_Points = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Node:
    """An article or an unobserved upstream. `lines` are its labels from the top; `anchor` is where a click leads."""

    id: str
    observed: bool
    lines: tuple[str, ...]
    tip: str
    anchor: str | None = None


@dataclass(frozen=True)
class Edge:
    """A line from `source` to `target`; where it is not directed the two are merely its ends.

    `probability` and `share` are in 0..1.
    """

    source: str
    target: str
    relation: str
    directed: bool
    probability: float
    share: float
    label: str
    tip: str


@dataclass(frozen=True)
class Box:
    """A node with its top left corner, in pixels."""

    node: Node
    x: float
    y: float


@dataclass(frozen=True)
class Path:
    """An edge with its SVG path data, stroke, and the place of its label."""

    edge: Edge
    d: str
    width: float
    opacity: float
    label_x: float
    label_y: float


@dataclass(frozen=True)
class Graph:
    """A laid out picture, in pixels. Directed paths come last, so that they lie above the others."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    paths: tuple[Path, ...]


def draw(nodes: Sequence[Node], edges: Sequence[Edge]) -> Graph:
    """Place nodes and edges. The order of the arguments does not matter.

    Args:
        nodes: with distinct ids.
        edges: both ends must be among the nodes. Self loops are not drawn.
    """
    nodes = sorted(nodes, key=lambda node: node.id)
    edges = sorted(
        (edge for edge in edges if edge.source != edge.target),
        key=lambda edge: (edge.directed, astuple(edge)),
    )
    rows = _rows(nodes, edges)
    widest = max(map(len, rows), default=1)
    width = 2 * _MARGIN + widest * NODE_WIDTH + (widest - 1) * _GAP_X
    boxes: dict[str, Box] = {}
    for number, row in enumerate(rows):
        boxes |= {box.node.id: box for box in _place(row, number, width, edges, boxes)}
    height = 2 * _MARGIN + len(rows) * NODE_HEIGHT + max(0, len(rows) - 1) * _GAP_Y
    lowest = max((box.y for box in boxes.values()), default=0)
    if any(boxes[edge.source].y == boxes[edge.target].y == lowest for edge in edges):
        height += _ARC_ROOM
    return Graph(width, height, tuple(boxes.values()), tuple(_paths(edges, boxes)))


# --- layers and rows --------------------------------------------------------------------------------


def _rows(nodes: Sequence[Node], edges: Sequence[Edge]) -> list[list[Node]]:
    ranks = _ranks(nodes, edges)
    layers = [[node for node in nodes if ranks[node.id] == rank] for rank in sorted(set(ranks.values()))]
    _order(layers, edges)
    return [row for layer in layers for row in _wrapped(layer)]


def _wrapped(layer: list[Node]) -> list[list[Node]]:
    """A layer in rows of nearly one length."""
    count = -(-len(layer) // _PER_ROW)
    size = -(-len(layer) // count)
    return [layer[start : start + size] for start in range(0, len(layer), size)]


def _ranks(nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[str, int]:
    """Longest path from a source. A node that no arrow touches goes below all others, out of the arrows' way."""
    ranks = {node.id: 0 for node in nodes}
    arrows = _acyclic([edge for edge in edges if edge.directed])
    for _ in nodes:
        for edge in arrows:
            ranks[edge.target] = max(ranks[edge.target], ranks[edge.source] + 1)
    touched = {end for edge in arrows for end in (edge.source, edge.target)}
    below = max(ranks.values(), default=0) + 1 if touched else 0
    return {name: rank if name in touched else below for name, rank in ranks.items()}


def _acyclic(arrows: Sequence[Edge]) -> list[Edge]:
    """The arrows, the most probable first, without those that would close a circle."""
    below: dict[str, set[str]] = defaultdict(set)
    kept = []
    for edge in sorted(arrows, key=lambda edge: -edge.probability):
        if edge.source in below[edge.target]:
            continue
        kept.append(edge)
        reached = below[edge.target] | {edge.target}
        for name in [edge.source, *(name for name, reach in below.items() if edge.source in reach)]:
            below[name] |= reached
    return kept


def _order(layers: list[list[Node]], edges: Sequence[Edge]) -> None:
    """Order each layer by the mean place of its neighbours in other layers, sweeping down and up."""
    neighbours: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        neighbours[edge.source].append(edge.target)
        neighbours[edge.target].append(edge.source)
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            others = [other for other in layers if other is not layer]
            places = {node.id: place - len(other) / 2 for other in others for place, node in enumerate(other)}
            current = {node.id: place - len(layer) / 2 for place, node in enumerate(layer)}
            wanted = {}
            for name, place in current.items():
                seen = [places[other] for other in neighbours[name] if other in places]
                wanted[name] = sum(seen) / len(seen) if seen else place
            layer.sort(key=lambda node: (wanted[node.id], node.id))


def _place(
    row: Sequence[Node], number: int, width: float, edges: Sequence[Edge], above: Mapping[str, Box]
) -> list[Box]:
    """A row as a block, its middle below the middle of its sources, as far as the picture's width allows."""
    used = len(row) * NODE_WIDTH + (len(row) - 1) * _GAP_X
    names = {node.id for node in row}
    sources = [
        above[edge.source].x for edge in edges if edge.directed and edge.target in names and edge.source in above
    ]
    middle = sum(sources) / len(sources) + NODE_WIDTH / 2 if sources else width / 2
    left = min(max(middle - used / 2, _MARGIN), width - _MARGIN - used)
    top = _MARGIN + number * (NODE_HEIGHT + _GAP_Y)
    return [Box(node, left + place * (NODE_WIDTH + _GAP_X), top) for place, node in enumerate(row)]


# --- lines ------------------------------------------------------------------------------------------


def _paths(edges: Sequence[Edge], boxes: Mapping[str, Box]) -> list[Path]:
    ports = _ports(edges, boxes)
    return [
        _path(edge, boxes[edge.source], boxes[edge.target], ports[number, edge.source], ports[number, edge.target])
        for number, edge in enumerate(edges)
    ]


def _ports(edges: Sequence[Edge], boxes: Mapping[str, Box]) -> dict[tuple[int, str], float]:
    """Where each edge meets each of its nodes: spread over the middle of the side, in the order of the far ends."""
    meeting: dict[tuple[str, bool], list[tuple[float, int]]] = defaultdict(list)
    for number, edge in enumerate(edges):
        for near, far in ((edge.source, edge.target), (edge.target, edge.source)):
            meeting[near, boxes[far].y >= boxes[near].y].append((boxes[far].x, number))
    ports = {}
    for (near, _), ends in meeting.items():
        for place, (_, number) in enumerate(sorted(ends)):
            ports[number, near] = boxes[near].x + NODE_WIDTH * (0.15 + 0.7 * (place + 0.5) / len(ends))
    return ports


def _path(edge: Edge, source: Box, target: Box, from_x: float, to_x: float) -> Path:
    head = _ARROW if edge.directed else 0
    if source.y == target.y:
        points = _within_row(source, target, from_x, to_x, head)
    elif source.y < target.y:
        points = _between_rows(from_x, source.y + NODE_HEIGHT, to_x, target.y - head)
    else:
        points = _between_rows(from_x, source.y, to_x, target.y + NODE_HEIGHT + head)
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points
    label_x, label_y = _label(points)
    return Path(
        edge,
        d=f"M{x0:.1f} {y0:.1f}C{x1:.1f} {y1:.1f} {x2:.1f} {y2:.1f} {x3:.1f} {y3:.1f}",
        width=round(1.5 + 5.5 * edge.share, 2) if edge.directed else 1.2,
        opacity=round(0.4 + 0.6 * edge.probability, 2),
        label_x=label_x,
        label_y=label_y,
    )


def _between_rows(x0: float, y0: float, x3: float, y3: float) -> _Points:
    middle = (y0 + y3) / 2
    return (x0, y0), (x0, middle), (x3, middle), (x3, y3)


def _within_row(source: Box, target: Box, from_x: float, to_x: float, head: float) -> _Points:
    """An arc below the row, deeper the further it goes."""
    bottom = source.y + NODE_HEIGHT
    steps = abs(source.x - target.x) / (NODE_WIDTH + _GAP_X)
    depth = min(_ARC_ROOM, 26 + 10 * steps)
    return (from_x, bottom), (from_x, bottom + depth), (to_x, bottom + depth), (to_x, bottom + head)


def _bezier(start: float, control: float, other: float, end: float, t: float) -> float:
    """The curve's coordinate at `t` of 0..1."""
    s = 1 - t
    return s**3 * start + 3 * s * s * t * control + 3 * s * t * t * other + t**3 * end


def _label(points: _Points) -> tuple[float, float]:
    """The point of the curve in the gap next to the target, where lines from one source have parted."""
    xs, ys = zip(*points, strict=True)
    wanted = ys[3] + (_GAP_Y * 0.38 if ys[3] < ys[0] else -_GAP_Y * 0.38)
    t = min((step / 50 for step in range(51)), key=lambda t: abs(_bezier(*ys, t) - wanted))
    return round(_bezier(*xs, t), 1), round(_bezier(*ys, t), 1)
