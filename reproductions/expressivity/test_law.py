"""The law of the parameters against known ones, and what it told before its targets were run."""

import numpy as np
import pytest

from common.study import Tier
from common.trials import Trial
from reproductions.expressivity import analysis, law
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.expressivity.studies import nodes  # noqa: E402 - the backend is chosen first


def counts(
    exponents: dict[str, float], scatter: float, dimensions: tuple[int, ...], seeds: range, tier: Tier
) -> list[Trial]:
    """Trials whose parameters are 16 d^exponent, with noise in their logarithms."""
    noise = np.random.default_rng(0)
    return [
        Trial(
            study="nodes", arm=f"radial_d{d}", seed=seed, tier=tier, key="", backend="jax", dataset="synthetic",
            data_sha256="",
            metrics={f"parameters_{depth}": 16 * d**exponent * 2 ** (scatter * noise.standard_normal())
                     for depth, exponent in exponents.items()},
        )
        for d in dimensions for seed in seeds
    ]  # fmt: skip


def waits_for_pilots() -> None:
    if not law.FILE.exists():
        pytest.skip("nothing is foretold yet; see: repro run three-layer-fewer-nodes --tier pilot")


EXPONENTS = {"one": 3.0, "two": 1.5}


def test_a_power_is_found_and_told_exactly_where_nothing_scatters() -> None:
    told = law.predictions(counts(EXPONENTS, 0.0, law.FITTED, law.SEEDS, "pilot"))
    for depth, exponent in EXPONENTS.items():
        assert told[depth]["exponent"] == pytest.approx(exponent, rel=1e-3)
        for d in law.TARGETS:
            target = told[depth]["targets"][f"radial_d{d}"]
            assert target["median"] == pytest.approx([16 * d**exponent] * 3, rel=1e-3)
            assert target["rival"] > 1.1 * target["median"][1]  # an exponential grows faster beyond its points


def test_what_is_told_covers_the_median_that_comes() -> None:
    told = law.predictions(counts(EXPONENTS, 0.2, law.FITTED, law.SEEDS, "pilot"))
    for depth, exponent in EXPONENTS.items():
        for d in law.TARGETS:
            low, middle, high = told[depth]["targets"][f"radial_d{d}"]["median"]
            assert low < middle < high
            assert low < 16 * d**exponent < high


def test_the_interval_holds_as_many_medians_as_it_says() -> None:
    """Of medians of twelve that the law's own scatter makes, after fits to eight seeds each."""
    generator, slope = np.random.default_rng(3), 3.0
    logs = slope * np.log2(law.FITTED) + generator.standard_normal((2_000, len(law.SEEDS), len(law.FITTED)))
    medians = np.median(slope * np.log2(law.TARGETS) + generator.standard_normal((law.JUDGED, 2_000, 2)), axis=0)
    inside = []
    for drawn, came in zip(logs, medians, strict=True):
        scatter = np.sqrt(((drawn - law.power(drawn, law.FITTED)) ** 2).sum() / (drawn.size - 2))
        apart = np.abs(came - law.power(drawn, law.TARGETS))
        inside.append(apart <= scatter * law.doubts(len(law.SEEDS)))
    assert np.mean(inside) == pytest.approx(law.LEVEL, abs=0.006)


def test_without_all_pilots_nothing_is_told() -> None:
    with pytest.raises(ValueError, match="run the pilots"):
        law.predictions(counts(EXPONENTS, 0.0, law.FITTED, law.SEEDS, "pilot")[1:])


def test_predictions_follow_from_the_pilots_and_no_target_was_among_them() -> None:
    waits_for_pilots()
    pilots = evidence.read_trials(registry.results() / "expressivity" / "pilots.csv")
    assert law.predictions(pilots) == law.committed()
    tried = {(t.study, t.arm.partition("_rate_")[0]) for t in pilots}
    assert not tried & {("nodes", f"radial_d{d}") for d in law.TARGETS}
    assert (law.FITTED, law.TARGETS) == (nodes.FITTED, nodes.FORETOLD)
    assert tuple(law.SEEDS) == tuple(nodes.LAW_SEEDS)


@pytest.mark.parametrize(("times", "said"), [(1.0, "as foretold"), (20.0, "not as foretold")])
def test_a_sentence_tells_whether_it_came_as_foretold(times: float, said: str) -> None:
    waits_for_pilots()
    trials = counts({}, 0.0, law.TARGETS, range(1000, 1000 + law.JUDGED), "full")
    for trial in trials:
        for depth in law.DEPTHS:
            trial.metrics[f"parameters_{depth}"] = times * law.committed()[depth]["targets"][trial.arm]["median"][1]
    told = analysis.sentences(trials)
    assert told.count(f"seeds, {said} (") == len(law.DEPTHS) * len(law.TARGETS)
    assert analysis.sentences(trials[1:]).count("seeds,") == len(law.DEPTHS) * (len(law.TARGETS) - 1)
