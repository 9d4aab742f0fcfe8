"""What encoders and translators of ``transformers`` share: device, precision, batches of fixed shapes, errors."""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from provtrace.errors import InputError, MissingExtra

STEP: Final = 16  # tokens: the widths of batches are multiples of it

_PACKAGES: Final = ("torch", "transformers")

Ids = npt.NDArray[np.int64]


def require(what: str) -> None:
    """Refuse to go on without the packages of the extra.

    Raises:
        MissingExtra: torch or transformers is not installed.
    """
    if any(find_spec(package) is None for package in _PACKAGES):
        raise MissingExtra(what, "transformers")


@contextmanager
def loading(folder: Path, kind: str) -> Iterator[None]:
    """Turn whatever three libraries raise over a foreign model's files into one error that says what to do.

    Raises:
        InputError: the files can't be loaded as a model of that kind.
        MissingExtra: a tokenizer needs sentencepiece.
    """
    try:
        yield
    except (InputError, MissingExtra):
        raise
    except ImportError as error:
        raise MissingExtra(f"the model in {folder}", "transformers") from error
    except Exception as error:  # one of the libraries raises a bare Exception
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(
            f"can't load the model in {folder}: {reason}; the folder must hold a whole {kind} with its "
            f"tokenizer, the weights as safetensors"
        ) from error


def whole(model: Any, told: dict[str, Any], *, spare: str = "") -> Any:  # noqa: ANN401 - untyped libraries
    """The model as `from_pretrained` gave it, if none of its weights was missing and so made up.

    Args:
        model: the network.
        told: what ``output_loading_info`` says of it.
        spare: part of the names of weights that are not used and may be missing.

    Raises:
        ValueError: a weight is missing.
    """
    missing = sorted(name for name in told["missing_keys"] if not spare or spare not in name)
    if missing:
        raise ValueError(f"{len(missing)} of its weights are missing, {missing[0]} among them")
    return model


def placed(model: Any) -> Any:  # noqa: ANN401 - untyped libraries
    """The model ready to run: in half precision on a CUDA device where there is one, else in single precision."""
    import torch

    model = model.eval().requires_grad_(False)
    return model.to("cuda").half() if torch.cuda.is_available() else model.float()


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread of torch's: work is spread over processes, and a sum split over threads may end in another digit."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def batches(lengths: Sequence[tuple[int, ...]], rows: int) -> Iterator[tuple[tuple[int, ...], list[int]]]:
    """Group items whose tokens fill matrices of the same widths, the narrowest first.

    A matrix product of another shape rounds otherwise, and what comes out for a text must not depend on what else is
    in the run: every batch has as many rows, and its widths depend on each item alone.

    Args:
        lengths: for each item, the tokens of each of its texts.
        rows: the most items of a batch.

    Yields:
        The widths, and the numbers of the items.
    """
    widths = [tuple(STEP * max(1, -(-length // STEP)) for length in item) for item in lengths]
    for width, group in groupby(sorted(range(len(widths)), key=lambda item: (widths[item], item)), widths.__getitem__):
        members = list(group)
        yield from ((width, members[start : start + rows]) for start in range(0, len(members), rows))


def padded(tokens: Sequence[Sequence[int]], rows: int, width: int, filler: int) -> tuple[Ids, Ids]:
    """Token ids ``[rows, width]`` and their mask, 1 where a token is; a batch that is not full repeats its texts."""
    ids = np.full((rows, width), filler, np.int64)
    mask = np.zeros((rows, width), np.int64)
    for row in range(rows):
        of_row = tokens[row % len(tokens)]
        ids[row, : len(of_row)] = of_row
        mask[row, : len(of_row)] = 1
    return ids, mask
