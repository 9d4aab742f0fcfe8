"""A run in other people's formats.

===========  ============================================================================
format       what is written
===========  ============================================================================
prov-json    W3C PROV-JSON: claims and findings in separate bundles, no article text
prov-n       the same in PROV-N
prov-jsonld  the same in PROV-JSONLD
graphml      one graph of all articles, upstreams and agencies, for Gephi, yEd, networkx
graph-json   the same as node-link JSON, for networkx and D3
csv          one line per derivation, with who credited whom, for spreadsheets
passages     a CSV line per passage that two articles share, with offsets in both texts
jsonld       schema.org NewsArticle with isBasedOn and translationOfWork, no article text
ninjs        IPTC ninjs 3.1, one item a line, with the article text
bundle       a zip of evidence without article text (`results.bundle`)
===========  ============================================================================
"""

from provtrace.results.export.formats import FORMATS, export

__all__ = ["FORMATS", "export"]
