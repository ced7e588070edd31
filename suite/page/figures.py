"""The figures that belong to a claim, made smaller, with what they show in words. No ML library."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from common.errors import UserError
from suite import intact
from suite.claims import Claim
from suite.page import shrinking
from suite.page.shrinking import tag

HEAD = "font-size: 10px"  # of a panel


@dataclass(frozen=True)
class Figure:
    """`file` is its place in the site, `words` what it shows, `size` width and height, whose ratio alone counts."""

    file: str
    title: str
    words: str
    svg: str
    size: tuple[int, int]


def of_claim(claim: Claim, folder: Path, place: str) -> list[Figure]:
    """The figures of a record's folder that name the claim, or are called after a study that it reads.

    Args:
        place: the folder of the site that they go to.
    """
    found = []
    for path in sorted(folder.glob("*.svg")):
        svg, title, words, written = _read(path)
        if _of_study(path.stem, claim.studies()) or claim.id in written:
            found.append(Figure(f"{place}/{path.name}", title, words, svg, _size(svg)))
    return found


def _of_study(stem: str, studies: Sequence[str]) -> bool:
    return any(stem == study or stem.startswith(f"{study}_") for study in studies)


def _size(svg: str) -> tuple[int, int]:
    """By its view box, so that a page has its height before it is loaded; square where there is none."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    return (round(float(found[1])), round(float(found[2]))) if found else (1, 1)


@cache
def _read(path: Path) -> tuple[str, str, str, str]:
    """The picture made smaller, its title, its description (each its own, else its texts), and all that is written."""
    try:
        drawn = ElementTree.fromstring(intact.text(path))
    except ElementTree.ParseError as error:
        raise UserError(f"{path} is no figure: {error}; `repro export` writes it again.") from None
    texts = {name: [_text(part) for part in drawn.iter() if tag(part) == name] for name in ("title", "desc", "text")}
    heads = [_text(part) for part in drawn.iter() if tag(part) == "text" and HEAD in part.get("style", "")]
    words = next(iter(texts["desc"]), "") or ". ".join(dict.fromkeys([*heads, *texts["text"][-1:]]))
    title = next(iter(texts["title"] or heads), "") or words
    return shrinking.smaller(drawn), title, words, _text(drawn)


def _text(part: ElementTree.Element) -> str:
    return " ".join("".join(part.itertext()).split())
