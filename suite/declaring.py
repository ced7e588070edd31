"""What studies declare, asked of them without the ML libraries that they import: for commands that only look.

In a library's place stand names that can be passed on and inherited from, which is all that a study does with it when
it is imported. One that does more, as to call something, is imported with the library.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from common.study import TIERS
from suite import registry

LIBRARIES = ("jax", "jaxlib", "keras", "tensorflow", "torch")
OURS = ("common", "reproductions")  # what may hold a name of them


@contextmanager
def light(names: Iterable[str]) -> Iterator[None]:
    """Within it the studies of these reproductions can be imported and their arms be asked for, without an ML library.

    Nothing of it is left afterwards, so that the same process may train. A library that is loaded already is used.
    """
    if not any(library in sys.modules for library in LIBRARIES):
        before = set(sys.modules)
        sys.meta_path.insert(0, _Finder)
        try:
            if _declare_all(names):
                yield
                return
        finally:
            sys.meta_path.remove(_Finder)
            _forget(set(sys.modules) - before)
    yield


def _declare_all(names: Iterable[str]) -> bool:
    """Whether all arms of all studies can be told so."""
    try:
        for name in names:
            for question in registry.study_names(name):
                for tier in TIERS:
                    registry.arms(name, question, tier)
    except Exception:  # a study that is broken, or one that does more: with the library it is seen which
        return False
    return True


def _forget(modules: Iterable[str]) -> None:
    for name in modules:
        if name.partition(".")[0] in (*OURS, *LIBRARIES):
            module = sys.modules.pop(name)
            parent, _, child = name.rpartition(".")
            if getattr(sys.modules.get(parent), child, None) is module:
                delattr(sys.modules[parent], child)


class _Naming(type):
    def __getattr__(cls, name: str) -> Any:
        return _named(name)

    def __call__(cls, *arguments: Any, **words: Any) -> Any:
        raise TypeError("only a name is here, and it does nothing")


class _Name(metaclass=_Naming):
    """Anything that is of a library."""


def _named(name: str) -> Any:
    if name.startswith("__"):  # what Python itself asks of whatever it meets
        raise AttributeError(name)
    return _Name


class _Finder(Loader):
    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(name, cls(), is_package=True) if name.partition(".")[0] in LIBRARIES else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = ModuleType(spec.name)
        module.__getattr__ = _named  # type: ignore[method-assign]
        return module

    def exec_module(self, module: ModuleType) -> None:
        pass
