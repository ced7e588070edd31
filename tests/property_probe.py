"""Random small models, optimizers and data for `test_properties.py`: the engine beside plain Keras, step by step."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from common.training import Arrays, Evaluation, Experiment, Stream, key_words, train

BATCH, STEPS, PROJECTIONS = 6, 4, 3
SHAPES = {"flat": (5,), "image": (6, 6, 2), "sequence": (5, 3), "words": (5,)}
Pick = Callable[..., Any]


class Recipe:
    """What combination `number` is made of; drawn anew each time, so that models and optimizers can be made twice."""

    def __init__(self, number: int) -> None:
        self.random = np.random.default_rng([17, number])
        self.parts: list[str] = []

    def pick(self, *choices: Any) -> Any:
        return choices[int(self.random.integers(len(choices)))]

    def note(self, part: str) -> None:
        self.parts.append(part)

    def options(self) -> dict[str, Any]:
        """A regulariser, a constraint or a bias less, for a layer with a kernel."""
        found: dict[str, Any] = {}
        if self.random.random() < 0.3:
            found["kernel_regularizer"] = self.pick("l1", "l2", keras.regularizers.L1L2(0.01, 0.02))
        if self.random.random() < 0.3:
            found["kernel_constraint"] = self.pick(
                keras.constraints.MaxNorm(0.7), keras.constraints.NonNeg(), keras.constraints.UnitNorm()
            )
        if self.random.random() < 0.2:
            found["activity_regularizer"] = keras.regularizers.L2(0.02)
        self.parts += found
        return found

    def activation(self) -> str:
        return str(self.pick("tanh", "sigmoid", "softplus", "gelu", "swish", "linear"))


class Penalised(layers.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        self.add_loss(0.05 * ops.mean(ops.square(x)))
        return x


def flat(r: Recipe, x: Any) -> Any:
    kind = r.pick(
        "dense", "dense", "norm", "layer", "dropout", "noise", "residual", "concat", "prelu", "penalty", "einsum"
    )
    r.note(kind)
    units = x.shape[-1]
    if kind == "dense":
        return layers.Dense(r.pick(3, 4), r.activation(), **r.options())(x)
    if kind == "norm":  # a bias before it has no gradient but rounding, which some optimizers blow up
        x = layers.Dense(4, use_bias=False)(x)
        return layers.BatchNormalization(momentum=r.pick(0.5, 0.9), scale=r.pick(True, False))(x)
    if kind == "residual":
        return layers.Add()([x, layers.Dense(units, r.activation(), trainable=r.pick(True, True, False))(x)])
    if kind == "concat":
        return layers.Concatenate()([x, layers.Dense(2, r.activation())(x)])
    if kind == "layer":
        return r.pick(layers.LayerNormalization, layers.RMSNormalization, layers.UnitNormalization)()(x)
    if kind == "noise":
        return layers.GaussianNoise(0.1)(x)
    single = {"dropout": layers.Dropout(0.3), "prelu": layers.PReLU(), "penalty": Penalised()}
    return single[kind](x) if kind in single else layers.EinsumDense("ab,bc->ac", 3, bias_axes="c")(x)


def image(r: Recipe, x: Any) -> Any:
    kind = r.pick("conv", "depthwise", "separable", "transposed", "max", "average", "norm", "spatial", "upsample")
    r.note(f"{kind} 2d")
    if kind in ("max", "average") and min(x.shape[1:3]) >= 2:
        return {"max": layers.MaxPooling2D, "average": layers.AveragePooling2D}[kind](2)(x)
    padding = r.pick("same", "valid") if min(x.shape[1:3]) >= 3 else "same"
    if kind == "depthwise":
        return layers.DepthwiseConv2D(3, padding=padding, activation=r.activation())(x)
    if kind == "separable":
        return layers.SeparableConv2D(3, 3, padding=padding, activation=r.activation())(x)
    if kind == "transposed":
        return layers.Conv2DTranspose(2, 2, padding=padding, activation=r.activation())(x)
    if kind == "norm":
        return layers.BatchNormalization()(layers.Conv2D(2, 2, padding="same", use_bias=False)(x))
    if kind == "spatial":
        return layers.SpatialDropout2D(0.3)(x)
    if kind == "upsample":
        return layers.UpSampling2D(2)(x)
    return layers.Conv2D(3, 3, r.pick(1, 2), padding, activation=r.activation(), **r.options())(x)


def sequence(r: Recipe, x: Any) -> Any:
    kind = r.pick("lstm", "gru", "rnn", "two-way", "conv", "pool", "each", "attention", "dropout")
    r.note(f"{kind} 1d")
    cells = {"lstm": layers.LSTM, "gru": layers.GRU, "rnn": layers.SimpleRNN}
    if kind in cells:
        return cells[kind](3, return_sequences=True, recurrent_regularizer=r.pick(None, "l2"))(x)
    if kind == "two-way":
        return layers.Bidirectional(r.pick(layers.LSTM, layers.GRU)(2, return_sequences=True))(x)
    if kind == "conv":
        return layers.Conv1D(3, 2, padding=r.pick("same", "causal"), activation=r.activation(), **r.options())(x)
    if kind == "pool":
        return layers.AveragePooling1D(2, padding="same")(x)
    if kind == "attention":
        return layers.MultiHeadAttention(2, 2)(x, x)
    return layers.Dropout(0.3)(x) if kind == "dropout" else layers.TimeDistributed(layers.Dense(3, "tanh"))(x)


BLOCKS: dict[str, Callable[[Recipe, Any], Any]] = {"flat": flat, "image": image, "sequence": sequence}


def build(r: Recipe) -> tuple[str, Any, str]:
    """The kind of its input, a model with weights, and the name of its loss."""
    kind = r.pick(*SHAPES)
    r.note(kind)
    inputs = keras.Input(SHAPES[kind])
    x = inputs
    if kind == "words":
        x, chain = layers.Embedding(7, 3)(x), "sequence"
    else:
        chain = kind
    for _ in range(r.pick(1, 2, 3)):
        x = BLOCKS[chain](r, x)
    if len(x.shape) == 4:
        x = r.pick(layers.Flatten(), layers.GlobalAveragePooling2D())(x)
    elif len(x.shape) == 3:
        x = r.pick(layers.Flatten(), layers.GlobalAveragePooling1D())(x)
    loss = r.pick("mse", "huber", "classes", "binary")
    r.note(loss)
    model = keras.Model(inputs, layers.Dense(3 if loss == "classes" else 1)(x))
    states = {id(v) for v in model.variables if v.name == "seed_generator_state"}
    for v in model.variables:
        shape = tuple(v.shape)
        if "variance" in v.name:
            v.assign(r.random.uniform(0.2, 1.0, shape))
        elif id(v) not in states:
            v.assign(0.4 * r.random.standard_normal(shape) + ("gamma" in v.name))
    return kind, model, loss


def optimizer(r: Recipe) -> Any:
    o = keras.optimizers
    rate = r.pick(0.01, 0.03, o.schedules.ExponentialDecay(0.03, 1, 0.7), o.schedules.CosineDecay(0.03, 5))
    own: dict[str, Any]
    kind, own = r.pick(
        (o.SGD, {"momentum": r.pick(0.0, 0.9), "nesterov": r.pick(True, False)}),
        (o.RMSprop, {"centered": r.pick(True, False), "momentum": r.pick(0.0, 0.5), "epsilon": 1e-3}),
        (o.Adam, {"amsgrad": r.pick(True, False), "epsilon": 1e-3}),
        (o.AdamW, {"epsilon": 1e-3}),
        (o.Adamax, {"epsilon": 1e-3}),
        (o.Nadam, {"epsilon": 1e-3}),
        (o.Adadelta, {"epsilon": 1e-3}),
        (o.Adagrad, {"epsilon": 1e-3}),
        (o.Ftrl, {"l1_regularization_strength": r.pick(0.0, 1e-3)}),
        (o.Lamb, {"epsilon": 1e-3}),
        (o.Lion, {}),
        (o.Muon, {"epsilon": 1e-3}),
        (o.Adafactor, {}),
    )
    clip = r.pick({}, {"clipnorm": 0.3}, {"clipvalue": 0.1}, {"global_clipnorm": 0.4})
    average = r.pick({}, {}, {"use_ema": True, "ema_momentum": 0.6, "ema_overwrite_frequency": r.pick(None, 2)})
    more = r.pick({}, {}, {"loss_scale_factor": 8.0}, {"gradient_accumulation_steps": 2})
    decay = {} if kind in (o.AdamW, o.Muon) else r.pick({}, {"weight_decay": 0.02})
    chosen = own | clip | average | more | decay
    r.note(kind.__name__)
    r.parts += chosen
    made = kind(rate, **chosen)
    if "loss_scale_factor" not in chosen and r.random.random() < 0.15:
        r.note("LossScaleOptimizer")
        made = o.LossScaleOptimizer(made, initial_scale=4.0, dynamic_growth_steps=2)
    return made


LOSSES: dict[str, Any] = {
    "mse": keras.losses.MeanSquaredError(),
    "huber": keras.losses.Huber(),
    "classes": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    "binary": keras.losses.BinaryCrossentropy(from_logits=True),
}


def batches(kind: str, loss: str) -> Callable[[Any, int], tuple[Any, Any]]:
    def draw(seeds: Any, count: int) -> tuple[Any, Any]:
        if kind == "words":
            x = ops.cast(keras.random.randint((count, *SHAPES[kind]), 0, 7, seed=seeds), "float32")
        else:
            x = keras.random.normal((count, *SHAPES[kind]), seed=seeds)
        y = ops.mean(x, axis=tuple(range(1, len(x.shape))))
        if loss == "classes":
            return x, ops.cast(keras.random.randint((count,), 0, 3, seed=seeds), "float32")
        return x, ops.expand_dims(ops.cast(y > 0, "float32") if loss == "binary" else y, -1)

    return draw


def projections(model: Any) -> dict[str, Any]:
    """Each variable seen from a few random directions, which show any difference."""
    random = np.random.default_rng(0)
    found = {}
    for place, v in enumerate(v for v in model.variables if v.name != "seed_generator_state"):
        for k in range(PROJECTIONS):
            direction = random.standard_normal(tuple(v.shape)).astype("float32")
            found[f"{place}_{k}"] = ops.sum(ops.multiply(v, direction))
    return found


def combination(number: int, seed: int, together: int) -> list[dict[str, Any]]:
    """The variables and losses of both after a few steps from the same weights on the same batches."""
    recipe = Recipe(number)
    kind, plain, loss = build(recipe)
    built = optimizer(recipe)
    draw = batches(kind, loss)

    def total(model: Any, x: Any, y: Any) -> Any:
        value = LOSSES[loss](y, model(x, training=True))
        return value + sum(model.losses) if model.losses else value

    def with_optimizer(_: Any) -> Any:
        again = Recipe(number)
        build(again)
        return optimizer(again)

    zeros = Arrays(np.zeros((1, *SHAPES[kind]), "float32"), np.zeros((1, 1), "float32"))
    tried = Experiment(
        build_model=lambda hyper: build(Recipe(number))[1],
        build_optimizer=with_optimizer,
        loss=total,
        data=Stream(draw),
        batch_size=BATCH,
        steps=STEPS,
        evaluate={"v": Evaluation(zeros, lambda model, x, y: projections(model), 1, 1)},
        evaluate_every=1,
    )
    run = [*train(tried, range(seed + 1 - together, seed + 1), lanes=together)][-1]
    plain.compile(built, LOSSES[loss])
    states = [v for v in plain.variables if v.name == "seed_generator_state"]
    for place, state in enumerate(states):
        _start(state, key_words(seed, "dropout", place))
    stream = keras.random.SeedGenerator(0)
    _start(stream.state, key_words(seed, "data"))
    if keras.backend.backend() == "torch":
        import torch

        torch.manual_seed(key_words(seed, "dropout")[0])
    losses = [float(plain.train_on_batch(*draw(stream, BATCH))) for _ in range(STEPS)]
    built.finalize_variable_values(plain.trainable_variables)
    expected = {name: float(ops.convert_to_numpy(value)) for name, value in projections(plain).items()}
    return [
        {
            "seed": number,
            "parts": recipe.parts,
            "ours": {name.removeprefix("v_"): v for name, v in run.metrics.items() if name != "train_loss"},
            "keras": expected,
            "losses": [v for _, v in run.curves["train_loss"]],
            "keras_losses": losses,
        }
    ]


def _start(state: Any, words: tuple[int, int]) -> None:
    state.assign(np.array(words, np.int64).astype(state.dtype))
