"""Articles to LSH band keys, one set for each view; and MinHash signatures.

surface
    Word shingles. A one-permutation MinHash of the whole article (Li, Owen and Zhang 2012, made dense after
    Shrivastava 2017) finds copies; a sketch of each sentence finds the article that reuses four sentences only.
neutral
    What survives translation: numbers, and character n-grams of transliterated names.
semantic
    Random hyperplanes (Charikar 2002) over sentence vectors; votes are verified inside the bucket.
credit
    Who credits one agency on one day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt
import polars as pl

from provtrace.errors import InputError
from provtrace.scoring import similarity
from provtrace.settings import Settings
from provtrace.tables import BAND_KINDS, BANDS, SENTENCE_BANDS, SKETCHES, TEXT_CREDITS, conform

Keys = npt.NDArray[np.uint64]

SLOTS: Final = 128
SHINGLE: Final = 5  # words in a shingle of an article's signature
ROWS: Final = 4  # signature slots in a band: two articles of Jaccard .4 share one of the 32 bands with .56
SENTENCE_SHINGLE: Final = 3
SENTENCE_SLOTS: Final = 4
LEAST_WORDS: Final = 6  # shorter sentences are no evidence of reuse
NEUTRAL_KEYS: Final = 400
HYPERPLANES: Final = 10
TABLES: Final = 24
EMPTY: Final = np.uint64(0xFFFFFFFFFFFFFFFF)


# --- signatures -------------------------------------------------------------------------------------


def signatures(texts: Sequence[str]) -> npt.NDArray[np.int32]:
    """One-permutation MinHash signatures of word 5-shingles (shorter texts: of the whole text).

    Args:
        texts: any strings; case and punctuation do not matter.

    Returns:
        int32 ``[len(texts), 128]``. The share of equal slots estimates the Jaccard similarity of the shingle sets.
        A text without words has all slots -1, and is similar to nothing, itself included: compare with `jaccard`.

    Raises:
        InputError: not a list of strings.
    """
    if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
        raise InputError("signatures takes a list of texts, each a string")
    result = np.full((len(texts), SLOTS), -1, np.int32)
    for row, text in enumerate(texts):
        keys = shingles(similarity.words(text), SHINGLE)
        if len(keys):
            result[row] = _one_permutation(keys)
    return result


def jaccard(left: npt.NDArray[np.int32], right: npt.NDArray[np.int32]) -> float:
    """Estimated Jaccard similarity of two signatures, 0..1; 0 where a text had no words."""
    return float(np.mean((left == right) & (left >= 0)))


def shingles(words: Sequence[str], size: int) -> Keys:
    """Distinct 64-bit keys of the runs of `size` words; of the whole list where it is shorter."""
    if not words:
        return np.zeros(0, np.uint64)
    hashed = np.array([crc32(word.encode("utf-8", "surrogatepass")) for word in words], dtype=np.uint64)
    size = min(size, len(hashed))
    keys = np.zeros(len(hashed) - size + 1, np.uint64)
    for offset in range(size):
        keys = mix(keys ^ (hashed[offset : offset + len(keys)] + np.uint64(offset)))
    return np.unique(keys)


def mix(keys: Keys) -> Keys:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014): a bijection of 64-bit integers that looks random."""
    keys = (keys + np.uint64(0x9E3779B97F4A7C15)).astype(np.uint64)
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


def _one_permutation(keys: Keys) -> npt.NDArray[np.int32]:
    """The least key of each of SLOTS bins; an empty bin borrows from one that a hash of its number picks."""
    slots = np.full(SLOTS, EMPTY, np.uint64)
    np.minimum.at(slots, (keys >> np.uint64(57)).astype(np.int64), keys << np.uint64(7))
    filled = slots != EMPTY
    dense = slots.copy()
    attempt = 0
    while not filled.all():
        empty = np.flatnonzero(~filled)
        picked = mix(empty.astype(np.uint64) * np.uint64(1 << 20) + np.uint64(attempt))
        donors = (picked % np.uint64(SLOTS)).astype(np.int64)
        found = slots[donors] != EMPTY
        dense[empty[found]] = slots[donors[found]]
        filled[empty[found]] = True
        attempt += 1
    return (dense >> np.uint64(33)).astype(np.int32)


# --- bands of text ----------------------------------------------------------------------------------


