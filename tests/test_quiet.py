"""A run says what it does and what came, its libraries say nothing, and all that is kept lies in its home."""

import os
import subprocess
import sys
from typing import Any

import pytest

from common import decoding
from suite import registry

SLEEP = "reproductions/stub/studies/sleep.py"


def test_the_first_line_of_a_run_says_what_is_going_to_happen_and_the_last_what_came(stub: Any) -> None:
    first = stub.run("run", "--workers", "0", "--only", "stub-echo").stderr.splitlines()
    assert first[0] == (
        "repro: trains 3 of 3 trials with jax on the CPU, in this process: about 30 s, and what is finished is kept."
    )
    assert first[-1] == "repro: 3 trained, 0 from the record."
    more = stub.run("run", "--workers", "2").stderr.splitlines()
    assert more[0] == (
        "repro: trains 3 of 6 trials (3 are on record) with jax on the CPU, in 2 worker(s): about 15 s, and what is "
        "finished is kept."
    )
    assert more[-1] == "repro: 3 trained, 3 from the record."
    again = stub.run("run").stderr.splitlines()
    assert again[0] == "repro: nothing to train, all 6 trials are on record."
    assert again[-1] == "repro: 0 trained, 6 from the record."


def test_all_that_is_kept_lies_in_the_home(stub: Any) -> None:
    """Keras and Matplotlib would write into the user's own."""
    user = stub.root / "user"
    user.mkdir()
    stub.edit(SLEEP, "import numpy as np", "import keras, matplotlib\nimport numpy as np")
    known = {"HOME": str(user), "XDG_CACHE_HOME": str(user), "XDG_CONFIG_HOME": str(user), "REPRO_CACHE": ""}
    assert stub.run("run", "--workers", "1", **known).returncode == 0
    assert list(user.iterdir()) == []


def test_decoding_says_nothing_that_no_one_asked_for() -> None:
    """TensorFlow's libraries log before they read any variable; a fault of theirs must be heard all the same."""
    heard = "import os; os.write(2, b'I0000 00:00:1 1 port.cc:153] oneDNN is on\\nE0000 a fault\\n')"
    program = f"from common.noise import sifted\nwith sifted():\n    {heard}\nos.write(2, b'I0000 00:00 after')"
    dying = f"from common.noise import sifted\nwith sifted():\n    {heard}; os.abort()"
    for text, said in ((program, "E0000 a fault\nI0000 00:00 after"), (dying, "E0000 a fault\n")):
        done = subprocess.run(
            [sys.executable, "-c", text], cwd=registry.ROOT, capture_output=True, text=True, check=False
        )
        assert done.stderr == said


def test_tensorflow_is_loaded_without_a_word() -> None:
    known = {name: text for name, text in os.environ.items() if not name.startswith("TF_CPP")}
    program = "from suite import commands; commands.prepare('tensorflow'); import keras; print(keras.backend.backend())"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=registry.ROOT,
        env=known | {"KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("tensorflow\n", "")


def test_quiet_decoding_restores_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    with decoding.quiet():
        os.write(2, b"I0000 00:00 noise\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err in ("after\n", "I0000 00:00 noise\nafter\n")  # where TensorFlow is loaded it is kept
