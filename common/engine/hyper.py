"""Hyper-parameters that arms of one program share: scalars without a value until a trial gives it.

A program is built once and serves every value. A number taken from one while the model is built would stay in it for
all arms, so such a taking is refused, on every backend.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import keras
from keras.src.backend.common.stateless_scope import get_stateless_scope
from keras.src.utils.tracking import Tracker

from common.engine.seeding import passing, replaced


class HyperParameter(keras.Variable):  # type: ignore[misc]
    """One scalar of `Experiment.hyper`. `known` says that it holds the value of the trial, as in a plain loop."""

    def __init__(self, name: str, value: float) -> None:
        super().__init__(value, trainable=False, name=name, dtype="float32")
        self.known = False

    @property
    def value(self) -> Any:
        """The trial's value, of the innermost scope that has one: an optimizer opens further scopes of its own.

        Raises:
            TypeError: there is none, as while `build_model` runs.
        """
        scope = get_stateless_scope()
        while scope is not None:
            if (given := scope.get_current_value(self)) is not None:
                return self._maybe_autocast(given)
            scope = scope.original_scope
        if self.known or passing():
            return super().value
        self._refuse("is computed with while the model or the optimizer is built")

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(
            f'hyper["{self.name}"] {what}: the arms of an experiment share one program, which would keep the first '
            "value for all of them. Hand it over whole where Keras takes a scalar tensor, or in a function that is "
            "called later; `Experiment` lists where it may stand. Where only a number will do, close over the number "
            "instead, and each value has a program of its own."
        )

    def _to_python(self, *_: Any, **__: Any) -> NoReturn:
        self._refuse("is made a Python number")

    __float__ = __int__ = __bool__ = __index__ = __complex__ = __array__ = numpy = _to_python

    def __repr__(self) -> str:
        return f'<hyper["{self.name}"]>'


@contextmanager
def untracked() -> Iterator[None]:
    """Layers and optimizers made inside that hold a hyper-parameter do not count it among their own variables."""
    tracking = Tracker.track

    def track(self: Any, held: Any) -> Any:
        return held if isinstance(held, HyperParameter) else tracking(self, held)

    with replaced((Tracker, "track", track)):
        yield
