"""The news agencies of the world: who they are, how they are written, and what their credit is worth.

The facts are data in ``agencies.toml`` beside this file. Results use them to name agencies, stages to find them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from provtrace.errors import UnknownName


@dataclass(frozen=True, kw_only=True, slots=True)
class Agency:
    """One news agency.

    Attributes:
        agency_id: its key in ``agencies.toml``; the id that every table uses.
        name: the name for people.
        wikidata: its item, such as ``"Q130879"``; None where not verified.
        country: ISO 3166-1 code of its seat, None where it has none.
        languages: ISO 639-1 codes of its services.
        tokens: names that mean the agency wherever they stand in a credit.
        shy: names that mean it only inside the structure of a credit line.
        sites: domains on which it publishes itself.
    """

    agency_id: str
    name: str
    wikidata: str | None = None
    country: str | None = None
    languages: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    shy: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


@cache
def _facts() -> dict[str, Any]:
    with resources.files(__package__).joinpath("agencies.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def agencies() -> Mapping[str, Agency]:
    """All known agencies by id, in the order of the file."""
    return MappingProxyType({key: _agency(key, fields) for key, fields in _facts()["agencies"].items()})


def _agency(key: str, fields: Mapping[str, Any]) -> Agency:
    return Agency(
        agency_id=key,
        name=fields["name"],
        wikidata=fields.get("wikidata"),
        country=fields.get("country"),
        languages=tuple(fields["languages"]),
        tokens=tuple(fields.get("tokens", ())),
        shy=tuple(fields.get("shy", ())),
        sites=tuple(fields.get("sites", ())),
    )


def agency_name(agency_id: str) -> str:
    """The agency's name for people; of one that is not known, its id."""
    known = agencies().get(agency_id)
    return known.name if known else agency_id


def strength(role: str) -> float:
    """How far a credit in that role speaks for the agency as the source of the text, 0..1.

    Raises:
        UnknownName: the role is not one of ``tables.CREDIT_ROLES``.
    """
    strengths: dict[str, float] = _facts()["strengths"]
    if role not in strengths:
        raise UnknownName(f"no credit role {role!r}; the roles are {', '.join(strengths)}")
    return strengths[role]


def own_agency(outlet: str | None, url: str | None) -> str | None:
    """The agency that an outlet is itself, or None: ``"Reuters"``, ``"dpa-international"``, ``https://www.afp.com/...``.

    Args:
        outlet: the outlet's name as the article gives it.
        url: the article's address; a host below one of the agency's sites counts.
    """
    return _by_name().get(_plain(outlet or "")) or _by_host(url or "")


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold().removeprefix("the ")


@cache
def _by_name() -> Mapping[str, str]:
    """Every way to write an agency's name, folded; a name that two agencies claim belongs to neither."""
    owners: dict[str, set[str]] = {}
    for agency in agencies().values():
        for name in (agency.name, *agency.tokens, *agency.shy, *agency.sites):
            owners.setdefault(_plain(name), set()).add(agency.agency_id)
    return {name: next(iter(ids)) for name, ids in owners.items() if len(ids) == 1}


@cache
def _sites() -> Mapping[str, str]:
    return {site: agency.agency_id for agency in agencies().values() for site in agency.sites}


def _by_host(url: str) -> str | None:
    try:
        host = (urlsplit(url if "//" in url else f"//{url}").hostname or "").rstrip(".")
    except ValueError:  # not an address at all: it names no agency
        return None
    labels = host.split(".")
    candidates = (".".join(labels[first:]) for first in range(len(labels)))
    return next((_sites()[site] for site in candidates if site in _sites()), None)
