"""Do two layers of 3x3 filters err less than one layer of 5x5, with as many weights and the same field of view?

Nets of two blocks on pictures of 14x14 pixels, each followed by pooling of 2x2, and ten logits; their widths are such
that all have 4 900 weights within 3 %. `five` has a layer of 5x5 in each block, `threes` two of 3x3, `twos` four of
2x2: all see 5x5 pixels a block. `seven` and `three_threes` see 7x7, `ones` has layers of 1x1 alone and sees each pixel
by itself. `…_mean` pools by means, not by maxima. Adam: `five`, `threes` and `ones` have each the rate that is best in
pilots, others that of `threes`, or of `five` where they have one layer a block.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.convnets import model
from reproductions.convnets.images import images

DATASET = "images"
METRICS = {
    "held_out_error": "wrong labels on held-out images (test, or validation), per cent",
    "seen_error": "wrong labels among the training images, per cent",
    "train_loss": "mean cross-entropy of all batches, nats",
}
IMAGES, STEPS = 5_000, 2_000
GRID = (0.001, 0.003, 0.01)
RATES = {"five": 0.003, "threes": 0.003, "ones": 0.003}
LIKE = {"twos": "threes", "three_threes": "threes", "threes_mean": "threes", "seven": "five", "five_mean": "five"}
SECONDS = {"five": 4.0, "threes": 9.5, "twos": 15.0, "seven": 4.0, "three_threes": 12.0, "ones": 7.5}
TOLD, TUNED = ("test", 10_000), ("validation", 5_000)
PILOTS = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
QUICK = {"rate": 0.01, "images": 500, "steps": 80}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(net, net, RATES[LIKE.get(net, net)]) for net in (*RATES, *LIKE))
    if tier == "quick":
        return (_quick(range(2)),)
    if tier == "pilot":
        tried = ((net, rate) for net in RATES for rate in GRID)
        tuned = (_arm(f"{net}_rate_{rate:g}", net, rate, PILOTS[:2], held_out=TUNED) for net, rate in tried)
        return (_quick(PILOTS), *tuned)
    return ()


def _arm(
    name: str,
    net: str,
    rate: float,
    seeds: Sequence[int] = (),
    size: int = IMAGES,
    steps: int = STEPS,
    held_out: tuple[str, int] = TOLD,
) -> Arm:
    settings = {"net": net, "rate": rate, "images": size, "steps": steps, "held_out": list(held_out)}
    return Arm(name, settings, tuple(seeds), seconds=SECONDS[net.removesuffix("_mean")] * steps / STEPS)


def _quick(seeds: Sequence[int]) -> Arm:
    rest = (int(QUICK["images"]), int(QUICK["steps"]), ("validation", 1_000))
    return _arm("quick_five", "five", QUICK["rate"], seeds, *rest)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    held_out = {"held_out": images(*settings["held_out"])}
    return model.experiment(settings["net"], settings["rate"], settings["images"], settings["steps"], held_out)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield replace(trial, curves={})
