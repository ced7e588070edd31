"""Every number that a trial draws comes from its seed, whatever an author wrote.

Keras draws what names no seed from the process: an unseeded initialiser, layer or `keras.random` call. While code of an
author runs, a generator of the trial stands there instead. A seed that the author did name is a constant. What could
come from elsewhere is refused: NumPy's and Python's generators, and generators and variables that no trial restarts.
"""

import gc
import random
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras.src.backend.common import global_state
from keras.src.backend.common.symbolic_scope import in_symbolic_scope
from keras.src.backend.common.variables import Variable
from keras.src.initializers.random_initializers import RandomInitializer
from keras.src.random import seed_generator
from keras.src.random.seed_generator import SeedGenerator

Words = Any  # two words that a stream starts from
OUTSIDE = "made outside it: no trial restarts it. Make everything inside build_model, which runs once for all seeds."


class Generator(SeedGenerator):  # type: ignore[misc]
    """What the trial draws from where no seed is named; the engine sets its state for each purpose."""

    def next(self, ordered: bool = True) -> Any:
        return super().next()  # of Keras' unordered states there are but a million


class _Seed:
    """Stands for the attribute `seed` of Keras' initialisers: an unseeded one draws from the trial's generator."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator

    def __get__(self, initializer: Any, owner: type) -> Any:
        unseeded = getattr(initializer, "_init_seed", 0) is None
        return self.generator if unseeded else initializer.__dict__["seed"]

    def __set__(self, initializer: Any, seed: Any) -> None:
        initializer.__dict__["seed"] = seed


@contextmanager
def replaced(*pieces: tuple[Any, str, Any]) -> Iterator[None]:
    """Attributes of modules and classes that are others for a while."""
    missing = object()
    before = [(owner, name, vars(owner).get(name, missing)) for owner, name, _ in pieces]
    try:
        for owner, name, value in pieces:
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in before:
            delattr(owner, name) if value is missing else setattr(owner, name, value)


@contextmanager
def drawing(generator: Generator, draws: Callable[[Any], None], assigns: Callable[[Any], None]) -> Iterator[None]:
    """Inside, what names no seed draws from `generator`; `draws` and `assigns` raise at what they do not allow."""
    following, assigning = SeedGenerator.next, Variable.assign

    def next_seed(self: Any, ordered: bool = True) -> Any:
        draws(self)
        return following(self, ordered)

    def assign(self: Any, value: Any) -> Any:
        assigns(self)
        return assigning(self, value)

    with replaced(
        (seed_generator, "global_seed_generator", lambda: generator),
        (SeedGenerator, "next", next_seed),
        (RandomInitializer, "seed", _Seed(generator)),
        (Variable, "assign", assign),
    ):
        yield


@contextmanager
def drawing_anew(generator: Generator, where: str, states: Container[int]) -> Iterator[None]:
    """As `drawing`, where only `generator` and the variables of the ids `states` may change: a trial restarts those."""

    def assigns(variable: Any) -> None:
        if variable is not generator.state and id(variable) not in states:
            raise ValueError(
                f"{where} changes {variable.path}. There only a state that build_model gave to a layer may change, "
                "beside its weights, which are the optimizer's: anything else is lost on one backend and lasts into "
                "the next trial on another. Make it part of a layer, in build_model; draw without a seed, or with the "
                "seeds that draw is given."
            )

    with drawing(generator, lambda drawn: assigns(drawn.state), assigns):
        yield


def _state(generator: Any) -> Any:
    """What two states of a generator are compared by; to write an array as text would take milliseconds."""
    if isinstance(generator, random.Random):
        return generator.getstate()
    old = isinstance(generator, np.random.RandomState)
    return _plain(generator.get_state(legacy=False) if old else generator.bit_generator.state)


def _plain(state: Any) -> Any:
    if isinstance(state, dict):
        return {name: _plain(part) for name, part in state.items()}
    return state.tobytes() if isinstance(state, np.ndarray) else state


class Watch:
    """Notices draws from generators of NumPy and Python, which are made once and then stand in the program."""

    def __init__(self) -> None:
        kinds = {np.random.Generator, np.random.RandomState, random.Random}
        self.generators = [found for found in gc.get_objects() if type(found) in kinds]

    @contextmanager
    def __call__(self, where: str) -> Iterator[None]:
        """Raises: ValueError, where the code inside drew from one of them."""
        before = [_state(generator) for generator in self.generators]
        known = np.random.default_rng

        def default_rng(seed: Any = None) -> Any:
            if seed is None:
                raise ValueError(self._reason(where))
            return known(seed)

        # The seeds that Keras gives to what has none come from Python's generator; they are never used here.
        with replaced((np.random, "default_rng", default_rng), (seed_generator, "python_random", random.Random(0))):
            yield
        if before != [_state(generator) for generator in self.generators]:
            raise ValueError(self._reason(where))

    def _reason(self, where: str) -> str:
        return (
            f"{where} draws from numpy.random or random, so the trial's seed does not decide its numbers, and a "
            "compiled program would keep the first ones for ever. Draw with keras.random: in a Stream with "
            "seed=seeds, elsewhere without a seed."
        )


def passing() -> bool:
    """Whether Keras calls a layer for its shapes, or an author calls the model to build it: nothing of it is kept."""
    return in_symbolic_scope() or global_state.get_global_attribute("current_call_ctx") is not None


@dataclass(frozen=True)
class Built:
    """A model without weights, and where each of its variables starts in a trial.

    `generators` are those that `build_model` made: of its layers in the order of the model's variables, then those that
    it only closes over, whose states are `loose`.
    """

    model: Any
    starts: Mapping[int, Callable[..., Any]]
    generators: Sequence[Any]
    loose: Sequence[Any]
    variables: Sequence[Any]

    def give_values(self) -> None:
        """Gives the variables values, so that a loop can assign to them."""
        for variable in self.variables:
            variable._deferred_initialize()

    def start(self, variable: Any) -> Any:
        """The first value of a variable; draws it."""
        return self.starts[id(variable)](variable.shape, dtype=variable.dtype)

    def generator_starts(self, words: Sequence[Words]) -> list[tuple[Any, Words]]:
        """The state of each generator and its start: the words of the same place, or the seed that it was given."""
        return [
            (g.state, given if g._initial_seed is None else self.start(g.state))
            for g, given in zip(self.generators, words, strict=True)
        ]


@contextmanager
def unborn() -> Iterator[list[Any]]:
    """Variables made inside get no value yet; gives the list of them. Keras' own list forgets nothing."""
    initialise = Variable.__init__

    def lazily(self: Any, initializer: Any, shape: Any = None, dtype: Any = None, *more: Any, **rest: Any) -> None:
        """Keras refuses a variable of a given value here, as optimizers and layers make them."""
        if not callable(initializer) and not isinstance(initializer, str):
            value = self._convert_to_tensor(initializer, dtype=dtype)
            initialise(self, _constant(value), value.shape, dtype or value.dtype, *more, **rest)
        else:
            initialise(self, initializer, shape, dtype, *more, **rest)

    before = global_state.get_global_attribute("uninitialized_variables", [])
    made: list[Any] = []
    global_state.set_global_attribute("uninitialized_variables", made)
    try:
        with replaced((Variable, "__init__", lazily)):
            yield made
    finally:
        global_state.set_global_attribute("uninitialized_variables", before)


