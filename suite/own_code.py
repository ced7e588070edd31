"""What a reproduction's own code makes of its record: figures and sentences. A mistake in it is told by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common.errors import UserError
from common.trials import Trial
from suite import claim_files, evidence, registry


@dataclass(frozen=True)
class Told:
    """What a reproduction's own code makes of trials: figures, file to SVG, and sentences, None if it says none."""

    figures: Mapping[str, str]
    sentences: str | None


def told(name: str, trials: Sequence[Trial]) -> Told:
    """Both, of a reproduction's trials.

    Raises:
        UserError: its `figures.py` or its `analysis.py` has a mistake.
    """
    return Told(_figures(name, trials), sentences(name, trials))


def _figures(name: str, trials: Sequence[Trial]) -> Mapping[str, str]:
    def draw() -> Mapping[str, str]:
        drawer = registry.figures(name)
        curves = evidence.read_curves(registry.results() / name / "curves.csv")
        return {} if drawer is None else dict(drawer.draw(trials, curves))

    return _made(f"{name}/figures.py", draw) if trials else {}


def sentences(name: str, trials: Sequence[Trial]) -> str | None:
    """What a reproduction's own analysis says of its trials; None where it has none.

    Raises:
        UserError: its `analysis.py` has a mistake.
    """

    def say() -> str | None:
        analysis = registry.analysis(name)
        return None if analysis is None else str(analysis.sentences(trials))

    return _made(f"{name}/analysis.py", say) if trials else None


def _made(file: str, make: Callable[[], Any]) -> Any:
    try:
        return make()
    except UserError:
        raise
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise UserError(
            f"reproductions/{file} fails on the record: {reason:.200}{claim_files.line(error, file)}; mend it, then "
            f"type: repro export"
        ) from error
