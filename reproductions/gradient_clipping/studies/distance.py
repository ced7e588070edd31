"""How does the gradient change on its way back in time, and how does training change that?

Norms of the gradient with respect to the state, 0 to 95 steps before the answer, of untrained nets and of the same nets
after 300 steps of clipped SGD. The one answer is due at the end, so all of the gradient has come that way. Drawn, not
judged. Recurrent matrices start orthogonal times a radius: without saturation each step multiplies by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.gradient_clipping import model, nets

DATASET = "synthetic"
TASK, UNITS, LENGTH, STEPS, EXAMPLES, LANES = "temporal_order", 32, 100, 300, 64, 8
DISTANCES = tuple(range(0, LENGTH, 5))
RATE, CLIP = 0.1, 1.0
SHAPES = (("rnn", "1"), ("rnn", "1.25"), ("rnn", "1.5"), ("lstm", "1"))
SECONDS = {"rnn": 18e-6, "lstm": 40e-6}  # an optimiser step of one seed, by time step
METRICS = {
    "decades_a_step_start": "log10 of the gradient's norm at the state, a step back in time, untrained, decades",
    "decades_a_step_trained": "the same after training, decades",
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(net, radius, ()) for net, radius in SHAPES)
    if tier == "pilot":
        return (_arm("rnn", "1", range(PILOT_SEEDS, PILOT_SEEDS + LANES)),)
    return ()


def _arm(net: str, radius: str, seeds: Sequence[int]) -> Arm:
    settings = {"net": net, "radius": float(radius), "units": UNITS, "length": LENGTH, "steps": STEPS}
    seconds = SECONDS[net] * LENGTH * STEPS
    return Arm(f"{net}_radius{radius}", settings, tuple(seeds), LANES, seconds)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    length, steps = settings["length"], settings["steps"]
    rest = {"task": TASK, "over_time": "mean", "optimizer": "sgd", "every": steps, "held_out": EXAMPLES}
    base = model.experiment({**settings, **rest})
    of = model.task(TASK, length)
    distances = tuple(distance for distance in DISTANCES if distance < length)
    return replace(
        base,
        build_model=lambda hyper: nets.nudged_model(of, settings["net"], settings["units"], hyper),
        loss=nets.at_rest(base.loss),
        evaluate={"state": Evaluation(of.data, nets.by_distance(base.loss, distances), EXAMPLES, EXAMPLES)},
        stop=lambda history: False,
        hyper={**base.hyper, "clip": CLIP, "learning_rate": RATE},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    distances = [distance for distance in DISTANCES if distance < settings["length"]]
    for trial in train(experiment(settings), seeds, lanes=lanes):
        lines = {distance: trial.curves[f"state_log10_norm_{distance}"] for distance in distances}
        curves = {"start": [(distance, line[0][1]) for distance, line in lines.items()]}
        if trial.status == "ok":
            curves["trained"] = [(distance, line[-1][1]) for distance, line in lines.items()]
        metrics: dict[str, float | None] = {}
        for moment, points in curves.items():  # decades a step, between the first and the last
            (near, first), (far, last) = points[0], points[-1]
            metrics[f"decades_a_step_{moment}"] = (last - first) / (far - near)
        yield replace(trial, metrics=metrics, curves=curves)
