"""The report: complete, bounded, deterministic, and safe whatever the articles hold. All texts are invented."""

from __future__ import annotations

import random
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser
from itertools import combinations

import polars as pl
import pytest

from provtrace.errors import TableError
from provtrace.results.report import render, write_report
from provtrace.results.report.rows import MAX_ARTICLES, MAX_PAIRS, MAX_STORIES
from provtrace.results.report.words import link, visible
from provtrace.settings import Settings
from provtrace.tables import TABLES, empty

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(2)</script>",
    "</title><svg onload=alert(3)>",
    "{{ 7 * 7 }}{% raw %}",
    "]]><!--<p>",
    "javascript:alert(1)",
    "\u202eevil\u2066 \x00 \u2028",
    "&lt;b&gt; &amp;",
]
VOID = {"meta", "link", "br", "img", "input", "hr"}


@dataclass
class Run:
    """A finished run, as far as the report knows it."""

    tables: Mapping[str, pl.DataFrame]
    settings: Settings = field(default_factory=Settings)


def run_of(**rows: list[dict]) -> Run:
    frames = {}
    for name, schema in TABLES.items():
        filled = [{column: row.get(column) for column in schema} for row in rows.get(name, [])]
        frames[name] = pl.DataFrame(filled, schema=schema, orient="row") if filled else empty(schema)
    return Run(frames)


def article(name: str, sentences: list[str], language: str = "en", **more: object) -> tuple[dict, list[dict]]:
    """An ARTICLES row, its sentences joined by single spaces, and their SENTENCES rows."""
    rows, start = [], 0
    for number, text in enumerate(sentences):
        place = {"article_id": name, "sentence": number, "start": start, "end": start + len(text)}
        rows.append({**place, "language": language, "role": "body", "text": text})
        start += len(text) + 1
    return {"article_id": name, "language": language, "text": " ".join(sentences), **more}, rows


def alignment(left: str, right: str, lefts: list[int], rights: list[int], kind: str, chance: float = 0.9) -> dict:
    return {
        "left_id": left,
        "right_id": right,
        "left_sentences": lefts,
        "right_sentences": rights,
        "left_start": min(lefts) * 100,
        "right_start": min(rights) * 100,
        "kind": kind,
        "probability": chance,
        "flags": ["number_changed"] if kind == "paraphrase" else [],
    }


def relation(left: str, right: str, kind: str, chance: float, source: str | None = None, **more: object) -> dict:
    row = {"left_id": left, "right_id": right, "relation": kind, "source_id": source, "probability": chance}
    return {
        **row,
        "left_share": 0.6,
        "right_share": 0.55,
        "order": 0.95,
        "reasons": ["sentences in the same order"],
        **more,
    }


MORNING = datetime(2031, 4, 2, 6, 40, tzinfo=UTC)


