"""Every study records the metrics that it declares, and no others."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import traced  # type: ignore[import-not-found]  # of the folder of tests

from suite import commands, registry

commands.prepare(None)

from reproductions.adversarial.studies import penalties  # noqa: E402 - the backend is chosen first

pytestmark = pytest.mark.usefixtures("digits")
SHORT = {"steps": 1, "width": 8, "net": "small_mlp", "tested": 20, "attacked": 10, "drawn": 10}
ARMS = {"fooled": "mlp", "perturbed_training": "mlp_fgsm", "kl_penalty": "kl_fgsm", "defences": "saccades"}
ONE_PATH = {"paths": {"l2": [0.1]}, "heavy": {"l2": 0.1}}


def shortened(settings: Mapping[str, Any]) -> dict[str, Any]:
    """One step of a small net on few images, and of the paths one."""
    return {name: {**SHORT, **ONE_PATH}.get(name, value) if value else value for name, value in settings.items()}


def recorded(question: str) -> Iterator[str]:
    study = registry.study("adversarial", question)
    arms = [arm for arm in study.arms("full") if arm.name == ARMS.get(question, arm.name)]
    pilots = {tuple(arm.settings.get("rates", ())): arm for arm in study.arms("pilot") if arm.settings.get("select")}
    for arm in (*arms, *pilots.values()):
        (run,) = study.run(shortened(arm.settings), [10_000], 1)
        for name in run.metrics:
            yield name
            if name.startswith("l2_"):
                yield from (name.replace("l2", path) for path in penalties.PATHS)


@pytest.mark.parametrize("question", registry.study_names("adversarial"))
def test_what_is_recorded_is_what_is_declared(question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """To compile two dozen attacks takes a minute, and tells no name."""
    traced.instead(monkeypatch)
    assert set(recorded(question)) == set(registry.metrics("adversarial", question))
