"""Verdicts on pairs, by behaviour: small articles made by hand, ten sentences of a hundred characters each."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from strategies import alignments, at, compared, profile, profiles, unit

from provtrace.settings import Settings
from provtrace.stages.relate import relate
from provtrace.tables import DIRECTED, RELATION_KINDS, UNDIRECTED, VERDICTS

SETTINGS = Settings()


def same_text(sentences=range(10), **given):
    """The units of two articles that share those sentences word for word."""
    return [unit("a", "b", [i], [i], **given) for i in sentences]


def judge(units, left=None, right=None, settings=SETTINGS):
    """The one verdict on articles a and b, or None."""
    described = profiles([profile("a", **(left or {})), profile("b", **(right or {}))])
    found = relate(compared(alignments(units), described), settings).to_dicts()
    assert len(found) <= 1
    return found[0] if found else None


REUTERS = {"own_agency": "reuters", "claims": ["reuters"]}
CREDITS = {"claims": ["reuters"]}


def test_the_agencys_own_text_is_the_source_of_what_credits_it():
    for left, right, source in ((REUTERS, CREDITS, "a"), (CREDITS, REUTERS, "b")):
        found = judge(same_text(), left, right)
        assert found["relation"] == "copy"
        assert found["source_id"] == source
        assert found["direction_probability"] > 0.9
        assert found["reasons"]


def test_two_texts_that_credit_one_agency_are_siblings():
    found = judge(same_text(), CREDITS, CREDITS)
    assert found["relation"] == "co_derived"
    assert found["source_id"] is None


def test_without_evidence_the_direction_stays_open():
    found = judge(same_text())
    assert found["probability"] > 0.9
    assert found["source_id"] is None
    assert found["direction_probability"] < SETTINGS.min_direction


@pytest.mark.parametrize("precision", ["minute", "day", "month"])
@pytest.mark.parametrize("outlets", [("Gazette", "Courier"), (None, None)])
def test_time_alone_never_decides(precision, outlets):
    dated = [{"published_at": at(1, day), "published_precision": precision, "dated": True, "outlet": outlet}
             for day, outlet in zip((1, 30), outlets, strict=True)]  # fmt: skip
    for left, right in (dated, dated[::-1]):
        found = judge(same_text(), left, right)
        assert found["source_id"] is None
        assert found["direction_probability"] < SETTINGS.min_direction


def test_a_date_that_only_a_crawl_store_gave_weighs_less():
    def sure(dated):
        sides = [{"published_at": at(1, day), "published_precision": "day", "dated": dated} for day in (1, 9)]
        return judge(same_text(), *sides)["direction_probability"]

    assert 0.5 < sure(False) < sure(True)


def test_one_outlets_later_version_is_a_revision():
    sides = [
        {"published_at": at(hour), "published_precision": "minute", "dated": True, "outlet": "Gazette"}
        for hour in (9, 12)
    ]
    found = judge(same_text(), *sides)
    assert (found["relation"], found["source_id"]) == ("revision", "a")


def test_quotations_alone_are_no_derivation():
    """However many: who speaks is the source."""
    found = judge(same_text(kind="shared_quote", quoted=0.95, quote_run=15), REUTERS, CREDITS)
    assert found["relation"] == "shared_quote"
    assert found["source_id"] is None


def test_headings_alone_say_nothing():
    found = judge(same_text(range(2), kind="heading"), REUTERS, CREDITS)
    assert found is None or found["relation"] in UNDIRECTED


def test_weak_matches_out_of_order_are_no_derivation():
    """Two reports of one event: similar sentences, here and there, in another order."""
    weak = {
        "kind": "paraphrase",
        "probability": 0.3,
        "evidence": 0.8,
        "run": 2,
        "edit": 0.2,
        "chrf": 0.3,
        "anchors": 0.2,
    }
    found = judge([unit("a", "b", [i], [9 - 2 * i], **weak) for i in range(4)], REUTERS, CREDITS)
    assert found is None or found["relation"] not in DIRECTED


def test_a_translation_says_so():
    translated = {"kind": "translation", "run": 0, "edit": 0.05, "chrf": 0.2, "anchors": 0.3, "evidence": 4.0}
    found = judge(same_text(**translated), REUTERS, {"language": "fr", "claims": ["reuters"], "translated": True})
    assert (found["relation"], found["source_id"]) == ("translation", "a")


TRANSLATED = {"kind": "translation", "run": 0, "edit": 0.05, "chrf": 0.2, "anchors": 0.3, "evidence": 4.0}
JAPANESE = {"language": "ja"}  # of which no usual length is known


def of_lengths(left, right, count=10):
    """The units of a text and its translation, each sentence as long as told, in bodies of nothing else."""
    sizes = (("left", left), ("right", right))
    units = [
        unit("a", "b", [i], [i], **TRANSLATED)
        | {f"{side}_start": i * size for side, size in sizes}
        | {f"{side}_end": (i + 1) * size for side, size in sizes}
        for i in range(count)
    ]
    return units, {"language": "en", "body": count * left}, {"language": "de", "body": count * right}


@pytest.mark.parametrize(
    ("roles", "relation"), [(("dateline", "tail"), "co_derived"), (("dateline", "dateline"), "translation")]
)
def test_language_tells_of_two_that_credit_a_third_only_where_one_handed_the_credit_on(roles, relation):
    sides = [{"claims": ["reuters"], "claim_roles": [role]} for role in roles]
    for home, source in ((3.0, "a"), (-3.0, "b")):
        found = judge(same_text(home=home, **TRANSLATED), sides[0], {**JAPANESE, **sides[1]})
        assert (found["relation"], found["source_id"]) == (relation, source if relation == "translation" else None)


@pytest.mark.parametrize(("home", "source"), [(2.0, "a"), (-2.0, "b"), (0.6, None), (0.0, None), (None, None)])
def test_a_story_comes_from_where_it_is_at_home(home, source):
    found = judge(same_text(home=home, **TRANSLATED), right=JAPANESE)
    assert found["source_id"] == source
    assert source is None or any(f"at home in {'en' if home > 0 else 'ja'}" in why for why in found["reasons"])


def test_the_longer_of_two_whole_texts_is_the_translation():
    """German needs some 13 percent more than English: the same length speaks for a German original."""
    assert judge(*of_lengths(1000, 1126))["source_id"] is None
    assert judge(*of_lengths(1000, 1020))["source_id"] == "b"
    longer = judge(*of_lengths(1000, 1250))
    assert longer["source_id"] == "a"
    assert any("b is 10% longer than its language needs" in why for why in longer["reasons"])


def test_length_tells_nothing_of_an_adaptation():
    """Who takes a part of a text, or adds to it, also shortens what he takes."""
    units, left, right = of_lengths(1000, 1400)
    assert judge(units, left, right)["rendered"] != 0.0
    assert judge(units, {**left, "body": 15_000}, right)["rendered"] == 0.0


@pytest.mark.parametrize(("right_fit", "source"), [(0.2, "a"), (0.6, "b")])
def test_where_a_passage_is_a_stranger_it_is_from_elsewhere_though_it_is_at_home_in_the_language(right_fit, source):
    units = same_text(home=-3.0, left_fit=0.65, right_fit=right_fit, **TRANSLATED)
    found = judge(units, {"body": 1_500}, {**JAPANESE, "body": 1_500})
    assert found["source_id"] == source
    assert (found["rendered"] == 0.0) == (source == "a")


def test_whose_story_it_is_gives_way_to_an_agencys_own_text():
    found = judge(same_text(home=-2.0, **TRANSLATED), REUTERS, {**JAPANESE, **CREDITS})
    assert found["source_id"] == "a"


def test_little_of_a_long_article_is_partial_reuse():
    found = judge(same_text(range(3)), REUTERS, {"claims": ["reuters"], "body": 3_000})
    assert (found["relation"], found["source_id"]) == ("partial_reuse", "a")


def test_what_the_caller_asks_for_is_asked():
    strict = Settings(min_probability=1.0)
    assert judge(same_text(), REUTERS, CREDITS, strict)["relation"] == "unresolved"
    undirected = judge(same_text(), REUTERS, CREDITS, Settings(min_direction=1.0))
    assert undirected["source_id"] is None


def test_more_shared_text_is_more_probable():
    found = [judge(same_text(range(count))) for count in (5, 7, 10)]
    probabilities = [row["probability"] for row in found]
    assert probabilities == sorted(probabilities)
    assert found[-1]["left_share"] == pytest.approx(1.0)


# --- what is shared and not derived ---

EVENT = {
    "kind": "paraphrase", "probability": 0.1, "csls": 0.48, "chrf": 0.37, "edit": 0.1, "anchors": 0.2, "names": 0.2,
    "numbers": 0.0, "run": 2, "evidence": 1.2, "odds": 0.0,
}  # fmt: skip


def told_late(**given):
    """Units of two articles on other matters that close with one paragraph."""
    return [unit("a", "b", [i], [i], **given) for i in (8, 9)]


def test_a_paragraph_at_the_end_of_both_is_background():
    found = judge(told_late(), REUTERS, CREDITS)
    assert (found["relation"], found["source_id"]) == ("shared_background", None)
    assert any("late in both" in reason for reason in found["reasons"])


def test_the_same_paragraph_at_the_head_of_one_is_taken():
    head = [unit("a", "b", [i - 8], [i]) for i in (8, 9)]
    assert judge(head, REUTERS, CREDITS)["relation"] == "partial_reuse"


@pytest.mark.parametrize(
    ("day", "precision", "dated", "relation"),
    [
        (4, "minute", True, "shared_background"),
        (4, "day", True, "shared_background"),
        (1, "minute", True, "partial_reuse"),  # the same morning
        (4, "month", True, "partial_reuse"),  # the same day, for all that is known
        (4, "minute", False, "partial_reuse"),  # a crawl store says so
    ],
)
def test_a_story_of_days_later_may_open_like_the_first(day, precision, dated, relation):
    """Both begin with where and what it is; what else they share stands at their ends."""
    units = [unit("a", "b", [i], [i]) for i in (0, 8)]
    first, later = (
        {"published_at": at(6, date), "published_precision": precision, "dated": dated} for date in (1, day)
    )
    assert judge(units, REUTERS | first, CREDITS | later)["relation"] == relation


def test_an_article_that_is_taken_whole_is_no_background_wherever_it_stands():
    units = [unit("a", "b", [i], [i]) for i in (2, 3, 4, 5, 6, 7, 8, 9)]
    assert judge(units, REUTERS, CREDITS)["relation"] == "copy"


def test_one_close_passage_among_strangers_is_background_and_not_where_it_is_said_by_someone():
    passage = EVENT | {"csls": 0.6, "chrf": 0.55, "anchors": 0.45, "names": 0.8, "evidence": 3.0, "odds": 4.0, "run": 6}
    assert judge([unit("a", "b", [8], [7], **passage)])["relation"] == "shared_background"
    said = passage | {"quoted": 0.7, "quote_run": 6}
    assert judge([unit("a", "b", [8], [7], **said)])["relation"] == "shared_quote"


def test_two_reports_of_one_event():
    found = judge([unit("a", "b", [i], [j], **EVENT) for i, j in ((0, 3), (2, 0), (5, 8), (7, 4))])
    assert (found["relation"], found["source_id"]) == ("same_event", None)


def test_between_one_event_and_one_text_lies_what_cannot_be_told():
    """The surer the passages, the likelier a common text; on the way there nothing is said."""
    places, found = ((0, 0), (3, 3), (6, 6)), []
    for step in range(21):
        likely = EVENT | {"probability": 0.05 * step, "chrf": 0.42, "evidence": 1.5, "odds": 1.0, "csls": 0.5}
        found.append(judge([unit("a", "b", [i], [j], **likely) for i, j in places]))
    relations = [row["relation"] for row in found]
    first, last = relations.index("unresolved"), 20 - relations[::-1].index("unresolved")
    assert set(relations[:first]) == {"same_event"}
    assert set(relations[first : last + 1]) == {"unresolved"}
    assert all(0.25 <= row["probability"] < 0.5 and row["source_id"] is None for row in found[first : last + 1])
    assert set(relations[last + 1 :]) == {"partial_reuse"}


def test_a_shared_quotation_makes_no_derivation_of_two_reports():
    """Neither by itself nor by what it adds to similar sentences, however long it is."""
    own = [unit("a", "b", [i], [j], **EVENT) for i, j in ((0, 3), (2, 0), (5, 8), (7, 4))]
    quotation = unit("a", "b", [9], [9], kind="shared_quote", quoted=1.0, run=40, quote_run=40)
    in_a_sentence = unit("a", "b", [9], [9], kind="near_verbatim", quoted=0.75, run=30, quote_run=30)
    for added in (quotation, in_a_sentence):
        found = judge([*own, added], REUTERS, CREDITS)
        assert (found["relation"], found["source_id"]) == ("shared_quote", None)


# Two reporters of one evening, without a sentence in common; and what the mayor said to both.
FIRST = (
    "The council of Havelmark voted on Tuesday night to close the old iron bridge to lorries from May. {}"
    "Nine members were in favour and six against after a debate of three hours. "
    "Engineers had found cracks in two of the main girders last autumn. "
    "Hauliers say the detour over Rensburg will cost them forty minutes a trip."
)
SECOND = (
    "Nobody in the packed hall seemed surprised when the hands went up. {}"
    "From the first of May heavy vehicles must take another road, and shopkeepers fear for their deliveries. "
    "A petition with some two thousand names was handed over before the meeting began. "
    "Repairs, the treasurer warned, would swallow what the town spends on its schools in a year."
)
SAID = (
    "“We cannot wait until somebody falls into the river together with his lorry and then hold a minute of silence,” "
    "said Mayor Ilse Brandt. "
)


def test_the_same_direct_quotation_in_two_independent_texts_is_a_shared_quote():
    import provtrace

    def relation(said):
        records = [{"id": name, "text": text.format(said)} for name, text in (("a", FIRST), ("b", SECOND))]
        return provtrace.trace(records).tables["relations"].to_dicts()

    assert all(row["relation"] in ("same_event", "shared_background") for row in relation(""))
    (found,) = relation(SAID)
    assert (found["relation"], found["source_id"]) == ("shared_quote", None)


# --- reasons ---


@pytest.mark.parametrize(
    ("units", "left", "right", "reason"),
    [
        (same_text(), {}, {}, "10 passages match, 100% of a and 100% of b, order 1.00"),
        (same_text(), {}, {}, "15 words in a row are the same"),
        (same_text(), CREDITS, CREDITS, "both credit reuters"),
        (same_text(range(3)), {}, {"body": 3_000}, "but most of b is not in a (10% shared)"),
        ([unit("a", "b", [i], [9 - i]) for i in range(4)], {}, {},
         "but the order of the matched passages differs (-1.00)"),
        (told_late(), {}, {}, "but what they share stands late in both, as background does (90% and 90% of the way)"),
        (same_text(range(2), quoted=0.75, quote_run=12), {}, {}, "but the shared passages are quotations (75%)"),
        (same_text(), CREDITS, {"claims": ["afp"]}, "but they credit different agencies, reuters and afp"),
        (same_text(probability=0.4), {}, {}, "but only 0 of 10 passages are more likely common text than not"),
        ([*same_text(range(9)), unit("a", "b", [9], [9], flags=["number_changed"])], {}, {},
         "but numbers differ in 1 of 10 passages"),
        (same_text(), {"published_at": at(1), "published_precision": "day"},
         {"published_at": at(1, 30), "published_precision": "day"}, "but they are dated 29 days apart"),
        (same_text(), {"published_at": at(1), "published_precision": "day"},
         {"published_at": at(1, 30), "published_precision": "month"}, "but they are dated about 29 days apart"),
    ],
)  # fmt: skip
def test_reasons_for_and_against_with_their_numbers(units, left, right, reason):
    assert reason in judge(units, left, right)["reasons"]


def test_nothing_is_said_against_what_nothing_speaks_against():
    assert not any(reason.startswith("but ") for reason in judge(same_text(), REUTERS, CREDITS)["reasons"])


def test_a_date_to_the_month_weighs_less_than_one_to_the_minute():
    def sure(precision):
        sides = [{"published_at": at(1, day), "published_precision": precision, "dated": True} for day in (1, 30)]
        return judge(same_text(), *sides)["direction_probability"]

    assert 0.5 < sure("month") < sure("day") < sure("minute") < SETTINGS.min_direction


# --- laws -------------------------------------------------------------------------------------------


KINDS = st.sampled_from(["verbatim", "near_verbatim", "paraphrase", "translation", "shared_quote", "heading"])
UNITS = st.lists(
    st.builds(
        lambda i, j, **given: unit("a", "b", [i], [j], **given),
        st.integers(0, 9), st.integers(0, 9), kind=KINDS, probability=st.floats(0, 1, width=32),
        evidence=st.floats(-2, 8, width=32), run=st.integers(0, 20), quote_run=st.integers(0, 12),
        quoted=st.sampled_from([0.0, 0.5, 1.0]), odds=st.floats(-3, 9, width=32),
    ),
    min_size=1, max_size=12, unique_by=lambda row: (row["left_start"], row["right_start"]),
)  # fmt: skip
SIDES = st.fixed_dictionaries(
    {
        "own_agency": st.sampled_from([None, None, "reuters", "afp"]),
        "claims": st.sampled_from([[], ["reuters"], ["afp"], ["afp", "reuters"]]),
        "language": st.sampled_from(["en", "fr", "xx"]),
        "outlet": st.sampled_from([None, "Gazette", "Courier"]),
        "published_at": st.sampled_from([None, at(1), at(5), at(1, 20)]),
        "published_precision": st.sampled_from(["minute", "day", "month"]),
        "dated": st.booleans(),
        "translated": st.booleans(),
        "body": st.sampled_from([0, 100, 1_000, 5_000]),
    }
)


@hypothesis_settings(deadline=None, max_examples=150)
@given(UNITS, SIDES, SIDES, st.none() | st.floats(-3, 3, width=32))
def test_verdicts_hold_together_and_mirror(units, left, right, home):
    """In range and in the vocabulary; with the sides exchanged the same relation, from the other side."""
    units = [{**row, "home": home} for row in units]
    found = judge(units, left, right)
    turned = None if home is None else -home
    fits = [{**row, "left_fit": row["right_fit"], "right_fit": row["left_fit"], "home": turned} for row in units]
    mirrored = [unit("a", "b", row["right_sentences"], row["left_sentences"], **same(row)) for row in fits]
    back = judge(mirrored, right, left)
    assert (found is None) == (back is None)
    if found is None:
        return
    assert found["relation"] in RELATION_KINDS
    assert found["relation"] == back["relation"]
    assert found["source_id"] == {"a": "b", "b": "a", None: None}[back["source_id"]]
    for part in ("log_odds", "told", "rendered"):
        assert found[part] == pytest.approx(-back[part], abs=1e-4)
    for name in ("probability", "left_share", "right_share"):
        assert 0.0 <= found[name] <= 1.0
    assert -1.0 <= found["order"] <= 1.0
    if found["source_id"]:
        assert found["relation"] in DIRECTED
        assert found["direction_probability"] >= SETTINGS.min_direction


def same(row):
    places = {
        "left_id",
        "right_id",
        "left_sentences",
        "right_sentences",
        "left_start",
        "left_end",
        "right_start",
        "right_end",
    }
    return {name: value for name, value in row.items() if name not in places}


def test_nothing_aligned_nothing_said():
    empty = compared(alignments([]), profiles([]))
    assert relate(empty, SETTINGS).equals(pl.DataFrame(schema=VERDICTS))
