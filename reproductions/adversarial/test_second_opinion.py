"""FGSM and PGD-40 against those of the Adversarial Robustness Toolbox (ART), on saved models under TensorFlow.

Run as a program it trains and saves two small nets, one of them on FGSM examples, loads them, attacks 2000 validation
images by both implementations at two budgets, and prints the errors in per cent as JSON.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

TOLERANCE = 0.5  # points
IMAGES, BATCH = 2_000, 500
EPSILONS = (0.05, 0.25)


@pytest.mark.attacks
@pytest.mark.skipif(importlib.util.find_spec("art") is None, reason="needs ART: pip install -e '.[attacks]'")
def test_another_implementation_of_the_attacks_fools_as_many_images() -> None:
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
    done = subprocess.run([sys.executable, __file__], env=environment, capture_output=True, text=True, timeout=800)
    assert done.returncode == 0, done.stderr[-2000:]
    rows = json.loads(done.stdout.splitlines()[-1])
    assert len(rows) == 8
    for row in rows:
        assert abs(row["ours"] - row["theirs"]) <= TOLERANCE, row
    assert min(row["ours"] for row in rows) < 90 < max(row["ours"] for row in rows), "the nets should differ"


def compare() -> Iterator[dict[str, object]]:
    from suite import commands

    commands.prepare("tensorflow")
    import keras
    import numpy as np
    import tensorflow as tf
    from art.attacks.evasion import FastGradientMethod, ProjectedGradientDescent
    from art.estimators.classification import TensorFlowV2Classifier

    from common import attacks
    from common.engine.loop_engine import Loop
    from reproductions.adversarial import model
    from reproductions.adversarial.studies import perturbed_training

    data = model.images("validation", IMAGES)
    images, labels = len(data.y), data.y
    batch = BATCH if images % BATCH == 0 else images

    def errors(net: object, moved: np.ndarray) -> float:
        predicted = [np.argmax(model.deployed(net)(part), axis=-1) for part in np.split(moved, images // batch)]
        return 100 * float(np.mean(np.concatenate(predicted) != labels))

    def ours(net: object, name: str, epsilon: float) -> np.ndarray:
        predict = model.deployed(net)
        starts = np.random.default_rng(0).uniform(-epsilon, epsilon, data.x.shape).astype(np.float32)

        @tf.function  # type: ignore[untyped-decorator]
        def attack(x: object, y: object, start: object) -> object:
            if name == "FGSM":
                return attacks.fgsm(predict, x, y, epsilon)
            return attacks.pgd(predict, x, y, epsilon, start=start)

        parts = [np.split(array, images // batch) for array in (data.x, labels, starts)]
        return np.concatenate([attack(*map(tf.constant, part)) for part in zip(*parts, strict=True)])

    for loss in ("clean", "fgsm"):
        settings = {**perturbed_training.QUICK, "net": "small_mlp", "loss": loss, "rate": 3e-3}
        loop = Loop(perturbed_training.experiment(settings))
        loop.reseed(10_000)
        loop.steps(settings["steps"])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "net.keras"
            loop.model.save(path)
            net = keras.models.load_model(path, custom_objects={"Draws": model.Draws})
        assert np.allclose(net(data.x[:5]), loop.model(data.x[:5]))
        classifier = TensorFlowV2Classifier(
            model=net,
            nb_classes=model.CLASSES,
            input_shape=data.x.shape[1:],
            loss_object=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )
        for epsilon in EPSILONS:
            theirs = {
                "FGSM": FastGradientMethod(classifier, eps=epsilon, batch_size=batch),
                "PGD-40": ProjectedGradientDescent(
                    classifier,
                    eps=epsilon,
                    eps_step=epsilon / 25,
                    max_iter=attacks.PGD_STEPS,
                    num_random_init=1,
                    batch_size=batch,
                    verbose=False,
                ),
            }
            for name, attack in theirs.items():
                np.random.seed(0)  # noqa: NPY002 - what ART draws its starts from
                found = attack.generate(data.x, labels)
                assert np.abs(found - data.x).max() <= epsilon + attacks.TOLERANCE
                row = {"net": loss, "attack": name, "epsilon": epsilon, "clean": errors(net, data.x)}
                yield {**row, "ours": errors(net, ours(net, name, epsilon)), "theirs": errors(net, found)}


if __name__ == "__main__":
    print(json.dumps(list(compare())))
