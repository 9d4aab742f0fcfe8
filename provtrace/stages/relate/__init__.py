"""The verdict on a pair of articles: what they are to each other, and which is the source."""

from provtrace.stages.relate.verdict import relate

__all__ = ["relate"]
