"""A picture as Matplotlib writes it, made smaller and looking the same. No ML library."""

import re
from collections import Counter
from xml.etree import ElementTree

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
FONTS = re.compile(r"font-family: 'DejaVu Sans'[^;]*|font: (\S+) 'DejaVu Sans'[^;]*")
REFERENCE = re.compile(r'(?:href="|url\()#([^")]+)')
REFERRED = re.compile(r"(^#|url\(#)([^)]+)")
TENTHS = r"-?\d+(?:\.\d)?"
CORNERS = re.compile(rf"M(?:[ML ]?{TENTHS} {TENTHS})+")
CORNER = re.compile(rf"([ML ]?)({TENTHS}) ({TENTHS})")
NO_TURN = re.compile(r"rotate\(-?0 ")


def tag(part: ElementTree.Element) -> str:
    return part.tag.rpartition("}")[2] if isinstance(part.tag, str) else ""


def smaller(drawn: ElementTree.Element) -> str:
    """A picture as it is to be seen: two fifths of what Matplotlib writes for who edits it.

    Away go metadata, the description (the page has it), names that nothing refers to, groups that say nothing, and
    each mark's style where others have the same. The lines of a grid become one path, and marks of one kind the corners
    of a line that is not drawn; a corner is told by how far it is from the last one.
    """
    ElementTree.register_namespace("", SVG)
    for axis in [part for part in drawn.iter() if part.get("id", "").startswith("matplotlib.axis")]:
        _combed(axis)
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
        if CORNERS.fullmatch(kept.get("d", "")):
            kept["d"] = _steps(kept["d"])
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


def _combed(axis: ElementTree.Element) -> None:
    """All lines of an axis' grid in one path, and all its ticks in one group; they do not cover each other."""
    found: dict[tuple[str, ...], list[ElementTree.Element]] = {}

    def take(parent: ElementTree.Element) -> None:
        for child in list(parent):
            if tag(child) in ("path", "use"):
                parent.remove(child)
                look = (child.get(name, "") for name in ("style", "clip-path", f"{{{XLINK}}}href"))
                found.setdefault((tag(child), *look), []).append(child)
            elif tag(child) != "defs":
                take(child)

    take(axis)
    for kind, parts in found.items():
        if kind[0] == "use":
            group = ElementTree.SubElement(axis, f"{{{SVG}}}g", {"style": kind[1]})
            for part in parts:
                part.attrib.pop("style", None)
            group.extend(parts)
        else:
            parts[0].set("d", "".join(part.get("d", "") for part in parts))
            axis.append(parts[0])


def _joined(drawn: ElementTree.Element) -> dict[str, str]:
    """A seed's mark then takes a dozen bytes, where an element of its own takes forty.

    Returns:
        Class of a line of marks to its style.
    """
    kinds: dict[tuple[str, str, str], str] = {}
    for group in [part for part in drawn.iter() if tag(part) == "g" and _same_marks(part)]:
        look = group[0].get("href", ""), group.get("class", ""), group.attrib.pop("style", "")
        kind = kinds.setdefault(look, f"m{len(kinds)}")
        corners = " ".join(f"{mark.get('x', '0')} {mark.get('y', '0')}" for mark in group)
        group.tag, group[:] = f"{{{SVG}}}path", []
        group.attrib |= {"d": _steps(f"M{corners}"), "class": kind}
    for (mark, its_class, style), kind in kinds.items():
        shown = {"id": kind, "markerUnits": "userSpaceOnUse", "overflow": "visible"}
        marker = ElementTree.SubElement(drawn, f"{{{SVG}}}marker", shown)
        styled = {"class": its_class} if its_class else {"style": style}
        ElementTree.SubElement(marker, f"{{{SVG}}}use", {"href": mark, **styled})
    return {kind: f"fill:none;stroke:none;marker:url(#{kind})" for kind in kinds.values()}


def _steps(corners: str) -> str:
    """The same line of corners in tenths, each but the first of a stroke by its distance from the one before."""
    text, last = "", (0, 0)
    for stroke, x, y in CORNER.findall(corners):
        place = round(10 * float(x)), round(10 * float(y))
        if stroke == "M":
            text += f"M{x} {y}l"
        else:
            step = " ".join(f"{(now - before) / 10:g}" for now, before in zip(place, last, strict=True))
            text += f"{'' if text[-1] == 'l' else ' '}{step}"
        last = place
    return text.replace(" -", "-").replace("lM", "M").removesuffix("l")


def _same_marks(group: ElementTree.Element) -> bool:
    """Whether it holds several marks, and these differ in nothing but their place."""
    kinds = {
        (tag(mark), *(item for item in sorted(mark.attrib.items()) if item[0] not in ("x", "y"))) for mark in group
    }
    return len(group) > 3 and len(kinds) == 1 and tag(group[0]) == "use"


def _style(style: str) -> str:
    return re.sub(r"\s*([:;])\s*", r"\1", FONTS.sub(_font, style))


def _font(found: re.Match[str]) -> str:
    return f"font: {found[1]} sans-serif" if found[1] else "font-family: sans-serif"


def _unwrap(parent: ElementTree.Element) -> None:
    """Takes groups away that say nothing of what they hold."""
    children = []
    for child in parent:
        _unwrap(child)
        if tag(child) in ("metadata", "desc"):
            continue
        children += list(child) if tag(child) == "g" and not child.attrib else [child]
    parent[:] = children
