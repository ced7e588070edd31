"""The command `controls`: trains what negative controls lack, where that is cheap, judges them, and tells of each.

Most need no training: their numbers are those of pilots and of trials on record.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace

from common.errors import UserError
from suite import commands, declaring, negative_record, output, recording, registry, running, tampering
from suite.claims import Claim
from suite.journal import Journal
from suite.locking import alone
from suite.negatives import Negative, Training

CHEAP = 120.0  # seconds of one core: what the control of a claim may take without --all
RED = ("reproduced", "constant", "vacuous")


def call(options: argparse.Namespace) -> int:
    """Prints what each negative control came to; 1 where one is red, or a claim has none."""
    if options.workers < 0:
        raise UserError(f"--workers {options.workers} is negative; give the number of processes, or 0 for this one.")
    selected = registry.select(options.what)
    names = dict.fromkeys(name for name, _ in selected.values())
    declared = {i: registry.negatives(name).get(i) for i, (name, _) in selected.items()}
    with alone():
        tampering.refuse(names)
    wanted = [(selected[i][0], negative) for i, negative in declared.items() if negative and negative.trains]
    untrained = _train(wanted, options.workers, everything=options.all)
    records: dict[str, negative_record.Entry] = {}
    for name in names:
        with alone():
            recording.record_negatives(name, ())
        records.update(negative_record.described_module(name))
    told = {identity: records.get(identity) for identity in selected}
    if options.json:
        print(output.as_json(told))
    else:
        for identity, (name, claim) in selected.items():
            print(f"{identity:<34}{untrained.get(identity) or _line(name, claim, told[identity])}")
        states = [str(record["state"]) if record else "missing" for record in told.values()]
        counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(("clear", *states)))
        print(f"\n{len(states)} claims: {counts}. A control is clear where its claim is not reproduced.")
    return 1 if any(record is None or record["state"] in RED for record in told.values()) else 0


def _line(name: str, claim: Claim, record: negative_record.Entry | None) -> str:
    if record is None:
        return f"has no negative control; declare one in reproductions/{name}/negatives.py"
    stale = negative_record.stale(name, claim, record)
    return negative_record.told(record) + (f"; {stale}" if stale else "")


def _train(wanted: Sequence[tuple[str, Negative]], workers: int, *, everything: bool) -> dict[str, str]:
    """Trains and records what is missing; claim id to why its control was not trained."""
    with declaring.light(dict.fromkeys(name for name, _ in wanted)):
        missing = {negative.claim: (name, _missing(name, negative)) for name, negative in wanted}
    untrained = {}
    for claim, (name, entries) in missing.items():
        seconds = sum(entry.arm.seconds * len(entry.arm.seeds) for entry in entries)
        if any(entry.data[0] == negative_record.STANDS_IN for entry in entries):
            untrained[claim] = "not run: it needs MNIST; type: repro data fetch"
        elif seconds > CHEAP and not everything:
            untrained[claim] = f"not run: it takes {seconds / 60:.0f} min of one core; to train it add --all"
        elif entries:
            commands.prepare("jax")
            with Journal(registry.home() / "journal.sqlite") as journal:
                outcome = running.run(entries, journal, workers=workers)
            with alone():
                recording.record_negatives(name, [t for trials in outcome.trials.values() for t in trials])
            if outcome.faults:
                untrained[claim] = f"not run: {outcome.faults[0]}"
    return untrained


def _missing(name: str, negative: Negative) -> list[running.Planned]:
    """The arms of which the record lacks a trial of the very key."""
    keys = {trial.key for trial in negative_record.trained(name)}
    entries = [entry for training in negative.trains for entry in planned(name, negative, training)]
    return [entry for entry in entries if not keys.issuperset(entry.keys.values())]


def planned(name: str, negative: Negative, training: Training) -> list[running.Planned]:
    """An arm that only a negative control trains, with the keys of its trials; none where its data is not at hand.

    Raises:
        UserError: it is no variant of an arm that there is, or has the name of one.
    """
    where = f"reproductions/{name}/negatives.py, {negative.claim}"
    arms = [arm.name for arm in registry.arms(name, training.study, training.tier)]
    if training.arm not in arms:
        raise UserError(f"{where}: {training.study} has no arm {training.arm!r} at the {training.tier} tier.")
    if training.name in arms:
        raise UserError(f"{where}: {training.study} has an arm {training.name!r} itself; name the control's apart.")
    found = running.plan({(name, training.study): {training.arm: 1}}, training.tier, "jax")
    first = negative_record.TRAINED_FROM
    seeds = tuple(range(first, first + training.seeds))
    return [
        running.declared(
            name,
            training.study,
            training.tier,
            replace(base.arm, name=training.name, settings={**base.arm.settings, **training.settings}, seeds=seeds),
            "jax",
            base.data,
        )
        for base in found
        if base.arm.name == training.arm
    ]