def harbour() -> Run:
    """Three texts below a missing wire, one copy of one of them, a bystander, and an article on its own."""
    made = [
        article(
            "coast-1",
            [
                "LARNHOLM (Nordwire) – A loading crane collapsed in the harbour of Larnholm early on Tuesday.",
                "Four dock workers were hurt, two of them badly, the port authority said.",
                "“We heard a crack and then everything came down,” said foreman Ida Brask.",
                "The crane had been inspected in January and was due to be replaced next year.",
                "Larnholm is the third largest grain port on the coast.",
                "Our reporter saw ships waiting outside the breakwater until noon.",
            ],
            title="Four hurt as harbour crane collapses",
            outlet="The Coast Courier",
            url="https://coast.example/harbour-crane?ref=1&x=2",
            published_at=MORNING,
            published_precision="minute",
        ),
        article(
            "diario-7",
            [
                "Una grúa de carga se desplomó en el puerto de Larnholm el martes por la mañana.",
                "Cuatro estibadores resultaron heridos, dos de ellos de gravedad, según la autoridad portuaria.",
                "La grúa había sido revisada en enero y debía sustituirse el año que viene.",
                "«Oímos un crujido y luego todo se vino abajo», dijo la capataz Ida Brask.",
                "El sindicato pidió una investigación independiente.",
            ],
            "es",
            title="Cuatro heridos al caer una grúa en el puerto",
            outlet="Diario del Faro",
            url="https://faro.example/7",
            published_at=MORNING.replace(hour=8, minute=5),
            published_precision="minute",
        ),
        article(
            "marsa-3",
            [
                "انهارت رافعة تحميل في ميناء لارنهولم صباح يوم الثلاثاء.",
                "وأصيب أربعة من عمال الرصيف، اثنان منهم بجروح خطيرة، وفق سلطة الميناء.",
                "وكانت الرافعة قد فُحصت في يناير وكان من المقرر استبدالها العام المقبل.",
            ],
            "ar",
            title="إصابة أربعة عمال في انهيار رافعة",
            outlet="المرسى اليوم",
            published_at=MORNING.replace(hour=0, minute=0),
            published_precision="day",
        ),
        article(
            "ferry-9",
            [
                "A loading crane came down in Larnholm harbour early on Tuesday.",
                "Four dock workers were hurt, two of them seriously, the port authority said.",
                "Ferry traffic was not affected.",
                "Larnholm is the third largest grain port on the coast.",
                "The crane had been inspected in January and was to be replaced next year.",
            ],
            title="Crane falls in Larnholm",
            outlet="Ferry News",
            url="javascript:alert(1)",
            published_at=MORNING.replace(hour=11, minute=20),
            published_precision="minute",
        ),
        article(
            "union-2",
            [
                "Dock unions call a day of action after the Larnholm accident.",
                "Larnholm is the third largest grain port on the coast.",
                "Talks with the ministry begin on Friday.",
            ],
            title="Unions call day of action",
            outlet="Labour Week",
            published_at=MORNING.replace(day=4, hour=0, minute=0),
            published_precision="day",
        ),
        article("recipe-1", ["Peel the pears.", "Simmer them in cider."], title="Pears in cider", outlet="The Table"),
    ]
    kinds = {
        "coast-1": ["translation", "translation", "shared_quote", "translation", "background", "novel_in_set"],
        "diario-7": ["translation", "translation", "translation", "shared_quote", "novel_in_set"],
        "marsa-3": ["translation", "translation", "translation"],
        "ferry-9": ["paraphrase", "near_verbatim", "novel_in_set", "verbatim", "near_verbatim"],
        "union-2": ["unresolved", "background", "novel_in_set"],
        "recipe-1": ["novel_in_set", "novel_in_set"],
    }
    units = {"coast-1": {0: 0, 1: 1, 2: 2, 3: 3}, "diario-7": {0: 0, 1: 1, 2: 3, 3: 2}, "marsa-3": {0: 0, 1: 1, 2: 3}}
    copied = {0: 0, 1: 1, 3: 4, 4: 3}
    origins = []
    for name, row_kinds in kinds.items():
        for number, kind in enumerate(row_kinds):
            origin = {"article_id": name, "sentence": number, "kind": kind, "probability": 0.88}
            if number in units.get(name, {}):
                origin |= {"origin_id": "U1", "origin_sentences": [units[name][number]]}
            elif name == "ferry-9" and number in copied:
                origin |= {"origin_id": "coast-1", "origin_sentences": [copied[number]]}
            origins.append(origin)
    wire = {"source_id": "U1", "relation": "translation"}
    pages = {row["article_id"]: row["text"] for row, _ in made}

    def credit(name: str, words: str, agency: str, role: str) -> dict:
        start = pages[name].index(words)
        return {
            "article_id": name,
            "start": start,
            "end": start + len(words),
            "agency": agency,
            "role": role,
            "rule": "invented",
        }

    return run_of(
        articles=[row for row, _ in made],
        sentences=[sentence for _, sentences in made for sentence in sentences],
        rejects=[{"source": "crawl.warc", "record": "record 17", "reason": "no text: 14 characters"}],
        origins=origins,
        credits=[
            credit("coast-1", "LARNHOLM (Nordwire)", "nordwire", "dateline"),
            credit("diario-7", "según la autoridad portuaria", "southpress", "in_text"),
        ],
        upstreams=[
            {
                "upstream_id": "U1",
                "agency": "nordwire",
                "language": "en",
                "latest": MORNING,
                "probability": 0.86,
                "witnesses": ["coast-1", "diario-7", "marsa-3"],
            }
        ],
        upstream_units=[
            {
                "upstream_id": "U1",
                "unit": unit,
                "witness_article_id": name,
                "witness_sentence": number,
                "similarity": 0.91,
            }
            for name, numbers in units.items()
            for number, unit in numbers.items()
        ],
        derivations=[
            {**wire, "derived_id": "coast-1", "relation": "partial_reuse", "probability": 0.9, "share": 0.7}
            | {"credited": "credited", "reasons": ["12 of 14 units in the order of the other witnesses"]},
            {**wire, "derived_id": "diario-7", "probability": 0.84, "share": 0.8}
            | {"credited": "mismatch", "reasons": ["names southpress; its text matches articles that credit nordwire"]},
            {**wire, "derived_id": "marsa-3", "probability": 0.62, "share": 1.0}
            | {"credited": "uncredited", "reasons": ["every sentence has a match", "no credit line found"]},
            {"derived_id": "ferry-9", "source_id": "coast-1", "relation": "paraphrase", "probability": 0.78}
            | {"share": 0.75, "credited": "unknown", "reasons": ["shares the background line that only coast-1 has"]},
        ],
        relations=[
            relation("coast-1", "diario-7", "co_derived", 0.85),
            relation("coast-1", "ferry-9", "paraphrase", 0.78, "coast-1", direction_probability=0.81),
            relation("coast-1", "marsa-3", "co_derived", 0.7),
            relation("diario-7", "marsa-3", "co_derived", 0.66),
            relation("coast-1", "union-2", "shared_background", 0.6, left_share=0.1, right_share=0.3),
            relation("diario-7", "union-2", "same_event", 0.5, left_share=0.0, right_share=0.0),
            relation("ferry-9", "union-2", "unresolved", 0.4, left_share=0.1, right_share=0.2),
        ],
        alignments=[
            alignment("coast-1", "ferry-9", [0], [0], "paraphrase", 0.83),
            alignment("coast-1", "ferry-9", [1], [1], "near_verbatim", 0.97),
            alignment("coast-1", "ferry-9", [3], [4], "near_verbatim", 0.95),
            alignment("coast-1", "ferry-9", [4], [3], "verbatim", 1.0),
            *(
                alignment("coast-1", "diario-7", [left], [right], "translation")
                for left, right in enumerate([0, 1, 3, 2])
            ),
            *(
                alignment("coast-1", "marsa-3", [left], [right], "translation")
                for left, right in [(0, 0), (1, 1), (3, 2)]
            ),
            alignment("coast-1", "union-2", [4], [1], "background"),
        ],
        stories=[
            {"story_id": "S1", "article_id": name} for name in ("coast-1", "diario-7", "marsa-3", "ferry-9", "union-2")
        ]
        + [{"story_id": "S2", "article_id": "recipe-1"}],
    )


