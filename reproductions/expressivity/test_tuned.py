"""What nets beside kernel machines are tuned by: the best that pilots tried, inside of it, without a test image."""

from collections.abc import Iterator, Mapping
from functools import cache
from math import inf
from statistics import median

import pytest

from common.study import PILOT_SEEDS
from common.trials import Trial
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.expressivity.studies import learned, nodes, shallow, widths  # noqa: E402 - the backend first

Scores = Mapping[float, float]


@cache
def pilots() -> Mapping[tuple[str, str], list[Trial]]:
    found: dict[tuple[str, str], list[Trial]] = {}
    for trial in evidence.read_trials(registry.results() / "expressivity" / "pilots.csv"):
        if trial.seed >= 2 * PILOT_SEEDS:
            found.setdefault((trial.study, trial.arm), []).append(trial)
    return found


def score(study: str, arm: str, metric: str) -> float:
    """The median over pilot seeds; one that diverged has the worst number there is."""
    if (study, arm) not in pilots():
        pytest.skip(f"{study}/{arm} has no pilots on record yet; repro run --tier pilot trains them")
    values = [trial.metrics.get(metric) for trial in pilots()[study, arm]]
    return median(inf if value is None else value for value in values)


def tuned() -> Iterator[tuple[str, str, str, float, tuple[float, ...], str]]:
    """Study, how names of arms begin and end, what was chosen of what, and the metric that is least there."""
    for target, depths in nodes.RATES.items():
        name = f"radial_d{nodes.DIMENSIONS[target]}" if target == "radial" else target
        for depth, rate in depths.items():
            yield "nodes", f"{name}_rate_", "", rate, nodes.GRID, f"log_error_{depth}"
    for name, rate in widths.RATES.items():
        yield "widths", f"{name}_rate_", "", rate, widths.GRID, "seen_loss"
    for task, nets in shallow.RATES.items():
        layers = dict.fromkeys(shallow.LAYERS) if task == "mnist" else ("net", "deep")
        for net in layers:
            yield "shallow", f"{task}_rate_", "", nets[net], shallow.GRID, f"{net}_error"
        if task == "parity":  # nothing is best where all are at chance
            continue
        kernel = shallow.KERNELS[task]
        rest = f"_penalty_{kernel['penalty']:g}"
        yield "shallow", f"{task}_gamma_", rest, kernel["gamma"], shallow.GAMMAS[task], "kernel_error"
        rest = f"{task}_gamma_{kernel['gamma']:g}_penalty_"
        yield "shallow", rest, "", kernel["penalty"], shallow.PENALTIES, "kernel_error"
    yield "learned", "mlp_rate_", "", learned.RATE, learned.GRID, "test_error"
    for features, metric in (("learned", "test_learned_error"), ("untrained", "before_error")):
        yield "learned", "mlp_penalty_", "", learned.CHOSEN[features], learned.PENALTIES, metric
    gammas = tuple(gamma for cost, gamma in learned.CROSS if cost == learned.RBF["C"])
    yield "learned", f"rbf_C_{learned.RBF['C']:g}_gamma_", "", learned.RBF["gamma"], gammas, "rbf_error"


@pytest.mark.parametrize(("study", "begins", "ends", "chosen", "grid", "metric"), list(tuned()))
def test_it_is_the_best_that_the_pilots_tried_and_lies_inside(
    study: str, begins: str, ends: str, chosen: float, grid: tuple[float, ...], metric: str
) -> None:
    found = {tried: score(study, f"{begins}{tried:g}{ends}", metric) for tried in grid}
    assert chosen == min(found, key=found.__getitem__), found
    assert min(grid) < chosen < max(grid), found


def test_no_other_cost_of_the_gaussian_machine_is_better() -> None:
    errors = {at: score("learned", f"rbf_C_{at[0]:g}_gamma_{at[1]:g}", "rbf_error") for at in learned.CROSS}
    assert min(errors, key=errors.__getitem__) == (learned.RBF["C"], learned.RBF["gamma"]), errors


@pytest.mark.parametrize("tier", ["pilot", "quick"])
@pytest.mark.parametrize("study", ["learned", "shallow", "widths"])
def test_nothing_but_a_verdict_sees_a_test_image(study: str, tier: str) -> None:
    arms = registry.study("expressivity", study).arms(tier)  # type: ignore[arg-type]
    assert {arm.settings["judged"] for arm in arms} == {"validation"}
