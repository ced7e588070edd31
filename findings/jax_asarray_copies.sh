#!/usr/bin/env bash
# jax.device_put uses an aligned NumPy array as it is; jax.numpy.asarray copies it.
#
# Versions: jax and jaxlib 0.10.2, numpy 2.4.6, Python 3.11, on a CPU.
# Behaviour: of a float32 array that starts at a multiple of 64 bytes, device_put(array) has the array's own address and
# takes no memory; asarray(array) has another address. A data set that is handed over by asarray is in memory twice.
# A good guess: both go without a copy, as numpy.asarray does and as the name says; only jax.numpy.array copies.
# Seen: device_put shares: True / asarray shares: False / array shares: False
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "jax==0.10.2" "jaxlib==0.10.2" "numpy==2.4.6"
cd "$folder"
found=$(JAX_PLATFORMS=cpu "$folder/venv/bin/python" - <<'PROGRAM'
import jax
import jax.numpy as jnp
import numpy as np

size = 1_000_000
room = np.zeros(4 * size + 64, np.uint8)
start = -room.ctypes.data % 64
array = room[start : start + 4 * size].view(np.float32)

for name, convert in (("device_put", jax.device_put), ("asarray", jnp.asarray), ("array", jnp.array)):
    print(f"{name} shares:", convert(array).unsafe_buffer_pointer() == array.ctypes.data)
PROGRAM
)
echo "$found"
[ "$found" = "$(printf 'device_put shares: True\nasarray shares: False\narray shares: False')" ]
