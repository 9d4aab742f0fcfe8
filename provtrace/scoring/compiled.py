"""Functions compiled by numba, kept on disk from run to run where that can be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Compiled = TypeVar("Compiled", bound=Callable[..., Any])


def compiled(function: Compiled, *signature: Any, **options: Any) -> Compiled:  # noqa: ANN401 (numba's own)
    """Compile a function, or load what an earlier process compiled.

    Where nothing can be written, neither beside the code nor in the user's cache, it is compiled anew in each process,
    which takes seconds; ``NUMBA_CACHE_DIR`` names a folder that can.
    """
    import numba

    njit: Any = numba.njit  # its types know nothing of a signature followed by options
    try:
        made: Compiled = njit(*signature, cache=True, **options)(function)
    except RuntimeError as error:
        if "cannot cache" not in str(error):
            raise
        made = njit(*signature, **options)(function)
    return made