# --- reading the page back --------------------------------------------------------------------------


class Reader(HTMLParser):
    """Every tag with its attributes, the text, and a check that elements close in the order they opened."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"attribute twice in {tag}"
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, attribute: str) -> list[str]:
        return [attrs[attribute] for _, attrs in self.tags if attribute in attrs]

    def shape(self) -> list[str]:
        """The elements, without the marks of the word diff, which follow the words."""
        return [tag for tag, _ in self.tags if tag not in {"ins", "del", "mark"}]


VOCABULARIES = {"relation", "kind", "role", "credited", "published_precision"}


def spoiled(run: Run, payload: str, kept: set[str]) -> Run:
    """The same run with the payload at the end of every string, and instead of every URL."""
    frames = {}
    for name, frame in run.tables.items():
        columns = []
        for column, dtype in frame.schema.items():
            if column in kept:
                continue
            if column == "url":
                columns.append(pl.lit(payload).alias(column))
            elif dtype == pl.String:
                columns.append(pl.col(column) + payload)
            elif dtype == pl.List(pl.String):
                columns.append(pl.col(column).list.eval(pl.element() + payload))
        frames[name] = frame.with_columns(columns)
    return Run(frames)


@pytest.mark.parametrize("kept", [VOCABULARIES, set()], ids=["content", "everything"])
@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_strings_stay_text(payload: str, kept: set[str]) -> None:
    benign = Reader(render(spoiled(harbour(), "x", kept)))
    hostile = Reader(render(spoiled(harbour(), payload, kept)))
    assert hostile.shape() == benign.shape()
    assert f"coast-1{visible(payload)}" in hostile.text
    assert f"The Coast Courier{visible(payload)}" in hostile.text
    for tag, attributes in hostile.tags:
        assert tag not in {"script", "iframe", "object", "embed", "img", "base", "form"}
        assert not [name for name in attributes if name.startswith("on") or name in {"src", "srcset", "style"}]
    assert all(href.startswith("#") for href in hostile.values("href"))


def test_only_web_addresses_become_links() -> None:
    page = Reader(render(harbour()))
    outside = [attrs for tag, attrs in page.tags if tag == "a" and not attrs["href"].startswith("#")]
    assert {attrs["href"] for attrs in outside} == {
        "https://coast.example/harbour-crane?ref=1&x=2",
        "https://faro.example/7",
    }
    assert {attrs["rel"] for attrs in outside} == {"noopener noreferrer nofollow"}
    assert "javascript:alert(1)" in page.text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "javascript://host.example/%0aalert(1)",
        "ftp://host.example/x",
        "data:text/html,x",
        "//host.example/x",
        "http:relative",
        "https://",
        "http://[::1",
        " https://a.example",
        "https:\\\\a.example",
        "file:///etc/passwd",
        "",
        None,
    ],
)
def test_other_addresses_do_not(url: str | None) -> None:
    assert link(url) is None


def test_web_addresses_are_kept_as_they_are() -> None:
    for url in ("http://a.example", "HTTPS://a.example/ä?q=1&r=\"'<", "https://a.example:8443/p#q"):
        assert link(url) == url


def test_the_policy_allows_this_style_sheet_and_nothing_else() -> None:
    html = render(harbour())
    style = html.split("<style>")[1].split("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = next(attrs["content"] for _, attrs in Reader(html).tags if "http-equiv" in attrs)
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "@import" not in style
    assert "url(" not in style
    assert "<" not in style


# --- what the page says -----------------------------------------------------------------------------


def test_ids_are_unique_and_inner_links_lead_somewhere() -> None:
    page = Reader(render(harbour()))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in page.values("href") if href.startswith("#")} <= set(ids)
    assert {marker[5:-1] for marker in page.values("marker-end")} <= set(ids)


def test_every_article_and_every_reject_is_there() -> None:
    run = harbour()
    page = Reader(render(run))
    for name in run.tables["articles"]["article_id"]:
        assert name in page.text
    assert "no text: 14 characters" in page.text
    assert run.settings.signature() in page.text


def test_the_words() -> None:
    text = render(harbour()).lower()
    assert "plagiar" not in text
    assert "original" not in text
    for phrase in (
        "share text with",
        "shares text, consistent with",
        "no credit found",
        "is consistent with a translation of",
    ):
        assert phrase in text


def test_an_undecided_direction_is_not_written_as_decided() -> None:
    made = [article(name, ["One sentence here."]) for name in ("a", "b")]
    run = run_of(
        articles=[row for row, _ in made],
        sentences=[sentence for _, rows in made for sentence in rows],
        stories=[{"story_id": "S1", "article_id": name} for name in ("a", "b")],
        relations=[relation("a", "b", "copy", 0.9)],
    )
    text = Reader(render(run)).text
    assert "shares text with (copy, direction unresolved)" in text
    assert "is consistent with a copy of" not in text


def test_texts_carry_their_language_and_find_their_own_direction() -> None:
    page = Reader(render(harbour()))
    arabic = [attrs for tag, attrs in page.tags if attrs.get("lang") == "ar" and tag in {"span", "div"}]
    assert len(arabic) > 5
    assert all(attrs["dir"] == "auto" for attrs in arabic)


def test_the_missing_source_is_drawn_dashed_and_above() -> None:
    page = Reader(render(harbour()))
    groups = [attrs for tag, attrs in page.tags if tag == "g"]
    heights = {
        kind: [float(a["transform"].split()[1][:-1]) for a in groups if a["class"] == kind]
        for kind in ("unobserved", "observed")
    }
    assert len(heights["unobserved"]) == 1
    assert max(heights["unobserved"]) < min(heights["observed"])
    assert len(heights["observed"]) == 5


def test_words_are_compared_within_a_language_only() -> None:
    pairs = {part.split("</summary>")[0]: part for part in render(harbour()).split("<details id=")[1:]}
    same = next(part for head, part in pairs.items() if "coast-1" in head and "ferry-9" in head)
    other = next(part for head, part in pairs.items() if "coast-1" in head and "diario-7" in head)
    assert "<mark>badly</mark>" in same
    assert "<del>due</del>" in same
    assert "moved" in same
    assert "<strong>another number</strong>" in same
    assert "nothing aligned in" in other
    assert not [tag for tag in ("<mark>", "<del>", "<ins>") if tag in other]


def test_the_order_of_rows_does_not_matter() -> None:
    run = harbour()
    rows = random.Random(7)
    shuffled = {
        name: frame.sample(fraction=1, shuffle=True, seed=rows.randrange(99)) for name, frame in run.tables.items()
    }
    assert render(Run(shuffled)) == render(run) == render(harbour())


def test_runs_without_stories_render() -> None:
    made, sentences = article("solo", ["All alone here."], title="Alone")
    text = Reader(render(run_of(articles=[made], sentences=sentences))).text
    assert "solo" in text
    assert "No two articles" in text
    assert "No two articles" in Reader(render(run_of())).text


def test_a_table_that_names_an_unknown_article_is_refused() -> None:
    run = harbour()
    run.tables = {**run.tables, "articles": run.tables["articles"].filter(pl.col("article_id") != "ferry-9")}
    with pytest.raises(TableError, match="ferry-9"):
        render(run)


def test_write_report_makes_the_folder(tmp_path) -> None:
    target = tmp_path / "new" / "report.html"
    write_report(harbour(), target)
    assert target.read_bytes().decode("utf-8") == render(harbour())


def test_no_control_character_is_in_the_page_and_none_is_lost() -> None:
    text = "a\x00b\x1b[31mc\x7fd\x9be\tf"
    made, sentences = article("solo", [text], title=text)
    html = render(run_of(articles=[made], sentences=sentences))
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", html)
    assert "a\u2400b\u241b[31mc\u2421d\ufffde\tf" in html


# --- bounds -----------------------------------------------------------------------------------------


def crowd(stories: int, size: int) -> Run:
    """Stories whose articles all align with one another, ever more weakly."""
    made, rows = [], {"stories": [], "relations": [], "alignments": []}
    for story in range(stories):
        names = [f"s{story:03}-{place:03}" for place in range(size)]
        made += [article(name, ["The same words."]) for name in names]
        rows["stories"] += [{"story_id": f"S{story:03}", "article_id": name} for name in names]
        for number, (left, right) in enumerate(combinations(names, 2)):
            rows["relations"].append(relation(left, right, "shared_quote", 1 / (number + 1)))
            rows["alignments"].append(alignment(left, right, [0], [0], "verbatim"))
    sentences = [sentence for _, own in made for sentence in own]
    return run_of(articles=[row for row, _ in made], sentences=sentences, **rows)


def test_only_the_strongest_pairs_stand_side_by_side() -> None:
    html = render(crowd(1, 7))
    page = Reader(html)
    shown = [attrs["id"] for tag, attrs in page.tags if tag == "details" and attrs.get("name")]
    assert len(shown) == MAX_PAIRS
    assert f"{21 - MAX_PAIRS} weaker pairs are left out" in page.text
    strongest = html.split('<details id="s1p1"')[1].split("</summary>")[0]
    assert "s000-000" in strongest
    assert "s000-001" in strongest


def test_stories_and_articles_beyond_the_bounds_are_counted() -> None:
    page = Reader(render(crowd(MAX_STORIES + 3, 2)))
    assert "3 smaller stories are left out" in page.text
    big = Reader(render(crowd(1, MAX_ARTICLES + 4)))
    assert "4 further articles of this story are named only" in big.text
    assert f"s000-{MAX_ARTICLES + 3:03}" in big.text
