"""Names and readable phrases, compiled to regular expressions that can't run away on hostile text.

A phrase is matched only in a short window beside a name that was found first, so its cost does not grow with the
text; every repetition in a compiled phrase is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from provtrace.errors import InputError
from provtrace.tables import TEXT_CREDITS

# What each sign of a phrase means as a regular expression. A space may be missing, but never inside a word.
_BETWEEN: Final = r"\s{0,3}(?!(?<=\w)\w)"
_SIGNS: Final = {
    "(": "(?:",
    "[": "(?:",
    ")": ")",
    "]": ")?",
    "|": "|",
    "*": r"\w{0,14}",
    "#": r"\d",
    " ": _BETWEEN,
    "'": "['’´`]",
    "^": r"(?:\n|\A)[\s(\[*•—–-]{0,4}",
}
_SCRIPTS_WITHOUT_SPACES: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ARABIC: Final = re.compile(r"[\u0600-\u06ff]")


def phrase_source(phrase: str) -> str:
    """The regular expression of a phrase in the readable form that ``credits.toml`` explains.

    Raises:
        InputError: the brackets of the phrase don't close.
    """
    parts = []
    for piece in re.split(r"(\{name\})", phrase):
        if piece == "{name}":
            parts.append(r"[\w’'.-]{1,40}")
        else:
            parts.extend(_SIGNS.get(sign) or re.escape(sign) for sign in piece)
    source = "".join(parts)
    try:
        re.compile(source)
    except re.error as error:
        raise InputError(f"the phrase {phrase!r} does not compile: {error}") from error
    return source


def starts_with_either_case(phrase: str) -> list[str]:
    """The phrase with a small and with a capital initial, for a scan without the cost of ignoring case."""
    return list(dict.fromkeys((phrase, phrase[:1].upper() + phrase[1:])))


def compile_names(names: Iterable[str]) -> re.Pattern[str]:
    """One pattern for all names, the longest first, case-sensitive and bounded by words where the script has them.

    Arabic names may carry the one-letter prefixes of the language. The pattern begins with a plain letter in every
    branch, which lets the engine skip through text by a character set.
    """
    by_initial: dict[str, list[str]] = {}
    for name in sorted(set(names), key=lambda name: (-len(name), name)):
        by_initial.setdefault(name[0], []).append(name)
    return re.compile("|".join(_branch(initial, group) for initial, group in sorted(by_initial.items())))


def _branch(initial: str, names: Sequence[str]) -> str:
    start = re.escape(initial)
    if _SCRIPTS_WITHOUT_SPACES.match(initial):
        bound_left, bound_right = "", ""
    elif _ARABIC.match(initial):
        bound_left, bound_right = rf"(?:(?<!\w{start})|(?<=\W[لبوفك]{start}))", r"(?!\w)"
    else:
        bound_left, bound_right = rf"(?<!\w{start})", r"(?!(?<=\w)\w)"
    rests = "|".join(_flexible(name[1:]) for name in names)
    return f"{start}{bound_left}(?:{rests}){bound_right}"


def _flexible(name: str) -> str:
    return r"\s{1,3}".join(re.escape(word) for word in name.split(" "))


class Name(NamedTuple):
    """A known name in a text.

    Attributes:
        start: half-open character offsets in the text.
        end: as above.
        kind: ``"agency"``, or another kind that the lexicon was built with.
        agency: the agency's id; None for the other kinds.
        shy: whether the name means something else as often.
    """

    start: int
    end: int
    kind: str
    agency: str | None
    shy: bool


class Names:
    """Finds all known names in one pass over a text.

    Args:
        meanings: name -> (kind, agency or None, shy).
    """

    def __init__(self, meanings: Mapping[str, tuple[str, str | None, bool]]) -> None:
        self._meanings = dict(meanings)
        self._pattern = compile_names(self._meanings)

    def find(self, text: str, start: int = 0, end: int | None = None) -> Iterator[Name]:
        """The names in ``text[start:end]``, left to right, never overlapping, the longest where several begin."""
        for match in self._pattern.finditer(text, start, len(text) if end is None else end):
            kind, agency, shy = self._meanings[" ".join(match[0].split())]
            yield Name(match.start(), match.end(), kind, agency, shy)

    def meaning(self, name: str) -> tuple[str, str | None, bool] | None:
        """What exactly that name means, or None."""
        return self._meanings.get(name)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase around an agency's name: what stands before it, what behind, and what that makes of it."""

    role: str
    rule: str
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None

    def fits(self, before: str, after: str) -> bool:
        """Whether the text before and behind a name fits."""
        if self.before is not None and not self.before.search(before):
            return False
        return self.after is None or self.after.match(after) is not None


class Phrases:
    """Judges a name by the phrase it stands in.

    Args:
        groups: (role, rule, phrases) in order of precedence; each phrase holds ``{agency}`` once.
        links: words that may stand between a phrase and the name.
        titles: words that may stand between the name and a phrase.
    """

    def __init__(
        self, groups: Iterable[tuple[str, str, Sequence[str]]], links: Sequence[str], titles: Sequence[str]
    ) -> None:
        self._join = rf"[\s«»\"“„‘’']{{0,3}}(?:(?:{_words(links)})[\s«\"“„‘]{{0,3}}){{0,4}}\Z"
        self._title = rf"(?:\s?(?:{_words(titles)}))?[,»”\"“’]{{0,2}}\s{{0,2}}"
        self._phrases = [phrase for group in groups for phrase in self._compile(*group)]

    def _compile(self, role: str, rule: str, forms: Sequence[str]) -> Iterator[Phrase]:
        """One phrase for all forms that only look back, one for all that only look ahead, one for each of the rest."""
        sides = [tuple(map(str.strip, form.split("{agency}"))) for form in forms]
        if any(len(side) != 2 for side in sides):
            raise InputError(f"each phrase of {rule} must hold {{agency}} once")
        looks_back = [before for before, after in sides if not after]
        looks_ahead = [after for before, after in sides if not before]
        if looks_back:
            yield Phrase(role, rule, self._before(looks_back), None)
        if looks_ahead:
            yield Phrase(role, rule, None, self._after(looks_ahead))
        for before, after in sides:
            if before and after:
                yield Phrase(role, rule, self._before([before]), self._after([after]))

    def _before(self, forms: Sequence[str]) -> re.Pattern[str]:
        starts = "|".join(phrase_source(form) if form[0] == "^" else r"(?<!\w)" + phrase_source(form) for form in forms)
        return re.compile(rf"(?:{starts}){self._join}", re.IGNORECASE)

    def _after(self, forms: Sequence[str]) -> re.Pattern[str]:
        return re.compile(rf"{self._title}(?:{'|'.join(map(phrase_source, forms))})(?!\w)", re.IGNORECASE)

    def beside(self, before: str, after: str, *, shy: bool) -> tuple[str, str] | None:
        """The (role, rule) of the first phrase that fits, or None.

        Args:
            before: the text before the name, of its line only; a newline in front where the line begins there.
            after: the text behind the name, of its line only.
            shy: leave out phrases that only look ahead, unless they speak about a picture or the agency itself.
        """
        for phrase in self._phrases:
            if shy and phrase.before is None and phrase.role in TEXT_CREDITS:
                continue
            if phrase.fits(before, after):
                return phrase.role, phrase.rule
        return None


def _words(words: Sequence[str]) -> str:
    return "|".join(phrase_source(word) + r"(?!(?<=\w)\w)" for word in sorted(set(words), key=lambda w: (-len(w), w)))