def text_bands(sentences: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: the SENTENCES of whole articles to BANDS of the surface and neutral views; keyed by article."""
    parts: list[pl.DataFrame] = []
    body = sentences.filter(pl.col("role").is_in(["body", "heading"])).sort("article_id", "sentence")
    for (article_id,), frame in body.group_by("article_id", maintain_order=True):
        texts = frame["text"].to_list()
        if "surface" in settings.views:
            split = [similarity.words(text) for text in texts]
            joined = [word for words in split for word in words]
            parts.append(_bands("article", article_id, _article_bands(shingles(joined, SHINGLE))))
            parts.append(_bands("passage", article_id, _passages(split)))
        if "neutral" in settings.views:
            parts.append(_bands("neutral", article_id, _neutral(texts)))
    if not parts:
        return BANDS.to_frame()
    # A key once an article: a thousand repeats of one sentence must not meet a thousand repeats elsewhere.
    return conform(pl.concat(parts).unique(), BANDS)


def _bands(kind: str, article_id: object, keys: Keys) -> pl.DataFrame:
    code = pl.lit(BAND_KINDS.index(kind), pl.Int8)
    return pl.DataFrame({"bucket": keys.view(np.int64)}).select(
        code.alias("kind"), "bucket", pl.lit(article_id).alias("article_id")
    )


def sketch(sentences: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: the SENTENCES of whole articles to SKETCHES; keyed by article."""
    del settings
    body = sentences.filter(pl.col("role").is_in(["body", "heading"])).sort("article_id", "sentence")
    rows: list[tuple[object, list[int]]] = []
    for (article_id,), frame in body.group_by("article_id", maintain_order=True):
        keys = shingles([word for text in frame["text"] for word in similarity.words(text)], SENTENCE_SHINGLE)
        rows.append((article_id, np.sort(keys[keys % np.uint64(4) == 0].view(np.int64)).tolist()))
    return conform(pl.DataFrame(rows, schema=SKETCHES, orient="row"), SKETCHES)


def _passages(split: Sequence[Sequence[str]]) -> Keys:
    sketches = [_sketch(shingles(words, SENTENCE_SHINGLE)) for words in split if len(words) >= LEAST_WORDS]
    return np.unique(np.concatenate(sketches)) if sketches else np.zeros(0, np.uint64)


def _article_bands(keys: Keys) -> Keys:
    if not len(keys):
        return keys
    slots = _one_permutation(keys).astype(np.uint64).reshape(-1, ROWS)
    bands = np.arange(len(slots), dtype=np.uint64) + np.uint64(1 << 40)
    for row in range(ROWS):
        bands = mix(bands ^ slots[:, row])
    return bands


def _sketch(keys: Keys) -> Keys:
    """The shingles that are least under SENTENCE_SLOTS hash functions: reused sentences agree on some of them."""
    chosen = {int(keys[np.argmin(mix(keys + np.uint64(slot)))]) for slot in range(SENTENCE_SLOTS)}
    return np.array(sorted(chosen), dtype=np.uint64)


def _neutral(texts: Iterable[str]) -> Keys:
    """Keys of numbers and of the n-grams of names; where a script has no capitals, of all longer words."""
    keys: set[int] = set()
    for text in texts:
        keys.update(crc32(b"#" + number.encode()) for number in similarity.numbers(text) if len(number) > 1)
        for name in similarity.full_names(text):
            keys.update(crc32(name[i : i + similarity.GRAM].encode()) for i in range(len(name) - similarity.GRAM + 1))
    hashed = mix(np.array(sorted(keys), dtype=np.uint64))
    return np.sort(hashed)[:NEUTRAL_KEYS]  # the least hashes: two articles that share keys sample the same ones


# --- bands of vectors and credits -------------------------------------------------------------------


def vector_bands(embedded: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: EMBEDDED sentences to SENTENCE_BANDS; row-local."""
    del settings
    rows = embedded.filter(pl.col("role") == "body", pl.col("text").str.len_chars() >= 20)
    if rows.is_empty():
        return SENTENCE_BANDS.to_frame()
    flat = rows["vector"].explode().to_numpy().reshape(len(rows), -1)
    # A stack of products, not one: BLAS rounds a row by the rows beside it, and a sign must not depend on them.
    bits = (flat[:, None, :] @ _hyperplanes(flat.shape[1]))[:, 0] > 0
    codes = bits.reshape(len(rows), TABLES, HYPERPLANES) @ (1 << np.arange(HYPERPLANES, dtype=np.int64))
    buckets = codes + (np.arange(TABLES, dtype=np.int64) << HYPERPLANES)
    return conform(
        pl.DataFrame(
            {
                "bucket": buckets.ravel(),
                "article_id": rows["article_id"].gather(np.repeat(np.arange(len(rows)), TABLES)),
                "sentence": np.repeat(rows["sentence"].to_numpy(), TABLES),
            }
        ),
        SENTENCE_BANDS,
    )


@cache
def _hyperplanes(dimensions: int) -> npt.NDArray[np.float32]:
    generator = np.random.Generator(np.random.PCG64(20_231_001))
    return generator.standard_normal((dimensions, TABLES * HYPERPLANES)).astype(np.float32)


def credit_bands(credits_dated: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Stage: CREDITS joined with ``published_at`` to BANDS of the credit view; row-local.

    Each credit has a key for its day and one for the day after, so that articles of adjacent days meet.
    """
    del settings
    rows = (
        credits_dated.filter(pl.col("role").is_in(TEXT_CREDITS), pl.col("agency").is_not_null())
        .filter(pl.col("published_at").is_not_null())
        .select("article_id", "agency", day=pl.col("published_at").dt.epoch("d"))
        .unique()
    )
    both = pl.concat([rows, rows.with_columns(day=pl.col("day") + 1)])
    keys = [crc32(f"{agency}|{day}".encode()) for agency, day in both.select("agency", "day").iter_rows()]
    return conform(
        both.select("article_id", kind=pl.lit(BAND_KINDS.index("credit")), bucket=pl.Series(keys, dtype=pl.Int64)),
        BANDS,
    )