def build(build_model: Callable[[Mapping[str, Any]], Any], hyper: Mapping[str, Any], generator: Generator) -> Built:
    """The author's model. What `build_model` assigns, as by `set_weights`, is where a weight starts in every trial.

    Raises:
        ValueError: it draws a number or reads a weight that differs between trials, or hands over a layer that was
            made elsewhere.
    """
    generators: list[Any] = []
    making = SeedGenerator.__init__

    def make(self: Any, *args: Any, **rest: Any) -> None:
        making(self, *args, **rest)
        generators.append(self)

    def draws(drawn: Any) -> None:
        if drawn is not generator and all(drawn is not g for g in generators):
            raise ValueError(f"build_model draws from {drawn.state.path}, which was {OUTSIDE}")
        if not passing() and (drawn is generator or drawn._initial_seed is None):
            raise ValueError(
                "build_model draws a number, or reads a weight that each trial draws anew: it runs once for all seeds. "
                "Draw in an initialiser, which runs for each of them: a function of shape and dtype will do."
            )

    def assigns(variable: Any) -> None:
        if any(variable is g.state for g in (generator, *generators)):
            return
        if all(variable is not known for known in made):
            raise ValueError(f"build_model changes {variable.path}, which was {OUTSIDE}")
        if passing() and not in_symbolic_scope():
            raise ValueError(
                f"build_model calls the model so that {variable.path} changes, by numbers that no seed decides. "
                "Call it with training=False."
            )

    scope = keras.StatelessScope(initialize_variables=False)
    with unborn() as made, replaced((SeedGenerator, "__init__", make)), drawing(generator, draws, assigns), scope:
        model = build_model(hyper)
    known = {id(variable) for variable in made}
    if elsewhere := [v.path for v in model.variables if id(v) not in known]:
        raise ValueError(f"build_model returns layers with variables ({', '.join(elsewhere[:3])}) that were {OUTSIDE}")
    states = {id(g.state): g for g in generators}
    owned = [states[id(v)] for v in model.variables if id(v) in states]
    loose = [g for g in generators if all(g is not own for own in owned)]
    starts = {id(v): v._initializer for v in made}
    for variable in made:
        value = scope.get_current_value(variable)
        if value is not None and id(variable) not in states:
            starts[id(variable)] = _constant(value)
    return Built(model, starts, [*owned, *loose], [g.state for g in loose], made)


def _constant(value: Any) -> Callable[..., Any]:
    return lambda shape, dtype: keras.ops.copy(value)  # torch would change the value itself
