"""What users type: names, checked against the run; least probabilities; and how counts are written."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from numbers import Real

from provtrace.errors import InputError, UnknownName


def check_name(name: object, known: Iterable[str], what: str) -> None:
    """Let a known name pass.

    Args:
        name: what the user asked for.
        known: every name there is.
        what: what such a name names, for the message.

    Raises:
        UnknownName: it is not known; the message lists the names most like it, or the first few.
    """
    names = list(known)
    if isinstance(name, str) and name in names:
        return
    if not names:
        raise UnknownName(f"the run has no {what} {name!r}; it has none at all")
    if not isinstance(name, str):
        raise UnknownName(f"the run has no {what} {name!r}: what it has are texts, such as {min(names)!r}")
    # A unique part of a long id is what people type; difflib finds misspellings.
    close = [other for other in names if name and name in other][:5] or difflib.get_close_matches(name, names, n=5)
    if close:
        raise UnknownName(f"the run has no {what} {name!r}; close to it: {', '.join(close)}")
    shown = ", ".join(sorted(names)[:5])
    raise UnknownName(f"the run has no {what} {name!r}; it has {len(names)}, among them {shown}")


def check_probability(least: object) -> None:
    """Let a least probability pass.

    Raises:
        InputError: it is no number from 0 to 1.
    """
    if isinstance(least, bool) or not isinstance(least, Real) or not 0 <= float(least) <= 1:
        raise InputError(f"a least probability is a number from 0 to 1, not {least!r}")


def counted(number: int, noun: str) -> str:
    """``1 article``, ``2 articles``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def in_words(names: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *others, last = [*names] or [""]
    return f"{', '.join(others)} and {last}" if others else last
