"""Recurrent nets under clipped and unclipped gradients, and the scan of one seed over thresholds and learning rates.

A clip threshold bounds the norm of the whole gradient of the batch mean (Pascanu, Mikolov & Bengio 2013, algorithm 1).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from common import datasets, sequences
from common.sequences import Task, TimeReduction
from common.training import Evaluation, Experiment

UNITS, BATCH = 32, 32
TESTED = 256  # fresh sequences, or windows of a text, to choose a rate by, and as many others to report
NEVER = 1e30  # a threshold that no finite norm reaches
OPTIMIZERS = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}
STREAMS: Mapping[str, Callable[[int], Task]] = {
    "adding": sequences.adding,
    "order": sequences.temporal_order,
    "resets": sequences.resets,
}


def clip_by_norm(gradients: Sequence[Any], threshold: Any) -> list[Any]:
    """The gradients, scaled so that the norm of them all together is at most `threshold`.

    Keras' own takes no threshold that is an input of the program. As there, a norm that is not finite leaves nothing
    finite, so that such a run counts as diverged instead of standing still.
    """
    norm = global_norm(gradients)
    scale = ops.where(norm > threshold, threshold / norm, 1.0) + (norm - norm)
    return [gradient * scale for gradient in gradients]


def global_norm(gradients: Sequence[Any]) -> Any:
    return ops.sqrt(sum(ops.sum(ops.square(gradient)) for gradient in gradients))


def clipped(base: Any, hyper: Mapping[str, Any]) -> Any:
    """A Keras optimizer that reads `learning_rate` and clip `threshold` anew in every step."""

    class Clipped(base):  # type: ignore[misc]
        def apply(self, grads: Any, trainable_variables: Any = None) -> Any:
            return super().apply(clip_by_norm(grads, hyper["threshold"]), trainable_variables)

    return Clipped(lambda: hyper["learning_rate"])


def build_model(task: Task, cell: str, radius: float = 1.0) -> Any:
    """One recurrent layer and an affine one that answers.

    `rnn` is a tanh net whose recurrent kernel is `radius` times orthogonal, so that all its singular values and the
    moduli of its eigenvalues are `radius`. `lstm` is Keras' default, its forget bias 1, for which only 1 is allowed.
    """
    if cell == "lstm" and radius != 1.0:
        raise ValueError(f"an LSTM has no single spectral radius to set; got {radius}")
    entry, channels = sequences.inputs(task)
    scaled = keras.initializers.Orthogonal(gain=radius)
    layer = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM}[cell]
    states = layer(UNITS, recurrent_initializer=scaled, return_sequences=task.every_step, name=cell)(channels)
    return keras.Model(entry, keras.layers.Dense(max(task.answers, 1))(states))


def tasks(name: str, steps: int, split: str) -> tuple[Task, Task, Task]:
    """What to train on, to choose by and to report. The text's parts, or one stream drawn apart three times.

    With the split `validation`, for pilots, the test part of the text is never touched.
    """
    if name != "characters":
        task = STREAMS[name](steps)
        return task, task, task
    text = datasets.load_text()
    alphabet = "".join(sorted(set(text.train)))
    held_out = (text.validation, text.test if split == "test" else text.validation)
    chosen, reported = (sequences.characters(part, alphabet, steps, reference=text.train) for part in held_out)
    return sequences.characters(text.train, alphabet, steps), chosen, reported


def experiment(settings: Mapping[str, Any]) -> Experiment:
    """One run of a scan: constant rate, constant threshold, both inputs of the program.

    `over_time` says whether the loss of a sequence is the mean or the sum over its steps; over the batch it is the
    mean. The scores are means over steps either way. A run that is already worse than where it began, at a third or
    two thirds of the budget, is not ended: clipped runs may come back.
    """
    train, chosen, reported = tasks(settings["task"], settings["steps"], settings["split"])
    over_time: TimeReduction = settings["over_time"]
    return Experiment(
        build_model=lambda hyper: build_model(train, settings["cell"], settings["radius"]),
        build_optimizer=lambda hyper: clipped(OPTIMIZERS[settings["optimizer"]], hyper),
        loss=sequences.loss(train, over_time),
        data=train.data,
        batch_size=BATCH,
        steps=settings["budget"],
        evaluate={
            "validation": Evaluation(chosen.data, sequences.scores(chosen), size=TESTED, batch_size=TESTED),
            "test": Evaluation(reported.data, sequences.scores(reported), size=TESTED, batch_size=TESTED),
        },
        evaluate_every=settings["budget"] // 3,
        hyper={"learning_rate": 0.0, "threshold": NEVER},
    )
