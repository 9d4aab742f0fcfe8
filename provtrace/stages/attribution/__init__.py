"""From verdicts on pairs to the graph: directions, unobserved upstreams, derivations, an origin for each sentence."""

from provtrace.stages.attribution.attribute import Attribution, attribute

__all__ = ["Attribution", "attribute"]
