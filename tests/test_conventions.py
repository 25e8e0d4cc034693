"""Conventions of the whole code, each as a test that names the culprit."""

import ast
import csv
import json
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml

from simlib.errors import UserError
from simlib.provenance import check_citation, sources

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "simlib"
KR = SRC / "kr"

BASE = {"errors", "months", "files", "draws", "provenance", "parameters"}
ORDER = [
    "population",
    "benefits",
    "life",
    "uptake",
    "risk",
    "outreach",
    "model",
    "experiments",
    "targeting",
    "reporting",
    "cli",
]
RANDOM_MODULES = {"random", "secrets", "uuid"}
RANDOM_CALLS = {"sample", "shuffle", "default_rng", "RandomState", "urandom", "rvs"}
HANGUL = re.compile(r"[\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f]")
MACHINE = re.compile(
    r"https?://(?!www\.w3\.org/|json-schema\.org/)|(?<![\w.])/(?:home|root|work|tmp|Users|var)/|"
    r"localhost|127\.0\.0\.1"
)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def python_files(folder: Path = SRC) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def place(path: Path, node: ast.AST | None = None) -> str:
    line = f":{node.lineno}" if node is not None and hasattr(node, "lineno") else ""
    return f"{path.relative_to(ROOT)}{line}"


def imported(path: Path) -> list[tuple[str, ast.stmt]]:
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.module, node))
            found += [(f"{node.module}.{alias.name}", node) for alias in node.names]
    return found


LANGUAGE_RULES = {"reporting/text.py", "reporting/numbers.py"}
"""Particles and number words: rules of the language, not messages."""


def none(culprits: list[str]) -> None:
    assert not culprits, "\n".join(sorted(set(culprits)))


def test_no_random_source_but_the_named_draws():
    culprits = []
    for path in python_files():
        culprits += [
            f"{place(path, node)} imports {name}"
            for name, node in imported(path)
            if name.split(".")[0] in RANDOM_MODULES or name.startswith("numpy.random")
        ]
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Attribute) and node.attr == "random":
                culprits.append(f"{place(path, node)} uses .random")
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr in RANDOM_CALLS:
                culprits.append(f"{place(path, node)} calls .{called.attr}()")
    none(culprits)


