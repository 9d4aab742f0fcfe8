"""A run as W3C PROV, in PROV-JSON.

What articles say of themselves (their credits) and what provtrace found stand in two separate bundles, so that a
claim is never read as a finding. No article text goes into the document; sentences are there as character offsets.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import polars as pl

from provtrace.results.export.names import local
from provtrace.results.quoted import Quote, Variant, as_quotes, shared
from provtrace.results.quotes import quotes
from provtrace.results.report.words import link
from provtrace.scoring.agencies import agency_name
from provtrace.settings import VERSION, Settings
from provtrace.tables import TEXT_CREDITS

_KINDS: Final = (
    "pt",
    "run",
    "article",
    "sentence",
    "upstream",
    "unit",
    "quote",
    "agency",
    "outlet",
    "speaker",
    "rewriting",
    "finding",
    "claim",
)
PREFIXES: Final = {kind: f"urn:provtrace:{'terms' if kind == 'pt' else kind}:" for kind in _KINDS}

# PROV's own subtypes of derivation; everything else is a type of ours.
_PROV_TYPES: Final = {
    "copy": "prov:Quotation",
    "verbatim": "prov:Quotation",
    "near_verbatim": "prov:Quotation",
    "revision": "prov:Revision",
}

Record = dict[str, Any]


class _Records:
    """Records of one bundle: PROV-JSON section to id to attributes."""

    def __init__(self) -> None:
        self.sections: dict[str, dict[str, Record]] = {}

    def add(self, section: str, name: str, **attributes: object) -> None:
        """Add a record; a double underscore in an attribute's name stands for the colon. None leaves it out."""
        known = {key.replace("__", ":"): value for key, value in attributes.items() if value is not None}
        self.sections.setdefault(section, {})[name] = known


def prov_document(tables: Mapping[str, pl.DataFrame], settings: Settings) -> Record:
    """The run as a PROV-JSON object, the same for the same run.

    Args:
        tables: the tables of a run.
        settings: the settings that led to them.
    """
    records, quoted = _Records(), list(_quoted(tables))
    _add_run(records, settings)
    _add_articles(records, tables["articles"])
    _add_upstreams(records, tables["upstreams"])
    _add_agencies(records, tables)
    _add_sentences(records, tables, {(variant.article_id, number) for _, variant, number in quoted})
    _add_quotes(records, [quote for quote, _, _ in quoted])
    bundles = {"run:claims": _claims(tables), "run:findings": _findings(tables, quoted)}
    sections = {name: bundle.sections for name, bundle in bundles.items() if bundle.sections}
    return {"prefix": PREFIXES, **records.sections, **({"bundle": sections} if sections else {})}


def _name(name: str) -> Record:
    return {"$": name, "type": "xsd:QName"}


def _figure(value: float | None) -> Record | None:
    # tables hold 32-bit floats; their noise in 64 bits is no information
    return None if value is None else {"$": str(round(value, 6)), "type": "xsd:double"}


def _integer(value: int) -> Record:
    return {"$": str(value), "type": "xsd:int"}


def _moment(value: datetime | None) -> Record | None:
    return None if value is None else {"$": value.isoformat(), "type": "xsd:dateTime"}


def _address(url: str | None) -> Record | None:
    safe = link(url)
    return None if safe is None else {"$": safe, "type": "xsd:anyURI"}


def _add_run(records: _Records, settings: Settings) -> None:
    records.add("agent", "pt:provtrace", prov__type=_name("prov:SoftwareAgent"), pt__version=VERSION)
    records.add("activity", "run:trace", pt__signature=settings.signature())
    records.add("wasAssociatedWith", "run:association", prov__activity="run:trace", prov__agent="pt:provtrace")
    for bundle in ("claims", "findings"):
        records.add("entity", f"run:{bundle}", prov__type=_name("prov:Bundle"))
        records.add(
            "wasGeneratedBy", f"run:generation.{bundle}", prov__entity=f"run:{bundle}", prov__activity="run:trace"
        )


def _add_articles(records: _Records, articles: pl.DataFrame) -> None:
    for row in articles.iter_rows(named=True):
        name = local(row["article_id"])
        records.add(
            "entity",
            f"article:{name}",
            prov__type=[_name("pt:Article"), _name("prov:Collection")],
            prov__label=row["title"],
            prov__location=_address(row["url"]),
            pt__articleId=row["article_id"],
            pt__language=row["language"],
            pt__observed=True,
            pt__publishedAt=_moment(row["published_at"]),
            pt__publishedPrecision=row["published_precision"],
        )
        if row["outlet"]:
            outlet = f"outlet:{local(row['outlet'])}"
            records.add("agent", outlet, prov__type=_name("prov:Organization"), prov__label=row["outlet"])
            records.add(
                "wasAttributedTo",
                f"run:publisher.{name}",
                prov__entity=f"article:{name}",
                prov__agent=outlet,
                pt__role="publisher",
            )


