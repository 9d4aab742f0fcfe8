"""A small run made by hand, consistent in every table, for the tests of what is read out of runs.

Story S1 is the hard case: three articles carry a Reuters wire that is not in the set (one of them names AFP
instead), a fourth shares agency background with them, a fifth reports the same event in its own words.
Story S2 is the plain case: Reuters' own article, one copy that credits it, one French translation that does not.
`digest` belongs to no story.
"""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from provtrace.results.provenance import Provenance
from provtrace.settings import Settings
from provtrace.tables import TABLES, conform

_BODIES: dict[str, list[str]] = {
    "000": [
        "The ferry left the northern harbour before dawn.",
        "Officials counted forty passengers, Reuters reported.",
        "The line was founded in 1931.",
    ],
    "001": [
        "Before sunrise the ferry had left the north port.",
        "Officials counted forty passengers.",
        "With AFP.",
    ],
    "002": ["The boat sailed from the northern harbour early.", "Forty travellers were counted, Reuters disclosed."],
    "003": ["Experts doubt the timetable.", "The line was founded in 1931."],
    "004": ["A ferry ran late on Monday."],
    "010": ["The mint struck nine new coins.", "Collectors queued around the block."],
    "011": ["The mint struck nine new coins.", "Collectors queued around the block.", "(Reuters)"],
    "012": ["La Monnaie a frappé neuf pièces.", "Notre journal était sur place."],
    "digest": ["<script>alert(1)</script> & nothing else happened."],
}
_OUTLETS: dict[str, tuple[str | None, str | None]] = {
    "000": ("Harbour Times", "https://harbour.example/a"),
    "001": ("Harbour Times", "https://harbour.example/b"),
    "002": ("=cmd|' /C calc'!A0", "javascript:alert(1)"),
    "003": (None, None),
    "004": ("Coast Post", None),
    "010": ("Reuters", "https://www.reuters.com/coins"),
    "011": ("Coast Post", "https://coast.example/coins"),
    "012": ("La Gazette", None),
    "digest": ("Coast Post", None),
}
_ROLES: dict[tuple[str, int], str] = {("001", 2): "credit", ("011", 2): "credit"}


def tables() -> dict[str, pl.DataFrame]:
    """Every table of a run, fresh."""
    made = {
        "articles": _articles(),
        "rejects": _rows("rejects", [("bad.jsonl", "line 7", "no text")]),
        "sentences": _sentences(),
        "pairs": _rows(
            "pairs", [("000", "001", ["surface"], 0.5, 0.25), ("010", "011", ["surface", "neutral"], 1.0, 0.75)]
        ),
        "alignments": _alignments(),
        "credits": _credits(),
        "relations": _relations(),
        "upstreams": _rows(
            "upstreams", [("U1", "reuters", "en", datetime(2024, 3, 1, tzinfo=UTC), None, 0.85, ["000", "001", "002"])]
        ),
        "upstream_units": _upstream_units(),
        "derivations": _derivations(),
        "origins": _origins(),
        "stories": _rows("stories", [*(("S1", f"00{n}") for n in range(5)), *(("S2", f"01{n}") for n in range(3))]),
    }
    return {name: conform(made[name], schema) for name, schema in TABLES.items()}


def provenance(**replaced: pl.DataFrame) -> Provenance:
    """The run as a user holds it, with some tables replaced."""
    return Provenance({**tables(), **replaced}, Settings())


