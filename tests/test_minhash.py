"""Signatures and sketches: a slow oracle in plain integers, both fast ways against it, and what they estimate."""

import random
import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from strategies import WORD_LISTS, story_of

from provtrace.errors import InputError
from provtrace.scoring import kernels, minhash, words
from provtrace.scoring.compiled import compiled
from provtrace.scoring.minhash import jaccard, signatures, sketches

MASK = 2**64 - 1
# All of Unicode, but most of all the characters that the two fast ways treat apart.
TRICKY = st.sampled_from(
    "aZ09 _-'.\n\t\x00\x7f\x80éÉßẞİıſÅ\u030a\u0301\u00ad\u200d\u0640ǅȺαΆжЁשּׁحأ٣५कि漢字かガ\u3099"
    "ไทยမြန်ខ្មែར한ﬁ½²𝔘𠀋😀𐐀\ud800\udfff\U0010ffff"
)
TEXTS = st.text(st.one_of(TRICKY, st.characters()), max_size=80)
LISTS = st.lists(st.one_of(TEXTS, WORD_LISTS.map(" ".join), st.integers(0, 300).map(lambda n: story_of(n, n))))


@pytest.fixture(params=["numpy", "compiled"])
def way(request, monkeypatch):
    """Either way to compute the same."""
    monkeypatch.setattr(minhash, "_asked", -(10**12) if request.param == "numpy" else 10**12)
    return request.param


@pytest.fixture
def ways(monkeypatch):
    """Run a function both ways."""

    def both(function):
        found = []
        for asked in (-(10**12), 10**12):
            monkeypatch.setattr(minhash, "_asked", asked)
            found.append(function())
        return found

    return both


# --- the oracle: slow, in plain integers ------------------------------------------------------------


