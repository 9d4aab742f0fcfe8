"""Whole stories around wires that are missing: kept apart, put together again, and gone once the wire is there."""

import pytest
from strategies import rows

import provtrace as pt

# Two wires of one agency about one flood, a day apart, and the background that both end with. All invented.
FIRST = [
    "A dyke on the river Velm broke early on Monday, flooding the market town of Harlow Quay and cutting its only rail "
    "line, the regional council said.",
    "Firefighters took 140 people from their roofs in rubber boats, among them eleven patients of a nursing home.",
    "“We heard a sound like thunder, and then the street was a river,” said the baker Ona Tarrick, who spent the night "
    "in her attic.",
    "The hydrologist Pell Vanstrom said that the water stood 62 centimetres above the mark of 1974.",
    "Power was cut in 3,200 households, and the council asked them to boil their drinking water until Friday.",
    "Two bridges were closed to lorries after divers found cracks in a pillar.",
]
SECOND = [
    "Prosecutors in Harlow Quay searched the offices of the dyke board on Tuesday in an inquiry into missing "
    "maintenance records, a court spokeswoman said.",
    "Investigators carried out nine boxes of files and the computer of the board's treasurer, Lusk Emmering.",
    "“My client has nothing to hide and will answer every question,” his lawyer Dara Quill told reporters outside.",
    "An audit had found in spring that 1.4 million crowns meant for repairs were never spent.",
    "The opposition demanded that the minister for waterways appear before parliament this week.",
    "The treasurer has been suspended with pay, the board said in a statement.",
]
BACKGROUND = [
    "The dykes of the Velm were raised for the last time in 1988, after a storm had drowned 19 people.",
    "About a third of the province lies below the level of the sea.",
]
BUSES = "Trains to the coast are replaced by buses, as the Herald learned at the station."
PHOTOS = "Readers of the Mirror have sent in more than two hundred photographs."


def like(sentence):
    """The sentence with a few words changed, as an editor leaves his mark."""
    changed = {
        "said": "has said",
        "early on": "in the early hours of",
        "among them": "including",
        "found": "discovered",
    }
    for old, new in changed.items():
        sentence = sentence.replace(f" {old} ", f" {new} ", 1)
    return sentence


def article(name, sentences, outlet, own=(), published="2024-05-06T12:00Z"):
    body = [*sentences, *own]
    text = "HARLOW QUAY (Reuters) - " + " ".join(body[:3]) + "\n\n" + " ".join(body[3:])
    return {"id": name, "text": text, "outlet": outlet, "published": published}


def two_wires():
    """Each wire has three takers: one whole, two that cut it and add a sentence of their own."""
    for number, (wire, day) in enumerate([(FIRST, 6), (SECOND, 7)]):
        dated = {"published": f"2024-05-0{day}T1{number}:00Z"}
        yield article(f"w{number}-a", [*wire, *BACKGROUND], "Daily Post", **dated)
        yield article(f"w{number}-b", [*map(like, wire[:5]), *BACKGROUND], "Coast Herald", [BUSES], **dated)
        yield article(
            f"w{number}-c", [wire[0], *map(like, wire[2:]), BACKGROUND[0]], "Evening Mirror", [PHOTOS], **dated
        )


@pytest.fixture(scope="module")
def flood():
    return pt.trace(list(two_wires()))


def witnesses(provenance):
    return sorted(provenance.upstreams["witnesses"].to_list())


def test_two_wires_of_one_agency_about_one_event_stay_apart(flood):
    assert witnesses(flood) == [["w0-a", "w0-b", "w0-c"], ["w1-a", "w1-b", "w1-c"]]
    assert flood.upstreams["agency"].to_list() == ["reuters", "reuters"]
    assert flood.upstreams["language"].to_list() == ["en", "en"]


def upstream_of(provenance, witness):
    listed = provenance.upstreams.select("upstream_id", "witnesses").iter_rows()
    return next(name for name, witnesses in listed if witness in witnesses)


@pytest.mark.parametrize(("witness", "wire"), [("w0-a", FIRST), ("w1-a", SECOND)])
def test_their_units_are_the_sentences_of_the_wires_in_order(flood, witness, wire):
    units = flood.wire(upstream_of(flood, witness))
    assert len(units) == len(wire) + len(BACKGROUND)
    for unit, sentence in zip(units, [*wire, *BACKGROUND], strict=True):
        assert unit.text.removeprefix("HARLOW QUAY (Reuters) - ") in (sentence, like(sentence))


