"""What survives translation, as keys: the numbers of a text, and its names however a language spells them.

Names are capitalised words within a sentence and runs of katakana; scripts without capitals do not tell their names,
so all their words stand in; and in a text with hardly a name its long words do, for many are cognates. A name has two
keys after transliteration: its first letters, for inflection comes last; and its consonants by class, for vowels and
voice drift from one alphabet to the next (after the sound classes of Dolgopolsky 1964; Вучић, Vučić, Vuçiç and Vucic
are all p-s-s). Chinese characters go in pairs, by their reading.

Everything is done once for each distinct word of the batch, by regular expressions that run in linear time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from provtrace.scoring import similarity
from provtrace.scoring.minhash import mix

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]

MOST_KEYS: Final = 128  # of one text
FEW_KEYS: Final = 32  # long words fill up a text of fewer names and numbers
LETTERS: Final = 6  # of a name's prefix and of its consonants; both then fit a 64-bit key as they are
LEAST_LETTERS: Final = 3
WORD: Final = 32  # characters of a longer word that are looked at
DIGITS: Final = 18  # of a longer number that are looked at

# Upper bits that tell kinds of keys apart; the lower ones hold six letters, or 18 digits.
_PREFIX, _CONSONANTS, _NUMBER = (np.uint64(tag << 60) for tag in (1, 2, 3))
_ALL_LETTERS: Final = np.uint64((1 << 8 * LETTERS) - 1)

# --- where names and numbers stand --------------------------------------------------------------------

# One expression a kind: alternatives in one expression made it ten times slower.
# A capital says nothing after what opens a sentence or a quote: such a match begins with that, and has no keys.
_NAME: Final = r"(?:[\n.!?:…“”\x22«»„¿¡]\s*)?\p{Lu}[\p{L}\p{M}]{2,}"
_KATAKANA: Final = r"[\p{Katakana}ー]{3,}"
_HAN: Final = r"\p{Han}{2,}"
_UNCASED: Final = r"[\p{Lo}\p{Georgian}--[\p{Han}\p{Hiragana}\p{Katakana}]]"  # Georgian names take no capitals
_WORD: Final = rf"{_UNCASED}[{_UNCASED}\p{{M}}\x{{200C}}\x{{200D}}]{{2,}}"
_LONG: Final = r"[\p{Lu}\p{Ll}\p{M}]{8,}"
_NUMERAL: Final = r"\d+(?:[.,'’\x{066B}\x{066C} \x{00A0}\x{2009}\x{202F}]\d+)*"

# What a key was made of, surest first, and how many keys of a text may come before it.
_SURE, _UNCAPITALISED, _COGNATE = range(3)
_ROOM: Final = (MOST_KEYS, MOST_KEYS, FEW_KEYS)

# --- how names sound: expressions and what replaces them, in order ----------------------------------------

# Before transliteration: letters that the table of `anyascii` reads otherwise than the languages that use them.
_SCRIPTS: Final = (
    (r"[čćçĉČĆÇĈ]", "ch"),
    (r"[\x{0591}-\x{05C7}\x{064B}-\x{065F}\x{0670}\x{200C}\x{200D}]", ""),  # points and joiners
    (r"^[وفبك]?ال(.{3})", "${1}"),  # the Arabic article, and particles before it
    (r"^[اأإآعאע]", "a"),
    (r"[اأإآعىيیئؤةهאעיה]", ""),  # letters for vowels, or of a weak sound
    (r"(.)[وו]+", "${1}"),
    (r"[\x{0901}\x{0902}\x{0981}\x{0982}\x{0A01}\x{0A02}\x{0A70}\x{0A81}\x{0A82}]", "n"),  # Indic nasal signs
    (r"[Μμ]π", "b"),
    (r"^[Νν]τ", "d"),
    (r"[Γγ]κ", "g"),
    (r"[Χχ]", "h"),
    (r"([ΑαΕε])[υύ]", "${1}v"),
)
# After it: what is written with several letters, then classes of consonants; vowels count only where they open a name.
_SOUNDS: Final = (
    (r"shch|tsch|dzh|sch|tch|sh|ch|zh|dj|ts|tz", "s"),
    (r"ph", "p"),
    (r"th", "t"),
    (r"kh", "h"),
    (r"x", "ks"),
    (r"c([eiy])", "s${1}"),
    (r"c$", "s"),
    (r"[bfpvw]+", "p"),
    (r"[dt]+", "t"),
    (r"(?:gh|[cgkq])+", "k"),
    (r"[sz]+", "s"),
    (r"[lr]+", "r"),
    (r"m+p", "np"),
    (r"m+", "m"),
    (r"n+", "n"),
    (r"^[aeiouyjh]+", "A"),
    (r"[aeiouyjh]+", ""),
)


def neutral_keys(texts: pl.Series) -> tuple[Keys, Rows]:
    """Keys that a text shares with its translations.

    A text of many keys keeps those first that are surely names or numbers, then those said most often, then the least,
    so that two articles keep the same ones. Short names meet by chance: weigh a key by how few texts have it, and
    divide the sum of two texts' weights by the geometric mean of their numbers of keys.

    Args:
        texts: ``[n]`` strings, whole articles; a line break ends a sentence. A null has no keys.

    Returns:
        Keys and, for each, the row of its text, 0..n-1: by row, then ascending; distinct within a row, `MOST_KEYS`
        at most. The keys of a text depend on nothing but the text.
    """
    lines = "\n" + texts
    found = [
        _found(lines, _NAME, _names),
        _found(texts, _NUMERAL, _numbers),
        _found(texts, _KATAKANA, lambda runs: _sounded(runs, _SURE)),
        _found(texts, _WORD, lambda runs: _sounded(runs, _UNCAPITALISED)),
        _found(texts, _HAN, lambda runs: _read(runs, _UNCAPITALISED)),
        _found(texts, _LONG, _cognates),
    ]
    kept = (
        pl.concat(found)
        .group_by("row", "key")
        .agg(pl.len().alias("times"), pl.col("tier").min())
        .with_columns(room=pl.col("tier").replace_strict(range(len(_ROOM)), _ROOM, return_dtype=pl.Int64))
        .sort("row", "tier", "times", "key", descending=[False, False, True, False])
        .filter(pl.int_range(pl.len()).over("row") < pl.col("room"))
        .sort("row", "key")
    )
    return kept["key"].to_numpy(), kept["row"].to_numpy().astype(np.int64)


def _found(texts: pl.Series, expression: str, keys_of: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """``row``, ``key`` and ``tier`` of whatever matches; `keys_of` sees each distinct match, ``run``, once.

    A match goes by its ``number``, for it may be long.
    """
    runs = pl.DataFrame({"run": texts.str.extract_all(expression)}).with_row_index("row").explode("run").drop_nulls()
    distinct = runs.select("run").unique().with_row_index("number")
    keys = keys_of(distinct)
    return runs.join(distinct, on="run").drop("run").join(keys, on="number").drop("number")


# --- names ------------------------------------------------------------------------------------------


def _names(runs: pl.DataFrame) -> pl.DataFrame:
    names = runs.filter(pl.col("run").str.contains(r"^\p{Lu}"))
    return pl.concat([_spelled(names, _SURE), _sounded(names, _SURE)])


def _cognates(runs: pl.DataFrame) -> pl.DataFrame:
    return _spelled(runs.filter(pl.col("run").str.contains(r"^[\p{Ll}--\p{Georgian}]")), _COGNATE)


def _spelled(runs: pl.DataFrame, tier: int) -> pl.DataFrame:
    """Keys of the first letters."""
    return _keyed(runs["number"], _latin(_words(runs)), _PREFIX, tier)


def _sounded(runs: pl.DataFrame, tier: int) -> pl.DataFrame:
    """Keys of the classes of the first consonants; two where there is a j, a vowel here and a consonant there."""
    letters = _latin(_replaced(_words(runs), _SCRIPTS))
    with_j = letters.str.contains("j")
    both = pl.concat([letters, letters.filter(with_j).str.replace_all("j", "z")])
    numbers = pl.concat([runs["number"], runs["number"].filter(with_j)])
    return _keyed(numbers, _replaced(both, _SOUNDS), _CONSONANTS, tier)


def _words(runs: pl.DataFrame) -> pl.Series:
    return runs["run"].str.head(WORD).str.normalize("NFC")


def _read(runs: pl.DataFrame, tier: int) -> pl.DataFrame:
    """Keys of the first letters of how two neighbouring Chinese characters are read."""
    characters = runs.select("number", character=pl.col("run").str.split("")).explode("character")
    distinct = characters["character"].unique()
    readings = pl.DataFrame({"character": distinct, "reading": _latin(distinct).str.head(LETTERS)})
    read = characters.join(readings, on="character", maintain_order="left")
    letters, lengths = _packed(read["reading"]), read["reading"].str.len_bytes().to_numpy().astype(np.uint64)
    numbers = read["number"].to_numpy()
    pairs = (numbers[:-1] == numbers[1:]) & (lengths[:-1] + lengths[1:] >= LEAST_LETTERS)
    joined = (letters[:-1] | letters[1:] << np.uint64(8) * lengths[:-1]) & _ALL_LETTERS
    return _frame(read["number"][:-1].filter(pairs), joined[pairs] | _PREFIX, tier)


def _latin(words: pl.Series) -> pl.Series:
    """Transliterated: the letters a to z alone."""
    from anyascii import anyascii

    spelled = [word if word.isascii() else anyascii(word) for word in words.to_list()]
    return pl.Series(spelled, dtype=pl.String).str.to_lowercase().str.replace_all("[^a-z]", "")


def _replaced(words: pl.Series, table: tuple[tuple[str, str], ...]) -> pl.Series:
    for expression, replacement in table:
        words = words.str.replace_all(expression, replacement)
    return words


def _keyed(numbers: pl.Series, letters: pl.Series, kind: np.uint64, tier: int) -> pl.DataFrame:
    enough = letters.str.len_bytes() >= LEAST_LETTERS
    return _frame(numbers.filter(enough), _packed(letters.filter(enough).str.head(LETTERS)) | kind, tier)


def _packed(letters: pl.Series) -> Keys:
    """Up to eight ASCII letters as the bytes of an integer."""
    return np.array(letters.to_list(), dtype="S8").view("<u8")


# --- numbers ----------------------------------------------------------------------------------------


def _numbers(runs: pl.DataFrame) -> pl.DataFrame:
    """Keys of all digits, and of those before the last zeros: 1.5 million, 150万 and 1 500 000 share 15."""
    found = [(number, digits) for number, run in runs.iter_rows() for digits in _digits(run)]
    frame = pl.DataFrame(found, schema={"number": pl.UInt32, "digits": pl.UInt64}, orient="row")
    return _frame(frame["number"], frame["digits"].to_numpy() | _NUMBER, _SURE)


def _digits(run: str) -> set[int]:
    every = {number.lstrip("0")[:DIGITS] for number in similarity.numbers(run)}
    return {int(digits) for digits in every | {digits.rstrip("0") for digits in every} if len(digits) > 1}


def _frame(numbers: pl.Series, codes: Keys, tier: int) -> pl.DataFrame:
    return pl.DataFrame({"number": numbers, "key": mix(codes)}).with_columns(tier=pl.lit(tier, pl.Int8))
