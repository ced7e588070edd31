"""The pictures of minibatches: errors and gaps by the batch, best rates, and how fast linear models are trained."""

from collections.abc import Mapping, Sequence

from common import panels
from common.panels import Gap, Key, Lines, Picture, Points
from common.trials import Trial

BATCHES = {"1": "b1", "8": "b8", "32": "b32", "128": "b128", "256": "b256", "all": "full"}
RATED = ("8", "16", "32", "64", "128", "256", "512", "1024", "2048")
TIMED = ("1", "8", "32", "128", "512", "4096")
SOLVERS = {"SAG": "sag", "SVRG": "svrg", "SGD": "sgd"}
NO_CHANGE = {"no difference": 0.0}


def _of(study: str, arm: str, metric: str) -> Key:
    return (study, arm, metric)


def _batches(metric: str) -> Mapping[str, Key]:
    return {name: _of("batches", arm, metric) for name, arm in BATCHES.items()}


FIGURES = {
    "batches.svg": Picture(
        "Errors by the size of the batch", ("batch1-better", "large-batch-worse"),
        "2560 images, one hidden layer of 64, plain SGD for 40 passes, a rate for each batch.",
        (
            Points("Test error", "per cent wrong", {"": _batches("test_error")}, "images a batch"),
            Points("Test error less training error", "points", {"": _batches("test_gap")}, "images a batch"),
            Points("Batches of 1 less those of 128", "points", {"": {
                "test error": Gap(_of("batches", "b1", "test_error"), _of("batches", "b128", "test_error")),
                "gap": Gap(_of("batches", "b1", "test_gap"), _of("batches", "b128", "test_gap")),
            }}, bars=NO_CHANGE),
            Points("The full batch less those of 128", "points", {"": {
                "test error,\nequal passes": Gap(
                    _of("batches", "full", "test_error"), _of("batches", "b128", "test_error")),
                "gap, equal\ntraining loss": Gap(
                    _of("batches", "updates_full", "test_gap_at_target"), _of("batches", "b128", "test_gap_at_target")),
            }}, bars=NO_CHANGE),
        ),
    ),
    "best_rate.svg": Picture(
        "The best learning rate by the size of the batch", ("gradient-normalisation",),
        "10 240 images, one hidden layer of 64, plain SGD for five passes at each of 19 rates; gradients are means.",
        (
            Points("Best rate", "learning rate, log2", {
                "five passes": {b: _of("best_rate", f"batch{b}", "best_octave") for b in RATED},
            }, "images a batch"),
            Points("Batches of 64 and of 256; a thin line joins a seed's", "learning rate (log scale)", {
                "": {b: _of("best_rate", f"batch{b}", "best_rate") for b in ("64", "256")},
            }, "images a batch", joined="columns", scale="log"),
            Points("From 64 to 256", "octaves", {"": {"shift": Gap(
                _of("best_rate", "batch256", "best_octave"), _of("best_rate", "batch64", "best_octave"))}},
                bars={"as the batch": 2.0, "half of that": 1.0, "against it": -2.0}),
        ),
    ),
    "growing.svg": Picture(
        "A growing batch between a small and a full one", ("growing-batch",),
        "Logistic regression on 1000 images, 30 passes, a rate for each; the growing batch starts at 8.",
        (
            Points("A batch's gradient less the full one", "root mean square (log scale)", {"": {
                b: _of("growing", f"batch{b}", "gradient_error") for b in ("1", "8", "64", "512")}},
                "images a batch", scale="log", joined="columns"),
            Points("When the gradients are spent; a thin line joins a seed's", "nats above the optimum (log scale)", {
                "": {name: _of("growing", name, "suboptimality") for name in ("growing", "small", "decay", "full")},
            }, scale="log", joined="columns"),
        ),
    ),
    "averaged.svg": Picture(
        "Stochastic gradients with a memory", ("sag-svrg-linear-rate",),
        "Logistic regression on 1000 images; a straight line on the left is linear convergence.",
        (
            Lines("Above the optimum", "passes: gradients over examples", "log10 of nats",
                  {name: _of("averaged", f"{solver}_logistic", "log10_suboptimality")
                   for name, solver in SOLVERS.items()}),
            Points("Is a line in passes the better one?", "R² less that in log passes", {"": {
                name: _of("averaged", f"{solver}_logistic", "lead") for name, solver in SOLVERS.items()}},
                bars={"neither": 0.0}),
            Points("Gradients a step", "gradients of examples", {"": {
                name: _of("averaged", f"{solver}_logistic", "gradients_per_step") for name, solver in SOLVERS.items()}},
                bars={"one": 1.0}),
        ),
    ),
    "steps.svg": Picture(
        "Steps of SGD and of gradient descent", ("sgd-vs-gd",),
        "Logistic regression on 1000 images, to 0.01 nats above the optimum, a rate for each.",
        (
            Points("Time of a step; a thin line joins a block's", "seconds (log scale)", {"": {
                "SGD": _of("step_time", "block", "sgd_time"), "full gradient": _of("step_time", "block", "gd_time")}},
                scale="log", joined="columns"),
            Points("Steps; a thin line joins a seed's", "steps (log scale)", {"": {
                "SGD": _of("steps", "sgd", "steps_to_1e-2"), "full gradient": _of("steps", "gd", "steps_to_1e-2")}},
                scale="log", joined="columns"),
            Points("Gradients", "passes (log scale)", {"": {
                "SGD": _of("steps", "sgd", "passes_to_1e-2"), "full gradient": _of("steps", "gd", "passes_to_1e-2")}},
                scale="log", joined="columns"),
        ),
    ),
    "throughput.svg": Picture(
        "Examples a second by the size of the batch", ("minibatch-128-throughput",),
        "A step of SGD, forward and backward, on one machine; the net has 784-512-512-10 units.",
        (
            Points("Keras; a thin line joins a block's", "examples a second (log scale)", {"": {
                b: _of("throughput", "mlp_keras", f"examples_{b}") for b in TIMED}},
                "examples a batch", scale="log", joined="columns"),
            Points("Written out in NumPy, and a convolutional net", "examples a second (log scale)", {
                "NumPy": {b: _of("throughput", "mlp_numpy", f"examples_{b}") for b in TIMED},
                "convolutional": {b: _of("throughput", "cnn_keras", f"examples_{b}") for b in TIMED},
            }, "examples a batch", scale="log", joined="columns"),
        ),
    ),
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
