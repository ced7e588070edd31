"""The negative controls of a reproduction as the record holds them: their numbers, and `negatives.json`. No Keras."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from common.trials import Trial
from suite import answers, evidence, intact, negative_controls, registry
from suite.claims import FIRST_SEED, Claim
from suite.negative_controls import Controlled, Numbers
from suite.negatives import Negative, Record

FILES: Mapping[Record, str] = {"pilots": "pilots.csv", "trials": "trials.csv", "trained": "negatives.csv"}
TRAINED_FROM = 7000
"""Seeds from here on are those of negative controls: no verdict, pilot or prediction uses them."""
STANDS_IN = "digits"  # the data set that stands in for MNIST, and on which nothing is concluded

Entry = Mapping[str, Any]
"""A claim's entry of `negatives.json`."""


def numbers(name: str, wanted: Iterable[Negative]) -> Numbers:
    """What the negative controls read of the record: each seed's number, where it came to one."""
    asked = {(given.record, *pair) for negative in wanted for given in negative.all_given() for pair in given.of}
    found: dict[tuple[str, str, str], dict[int, float]] = {key: {} for key in asked}
    for record in {record for record, _, _ in asked}:
        for trial in evidence.read_trials(registry.results() / name / FILES[record]):
            if trial.dataset == STANDS_IN or (record == "trials" and not FIRST_SEED <= trial.seed < TRAINED_FROM):
                continue
            for metric, value in trial.metrics.items():
                own = found.get((record, f"{trial.study}/{trial.arm}", metric))
                if own is not None and value is not None and trial.status == "ok":
                    own[trial.seed] = value
    return found


def judged(name: str) -> Iterator[tuple[Claim, Controlled]]:
    """The negative control of each claim of a reproduction that has one, judged on the record."""
    declared = registry.negatives(name)
    given = numbers(name, declared.values())
    for claim in registry.claims(name):
        if claim.id in declared:
            yield claim, negative_controls.judge(claim, declared[claim.id], given)


def described_module(name: str) -> dict[str, Any]:
    """What `negatives.json` of a reproduction should hold.

    `code_sha256` are the studies that the numbers come from, as they were when these numbers were first judged.
    """
    before = registry.recorded_negatives(name)
    found = {}
    for claim, control in judged(name):
        entry = negative_controls.described(claim, control)
        studies = {arm.partition("/")[0] for given in control.negative.all_given() for arm, _ in given.of}
        old = before.get(claim.id, {})
        same = old.get("numbers_sha256") == entry["numbers_sha256"] and set(old.get("code_sha256", ())) == studies
        code = {study: registry.study_sha256(name, study) for study in sorted(studies)}
        found[claim.id] = entry | {"code_sha256": old["code_sha256"] if same else code}
    return found


def text(name: str) -> str:
    """The file; empty where no negative control has numbers."""
    described = described_module(name)
    if all(entry["state"] == "not run" for entry in described.values()):
        return ""
    return json.dumps(described, indent=1, ensure_ascii=False) + "\n"


def behind(name: str) -> str:
    """What is wrong with the file on record; empty where it says what the numbers give."""
    folder = registry.results() / name
    path = folder / "negatives.json"
    if not path.exists() and not (folder / FILES["pilots"]).exists():
        return ""
    if intact.text(path) == text(name):
        return ""
    return f"{name}/negatives.json: differs from what its numbers give; write it again with: repro controls {name}"


def trained(name: str) -> list[Trial]:
    """The trials on record that only negative controls use."""
    return evidence.read_trials(registry.results() / name / FILES["trained"])


def stale(name: str, claim: Claim, record: Entry) -> str:
    """Why a negative control on record is no longer that of the claim; empty where it is."""
    if record["claim_sha256"] != claim.sha256():
        return "the claim's checks changed since"
    changed = [s for s, code in record["code_sha256"].items() if code != registry.code_now(name, s)]
    return f"study {changed[0]} changed since its numbers were made" if changed else ""


def told(record: Entry) -> str:
    """What a negative control came to, in one line."""
    if record["state"] == "not run":
        return f"not run ({record['reason']})"
    first = record["checks"][0]
    many = f" of {first['id']}" if len(record["checks"]) > 1 else ""
    would = "" if first["needed"] is None else f"; {first['needed']} of {first['asked']} would have shown it"
    count = (
        f"{first['yes']} of {first['n']} say yes{many}{answers.tied(first.get('ties', 0))}{would}"
        if first["n"] > 1
        else "computed"
    )
    return f"{record['word']} ({count})" if record["state"] == "clear" else f"{record['state']}: {record['reason']}"
