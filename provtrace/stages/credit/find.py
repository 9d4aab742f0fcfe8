"""The stage: all credits of a text, whichever room finds them."""

from __future__ import annotations

import polars as pl

from provtrace.scoring.composed import composed
from provtrace.settings import Settings
from provtrace.stages.credit.brackets import bracketed_credits
from provtrace.stages.credit.grammar import grammar
from provtrace.stages.credit.notes import distributors, misread_names, notes
from provtrace.stages.credit.pictures import pictures
from provtrace.stages.credit.spoken import spoken_credits
from provtrace.tables import CREDITS, conform


def credit(articles: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Find the credits of each article. Row-local.

    Args:
        articles: ARTICLES.
        settings: unused; every stage takes it.

    Returns:
        CREDITS, in reading order within an article. ``agency`` is null where the credit names none that is known: an
        unidentified agency, an outlet as primary source, a picture library, a press release, a translation note.
    """
    del settings
    rows = [
        (article_id, *found)
        for article_id, text in articles.select("article_id", "text").iter_rows()
        for found in find_credits(text)
    ]
    return conform(pl.DataFrame(rows, schema=CREDITS, orient="row"), CREDITS)


def find_credits(text: str) -> list[tuple[int, int, str | None, str, str]]:
    """The credits of one text as (start, end, agency, role, rule), sorted, none twice.

    Accents may be characters of their own: phrases and names are compared with the composed text.
    """
    whole, places = composed(text)
    names = list(grammar().names.find(whole))
    shown = list(pictures(whole, names))
    taken = {found.start for found in shown}
    in_brackets = list(bracketed_credits(whole, names, taken))
    rest = [name for name in names if name.start not in taken]
    spoken = [*spoken_credits(whole, rest), *distributors(whole, rest)]
    found = {*shown, *in_brackets, *spoken, *notes(whole, names), *misread_names(whole, names)}
    ordered = sorted(found, key=lambda one: (one[:2], one[3:]))
    return [(places[one.start], places[one.end], one.agency, one.role, one.rule) for one in ordered]
