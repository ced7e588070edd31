"""The images that the tests of this reproduction see."""

from functools import cache
from typing import Any

import pytest

from common import datasets

LOADED = cache(datasets.load_images)


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small images that ship with scikit-learn, for laws that hold for any; the second opinion looks at MNIST."""
    monkeypatch.setenv("REPRO_DATASET", "digits")
    monkeypatch.setattr(datasets, "load_images", LOADED)


@pytest.fixture
def images(digits: None) -> Any:
    from reproductions.adversarial import model  # a test file chooses the backend first

    return model.images("validation", 40)
