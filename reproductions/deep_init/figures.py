"""The pictures of deep nets: training loss over depth, and how signals and gradients change from layer to layer."""

from collections.abc import Mapping, Sequence
from math import log

from common import figures
from common.records import Trial

CURVES = Mapping[tuple[str, str, str], Mapping[int, Sequence[tuple[float, float]]]]
INITS = {"std_0.01": "standard deviation 0.01", "one_over_n": "1/√n", "two_over_n": "√(2/n)"}
GROUPS = (("sgd", "relu", "ReLU, SGD"), ("sgd", "tanh", "tanh, SGD"), ("adam", "relu", "ReLU, Adam"))


def draw(trials: Sequence[Trial], curves: CURVES) -> Mapping[str, str]:
    """File name to SVG text, for the studies on record."""
    drawn = {}
    if any(trial.study == "small_weights" for trial in trials):
        drawn["small_weights.svg"] = _small_weights(trials)
    if any(trial.study == "signal_propagation" for trial in trials):
        drawn["signal_propagation.svg"] = _signal_propagation(curves)
    return drawn


def _small_weights(trials: Sequence[Trial]) -> str:
    with figures.canvas(columns=3, width=11.0) as canvas:
        for axes, (optimizer, activation, title) in zip(canvas.axes, GROUPS, strict=True):
            for style, (init, name) in enumerate(INITS.items()):
                prefix = f"{optimizer}_{activation}_{init}_depth"
                places: dict[float, list[float]] = {}
                depths = sorted({int(t.arm.removeprefix(prefix)) for t in trials if t.arm.startswith(prefix)})
                for place, depth in enumerate(depths):
                    found = [t.metrics.get("train_loss") for t in trials if t.arm == f"{prefix}{depth}"]
                    places[float(place)] = [value for value in found if value is not None]
                if places:
                    figures.seeds(axes, places, name, style, shift=0.15 * (style - 1))
                    axes.set_xticks(range(len(depths)), list(map(str, depths)))
            figures.rule(axes, log(10), "chance, ln 10")
            figures.label(axes, title, "hidden layers", "training loss (nats)")
            figures.legend(axes)
        caption = "Width 256, 10 000 images, 1000 steps of 128 (fewer if under 0.5 ln 10); a point is one of 16 seeds."
        return canvas.svg(caption)


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
