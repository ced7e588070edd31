"""Random numbers of compiled programs on a CPU: JAX's own bits, and no round of the generator run twice."""

import os
import subprocess
import sys

from suite import registry

PROGRAM = """
import contextlib
import jax, numpy as np
draws = lambda: jax.jit(lambda key: jax.random.bits(key, (300, 7)))  # traced anew each time
key = np.array([7, 2**32 - 1], np.uint32)
own = np.asarray(draws()(key))
from common.engine import threefry
threefry.install()
for manner in (contextlib.nullcontext(), threefry.fused()):
    with manner:
        compiled = draws().lower(key).compile()
        print((np.asarray(compiled(key)) == own).all(), compiled.as_text().count(" xor("), own.dtype)
"""

COUNTED = """
import jax, numpy as np
from common.engine import threefry
threefry.install()
class Counted(tuple):
    def __getitem__(self, place):
        groups.append(place)
        return tuple.__getitem__(self, place)
groups, threefry.ROTATIONS = [], Counted(threefry.ROTATIONS)
for _ in range(3):
    with threefry.fused():
        jax.jit(lambda key: jax.random.bits(key, (300, 7))).lower(np.zeros(2, np.uint32))
print(len(groups))
"""


def run(program: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(registry.ROOT), "JAX_PLATFORMS": "cpu", "JAX_ENABLE_X64": "0"}
    environment.pop("JAX_COMPILATION_CACHE_DIR", None)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_words_are_those_of_jax_and_the_twenty_rounds_are_run_once() -> None:
    equal, counts, dtypes = zip(*(line.split() for line in run(PROGRAM).splitlines()), strict=True)
    assert equal == ("True", "True")
    assert dtypes == ("uint32", "uint32")
    # One a round, two for the third word of the key, one that makes a word of 32 bits out of two.
    assert [int(count) <= 24 for count in counts] == [True, True], counts


def test_programs_that_draw_as_many_words_share_one_trace_of_the_rounds() -> None:
    assert int(run(COUNTED)) == 5  # groups of four rounds
