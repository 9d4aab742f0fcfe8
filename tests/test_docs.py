"""What the documentation says is so: its code runs, its output is real, its tables are those of the code."""

import re
import shutil
from pathlib import Path

import click
import polars as pl
import pytest
import runs
from click.testing import CliRunner

from provtrace import Settings, cli, pipeline, settings, tables
from provtrace.results.passages import PASSAGES
from provtrace.results.quotes import QUOTES
from provtrace.results.report.words import FLAG_WORDS
from provtrace.results.reuse import CLASSES, SHARES
from provtrace.results.verdicts import VERDICTS
from provtrace.scoring.flags.vocabulary import languages as flag_languages

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").glob("*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")


def page(name):
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def section(text, heading):
    """What stands below a second-level heading."""
    return re.split(r"^## ", text.split(f"\n## {heading}\n", 1)[1], flags=re.MULTILINE)[0]


def rows(text):
    """The cells of a Markdown table's rows, below its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def anchors(path):
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def code_words(cell):
    return re.findall(r"`([^`]+)`", cell)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A place with the examples in it, to run what a reader would run."""
    here = tmp_path_factory.mktemp("reader")
    shutil.copytree(ROOT / "examples", here / "examples")
    return here


# --- links ---


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        found = (path.parent / name).resolve() if name else path
        assert found.exists(), f"{path.name} links to {target}"
        assert not anchor or anchor in anchors(found), f"{path.name} links to {target}"


def test_every_page_can_be_found_from_the_index():
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", page("index.md")))
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"} == linked


# --- README ---


def test_the_first_two_shell_blocks_set_up_run_and_test():
    first, second = blocks(README, "bash")[:2]
    assert first.splitlines()[1:] == ["pip install .", "provtrace trace examples/articles --out run"]
    assert second.splitlines() == ['pip install ".[html,warc,prov,test]"', "pytest -n 2"]


def test_the_output_shown_is_what_trace_prints(folder, monkeypatch):
    """Lines, articles and verdicts; probabilities may differ in a digit between processors."""
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(cli.main, ["trace", "examples/articles", "--out", "run"])
    assert result.exit_code == 0
    shown = masked(blocks(README, "text")[0])
    assert masked(result.stdout) == shown, "results have changed: paste what trace prints into the README"


def masked(output):
    return [" ".join(re.sub(r"\s(?:1\.00|\.\d\d)$", "", line).split()) for line in output.splitlines()]


