"""Every file format: what is written is read back, and what is damaged is rejected with its place."""

import csv
import gzip
import io
import json
import time
import tracemalloc

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provtrace.stages.read import Limits, read
from provtrace.tables import ARTICLES, REJECTS

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(
    lambda text: not text.isspace()
)
CORPORA = st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=5)


def rows(corpus):
    return [{"id": article_id, "text": text} for article_id, text in corpus.items()]


def json_lines(corpus):
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows(corpus)).encode()


def json_array(corpus):
    return json.dumps(rows(corpus), indent=2).encode()


def table(corpus, delimiter=","):
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter)
    writer.writerows([("id", "text"), *corpus.items()])
    return written.getvalue().encode()


def parquet(corpus):
    written = io.BytesIO()
    pl.DataFrame(rows(corpus), schema={"id": pl.String, "text": pl.String}).write_parquet(written)
    return written.getvalue()


def ninjs_1(corpus):
    return json.dumps([{"uri": uri, "body_text": text} for uri, text in corpus.items()]).encode()


def ninjs_3(corpus):
    items = [
        {"uri": uri, "bodies": [{"role": "main", "contentType": "text/plain", "value": text}]}
        for uri, text in corpus.items()
    ]
    return json.dumps(items).encode()


WRITERS = {
    "c.jsonl": json_lines,
    "c.ndjson": json_lines,
    "c.JSONL": json_lines,
    "c.json": json_array,
    "lines.json": json_lines,
    "ninjs1.json": ninjs_1,
    "ninjs3.json": ninjs_3,
    "c.csv": table,
    "semicolons.csv": lambda corpus: table(corpus, ";"),
    "c.tsv": lambda corpus: table(corpus, "\t"),
    "c.parquet": parquet,
    "c.jsonl.gz": lambda corpus: gzip.compress(json_lines(corpus)),
    "c.json.gz": lambda corpus: gzip.compress(json_array(corpus)),
    "c.csv.gz": lambda corpus: gzip.compress(table(corpus)),
    "mark.jsonl": lambda corpus: b"\xef\xbb\xbf" + json_lines(corpus),
    "mark.csv": lambda corpus: b"\xef\xbb\xbf" + table(corpus),
    "utf16.jsonl": lambda corpus: json_lines(corpus).decode().encode("utf-16"),
    "utf32.csv": lambda corpus: table(corpus).decode().encode("utf-32"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("formats")


@pytest.fixture
def written(tmp_path):
    """Write a file, read it, and give its articles as a mapping and its rejects as (record, reason)."""

    def write_and_read(name, data, **limits):
        (tmp_path / name).write_bytes(data)
        articles, rejects = read(tmp_path / name, limits=Limits(**limits))
        return dict(articles.select("article_id", "text").rows()), rejects.select("record", "reason").rows()

    return write_and_read


@pytest.mark.parametrize("name", WRITERS)
@settings(deadline=None)
@given(corpus=CORPORA)
def test_what_is_written_is_read_back(place, name, corpus):
    (place / name).write_bytes(WRITERS[name](corpus))
    articles, rejects = read(place / name)
    assert dict(articles.select("article_id", "text").rows()) == corpus
    assert rejects.is_empty()


@settings(deadline=None)
@given(text=TEXTS, name=st.from_regex(r"[\w][\w. -]{0,20}", fullmatch=True), packed=st.booleans())
def test_a_text_file_is_one_article_with_its_stem_as_id(tmp_path_factory, text, name, packed):
    path = tmp_path_factory.mktemp("texts") / f"{name}.txt{'.gz' * packed}"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    articles, rejects = read(path)
    assert articles.select("article_id", "text").rows() == [(name, text.removeprefix("\ufeff"))]
    assert rejects.is_empty()


NAMES = ["c.jsonl", "c.json", "c.csv", "c.txt", "c.parquet", "c.jsonl.gz", "c.csv.gz", "c.other"]


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None)
@given(data=st.binary(max_size=200) | st.text(alphabet='{}[]",:\\ \n\r;idtextbody0123', max_size=200).map(str.encode))
def test_any_bytes_give_articles_or_rejects(place, name, data):
    (place / name).write_bytes(data)
    articles, rejects = read(place / name)
    assert (articles.schema, rejects.schema) == (ARTICLES, REJECTS)
    assert articles.height + rejects.height > 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "text", "date", "outlet", "uri", "bodies", "value", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.lists(JSON, max_size=5))
