"""Write the example articles and their gold labels from `story.toml`, their one source.

``python examples/build_gold.py`` rewrites ``articles/``, ``without-wire/`` and ``gold.json`` beside this file.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
METADATA = ("outlet", "url", "published", "language", "title")
QUOTED = re.compile("[“«]([^”»]+)[”»]")
Unit = tuple[str, int]  # article and sentence where a piece of text was first said


@dataclass(frozen=True)
class Sentence:
    """One sentence of an article: how it came about, and where it stands.

    Attributes:
        kind: one of ``provtrace.tables.SENTENCE_KINDS``.
        source: the sentences it was taken from, all of one article; empty where it was taken from none.
        start: offset of its first character in the article's text.
        end: offset after its last character.
        text: its words.
    """

    kind: str
    source: tuple[Unit, ...]
    start: int
    end: int
    text: str

    @property
    def derived(self) -> bool:
        """Whether its words came from its source; a quotation came from whoever spoke it."""
        return bool(self.source) and self.kind != "shared_quote"


class Story:
    """The annotated articles of ``story.toml`` and what follows from the annotation.

    Args:
        source: the parsed file.
    """

    def __init__(self, source: dict[str, Any]) -> None:
        self.variants: list[dict[str, Any]] = source["variant"]
        self.articles: dict[str, dict[str, Any]] = {entry["id"]: entry for entry in source["article"]}
        self.sentences = {name: list(_sentences(entry)) for name, entry in self.articles.items()}

    @classmethod
    def load(cls) -> Story:
        """The story beside this file."""
        return cls(tomllib.loads((HERE / "story.toml").read_text(encoding="utf-8")))

    def text(self, name: str) -> str:
        """The text of an article, as a reader of the corpus gets it."""
        prefix: str = self.articles[name].get("prefix", "")
        return prefix + "\n\n".join(" ".join(words for _, words in part) for part in self.articles[name]["paragraphs"])

    def steps(self, name: str) -> list[dict[str, str]]:
        """The steps from an article to its direct sources."""
        found: list[dict[str, str]] = self.articles[name].get("derives", [])
        return found

    def ancestors(self, name: str) -> set[str]:
        """The article and every article it derives from, at any distance."""
        return {name}.union(*(self.ancestors(step["source"]) for step in self.steps(name)))

    def roots(self, unit: Unit) -> frozenset[Unit]:
        """Where the words of a sentence were first said."""
        sentence = self.sentences[unit[0]][unit[1]]
        if not sentence.derived:
            return frozenset({unit})
        return frozenset().union(*(self.roots(source) for source in sentence.source))

    def units(self, name: str) -> frozenset[Unit]:
        """Every piece of text that an article carries, by where it was first said."""
        return frozenset().union(*(self.roots((name, index)) for index in range(len(self.sentences[name]))))

    @cached_property
    def quotations(self) -> dict[Unit, set[str]]:
        """Per independently reported quotation, the articles that carry it in quotation marks."""
        shared = {
            source
            for part in self.sentences.values()
            for one in part
            if one.kind == "shared_quote"
            for source in one.source
        }
        return {unit: {name for name in self.articles if self._quotes(name, unit)} for unit in shared}

    def _quotes(self, name: str, unit: Unit) -> bool:
        return any(
            (unit in self.roots((name, index)) or unit in one.source) and QUOTED.search(one.text) is not None
            for index, one in enumerate(self.sentences[name])
        )

    def relation(self, left: str, right: str) -> tuple[str, str | None] | None:
        """What two articles are to each other, and which is the source; None where nothing connects them."""
        for derived, source in ((left, right), (right, left)):
            for step in (*self.steps(derived), *self.articles[derived].get("indirect", [])):
                if step["source"] == source:
                    return step["relation"], source
        undirected = self._undirected(left, right)
        return (undirected, None) if undirected else None

    def _undirected(self, left: str, right: str) -> str | None:
        if self.units(left) & self.units(right):
            return "co_derived" if self.ancestors(left) & self.ancestors(right) else "shared_background"
        if any({left, right} <= names for names in self.quotations.values()):
            return "shared_quote"
        event = self.articles[left].get("event")
        return "same_event" if event and event == self.articles[right].get("event") else None


def _sentences(entry: dict[str, Any]) -> Iterator[Sentence]:
    """The sentences of an article with their offsets: a space between two, an empty line between paragraphs."""
    start = len(entry.get("prefix", ""))
    for paragraph in entry["paragraphs"]:
        for index, (how, words) in enumerate(paragraph):
            start += int(index > 0)
            yield Sentence(*_annotation(how), start, start + len(words), words)
            start += len(words)
        start += len("\n\n")


def _annotation(how: str) -> tuple[str, tuple[Unit, ...]]:
    kind, *source = how.split()
    if kind == "new":
        return "novel_in_set", ()
    if not source:
        return kind, ()
    article, span = source
    first, _, last = span.partition("-")
    return kind, tuple((article, index) for index in range(int(first), int(last or first) + 1))


class Variant:
    """The story as told by some of its articles; the others are upstreams that nobody can see.

    Args:
        story: the whole story.
        entry: a ``[[variant]]`` of the file.
    """

    def __init__(self, story: Story, entry: dict[str, Any]) -> None:
        self.story = story
        self.name: str = entry["name"]
        self.hidden: set[str] = set(entry["removes"])
        self.upstream: dict[str, str] = entry.get("upstream", {})
        self.articles = sorted(set(story.articles) - self.hidden)

    def gold(self) -> dict[str, list[Any]]:
        """The labels of this variant, a list per kind of label."""
        return {
            "pairs": self._pairs(),
            "derivations": self._derivations(),
            "upstreams": self._upstreams(),
            "audit": [{"article": name, "verdict": self.story.articles[name]["audit"]} for name in self.articles],
            "stories": self._stories(),
            "sentences": [self._sentence(name, index) for name in self.articles for index in self._indices(name)],
            "quotes": [row for row in self._quoted() if "utterance" in row],
            "not_quotes": [row for row in self._quoted() if "utterance" not in row],
        }

    def _indices(self, name: str) -> range:
        return range(len(self.story.sentences[name]))

    def _node(self, name: str) -> str:
        return self.upstream["name"] if name in self.hidden else name

    def _pairs(self) -> list[dict[str, Any]]:
        related = ((pair, self.story.relation(*pair)) for pair in combinations(self.articles, 2))
        return [
            {"left": pair[0], "right": pair[1], "relation": found[0], "source": found[1]}
            for pair, found in related
            if found
        ]

    def _derivations(self) -> list[dict[str, str]]:
        return [
            {"derived": name, **step, "source": self._node(step["source"])}
            for name in self.articles
            for step in self.story.steps(name)
        ]

    def _upstreams(self) -> list[dict[str, Any]]:
        if not self.upstream:
            return []
        name = self.upstream["name"]
        return [
            {**self.upstream, "witnesses": [row["derived"] for row in self._derivations() if row["source"] == name]}
        ]

    def _stories(self) -> list[list[str]]:
        """Articles that derive from one source. Who takes from several sources belongs to none of their stories."""
        groups: dict[str, list[str]] = {}
        for name in self.articles:
            steps = self.story.steps(name)
            root = name if len(steps) > 1 else min(self._origins(name))
            groups.setdefault(root, []).append(name)
        return sorted(groups.values())

    def _origins(self, name: str) -> set[str]:
        return {self._node(each) for each in self.story.ancestors(name) if not self.story.steps(each)}

    def _sentence(self, name: str, index: int) -> dict[str, Any]:
        sentence = self.story.sentences[name][index]
        row = {"article": name, "start": sentence.start, "end": sentence.end, "kind": sentence.kind}
        nowhere = {"origin": None, "origin_start": None, "origin_end": None}
        if not sentence.derived:
            return {**row, **nowhere}
        source = sentence.source[0][0]
        if source in self.hidden:
            if self._witnesses(self.story.roots((name, index))) < 2:
                return {**row, **nowhere, "kind": "novel_in_set"}
            return {**row, **nowhere, "origin": self._node(source)}
        parts = [self.story.sentences[source][number] for _, number in sentence.source]
        return {**row, "origin": source, "origin_start": parts[0].start, "origin_end": parts[-1].end}

    def _quoted(self) -> Iterator[dict[str, str]]:
        """What stands in quotation marks: an utterance, called by where it was first said, or only a name."""
        for name in self.articles:
            for index, sentence in enumerate(self.story.sentences[name]):
                first = min(sentence.source if sentence.kind == "shared_quote" else self.story.roots((name, index)))
                for words in map(str.strip, QUOTED.findall(sentence.text)):
                    row = {"article": name, "text": words}
                    yield row if words.istitle() else {**row, "utterance": f"{first[0]} {first[1]}"}

    def _witnesses(self, roots: frozenset[Unit]) -> int:
        """How many articles took that piece of text from upstream: one alone can't be told from new text."""
        return sum(any(self._takes(name, index, roots) for index in self._indices(name)) for name in self.articles)

    def _takes(self, name: str, index: int, roots: frozenset[Unit]) -> bool:
        sentence = self.story.sentences[name][index]
        upstream = sentence.derived and sentence.source[0][0] in self.hidden
        return upstream and not roots.isdisjoint(self.story.roots((name, index)))

    def files(self) -> dict[str, str]:
        """File names of this variant's folder, and what they hold. An article without an outlet is a plain text."""
        known = [name for name in self.story.articles if name in self.articles]
        plain = [name for name in known if "outlet" not in self.story.articles[name]]
        rows = [self._row(name) for name in known if name not in plain]
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return {"story.jsonl": lines, **{f"{name}.txt": self.story.text(name) for name in plain}}

    def _row(self, name: str) -> dict[str, str]:
        entry = self.story.articles[name]
        return {"id": name, **{key: entry[key] for key in METADATA}, "text": self.story.text(name)}


