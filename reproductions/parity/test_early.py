"""The early sign against its definition, its score against scikit-learn, and its runs against those of `frontier`."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from common.training import train
from common.trials import Trial
from reproductions.parity import alignment, early
from reproductions.parity.step_zero import signal
from reproductions.parity.studies import early_signs, frontier


@pytest.mark.parametrize("n", [13, 16])
def test_the_correlations_are_those_over_all_strings(n: int) -> None:
    generator = np.random.default_rng(n)
    strings = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    kernel = (generator.choice([-1, 1], (n, 40)) * (1 + 0.3 * generator.normal(size=(n, 40)))).astype("float32")
    bias = generator.normal(size=40).astype("float32") * 0.3
    wanted = np.abs(((strings @ kernel + bias > 0) * strings.prod(axis=1)[:, None]).mean(axis=0))
    found = np.asarray(alignment.correlations(kernel, bias))
    assert np.abs(found - wanted).max() <= 0.1 * wanted.max()


def test_the_correlations_are_the_slopes_of_the_signal_by_the_bias() -> None:
    """At a length too long for all strings: `step_zero.signal` is another way to the same number."""
    generator = np.random.default_rng(0)
    kernel = (generator.choice([-1, 1], (25, 12)) * (1 + 0.3 * generator.normal(size=(25, 12)))).astype("float32")
    found = np.asarray(alignment.correlations(kernel, np.zeros(12, "float32")))
    slopes = [abs(signal(w, 1e-4) - signal(w, -1e-4)) / 2e-4 for w in kernel.astype(float).T]
    assert np.abs(found - slopes).max() <= 0.1 * max(slopes)


def test_the_share_of_pairs_ranked_right_is_the_area_under_the_curve() -> None:
    generator = np.random.default_rng(0)
    solved, others = generator.normal(1, 1, 30).round(1), generator.normal(0, 1, 20).round(1)
    area = roc_auc_score([1] * 30 + [0] * 20, np.concatenate([solved, others]))
    assert early.ranked_right([(solved, others)]) == pytest.approx(area)
    twice = early.ranked_right([(solved, others), (others, solved)])
    assert twice == pytest.approx(0.5)  # pairs are of one length each
    with pytest.raises(ValueError, match="nothing can be ranked"):
        early.ranked_right([])


def trial(seed: int, score: float, accuracy: float, n: int = 31) -> Trial:
    return Trial(
        study="early_signs",
        arm=f"adam_n{n}",
        seed=seed,
        tier="full",
        key="k",
        backend="jax",
        dataset="synthetic",
        data_sha256="",
        metrics={"score": score, "accuracy": accuracy},
    )


def test_the_sentence_says_whether_it_foretells_by_the_interval() -> None:
    right = [trial(5_000 + i, score=i, accuracy=0.99 if i >= 20 else 0.5) for i in range(40)]
    assert "ranks right 100% of the pairs" in early.sentence(right)
    assert "It foretells who solves" in early.sentence(right)
    mixed = [trial(5_000 + i, score=i, accuracy=0.99 if i % 2 else 0.5) for i in range(40)]
    assert "not shown to foretell" in early.sentence(mixed)
    assert early.sentence([]) == early.sentence(right[:10]) == ""


def test_what_was_foretold_follows_from_the_old_scores() -> None:
    told = early.committed()
    pairs = [(np.array(old["solved"]), np.array(old["others"])) for old in told["old_scores"].values()]
    assert [len(solved) + len(others) for solved, others in pairs] == [58, 68]
    assert told["ranked_right"]["estimate"] == round(early.ranked_right(pairs), 3)
    assert json.dumps([early_signs.BITS, early_signs.SEEDS[0], early_signs.SEEDS[-1]]) == json.dumps(
        [told["bits"], *told["seeds"]]
    )


@pytest.mark.quick
def test_a_run_that_is_looked_into_trains_as_that_of_the_frontier() -> None:
    settings = early_signs.arms("pilot")[0].settings
    plain = replace(frontier.experiment(settings), evaluate_every=early_signs.HUNDREDTH)
    looked = next(iter(early_signs.run(settings, [20_000], 1)))
    alone = next(iter(train(plain, [20_000], lanes=1)))
    for curve in ("train_loss", "test_accuracy", "validation_accuracy"):
        assert looked.curves[curve] == alone.curves[curve], curve
    assert looked.metrics["score"] == looked.curves["net_score"][-1][1] != looked.metrics["score_at_start"]
