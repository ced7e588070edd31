"""The pictures of deep nets: error and loss over depth by activation and initial weights, signals and gradients."""

from collections.abc import Mapping, Sequence
from math import log
from typing import Any

from common import figures
from common.trials import Trial
from reproductions.deep_init import maps
from reproductions.deep_init.maps import found

CURVES = Mapping[tuple[str, str, str], Mapping[int, Sequence[tuple[float, float]]]]
INITS = {"std_0.01": "standard deviation 0.01", "one_over_n": "1/√n", "two_over_n": "√(2/n)"}
GROUPS = (("sgd", "relu", "ReLU, SGD"), ("sgd", "tanh", "tanh, SGD"), ("adam", "relu", "ReLU, Adam"))


def draw(trials: Sequence[Trial], curves: CURVES) -> Mapping[str, str]:
    """File name to SVG text, for the studies on record."""
    from_trials = {
        "small_weights": _small_weights,
        "depth": _depth,
        "glorot": _glorot,
        "multiplier": _multiplier,
        "activations": _activations,
        "eighties": _eighties,
        "init_scale": maps.init_scale,
    }
    from_curves = {
        "signal_propagation": _signal_propagation,
        "forgiving": _forgiving,
        "spectral": _spectral,
        "saturation": _saturation,
        "dead_units": _dead_units,
    }
    studies = {trial.study for trial in trials}
    drawn = {f"{study}.svg": picture(trials) for study, picture in from_trials.items() if study in studies}
    drawn |= {f"{study}.svg": picture(curves) for study, picture in from_curves.items() if study in studies}
    if {"lazy", "critical_width"} <= studies:
        drawn["lazy.svg"] = maps.lazy(trials, curves)
    return drawn


def _over(trials: Sequence[Trial], study: str, arms: Mapping[float, str], metric: str) -> dict[float, list[float]]:
    values = {place: found(trials, study, arm, metric) for place, arm in arms.items()}
    return {place: seeds for place, seeds in values.items() if seeds}


def _over_depth(axes: Any, trials: Sequence[Trial], study: str, arms: Mapping[str, str], metric: str) -> None:
    """Every seed over the depth, a colour for each name; `arms` map a name to an arm with a place for the depth."""
    depths = (1, 2, 3, 4, 5) if study != "activations" else (1, 2, 4, 8)
    for style, (name, arm) in enumerate(arms.items()):
        places = {float(place): arm.format(depth) for place, depth in enumerate(depths)}
        values = _over(trials, study, places, metric)
        if values:
            figures.seeds(axes, values, name, style, shift=0.13 * (style - (len(arms) - 1) / 2))
    axes.set_xticks(range(len(depths)), list(map(str, depths)))


def _small_weights(trials: Sequence[Trial]) -> str:
    with figures.canvas(columns=3, width=11.0) as canvas:
        for axes, (optimizer, activation, title) in zip(canvas.axes, GROUPS, strict=True):
            for style, (init, name) in enumerate(INITS.items()):
                prefix = f"{optimizer}_{activation}_{init}_depth"
                places: dict[float, list[float]] = {}
                own = [t for t in trials if t.study == "small_weights" and t.arm.startswith(prefix)]
                depths = sorted({int(t.arm.removeprefix(prefix)) for t in own})
                for place, depth in enumerate(depths):
                    places[float(place)] = found(own, "small_weights", f"{prefix}{depth}", "train_loss")
                if places:
                    figures.seeds(axes, places, name, style, shift=0.15 * (style - 1))
                    axes.set_xticks(range(len(depths)), list(map(str, depths)))
            figures.rule(axes, log(10), "chance, ln 10")
            figures.label(axes, title, "hidden layers", "training loss (nats)")
            figures.legend(axes)
        caption = "Width 256, 10 000 images, 1000 steps of 128 (fewer if under 0.5 ln 10); a point is one of 16 seeds."
        return canvas.svg(caption)