def plain_mix(key):
    key = (key + 0x9E3779B97F4A7C15) & MASK
    key = ((key ^ (key >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    key = ((key ^ (key >> 27)) * 0x94D049BB133111EB) & MASK
    return key ^ (key >> 31)


def plain_words(text):
    """Folded words as bytes."""
    spaced = ""
    for char in text:
        entry = int(words.folding()[min(ord(char), words.CODES - 1)])
        letter = chr(entry % words.UNSPACED)
        spaced += {words.SEPARATOR: " ", words.IGNORED: ""}.get(entry, f" {letter} " if entry > 2**31 else letter)
    return [word.encode() for word in spaced.split(" ") if word]


def plain_hash(word):
    result = len(word) * 0x9E3779B97F4A7C15 & MASK
    for start in range(0, min(len(word), 64), 8):
        result = (result ^ int.from_bytes(word[start : start + 8], "little")) * 0xD6E8FEB86659FD93 & MASK
        result ^= result >> 32
    return result


def plain_shingles(text, factors):
    hashes = [plain_hash(word) for word in plain_words(text)]
    size = min(len(factors), len(hashes))
    runs = [hashes[start : start + size] for start in range(len(hashes) - size + 1)] if size else []
    return [plain_mix(sum(h * int(f) for h, f in zip(run, factors, strict=False)) & MASK) for run in runs]


def plain_signature(text):
    """The least key of each of 128 bins, by the seven high bits; empty bins ask bin after bin that a hash names."""
    bins = {}
    for key in plain_shingles(text, minhash.ARTICLE_FACTORS):
        bins.setdefault(key >> 57, []).append((key << 7) & MASK)
    if not bins:
        return [-1] * 128
    slots = []
    for number in range(128):
        attempt, donor = 0, number
        while donor not in bins:
            donor = plain_mix(number * 2**20 + attempt) % 128
            attempt += 1
        slots.append(min(bins[donor]) >> 33)
    return slots


def plain_sketch(text):
    return [key for key in plain_shingles(text, minhash.PASSAGE_FACTORS) if key < 2**62 and len(plain_words(text)) > 2]


@given(st.lists(st.integers(0, MASK), max_size=20))
def test_mix_is_splitmix(keys):
    assert minhash.mix(np.array(keys, np.uint64)).tolist() == [plain_mix(key) for key in keys]


def check(texts):
    assert signatures(texts).tolist() == [plain_signature(text) for text in texts]
    keys, offsets = sketches(texts)
    assert [keys[a:b].tolist() for a, b in pairwise(offsets)] == [*map(plain_sketch, texts)]


@hypothesis_settings(max_examples=60)
@given(LISTS)
def test_both_ways_equal_the_oracle(texts):
    before = minhash._asked
    for asked in (-(10**12), 10**12):
        minhash._asked = asked
        check(texts)
    minhash._asked = before


def test_every_character_folds_alike_both_ways(ways):
    plane = [chr(code) for code in range(0x20000)] + [chr(code) for code in range(0x20000, 0x110000, 977)]
    texts = ["".join(plane[start : start + 50]) for start in range(0, len(plane), 50)]
    one, other = ways(lambda: signatures(texts))
    assert np.array_equal(one, other)


def test_long_batches_are_cut_and_put_together(ways, monkeypatch):
    monkeypatch.setattr(minhash, "CHUNK", 500)
    texts = [story_of(size % 90, size) for size in range(200)]
    for made in (lambda: signatures(texts), lambda: signatures(texts, threads=3)):
        one, other = ways(made)
        assert np.array_equal(one, other)
        assert one.tolist() == [plain_signature(text) for text in texts]
    for keys, offsets in ways(lambda: sketches(texts)):
        assert len(offsets) == 201
        assert keys.tolist() == [key for text in texts for key in plain_sketch(text)]


class Stale:
    """A kernel as numba's cache may hand it out: compiled with other constants, until it is compiled anew."""

    def __init__(self, kernel):
        self.kernel, self.shift = kernel, 1

    def __call__(self, source, begins, table, signed, keys):
        ends = self.kernel(source, begins, table, signed, keys)
        signed += self.shift
        return ends

    def recompile(self):
        self.shift = 0


def test_a_kernel_compiled_with_other_constants_is_compiled_anew(monkeypatch):
    minhash._kernel.cache_clear()
    monkeypatch.setattr(kernels, "fingerprint", Stale(kernels.fingerprint))
    assert minhash._kernel().shift == 0
    minhash._kernel.cache_clear()


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(monkeypatch):
    def nowhere(*_, **__):
        raise RuntimeError("cannot cache function 'twice': no locator available for file 'x.py'")

    def twice(number):
        return 2 * number

    monkeypatch.setattr("numba.core.caching.CacheImpl.__init__", nowhere)
    assert compiled(twice)(21) == 42


# --- what they promise ------------------------------------------------------------------------------


def test_signatures_are_int32_and_follow_their_texts(way):
    texts = [story_of(50, seed) for seed in range(6)] + ["", "word"]
    order = [3, 7, 0, 6, 1, 5, 2, 4]
    result = signatures(texts)
    assert result.dtype == np.int32
    assert result.shape == (8, 128)
    assert np.array_equal(signatures([texts[place] for place in order]), result[order])
    assert signatures([]).shape == (0, 128)
    assert sketches([])[1].tolist() == [0]


@pytest.mark.parametrize("text", ["", " \n", "*** ... !", "—“”", "\u0301\u200d", "\ud800", "😀"])
def test_texts_without_words_match_nothing(text, way):
    empty, word = signatures([text, "word"])
    assert (empty == -1).all()
    assert jaccard(empty, empty) == jaccard(empty, word) == 0.0
    assert jaccard(word, word) == 1.0


def test_tiny_texts_match_only_their_like(way):
    one, other, same = signatures(["Yes.", "No.", "yes"])
    assert jaccard(one, same) == 1.0
    assert jaccard(one, other) < 0.05


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Der Bürgermeister sprach, endlich, am Café.", "der BÜRGERMEISTER sprach endlich am café"),
        ("ΑΘΗΝΑ Ένα πλοίο", "αθηνα ένα πλοίο"),
        ("Вучић је рекао", "ВУЧИЋ ЈЕ РЕКАО"),
        ("فِي المَدِينَةِ", "في المدينة"),
        ("İstanbul 2024", "istanbul ٢٠٢٤"),
        ("soft\u00adhyphen", "softhyphen"),
        ("Ｆｕｌｌ ｗｉｄｔｈ", "full width"),
    ],
)
def test_case_accents_points_and_digits_do_not_matter(one, other, way):
    made = signatures([one, other, unicodedata.normalize("NFD", one), unicodedata.normalize("NFC", other)])
    assert (made == made[0]).all()


def test_scripts_without_blanks_have_a_word_a_character(way):
    together, apart, other = signatures(["北の港を出た船は", "北 の 港 を 出 た 船 は", "北の港を出た車は"])
    assert jaccard(together, apart) == 1.0
    assert 0.0 < jaccard(together, other) < 0.9
    assert len(plain_words("เรือออกจากท่า")) > 5


def test_half_width_katakana_are_katakana():
    assert plain_words("ｶﾀｶﾅ") == plain_words("カタカナ") == [letter.encode() for letter in "カタカナ"]


def test_letters_that_are_words_take_three_bytes_or_more():
    """The compiled kernel's buffers have room for five bytes in place of three."""
    alone = np.flatnonzero(words.folding() >= words.UNSPACED)
    assert len(alone) > 20_000
    assert alone.min() >= 0x800
    assert (words.folding()[alone] - words.UNSPACED).min() >= 0x800


def test_hostile_texts_end(way):
    texts = ["a" * 3_000_000, "\u0301" * 300_000, "漢" * 300_000, "a\ud800" * 200_000, "\x00" * 10_000, "é" * 999_999]
    made = signatures(texts)
    assert (made[[1, 4]] == -1).all()
    assert (made[[0, 2, 3, 5]] >= 0).all()
    assert jaccard(*signatures(["x" * 70 + "1", "x" * 70 + "22"])) < 0.05  # the length tells them apart


@pytest.mark.parametrize("wrong", ["a text", None, [None], [b"bytes"], ["fine", 3]])
@pytest.mark.parametrize("function", [signatures, sketches])
def test_what_is_no_list_of_texts_is_refused(function, wrong):
    with pytest.raises(InputError, match="list of texts"):
        function(wrong)


def test_no_thread_is_refused():
    with pytest.raises(InputError, match="threads"):
        signatures(["word"], threads=0)


GOLDEN = {
    "The ferry left the northern harbour before dawn, officials said.": (
        879046661,
        1199755161,
        1199755161,
        963101358,
        1273418233,
    ),
    "Паром вышел из северной гавани до рассвета, сообщили чиновники.": (
        1500224030,
        1937917239,
        2061047636,
        1500224030,
        2061047636,
    ),
    "渡船は夜明け前に北の港を出た。": (1857238222, 1317935511, 666906699, 1346817813, 1211991744),
    "غادرت العبّارة المرفأ الشمالي قبل الفجر": (772880151, 772880151, 1922290832, 772880151, 772880151),
    "Der Fährhafen öffnet um 6:30 Uhr – außer sonntags.": (1890964526, 2045414763, 1164100750, 317931735, 1890964526),
}


@pytest.mark.parametrize(("text", "slots"), GOLDEN.items())
def test_golden_signatures(text, slots, way):
    """Signatures may be stored: a change of these is a change of format."""
    assert tuple(signatures([text])[0][[0, 1, 2, 64, 127]].tolist()) == slots


# --- what they estimate -----------------------------------------------------------------------------


def test_signatures_estimate_jaccard_as_well_as_datasketch():
    """As written: RMSE .029 and bias +.001, datasketch .038 and +.003."""
    pairs = [related_texts(seed) for seed in range(300)]
    exact = np.array([exact_jaccard(one, other) for one, other in pairs])
    assert exact.min() < 0.05
    assert exact.max() > 0.9
    ours = np.array([jaccard(*signatures(pair)) for pair in pairs]) - exact
    theirs = np.array([datasketch_jaccard(one, other) for one, other in pairs]) - exact
    rmse, peer = np.sqrt((ours**2).mean()), np.sqrt((theirs**2).mean())
    assert rmse < 0.036
    assert rmse < 1.3 * peer
    assert abs(ours.mean()) < 0.005


def test_sketches_estimate_containment():
    """A sketch of one in four: of 400 shingles half shared, the standard error is .05."""
    errors = []
    for seed in range(100):
        whole = story_of(400, seed).split()
        mixed = " ".join(whole[:200] + story_of(200, seed + 1000).split())
        keys, offsets = sketches([" ".join(whole), mixed])
        one, other = set(keys[: offsets[1]].tolist()), set(keys[offsets[1] :].tolist())
        errors.append(len(one & other) / len(one) - exact_containment(" ".join(whole), mixed))
    assert abs(np.mean(errors)) < 0.015
    assert np.std(errors) < 0.06


def related_texts(seed):
    """Two texts of 150 to 500 words that share a run of them."""
    chooser = random.Random(seed)
    story = story_of(chooser.randrange(150, 500), seed).split()
    kept = int(len(story) * chooser.random())
    return " ".join(story), " ".join(story[:kept] + story_of(len(story) - kept, seed + 100_000).split())


def word_shingles(text, size=5):
    split = text.split()
    return {" ".join(split[start : start + size]) for start in range(len(split) - size + 1)}


def exact_jaccard(one, other):
    one, other = word_shingles(one), word_shingles(other)
    return len(one & other) / len(one | other)


def exact_containment(one, other):
    one, other = word_shingles(one, 3), word_shingles(other, 3)
    return len(one & other) / len(one)


def datasketch_jaccard(*texts):
    one, other = (MinHash(num_perm=128, seed=1) for _ in texts)
    for sketch, text in ((one, texts[0]), (other, texts[1])):
        sketch.update_batch([shingle.encode() for shingle in word_shingles(text)])
    return one.jaccard(other)
