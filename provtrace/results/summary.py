"""A run in a few lines, for the end of a trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from provtrace.results.names import counted, in_words
from provtrace.results.provenance import Provenance
from provtrace.results.report.words import probability, relation_words
from provtrace.results.story import Relation, Story
from provtrace.scoring.agencies import agency_name
from provtrace.tables import DIRECTED, TEXT_CREDITS

_STORIES: Final = 10  # the largest ones are shown
_LINES: Final = 12  # of one story
_IDS: Final = 6  # of one line
_NOTES: Final = 3  # of one verdict
_GAP: Final = "   "

# What two articles have in common, the weightiest first.
_WEIGHT: Final = (*DIRECTED, "co_derived", "shared_quote", "shared_background", "unresolved", "same_event")
_SAME_EVENT: Final = (*DIRECTED, "co_derived", "shared_quote", "same_event")
_VERDICTS: Final = {
    "credited": "fit",
    "own": "by agencies themselves",
    "partial": "partial",
    "credit_mismatch": "mismatch",
    "uncredited": "uncredited",
    "no_credit_found": "none found",
}

# articles, what is said of them, how likely it is
_Line = tuple[Sequence[str], str, float | None]


def summary(provenance: Provenance, report: str | Path | None = None) -> list[str]:
    """The run in lines: counts, what each of the largest stories consists of, how credits fit.

    Ids come from the input; strip control characters before printing.

    Args:
        provenance: the run.
        report: where its report is, for the last line.
    """
    stories = sorted(provenance.stories, key=lambda story: -len(story.article_ids))
    lines = [_counts(provenance)]
    related = _related(provenance)
    for number, story in enumerate(stories[:_STORIES], start=1):
        lines += _story(number, story, provenance, related.get(story.story_id, []))
    if len(stories) > _STORIES:
        lines.append(f"and {len(stories) - _STORIES} smaller stories")
    alone = provenance.articles.height - provenance.tables["stories"].height - sum(map(len, related.values()))
    if stories and alone:
        lines.append(f"{counted(alone, 'article')} in no story")
    lines.append(f"credits{_GAP}{_credits(provenance)}")
    if unknown := unknown_languages(provenance):
        lines.append(f"languages{_GAP}{_unknown(unknown, provenance.settings.encoder)}")
    if report is not None:
        lines.append(str(report))
    return lines


def unknown_languages(provenance: Provenance) -> dict[str, int]:
    """Articles by language, most first, of the languages that the run's encoder was not trained on."""
    from provtrace.scoring.encode import load_encoder

    known = load_encoder(provenance.settings.encoder).languages
    counts = Counter(language for language in provenance.articles["language"] if language not in known)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _unknown(counts: Mapping[str, int], encoder: str) -> str:
    """What it means for a verdict that the encoder does not know a language."""
    told = ", ".join(f"{count} in {language}" for language, count in counts.items())
    return f"{told}: unknown to the encoder {encoder}, compared by spelling, names, numbers and lengths"


def _counts(provenance: Provenance) -> str:
    articles = provenance.articles["article_id"]
    ends = pl.col("derived_id", "source_id").is_in(articles.implode())
    between = provenance.tables["derivations"].filter(pl.all_horizontal(ends)).height
    found = counted(between, "derivation") if between else "no derivation"
    parts = [
        counted(len(articles), "article"),
        counted(_events(provenance), "event"),
        f"{found} between articles of the set",
    ]
    if provenance.rejects.height:
        parts.append(f"{counted(provenance.rejects.height, 'record')} rejected")
    return ", ".join(parts)


def _events(provenance: Provenance) -> int:
    """Groups of articles that report one event: of one story, or with an event or a quotation in common."""
    relations = provenance.tables["relations"].filter(pl.col("relation").is_in(_SAME_EVENT))
    groups: list[set[str]] = [set(story.article_ids) for story in provenance.stories]
    for pair in relations.select("left_id", "right_id").iter_rows():
        touching = [group for group in groups if group & set(pair)]
        groups = [group for group in groups if group not in touching] + [set(pair).union(*touching)]
    return len(groups)


def _related(provenance: Provenance) -> dict[str, list[_Line]]:
    """For each story, a line for every article outside all stories that has most in common with this one."""
    home = dict(provenance.tables["stories"].select("article_id", "story_id").iter_rows())
    outside: dict[str, list[tuple[int, float, str, bool, str]]] = {}
    for row in provenance.tables["relations"].iter_rows(named=True):
        for article, other in ((row["left_id"], row["right_id"]), (row["right_id"], row["left_id"])):
            if article not in home and other in home:
                if row["source_id"] == article:
                    continue  # told where the other stands
                decided = row["source_id"] == other
                weight = (_WEIGHT.index(row["relation"]), -row["probability"], home[other], decided, other)
                outside.setdefault(article, []).append(weight)
    lines: dict[str, list[_Line]] = {}
    for article, found in sorted(outside.items()):
        kind, likely, story, decided, _ = min(found)
        others = sorted(entry[-1] for entry in found if (entry[0], entry[2], entry[3]) == (kind, story, decided))
        words = relation_words(_WEIGHT[kind], decided=decided)
        lines.setdefault(story, []).append(([article], f"{words} {_and(others)}", -likely))
    return lines


