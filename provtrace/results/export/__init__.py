"""A run in other people's formats.

=========  ============================================================================
format     what is written
=========  ============================================================================
prov-json  W3C PROV-JSON: claims and findings in separate bundles, no article text
graphml    one graph of all articles, upstreams and agencies, for Gephi, yEd, networkx
csv        one line per derivation, with who credited whom, for spreadsheets
passages   a CSV line per passage that two articles share, with offsets in both texts
jsonld     schema.org NewsArticle with isBasedOn and translationOfWork, no article text
ninjs      IPTC ninjs 3.1, one item a line, with the article text
bundle     a zip of evidence without article text: offsets, salted hashes, figures
=========  ============================================================================
"""

from provtrace.results.export.formats import FORMATS, export

__all__ = ["FORMATS", "export"]
