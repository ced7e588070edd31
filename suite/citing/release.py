"""Which release of the suite this is, and where it is published. A test holds the files of the project to it."""

import re

from common.errors import UserError
from suite import intact, registry

NAME = "dl-reproductions"
VERSION = "0.2.0"
RELEASED = "2026-11-29"
AUTHORS = "The dl-reproductions contributors"
TITLE = "dl-reproductions: claims about training neural networks, run and judged"
ADDRESS = re.compile(r"https?://[^\s{}\\\"<>|^`]+")
UNKNOWN = "not known; whoever publishes the suite writes it into CITATION.cff as `repository-code: https://…`"


def address() -> str:
    """Where the suite is published, as `repository-code` of CITATION.cff says; empty where it does not.

    Raises:
        UserError: what it says is no address.
    """
    path = registry.ROOT / "CITATION.cff"
    text = intact.text(path)
    found = re.search(r"^repository-code:[ \t]*(.*?)[ \t]*(?:[ \t]#.*)?$", text, re.MULTILINE)
    said = found.group(1).strip("\"'") if found else ""
    if said and not ADDRESS.fullmatch(said):
        raise UserError(f"repository-code of {path} is {said!r}, which is no address; write it as https://….")
    return said
