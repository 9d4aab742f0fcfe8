"""Write the table of folded letters that fingerprints are made of: ``python benchmarks/folding.py``.

The table ships as data, and is not made anew by each Python: a letter that a later Unicode adds or moves would change
signatures, and saved ones would no longer compare.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import numpy as np

TARGET = Path(__file__).parent.parent / "provtrace" / "scoring" / "folding.npz"
SEPARATOR, IGNORED = 0, 1
SURROGATES = range(0xD800, 0xE000)


def folded(code: int) -> int:
    """What a character of the basic plane counts as: itself without case and accents, or one of the two marks above.

    Accents go, so that composed and decomposed text, and text that lost its points, are one. What would become two
    characters stays one: the letter in lower case. Digits of all scripts are one.
    """
    char = chr(code)
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Cf") or char == "\u0640":  # accents, invisible joiners, the Arabic stretch
        return IGNORED
    if category[0] not in "LMN" or code in SURROGATES:
        return SEPARATOR
    if category == "Nd":
        return ord(str(unicodedata.decimal(char)))
    bare = "".join(part for part in unicodedata.normalize("NFKD", char) if unicodedata.category(part) != "Mn")
    for candidate in (bare.casefold(), char.casefold(), char.lower(), char):
        if len(candidate) == 1 and ord(candidate) < 1 << 16 and unicodedata.category(candidate)[0] in "LN":
            return ord(candidate)
    return code


def table() -> np.ndarray:
    """``[65536]`` uint16, by code point: how far each is from itself, for that packs well."""
    return np.array([(folded(code) - code) % (1 << 16) for code in range(1 << 16)], np.uint16)


def main() -> int:
    np.savez_compressed(TARGET, shift=table(), unicode=np.array(unicodedata.unidata_version))
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes, Unicode {unicodedata.unidata_version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
