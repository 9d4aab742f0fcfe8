"""The errors that provtrace raises on purpose.

::

    ProvtraceError
    ├── InputError             the input can't be used; the message says what to change
    │   └── NothingUsable      every record was rejected, or there was none
    ├── MissingExtra           an optional dependency is needed; names the pip extra
    ├── TableError             a frame does not fit the table it claims to be
    ├── RunError               a run folder is missing, incomplete or of another version
    └── UnknownName            an article, upstream or format that is not in the run
"""

from __future__ import annotations


class ProvtraceError(Exception):
    """Root of every error that provtrace raises on purpose."""


class InputError(ProvtraceError):
    """The input can't be used as it is."""


class NothingUsable(InputError):
    """No record of the input became an article."""


class MissingExtra(ProvtraceError):
    """An optional dependency is not installed.

    Args:
        feature: what was asked for, in the user's words.
        extra: the extra of ``pip install "provtrace[extra]"`` that brings it.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f'{feature} needs an optional dependency: pip install "provtrace[{extra}]"')
        self.extra = extra


class TableError(ProvtraceError):
    """A frame does not fit the table it claims to be."""


class RunError(ProvtraceError):
    """A run folder is missing, incomplete or of another version."""


class UnknownName(ProvtraceError):
    """The run has nothing by that name."""
