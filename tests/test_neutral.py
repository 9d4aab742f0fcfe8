"""Keys of names and numbers: shared across languages and scripts, by property, and as a slow twin computes them."""

import re
import unicodedata
from collections import Counter

import numpy as np
import polars as pl
import pytest
from anyascii import anyascii
from hypothesis import given
from hypothesis import strategies as st

from provtrace.scoring import neutral, similarity
from provtrace.scoring.minhash import mix
from provtrace.scoring.neutral import FEW_KEYS, MOST_KEYS, neutral_keys


def each(*texts):
    keys, rows = neutral_keys(pl.Series(texts, dtype=pl.String))
    return [keys[rows == row].tolist() for row in range(len(texts))]


def shared(left, right):
    one, other = each(left, right)
    return set(one) & set(other)


# --- across languages -------------------------------------------------------------------------------

MAYOR = "On Monday the mayor of Sarajevo answered Milanovic: Tehran, London and Beijing had sent 1,250 letters."


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Am Montag antwortete der Bürgermeister von Sarajevo Herrn Milanović: Teheran und London schickten", 4),
        ("U ponedjeljak je gradonačelnik Sarajeva odgovorio Milanoviću: Teheran i London poslali su", 3),
        ("У понедељак је градоначелник града Сарајево одговорио: Милановић, Техеран и Лондон послали су", 3),
        ("В понедельник мэр города Сараево ответил: Миланович, Тегеран и Лондон прислали", 2),
        ("Τη Δευτέρα ο δήμαρχος στο Σαράγεβο απάντησε στον Μιλάνοβιτς, το Λονδίνο έστειλε", 2),
        ("Të hënën kryebashkiaku i Sarajevës iu përgjigj Milanoviçit, kurse Teherani dhe Londra dërguan", 2),
        ("Pazartesi günü Belediye Başkanı Milanoviç yanıt verdi, dün Tahran ile Londra gönderdi", 2),
        ("وفي يوم الاثنين رد رئيس بلدية سراييفو على ميلانوفيتش بأن طهران ولندن أرسلتا", 2),
        ("सोमवार को साराजेवो के मेयर ने मिलानोविक को उत्तर दिया कि तेहरान और लंदन ने भेजे", 3),
        ("月曜日、サラエボの市長はミラノビッチ氏に答え、テヘランとロンドンから届いた", 3),
        ("星期一，市长回答说，从北京寄来了", 1),
    ],
)
def test_a_translation_shares_names_and_the_number(text, names):
    found = shared(MAYOR, f"{text} 1250.")
    assert set(each("1250")[0]) <= found
    assert len(found) >= names + len(each("1250")[0])


@pytest.mark.parametrize("name", ["Вучић", "Vučić", "Vuçiç", "Vucic", "Βούτσιτς", "VUČIĆ", "Vuc\u030cic\u0301"])
def test_spellings_of_one_name_meet(name):
    assert shared("says Vučić", f"x {name}")


@pytest.mark.parametrize(
    "number", ["1,200", "1.200", "1 200", "1\u00a0200", "1’200", "1200", "١٬٢٠٠", "١٢٠٠", "१,२००", "１２００", "1200,0"]
)
def test_a_number_is_one_however_it_is_written(number):
    assert shared("1200", f"about {number} of")


def test_millions_in_words_meet_millions_in_digits():
    assert shared("1.5 million", "1 500 000") == shared("150万", "1,5 Mio.") == shared("1,5", "1500000") != set()


@pytest.mark.parametrize("text", ["", "They saw it. When? “Not now”, we said", "5 of 7", "a\0b", "\u0301\u0301"])
def test_what_says_nothing_has_no_keys(text):
    assert each(text) == [[]]


def test_a_name_that_opens_a_sentence_counts_where_it_stands_within_one():
    assert each("Maybe. Maybe")[0] == []
    assert each("Maybe. Then Maybe") == each("in Maybe")


def test_long_words_fill_up_texts_of_few_names_only():
    few, long = " ".join(NAMES[:4]), " and ".join(name.lower() + "tion" for name in NAMES)
    assert len(each(f"of {long}")[0]) == FEW_KEYS
    many = " ".join(NAMES)
    assert each(f"of {many} {long}") == each(f"of {many}")
    assert set(each(f"of {few}")[0]) < set(each(f"of {few} {long}")[0])


NAMES = [
    f"{a}{b}{c}" for a in ("Bar", "Del", "Gom", "Kus") for b in ("an", "et", "il", "os") for c in ("ma", "ri", "ko")
]


def test_two_texts_of_many_names_keep_the_same_ones():
    names = [name + end for name in NAMES for end in ("n", "s", "t", "p")]
    one, other = each("of " + " ".join(names), "of " + " ".join(reversed(names)))
    assert one == other
    assert len(one) == MOST_KEYS


def test_keys_are_frozen():
    assert each("near Sarajevo, 1,200 of") == [GOLDEN]


GOLDEN = [7219929608676025025, 14404279436068450213, 16520107207520899942, 16879132513914162421, 17214232768678985100]


# --- laws ---------------------------------------------------------------------------------------------

LETTERS = "aAbcČćdhjJkMnNtTxzŠßжЖПрДдоΜμπΝτΣςάاالوفبمدسעוהבשकमोंदेটাქართ트럼프トランプー習近平北京のを0123١२３"
SIGNS = "  \n.,:'“”«»!¿\u0301\u030c\u200d\u00a0-\0"
WORDS = st.text(st.sampled_from(LETTERS), max_size=12)
TEXTS = st.lists(st.one_of(WORDS, st.text(st.sampled_from(LETTERS + SIGNS), max_size=40), st.sampled_from(NAMES)))
ARTICLES = st.lists(TEXTS.map(" ".join), max_size=6)