def _add_upstreams(records: _Records, upstreams: pl.DataFrame) -> None:
    for row in upstreams.iter_rows(named=True):
        records.add(
            "entity",
            f"upstream:{local(row['upstream_id'])}",
            prov__type=_name("pt:Upstream"),
            pt__observed=False,
            pt__language=row["language"],
            pt__earliest=_moment(row["earliest"]),
            pt__latest=_moment(row["latest"]),
            pt__probability=_figure(row["probability"]),
        )


def _add_agencies(records: _Records, tables: Mapping[str, pl.DataFrame]) -> None:
    for agency in sorted({*tables["credits"]["agency"].drop_nulls(), *tables["upstreams"]["agency"].drop_nulls()}):
        label = agency_name(agency)
        records.add("agent", f"agency:{local(agency)}", prov__type=_name("prov:Organization"), prov__label=label)


def _sourced(tables: Mapping[str, pl.DataFrame]) -> Iterator[tuple[Record, str, str, int]]:
    """Every sentence with an origin: its row, and the kind, owner and number of each place it came from."""
    upstreams = set(tables["upstreams"]["upstream_id"])
    origins = tables["origins"].drop_nulls("origin_id").sort("article_id", "sentence")
    for row in origins.iter_rows(named=True):
        kind = "unit" if row["origin_id"] in upstreams else "sentence"
        for number in row["origin_sentences"] or ():
            yield row, kind, row["origin_id"], number


def _quoted(tables: Mapping[str, pl.DataFrame]) -> Iterator[tuple[Quote, Variant, int]]:
    """Every utterance that two articles have, with each variant, and the number of each sentence that it stands in."""
    places: dict[str, list[tuple[int, int, int]]] = {}
    sentences = tables["sentences"].sort("article_id", "start")
    for article, start, end, number in sentences.select("article_id", "start", "end", "sentence").iter_rows():
        places.setdefault(article, []).append((start, end, number))
    for quote in as_quotes(shared(quotes(tables))):
        for variant in quote.variants:
            here = places.get(variant.article_id, [])
            first = bisect_right(here, variant.start, key=lambda place: place[1])
            for start, _, number in here[first:]:
                if start >= variant.end:
                    break
                yield quote, variant, number


def _add_quotes(records: _Records, said: Iterable[Quote]) -> None:
    """Declare utterances and their speakers; the words stand in the articles."""
    for quote in said:
        records.add(
            "entity",
            f"quote:{local(quote.quote_id)}",
            prov__type=_name("pt:Quote"),
            pt__language=quote.language,
        )
        if quote.speaker is not None:
            records.add("agent", f"speaker:{local(quote.speaker)}", prov__label=quote.speaker)


def _add_sentences(records: _Records, tables: Mapping[str, pl.DataFrame], quoting: Collection[tuple[str, int]]) -> None:
    """Declare sentences with an origin or an utterance, and the places they came from, as members of their articles."""
    wanted = set(quoting)
    for row, kind, owner, number in _sourced(tables):
        wanted.add((row["article_id"], row["sentence"]))
        if kind == "sentence":
            wanted.add((owner, number))
        else:
            _member(records, "upstream", owner, "unit", number)
            records.add("entity", f"unit:{local(owner, number)}", prov__type=_name("pt:Unit"))
    columns = ("article_id", "sentence", "start", "end", "language")
    for article, number, start, end, language in tables["sentences"].select(columns).iter_rows():
        if (article, number) in wanted:
            _member(records, "article", article, "sentence", number)
            records.add(
                "entity",
                f"sentence:{local(article, number)}",
                prov__type=_name("pt:Sentence"),
                pt__start=_integer(start),
                pt__end=_integer(end),
                pt__language=language,
            )


def _member(records: _Records, whole: str, owner: str, part: str, number: int) -> None:
    name = local(owner, number)
    records.add(
        "hadMember",
        f"_:{part}.{name}",
        prov__collection=f"{whole}:{local(owner)}",
        prov__entity=f"{part}:{name}",
    )


def _claims(tables: Mapping[str, pl.DataFrame]) -> _Records:
    """Credits: attribution where the article credits its text, influence where it credits something else."""
    claims = _Records()
    for row in tables["credits"].sort("article_id", "start", "end", "role", "agency", "rule").iter_rows(named=True):
        article = f"article:{local(row['article_id'])}"
        where = {"pt__role": row["role"], "pt__start": _integer(row["start"]), "pt__end": _integer(row["end"])}
        name = f"claim:{local(*(row[key] for key in ('article_id', 'start', 'end', 'role', 'agency')))}"
        if row["agency"] is None:
            # A credit for a translation that names nobody: no agent to attribute it to, so it is its own entity.
            claims.add("entity", name, prov__type=_name("pt:Credit"), pt__article=_name(article), **where)
            continue
        agency = f"agency:{local(row['agency'])}"
        if row["role"] in TEXT_CREDITS:
            claims.add("wasAttributedTo", name, prov__entity=article, prov__agent=agency, **where)
        else:
            claims.add("wasInfluencedBy", name, prov__influencee=article, prov__influencer=agency, **where)
    return claims


