#!/usr/bin/env bash
# Keras' initialisers draw other weights inside MultiHeadAttention than for the same shape on their own.
#
# Versions: keras 3.15.1, jax and jaxlib 0.10.2, numpy 2.4.6, Python 3.11, on a CPU.
# Behaviour: GlorotUniform, given the shape (512, 8, 64) of a query kernel, reads it as that of a convolution over 512
# places: its limit is sqrt(6 / (512 * (8 + 64))) = 0.013. MultiHeadAttention(8, 64) on 512 features has that very
# initialiser and shape, but EinsumDense, of which it is made, copies the initialiser and tells the copy which axes are
# inputs and which outputs. The limit is sqrt(6 / (512 + 512)) = 0.077, that of Dense(512), and depends on no number of
# heads; weights that are drawn by hand for the kernel's shape start a sixth as large as those of the layer.
# A good guess: 0.013 in both, as the layer hands its kernel's shape to the initialiser.
# Seen: alone: 0.013 / 8 heads: 0.077 / 64 heads: 0.077 / Dense: 0.077
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "keras==3.15.1" "jax==0.10.2" "jaxlib==0.10.2" "numpy==2.4.6"
cd "$folder"
found=$(KERAS_HOME="$folder/keras" KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$folder/venv/bin/python" - <<'PROGRAM'
import keras
import numpy as np
from keras import layers


def largest(kernel):
    return f"{np.abs(np.asarray(kernel)).max():.3f}"


def query(heads, size):
    layer = layers.MultiHeadAttention(heads, size, kernel_initializer="glorot_uniform")
    layer.build((1, 4, 512), (1, 4, 512))
    [kernel] = [weight for weight in layer.weights if weight.path.endswith("query/kernel")]
    assert kernel.shape == (512, heads, size)
    return kernel


dense = layers.Dense(512, kernel_initializer="glorot_uniform")
dense.build((1, 512))
print("alone:", largest(keras.initializers.GlorotUniform()((512, 8, 64))))
print("8 heads:", largest(query(8, 64)))
print("64 heads:", largest(query(64, 8)))
print("Dense:", largest(dense.kernel))
PROGRAM
)
echo "$found"
[ "$found" = "$(printf 'alone: 0.013\n8 heads: 0.077\n64 heads: 0.077\nDense: 0.077')" ]
