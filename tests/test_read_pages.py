"""HTML pages and WARC archives."""

import gzip
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provtrace.errors import MissingExtra
from provtrace.stages.read import Limits, read

pytest.importorskip("trafilatura")

PARAGRAPHS = (
    "The council met on Tuesday to discuss the new bridge and its cost, which has grown – again.",
    "Residents asked why the plans had changed so often over the last four years of debate.",
    "A decision is due in the spring, according to the mayor, who did not give a date for it.",
)
PAGE = (
    '<html><head><meta charset="utf-8"><title>Bridge</title><meta property="og:site_name" content="The Daily">'
    '<link rel="canonical" href="https://daily.example/a">'
    '<meta property="article:published_time" content="2023-10-01T12:00:00Z"></head>'
    f"<body><nav>Home</nav><article>{''.join(f'<p>{line}</p>' for line in PARAGRAPHS)}</article></body></html>"
)
TEXT = "\n".join(PARAGRAPHS)
HTTP = "application/http; msgtype=response"


@pytest.fixture
def written(tmp_path):
    """Write a file, read it, and give its articles as rows and its rejects as (record, reason)."""

    def write_and_read(name, data, **limits):
        (tmp_path / name).write_bytes(data)
        articles, rejects = read(tmp_path / name, limits=Limits(**limits))
        return articles.rows(named=True), rejects.select("record", "reason").rows()

    return write_and_read


# --- HTML -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["page.html", "page.htm", "page.html.gz"])
def test_the_article_of_a_page(written, name):
    data = gzip.compress(PAGE.encode()) if name.endswith("gz") else PAGE.encode()
    [article], rejects = written(name, data)
    assert rejects == []
    assert article["published_at"].isoformat() == "2023-10-01T00:00:00+00:00"
    del article["published_at"]
    assert article == {
        "article_id": "page",
        "outlet": "The Daily",
        "url": "https://daily.example/a",
        "published_precision": "day",
        "language": "en",
        "title": "Bridge",
        "text": TEXT,
    }


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("utf-8", "utf-16"),
        ("windows-1252", "cp1252"),
        ("ISO-8859-1", "cp1252"),
    ],
)
def test_character_sets(written, declared, encoding):
    [article], _ = written("page.html", PAGE.replace("utf-8", declared).encode(encoding))
    assert article["text"] == TEXT


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no article found in the page"),
        (b"<p>", "no article found in the page"),
        (b"just words", "no article found in the page"),
        (b"<html><body>" + b"<div>" * 50_000 + b"deep", "no article found in the page"),
        (PAGE.encode("cp1252"), "invalid UTF-8 at byte"),
        (PAGE.replace("utf-8", "idna").encode(), "unknown character set idna"),
        (PAGE.replace("utf-8", "windows-1259").encode(), "unknown character set windows-1259"),
        (gzip.compress(PAGE.encode()), "invalid UTF-8 at byte 1"),
        (b"x" * 5001, "the page is longer than 5,000 bytes"),
    ],
)
def test_pages_without_a_readable_article(written, data, reason):
    limits = {"page": 5000} if data.startswith(b"xx") else {}
    articles, [(_, given_reason)] = written("page.html", data, **limits)
    assert articles == []
    assert given_reason.startswith(reason)


@settings(deadline=None)
@given(st.text(alphabet="<>/!-=&;\"' \nabdivpscript#x0\0\ufffd", max_size=200))
def test_any_markup_gives_an_article_or_a_reject(tmp_path_factory, markup):
    path = tmp_path_factory.getbasetemp() / "any.html"
    path.write_text(markup)
    articles, rejects = read(path)
    assert articles.height + rejects.height == 1


def test_without_trafilatura_the_extra_is_named(written, monkeypatch):
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    with pytest.raises(MissingExtra, match=r"provtrace\[html\]"):
        written("page.html", PAGE.encode())


# --- WARC -------------------------------------------------------------------------------------------


def record(number, kind, content_type, body, *, length=None):
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number}>\r\nWARC-Date: 2023-11-06T12:34:56Z\r\n"
        f"WARC-Target-URI: https://daily.example/{number}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body) if length is None else length}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


def response(number, body, *headers, status="200 OK", content_type="text/html; charset=utf-8"):
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", *headers, "", ""]
    return record(number, "response", HTTP, "\r\n".join(lines).encode() + body)


BYTES = PAGE.encode()
CHUNKED = b"".join(
    b"%x\r\n%s\r\n" % (len(BYTES[at : at + 100]), BYTES[at : at + 100]) for at in range(0, len(BYTES), 100)
)
GZIP = "Content-Encoding: gzip"
IN_CHUNKS = "Transfer-Encoding: chunked"
NOTE = "Der Stadtrat beriet am Dienstag über die neue Brücke und ihre Kosten."


@pytest.fixture(autouse=True)
def _fastwarc(request):
    if "warc" in request.node.name:
        pytest.importorskip("fastwarc")


@pytest.mark.parametrize("packed", [False, True])
def test_warc_pages_and_texts(written, packed):
    parts = [
        record(0, "warcinfo", "application/warc-fields", b"software: x"),
        response(1, BYTES),
        record(2, "request", "application/http; msgtype=request", b"GET / HTTP/1.1\r\n\r\n"),
        record(3, "conversion", "text/plain", NOTE.encode()),
    ]
    data = b"".join(map(gzip.compress, parts)) if packed else b"".join(parts)
    [page, text], rejects = written("c.warc.gz" if packed else "c.warc", data)
    assert rejects == []
    assert (page["article_id"], page["url"], page["text"]) == ("urn:uuid:1", "https://daily.example/1", TEXT)
    assert (page["outlet"], page["title"], page["published_precision"]) == ("The Daily", "Bridge", "day")
    assert (text["article_id"], text["language"], text["text"]) == ("urn:uuid:3", "de", NOTE)
    assert (text["published_at"].isoformat(), text["published_precision"]) == ("2023-11-06T12:34:56+00:00", "minute")


