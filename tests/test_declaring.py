"""What studies declare is told without the ML library that they import; where that cannot be, with it."""

import os
import subprocess
import sys
from typing import Any

import pytest

from suite import registry

ASKED = """
import sys
from suite import declaring, registry
registry.claims("parity")
with declaring.light(["parity"]):
    light = registry.arms("parity", "frontier", "full"), registry.study_sha256("parity", "frontier")
    print("frontier" in str(registry.study("parity", "frontier")), "keras.src" in sys.modules)
left = {m.partition(".")[0] for m in sys.modules} & {"jax", "keras"}
print(left, hasattr(sys.modules["reproductions.parity"], "model"))
import keras
from reproductions.parity import model
net = model.build_model(5, (3,))
print(isinstance(net, keras.Model), light[0] == registry.arms("parity", "frontier", "full"))
"""


def test_arms_are_those_that_keras_would_see_and_nothing_of_it_is_left() -> None:
    environment = os.environ | {"KERAS_BACKEND": "jax"}
    done = subprocess.run(
        [sys.executable, "-c", ASKED], cwd=registry.ROOT, env=environment, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["True False", "set() False", "True True"], done.stderr


@pytest.mark.parametrize(
    ("line", "loaded"),
    [
        ("from jax import numpy; import keras.src.ops\nclass Net(keras.layers.Layer): LAYER = keras.src.ops", "False"),
        ("COUNT = keras.layers.Dense(3).units", "True"),  # what a call gives only the library knows
    ],
)
def test_a_study_that_needs_the_library_to_declare_its_arms_has_it(stub: Any, line: str, loaded: str) -> None:
    stub.edit("reproductions/stub/studies/sleep.py", "import numpy as np", f"import keras\nimport numpy as np\n{line}")
    program = "import sys; from suite.cli import main; print(main(['status', 'stub']), 'keras.src' in sys.modules)"
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("REPRO_", "STUB_"))}
    environment |= {"KERAS_BACKEND": "jax", "REPRO_HOME": str(stub.root / "home")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=stub.root, env=environment, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == f"0 {loaded}", done.stderr
    assert done.stdout.splitlines()[0] == "stub/sleep/treatment: 0 of 3 done, 0 failed"


def test_a_broken_study_is_told_as_it_is(stub: Any) -> None:
    stub.edit("reproductions/stub/studies/sleep.py", "import numpy as np", "import numpy as np\nimport keras, nothing")
    told = stub.run("status", "stub-better")
    assert told.returncode == 2
    assert "reproductions/stub/studies/sleep.py cannot be imported: ModuleNotFoundError" in told.stderr