def _findings(tables: Mapping[str, pl.DataFrame], quoted: Iterable[tuple[Quote, Variant, int]]) -> _Records:
    findings = _Records()
    upstreams = frozenset(tables["upstreams"]["upstream_id"])
    for row in tables["derivations"].iter_rows(named=True):
        _add_derivation(findings, row, upstreams)
    for row in tables["upstreams"].drop_nulls("agency").iter_rows(named=True):
        findings.add(
            "wasAttributedTo",
            f"finding:{local('attribution', row['upstream_id'])}",
            prov__entity=f"upstream:{local(row['upstream_id'])}",
            prov__agent=f"agency:{local(row['agency'])}",
        )
    for row in tables["relations"].filter(pl.col("source_id").is_null()).iter_rows(named=True):
        _add_relation(findings, row)
    for row, kind, owner, number in _sourced(tables):
        findings.add(
            "wasDerivedFrom",
            f"finding:{local('origin', row['article_id'], row['sentence'], owner, number)}",
            prov__generatedEntity=f"sentence:{local(row['article_id'], row['sentence'])}",
            prov__usedEntity=f"{kind}:{local(owner, number)}",
            prov__type=_name(_PROV_TYPES.get(row["kind"], f"pt:{row['kind']}")),
            pt__kind=row["kind"],
            pt__probability=_figure(row["probability"]),
        )
    for quote, variant, number in quoted:
        _add_variant(findings, quote, variant, number)
    return findings


def _add_variant(findings: _Records, quote: Quote, variant: Variant, number: int) -> None:
    """A sentence has an utterance for its primary source, whatever article it came by; and who is its speaker."""
    name = f"quote:{local(quote.quote_id)}"
    if quote.speaker is not None:
        findings.add(
            "wasAttributedTo",
            f"finding:{local('speaker', quote.quote_id)}",
            prov__entity=name,
            prov__agent=f"speaker:{local(quote.speaker)}",
            pt__role="speaker",
        )
    findings.add(
        "wasDerivedFrom",
        f"finding:{local('quote', quote.quote_id, variant.article_id, variant.start, number)}",
        prov__generatedEntity=f"sentence:{local(variant.article_id, number)}",
        prov__usedEntity=name,
        prov__type=_name("prov:PrimarySource"),
        pt__start=_integer(variant.start),
        pt__end=_integer(variant.end),
        pt__form=variant.form,
        pt__similarity=_figure(variant.similarity),
        pt__drift=variant.drift,
    )


def _add_derivation(findings: _Records, row: Record, upstreams: Collection[str]) -> None:
    """A derivation and the one activity that made the text (PROV lets an entity be generated only once)."""
    derived, activity = local(row["derived_id"]), f"rewriting:{local(row['derived_id'])}"
    entity, source = (
        f"{'upstream' if row[end] in upstreams else 'article'}:{local(row[end])}" for end in ("derived_id", "source_id")
    )
    generation, usage = (
        f"finding:generation.{derived}",
        f"finding:{local('usage', row['derived_id'], row['source_id'])}",
    )
    findings.add("activity", activity, prov__type=_name("pt:Rewriting"))
    findings.add("wasGeneratedBy", generation, prov__entity=entity, prov__activity=activity)
    findings.add("used", usage, prov__activity=activity, prov__entity=source)
    findings.add(
        "wasDerivedFrom",
        f"finding:{local('derivation', row['derived_id'], row['source_id'], row['relation'])}",
        prov__generatedEntity=entity,
        prov__usedEntity=source,
        prov__activity=activity,
        prov__generation=generation,
        prov__usage=usage,
        prov__type=_name(_PROV_TYPES.get(row["relation"], f"pt:{row['relation']}")),
        pt__relation=row["relation"],
        pt__probability=_figure(row["probability"]),
        pt__share=_figure(row["share"]),
        pt__credited=row["credited"],
        pt__reason=_several(row["reasons"]),
    )


def _add_relation(findings: _Records, row: Record) -> None:
    """A relation without direction. PROV has none, so the two articles become members of a collection."""
    name = f"finding:{local('relation', row['left_id'], row['right_id'], row['relation'])}"
    findings.add(
        "entity",
        name,
        prov__type=[_name("prov:Collection"), _name(f"pt:{row['relation']}")],
        pt__relation=row["relation"],
        pt__probability=_figure(row["probability"]),
        pt__reason=_several(row["reasons"]),
    )
    for end in (row["left_id"], row["right_id"]):
        member = f"_:{local('member', row['left_id'], row['right_id'], row['relation'], end)}"
        findings.add("hadMember", member, prov__collection=name, prov__entity=f"article:{local(end)}")


def _several(values: list[str] | None) -> list[str] | str | None:
    unique = sorted(set(values or ()))
    return unique[0] if len(unique) == 1 else unique or None