def test_every_decision_is_used_and_every_used_decision_is_registered():
    with (SRC / "decisions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    registered = [row["decision"] for row in rows]
    assert len(registered) == len(set(registered)), "a decision is registered twice"
    none([f"{row['decision']} does not say of what" for row in rows if not row["of"]])
    texts = {
        node.value
        for path in python_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    # A name may be put together: f"uptake.{field}" with the fields of a class, say.
    words = texts | {
        node.target.id
        for path in python_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    beginnings = {
        node.values[0].value
        for path in python_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant)
    }

    def put_together(name: str) -> bool:
        starts = [each for each in beginnings if name.startswith(each)]
        return any(name.removeprefix(each) in words for each in starts)

    none(
        [
            f"decision '{name}' is registered but never used"
            for name in registered
            if name not in texts and not put_together(name)
        ]
    )


def test_no_file_is_longer_than_400_lines():
    files = [*python_files(), *python_files(ROOT / "tests"), *python_files(ROOT / "benchmarks")]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    none([f"{place(path)} has {n} lines" for path, n in lengths.items() if n > 400])


def test_no_address_or_path_of_a_machine_stands_in_the_package():
    kinds = {".py", ".yaml", ".html", ".css", ".j2", ".csv"}
    culprits = []
    for path in sorted(SRC.rglob("*")):
        if path.suffix not in kinds or path == KR / "sources.csv":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if MACHINE.search(line):
                culprits.append(f"{place(path)}:{number}: {line.strip()[:80]}")
    none(culprits)


def part_of(name: str) -> str:
    return name.split(".")[1] if name.startswith("simlib.") else ""


def rank(part: str) -> int | None:
    return ORDER.index(part) if part in ORDER else None


def test_a_folder_imports_only_from_those_above_it():
    culprits = []
    for path in python_files():
        mine = path.relative_to(SRC).parts[0].removesuffix(".py")
        for name, node in imported(path):
            other = part_of(name)
            if rank(other) is None or other == mine:
                continue
            if mine in BASE or (rank(mine) is not None and rank(other) > rank(mine)):
                culprits.append(f"{place(path, node)} imports {name}")
    none(culprits)


def test_the_funnel_does_not_know_that_outreach_exists():
    files = python_files(SRC / "uptake")
    none(
        [
            f"{place(path, node)} imports {name}"
            for path in files
            for name, node in imported(path)
            if part_of(name) == "outreach"
        ]
    )


def public_nodes(path: Path) -> list[ast.AST]:
    def visit(body: list[ast.stmt]) -> list[ast.AST]:
        found: list[ast.AST] = []
        for node in body:
            kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
            if isinstance(node, kinds) and not node.name.startswith("_"):
                found.append(node)
                if isinstance(node, ast.ClassDef):
                    found += visit(node.body)
        return found

    return visit(tree_of(path).body)


def is_overriding_setter(node: ast.AST) -> bool:
    return any(
        isinstance(each, ast.Attribute) and each.attr in ("setter", "overload")
        for each in getattr(node, "decorator_list", [])
    )


def test_every_public_name_has_a_docstring():
    culprits = [place(path) for path in python_files() if not ast.get_docstring(tree_of(path))]
    for path in python_files():
        culprits += [
            f"{place(path, node)} {node.name}"
            for node in public_nodes(path)
            if not is_overriding_setter(node) and not ast.get_docstring(node)
        ]
    none(culprits)


def test_docstrings_hold_no_types():
    typed = re.compile(r"^\s+\w+ : \S", re.MULTILINE)
    culprits = []
    for path in python_files():
        for node in public_nodes(path):
            doc = ast.get_docstring(node, clean=False) or ""
            if typed.search(doc):
                culprits.append(f"{place(path, node)} {node.name}: types are in annotations")
    none(culprits)


def test_korean_text_stands_in_catalogues_not_in_python():
    culprits = []
    for path in python_files():
        if path.relative_to(SRC).as_posix() in LANGUAGE_RULES:
            continue
        for node in ast.walk(tree_of(path)):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and HANGUL.search(text) and not is_docstring(path, node):
                culprits.append(f"{place(path, node)}: {text[:40]!r}")
    none(culprits)


@cache
def docstring_nodes(path: Path) -> set[int]:
    """Give the ids of string statements: docstrings, and those that document a constant."""
    return {
        id(node.value)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def is_docstring(path: Path, node: ast.AST) -> bool:
    return id(node) in docstring_nodes(path)


def yaml_values(value: object, at: str) -> list[tuple[str, dict]]:
    if isinstance(value, dict):
        mine = [(at, value)] if "value" in value else []
        return mine + [
            found for key, inner in value.items() for found in yaml_values(inner, f"{at}.{key}")
        ]
    if isinstance(value, list):
        return [
            found for i, inner in enumerate(value) for found in yaml_values(inner, f"{at}[{i}]")
        ]
    return []


def test_every_yaml_value_has_a_source_and_an_evidence_grade():
    culprits = []
    for path in sorted(KR.rglob("*.yaml")):
        if path.parent.name == "policies":
            continue
        for at, entry in yaml_values(yaml.safe_load(path.read_text(encoding="utf-8")), path.name):
            culprits += [
                f"{at} has no {key}" for key in ("source", "evidence") if not entry.get(key)
            ]
            culprits += wrong_citation(at, str(entry.get("source")), str(entry.get("evidence")))
    none(culprits)


def wrong_citation(at: str, source: str, evidence: str) -> list[str]:
    try:
        check_citation(at, source, evidence, at)
    except UserError as error:
        return [error.what]
    return []


def holds_numbers(rows: list[dict[str, str]]) -> bool:
    """Tell lists of numbers from lists of words, which need no source; codes are words."""
    words = re.compile(r"(^|_)(code|id|order|no|line|default)$")
    number = re.compile(r"^-?[\d.]+(e-?\d+)?$")
    return any(
        number.match(value or "")
        for row in rows
        for name, value in row.items()
        if name and not words.search(name)
    )


def test_every_csv_value_has_a_source_and_an_evidence_grade():
    culprits = []
    for path in sorted(KR.rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        if path.name == "sources.csv" or not holds_numbers(rows):
            continue
        missing = {"source", "evidence"} - set(rows[0])
        if missing:
            culprits.append(f"{place(path)} has no column {', '.join(sorted(missing))}")
            continue
        for number, row in enumerate(rows, start=2):
            at = f"{place(path)}:{number}"
            culprits += wrong_citation(at, row["source"], row["evidence"])
    none(culprits)


def test_sources_are_complete():
    none([each.source_id for each in sources().values() if not (each.grade and each.description)])


def test_notebooks_hold_no_outputs():
    culprits = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        if any(cell.get("outputs") or cell.get("execution_count") for cell in cells):
            culprits.append(place(path))
    none(culprits)


def test_only_the_adapter_knows_mesa():
    files = [path for path in python_files() if path.name != "mesa_adapter.py"]
    none(
        [
            f"{place(path, node)} imports {name}"
            for path in files
            for name, node in imported(path)
            if name.split(".")[0] == "mesa"
        ]
    )


def test_the_hot_path_knows_no_pandas_and_no_pickle():
    banned = {"pandas", "pyarrow", "pickle", "joblib"}
    none(
        [
            f"{place(path, node)} imports {name}"
            for path in python_files()
            for name, node in imported(path)
            if name.split(".")[0] in banned
        ]
    )


def split_requirement(text: str) -> tuple[str, str]:
    match = re.match(r"^([A-Za-z0-9._-]+(?:\[[\w,]+\])?)\s*(.*)$", text.strip())
    assert match is not None, text
    return match[1].lower(), match[2].replace(" ", "")


def test_environment_yml_agrees_with_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = dict(
        split_requirement(text)
        for text in [
            *project["project"]["dependencies"],
            *project["project"]["optional-dependencies"]["dev"],
            *project["build-system"]["requires"],
            f"python{project['project']['requires-python']}",
        ]
    )
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    listed = [each for each in environment["dependencies"] if isinstance(each, str)]
    [by_pip] = [each["pip"] for each in environment["dependencies"] if isinstance(each, dict)]
    listed += [each for each in by_pip if not each.startswith("-")]
    found = dict(split_requirement(text) for text in listed)
    found.pop("pip")
    assert found == wanted
    assert any("-e ." in each and "--no-deps" in each for each in by_pip)


def test_the_lock_has_hashes_the_build_backend_and_no_host_name():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"://|--index-url|--find-links", text)
    entries = re.split(r"\n(?=[a-zA-Z0-9])", text)
    entries = [each for each in entries if re.match(r"[a-zA-Z0-9]", each)]
    none([each.split()[0] for each in entries if "--hash=sha256:" not in each])
    names = {re.split(r"[=\[ ]", each)[0].lower() for each in entries}
    assert {"hatchling", "editables", "numpy", "mesa"} <= names


@pytest.mark.parametrize("name", ["Makefile", ".ci/run", ".ci/make-venv", "environment.yml"])
def test_set_up_files_name_no_host_and_no_path_of_a_machine(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?://|(?<![\w.])/(home|root|work)/", text)
