"""The compiled way from bytes to signatures: eight bytes a step, one pass over each text. Imports numba.

Bit for bit what `provtrace.scoring.words` and `provtrace.scoring.minhash` compute in numpy, which say what is
computed; here is only how.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from provtrace.scoring import minhash, words
from provtrace.scoring.compiled import compiled

HIGH = np.uint64(0x8080808080808080)
LOW = np.uint64(0x7F7F7F7F7F7F7F7F)
CASE = np.uint64(0x2020202020202020)
# Added to a byte below 128, these set its high bit from the named character on.
FROM_A, AFTER_Z = np.uint64(0x1F1F1F1F1F1F1F1F), np.uint64(0x0505050505050505)
FROM_0, AFTER_9 = np.uint64(0x5050505050505050), np.uint64(0x4646464646464646)
FULL = np.uint64(0xFFFFFFFFFFFFFFFF)
GATHER = np.uint64(0x0102040810204080)  # times this, the low bits of eight bytes come together in the highest byte

SEPARATOR, IGNORED = np.uint32(words.SEPARATOR), np.uint32(words.IGNORED)
UNSPACED, CODES = np.uint32(words.UNSPACED), words.CODES
WORD_BYTES, SEED, FACTOR = words.WORD_BYTES, words.SEED, words.FACTOR
SLOTS, SHINGLE, PASSAGE = minhash.SLOTS, minhash.SHINGLE, minhash.PASSAGE
ARTICLE_FACTORS, PASSAGE_FACTORS = minhash.ARTICLE_FACTORS, minhash.PASSAGE_FACTORS
EMPTY, RATE_BITS = minhash.EMPTY, np.uint64(64 - minhash.RATE_BITS)

# The casts of integers to 64 bits below keep numba from turning a sum of signed and unsigned into a float.


@intrinsic
def _load(context, array, at):
    """The eight bytes of an array from any place on, as a little-endian number."""

    def generate(context, builder, signature, arguments):
        return builder.load(_eight(context, builder, signature, arguments), align=1)

    return types.uint64(array, types.int64), generate


@intrinsic
def _store(context, array, at, value):
    """Write eight bytes to any place of an array."""

    def generate(context, builder, signature, arguments):
        builder.store(arguments[2], _eight(context, builder, signature, arguments), align=1)
        return context.get_dummy_value()

    return types.void(array, types.int64, types.uint64), generate


def _eight(context, builder, signature, arguments):
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    return builder.bitcast(builder.gep(array.data, [arguments[1]]), ir.IntType(64).as_pointer())


@intrinsic
def _trailing_zeros(context, value):
    """Zero bits below the lowest set bit; of a number that is not zero."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), generate


@njit(inline="always")
def _code_point(source, at):
    """The code point that begins there, and how many bytes it has."""
    lead = np.uint32(source[at])
    if lead < 0x80:
        return lead, 1
    second = np.uint32(source[at + 1]) & np.uint32(0x3F)
    if lead < 0xE0:
        return (lead & np.uint32(0x1F)) << np.uint32(6) | second, 2
    third = np.uint32(source[at + 2]) & np.uint32(0x3F)
    if lead < 0xF0:
        return (lead & np.uint32(0x0F)) << np.uint32(12) | second << np.uint32(6) | third, 3
    fourth = np.uint32(source[at + 3]) & np.uint32(0x3F)
    return ((lead & np.uint32(0x07)) << np.uint32(18) | second << np.uint32(12) | third << np.uint32(6) | fourth), 4


@njit(inline="always")
def _put(code, out, to):
    """Write a code point as UTF-8; where the next one goes."""
    if code < 0x80:
        out[to] = code
        return to + 1
    if code < 0x800:
        out[to] = 0xC0 | code >> 6
        out[to + 1] = 0x80 | code & 0x3F
        return to + 2
    if code < 0x10000:
        out[to] = 0xE0 | code >> 12
        out[to + 1] = 0x80 | code >> 6 & 0x3F
        out[to + 2] = 0x80 | code & 0x3F
        return to + 3
    out[to] = 0xF0 | code >> 18
    out[to + 1] = 0x80 | code >> 12 & 0x3F
    out[to + 2] = 0x80 | code >> 6 & 0x3F
    out[to + 3] = 0x80 | code & 0x3F
    return to + 4


@njit(inline="always")
def _ascii_words(block):
    """Eight ASCII characters: letters in lower case, digits, and zeros for the rest."""
    lower = block | CASE
    letters = (lower + FROM_A) & ~(lower + AFTER_Z)
    digits = (block + FROM_0) & ~(block + AFTER_9)
    return lower & (((letters | digits) & HIGH) >> np.uint64(7)) * np.uint64(255)


@njit
def _fold(source, start, end, table, out):
    """Write the folded text to `out`, words parted by zeros; return its length."""
    at, to = start, 0
    while at < end:
        if at + 8 <= end:
            block = _load(source, at)
            _store(out, to, _ascii_words(block))  # right up to the first byte that is not ASCII
            other = block & HIGH
            plain = 8 if other == 0 else _trailing_zeros(other) >> 3
            at += plain
            to += plain
            if other == 0:
                continue
        code, size = _code_point(source, at)
        at += size
        entry = table[min(np.int64(code), CODES - 1)]
        if entry == IGNORED:
            continue
        letter = np.int64(entry & ~UNSPACED)
        if entry >= UNSPACED:
            out[to] = 0
            to = _put(letter, out, to + 1)
            out[to] = 0
            to += 1
        else:
            to = _put(letter, out, to)
    return to


