"""Files, frames and records to ARTICLES; what can't be read goes to REJECTS with its reason.

The way of an article: `files` finds the files, `streams` opens them, a parser (`jsons`, `tabular`, `pages`) makes
records of them, `articles` makes an article of each record with `ninjs`, `fields`, `dates` and `languages`, and
`reading` keeps one article an id.
"""

from provtrace.stages.read.reading import Source, read
from provtrace.stages.read.records import Limits

__all__ = ["Limits", "Source", "read"]