def _story(number: int, story: Story, provenance: Provenance, related: Sequence[_Line]) -> list[str]:
    said: list[_Line] = [*_from_upstreams(story, provenance), *_from_articles(story)]
    named = {article for articles, _, _ in said for article in articles}
    said += _sources(story, named)
    said += _others(story, named | {edge.source_id for edge in story.derivations()})
    said += related
    hidden = len(said) - _LINES
    shown = [(_ids(articles), text, likely) for articles, text, likely in said[:_LINES]]
    if hidden > 0:
        shown.append(("", f"and {hidden} more lines", None))
    first, second = max(len(ids) for ids, _, _ in shown), max(len(text) for _, text, _ in shown)
    label = f"story {number}"
    lines = []
    for ids, text, likely in shown:
        figure = "" if likely is None else _GAP + probability(likely)
        lines.append(f"{label:<7}{_GAP}{ids:<{first}}{_GAP}{text:<{second}}{figure}".rstrip())
        label = ""
    return lines


def _ids(articles: Sequence[str]) -> str:
    more = [f"and {len(articles) - _IDS} more"] if len(articles) > _IDS else []
    return " ".join([*articles[:_IDS], *more])


def _and(names: Sequence[str]) -> str:
    shown = [*names[:_IDS], *([f"{len(names) - _IDS} more"] if len(names) > _IDS else [])]
    return in_words(shown)


def _from_upstreams(story: Story, provenance: Provenance) -> Iterator[_Line]:
    """A line for every unobserved upstream of the story, the likeliest first."""
    upstreams = story.tables["upstreams"].sort(["probability", "upstream_id"], descending=[True, False])
    for row in upstreams.iter_rows(named=True):
        units = provenance.upstream_units.filter(upstream_id=row["upstream_id"])["unit"].n_unique()
        witnesses = sorted(row["witnesses"] or ())
        figures = f"{counted(units, 'unit')}, {len(witnesses)} witnesses"
        credited = _credited(story.tables["credits"], witnesses)
        figures += f"; credited: {credited}" if credited else "; no credit found"
        yield witnesses, f"from an unobserved wire {row['upstream_id']} ({figures})", row["probability"]


def _credited(credits_: pl.DataFrame, witnesses: Sequence[str]) -> str:
    """Agencies that these articles credit for their text, with the number of articles: ``Reuters 2, AFP 1``."""
    claims = credits_.filter(pl.col("article_id").is_in(witnesses), pl.col("role").is_in(TEXT_CREDITS))
    pairs = claims.drop_nulls("agency").select("article_id", "agency").unique()
    counts = sorted(Counter(pairs["agency"]).items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{agency_name(agency)} {count}" for agency, count in counts)


def _from_articles(story: Story) -> Iterator[_Line]:
    """A line for every source in the set and relation to it; its figure is that of the least likely edge."""
    upstreams = set(story.tables["upstreams"]["upstream_id"])
    groups: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for edge in story.derivations():
        if edge.source_id not in upstreams:
            groups.setdefault((edge.source_id, edge.relation), []).append((edge.derived_id, edge.probability))
    for (source, relation), edges in groups.items():
        derived = sorted(article for article, _ in edges)
        yield derived, f"{relation_words(relation)} {source}", min(likely for _, likely in edges)


def _sources(story: Story, named: set[str]) -> Iterator[_Line]:
    """A line for every article that others derive from and that derives from none itself."""
    counts = Counter(edge.source_id for edge in story.derivations())
    for article in story.article_ids:
        if counts[article] and article not in named:
            yield [article], f"source of {counted(counts[article], 'article')}", None


def _others(story: Story, named: set[str]) -> Iterator[_Line]:
    """A line for every other article: the weightiest thing that it has in common with the rest."""
    relations = story.relations()
    for article in story.article_ids:
        if article not in named:
            yield _other(article, [r for r in relations if article in (r.left_id, r.right_id)])


def _other(article: str, relations: Sequence[Relation]) -> _Line:
    weightiest = min((relation.relation for relation in relations), key=_WEIGHT.index, default="same_event")
    if weightiest == "same_event":
        return [article], "same event, no shared text", None
    chosen = [relation for relation in relations if relation.relation == weightiest]
    others = sorted({*(r.left_id for r in chosen), *(r.right_id for r in chosen)} - {article})
    words = relation_words(weightiest, decided=False)
    return [article], f"{words} {_and(others)}", max(relation.probability for relation in chosen)


def _credits(provenance: Provenance) -> str:
    audit = provenance.audit()
    found: Mapping[str, list[tuple[str, str]]] = {
        verdict: list(audit.filter(verdict=verdict).select("article_id", "note").iter_rows()) for verdict in _VERDICTS
    }
    return "; ".join(_verdict(verdict, rows) for verdict, rows in found.items() if rows) or "no articles"


def _verdict(verdict: str, rows: Sequence[tuple[str, str]]) -> str:
    text = f"{len(rows)} {_VERDICTS[verdict]}"
    if verdict in ("credit_mismatch", "partial"):
        notes = [f"{article} {note}" for article, note in rows[:_NOTES]]
        return f"{text} ({'; '.join([*notes, *(['...'] if len(rows) > _NOTES else [])])})"
    return f"{text} ({_and([article for article, _ in rows])})" if verdict == "uncredited" else text
