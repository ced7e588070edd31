"""The files whose syntax trees make a study's hash, and what a study may not do because no hash would see it.

A study computes what its file, its reproduction's `model.py` and all that these import of the reproduction say. What
they import of `common` counts through `NUMERICS`.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from suite.records import program, syntax_tree

ROOT = Path(__file__).parent.parent
DYNAMIC = ("importlib", "imp", "inspect", "pkgutil", "runpy", "subprocess", "zipimport")
CODE = ("__import__", "compile", "eval", "exec")
PLACES = ("__file__", "__loader__", "__path__", "__spec__")
READERS = ("open", "read_text", "read_bytes", "load", "loadtxt", "genfromtxt", "fromfile", "memmap", "read_csv",
           "load_model", "load_weights")  # fmt: skip
INSTEAD = "write small data into the code, and read data sets by `common.datasets`, whose hash is in the key"


def files(name: str, question: str) -> list[Path]:
    """A study's file, the reproduction's `model.py`, and what they import of it, packages' `__init__.py` included."""
    folder = ROOT / "reproductions" / name
    found = [path for path in (folder / "studies" / f"{question}.py", folder / "model.py") if path.exists()]
    for path in found:  # grows on the way
        found += [file for file in _imported(name, path) if file not in found]
    return found


def _imported(name: str, path: Path) -> list[Path]:
    """The files of the reproduction that are run when one of its files is imported, other than that file."""
    prefix = f"reproductions.{name}"
    own = [m for m in (_module(path), *modules(path)) if m == prefix or m.startswith(f"{prefix}.")]
    above = [m.rsplit(".", count)[0] for m in own for count in range(m.count(".") - 1, 0, -1)]
    places = [ROOT.joinpath(*module.split(".")) for module in (*own, *above)]
    plain = [place.with_suffix(".py") for place in places]
    packages = [file for place in places if (file := place / "__init__.py").exists() and _computes(file)]
    return [file for file in dict.fromkeys((*plain, *packages)) if file.exists() and file != path]


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _computes(path: Path) -> bool:
    """Whether there is more than a docstring in a file."""
    body = syntax_tree(program(path)).body
    return any(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in body)


def modules(path: Path) -> tuple[str, ...]:
    """What a file imports anywhere in it, and what that may be a module of."""
    return _imports(program(path), path.relative_to(ROOT).parent.parts)


@cache
def _imports(text: str, package: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(module for node in _statements(syntax_tree(text).body) for module in _named(node, package))


def _statements(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """An import is a statement, and there are ten times as many nodes."""
    for node in body:
        yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            yield from _statements(getattr(node, part, ()))


@cache
def _walked(text: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(syntax_tree(text)))


def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return _walked(program(path))


def _named(node: ast.AST, package: tuple[str, ...]) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    above = package[: len(package) + 1 - node.level] if node.level else ()
    module = ".".join([*above, *filter(None, [node.module])])
    return [module, *(f"{module}.{alias.name}" for alias in node.names)]


def escapes(name: str, question: str) -> list[str]:
    """What a study does that its hash would not see, as `model.py, line 3: …`; nothing where it may be run."""
    return [fault for path in files(name, question) for fault in _escapes(path, name)]


@cache
def _escapes(path: Path, name: str) -> list[str]:
    package, place = path.relative_to(ROOT).parent.parts, path.relative_to(ROOT / "reproductions" / name)
    found = ((node, _foreign(node, name, package) or _hidden(node)) for node in _nodes(path))
    return [f"{place}, line {getattr(node, 'lineno', 0)}: {fault}" for node, fault in found if fault]


def _foreign(node: ast.AST, name: str, package: tuple[str, ...]) -> str:
    """What is wrong with an import."""
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return ""
    modules = _named(node, package)
    source = modules.pop(0) if isinstance(node, ast.ImportFrom) else ""  # where a package may be named
    if source and f"{source}.*" in modules and _is_package(source):
        return f"`{source}` is a package, and which of its modules `*` means is not to be seen; import them by name"
    for module in modules:
        first, *rest = module.split(".")
        if first in DYNAMIC:
            return f"`{first}` finds code or files in ways that the study's hash does not follow; import them plainly"
        if first == "reproductions" and rest[:1] != [name]:
            return f"`{module}` is no part of this reproduction, nor of its hash; import from `common` or from here"
        if first == "reproductions" and _is_package(module):
            return f"`{module}` is a package, and which of its modules are used is not to be seen; import the modules"
        beside = (ROOT / first).with_suffix(".py").exists() or _is_package(first)
        if beside and first not in ("reproductions", "common"):
            return f"`{module}` is no part of the study's hash; import from `common` or from this reproduction"
    return ""


def _hidden(node: ast.AST) -> str:
    """Code or files that a node reaches otherwise than by an import."""
    if isinstance(node, ast.Name) and node.id in CODE:
        return f"`{node.id}` runs code that the study's hash does not see; write it out"
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sys":
        return f"`sys.{node.attr}` changes what is imported" if node.attr in ("path", "modules", "meta_path") else ""
    if isinstance(node, ast.Name) and node.id in PLACES:
        return f"`{node.id}` leads to files that are no part of the study's hash; {INSTEAD}"
    if isinstance(node, ast.Call) and _called(node) in READERS and not _writes(node):
        return f"`{_called(node)}` reads a file, which is no part of the study's hash; {INSTEAD}"
    return ""


def _is_package(module: str) -> bool:
    return ROOT.joinpath(*module.split("."), "__init__.py").exists()


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _writes(node: ast.Call) -> bool:
    modes = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "mode")]
    return any(isinstance(mode, ast.Constant) and str(mode.value)[:1] in ("a", "w", "x") for mode in modes)
