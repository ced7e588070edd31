"""The rates that rules begin at are the best that pilots tried, inside of what they tried."""

from math import inf
from statistics import median

from common.study import PILOT_SEEDS
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.learning_rates import scan  # noqa: E402 - the backend is chosen first
from reproductions.learning_rates.studies import plateau  # noqa: E402


def test_a_rule_begins_at_the_best_rate_of_its_pilots_which_lies_inside() -> None:
    found: dict[str, dict[float, list[float]]] = {}
    for trial in evidence.read_trials(registry.results() / "learning_rates" / "pilots.csv"):
        name, tried, rate = trial.arm.partition("_rate_")
        if trial.study == "plateau" and tried and trial.seed >= PILOT_SEEDS:
            error = trial.metrics.get("validation_error")
            found.setdefault(name, {}).setdefault(float(rate), []).append(inf if error is None else error)
    assert set(found) == set(plateau.RULES)
    for name, tries in found.items():
        assert set(tries) == set(plateau.GRID), name
        errors = {rate: median(values) for rate, values in tries.items()}
        assert plateau.RATES[name] == min(errors, key=lambda rate: errors[rate]), (name, errors)
        assert min(plateau.GRID) < plateau.RATES[name] < max(plateau.GRID), name


def test_the_rates_of_the_sentence_are_on_the_grid_with_much_room_on_either_side() -> None:
    assert set(scan.THREE) <= set(scan.RATES)
    assert min(scan.RATES) <= -5
    assert max(scan.RATES) >= 2
