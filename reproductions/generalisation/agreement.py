"""Two classifiers that answer alike: how often are they right? In closed form, and drawn at random. No Keras."""

import numpy as np


def right_given_agree(first: float, second: float, classes: int, copied: float = 0.0) -> float:
    """P(right | both give the same answer) of two classifiers that are right with these probabilities.

    Wrong answers are even over the other classes, and independent but for this: with probability `copied` the second
    answers as the first does.

    Raises:
        ValueError: they never agree.
    """
    right = copied * first + (1 - copied) * first * second
    wrong = copied * (1 - first) + (1 - copied) * (1 - first) * (1 - second) / (classes - 1)
    if right + wrong == 0:
        raise ValueError(f"classifiers right with {first} and {second}, of {classes} classes, never agree")
    return right / (right + wrong)


def drawn(generator: np.random.Generator, accuracy: float, classes: int, copied: float, size: int) -> tuple[float, int]:
    """The share of right answers among those that two such classifiers share, and how many of `size` these are."""
    truth = generator.integers(classes, size=size)
    first = _answers(generator, truth, accuracy, classes)
    second = np.where(generator.random(size) < copied, first, _answers(generator, truth, accuracy, classes))
    agree = first == second
    count = int(agree.sum())
    return (float((first[agree] == truth[agree]).mean()) if count else float("nan")), count


def _answers(generator: np.random.Generator, truth: np.ndarray, accuracy: float, classes: int) -> np.ndarray:
    """Right with probability `accuracy`, else any of the other classes."""
    other = (truth + generator.integers(1, classes, size=len(truth))) % classes
    return np.where(generator.random(len(truth)) < accuracy, truth, other)
