"""Imports go one way, only what needs an ML library loads one, and files stay short enough to read."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
ML = {"keras", "jax", "jaxlib", "tensorflow", "torch"}
DATA = {"tensorflow_datasets", "sklearn"}
ML_FILES = {
    *(f"common/{name}.py" for name in ("attacks", "constraints", "gradients", "sequences", "updates")),
    *(
        f"common/engine/{name}.py"
        for name in (
            "convolution",
            "hyper",
            "inputs",
            "jax_engine",
            "jax_program",
            "lanes",
            "logits",
            "loop_engine",
            "lowering",
            "masks",
            "permutations",
            "pooling",
            "seeding",
            "sharing",
            "shuffling",
            "threefry",
            "trainer",
        )
    ),
}
ROOMS = ("common", "suite", "reproductions", "benchmarks", "tests")
CLAIMS = (
    "suite.claims",
    "suite.questions",
    "suite.negatives",
)  # what a claim is, what it asks, and what would refute it
DOORS = ("reproductions/__init__.py", "reproductions/__main__.py", "reproductions/conftest.py")


def all_files(folder: str) -> list[str]:
    """Python files of the project, relative to it."""
    return [path.relative_to(PROJECT).as_posix() for path in sorted((PROJECT / folder).rglob("*.py"))]


def files(folder: str) -> list[str]:
    """Without those of a reproduction's tests, which are none of its code."""
    return [path for path in all_files(folder) if not Path(path).name.startswith("test_")]


COMMON, SUITE, REPRODUCTIONS = map(files, ROOMS[:3])
LESSONS = [path for path in REPRODUCTIONS if path.endswith("/lesson.py")]


def imports(path: str, *, module_level: bool = False) -> Iterator[str]:
    """Dotted names that a file imports anywhere, or outside its functions; `from a import b` gives `a.b` as well.

    A name that is put together when the program runs ends in a star where it becomes unknown.
    """
    yield from _read(PROJECT / path, Path(path).parent.parts, module_level)


@cache
def _read(file: Path, package: tuple[str, ...], module_level: bool) -> tuple[str, ...]:
    """Once for all tests: a dozen of them look at each file."""
    return tuple(_imports(ast.parse(file.read_text(encoding="utf-8")), package, module_level))


def _imports(node: ast.AST, package: tuple[str, ...], module_level: bool) -> Iterator[str]:
    if module_level and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        above = package[: len(package) + 1 - node.level] if node.level else ()
        module = ".".join([*above, *filter(None, [node.module])])
        yield module
        yield from (f"{module}.{alias.name}" for alias in node.names)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
        called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        name = node.args[0] if node.args and called in ("import_module", "__import__", "resolve_name") else None
        if isinstance(name, ast.Constant):
            yield str(name.value).partition(":")[0]
        if isinstance(name, ast.JoinedStr) and isinstance(name.values[0], ast.Constant):
            yield f"{name.values[0].value}*"
    for child in ast.iter_child_nodes(node):
        yield from _imports(child, package, module_level)