def test_a_warc_page_without_a_date_has_that_of_its_record(written):
    undated = PAGE.replace('<meta property="article:published_time" content="2023-10-01T12:00:00Z">', "")
    [article], _ = written("c.warc", response(1, undated.encode()))
    assert article["published_at"].isoformat() == "2023-11-06T12:34:56+00:00"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(BYTES), [GZIP]),
        (CHUNKED + b"0\r\n\r\n", [IN_CHUNKS]),
        (BYTES, [GZIP, IN_CHUNKS]),  # the crawler undid them and kept the headers
    ],
)
def test_warc_encodings_of_a_response(written, body, headers):
    [article], rejects = written("c.warc", response(1, body, *headers))
    assert (article["text"], rejects) == (TEXT, [])


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (response(2, b"Not found", status="404 Not Found"), "HTTP status 404"),
        (response(2, b"GIF", content_type="image/gif"), "not an HTML page, but image/gif"),
        (response(2, BYTES, content_type="text/html; charset=punycode"), "unknown character set punycode"),
        (response(2, BYTES + b"\xff"), "invalid UTF-8 at byte"),
        (response(2, gzip.compress(BYTES)[:-9], GZIP), "gzip content is cut off"),
        (response(2, b"\x1f\x8bnot gzip", GZIP), "damaged gzip content"),
        (response(2, BYTES, "Content-Encoding: br"), "content encoding br"),
        (response(2, CHUNKED[:-50], IN_CHUNKS), "chunked content is cut off"),
        (response(2, gzip.compress(b"x" * 100_000), GZIP), "the page is longer than 50,000 bytes"),
        (response(2, b"x" * 100_000), "the record is longer than 50,000 bytes"),
        (response(2, b""), "no article found in the page"),
        (record(2, "response", HTTP, b"no HTTP"), "no HTTP response in the record"),
        (record(2, "response", HTTP, b"x" * 100_000), "not a valid HTTP response"),
        (record(2, "response", "text/dns", b"127.0.0.1"), "neither a page nor plain text, but text/dns"),
        (record(2, "conversion", "text/plain", b"\xff"), "invalid UTF-8 at byte 0"),
        (record(2, "conversion", "text/plain", b" "), "empty text"),
    ],
    ids=range(16),
)
def test_a_bad_warc_record_is_rejected_alone(written, bad, reason):
    articles, [(where, given_reason)] = written("c.warc", response(1, BYTES) + bad + response(3, BYTES), page=50_000)
    assert [article["article_id"] for article in articles] == ["urn:uuid:1", "urn:uuid:3"]
    assert where == "urn:uuid:2"
    assert given_reason.startswith(reason)


WHOLE = response(1, BYTES) + record(2, "conversion", "text/plain", NOTE.encode())


@pytest.mark.parametrize(
    ("data", "reasons"),
    [
        (WHOLE[:-20], ["the archive ends in the middle of a record", "the record is cut off after"]),
        (response(1, BYTES) + WHOLE[-200:-150], ["not a valid WARC file"]),
        (
            response(1, BYTES) + response(2, BYTES)[:50],
            ["the archive ends in the middle of a record", "the record is cut off after 0 bytes"],
        ),
        (
            WHOLE.replace(b"Content-Length: 71", b"Content-Length: 999999999999"),
            ["the record is cut off after 75 bytes"],
        ),
    ],
    ids=range(4),
)
def test_the_warc_records_before_a_break_are_kept(written, data, reasons):
    [article], rejects = written("c.warc", data)
    assert article["article_id"] == "urn:uuid:1"
    assert [given[: len(reason)] for (_, given), reason in zip(rejects, reasons, strict=True)] == reasons


def test_the_warc_records_before_the_break_of_a_gzip_are_kept(written):
    packed = gzip.compress(response(1, BYTES)) + gzip.compress(response(2, BYTES))[:-20]
    [article], rejects = written("c.warc.gz", packed)
    assert article["article_id"] == "urn:uuid:1"
    assert rejects[0][1].startswith("damaged or cut off gzip")


def test_a_warc_bomb_is_given_up(written):
    bomb = response(1, b"x" * 20_000_000)
    articles, rejects = written("c.warc.gz", gzip.compress(bomb), stream=1_000_000)
    assert articles == []
    assert [reason for _, reason in rejects][-1].startswith("expands to more than 1,000,000 bytes")


@pytest.mark.parametrize("data", [b"", b"garbage", b"\0" * 1000, b"WARC/1.0\r\n\r\n"])
def test_files_that_are_no_warc(written, data):
    articles, rejects = written("c.warc", data)
    assert articles == []
    assert len(rejects) == 1


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(max_size=6), st.integers(0, 20)), min_size=1, max_size=4
    )
)
def test_no_damage_to_a_warc_file_breaks_the_reader(tmp_path_factory, damages):
    data = bytearray(WHOLE)
    for at, inserted, removed in damages:
        data[at : at + removed] = inserted
    path = tmp_path_factory.getbasetemp() / "damaged.warc"
    path.write_bytes(data)
    articles, rejects = read(path)
    assert articles.height + rejects.height > 0


def test_without_fastwarc_the_warc_extra_is_named(written, monkeypatch):
    monkeypatch.setitem(sys.modules, "fastwarc.warc", None)
    with pytest.raises(MissingExtra, match=r"provtrace\[warc\]"):
        written("c.warc", WHOLE)