def test_every_json_line_becomes_an_article_or_a_reject(tmp_path_factory, values):
    path = tmp_path_factory.getbasetemp() / "values.jsonl"
    path.write_text("".join(f"{json.dumps(value)}\n" for value in [*values, {"text": "the last"}]))
    articles, rejects = read(path)
    assert articles.height + rejects.height == len(values) + 1


# --- JSON -------------------------------------------------------------------------------------------

GOOD = b'{"id": "a", "text": "fine"}\n'


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"id": "b", "text": "cut', "not valid JSON: Unterminated string"),
        (b'{"id": "b", "text": "x"} {"id": "c"}', "not valid JSON: more than one value"),
        (b"[1, 2]", "a JSON value of type list, not an object"),
        (b"null", "a JSON value of type NoneType, not an object"),
        (b'{"id": "b", "text": "a\xffb"}', "invalid UTF-8 at byte 50"),
        (b'{"id": "b", "text": "\\ud800"}', "lone surrogate in the text at character 0"),
        (b'{"id": "b", "text": "\\u0000"}', "NUL character in the text at character 0"),
        (b'{"id": "b", "text": NaN}', "empty text"),
        (b'{"id": ' + b"9" * 5000 + b', "text": "x"}', "not usable JSON"),
        (b'{"id": "b", "text": ' + b"[" * 200 + b"]" * 200 + b"}", "JSON nested deeper than 100 levels"),
        (b"[" * 200_000, "JSON nested deeper than 100 levels"),
        (b'{"a":' * 200_000, "JSON nested deeper than 100 levels"),
    ],
    ids=range(12),
)
def test_a_damaged_line_is_rejected_alone(written, line, reason):
    articles, rejects = written("c.jsonl", GOOD + line + b"\n\n" + GOOD.replace(b'"a"', b'"z"'))
    assert articles == {"a": "fine", "z": "fine"}
    [(record, given_reason)] = rejects
    assert record == "line 2"
    assert given_reason.startswith(reason)


def test_brackets_in_a_text_are_no_nesting(written):
    text = '[[[{{{ "quoted" \\ ' * 100
    articles, rejects = written("c.jsonl", json.dumps({"id": "a", "text": text}).encode())
    assert articles == {"a": text}
    assert rejects == []


@pytest.mark.parametrize("name", ["c.jsonl", "c.json"])
def test_a_string_that_never_ends_takes_no_longer_than_its_length_allows(written, name):
    started = time.process_time()
    articles, [(_, reason)] = written(name, b"[]," * 101 + b'"' + rb"\"" * 300_000)
    assert articles == {}
    assert reason.startswith("not valid JSON")
    assert time.process_time() - started < 5  # with a scan that goes back, minutes


def test_a_text_beyond_the_limit(written):
    line = json.dumps({"id": "b", "text": "x" * 1001}).encode() + b"\n"
    articles, rejects = written("c.jsonl", GOOD + line, text=1000)
    assert articles == {"a": "fine"}
    assert rejects == [("line 2", "the text is longer than 1,000 characters")]


def test_a_line_beyond_the_limit_does_not_fill_the_memory(written):
    line = b'{"id": "b", "text": "' + b"x" * 30_000_000 + b'"}\n'
    tracemalloc.start()
    articles, rejects = written("c.jsonl.gz", gzip.compress(line + GOOD), text=1000)
    peak = tracemalloc.get_traced_memory()[1] - len(line)  # the line that is written
    tracemalloc.stop()
    assert articles == {"a": "fine"}
    assert rejects == [("line 1", "the line is longer than 12,000 bytes")]
    assert peak < 10_000_000