def top(names: Iterator[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def of_suite(path: str) -> set[str]:
    return {name for name in imports(path) if name.split(".")[0] == "suite"}


def trained_files() -> set[str]:
    """Studies, and the files of their reproductions that they import, directly or through one another."""
    found = {path for path in REPRODUCTIONS if "/studies/" in path}
    while more := {path for one in found for path in map(file_of, imports(one)) if path in REPRODUCTIONS} - found:
        found |= more
    return {path for path in found if path.count("/") > 1}


def file_of(module: str) -> str:
    return module.replace(".", "/") + ".py"


@cache
def graph() -> dict[str, set[str]]:
    """Each file of the project to those that it imports; a package's name stands for its `__init__.py`."""
    known = {path for room in ROOMS for path in all_files(room)}

    def imported(path: str) -> set[str]:
        stems = [base + name.replace(".", "/") for name in imports(path) for base in ("", "tests/")]
        return {file for stem in stems for file in (f"{stem}.py", f"{stem}/__init__.py")} & known

    return {path: imported(path) for path in known}


TRAINED = trained_files()


def breaches(paths: Iterable[str], law: Callable[[str], Iterable[object]]) -> dict[str, list[object]]:
    """The files that break a law, each with what breaks it. A test a law, as one a file would take minutes to count."""
    assert paths
    return {path: found for path in paths if (found := list(law(path)))}


def test_common_imports_nothing_above_it() -> None:
    assert breaches(COMMON, lambda path: top(imports(path)) & {*ROOMS[1:]}) == {}


def test_the_suite_reaches_reproductions_through_its_registry_alone() -> None:
    registry = {"suite/registry.py": {"reproductions"}}
    assert breaches(SUITE, lambda path: top(imports(path)) & {*ROOMS[2:]} - registry.get(path, set())) == {}


def test_reproductions_import_neither_tests_nor_benchmarks() -> None:
    assert breaches(REPRODUCTIONS, lambda path: top(imports(path)) & {"tests", "benchmarks"}) == {}


def test_a_paper_knows_what_a_claim_is_and_no_more_of_the_suite() -> None:
    doors = tuple(f"{claims}." for claims in CLAIMS)
    papers = [path for path in REPRODUCTIONS if path not in (*DOORS, *LESSONS)]
    assert breaches(papers, lambda path: [name for name in of_suite(path) if not f"{name}.".startswith(doors)]) == {}


def test_a_lesson_knows_of_the_suite_what_lessons_share() -> None:
    assert breaches(LESSONS, lambda path: of_suite(path) ^ {"suite", "suite.lessons"}) == {}


def test_nothing_imports_a_lesson() -> None:
    assert not {path for path, imported in graph().items() if imported & {*LESSONS}}


def test_a_paper_knows_the_engine_by_its_front() -> None:
    def inside(path: str) -> list[str]:
        return [name for name in imports(path) if f"{name}.".startswith("common.engine.")]

    assert breaches([path for path in REPRODUCTIONS if path not in DOORS], inside) == {}


def test_no_two_files_import_each_other() -> None:
    """Nor do more of them in a circle, however late or for whatever reason they are imported."""
    TopologicalSorter(graph()).prepare()


def test_reproductions_is_a_folder_of_papers() -> None:
    assert {path for path in REPRODUCTIONS if path.count("/") == 1} == {*DOORS}


def test_no_reproduction_imports_another() -> None:
    folders = {folder.name for folder in (PROJECT / "reproductions").iterdir() if folder.is_dir()}

    def others(path: str) -> list[str]:
        foreign = tuple(f"reproductions.{name}." for name in folders - {Path(path).parts[1]})
        return [name for name in imports(path) if f"{name}.".startswith(foreign)]

    assert breaches([path for path in REPRODUCTIONS if path.count("/") > 1], others) == {}


def test_claims_import_only_what_claims_are_made_of() -> None:
    for path in (path for path in REPRODUCTIONS if path.endswith("/claims.py")):
        names = {name for name in imports(path) if name.split(".")[0] not in ("math", "typing")}
        modules = {".".join(name.split(".")[:2]) for name in names}
        assert modules, path
        assert modules <= {*CLAIMS}, path


def test_a_study_never_sees_a_threshold() -> None:
    assert breaches(TRAINED, lambda path: [name for name in imports(path) if "claims" in name.split(".")]) == {}


def test_only_what_trains_imports_an_ml_library() -> None:
    late = {"common/decoding.py", "common/fetching.py"}

    def loaded(path: str) -> set[str]:
        allowed = ML | {"sklearn"} if path in TRAINED else ML if path in ML_FILES else DATA if path in late else set()
        return top(imports(path)) & (ML | DATA) - allowed

    assert breaches(COMMON + SUITE + REPRODUCTIONS, loaded) == {}
    slow = breaches(late, lambda path: top(imports(path, module_level=True)) & DATA)
    assert slow == {}, "a module-level import slows every light command"


def test_nothing_is_stored_as_a_pickle() -> None:
    kinds = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    files_of_all = {*COMMON, *SUITE, *REPRODUCTIONS, *files("benchmarks")}
    files_of_all.remove("suite/workers.py")  # through a pipe to its own workers only
    assert breaches(files_of_all, lambda path: top(imports(path)) & kinds) == {}


def test_files_are_short() -> None:
    def too_long(path: str) -> list[int]:
        count = len((PROJECT / path).read_text(encoding="utf-8").splitlines())
        return [count] if count > (200 if "/studies/" in path else 300) else []

    assert breaches(COMMON + SUITE + REPRODUCTIONS, too_long) == {}


def test_the_driver_loads_no_ml_library() -> None:
    program = "import sys, suite.commands, suite.recording; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & (ML | DATA)


def test_the_reader_of_imports_sees_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "PROJECT", tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b.py").write_text(
        "import one.two as x\nfrom three import four\nfrom . import five\nfrom .six import y\n"
        "import importlib\nif x:\n    import seven\ndef f():\n    import eight\n    importlib.import_module('nine')\n"
        "    importlib.import_module(f'ten.{x}.eleven')\n"
    )
    found = set(imports("a/b.py"))
    assert {"one.two", "three.four", "a.five", "a.six.y", "seven", "eight", "nine", "ten.*"} <= found
    assert not {"eight", "nine"} & set(imports("a/b.py", module_level=True))
