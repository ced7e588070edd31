"""What a worker does with a task: it trains the seeds, reports each as it ends, and says where an error came from."""

import os
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from common.engine import backend
from common.training import Run
from suite import machine, registry


def execute(payload: tuple[object, Mapping[str, Any]], report: Callable[[Any], None]) -> float:
    """Runs in a worker: trains the seeds of one task and reports each as it ends.

    Returns:
        The most memory that the worker ever had, in 10^6 bytes.
    """
    _, work = payload
    if registry.study_sha256(work["name"], work["question"]) != work["code_sha256"]:
        raise RuntimeError(f"the code of {work['name']}/{work['question']} changed while the run was going on")
    study = registry.study(work["name"], work["question"])
    # A core's time is the same whatever else runs on the machine; where an accelerator works, only what passes tells.
    clock = time.monotonic if backend.accelerator(os.environ.get("KERAS_BACKEND", "jax")) else time.process_time
    before, left = clock(), list(work["seeds"])
    try:
        for run in study.run(work["settings"], work["seeds"], work["lanes"]):
            if not isinstance(run, Run):
                raise TypeError(f"run yields {run!r:.80}: make it yield what common.training.train yields")
            if run.seed not in left:
                raise ValueError(f"run yields seed {run.seed}, where it was to yield {left}: one Run for each seed")
            left.remove(run.seed)
            now = clock()
            report(asdict(run) | {"seconds": now - before})
            before = now
        if left:
            raise ValueError(f"run yields nothing for the seeds {left}: make it yield one Run for each")
    except Exception as error:
        error.add_note(_place(error, work))
        raise
    return machine.peak_megabytes()


def _place(error: BaseException, work: Mapping[str, Any]) -> str:
    """The last line of a reproduction that led to an error: where its author looks first."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(registry.FOLDER):
            return f"{path.relative_to(registry.ROOT)}, line {frame.lineno}"
    return f"reproductions/{work['name']}/studies/{work['question']}.py"
