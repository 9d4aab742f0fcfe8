"""Reads gold standards, whichever of the two formats they are in. Nothing here looks at what a run found."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from provtrace.errors import InputError
from provtrace.results.evaluate.folder import from_folder
from provtrace.results.evaluate.gold import Gold
from provtrace.results.evaluate.labels import from_file


def read_gold(source: str | Path, articles: Collection[str] = ()) -> Gold:
    """Read a gold standard.

    Args:
        source: a folder with ``documents.jsonl`` and, where the set has them, ``pairs.jsonl`` and
            ``sentences.jsonl``; or the ``pairs.jsonl`` of such a folder; or a JSON file of schema provtrace-gold/1.
        articles: the ids to be judged; of several variants in one file, the one nearest to them is taken, and a
            document is known by the stem of its file where the articles are.

    Raises:
        InputError: it does not exist, or is none of these; the message says what was looked for.
    """
    path = Path(source)
    if path.name == "pairs.jsonl":
        path = path.parent
    try:
        if path.is_dir():
            return from_folder(path)
        return from_file(path, frozenset(articles))
    except OSError as error:
        raise InputError(f"gold can't be read: {error}") from error
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise InputError(f"{path}: a record lacks what its format promises ({error!r})") from error
