"""The band keys of each view, and the sketches of articles."""

from datetime import timedelta

import polars as pl
from strategies import at, rows, story_of

from provtrace.settings import Settings
from provtrace.stages.fingerprint import credit_bands, passage_bands, sketch, text_bands
from provtrace.tables import BAND_KINDS, SENTENCES

SETTINGS = Settings()


# --- bands ------------------------------------------------------------------------------------------


def sentences(**articles):
    listed = [
        (name, number, 0, len(text), "en", "body", text)
        for name, texts in articles.items()
        for number, text in enumerate(texts)
    ]
    return pl.DataFrame(listed, schema=SENTENCES, orient="row")


def passages(**articles):
    return passage_bands(sketch(sentences(**articles), SETTINGS), SETTINGS)


def of_kind(name):
    return pl.col("kind") == BAND_KINDS.index(name)


def shared_buckets(bands, kind):
    of = {name: set(frame["bucket"]) for (name,), frame in bands.filter(of_kind(kind)).group_by("article_id")}
    return of["a"] & of["b"]


def test_a_key_stands_once_an_article_however_often_its_sentence_does():
    text = "The harbour office closed the northern lock on Tuesday."
    twice, often = passages(a=[text] * 2), passages(a=[text] * 50)
    assert rows(twice) == rows(often)
    assert often.is_unique().all()


def test_surface_bands_find_one_shared_passage_wherever_it_stands():
    shared = "Engineers from Malverin expect that the repair of the northern lock and its two gates takes nine days."
    ours = [story_of(12, seed) for seed in range(20)]
    theirs = [story_of(12, seed) for seed in range(50, 70)]
    with_it = passages(a=[*ours, shared], b=[shared, *theirs])
    without = passages(a=ours, b=theirs)
    assert len(shared_buckets(with_it, "passage")) >= 2
    assert not shared_buckets(without, "passage")


def test_a_sketch_has_each_key_once_in_order_and_every_article_has_one():
    made = sketch(
        sentences(a=[story_of(12, seed) for seed in range(20)] * 2, b=["Five words stand here."], c=["No."]), SETTINGS
    )
    assert made["article_id"].to_list() == ["a", "b", "c"]
    assert all(keys == sorted(set(keys)) for keys in made["keys"].to_list())
    assert made["keys"].list.len().to_list()[0] > 20
    assert made["keys"].list.len().to_list()[2] == 0


def test_neutral_bands_carry_names_and_numbers_over_languages_and_scripts():
    bands = text_bands(
        sentences(a=["Anna Malverin paid 4,750 crowns."], b=["Анна Малверин заплатила 4 750 крон."]), SETTINGS
    )
    assert len(shared_buckets(bands, "neutral")) >= 3


def test_credit_lines_and_boilerplate_have_no_text_bands():
    frame = sentences(a=["The harbour office closed the northern lock on Tuesday."])
    for role in ("credit", "boilerplate"):
        left_out = frame.with_columns(role=pl.lit(role))
        assert text_bands(left_out, SETTINGS).is_empty()
        assert sketch(left_out, SETTINGS).is_empty()


def test_only_the_views_that_are_asked_for():
    frame = sentences(a=["The harbour office in Malverin closed the lock on Tuesday with 4,750 barrels."])
    assert set(text_bands(frame, Settings(views=("surface",)))["kind"]) == {BAND_KINDS.index("article")}
    assert set(text_bands(frame, Settings(views=("neutral",)))["kind"]) == {BAND_KINDS.index("neutral")}
    assert text_bands(frame, Settings(views=("semantic",))).is_empty()


def test_credits_meet_on_the_same_and_the_next_day_only():
    def credit(name, agency, role, moment):
        return {"article_id": name, "agency": agency, "role": role, "published_at": moment}

    noon = at(12)
    frame = pl.DataFrame(
        [
            credit("a", "reuters", "tail", noon), credit("b", "reuters", "byline", noon + timedelta(days=1)),
            credit("c", "reuters", "dateline", noon + timedelta(days=2)), credit("d", "afp", "tail", noon),
            credit("e", "reuters", "image", noon), credit("f", None, "tail", noon),
            credit("g", "reuters", "tail", None),
        ],
        schema_overrides={"published_at": pl.Datetime("us", "UTC")},
    )  # fmt: skip
    bands = credit_bands(frame, SETTINGS)
    buckets = {name: set(part["bucket"]) for (name,), part in bands.group_by("article_id")}
    assert set(buckets) == set("abcd")
    assert buckets["a"] & buckets["b"]
    assert buckets["b"] & buckets["c"]
    assert not buckets["a"] & buckets["c"]
    assert not buckets["d"] & (buckets["a"] | buckets["b"] | buckets["c"])
