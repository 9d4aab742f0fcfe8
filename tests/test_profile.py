"""Profiles: which agencies an article credits, and in which form."""

import polars as pl

from provtrace.settings import Settings
from provtrace.stages.profile import claims
from provtrace.tables import CREDITS


def credit(article_id, agency, role):
    return {"article_id": article_id, "start": 0, "end": 3, "agency": agency, "role": role, "rule": "made"}


def test_of_several_credits_to_an_agency_the_strongest_form_counts():
    rows = [
        credit("a", "reuters", "in_text"),
        credit("a", "reuters", "dateline"),
        credit("a", "afp", "tail"),
        credit("a", "dpa", "image"),  # no credit for the words
        credit("b", None, "translation"),
    ]
    frame = pl.DataFrame(rows, schema=CREDITS)
    for ordered in (frame, frame.reverse()):
        found = {row["article_id"]: row for row in claims(ordered, Settings()).iter_rows(named=True)}
        assert (found["a"]["claims"], found["a"]["claim_roles"]) == (["afp", "reuters"], ["tail", "dateline"])
        assert (found["b"]["claims"], found["b"]["claim_roles"], found["b"]["translated"]) == ([], [], True)