def build() -> dict[str, str]:
    """Every generated file: its path relative to this folder, and what it holds."""
    story = Story.load()
    variants = [Variant(story, entry) for entry in story.variants]
    gold = {"schema": "provtrace-gold/1", "variants": {variant.name: variant.gold() for variant in variants}}
    articles = {f"{each.name}/{file}": content for each in variants for file, content in each.files().items()}
    return {**articles, "gold.json": _one_record_a_line(gold)}


def _one_record_a_line(gold: dict[str, Any]) -> str:
    """JSON that a reader can scan and a diff can show: one label a line."""
    variants = []
    for name, tables in gold["variants"].items():
        blocks = []
        for table, rows in tables.items():
            lines = ",\n".join("        " + json.dumps(row, ensure_ascii=False) for row in rows)
            blocks.append(
                f"      {json.dumps(table)}: [\n{lines}\n      ]" if rows else f"      {json.dumps(table)}: []"
            )
        variants.append(f"    {json.dumps(name)}: {{\n" + ",\n".join(blocks) + "\n    }")
    body = ",\n".join(variants)
    return f'{{\n  "schema": {json.dumps(gold["schema"])},\n  "variants": {{\n{body}\n  }}\n}}\n'


def main() -> None:
    """Rewrite the generated files."""
    for path, content in build().items():
        target = HERE / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(content, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