@njit(inline="always")
def _bits(block):
    """One bit for each of eight bytes: whether it is not zero."""
    filled = (((block & LOW) + LOW) | block) & HIGH
    return ((filled >> np.uint64(7)) * GATHER) >> np.uint64(56)


@njit
def _edges(folded, length, out):
    """Write where the words of a folded text, which zeros follow, begin and end, in turns; return how many do."""
    count, before = 0, np.uint64(0)
    for start in range(0, length + 1, 64):
        bits = np.uint64(0)
        for part in range(8):
            bits |= _bits(_load(folded, start + 8 * part)) << np.uint64(8 * part)
        edges = bits ^ (bits << np.uint64(1) | before)
        before = bits >> np.uint64(63)
        while edges != 0:
            out[count] = start + _trailing_zeros(edges)
            edges &= edges - np.uint64(1)
            count += 1
    return count


@njit(inline="always")
def _stirred(state, block):
    state = (state ^ block) * FACTOR
    return state ^ state >> np.uint64(32)


@njit
def _hash_words(folded, edges, count, out):
    """Hash the words between the edges. Without branches up to 16 bytes: no processor foresees the length of a word."""
    for word in range(count):
        start = edges[2 * word]
        size = edges[2 * word + 1] - start
        state = np.uint64(size) * SEED
        first = FULL >> np.uint64(max(64 - 8 * size, 0))
        state = _stirred(state, _load(folded, start) & first)
        second = FULL >> np.uint64(min(max(128 - 8 * size, 0), 63))
        longer = _stirred(state, _load(folded, start + 8) & second)
        state = longer if size > 8 else state
        for at in range(16, min(size, WORD_BYTES), 8):
            rest = FULL >> np.uint64(max(64 - 8 * (size - at), 0))
            state = _stirred(state, _load(folded, start + at) & rest)
        out[word] = state


@njit(inline="always")
def _mix(key):
    key += np.uint64(0x9E3779B97F4A7C15)
    key = (key ^ key >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ key >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return key ^ key >> np.uint64(31)


@njit(inline="always")
def _slots(hashes, count, slots):
    slots[:] = EMPTY
    if count >= SHINGLE:
        for at in range(count - SHINGLE + 1):
            key = np.uint64(0)
            for offset in range(SHINGLE):
                key += hashes[at + offset] * ARTICLE_FACTORS[offset]
            key = _mix(key)
            slots[key >> np.uint64(57)] = min(slots[key >> np.uint64(57)], key << np.uint64(7))
    elif count > 0:
        key = np.uint64(0)
        for offset in range(count):
            key += hashes[offset] * ARTICLE_FACTORS[offset]
        key = _mix(key)
        slots[key >> np.uint64(57)] = key << np.uint64(7)


@njit(inline="always")
def _densify(slots, out):
    for slot in range(SLOTS):
        value, attempt = slots[slot], np.uint64(0)
        while value == EMPTY:
            picked = _mix(np.uint64(slot) * np.uint64(1 << 20) + attempt) % np.uint64(SLOTS)
            value = slots[picked]
            attempt += np.uint64(1)
        out[slot] = value >> np.uint64(33)


_BYTES = types.Array(types.uint8, 1, "C", readonly=True)
_ARGUMENTS = (_BYTES, types.int64[::1], types.uint32[::1], types.int32[:, ::1], types.uint64[::1])


def _fingerprint(source, offsets, table, signatures, sketch):
    """Fill the signature of each text, and write its sketch behind the last one's; return where each sketch ends.

    Args:
        source: uint8, all texts as UTF-8 and eight bytes more.
        offsets: int64 ``[n + 1]``, where each text begins.
        table: uint32, `words.folding`.
        signatures: int32 ``[n, SLOTS]``, all -1; or of no rows, to make sketches alone.
        sketch: uint64 of at least one for two bytes of source; or of length 0, to make signatures alone.
    """
    number = len(offsets) - 1
    longest = 0
    for text in range(number):
        longest = max(longest, offsets[text + 1] - offsets[text])
    folded = np.zeros(2 * longest + 96, np.uint8)
    edges = np.zeros(2 * longest + 8, np.int64)
    hashes = np.zeros(longest + 8, np.uint64)
    slots = np.zeros(SLOTS, np.uint64)
    ends = np.zeros(number, np.int64)
    filled = 0
    for text in range(number):
        length = _fold(source, offsets[text], offsets[text + 1], table, folded)
        for place in range(length, length + 72, 8):
            _store(folded, place, np.uint64(0))
        count = _edges(folded, length, edges) >> 1
        _hash_words(folded, edges, count, hashes)
        if count > 0 and len(signatures) > 0:
            _slots(hashes, count, slots)
            _densify(slots, signatures[text])
        if len(sketch) > 0:
            for at in range(count - PASSAGE + 1):
                key = np.uint64(0)
                for offset in range(PASSAGE):
                    key += hashes[at + offset] * PASSAGE_FACTORS[offset]
                key = _mix(key)
                sketch[filled] = key
                filled += key >> RATE_BITS == 0
        ends[text] = filled
    return ends


fingerprint = compiled(_fingerprint, types.int64[::1](*_ARGUMENTS), nogil=True)