def test_the_python_block_runs(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    (code,) = blocks(README, "python")
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "MultiDiGraph" in printed
    assert "es-adaptation" in printed
    assert (folder / "run" / "run.json").exists()


def test_the_signature_shown_is_that_of_the_defaults():
    assert blocks(README, "text")[1].strip() == Settings().signature()


# --- command line ---


def test_every_command_is_in_the_readme():
    shown = {match[1] for match in re.finditer(r"^\| `provtrace (\w+) ", README, re.MULTILINE)}
    assert shown == set(cli.main.commands)


def test_the_page_of_commands_has_all_of_them_and_no_other():
    shown = re.findall(r"^## provtrace (\w+)$", page("cli.md"), re.MULTILINE)
    assert sorted(shown) == sorted(cli.main.commands)


@pytest.mark.parametrize("name", sorted(cli.main.commands))
def test_the_page_of_commands_says_what_help_says(name):
    command = cli.main.commands[name]
    text = section(page("cli.md"), f"provtrace {name}")
    assert " ".join(command.help.split()) in " ".join(text.split())
    usage = text.splitlines()[1]
    assert all(
        argument.human_readable_name.upper() in usage
        for argument in command.params
        if isinstance(argument, click.Argument)
    )
    options = {option.opts[0]: option for option in command.params if isinstance(option, click.Option)}
    listed = {code_words(cells[0])[0]: cells[1] for cells in rows(text)}
    assert list(listed) == list(options)
    for flag, option in options.items():
        assert listed[flag].startswith(option.help)
        assert f"`{flag} " in usage or f"{flag} " in usage or not option.required
        if isinstance(option.type, click.Choice):
            assert set(option.type.choices) <= set(code_words(listed[flag]))


def test_help_is_there_for_every_command():
    for name in cli.main.commands:
        result = CliRunner().invoke(cli.main, [name, "--help"])
        assert result.exit_code == 0
        assert result.stdout.startswith("Usage:")


# --- tables ---


def shown_type(dtype):
    return str(dtype).replace("Datetime(time_unit='us', time_zone='UTC')", "Datetime(us, UTC)")


def nullable(table):
    """Columns that `tables.py` marks with a question mark."""
    source = Path(tables.__file__).read_text(encoding="utf-8")
    block = re.split(r"\}\s*\)", source.split(f"\n{table.upper()}: Final = table(", 1)[1])[0]
    return re.findall(r'"(\w+)": [^#\n]*# \?', block)


def test_the_page_of_tables_has_all_of_them_in_order():
    shown = re.findall(r"^## (\w+)$", page("tables.md"), re.MULTILINE)
    assert shown == [*tables.TABLES, "Vocabularies"]


@pytest.mark.parametrize("name", tables.TABLES)
def test_the_page_of_tables_has_every_column_with_its_type(name):
    listed = rows(section(page("tables.md"), name))
    assert [(code_words(cells[0])[0], cells[1]) for cells in listed] == [
        (column, shown_type(dtype)) for column, dtype in tables.TABLES[name].items()
    ]
    assert [code_words(cells[0])[0] for cells in listed if cells[2] == "yes"] == nullable(name)
    assert all(cells[3] for cells in listed)


def traced_run(folder):
    run = folder / "run"
    if not run.exists():
        pipeline.trace(folder / "examples" / "articles").save(run)
    return run


def test_only_columns_that_may_be_null_are_null(folder):
    """The marks are so in a real run (`test_the_output_shown_is_what_trace_prints` writes it, or this does)."""
    run = traced_run(folder)
    for name in tables.TABLES:
        frame = pl.read_parquet(run / f"{name}.parquet")
        assert {column for column in frame.columns if frame[column].null_count()} <= set(nullable(name)), name


def test_the_page_of_tables_has_every_vocabulary():
    listed = {cells[0]: tuple(code_words(cells[1])) for cells in rows(section(page("tables.md"), "Vocabularies"))}
    assert listed == {
        "candidate views": settings.VIEWS,
        "sentence roles": tables.SENTENCE_ROLES,
        "sentence kinds": tables.SENTENCE_KINDS,
        "unit flags": tables.UNIT_FLAGS,
        "directed relations": tables.DIRECTED,
        "undirected relations": tables.UNDIRECTED,
        "credit states": tables.CREDITED,
        "credit roles": tables.CREDIT_ROLES,
    }


# --- flags and passages ---


def test_the_page_of_flags_has_all_of_them_as_people_read_them():
    listed = {code_words(cells[0])[0]: cells[1] for cells in rows(section(page("flags.md"), "Flags"))}
    assert listed == dict(FLAG_WORDS)
    assert set(listed) == set(tables.UNIT_FLAGS)


def test_the_page_of_flags_names_the_languages_with_word_lists():
    (sentence,) = re.findall(r"Negations, opposites .*? In other languages", page("flags.md"), re.DOTALL)
    assert {word for word in code_words(sentence) if len(word) == 2} == flag_languages()


def test_the_words_shown_on_the_page_of_flags_are_what_comes_out():
    (code,) = blocks(page("flags.md"), "python")
    exec(compile(code, "flags.md", "exec"), {})


def test_the_page_of_flags_has_every_column_of_passages():
    listed = [(code_words(cells[0])[0], cells[1]) for cells in rows(section(page("flags.md"), "Passages"))]
    assert listed == [(column, shown_type(dtype)) for column, dtype in PASSAGES.items()]


# --- exports ---


def test_the_page_of_exports_has_every_format():
    listed = [name for cells in rows(section(page("exports.md"), "Formats")) for name in code_words(cells[0])]
    assert listed == list(cli.FORMATS)


def test_the_graph_on_the_page_of_exports_goes_through_json_and_back(folder, monkeypatch):
    traced_run(folder)
    monkeypatch.chdir(folder)
    (code,) = blocks(page("exports.md"), "python")
    exec(compile(code, "exports.md", "exec"), {})


# --- audit and quotes ---


def test_the_page_of_the_audit_has_every_column_of_an_article():
    frame = runs.provenance().audit()
    listed = [(code_words(cells[0])[0], cells[1]) for cells in rows(section(page("audit.md"), "Per article"))]
    assert listed == [(column, shown_type(dtype)) for column, dtype in frame.schema.items()]


def test_the_page_of_the_audit_has_every_column_of_a_group():
    listed = [code_words(cells[0]) for cells in rows(section(page("audit.md"), "Grouped"))]
    key, count, means, curve, ends, *others = listed
    assert (means, ends) == (["mean_reuse_share"], ["_low", "_high"])
    figures = [*(f"mean_{share}" for share in SHARES), *curve]
    measured = [figure + end for figure in figures for end in ("", *ends)]
    for by, name in zip(("outlet", "agency", "story"), key, strict=True):
        columns = runs.provenance().audit(by).columns
        assert columns == [name, *count, *measured, *(column for row in others for column in row)]


def test_the_page_of_the_audit_has_every_verdict_and_class():
    assert [code_words(cells[0])[0] for cells in rows(section(page("audit.md"), "Verdicts"))] == list(VERDICTS)
    assert set(CLASSES) <= set(code_words(section(page("audit.md"), "Per article")))


def test_the_page_of_the_audit_has_every_column_of_quotes():
    listed = [(code_words(cells[0])[0], cells[1]) for cells in rows(section(page("audit.md"), "Quotes"))]
    assert listed == [(column, shown_type(dtype)) for column, dtype in QUOTES.items()]


def test_the_code_on_the_page_of_the_audit_runs(folder, monkeypatch):
    monkeypatch.chdir(folder)
    names = {}
    exec(compile(blocks(page("audit.md"), "python")[0], "audit.md", "exec"), names)
    assert names["per_article"].height == 17
    assert names["said"]["quote_id"].n_unique() == 6


# --- the map of the code ---


def test_how_it_works_tells_of_every_stage_in_the_order_of_the_pipeline():
    lines = page("how-it-works.md").splitlines()
    told = [name for line in lines if line.startswith("| `") for name in code_words(line.split("|")[1])]
    assert told == [stage.name for stage in pipeline.STAGES]


def test_the_map_names_every_room():
    text = section(page("contributing.md"), "The map")
    package = ROOT / "provtrace"
    for path in sorted(package.iterdir()):
        if path.suffix == ".py" or (path / "__init__.py").exists():
            assert f"`{path.name}{'/' if path.is_dir() else ''}" in text, path.name
    for path in sorted((package / "results").iterdir()):
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists():
            assert f"`{path.name}{'/' if path.is_dir() else ''}`" in text, path.name


def test_the_map_names_nothing_that_is_not_there():
    text = section(page("contributing.md"), "The map")
    names = {path.name for path in (ROOT / "provtrace").rglob("*")} | {path.name for path in ROOT.iterdir()}
    rooms = {word.rstrip("/").split("/")[-1] for word in code_words(text) if word.endswith(("/", ".py"))}
    assert rooms <= names


def test_the_changelog_tells_of_this_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{Settings().signature().rsplit('version:', 1)[1]}]" in text
