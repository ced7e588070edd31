"""Experiments for `test_gradients.py`: clipping beside Keras' own and in double precision, and slopes at kinks."""

from typing import Any

import keras
import numpy as np
from equality_probe import INPUTS, LAYERS, ROWS, STEPS, TARGETS, Formula
from keras import ops
from training_probe import base, restore, weights_as_metrics

from common.gradients import clipped, clipping, input_gradient
from common.training import Arrays, Evaluation, train


def clip(scale: float, norm: float) -> list[dict[str, Any]]:
    """Gradients of weights of three shapes, and of one that has none: by us, by Keras and in double precision."""
    generator = np.random.default_rng(5)
    plain = [np.asarray(scale * generator.standard_normal(shape)).astype("float32") for shape in ((4, 3), (5,), ())]
    gradients = [None, *map(ops.convert_to_tensor, plain)]
    factor = min(norm / np.sqrt(sum(np.sum(np.square(g.astype(float))) for g in plain)), 1.0)
    theirs = keras.optimizers.SGD(1.0, global_clipnorm=norm)._clip_gradients(gradients)
    found = clipped(gradients, norm)
    ours, keras_own = ([np.array(g, float).tolist() for g in cut if g is not None] for cut in (found, theirs))
    exact = [(factor * g.astype(float)).tolist() for g in plain]
    return [{"seed": 0, "weights": ours, "keras_weights": keras_own, "exact": exact, "none": found[0]}]


def clipped_training(scale: float) -> list[dict[str, Any]]:
    """Ten steps of words through an embedding, the loss times `scale`, clipped by us; by Keras' clipping at scale 1."""

    def model(hyper: Any) -> Any:
        layers = [keras.Input((5,)), *LAYERS["embedding"][1](), keras.layers.Dense(1, kernel_initializer=Formula())]
        return keras.Sequential(layers)

    x = INPUTS["word"]
    examples = Arrays(x, TARGETS)
    watched = base(
        build_model=model,
        build_optimizer=lambda hyper: clipping(keras.optimizers.SGD, hyper["norm"])(0.5),
        hyper={"norm": 0.1},
        loss=lambda model, x, y: scale * ops.mean(ops.square(model(x, training=True) - y)),
        data=examples,
        batch_size=ROWS,
        steps=STEPS,
        evaluate={"test": Evaluation(examples, weights_as_metrics, size=ROWS, batch_size=ROWS)},
    )
    run = next(iter(train(watched, [0])))
    plain = model({})
    plain.compile(optimizer=keras.optimizers.SGD(0.5, global_clipnorm=0.1), loss="mse")
    for _ in range(STEPS):
        plain.train_on_batch(x, TARGETS)
    ours = restore(run.metrics, [tuple(v.shape) for v in plain.trainable_variables])
    return [{"seed": 0, "weights": ours, "keras_weights": [np.array(v).tolist() for v in plain.trainable_variables]}]


def kinks() -> list[dict[str, Any]]:
    """Slopes at 0 of what has a kink there."""
    functions: dict[str, Any] = {
        "relu": ops.relu,
        "layer": keras.layers.ReLU(),
        "dense": keras.layers.Dense(1, activation="relu", kernel_initializer="ones"),
        "hinge": lambda x: ops.relu(1.0 - (1.0 + x)),
        "absolute": lambda x: ops.relu(x) + ops.relu(-x),
        "leaky": lambda x: ops.relu(x) - 0.2 * ops.relu(-x),
        "ops.abs": ops.abs,
        "ops.maximum": lambda x: ops.maximum(x, 0.0),
        "ops.leaky_relu": ops.leaky_relu,
    }
    zero = ops.zeros((1, 1))
    slopes = {name: input_gradient(lambda x, f=f: ops.sum(f(x)), zero) for name, f in functions.items()}
    return [{"seed": 0, **{name: float(np.array(slope)[0, 0]) for name, slope in slopes.items()}}]
