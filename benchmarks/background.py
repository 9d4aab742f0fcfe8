"""Write ``provtrace/scoring/background_use.npy``: the background sample, encoded once by the default encoder.

::

    python benchmarks/background.py           # writes the file, says how far half precision is from the encoder
    python benchmarks/background.py --check   # writes nothing; exit code 1 where the file is out of date

Run it after any change of ``background.toml`` or of the encoder. Without the file every process would encode the
sample's thousand sentences before its first density. Half precision: 1 MB.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

import provtrace.scoring.encode as encoding

SHIPPED: Final = Path(encoding.__file__).with_name("background_use.npy")
TOLERANCE: Final = 1.5e-4  # of a coordinate; most are below .25, where half precision is that exact


def main(arguments: list[str]) -> int:
    """Write or check the file; the exit code says whether it is up to date."""
    fresh = encoding.encode_background(encoding.load_encoder("use"))
    if "--check" not in arguments:
        np.save(SHIPPED, fresh.astype(np.float16), allow_pickle=False)
    difference = _difference(fresh)
    print(f"{SHIPPED.name}: {fresh.shape}, {SHIPPED.stat().st_size:,} bytes, farthest coordinate {difference:.6f}")
    return int(difference > TOLERANCE)


def _difference(fresh: npt.NDArray[np.float32]) -> float:
    """The greatest difference of a coordinate; infinite where the shapes are not the same."""
    shipped = np.load(SHIPPED, allow_pickle=False).astype(np.float32)
    return float(np.abs(shipped - fresh).max()) if shipped.shape == fresh.shape else float("inf")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
