"""How far a run is, as those who wait for it see it."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Progress:
    """How far a run has come; `seconds` are expected seconds on one core."""

    done: int = 0
    total: int = 0
    seconds_done: float = 0.0
    seconds_total: float = 0.0
    started: float = field(default_factory=time.monotonic)
    latest: str = ""

    def seconds_left(self) -> float | None:
        """From the pace so far; unknown before the first trial ends."""
        if not self.seconds_done:
            return None
        pace = (time.monotonic() - self.started) / self.seconds_done
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
