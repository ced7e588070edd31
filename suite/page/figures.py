"""The figures that belong to a claim, made smaller, with what they show in words. No ML library."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from common.errors import UserError
from suite.claims import Claim

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
FONTS = re.compile(r"font-family: 'DejaVu Sans'[^;]*|font: (\S+) 'DejaVu Sans'[^;]*")
HEAD = "font-size: 10px"  # of a panel
REFERENCE = re.compile(r'(?:href="|url\()#([^")]+)')
REFERRED = re.compile(r"(^#|url\(#)([^)]+)")
NO_TURN = re.compile(r"rotate\(-?0 ")


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
        drawn = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    except ElementTree.ParseError as error:
        raise UserError(f"{path} is no figure: {error}; `repro export` writes it again.") from None
    texts = {name: [_text(part) for part in drawn.iter() if _tag(part) == name] for name in ("title", "desc", "text")}
    heads = [_text(part) for part in drawn.iter() if _tag(part) == "text" and HEAD in part.get("style", "")]
    words = next(iter(texts["desc"]), "") or ". ".join(dict.fromkeys([*heads, *texts["text"][-1:]]))
    title = next(iter(texts["title"] or heads), "") or words
    return smaller(drawn), title, words, _text(drawn)


def _tag(part: ElementTree.Element) -> str:
    return part.tag.rpartition("}")[2] if isinstance(part.tag, str) else ""


def _text(part: ElementTree.Element) -> str:
    return " ".join("".join(part.itertext()).split())


def smaller(drawn: ElementTree.Element) -> str:
    """A picture as it is to be seen: two fifths of what Matplotlib writes for who edits it.

    Away go metadata, the description (the page has it), names that nothing refers to, groups that say nothing, and
    each mark's style where others have the same. Marks of one kind become the corners of one line that is not drawn.
    """
    ElementTree.register_namespace("", SVG)
    text = ElementTree.tostring(drawn, encoding="unicode")
    names = {name: f"i{n}" for n, name in enumerate(dict.fromkeys(REFERENCE.findall(text)))}
    styles = Counter(style for part in drawn.iter() if (style := part.get("style")))
    classes = {style: f"s{n}" for n, (style, times) in enumerate(styles.items()) if times > 2}
    for part in drawn.iter():
        kept = {name.removeprefix(f"{{{XLINK}}}"): value for name, value in part.attrib.items() if name != "id"}
        if (name := part.get("id")) in names:
            kept["id"] = names[name]
        if (style := kept.pop("style", "")) in classes:
            kept["class"] = classes[style]
        elif style:
            kept["style"] = _style(style)
        if NO_TURN.match(kept.get("transform", "")):
            del kept["transform"]
        for name in kept.keys() & {"d", "x", "y"}:
            kept[name] = re.sub(r"(\d)\.0(?!\d)", r"\1", re.sub(r"\s*([A-Za-z])\s*", r"\1", kept[name].strip()))
        part.attrib = {
            name: REFERRED.sub(lambda found: found[1] + names.get(found[2], found[2]), kept[name]) for name in kept
        }
    _unwrap(drawn)
    lines = _joined(drawn)
    if classes or lines:
        sheet = ElementTree.SubElement(drawn, f"{{{SVG}}}style")
        rules = {name: _style(style) for style, name in classes.items()} | lines
        sheet.text = "".join(f".{name}{{{style}}}" for name, style in rules.items())
    return re.sub(r">\s+<", "><", ElementTree.tostring(drawn, encoding="unicode")).replace(" />", "/>")


def _joined(drawn: ElementTree.Element) -> dict[str, str]:
    """A seed's mark then takes a dozen bytes, where an element of its own takes forty.

    Returns:
        Class of a line of marks to its style.
    """
    kinds: dict[tuple[str, str], str] = {}
    for group in [part for part in drawn.iter() if _tag(part) == "g" and _same_marks(part)]:
        kind = kinds.setdefault((group[0].get("href", ""), group.get("class", "")), f"m{len(kinds)}")
        corners = " ".join(f"{mark.get('x', '0')} {mark.get('y', '0')}" for mark in group)
        group.tag, group[:] = f"{{{SVG}}}path", []
        group.attrib |= {"d": f"M{corners}", "class": kind}
    for (mark, style), kind in kinds.items():
        shown = {"id": kind, "markerUnits": "userSpaceOnUse", "overflow": "visible"}
        marker = ElementTree.SubElement(drawn, f"{{{SVG}}}marker", shown)
        ElementTree.SubElement(marker, f"{{{SVG}}}use", {"href": mark, "class": style})
    return {kind: f"fill:none;stroke:none;marker:url(#{kind})" for kind in kinds.values()}


def _same_marks(group: ElementTree.Element) -> bool:
    """Whether it holds several marks, and these differ in nothing but their place."""
    kinds = {
        (_tag(mark), *(item for item in sorted(mark.attrib.items()) if item[0] not in ("x", "y"))) for mark in group
    }
    return len(group) > 3 and len(kinds) == 1 and _tag(group[0]) == "use" and "style" not in group.attrib


def _style(style: str) -> str:
    return re.sub(r"\s*([:;])\s*", r"\1", FONTS.sub(_font, style))


def _font(found: re.Match[str]) -> str:
    return f"font: {found[1]} sans-serif" if found[1] else "font-family: sans-serif"


def _unwrap(parent: ElementTree.Element) -> None:
    """Takes groups away that say nothing of what they hold."""
    children = []
    for child in parent:
        _unwrap(child)
        if _tag(child) in ("metadata", "desc"):
            continue
        children += list(child) if _tag(child) == "g" and not child.attrib else [child]
    parent[:] = children
