"""The laws of gaps and errors against known ones, and what they told before their targets were run."""

import json
from typing import Literal

import numpy as np
import pytest

from common.trials import Trial
from reproductions.generalisation import analysis, law
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.generalisation.studies import more_data, parameters  # noqa: E402 - the backend is chosen first


def trial(study: str, arm: str, seed: int, tier: Literal["pilot", "full"], **metrics: float) -> Trial:
    return Trial(
        study=study, arm=arm, seed=seed, tier=tier, key="", backend="jax", dataset="mnist", data_sha256="",
        metrics=dict(metrics),
    )  # fmt: skip


def made_up(power: float = 1.0, by_size: float = 0.0, falls: float = 0.4) -> list[Trial]:
    """Pilots whose gaps and errors follow known laws, with a scatter of a tenth."""
    noise = np.random.default_rng(0)
    gaps = [
        trial(
            "parameters", f"n{n}", seed, "pilot",
            **{f"gap_{m}": m**-power * n**by_size * (1 + 0.1 * noise.standard_normal()) for m in law.MULTIPLES},
        )
        for n in law.NETS for seed in law.GAP_SEEDS
    ]  # fmt: skip
    errors = [
        trial(
            "more_data", "law", seed, "pilot",
            **{f"error_{m}": 100 * m**-falls * np.exp(0.03 * noise.standard_normal()) for m in law.SIZES},
        )
        for seed in law.ERROR_SEEDS
    ]  # fmt: skip
    return gaps + errors


def test_the_fits_find_the_laws_that_made_the_pilots() -> None:
    c, a, b = law.plane(law.gaps(made_up(0.8, 0.3)))
    assert (c, a, b) == pytest.approx((0, 0.8, 0.3), abs=0.08)
    assert law.plane(law.gaps(made_up(0.8, 0.3)), by_size=False)[2] == 0
    slope, height = law.line(law.errors(made_up(falls=0.35)))
    assert slope == pytest.approx(-0.35, abs=0.02)
    assert np.exp(height) == pytest.approx(100, rel=0.1)


def test_what_is_told_covers_what_comes_and_the_rivals_do_not() -> None:
    told = law.predictions(made_up(1.0, 0.5, 0.4))
    for n in law.NEXT_NETS:
        low, middle, high = told["gaps"]["targets"][f"n{n}_gap_16"]["mean"]
        assert low < n**0.5 / 16 < high
        assert middle == pytest.approx(n**0.5 / 16, rel=0.1)
        assert not low < told["gaps"]["targets"][f"n{n}_gap_16"]["rival"] < high
    low, middle, high = told["errors"]["targets"]["error_19200_over_4800"]["mean"]
    assert low < 4**-0.4 < high
    assert not low < told["errors"]["targets"]["error_19200_over_4800"]["rival"] < high


def test_without_all_pilots_nothing_is_told() -> None:
    with pytest.raises(ValueError, match="run the pilots of parameters"):
        law.predictions(made_up()[1:])
    with pytest.raises(ValueError, match="run the pilots of more_data"):
        law.predictions(made_up()[:-1])


def test_predictions_follow_from_the_pilots_and_no_target_was_among_them() -> None:
    pilots = evidence.read_trials(registry.results() / "generalisation" / "pilots.csv")
    assert law.predictions(pilots) == law.committed()
    assert tuple(parameters.LAW) == tuple(law.GAP_SEEDS)
    assert tuple(more_data.LAW) == tuple(law.ERROR_SEEDS)
    assert (*law.NETS, *law.NEXT_NETS) == tuple(parameters.UNITS)
    assert (*law.SIZES, *law.NEXT_SIZES) == more_data.SIZES
    targets = {f"n{n}" for n in law.NEXT_NETS}
    assert not targets & {t.arm for t in pilots if t.study == "parameters"}
    assert not any(t.metrics.get(f"error_{size}") for t in pilots if t.study == "more_data" for size in law.NEXT_SIZES)


def test_a_prediction_is_scored_once_its_twelve_seeds_are_there() -> None:
    known = law.committed()
    low, middle, high = known["gaps"]["targets"]["n199_gap_4"]["mean"]
    seeds = range(1000, 1012)
    met = [trial("parameters", "n199", seed, "full", gap_4=middle) for seed in seeds]
    assert f"as foretold ({low:.3g} to {high:.3g}), and nearer to the law's" in analysis.sentences(met)
    assert analysis.sentences(met[1:]) == ""
    missed = [trial("parameters", "n199", seed, "full", gap_4=2 * high) for seed in seeds]
    assert "not as foretold" in analysis.sentences(missed)
    _, middle, _ = known["errors"]["targets"]["error_9600_over_4800"]["mean"]
    errors = [trial("more_data", "net", s, "full", error_4800=5.0, error_9600=5 * middle) for s in seeds]
    assert "After 9600 images the error is" in analysis.sentences(errors)
    assert ", as foretold" in analysis.sentences(errors)


def test_the_file_is_what_json_would_write_again() -> None:
    assert law.FILE.read_text(encoding="utf-8") == json.dumps(law.committed(), indent=1) + "\n"