def _rows(name: str, rows: list[tuple[object, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=TABLES[name], orient="row")


def _articles() -> pl.DataFrame:
    rows: list[tuple[object, ...]] = [
        (
            article,
            *_OUTLETS[article],
            datetime(2024, 3, 1, 9, tzinfo=UTC) if article != "003" else None,
            "day" if article != "003" else None,
            "fr" if article == "012" else "en",
            f"Title of {article}",
            " ".join(sentences),
        )
        for article, sentences in _BODIES.items()
    ]
    return _rows("articles", rows)


def _sentences() -> pl.DataFrame:
    rows: list[tuple[object, ...]] = []
    for article, sentences in _BODIES.items():
        start = 0
        for number, text in enumerate(sentences):
            role = _ROLES.get((article, number), "body")
            language = "fr" if article == "012" else "en"
            rows.append((article, number, start, start + len(text), language, role, text))
            start += len(text) + 1
    return _rows("sentences", rows)


def _alignments() -> pl.DataFrame:
    def row(left: str, right: str, i: int, j: int, kind: str, probability: float, cosine: float) -> dict[str, object]:
        return {
            "left_id": left,
            "right_id": right,
            "left_sentences": [i],
            "right_sentences": [j],
            "left_start": 10 * i,
            "left_end": 10 * i + 9,
            "right_start": 10 * j,
            "right_end": 10 * j + 9,
            "kind": kind,
            "probability": probability,
            "cosine": cosine,
            "csls": 0.2,
            "chrf": 0.5,
            "edit": 0.4,
            "anchors": 0.3,
            "numbers": 1.0,
            "names": 1.0,
            "quoted": 0.0,
            "run": 3,
            "quote_run": 0,
            "evidence": 2.0,
            "odds": 2.0,
            "flags": ["quote_drift"] if (left, right, i) == ("000", "001", 1) else [],
        }

    return pl.DataFrame(
        [
            row("000", "001", 0, 0, "paraphrase", 0.8, 0.81),
            row("000", "002", 0, 0, "paraphrase", 0.9, 0.91),
            row("000", "001", 1, 1, "near_verbatim", 0.95, 0.97),
            row("001", "002", 1, 1, "paraphrase", 0.7, 0.75),
            row("000", "003", 2, 1, "verbatim", 0.99, 1.0),
            row("010", "011", 0, 0, "verbatim", 0.99, 1.0),
            row("010", "011", 1, 1, "verbatim", 0.99, 1.0),
            row("010", "012", 0, 0, "translation", 0.9, 0.85),
        ],
        schema=TABLES["alignments"],
    )


def _credits() -> pl.DataFrame:
    return _rows(
        "credits",
        [
            ("000", 70, 77, "reuters", "in_text", "x-reported"),
            ("001", 86, 94, "afp", "tail", "with-x"),
            ("002", 84, 91, "reuters", "in_text", "x-reported"),
            ("002", 0, 8, "getty", "image", "photo"),
            ("011", 69, 78, "reuters", "tail", "in-brackets"),
            ("012", 0, 2, None, "translation", "traduit"),
        ],
    )


def _relations() -> pl.DataFrame:
    def undirected(left: str, right: str, relation: str, probability: float) -> tuple[object, ...]:
        return (left, right, relation, None, probability, None, 0.5, 0.5, 0.9, ["matched sentences keep their order"])

    return _rows(
        "relations",
        [
            undirected("000", "001", "co_derived", 0.85),
            undirected("000", "002", "co_derived", 0.85),
            undirected("001", "002", "co_derived", 0.8),
            undirected("000", "003", "shared_background", 0.5),
            undirected("002", "003", "shared_background", 0.45),
            undirected("000", "004", "same_event", 0.6),
            ("010", "011", "copy", "010", 0.95, 0.9, 1.0, 1.0, 1.0, ["contained in 010"]),
            ("010", "012", "translation", "010", 0.9, 0.8, 0.5, 0.5, 1.0, ["in another language than 010"]),
        ],
    )


def _upstream_units() -> pl.DataFrame:
    return _rows(
        "upstream_units",
        [
            ("U1", 0, "000", 0, 0.9),
            ("U1", 0, "001", 0, 0.8),
            ("U1", 0, "002", 0, 0.85),
            ("U1", 1, "000", 1, 0.7),
            ("U1", 1, "001", 1, 0.92),
            ("U1", 1, "002", 1, 0.6),
        ],
    )


def _derivations() -> pl.DataFrame:
    return _rows(
        "derivations",
        [
            ("000", "U1", "adaptation", 0.85, 0.7, "credited", ["shares 2 units with 001 and 002"]),
            ("001", "U1", "adaptation", 0.85, 1.0, "mismatch", ["shares 2 units with 000 and 002"]),
            ("002", "U1", "paraphrase", 0.8, 1.0, "credited", ["shares 2 units with 000 and 001"]),
            ("011", "010", "copy", 0.95, 1.0, "credited", ["contained in 010"]),
            ("012", "010", "translation", 0.9, 0.5, "uncredited", ["in another language than 010"]),
        ],
    )


def _origins() -> pl.DataFrame:
    known: dict[tuple[str, int], tuple[str, str | None, list[int] | None, float]] = {
        ("000", 0): ("paraphrase", "U1", [0], 0.8),
        ("000", 1): ("near_verbatim", "U1", [1], 0.9),
        ("001", 0): ("paraphrase", "U1", [0], 0.8),
        ("001", 1): ("near_verbatim", "U1", [1], 0.95),
        ("001", 2): ("credit", None, None, 1.0),
        ("002", 0): ("paraphrase", "U1", [0], 0.85),
        ("002", 1): ("paraphrase", "U1", [1], 0.7),
        ("000", 2): ("background", None, None, 0.6),
        ("003", 1): ("background", None, None, 0.6),
        ("011", 0): ("verbatim", "010", [0], 0.99),
        ("011", 1): ("verbatim", "010", [1], 0.99),
        ("011", 2): ("credit", None, None, 1.0),
        ("012", 0): ("translation", "010", [0], 0.9),
    }
    rows: list[tuple[object, ...]] = [
        (article, number, *known.get((article, number), ("novel_in_set", None, None, 0.5)))
        for article, sentences in _BODIES.items()
        for number in range(len(sentences))
    ]
    return _rows("origins", rows)


def chained() -> Provenance:
    """The run with an upstream above the upstream: Reuters' wire would be the translation of one of AFP."""
    above = _rows("upstreams", [("U2", "afp", "fr", None, None, 0.75, ["000", "001"])])
    hop = _rows("derivations", [("U1", "U2", "translation", 0.9, 0.9, "unknown", ["told in French first"])])
    made = tables()
    return provenance(
        upstreams=pl.concat([made["upstreams"], above]), derivations=pl.concat([made["derivations"], hop])
    )


# --- runs of a few sentences --------------------------------------------------------------------------


def of(texts, units=(), related=(), languages=None):
    """The tables of a run: article to its sentences; units as (left, sentence, right, sentence[, flags])."""
    languages = languages or {}
    bodies = {article: " ".join(sentences) for article, sentences in texts.items()}
    places = {}
    rows = []
    for article, sentences in texts.items():
        start = 0
        for number, text in enumerate(sentences):
            places[article, number] = (start, start + len(text))
            rows.append((article, number, start, start + len(text), languages.get(article, "en"), "body", text))
            start += len(text) + 1
    tables = {name: pl.DataFrame(schema=schema) for name, schema in TABLES.items()}
    tables["sentences"] = pl.DataFrame(rows, schema=TABLES["sentences"], orient="row")
    tables["articles"] = conform(
        pl.DataFrame({"article_id": list(bodies), "text": list(bodies.values())})
        .with_columns(
            pl.lit(None).alias(name) for name in ("outlet", "url", "published_at", "published_precision", "title")
        )
        .with_columns(language=pl.Series([languages.get(article, "en") for article in bodies])),
        TABLES["articles"],
    )
    tables["alignments"] = pl.DataFrame([_unit(places, *unit) for unit in units], schema=TABLES["alignments"])
    tables["relations"] = pl.DataFrame(
        [(*pair, "same_event", None, 0.9, None, 0.1, 0.1, 0.0, []) for pair in related],
        schema=TABLES["relations"],
        orient="row",
    )
    return tables


def _unit(places, left, i, right, j, flags=(), probability=0.9):
    figures = dict.fromkeys(
        ("cosine", "csls", "chrf", "edit", "anchors", "numbers", "names", "quoted", "run", "quote_run", "evidence"), 0
    )
    return {
        **figures,
        "left_id": left, "right_id": right, "left_sentences": [i], "right_sentences": [j],
        "left_start": places[left, i][0], "left_end": places[left, i][1],
        "right_start": places[right, j][0], "right_end": places[right, j][1],
        "kind": "paraphrase", "probability": probability, "flags": list(flags),
    }  # fmt: skip
