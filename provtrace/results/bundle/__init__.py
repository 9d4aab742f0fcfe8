"""Evidence without the texts: a zip that can be passed on where the articles can't, and its verification.

`layout` says what is in it and `hashes` how texts are recognised. `write` makes it of a run; `read` takes one apart
that anyone may have made. `check` holds it against somebody's texts and what tracing them again gives, table by table
(`differences`), and gives a `Verification`.
"""

from provtrace.results.bundle.check import check
from provtrace.results.bundle.read import Bundle, read_bundle
from provtrace.results.bundle.verification import TableCheck, TextCheck, Verification
from provtrace.results.bundle.write import bundle

__all__ = ["Bundle", "TableCheck", "TextCheck", "Verification", "bundle", "check", "read_bundle"]
