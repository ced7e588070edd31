"""The figures that belong to a claim, made smaller, with what they show in words. No ML library."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path

from suite.claims import Claim

FONTS = re.compile(r"font-family: 'DejaVu Sans'[^;\"]*")
TEXT = re.compile(r"<text[^>]*>(.*?)</text>", re.DOTALL)
TITLES = re.compile(r"<text[^>]*font-size: 10px[^>]*>(.*?)</text>", re.DOTALL)
DESCRIPTION = re.compile(r"<desc[^>]*>(.*?)</desc>", re.DOTALL)


@dataclass(frozen=True)
class Figure:
    """`file` is its place in the site, `alt` what it shows, `size` width and height, whose ratio alone counts."""

    file: str
    alt: str
    svg: str
    size: tuple[int, int]


def of_claim(claim: Claim, folder: Path, place: str) -> list[Figure]:
    """The figures of a record's folder that name the claim, or are called after a study that it reads.

    Args:
        place: the folder of the site that they go to.
    """
    found = []
    for path in sorted(folder.glob("*.svg")):
        svg, alt = _read(path)
        if _of_study(path.stem, claim.studies()) or claim.id in svg:
            found.append(Figure(f"{place}/{path.name}", alt, svg, _size(svg)))
    return found


def _of_study(stem: str, studies: Sequence[str]) -> bool:
    return any(stem == study or stem.startswith(f"{study}_") for study in studies)


def _size(svg: str) -> tuple[int, int]:
    """By its view box, so that a page has its height before it is loaded; square where there is none."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    return (round(float(found[1])), round(float(found[2]))) if found else (1, 1)


@cache
def _read(path: Path) -> tuple[str, str]:
    """The picture without what only an editor needs, and its description: its own, else its titles and caption."""
    svg = path.read_text(encoding="utf-8")
    described = DESCRIPTION.search(svg)
    texts = TEXT.findall(svg)
    alt = described[1] if described else ". ".join(dict.fromkeys([*TITLES.findall(svg), *texts[-1:]]))
    svg = re.sub(r"<metadata>.*?</metadata>|<!DOCTYPE.*?>", "", svg, flags=re.DOTALL)
    svg = FONTS.sub("font-family: sans-serif", re.sub(r"\s+", " ", svg)).replace("> <", "><")
    return svg, unescape(re.sub(r"<[^>]+>", "", alt)).strip()