def _depth(trials: Sequence[Trial]) -> str:
    panels = {
        "sigmoid, SGD": {
            "1/√n, uniform (standard)": "sigmoid_standard_depth{}",
            "4 × Glorot": "sigmoid_glorot_x4_depth{}",
            "Glorot": "sigmoid_glorot_depth{}",
            "orthogonal": "sigmoid_orthogonal_depth{}",
            "LSUV": "sigmoid_lsuv_depth{}",
            "standard, Adam": "sigmoid_standard_depth{}_adam",
        },
        "tanh and ReLU, SGD": {
            "tanh, standard": "tanh_standard_depth{}",
            "tanh, Glorot": "tanh_glorot_depth{}",
            "tanh, orthogonal": "tanh_orthogonal_depth{}",
            "tanh, LSUV": "tanh_lsuv_depth{}",
            "ReLU, He": "relu_he_depth{}",
        },
    }
    with figures.canvas(columns=2, width=11.0) as canvas:
        for axes, (title, arms) in zip(canvas.axes, panels.items(), strict=True):
            _over_depth(axes, trials, "depth", arms, "test_error")
            axes.set_yscale("log")
            figures.rule(axes, 90.0, "chance")
            figures.label(axes, title, "hidden layers", "test error (%, log scale)")
            figures.legend(axes)
        return canvas.svg(
            "Width 300, 10 000 images, at the least validation error; a point is a seed (20 of judged weights, else 8)."
        )


def _glorot(trials: Sequence[Trial]) -> str:
    units, inits = ("tanh", "softsign", "sigmoid", "relu"), ("standard", "glorot", "he", "orthogonal")
    quantities = {"epochs_to_target": "epochs to 3 % validation error", "test_error": "test error after 8 epochs (%)"}
    with figures.canvas(columns=2, width=10.0) as canvas:
        for axes, (metric, name) in zip(canvas.axes, quantities.items(), strict=True):
            for style, init in enumerate(inits):
                places = {float(place): f"{unit}_{init}" for place, unit in enumerate(units)}
                values = _over(trials, "glorot", places, metric)
                if values:
                    figures.seeds(axes, values, init, style, shift=0.15 * (style - 1.5))
            axes.set_xticks(range(len(units)), units)
            axes.set_yscale("log" if metric == "test_error" else "linear")
            figures.label(axes, "Four hidden layers of 300", "activation", name)
            figures.legend(axes)
        return canvas.svg(
            "50 000 images, plain SGD; a point is a seed, 10 of the first two weights, else 3; at 8 epochs if late."
        )


def _multiplier(trials: Sequence[Trial]) -> str:
    with figures.canvas(columns=2, width=9.0) as canvas:
        for axes, unit in zip(canvas.axes, ("sigmoid", "tanh"), strict=True):
            for style, multiple in enumerate((1, 2, 4, 8)):
                places = {depth + 0.12 * (style - 1.5): f"{unit}_depth{depth}" for depth in range(1, 6)}
                values = _over(trials, "multiplier", places, f"train_loss_x{multiple}")
                if values:
                    figures.seeds(axes, values, f"{multiple} × Glorot", style)
            figures.rule(axes, log(10), "chance, ln 10")
            axes.set_yscale("log")
            figures.label(axes, unit, "hidden layers", "training loss (nats, log scale)")
            figures.legend(axes)
        return canvas.svg("Width 128, 10 000 images, 10 epochs of plain SGD; a point is one of 10 seeds.")


def _activations(trials: Sequence[Trial]) -> str:
    quantities = {"epochs_to_target": "epochs to 2 % validation error", "test_error": "test error after 8 epochs (%)"}
    names = {"ReLU, He": "relu", "tanh, Glorot": "tanh", "sigmoid, 4 × Glorot": "sigmoid"}
    with figures.canvas(columns=2, width=10.0) as canvas:
        for axes, (metric, name) in zip(canvas.axes, quantities.items(), strict=True):
            arms = {label: f"{unit}_depth{{}}" for label, unit in names.items()}
            _over_depth(axes, trials, "activations", arms, metric)
            for style, unit in enumerate(names.values()):
                values = _over(trials, "activations", {4.0: f"{unit}_cnn"}, metric)
                if values:
                    figures.seeds(axes, values, "", style, shift=0.13 * (style - 1))
            axes.set_xticks(range(5), ["1", "2", "4", "8", "CNN"])
            figures.label(axes, "Width 256, and a small CNN", "hidden layers", name)
            figures.legend(axes)
        return canvas.svg(
            "50 000 images, plain SGD, a rate for each arm; a point is one of 10 seeds, at 8 epochs if late."
        )


def _eighties(trials: Sequence[Trial]) -> str:
    factors = ("relu", "dropout", "init", "depth", "cross_entropy", "adam", "batch_norm")
    with figures.canvas(width=8.0) as canvas:
        axes = canvas.axes[0]
        for place, factor in enumerate(factors):
            shares = found(trials, "eighties", "recipes", f"share_{factor}")
            figures.seeds(axes, {float(place): shares}, "", 0)
        figures.rule(axes, 0.0, "nothing")
        axes.set_xticks(
            range(len(factors)), ["ReLU", "dropout", "weights", "depth", "cross-entropy", "Adam", "batch norm"]
        )
        figures.label(axes, "From a recipe of the eighties to a modern one", "factor", "share of the error saved")
        return canvas.svg(
            "Mean of what it saves when added to the old recipe and to the new without it; a point is one of 10 seeds."
        )