def test_what_each_witness_dropped_and_added(flood):
    wire = flood.reconstruct(upstream_of(flood, "w0-a"))
    accounts = {account.article_id: account for account in wire.accounts}
    assert accounts["w0-a"].dropped == accounts["w0-a"].added == ()
    assert accounts["w0-b"].dropped == (5,)
    assert accounts["w0-c"].dropped == (1, 7)
    (added,) = accounts["w0-c"].added
    text = flood.articles.filter(article_id="w0-c")["text"].item()
    assert text[added.start : added.end] == added.text == PHOTOS
    assert wire.claims == {"reuters": ("w0-a", "w0-b", "w0-c")}
    assert wire.versions == {"en": ("w0-a", "w0-b", "w0-c")}
    assert (wire.earliest_precision, wire.language) == ("minute", "en")


# --- a wire that comes later ------------------------------------------------------------------------

PLAIN = [
    "Im Hafen von Grellsund ist am Dienstag ein Frachter mit 900 Tonnen Dünger an Bord auf Grund gelaufen.",
    "Die 14 Seeleute blieben unverletzt und wurden von einem Lotsenboot an Land gebracht.",
    "„Das Ruder hat plötzlich nicht mehr reagiert“, sagte Kapitän Anselm Brook der Wasserpolizei.",
    "Drei Schlepper sollen das Schiff mit der Flut am Mittwochabend freiziehen.",
    "Aus einem Tank liefen nach ersten Schätzungen 4.000 Liter Diesel in die Bucht.",
    "Die Umweltbehörde ließ Ölsperren vor dem Vogelschutzgebiet auslegen.",
    "Fähren zur Insel Tarm fahren bis auf Weiteres vom Südkai ab.",
    "Der Frachter „Marne Lind“ war 1997 gebaut und zuletzt im Herbst geprüft worden.",
]


def german(name, sentences, outlet, hour):
    text = "Grellsund (dpa) - " + " ".join(sentences[:4]) + "\n\n" + " ".join(sentences[4:])
    return {"id": name, "text": text, "outlet": outlet, "published": f"2024-02-13T{hour}:00Z"}


TAKERS = [
    german("bote", [*PLAIN[:5], PLAIN[6], "Am Kai warteten am Abend Dutzende Schaulustige."], "Sundbote", 14),
    german("kurier", [PLAIN[0], *PLAIN[2:6], PLAIN[7], "Der Kurier berichtet weiter."], "Küstenkurier", 15),
    german("blatt", [*PLAIN[:4], PLAIN[5], PLAIN[7]], "Tagesblatt", 16),
]
WIRE = german("wire", PLAIN, "dpa", 12)


def test_a_wire_is_missing_where_its_takers_alone_are_there():
    provenance = pt.trace(TAKERS)
    assert witnesses(provenance) == [["blatt", "bote", "kurier"]]
    assert provenance.upstreams["agency"].to_list() == ["dpa"]
    (upstream_id,) = provenance.upstreams["upstream_id"]
    units = [unit.text.removeprefix("Grellsund (dpa) - ") for unit in provenance.wire(upstream_id)]
    assert units == [*PLAIN[:6], PLAIN[7]]  # one taker alone has the other


@pytest.mark.parametrize("own", [True, False], ids=["from the agency", "from nobody knows where"])
def test_it_gives_way_to_the_wire_once_that_is_there(own):
    """Even where nothing but its text tells that it is the wire, and no credit."""
    text = WIRE["text"].removeprefix("Grellsund (dpa) - ")
    wire = WIRE if own else {"id": "wire", "text": text, "published": WIRE["published"]}
    provenance = pt.trace([*TAKERS, wire])
    assert provenance.upstreams.is_empty()
    assert {edge.derived_id for edge in provenance.derivations()} <= {"blatt", "bote", "kurier"}
    if own:
        assert {edge.source_id for edge in provenance.derivations()} == {"wire"}


def test_the_order_of_the_articles_changes_nothing(flood):
    again = pt.trace(list(two_wires())[::-1])
    for name in ("upstreams", "upstream_units", "derivations", "origins"):
        assert rows(again.tables[name]) == rows(flood.tables[name])
    assert again.changes.equals(flood.changes)
