"""How far a run is, as those who wait for it see it."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

TOGETHER = 1.0
"""Seconds within which trials end that were trained side by side."""
TRUSTED = 0.1
"""The share of a run after which its own pace counts alone; until then the rest of it counts as it is declared."""


@dataclass
class Progress:
    """How far a run has come; `seconds` are those that its trials are declared to take on one core.

    Until the first trials end, workers start and programs are compiled: that time says nothing about what is left.
    """

    done: int = 0
    total: int = 0
    seconds_done: float = 0.0
    seconds_total: float = 0.0
    workers: int = 1
    latest: str = ""
    clock: Callable[[], float] = time.monotonic
    _first: tuple[float, float] | None = None  # when the first trials ended, and their seconds

    def ended(self, seconds: float) -> None:
        """Counts a trial that ended now."""
        self.done += 1
        self.seconds_done += seconds
        when = self._first[0] if self._first else self.clock()
        if self.clock() - when < TOGETHER:
            self._first = when, self.seconds_done

    def seconds_left(self) -> float | None:
        """From the pace since the first trials ended; unknown before."""
        if self._first is None:
            return None
        when, with_it = self._first
        took, known = self.clock() - when, self.seconds_done - with_it
        declared = max(TRUSTED * self.seconds_total - known, 0.0)
        if not known + declared:
            return None
        pace = (took + declared / max(self.workers, 1)) / (known + declared)
        return pace * (self.seconds_total - self.seconds_done)


@contextmanager
def shown(*, quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """A live bar on a terminal, else a plain line every ten seconds and at the end, on standard error."""
    if sys.stderr.isatty() and not quiet:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bar

        columns = (
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}"),
            TextColumn("{task.fields[latest]}"),
        )
        with Bar(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task("", left="", latest="starting workers")

            def draw(progress: Progress) -> None:
                bar.update(
                    task,
                    completed=progress.done,
                    total=progress.total,
                    left=_left(progress),
                    latest=progress.latest,
                )

            yield draw
        return
    last = [-60.0]

    def say(progress: Progress) -> None:
        if time.monotonic() - last[0] > 10 or progress.done == progress.total:
            last[0] = time.monotonic()
            print(
                f"{progress.done} of {progress.total} trials {_left(progress)} {progress.latest}",
                file=sys.stderr,
                flush=True,
            )

    yield say


def _left(progress: Progress) -> str:
    seconds = progress.seconds_left()
    if seconds is None or progress.done == progress.total:
        return ""
    return f"about {seconds / 60:.0f} min left" if seconds > 90 else f"about {max(seconds, 0):.0f} s left"