@given(ARTICLES, st.integers(0, 6))
def test_the_keys_of_a_text_depend_on_that_text_alone(texts, at):
    assert each(*texts) == each(*texts[:at]) + each(*texts[at:])


@given(ARTICLES)
def test_keys_are_distinct_ascending_and_by_row(texts):
    keys, rows = neutral_keys(pl.Series(texts, dtype=pl.String))
    assert (keys.dtype, rows.dtype) == (np.uint64, np.int64)
    assert sorted(set(zip(rows.tolist(), keys.tolist(), strict=True))) == list(
        zip(rows.tolist(), keys.tolist(), strict=True)
    )
    assert max(Counter(rows.tolist()).values(), default=0) <= MOST_KEYS


@given(ARTICLES)
def test_the_slow_twin_agrees(texts):
    assert each(*texts) == [twin(text) for text in texts]


def test_nulls_and_nothing():
    keys, rows = neutral_keys(pl.Series([None, "in Paris", None], dtype=pl.String))
    assert set(rows.tolist()) == {1}
    assert len(keys) == len(rows)
    assert [len(part) for part in neutral_keys(pl.Series([], dtype=pl.String))] == [0, 0]


@pytest.mark.parametrize(
    "unit", ["A", "a", "1", "字", "ا", "ア", "1 ", "1.", ". ", ".A", "Aa\u0301", "\u0301", "\0", "Abc. "]
)
def test_a_megabyte_of_one_thing_is_a_few_keys(unit):
    assert len(each("x " + unit * (1_000_000 // len(unit)))[0]) <= 4


# --- the slow twin --------------------------------------------------------------------------------------


def kind(char):
    name = unicodedata.name(char, "")
    script = next((s for s in ("HIRAGANA", "KATAKANA", "GEORGIAN") if name.startswith(s)), "")
    return "HAN" if name.startswith("CJK UNIFIED") else script, unicodedata.category(char)


def of(text, test):
    """A class of an expression: the characters of the text that pass."""
    return "[" + "".join(re.escape(char) for char in sorted(set(text)) if test(*kind(char))) + "\ue000]"


def twin(text):
    letter = of(text, lambda _, category: category[0] in "LM")
    capital = of(text, lambda _, category: category == "Lu")
    cased = of(text, lambda _, category: category in ("Lu", "Ll") or category[0] == "M")
    uncased = of(text, lambda script, category: script == "GEORGIAN" or (category == "Lo" and script == ""))
    inner = of(
        text + "\u200c\u200d",
        lambda script, category: (
            script == "GEORGIAN" or category in ("Cf",) or category[0] == "M" or (category == "Lo" and script == "")
        ),
    )
    katakana = of(text, lambda script, _: script == "KATAKANA")
    han = of(text, lambda script, _: script == "HAN")
    names = [
        m for m in re.findall(rf'(?:[\n.!?:…“”"«»„¿¡]\s*)?{capital}{letter}{{2,}}', "\n" + text) if re.match(capital, m)
    ]
    found = [("sure", key) for name in names for key in (*spelled(name), *sounded(name))]
    found += [("sure", key) for run in re.findall(rf"{katakana}{{3,}}", text) for key in sounded(run)]
    found += [
        ("sure", (3, digits))
        for run in re.findall(r"\d+(?:[.,'’\u066b\u066c \u00a0\u2009\u202f]\d+)*", text)
        for digits in numbers(run)
    ]
    found += [("word", key) for run in re.findall(rf"{uncased}{inner}{{2,}}", text) for key in sounded(run)]
    found += [
        ("word", key)
        for run in re.findall(rf"{han}{{2,}}", text)
        for at in range(len(run) - 1)
        for key in spelled(run[at : at + 2])
    ]
    longs = [
        run for run in re.findall(rf"{cased}{{8,}}", text) if kind(run[0])[1] == "Ll" and kind(run[0])[0] != "GEORGIAN"
    ]
    found += [("long", key) for run in longs for key in spelled(run)]
    return chosen(found)


def chosen(found):
    order = {"sure": 0, "word": 1, "long": 2}
    times, surest = Counter(), {}
    for tier, code in found:
        key = hashed(*code)
        times[key] += 1
        surest[key] = min(surest.get(key, 2), order[tier])
    ranked = sorted(times, key=lambda key: (surest[key], -times[key], key))
    return sorted(key for at, key in enumerate(ranked) if at < (FEW_KEYS if surest[key] == 2 else MOST_KEYS))


def hashed(tag, value):
    number = value if isinstance(value, int) else int.from_bytes(value.encode(), "little")
    return int(mix(np.array([tag << 60 | number], dtype=np.uint64))[0])


def latin(word):
    return re.sub("[^a-z]", "", anyascii(word).lower())


def spelled(word):
    letters = latin(unicodedata.normalize("NFC", word[: neutral.WORD]))[:6]
    return {(1, letters)} if len(letters) >= 3 else set()


def sounded(word):
    word = replaced(unicodedata.normalize("NFC", word[: neutral.WORD]), neutral._SCRIPTS)
    sounds = [replaced(letters, neutral._SOUNDS)[:6] for letters in {latin(word), latin(word).replace("j", "z")}]
    return [(2, letters) for letters in sounds if len(letters) >= 3]


def replaced(word, table):
    for expression, replacement in table:
        expression = re.sub(r"\\x\{([0-9A-F]{4})\}", r"\\u\1", expression)
        word = re.sub(expression, replacement.replace("${1}", r"\1"), word)
    return word


def numbers(run):
    every = {number.lstrip("0")[:18] for number in similarity.numbers(run)}
    return {int(digits) for digits in every | {digits.rstrip("0") for digits in every} if len(digits) > 1}