def test_an_array_is_read_up_to_its_break(written):
    articles, rejects = written("c.json", b'[{"id": "a", "text": "one"}, {"id": "b", "text": "two"}, {"id": "c", "te')
    assert articles == {"a": "one", "b": "two"}
    [(record, reason)] = rejects
    assert record == "item 3"
    assert reason.startswith("not valid JSON: Unterminated string")
    assert reason.endswith("what follows was not read")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'[{"id": "a", "text": "fine"}', "not valid JSON: no comma or bracket behind an item"),
        (b'[{"id": "a", "text": "fine"},', "not valid JSON: the array is not closed"),
        (b'[{"id": "a", "text": "fine"} 5]', "not valid JSON: no comma or bracket behind an item"),
        (b'[{"id": "a", "text": "fine"}] 5', "not valid JSON: more behind the array"),
        (b'{"id": "a", "text": "fine"} x', "not valid JSON: Expecting value"),
    ],
)
def test_breaks_between_items(written, data, reason):
    articles, rejects = written("c.json", data)
    assert articles == {"a": "fine"}
    [(record, given_reason)] = rejects
    assert record == "item 2"
    assert given_reason.startswith(reason)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no record in the file"),
        (b"[]", "no record in the file"),
        (b"[" * 100_000, "JSON nested deeper than 100 levels, at character 100"),
        (b'{"id": "\xff"}', "invalid UTF-8 at byte 8"),
        (b"\xef\xbb\xbf\xff", "invalid UTF-8 at byte 3"),
        (b"\xff\xfe\x00", "invalid UTF-16-LE at byte 2"),
        (b'{"status": "ok", "items": 5}', "nothing is named as the text; found: items, status; recognised: text, body"),
    ],
)
def test_documents_without_an_article(written, data, reason):
    articles, [(_, given_reason)] = written("c.json", data)
    assert articles == {}
    assert given_reason.startswith(reason)


def test_a_document_beyond_the_limit(written):
    assert written("c.json", b" " * 101, document=100) == ({}, [(None, "the file is longer than 100 bytes")])


# --- text files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty text"),
        (b" \r\n\t", "empty text"),
        (b"fine\xfffine", "invalid UTF-8 at byte 4"),
        (b"fine\xc3", "invalid UTF-8 at byte 4"),
        (b"a\0b", "NUL character in the text at character 1"),
        ("aé".encode() * 60, "the text is longer than 100 characters"),
        (b"a" * 401, "the text is longer than 400 bytes"),
    ],
)
def test_text_files_that_are_no_article(written, data, reason):
    assert written("c.txt", data, text=100) == ({}, [(None, reason)])


def test_line_ends_and_white_space_of_a_text_file_stay(written):
    text = "  one\r\ntwo\rthree\u2028four\x85\n\n"
    assert written("c.txt", text.encode()) == ({"c": text}, [])


@pytest.mark.parametrize("name", ["c.pdf", "c", "c.gz", "c.txt.zip", "c.parquet.gz", ".txt"])
def test_unknown_types_are_rejected(written, name):
    articles, [(_, reason)] = written(name, b"text")
    assert articles == {}
    assert reason.startswith("unsupported file type")


# --- CSV --------------------------------------------------------------------------------------------


def test_rows_of_another_width_are_rejected_alone(written):
    articles, rejects = written("c.csv", b"id,text\na,fine\nb\n\nc,too,many\nd,fine\n")
    assert articles == {"a": "fine", "d": "fine"}
    assert rejects == [
        ("line 3", "the row has 1 cells, the header 2"),
        ("line 5", "the row has 3 cells, the header 2"),
    ]


def test_a_quote_that_never_ends(written):
    articles, [(record, reason)] = written("c.csv", b'id,text\na,fine\nb,"open\nc,inside\n')
    assert articles == {"a": "fine"}
    assert record == "line 3"
    assert reason == "not valid CSV: unexpected end of data"


def test_a_row_that_is_not_utf8_is_rejected_alone(written):
    articles, rejects = written("c.csv", b'id,text\na,"fi\xffne\nstill a"\nb,fine\n')
    assert articles == {"b": "fine"}
    assert rejects == [("line 2", "invalid UTF-8 at byte 13")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "nothing is named as the text; found: none; recognised: text"),
        (b"id,words\na,b\n", "nothing is named as the text; found: id, words; recognised: text, body, content"),
        (b"id,text,text\na,b,c\n", "more than one column is named text"),
        (b'"id,text\n', "not valid CSV"),
        (b"id,te\xffxt\n", "invalid UTF-8 at byte 5"),
    ],
)
def test_tables_that_are_no_corpus(written, data, reason):
    articles, [(_, given_reason)] = written("c.csv", data)
    assert articles == {}
    assert given_reason.startswith(reason)


def test_long_cells_are_read_and_the_setting_of_the_csv_module_stays(written):
    before = csv.field_size_limit()
    text = "x" * (before + 1)
    assert written("c.csv", table({"a": text})) == ({"a": text}, [])
    articles, [(record, reason)] = written("c.csv", table({"a": "x" * 101, "b": "fine"}), text=100)
    assert articles == {"b": "fine"}
    assert (record, reason) == ("line 2", "not valid CSV: field larger than field limit (100)")
    assert csv.field_size_limit() == before


