"""What the report says of a source outside the set: its units, what each witness made of them, what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from provtrace.results.reconstruction import Account, Addition, Wire
from provtrace.results.report import words
from provtrace.results.report.rows import Cut, Row
from provtrace.results.wire import WireUnit

MAX_UNITS: Final = 120
MAX_ADDED: Final = 60


@dataclass(frozen=True)
class AccountView:
    """What a witness made of an upstream. `dropped` counts units from 1."""

    article_id: str
    language: str
    dropped: tuple[int, ...]
    added: Cut[Addition]


@dataclass(frozen=True)
class UpstreamView:
    """An unobserved upstream: units in order, each with its witnesses.

    Attributes:
        wire: the upstream.
        earliest: its earliest date in words, no finer than it is known.
        facts: what is known of it, and from what.
        units: its units.
        accounts: what each witness made of it.
        languages: the witnesses' languages.
    """

    wire: Wire
    earliest: str
    facts: tuple[str, ...]
    units: Cut[WireUnit]
    accounts: tuple[AccountView, ...]
    languages: Mapping[str, str]


def upstream_view(wire: Wire, articles: Mapping[str, Row]) -> UpstreamView:
    """An upstream as the report shows it.

    Args:
        wire: the upstream.
        articles: rows of the articles table, of its witnesses at least.
    """
    languages = {account.article_id: articles[account.article_id]["language"] or "und" for account in wire.accounts}
    return UpstreamView(
        wire=wire,
        earliest=words.date(wire.earliest, wire.earliest_precision),
        facts=tuple(_facts(wire)),
        units=Cut.of(wire.units, MAX_UNITS),
        accounts=tuple(_account(account, languages[account.article_id]) for account in wire.accounts),
        languages=languages,
    )


def _account(account: Account, language: str) -> AccountView:
    dropped = tuple(number + 1 for number in account.dropped)
    return AccountView(account.article_id, language, dropped, Cut.of(account.added, MAX_ADDED))


def _facts(wire: Wire) -> list[str]:
    facts = [f"{agency} is credited by {', '.join(witnesses)}" for agency, witnesses in wire.claims.items()]
    facts += [f"{', '.join(copies)} copy it word for word in {language}" for language, copies in wire.versions.items()]
    facts += [f"{article} says “{note}”" for article, note in wire.notes.items()]
    return [*facts, *wire.steps()]
