"""The command that writes again all that follows from the trials: it looks at everything before it writes anything."""

from collections.abc import Sequence

from common.errors import UserError
from common.trials import Trial
from suite import ancestry, evidence, locking, own_code, owning, pages, recording, registry, tampering


def export() -> int:
    """Writes verdicts, tables, figures, index and pages from the trials on record; the exit code."""
    names = registry.names()
    with locking.alone():
        refuse()
        told = {name: own_code.told(name, _trials(name)) for name in names}  # a mistake in it is found before a write
        for name in names:
            recording.add_hashes(name)
            recording.settle(name)
        for name in names:
            if (registry.results() / name / "trials.csv").exists():
                recording.render_module(name, told[name])
                print(f"wrote {registry.results() / name} from its trials")
        recording.write_index()
    return 0


def refuse() -> None:
    """Refuses to write where not all of it could be, or would not tell what was recorded.

    Raises:
        UserError: a `claims.py` or a study is broken, something that is no file is in a file's place, or trials,
            forecasts or pages are not as they were. Nothing was written.
    """
    for fault in registry.unreadable().values():
        raise UserError(f"{fault}; mend it, or its record would lose every verdict. Nothing was written.")
    try:
        for name in registry.names():
            for question in registry.study_names(name):
                registry.study_sha256(name, question)
    except UserError as error:
        raise UserError(f"{error} Nothing was written.") from None
    for fault in owning.misplaced():
        raise UserError(f"{registry.results()}: {fault}. Nothing was written.")
    if pages.follow():
        pages.refuse()
    tampering.refuse(registry.names())
    ancestry.refuse_forecasts()


def _trials(name: str) -> Sequence[Trial]:
    return evidence.read_trials(registry.results() / name / "trials.csv")