# --- Parquet ----------------------------------------------------------------------------------------


def test_more_rows_than_a_batch(written):
    corpus = {f"{number:04}": f"text {number}" for number in range(1000)}
    assert written("c.parquet", parquet(corpus)) == (corpus, [])


def test_typed_columns_of_a_parquet_file(tmp_path):
    frame = pl.DataFrame(
        {"doc_id": [1, 2, 3], "body": ["one", None, "three"], "date": ["2023-10-01", None, None], "n": [[1.0], [], []]}
    ).with_columns(pl.col("date").str.to_date())
    frame.write_parquet(tmp_path / "year=2023.parquet")
    articles, rejects = read(tmp_path / "year=2023.parquet")
    assert articles.select("article_id", "published_precision", "text").rows() == [
        ("1", "day", "one"),
        ("3", None, "three"),
    ]
    assert rejects.select("record", "reason").rows() == [("row 2", "empty text")]


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + b"\0" * 20 + b"PAR1", parquet({"a": "b"})[:-20]])
def test_files_that_are_no_parquet(written, data):
    articles, [(_, reason)] = written("c.parquet", data)
    assert articles == {}
    assert reason.startswith("not a readable Parquet file")


def test_a_parquet_file_that_expands_beyond_the_limit(written):
    data = parquet({str(number): "x" * 1000 for number in range(1000)})
    assert len(data) < 50_000
    assert written("c.parquet", data, stream=500_000) == ({}, [(None, "expands to more than 500,000 bytes")])


def test_a_parquet_file_without_texts(tmp_path):
    pl.DataFrame({"id": ["a"], "text": [5]}).write_parquet(tmp_path / "numbers.parquet")
    pl.DataFrame({"id": ["a"]}).write_parquet(tmp_path / "other.parquet")
    articles, rejects = read(tmp_path)
    assert articles.is_empty()
    assert [reason[:28] for reason in rejects["reason"]] == [
        "the text is of type int, not",
        "nothing is named as the text",
    ]


# --- gzip -------------------------------------------------------------------------------------------

LINES = b"".join(json.dumps({"id": f"{number:03}", "text": f"text {number}"}).encode() + b"\n" for number in range(500))


@pytest.mark.parametrize("cut", [1, 9, 100, 400])
def test_lines_before_the_break_of_a_gzip_are_kept(written, cut):
    articles, [(record, reason)] = written("c.jsonl.gz", gzip.compress(LINES, mtime=0)[:-cut])
    assert list(articles) == [f"{number:03}" for number in range(len(articles))]
    assert len(articles) == 500 if cut < 9 else 300 < len(articles) <= 500
    assert record is None
    assert reason.startswith("damaged or cut off gzip")


@pytest.mark.parametrize(
    "data", [b"not gzip", gzip.compress(LINES, mtime=0)[:5], gzip.compress(LINES, mtime=0) + b"trailing"]
)
def test_files_that_are_no_gzip(written, data):
    _, [(_, reason)] = written("c.jsonl.gz", data)
    assert reason.startswith("damaged or cut off gzip")


def test_a_damaged_block(written):
    data = bytearray(gzip.compress(LINES))
    data[len(data) // 2] ^= 0xFF
    _, rejects = written("c.jsonl.gz", bytes(data))
    assert any(reason.startswith("damaged or cut off gzip") for _, reason in rejects)


def test_several_members_are_one_file(written):
    articles, rejects = written("c.jsonl.gz", gzip.compress(LINES) + gzip.compress(GOOD))
    assert (len(articles), rejects) == (501, [])


@pytest.mark.parametrize("name", ["c.jsonl.gz", "c.csv.gz", "c.txt.gz", "c.json.gz"])
def test_a_gzip_bomb_is_given_up(written, name):
    bomb = gzip.compress(b" " * 50_000_000)
    articles, [(_, reason)] = written(name, bomb, stream=1_000_000, document=10_000_000, text=1_000_000)
    assert articles == {}
    assert reason.startswith("expands to more than 1,000,000 bytes")


def test_the_lines_before_the_limit_of_a_stream_are_kept(written):
    articles, [(_, reason)] = written("c.jsonl.gz", gzip.compress(LINES), stream=2000)
    assert 0 < len(articles) < 100
    assert reason == "expands to more than 2,000 bytes; what follows was not read"
