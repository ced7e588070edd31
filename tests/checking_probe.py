"""Experiments for `test_checking.py` whose mistakes only show when the model is called; each gives what it was told."""

from dataclasses import replace
from typing import Any

import keras
from keras import ops
from training_probe import X, Y, base, build, draw, error, squared

from common import attacks
from common.training import Arrays, Evaluation, Experiment, Stream, train

DATA = Arrays(X, Y)


def rows(model: Any, x: Any, y: Any) -> dict[str, Any]:
    return {"error": ops.square(model(x) - y)[:, 0]}


def twice() -> dict[str, Evaluation]:
    """Both give `test_hard_error`."""
    return {
        "test": Evaluation(DATA, lambda model, x, y: {"hard_error": ops.mean(x)}, size=64, batch_size=32),
        "test_hard": Evaluation(DATA, lambda model, x, y: {"error": ops.mean(y)}, size=64, batch_size=32),
    }


def measuring(metrics: Any, name: str = "test") -> Experiment:
    return base(evaluate={name: Evaluation(DATA, metrics, size=64, batch_size=32)}, data=DATA)


def attacking(last: Any, steps: int = 0) -> Experiment:
    """An evaluation that attacks two scores made of the model's output, by FGSM or by so many steps of PGD."""

    def metrics(model: Any, x: Any, y: Any) -> dict[str, Any]:
        labels = ops.cast(y[:, 0] > 0, "int32")

        def predict(x: Any) -> Any:
            return last(ops.concatenate([model(x), -model(x)], axis=-1))

        if steps:
            moved = attacks.pgd(predict, x, labels, 0.1, start=ops.zeros_like(x), steps=steps)
        else:
            moved = attacks.fgsm(predict, x, labels, 0.1)
        return {"fooled": ops.mean(ops.cast(attacks.fooled(predict, moved, x, labels, 0.1), "float32"))}

    return measuring(metrics)


CASES: dict[str, Any] = {
    "probabilities": lambda: attacking(ops.softmax),
    "probabilities_pgd": lambda: attacking(lambda scores: 0.5 * (ops.softmax(scores) + ops.sigmoid(scores)), steps=3),
    "log_probabilities": lambda: attacking(ops.log_softmax),
    "log_probabilities_pgd": lambda: attacking(ops.log_softmax, steps=3),
    "twice": lambda: base(evaluate=twice()),
    "train_loss": lambda: measuring(lambda model, x, y: {"loss": ops.mean(x)}, name="train"),
    "recorded": lambda: measuring(lambda model, x, y: {"sha256": ops.mean(x)}, name="data"),
    "rows": lambda: measuring(rows),
    "odd_name": lambda: measuring(lambda model, x, y: {"top 5": ops.mean(x)}),
    "no_names": lambda: measuring(lambda model, x, y: ops.mean(x)),
    "loss_rows": lambda: base(loss=lambda model, x, y: ops.square(model(x, training=True) - y)),
    "short_draw": lambda: base(data=Stream(lambda seeds, count: draw(seeds, count // 2))),
    "uneven_draw": lambda: base(data=Stream(lambda seeds, count: (draw(seeds, count)[0], draw(seeds, count + 1)[1]))),
    "short_evaluation": lambda: base(
        evaluate={"test": Evaluation(Stream(lambda seeds, count: draw(seeds, 4)), error, size=64, batch_size=32)}
    ),
}


def refusal(case: str) -> list[dict[str, Any]]:
    """The message of the error that training ends in before its first step."""
    stepped: list[int] = []
    made = CASES[case]()
    try:
        list(train(replace(made, stop=lambda history: bool(stepped.append(1))), [0]))
    except ValueError as refused:
        return [{"seed": 0, "message": str(refused), "evaluated": len(stepped)}]
    return [{"seed": 0, "message": "", "evaluated": len(stepped)}]


def some_batches() -> list[dict[str, Any]]:
    """A metric that only the second batch has, as is possible where no program is traced: on torch."""
    calls: list[int] = []

    def metrics(model: Any, x: Any, y: Any) -> dict[str, Any]:
        calls.append(1)
        return {"error": ops.mean(x)} | ({"late": ops.mean(y)} if len(calls) % 2 == 0 else {})

    try:
        list(train(measuring(metrics), [0]))
    except ValueError as refused:
        return [{"seed": 0, "message": str(refused)}]
    return [{"seed": 0, "message": ""}]


def trained_on_itself() -> Experiment:
    """An evaluation named `train` that looks at the training data, as it may."""
    return base(
        data=DATA,
        batch_size=64,
        steps=3,
        evaluate={"train": Evaluation(Arrays(X, Y), error, size=64, batch_size=64)},
        loss=squared,
    )


def scaled(value: Any, first: Any) -> list[dict[str, Any]]:
    """One step at a rate of `value`, after a run of the same program at `first`."""
    plain = base(
        build_model=lambda hyper: build(hyper),
        build_optimizer=lambda hyper: keras.optimizers.SGD(lambda: hyper["rate"]),
        hyper={"rate": first},
        steps=2,
    )
    list(train(plain, [0]))
    (run,) = train(replace(plain, hyper={"rate": value}), [0])
    return [{"seed": 0, "curve": run.curves["test_error"]}]


def half_loss(dtype: str) -> list[dict[str, Any]]:
    """The first losses where the loss is given in another precision; they are exact in all of them."""

    def loss(model: Any, x: Any, y: Any) -> Any:
        return ops.cast(ops.mean(model(x, training=True)) * 0.0 + 1.25, dtype)

    (run,) = train(base(loss=loss, steps=3), [0])
    return [{"seed": 0, "losses": [value for _, value in run.curves["train_loss"]], "status": run.status}]


def double_arrays() -> list[dict[str, Any]]:
    """The curve on arrays of double and of single precision."""
    curves = {}
    for dtype in ("float32", "float64"):
        data = Arrays(X.astype(dtype), Y.astype(dtype))
        seen = Evaluation(data, error, size=64, batch_size=32)
        (run,) = train(base(data=data, steps=4, evaluate={"test": seen}), [0])
        curves[dtype] = run.curves["test_error"]
    return [{"seed": 0, **curves}]
