"""A bundle held against the texts that somebody has, and against what tracing them again gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import polars as pl

from provtrace.errors import RunError
from provtrace.results.bundle import layout
from provtrace.results.bundle.differences import DIFFERENCES, differences
from provtrace.results.bundle.hashes import HASH, changed_sentences, hash_sentences, text_hash
from provtrace.results.bundle.read import Bundle
from provtrace.results.bundle.verification import TableCheck, TextCheck, Verification
from provtrace.settings import VERSION, Settings
from provtrace.tables import ARTICLES, REJECTS, conform, empty

Tables: TypeAlias = Mapping[str, pl.DataFrame]
Retrace: TypeAlias = Callable[[pl.DataFrame, Settings], Tables]
"""ARTICLES and settings to all the other tables of a run."""

_PAIR = ["left_id", "right_id"]


def check(
    bundle: Bundle, articles: pl.DataFrame, rejects: pl.DataFrame, settings: Settings, retrace: Retrace
) -> Verification:
    """Verify a bundle.

    A text is recognised by its hash, whatever it is called. What is traced again are the verified texts, with the
    names, outlets, dates and languages that the bundle gives them. Where a text is missing, only what does not depend
    on it can be checked: sentences and credits of the others, and alignments of pairs of them.

    Args:
        bundle: what is to be verified.
        articles: ARTICLES of whoever verifies it.
        rejects: REJECTS of the same: a text that is missing may be among them.
        settings: those of the bundle, with the models of whoever verifies it.
        retrace: the pipeline.
    """
    texts, held = _texts(bundle, articles)
    complete = all(text.state == "verified" for text in texts)
    again = _again(bundle, held, settings, retrace)
    checks = [_articles(bundle, articles, held)]
    if again:
        checks += [_part(name, bundle, again, held, complete=complete) for name in layout.PARTS if name != "articles"]
        audits = layout.audits(again) if complete else {}
        checks += [_audit(name, bundle, frame) for name, frame in audits.items()]
    found = [frame for _, frame in checks]
    return Verification(
        bundle=str(bundle.path),
        version=bundle.version,
        signature=bundle.signature,
        traced_with=settings.signature(),
        texts=texts,
        tables=_with_unchecked(bundle, [table for table, _ in checks]),
        differences=pl.concat([_stated_signature(bundle), *found]),
        rejects=rejects,
    )


def _texts(bundle: Bundle, articles: pl.DataFrame) -> tuple[tuple[TextCheck, ...], dict[str, str]]:
    """What became of every text of the bundle, and the verified ones by the bundle's ids."""
    mine = dict(articles.select("article_id", "text").iter_rows())
    by_hash = {text_hash(bundle.salt, text): text for text in mine.values()}
    sentences = bundle.tables["sentences"].partition_by("article_id", as_dict=True)
    none = bundle.tables["sentences"].clear()
    checks, held = [], {}
    for article_id, stated in bundle.tables["articles"].select("article_id", HASH).sort("article_id").iter_rows():
        if stated in by_hash:
            held[article_id] = by_hash[stated]
            checks.append(TextCheck(article_id, "verified"))
        elif article_id in mine:
            changed = changed_sentences(mine[article_id], sentences.get((article_id,), none), bundle.salt)
            checks.append(TextCheck(article_id, "changed", tuple(changed)))
        else:
            checks.append(TextCheck(article_id, "missing"))
    return tuple(checks), held


def _again(bundle: Bundle, held: Mapping[str, str], settings: Settings, retrace: Retrace) -> dict[str, pl.DataFrame]:
    """The tables that the verified texts give; none where no text is verified."""
    if not held:
        return {}
    known = bundle.tables["articles"].filter(pl.col("article_id").is_in(list(held))).sort("article_id")
    texts = [held[article_id] for article_id in known["article_id"]]
    known = known.with_columns(pl.lit(None, dtype=pl.String).alias("title"), pl.Series("text", texts, dtype=pl.String))
    articles = conform(known, ARTICLES)
    traced = dict(retrace(articles, settings))
    traced["sentences"] = hash_sentences(traced["sentences"], articles, bundle.salt)
    return {"articles": articles, "rejects": empty(REJECTS), **traced}


def _articles(bundle: Bundle, articles: pl.DataFrame, held: Mapping[str, str]) -> tuple[TableCheck, pl.DataFrame]:
    """What the bundle says of the verified articles, where a copy of the same name says anything of it."""
    part = layout.PARTS["articles"]
    stated = bundle.tables["articles"].drop(HASH)
    said = stated.filter(pl.col("article_id").is_in(list(held))).join(
        articles.select(stated.columns), on="article_id", suffix="_mine"
    )
    columns = [name for name in stated.columns if name != "article_id"]
    mine = said.select("article_id", *(pl.coalesce(f"{name}_mine", name).alias(name) for name in columns))
    return _compared("articles", said.select(stated.columns), mine, part, stated.height)


def _part(
    name: str, bundle: Bundle, again: Tables, held: Mapping[str, str], *, complete: bool
) -> tuple[TableCheck, pl.DataFrame]:
    """One table of the bundle and the same of the texts traced again, as far as the missing texts leave it alone."""
    part = layout.PARTS[name]
    stated = bundle.tables[name]
    found = conform(again[name], layout.schema(name))
    rows = stated.height
    if not complete:
        stated, found = (_within(frame, part.scope, bundle, again, held) for frame in (stated, found))
    return _compared(name, stated, found, part, rows)


def _within(
    frame: pl.DataFrame, scope: layout.Scope, bundle: Bundle, again: Tables, held: Mapping[str, str]
) -> pl.DataFrame:
    """The rows that depend on verified texts alone."""
    if scope == "article":
        return frame.filter(pl.col("article_id").is_in(list(held)))
    if scope == "pair":
        return frame.join(bundle.tables["pairs"], on=_PAIR, how="semi").join(again["pairs"], on=_PAIR, how="semi")
    return frame.clear()


def _audit(name: str, bundle: Bundle, found: pl.DataFrame) -> tuple[TableCheck, pl.DataFrame]:
    try:
        stated = bundle.audit(name, found.schema)
    except RunError as error:  # another version's audit may have other columns
        row = pl.DataFrame([(name, "all rows", None, str(error), None)], schema=DIFFERENCES, orient="row")
        return TableCheck(name, bundle.rows(name), 0, bundle.rows(name)), row
    return _compared(name, stated, found, layout.Part(keys=(found.columns[0],), scope="run"), stated.height)


def _compared(
    name: str, stated: pl.DataFrame, found: pl.DataFrame, part: layout.Part, rows: int
) -> tuple[TableCheck, pl.DataFrame]:
    differing = differences(name, stated, found, part.keys)
    return TableCheck(name, rows, stated.height, differing["row"].n_unique()), differing


def _with_unchecked(bundle: Bundle, tables: list[TableCheck]) -> tuple[TableCheck, ...]:
    """The checks of all tables, in the bundle's order."""
    done = {table.name: table for table in tables}
    return tuple(done.get(name, TableCheck(name, bundle.rows(name), 0, 0)) for name in (*layout.PARTS, *layout.AUDITS))


def _stated_signature(bundle: Bundle) -> pl.DataFrame:
    """A signature that is not that of the settings and the version beside it."""
    expected = bundle.settings.signature().removesuffix(VERSION) + bundle.version
    if bundle.signature == expected:
        return empty(DIFFERENCES)
    row = ("manifest", "signature", "signature", bundle.signature, expected)
    return pl.DataFrame([row], schema=DIFFERENCES, orient="row")
