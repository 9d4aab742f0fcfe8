"""A finished run as one HTML file for people.

`rows` picks the rows that a report has room for, `page` makes of them what the template writes down, with `pairs`
(two texts side by side), `graph` (the picture of a story) and `words` (what names and figures are called);
`document` fills in the template.
"""

from provtrace.results.report.document import FinishedRun, render, write_report

__all__ = ["FinishedRun", "render", "write_report"]
