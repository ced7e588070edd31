"""What Keras loads: nothing that is there only because it is installed, whoever imports it first."""

import os
import subprocess
import sys

from common.engine import light_keras
from suite import registry


def loaded(program: str) -> list[str]:
    """The hidden packages, by name, that a program in a process of its own leaves loaded; it may print others."""
    end = f"\nimport sys\nprint(*sorted(set({light_keras.HIDDEN}) & {{name for name, m in sys.modules.items() if m}}))"
    environment = os.environ | {"PYTHONPATH": str(registry.ROOT), "KERAS_BACKEND": "jax", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([sys.executable, "-c", program + end], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_what_an_engine_or_a_study_loads_leaves_out_what_keras_only_finds_installed() -> None:
    worker = "from suite import registry, running; registry.study('parity', 'frontier')"
    assert loaded(f"{worker}; import common.engine.jax_engine") == []


def test_hidden_packages_can_be_imported_before_keras_and_after_it() -> None:
    program = "import common, pandas, keras, sklearn, matplotlib.pyplot; assert keras.ops and pandas.DataFrame"
    assert loaded(program) == sorted(light_keras.HIDDEN)


def test_no_garbage_is_looked_for_while_keras_is_loaded() -> None:
    program = """
import common, gc
looks = lambda: sum(generation["collections"] for generation in gc.get_stats())
before = looks()
import keras
assert looks() - before <= 1, looks() - before
assert gc.isenabled()
"""
    assert loaded(program) == []


def test_an_import_of_keras_that_fails_hides_nothing_afterwards() -> None:
    program = """
import common, sys
sys.modules["ml_dtypes"] = None
try:
    import keras
except ImportError:
    import gc, pandas
    assert gc.isenabled()
else:
    raise SystemExit("Keras was loaded")
"""
    assert loaded(program) == ["pandas"]
