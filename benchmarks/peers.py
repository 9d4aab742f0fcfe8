"""Other libraries at the two jobs they share with us: raw text to signatures, and raw text to similar pairs.

Each is given its best accurate call for a batch, 128 slots, and word 5-shingles of the lower-cased text as white space
parts it: by its own shingler where it has one, else by the fastest Python we know. What is imported here is imported
in the function, since importing is part of what a first call costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

SLOTS = 128
SHINGLE = 5

Integers = npt.NDArray[Any]
Pairs = tuple[Integers, Integers, npt.NDArray[np.float64]]  # left, right, estimated Jaccard


@dataclass(frozen=True)
class Peer:
    """A library, or one way to call it.

    Attributes:
        name: as it is shown.
        package: what must be importable.
        sign: texts to signatures, in the library's own form.
        matrix: that form to an array ``[n, 128]``; no part of the job.
        near: texts and a threshold to the pairs that the library's LSH, set to that threshold, proposes; None for a
            call that only says of each text whether it is like any other.
    """

    name: str
    package: str
    sign: Callable[[Sequence[str]], Any]
    matrix: Callable[[Any], Integers] = np.asarray
    near: Callable[[Sequence[str], float], Pairs] | None = None


def shingles(text: str) -> list[str]:
    words = text.lower().split()
    return list(map(" ".join, zip(*(words[offset:] for offset in range(SHINGLE)), strict=False))) or words


def rows_in_a_band(threshold: float) -> int:
    """For libraries that leave it to the caller: the division whose S-curve rises nearest to the threshold.

    Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, section 3.4: it rises at (1 / bands) ** (1 / rows).
    """
    return min((1, 2, 4, 8, 16, 32), key=lambda rows: abs((rows / SLOTS) ** (1 / rows) - threshold))


def _pairs(found: Iterator[tuple[int, int]], estimate: Callable[[int, int], float]) -> Pairs:
    ends = sorted({(min(pair), max(pair)) for pair in found if pair[0] != pair[1]})
    left, right = np.array(ends, np.int64).reshape(-1, 2).T
    return left, right, np.array([estimate(*pair) for pair in ends])


def _alike(signatures: Integers) -> Callable[[int, int], float]:
    return lambda one, other: float(np.mean(signatures[one] == signatures[other]))


# --- datasketch ---


def _datasketch(texts: Sequence[str], **how: Any) -> list[Any]:  # noqa: ANN401 (its own options)
    from datasketch import MinHash

    tokens = [[shingle.encode() for shingle in shingles(text)] for text in texts]
    return list(MinHash.bulk(tokens, num_perm=SLOTS, **how))


def _datasketch_xxh32(texts: Sequence[str]) -> list[Any]:
    import xxhash

    return _datasketch(texts, hashfunc=xxhash.xxh32_intdigest)


def _datasketch_matrix(signed: Sequence[Any]) -> Integers:
    return np.stack([one.hashvalues for one in signed])


def _datasketch_near(texts: Sequence[str], threshold: float) -> Pairs:
    return _datasketch_lsh(_datasketch(texts), threshold)


def _datasketch_xxh32_near(texts: Sequence[str], threshold: float) -> Pairs:
    return _datasketch_lsh(_datasketch_xxh32(texts), threshold)


def _datasketch_lsh(signed: Sequence[Any], threshold: float) -> Pairs:
    from datasketch import MinHashLSH

    index = MinHashLSH(threshold=threshold, num_perm=SLOTS)
    found = []
    for number, one in enumerate(signed):
        found += [(other, number) for other in index.query(one)]
        index.insert(number, one, check_duplication=False)
    return _pairs(iter(found), lambda left, right: signed[left].jaccard(signed[right]))


# --- rensa ---


def _rensa(texts: Sequence[str]) -> Any:  # noqa: ANN401
    from rensa import RMinHash

    return RMinHash.digest_matrix_from_token_sets(list(map(shingles, texts)), SLOTS, 42)


def _rensa_rho(texts: Sequence[str]) -> Any:  # noqa: ANN401
    from rensa import RMinHash

    return RMinHash.digest_matrix_from_token_sets_rho(list(map(shingles, texts)), SLOTS, 42)


def _rensa_matrix(signed: Any) -> Integers:  # noqa: ANN401
    return np.array(signed.to_rows())


def _rensa_near(texts: Sequence[str], threshold: float) -> Pairs:
    from rensa import RMinHash, RMinHashLSH

    signed = RMinHash.from_token_sets(list(map(shingles, texts)), SLOTS, 42)
    index = RMinHashLSH(threshold, SLOTS, SLOTS // rows_in_a_band(threshold))
    index.insert_many(signed)
    found = ((number, other) for number, others in enumerate(index.query_all(signed)) for other in others)
    return _pairs(found, lambda left, right: signed[left].jaccard(signed[right]))


# --- gaoya ---


def _gaoya_index(threshold: float) -> Any:  # noqa: ANN401
    from gaoya.minhash import MinHashStringIndex

    return MinHashStringIndex(32, threshold, None, None, SLOTS, "word", True, (SHINGLE, SHINGLE), "vec")


def _gaoya(texts: Sequence[str]) -> Any:  # noqa: ANN401
    return _gaoya_index(0.7).minhash_index.bulk_hash_docs(list(texts))


def _gaoya_near(texts: Sequence[str], threshold: float) -> Pairs:
    index = _gaoya_index(threshold)
    index.par_bulk_insert_docs(list(range(len(texts))), list(texts))
    answers = index.par_bulk_query(list(texts), return_similarity=True)
    alike = {(number, other): value for number, found in enumerate(answers) for other, value in found}
    return _pairs(iter(alike), lambda left, right: max(alike.get((left, right), 0.0), alike.get((right, left), 0.0)))


# --- FastSketchLSH ---


def _fast_sketch(texts: Sequence[str]) -> Integers:
    from FastSketchLSH import FastSimilaritySketch

    return np.asarray(FastSimilaritySketch(size=SLOTS).batch(list(map(shingles, texts))))


def _fast_sketch_near(texts: Sequence[str], threshold: float) -> Pairs:
    from FastSketchLSH import LSH

    signed = _fast_sketch(texts)
    index = LSH(num_perm=SLOTS, num_bands=SLOTS // rows_in_a_band(threshold))
    index.insert(signed)
    flat, ends = index.query(signed, format="csr")
    flat, ends = np.asarray(flat).tolist(), np.asarray(ends).tolist()
    found = ((number, other) for number in range(len(texts)) for other in flat[ends[number] : ends[number + 1]])
    return _pairs(found, _alike(signed))


# --- daft ---


def _daft_frame(texts: Sequence[str]) -> Any:  # noqa: ANN401
    import daft
    from daft.functions import lower, minhash

    hashed = minhash(lower(daft.col("text")), num_hashes=SLOTS, ngram_size=SHINGLE, hash_function="xxhash3_64")
    frame = daft.from_pydict({"number": list(range(len(texts))), "text": list(texts)})
    return frame.select("number", hashed.alias("signature")).collect()


def _daft_matrix(frame: Any) -> Integers:  # noqa: ANN401
    table = frame.sort("number").to_arrow()
    return np.asarray(table.column("signature").combine_chunks().flatten()).reshape(-1, SLOTS)


def _daft_near(texts: Sequence[str], threshold: float) -> Pairs:
    import daft
    from daft.functions import chunk, list_count

    frame = _daft_frame(texts)
    rows = rows_in_a_band(threshold)
    bands = frame.select("number", chunk(daft.col("signature"), rows).alias("band"))
    bands = bands.with_column("place", daft.lit(list(range(SLOTS // rows)))).explode("band", "place")
    buckets = bands.groupby("place", "band").agg(daft.col("number").list_agg().alias("members"))
    shared = buckets.where(list_count(daft.col("members")) > 1).select("members").to_pydict()["members"]
    met = (
        (members[place], other) for members in shared for place in range(len(members)) for other in members[place + 1 :]
    )
    return _pairs(met, _alike(_daft_matrix(frame)))


PEERS = (
    Peer("datasketch", "datasketch", _datasketch, _datasketch_matrix, _datasketch_near),
    Peer("datasketch, xxh32", "xxhash", _datasketch_xxh32, _datasketch_matrix, _datasketch_xxh32_near),
    Peer("rensa", "rensa", _rensa, _rensa_matrix, _rensa_near),
    Peer("rensa, rho", "rensa", _rensa_rho, _rensa_matrix),
    Peer("gaoya", "gaoya", _gaoya, near=_gaoya_near),
    Peer("daft", "daft", _daft_frame, _daft_matrix, _daft_near),
    Peer("FastSketchLSH", "FastSketchLSH", _fast_sketch, near=_fast_sketch_near),
)