def _signal_propagation(curves: CURVES) -> str:
    gains = ("0.1", "0.3", "0.577", "1", "1.41", "2")
    with figures.canvas(columns=3, width=11.0) as canvas:
        for axes, activation in zip(canvas.axes, ("relu", "tanh", "sigmoid"), strict=True):
            for style, gain in enumerate(gains):
                lines = curves.get(("signal_propagation", f"{activation}_width1024", f"backward_gain_{gain}"), {})
                shown = {seed: [(x, y / log(10)) for x, y in line] for seed, line in list(lines.items())[:3]}
                figures.curves(axes, shown, f"gain {gain}", style)
            figures.label(axes, activation, "layers passed on the way back", "log10 mean squared gradient")
            figures.legend(axes)
        return canvas.svg("Untrained nets, width 1024, 50 layers, 64 images; three seeds a gain.")


def _forgiving(curves: CURVES) -> str:
    deviations = ("0.0001", "0.001", "0.003", "0.01", "0.03", "0.1", "1")
    with figures.canvas(width=7.0) as canvas:
        axes = canvas.axes[0]
        for style, depth in enumerate((1, 2, 8)):
            lines = curves.get(("forgiving", f"depth{depth}", "test_error_over_deviation"), {})
            figures.curves(axes, lines, f"{depth} hidden layer{'s' * (depth > 1)}", style)
        figures.rule(axes, 90.0, "chance")
        axes.set_xticks(range(len(deviations)), deviations)
        axes.set_yscale("log")
        figures.label(
            axes, "One rate a depth", "standard deviation of the initial weights", "test error (%, log scale)"
        )
        figures.legend(axes)
        return canvas.svg("ReLU, width 128, 10 000 images, 3000 steps of plain SGD; a line is a seed.")


def _spectral(curves: CURVES) -> str:
    panels = {
        "mlp": ("Ten tanh layers, MNIST", log(10), "nats"),
        "rnn": ("Recurrent, adding problem", 1 / 6, "squared error"),
    }
    with figures.canvas(columns=2, width=9.0) as canvas:
        for axes, (net, (title, chance, unit)) in zip(canvas.axes, panels.items(), strict=True):
            for style, kind in enumerate(("gaussian", "orthogonal", "identity")):
                lines = curves.get(("spectral", net, f"train_loss_{kind}_over_100_scale"), {})
                shown = {seed: [(x / 100, y) for x, y in line] for seed, line in lines.items()}
                figures.curves(axes, shown, kind, style)
            figures.rule(axes, chance, "best constant")
            figures.label(axes, title, "scale of the weights", f"training loss ({unit})")
            figures.legend(axes)
        return canvas.svg("Loss at the end of the budget, or when half of chance is reached; a line is a seed.")


def _saturation(curves: CURVES) -> str:
    with figures.canvas(columns=2, width=9.0) as canvas:
        for axes, scaled in zip(canvas.axes, ("all", "first"), strict=True):
            for style, unit in enumerate(("sigmoid", "tanh", "relu")):
                shares = curves.get(("saturation", f"{unit}_{scaled}", "saturated"), {})
                logs = curves.get(("saturation", f"{unit}_{scaled}", "log10_gradient"), {})
                lines = {s: [(x, y) for (_, x), (_, y) in zip(shares[s], logs[s], strict=True)] for s in shares}
                figures.curves(axes, lines, unit, style)
            title = {"all": "Weights of every layer scaled", "first": "Weights of the first layer scaled"}[scaled]
            figures.label(axes, title, "share of units that are saturated", "log10 gradient at layer 1")
            figures.legend(axes)
        return canvas.svg("Untrained, five layers of 256, Glorot's weights times 0.5 to 10; a line is a seed.")


def _dead_units(curves: CURVES) -> str:
    rates = ("0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1", "3")
    with figures.canvas(width=6.0) as canvas:
        axes = canvas.axes[0]
        figures.curves(axes, curves.get(("dead_units", "relu_and_leaky", "dead_over_rate"), {}), "ReLU", 0)
        figures.rule(axes, 0.2, "a fifth")
        axes.set_xticks(range(len(rates)), rates)
        figures.label(axes, "Two hidden layers of 128", "learning rate", "share of units no image activates")
        figures.legend(axes)
        return canvas.svg("10 000 images, five epochs of plain SGD; a line is a seed, and ends where the net diverges.")
