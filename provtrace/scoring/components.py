"""Connected components: what hangs together by links, at whatever remove."""

from __future__ import annotations

from collections.abc import Iterable


def components(links: Iterable[tuple[str, str]], alone: Iterable[str] = ()) -> dict[str, str]:
    """Items in sorted order, each with the smallest item of its component.

    A disjoint-set forest with path halving (Tarjan and van Leeuwen, Journal of the ACM 31, 1984), in which the smaller
    root becomes the parent.

    Args:
        links: pairs of items.
        alone: items that may have no link.
    """
    parent = {item: item for item in alone}

    def root(item: str) -> str:
        while parent.setdefault(item, item) != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for one, other in links:
        first, second = sorted((root(one), root(other)))
        parent[second] = first
    return {item: root(item) for item in sorted(parent)}
