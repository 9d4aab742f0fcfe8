"""The invented stories of ``stories/``: texts with a mark before every sentence, and the gold that follows from them.

A story file is read into a `Story`. A `Corpus` is some stories as a tool gets to see them, with their wires or without,
under ids that say nothing; its gold has the form that `provtrace.results.evaluate` reads.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, combinations
from pathlib import Path
from typing import Any

from blind import hidden, write

from provtrace.results.evaluate.labels import SCHEMA
from provtrace.scoring.quotation import quotations

FOLDER = Path(__file__).parent / "stories"
OWN = "novel_in_set"
Unit = tuple[str, int]  # an article, and the number of a sentence in it
Span = tuple[int, int]


@dataclass(frozen=True)
class Sentence:
    """One marked line of an article.

    Attributes:
        kind: one of ``provtrace.tables.SENTENCE_KINDS``.
        source: the article it was taken from; None for an article's own words.
        names: what its content is called: its own name, or the names that it has in its source.
        span: half-open character offsets into the article's text.
        text: its words.
    """

    kind: str
    source: str | None
    names: frozenset[str]
    span: Span
    text: str

    @property
    def derived(self) -> bool:
        """Whether its words came from its source; a quotation came from whoever spoke it."""
        return self.source is not None and self.kind != "shared_quote"


@dataclass(frozen=True)
class Article:
    """An article of a story; the fields are those of the file, described in ``stories/README.md``."""

    name: str
    text: str
    sentences: tuple[Sentence, ...]
    language: str
    audit: str
    event: str | None = None
    kept_back: bool = False
    outlet: str | None = None
    published: str | None = None
    agency: str | None = None
    upstream: str | None = None
    derives: Sequence[Mapping[str, str]] = ()
    indirect: Sequence[Mapping[str, str]] = ()

    def named(self, names: frozenset[str]) -> list[int]:
        """The sentences that carry any of these contents."""
        return [number for number, sentence in enumerate(self.sentences) if sentence.names & names]


def read_article(entry: Mapping[str, Any]) -> Article:
    """An ``[[article]]`` of a story file; prefix and marked lines become text and spans."""
    fields = {key: entry[key] for key in Article.__dataclass_fields__ if key in entry and key != "text"}
    text, sentences = entry.get("prefix", ""), []
    gap = ""
    for line in entry["text"].strip().splitlines():
        if not line.strip():
            gap = "\n\n"
            continue
        mark, _, words = line.partition(" | ")
        text += gap
        sentences.append(Sentence(*_mark(mark), (len(text), len(text) + len(words)), words))
        text += words
        gap = " "
    return Article(name=entry["id"], text=text, sentences=tuple(sentences), **fields)


def _mark(mark: str) -> tuple[str, str | None, frozenset[str]]:
    """``KIND``, ``new @NAME`` or ``KIND ARTICLE@NAME+NAME``."""
    kind, _, rest = mark.strip().partition(" ")
    source, _, names = rest.partition("@")
    known = frozenset(names.split("+")) if names else frozenset()
    return (OWN if kind == "new" else kind), source or None, known


@dataclass(frozen=True)
class Story:
    """Articles about one event, and whatever other news a digest among them needs."""

    name: str
    half: str
    articles: Mapping[str, Article]

    @classmethod
    def read(cls, path: Path) -> Story:
        """A file of ``stories/``."""
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        articles = [read_article(entry) for entry in content["article"]]
        return cls(path.stem, content["half"], {article.name: article for article in articles})

    def origins(self, unit: Unit) -> list[Unit]:
        """The sentences that a sentence was taken from."""
        sentence = self.articles[unit[0]].sentences[unit[1]]
        if sentence.source is None:
            return []
        return [(sentence.source, number) for number in self.articles[sentence.source].named(sentence.names)]

    def roots(self, unit: Unit) -> frozenset[Unit]:
        """Where the words of a sentence were first said."""
        if not self.articles[unit[0]].sentences[unit[1]].derived:
            return frozenset({unit})
        return frozenset(chain.from_iterable(self.roots(origin) for origin in self.origins(unit)))

    def recycled(self, unit: Unit) -> bool:
        """Whether it is, or renders, a block that was taken over from earlier coverage."""
        background = self.articles[unit[0]].sentences[unit[1]].kind == "background"
        return background or any(self.recycled(origin) for origin in self.origins(unit))

    def units(self, name: str) -> frozenset[Unit]:
        """Every piece of content that an article carries, by where it was first said."""
        return frozenset(chain.from_iterable(self.roots((name, n)) for n in range(len(self.articles[name].sentences))))

    def ancestors(self, name: str) -> frozenset[str]:
        """The article and every article it derives from, at any distance."""
        steps = (self.ancestors(step["source"]) for step in self.articles[name].derives)
        return frozenset({name}).union(*steps)

    @cached_property
    def quotations(self) -> dict[Unit, frozenset[str]]:
        """Per quotation that was reported independently, the articles that have it in quotation marks."""
        shared = {
            origin
            for name, article in self.articles.items()
            for number, sentence in enumerate(article.sentences)
            if sentence.kind == "shared_quote"
            for origin in self.origins((name, number))
        }
        return {unit: frozenset(name for name in self.articles if self.quoted(name, unit)) for unit in shared}

    def quoted(self, name: str, unit: Unit) -> list[str]:
        """What an article has in quotation marks in the sentences that render a unit; the longest of each."""
        article = self.articles[name]
        found = []
        for number, sentence in enumerate(article.sentences):
            if unit in self.roots((name, number)) or unit in self.origins((name, number)):
                spans = list(quotations(sentence.text, article.language, [len(sentence.text)]))
                if spans:
                    start, end = max(spans, key=lambda span: (span[1] - span[0], span))
                    found.append(sentence.text[start:end])
        return found

    def relation(self, left: str, right: str) -> tuple[str, str | None] | None:
        """What two articles are to each other, and which is the source; None where nothing connects them."""
        for derived, source in ((left, right), (right, left)):
            for step in (*self.articles[derived].derives, *self.articles[derived].indirect):
                if step["source"] == source:
                    return step["relation"], source
        undirected = self._undirected(left, right)
        return (undirected, None) if undirected else None

    def _undirected(self, left: str, right: str) -> str | None:
        if self.units(left) & self.units(right):
            return "co_derived" if self.ancestors(left) & self.ancestors(right) else "shared_background"
        if any({left, right} <= names for names in self.quotations.values()):
            return "shared_quote"
        event = self.articles[left].event
        return "same_event" if event and event == self.articles[right].event else None


@dataclass(frozen=True)
class Edition:
    """A story as a corpus shows it: with the wires that were kept back, or without.

    Attributes:
        story: the whole story.
        wires: whether the wires are in the corpus.
    """

    story: Story
    wires: bool

    @cached_property
    def articles(self) -> list[str]:
        """Names of the articles to be seen."""
        return sorted(name for name, each in self.story.articles.items() if self.wires or not each.kept_back)

    def node(self, name: str) -> str:
        """The article, or the unobserved upstream that it is part of."""
        return name if name in self.articles else str(self.story.articles[name].upstream)

    @cached_property
    def witnesses(self) -> dict[str, list[str]]:
        """Unobserved upstreams that show: those that at least two articles draw on."""
        taken: dict[str, list[str]] = {}
        for name in self.articles:
            for source in (step["source"] for step in self.story.articles[name].derives):
                if source not in self.articles:
                    taken.setdefault(self.node(source), []).append(name)
        return {upstream: names for upstream, names in sorted(taken.items()) if len(names) > 1}

    @cached_property
    def renderings(self) -> dict[str, dict[Unit, list[Unit]]]:
        """Per unobserved upstream and piece of its content, the sentences that were taken from it."""
        found: dict[str, dict[Unit, list[Unit]]] = {upstream: {} for upstream in self.witnesses}
        for name, number, sentence in self._lines():
            upstream = self.node(sentence.source) if sentence.source else ""
            if upstream in found and sentence.derived and sentence.kind != "background":
                for root in self.story.roots((name, number)):
                    found[upstream].setdefault(root, []).append((name, number))
        return found

    def _lines(self) -> Iterator[tuple[str, int, Sentence]]:
        for name in self.articles:
            for number, sentence in enumerate(self.story.articles[name].sentences):
                yield name, number, sentence

    def gold(self) -> dict[str, list[Any]]:
        """The labels, a list per kind of label, under the ids of the corpus."""
        articles = self.story.articles
        return {
            "pairs": list(self._pairs()),
            "derivations": list(self._derivations()),
            "upstreams": list(self._upstreams()),
            "audit": [{"article": self.id(name), "verdict": articles[name].audit} for name in self.articles],
            "stories": self._stories(),
            "sentences": [self._sentence(*line) for line in self._lines()],
            "quotes": list(self._quotations()),
        }

    def id(self, node: str) -> str:
        """The id of an article, which says nothing; the name of an upstream, which is told apart by its story."""
        name = f"{self.story.name}/{node}"
        return hidden(name) if node in self.articles else name

    def _quotations(self) -> Iterator[dict[str, str]]:
        for number, (unit, names) in enumerate(sorted(self.story.quotations.items())):
            for name in sorted(names & set(self.articles)):
                for text in self.story.quoted(name, unit):
                    yield {"article": self.id(name), "text": text, "utterance": f"{self.story.name}/{number}"}

    def _pairs(self) -> Iterator[dict[str, Any]]:
        for left, right in combinations(self.articles, 2):
            found = self.story.relation(left, right)
            if found:
                relation, source = found
                ends = {"left": self.id(left), "right": self.id(right)}
                yield {**ends, "relation": relation, "source": self.id(source) if source else None}

    def _derivations(self) -> Iterator[dict[str, str]]:
        for name in self.articles:
            for step in self.story.articles[name].derives:
                source = self.node(step["source"])
                if source in self.articles or source in self.witnesses:
                    yield {"derived": self.id(name), **step, "source": self.id(source)}

    def _upstreams(self) -> Iterator[dict[str, Any]]:
        agencies = {each.upstream: each.agency for each in self.story.articles.values() if each.kept_back}
        for upstream, names in self.witnesses.items():
            units = [
                {"sentences": [self._place(*unit) for unit in rendered]}
                for _, rendered in sorted(self.renderings[upstream].items())
            ]
            witnesses = sorted(map(self.id, names))
            yield {"name": self.id(upstream), "agency": agencies[upstream], "witnesses": witnesses, "units": units}

    def _place(self, name: str, number: int) -> dict[str, Any]:
        start, end = self.story.articles[name].sentences[number].span
        return {"article": self.id(name), "start": start, "end": end}

    def _stories(self) -> list[list[str]]:
        """Articles that derive from one source. Who takes from several sources belongs to none of their stories."""
        groups: dict[str, list[str]] = {}
        for name in self.articles:
            several = len(self.story.articles[name].derives) > 1
            groups.setdefault(name if several else self._root(name), []).append(self.id(name))
        return sorted(sorted(group) for group in groups.values())

    def _root(self, name: str) -> str:
        articles = self.story.articles
        return min(self.node(each) for each in self.story.ancestors(name) if not articles[each].derives)

    def _sentence(self, name: str, number: int, sentence: Sentence) -> dict[str, Any]:
        row: dict[str, Any] = {**self._place(name, number), "kind": sentence.kind}
        nowhere = {"origin": None, "origin_start": None, "origin_end": None}
        if not sentence.derived or sentence.kind == "background":
            return {**row, **nowhere}
        node = self.node(str(sentence.source))
        if node in self.articles:
            place = self._place(*self.story.origins((name, number))[0])
            return {**row, "origin": self.id(node), "origin_start": place["start"], "origin_end": place["end"]}
        if not self._witnessed(node, (name, number)):
            return {**row, **nowhere, "kind": "background" if self.story.recycled((name, number)) else OWN}
        return {**row, **nowhere, "origin": self.id(node)}

    def _witnessed(self, upstream: str, unit: Unit) -> bool:
        """Whether a second article took the same from upstream: one alone can't be told from new text."""
        taken = self.renderings.get(upstream, {})
        return len({name for root in self.story.roots(unit) for name, _ in taken.get(root, ())}) > 1


