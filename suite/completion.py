"""The command `completion`: a script that lets a shell complete commands, options and claims. No Keras."""

import argparse

import shtab

from suite import registry
from suite.claims import Claim

CLAIM_WORDS = ("what", "claim", "only")  # where claims and reproductions may stand; of `claim` the former alone


def script(top: argparse.ArgumentParser, shell: str) -> str:
    """The script for a shell, with the claims of today written into it."""
    known: dict[str, tuple[str, Claim]] = registry.all_claims()
    commands = next(action.choices for action in top._actions if isinstance(action.choices, dict))
    for command, sub in commands.items():
        for action in sub._actions:
            if action.dest in CLAIM_WORDS:
                names = [] if action.dest == "claim" else list(registry.names())
                action.choices = [*known, *names]
            elif action.dest == "tier":
                action.choices = ["quick", "full", "gpu", "pilot"]
            elif action.dest == "backend":
                action.choices = ["jax", "tensorflow", "torch"]
            elif (command, action.dest) == ("lesson", "name"):
                action.choices = [*registry.lessons()]
            elif action.dest in ("report", "html"):
                action.complete = shtab.FILE
            elif action.dest in ("a", "b"):
                action.complete = shtab.DIRECTORY
    return str(shtab.complete(top, shell))
