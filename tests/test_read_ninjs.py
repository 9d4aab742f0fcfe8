"""IPTC ninjs items, and the text of their markup."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provtrace.stages.read import read

MARKUP = "<p>The council met.</p><script>track()</script><ul><li>One &amp; <b>two</b></li><li>Three</li></ul>"
WITHOUT = "The council met.\nOne & two\nThree"


@pytest.mark.parametrize(
    "item",
    [
        {
            "uri": "https://agency.example/1",
            "versioncreated": "2023-10-01T14:30:00Z",
            "firstcreated": "2023-09-30T10:00:00Z",
            "language": "en-GB",
            "headline": "Bridge",
            "infosource": [{"name": "Agency"}],
            "body_html": MARKUP,
        },
        {
            "uri": "https://agency.example/1",
            "versionCreated": "2023-10-01T14:30:00Z",
            "contentCreated": "2023-09-30T10:00:00Z",
            "language": "en",
            "headlines": [{"role": "short", "value": "B"}, {"role": "main", "value": "Bridge"}],
            "infoSources": [{"role": "x", "name": "Agency"}],
            "bodies": [
                {"role": "summary", "contentType": "text/plain", "value": "In short."},
                {"role": "main", "contentType": "text/html", "value": MARKUP},
            ],
        },
        {
            "uri": "https://agency.example/1",
            "versioncreated": "2023-10-01T14:30:00Z",
            "language": "en",
            "headlines": [{"value": "Bridge"}],
            "copyrightholder": "Agency",
            "bodies": [{"contenttype": "text/html", "value": MARKUP}, {"contenttype": "text/plain", "value": WITHOUT}],
        },
    ],
    ids=["1.x", "3.x", "2.x"],
)
def test_items_of_every_ninjs_version(tmp_path, item):
    (tmp_path / "item.json").write_text(json.dumps(item))
    articles, rejects = read(tmp_path)
    assert rejects.is_empty()
    article = articles.row(0, named=True)
    assert article["published_at"].isoformat() == "2023-10-01T14:30:00+00:00"
    del article["published_at"]
    assert article == {
        "article_id": "https://agency.example/1",
        "outlet": "Agency",
        "url": "https://agency.example/1",
        "published_precision": "minute",
        "language": "en",
        "title": "Bridge",
        "text": WITHOUT,
    }


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("one <b>two</b>\nthree", "one two three"),
        ("one<br/>two<BR>three", "one\ntwo\nthree"),
        ("<p class='a>b'>one</p><!-- <p>no</p> --><p>two", "one\ntwo"),
        ("a < b, c <3 d, &lt;e&gt; &#8211; &eacute;", "a < b, c <3 d, <e> – é"),
        ("one<style>p {}</style ><script>if (a<b) x('</p>')</SCRIPT>two", "onetwo"),
        ("<?xml version='1.0'?><!DOCTYPE html><html><head><title>no</title></head><body>yes</body></html>", "yes"),
        ("one<!-- open", "one"),
        ("one<script>open", "one"),
        ('one<a href="open', 'one<a href="open'),
        ("one &#" + "9" * 5000 + "; two", "one \ufffd two"),
        ("one &#0; &#xD800; two", "one \ufffd \ufffd two"),
    ],
    ids=range(11),
)
def test_text_of_a_fragment(markup, text):
    assert read([{"uri": "urn:x", "body_html": markup}])[0]["text"].to_list() == [text]


@pytest.mark.parametrize(
    "opening", ["<", "<a ", "<!--", '<a b="', "<a b='", "</", "<script>", "<?", "&#", "&#9", "<p "]
)
def test_a_hostile_fragment_takes_no_longer_than_its_length_allows(opening):
    started = time.process_time()
    read([{"uri": "urn:x", "body_html": "text" + opening * 100_000}])
    assert time.process_time() - started < 5  # with a scan that goes back, minutes


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"bodies": []}, "empty text"),
        ({"bodies": 5}, "empty text"),
        ({"bodies": [5, {"value": ""}]}, "empty text"),
        ({"bodies": [{"value": 5}]}, "the text is of type int"),
        ({"body_html": "<p></p>"}, "empty text"),
        ({"body_html": 5}, "the text is of type int"),
    ],
)
def test_ninjs_items_without_a_text(body, reason):
    articles, rejects = read([{"uri": "urn:x", **body}])
    assert articles.is_empty()
    assert rejects["reason"].item().startswith(reason)


@settings(deadline=None)
@given(st.text(alphabet="<>/!-=&;\"' \nabpscriptyle#x0", max_size=200))
def test_any_markup_gives_text_or_a_reject(markup):
    articles, rejects = read([{"uri": "urn:x", "body_html": markup}])
    assert articles.height + rejects.height == 1
