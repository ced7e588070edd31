"""Keras without the packages that it loads only because they are installed.

Keras looks for scikit-learn, pandas and matplotlib at its import, for wrappers, data frames and pictures that nothing
here asks of it. They take half the time of that import and 140 MB. Other code may import them before and after.
Nor is there any garbage to look for meanwhile, which would take a sixth of it.
On TensorFlow it loads that too, whose noise is kept back.
"""

import gc
import importlib.machinery
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from types import ModuleType

from common.noise import sifted

HIDDEN = ("matplotlib", "pandas", "sklearn")


def install() -> None:
    """From now on the first import of Keras in this process does not find them, whoever imports it."""
    if "keras" not in sys.modules and _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)


class _Finder:
    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(name, path, target) if name == "keras" else None
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_alone(module: ModuleType) -> None:
                loads_tensorflow = os.environ.get("KERAS_BACKEND") == "tensorflow" and "tensorflow" not in sys.modules
                with _hidden(), _uncollected(), sifted() if loads_tensorflow else nullcontext():
                    load(module)

            spec.loader.exec_module = load_alone  # type: ignore[method-assign]
        return spec


@contextmanager
def _uncollected() -> Iterator[None]:
    """Nothing is looked for that might be freed: what a library makes at its import stays."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@contextmanager
def _hidden() -> Iterator[None]:
    """An import of what is not loaded yet fails as if it were not installed."""
    names = [name for name in HIDDEN if name not in sys.modules]
    sys.modules.update(dict.fromkeys(names))  # type: ignore[arg-type]  # None, as the import system knows it
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