@dataclass(frozen=True)
class Corpus:
    """Stories as one set of plain texts, with their gold.

    Attributes:
        editions: the stories, each with its wires or without.
    """

    editions: Sequence[Edition]
    names: Mapping[str, str] = field(init=False)  # story and article by id

    def __post_init__(self) -> None:
        named = {each.id(name): f"{each.story.name}/{name}" for each in self.editions for name in each.articles}
        object.__setattr__(self, "names", named)

    def records(self) -> Iterator[dict[str, str]]:
        """What a tool may know: of articles their bare text, as a crawl has it; of wires also what a feed says."""
        for edition in self.editions:
            for name in edition.articles:
                article = edition.story.articles[name]
                feed = {"outlet": article.outlet, "published": article.published}
                known = {key: value for key, value in feed.items() if value is not None}
                yield {"id": edition.id(name), **known, "text": article.text}

    def gold(self, editions: Iterable[Edition] | None = None) -> dict[str, Any]:
        """The labels of some of its stories, else of all, as ``provtrace eval`` reads them."""
        labels = [each.gold() for each in (self.editions if editions is None else editions)]
        merged = {table: [row for each in labels for row in each[table]] for table in labels[0]}
        return {"schema": SCHEMA, "variants": {"stories": merged}}

    def write(self, folder: Path) -> Path:
        """The articles as JSON lines, ordered by ids that say nothing; the gold stays outside."""
        path = folder / "articles.jsonl"
        write(path, self.records())
        return path


def read_stories(folder: Path = FOLDER) -> list[Story]:
    """All stories, by their file names."""
    return [Story.read(path) for path in sorted(folder.glob("*.toml"))]
