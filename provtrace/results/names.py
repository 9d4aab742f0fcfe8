"""Names that users type, checked against the run."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from provtrace.errors import UnknownName


def check_name(name: str, known: Iterable[str], what: str) -> None:
    """Let a known name pass.

    Args:
        name: what the user asked for.
        known: every name there is.
        what: what such a name names, for the message.

    Raises:
        UnknownName: it is not known; the message lists the names most like it, or the first few.
    """
    names = list(known)
    if name in names:
        return
    if not names:
        raise UnknownName(f"the run has no {what} {name!r}; it has none at all")
    # A unique part of a long id is what people type; difflib finds misspellings.
    close = [other for other in names if name and name in other][:5] or difflib.get_close_matches(name, names, n=5)
    if close:
        raise UnknownName(f"the run has no {what} {name!r}; close to it: {', '.join(close)}")
    shown = ", ".join(sorted(names)[:5])
    raise UnknownName(f"the run has no {what} {name!r}; it has {len(names)}, among them {shown}")
