"""Names and readable phrases, compiled to regular expressions that can't run away on hostile text.

A phrase is matched only in a short window beside a name that was found first, so its cost does not grow with the
text; every repetition in a compiled phrase is bounded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from provtrace.errors import InputError
from provtrace.tables import TEXT_CREDITS

# Letters that begin a name, in the scripts that have capitals.
UPPER: Final = "".join(chr(code) for code in (*range(0x41, 0x250), *range(0x370, 0x560)) if chr(code).isupper())

# Kana, Han and Hangul, with some rare scripts between. The engine takes a millisecond to compile a class of it, and far
# more without regard to case: hence `(?-i:`, and only where there is no other way.
_UNSPACED: Final = r"\u3040-\ud7af"
_SCRIPTS_WITHOUT_SPACES: Final = re.compile(f"[{_UNSPACED}]")
# A letter of a script with spaces, and the end of its word: in other scripts a phrase may end anywhere.
_LETTER: Final = rf"(?-i:[^\W{_UNSPACED}])"
_WORD_END: Final = rf"(?!(?<=\w){_LETTER})"
# Words that say where something is known from: a stretch of words ends before them.
_KNOWN_FROM: Final = (
    r"according|citing|reports?|reported|laut|nach|wie|zufolge|berufung|angaben|bericht\w*|meld\w+|selon|d['’]apres|citant|rapport\w*"
    r"|segun|citando|informo|secondo|segundo|conforme|acordo|volgens|aldus|meldt|согласно|данным|ссылкой|сообща\w+|переда\w+"
    r"|بحسب|حسب|وفق\w*|نقلا|prema|prenos\w+|javlja|према|прено\w+|sipas|gore"
)
# What each sign of a phrase means as a regular expression. A space may be missing, but never inside a word.
_INSIDE: Final = r"(?!(?<=\w)\w)"
_SIGNS: Final = {
    "(": "(?:",
    "[": "(?:",
    ")": ")",
    "]": ")?",
    "|": "|",
    "*": r"\w{0,14}",
    "#": r"\d",
    " ": rf"\s{{0,3}}{_INSIDE}",
    "'": "['’´`]",
    "^": r"(?:\n|\A)[\s(\[*•—–-]{0,4}",
    "$": r"[\s.)\]]{0,3}(?:\n|\Z)",
    "…": rf"(?:(?!(?:{_KNOWN_FROM})\b)[«„“\"]?[\w’'.-]{{0,23}}\w[»”\"]?,?\s{{1,2}}){{0,6}}",
}
_ACCENTED: Final = [chr(code) for code in range(0xC0, 0x250) if len(unicodedata.normalize("NFD", chr(code))) > 1]
# "à" is a word by itself, and another one than "a": "disse à Lusa" is an interview, "disse a Lusa" is not.
_BARE: Final = {ord(letter): unicodedata.normalize("NFD", letter)[0] for letter in _ACCENTED if letter not in "àÀ"}
_ARABIC: Final = re.compile(r"[\u0600-\u06ff]")


def without_accents(text: str) -> str:
    """The text with Latin letters bare of accents, which a scanner loses first; its length stays the same."""
    return text.translate(_BARE)


def phrase_source(phrase: str) -> str:
    """The regular expression of a phrase in the readable form that ``credits.toml`` explains.

    Raises:
        InputError: the brackets of the phrase don't close.
    """
    signs = _SIGNS | {" ": r"\s{0,3}"} if _SCRIPTS_WITHOUT_SPACES.search(phrase) else _SIGNS
    parts = []
    for piece in re.split(r"(\{name\})", phrase):
        if piece == "{name}":
            parts.append(r"[\w’'.-]{1,40}")
        else:
            parts.extend(signs.get(sign) or re.escape(sign) for sign in without_accents(piece))
    source = "".join(parts)
    try:
        re.compile(source)
    except re.error as error:
        raise InputError(f"the phrase {phrase!r} does not compile: {error}") from error
    return source


def first_words(phrase: str) -> list[str]:
    """The words that a phrase may begin with: ``(adapted|translated) from`` has two."""
    return re.split(r"[ [)]", phrase.lstrip("("))[0].split("|")


def compile_names(names: Iterable[str]) -> re.Pattern[str]:
    """One pattern for all names, the longest first, case-sensitive and bounded by words where the script has them.

    Arabic names may carry the one-letter prefixes of the language. The pattern begins with a plain letter in every
    branch, which lets the engine skip through text by a character set.
    """
    by_initial: dict[str, list[str]] = {}
    for name in sorted(set(names), key=lambda name: (-len(name), name)):
        by_initial.setdefault(name[0], []).append(name)
    unspaced = [_branch(*group) for group in sorted(by_initial.items()) if _SCRIPTS_WITHOUT_SPACES.match(group[0])]
    spaced = [_branch(*group) for group in sorted(by_initial.items()) if not _SCRIPTS_WITHOUT_SPACES.match(group[0])]
    bounded = [f"(?:{'|'.join(spaced)}){_WORD_END}"] if spaced else []
    return re.compile("|".join([*bounded, *unspaced]))


def _branch(initial: str, names: Sequence[str]) -> str:
    start = re.escape(initial)
    if _SCRIPTS_WITHOUT_SPACES.match(initial):
        bound = ""
    elif _ARABIC.match(initial):
        bound = rf"(?:(?<!\w{start})|(?<=\W[لبوفك]{start}))"
    else:
        bound = rf"(?<!{_LETTER}{start})"
    return f"{start}{bound}(?:{'|'.join(_flexible(name[1:]) for name in names)})"


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


class _Role(NamedTuple):
    """The phrases of one role: those that look back, those that look ahead (for shy names: the firm ones), both."""

    role: str
    back: re.Pattern[str] | None
    ahead: re.Pattern[str] | None
    firm: re.Pattern[str] | None
    around: Sequence[tuple[str, re.Pattern[str], re.Pattern[str]]]


class Phrases:
    """Judges a name by the phrase it stands in.

    Args:
        groups: (role, rule, phrases, firm) in order of precedence; each phrase holds ``{agency}`` once. Groups of the
            same role stand together. What is firm counts for shy names, too, where it only looks ahead.
        links: words that may stand between a phrase and the name.
        titles: words that may stand between the name and a phrase.
    """

    def __init__(
        self, groups: Iterable[tuple[str, str, Sequence[str], bool]], links: Sequence[str], titles: Sequence[str]
    ) -> None:
        self._join = rf"{_WORD_END}[\s«»\"“„‘’']{{0,3}}(?:(?:{_words(links)})[\s«\"“„‘]{{0,3}}){{0,4}}\Z"
        ending = r"(?:['’´:-][^\W\d_]{1,6})?"
        self._title = rf"{ending}(?:\s?(?:{_words(titles)}))?{ending}[,»”\"’]{{0,2}}\s{{0,2}}"
        self._rules: list[str] = []
        self._roles = [self._compile(role, list(same)) for role, same in groupby(groups, key=lambda group: group[0])]

    def _compile(self, role: str, groups: Sequence[tuple[str, str, Sequence[str], bool]]) -> _Role:
        back: list[tuple[str, str]] = []
        ahead: list[tuple[str, str]] = []
        firmly: list[tuple[str, str]] = []
        around: list[tuple[str, str, str]] = []
        for _, rule, forms, firm in groups:
            sides = [_sides(rule, form) for form in forms]
            back.extend((rule, before) for before, after in sides if not after)
            ahead.extend((rule, after) for before, after in sides if not before)
            firmly.extend((rule, after) for before, after in sides if firm and not before)
            around.extend((rule, before, after) for before, after in sides if before and after)
        return _Role(
            role,
            self._before(back) if back else None,
            self._after(ahead) if ahead else None,
            self._after(firmly) if firmly else None,
            [(rule, self._before([(rule, before)]), self._after([(rule, after)])) for rule, before, after in around],
        )

    def _group(self, rule: str, form: str) -> str:
        """The phrase in a group whose name leads back to its rule."""
        self._rules.append(rule)
        return rf"(?P<rule{len(self._rules) - 1}>{phrase_source(form)})"

    def _before(self, forms: Sequence[tuple[str, str]]) -> re.Pattern[str]:
        anchored = [self._group(*form) for form in forms if form[1].startswith("^")]
        free = [self._group(*form) for form in forms if not form[1].startswith("^")]
        # The word boundary is tested once for all free phrases: that is most of the cost of a search.
        starts = "|".join([*anchored, *([rf"(?<!{_LETTER})(?:{'|'.join(free)})"] if free else [])])
        return re.compile(rf"(?:{starts}){self._join}", re.IGNORECASE)

    def _after(self, forms: Sequence[tuple[str, str]]) -> re.Pattern[str]:
        starts = "|".join(self._group(*form) for form in forms)
        return re.compile(rf"{self._title}(?:{starts}){_WORD_END}", re.IGNORECASE)

    def beside(self, before: str, after: str, *, shy: bool) -> tuple[str, str] | None:
        """The (role, rule) of the first phrase that fits, or None.

        Args:
            before: the text before the name, of its line only; a newline in front where the line begins there.
            after: the text behind the name, of its line only.
            shy: leave out phrases that only look ahead, unless they are firm or don't claim that the text is its.
        """
        before, after = without_accents(before), without_accents(after)
        for role in self._roles:
            match = role.back.search(before) if role.back else None
            ahead = role.firm if shy and role.role in TEXT_CREDITS else role.ahead
            if match is None and ahead is not None:
                match = ahead.match(after)
            if match is not None:
                return role.role, self._rules[int(str(match.lastgroup).removeprefix("rule"))]
            for rule, back, ahead in role.around:
                if ahead.match(after) and back.search(before):
                    return role.role, rule
        return None


def _sides(rule: str, form: str) -> tuple[str, str]:
    if form.count("{agency}") != 1:
        raise InputError(f"each phrase of {rule} must hold {{agency}} once; {form!r} does not")
    before, _, after = form.partition("{agency}")
    return before.strip(), after.strip()


def _words(words: Sequence[str]) -> str:
    longest_first = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(
        phrase_source(word) + ("" if _SCRIPTS_WITHOUT_SPACES.search(word) else _INSIDE) for word in longest_first
    )
