"""A small picture of each verdict, for a page or a paper's repository to show. No Keras."""

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from suite import registry
from suite.escaping import plain

COLOURS = {"reproduced": "#0a6b3d", "partly": "#7a5200", "not reproduced": "#a33b00"}
OPEN = "#555555"
"""White text on each of these has a contrast of at least 4.5 to 1; "not reproduced" is a finding, and so not red."""
CHARACTER, MARGIN, HEIGHT = 6.5, 6, 20


def files(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each claim's badge, as `badges/CLAIM.svg`, by its verdict on record."""
    for name in names:
        recorded = registry.recorded_verdicts(name)
        for claim in registry.claims(name):
            yield f"badges/{claim.id}.svg", svg(claim.id, recorded.get(claim.id, {}).get("verdict", "not run"))


def svg(claim: str, word: str) -> str:
    """A badge: the claim on the left, its verdict on the right. The widths hold in any font."""
    left, right = plain(claim), plain(word)
    widths = [round(len(text) * CHARACTER) for text in (left, right)]
    middle, whole = widths[0] + 2 * MARGIN, sum(widths) + 4 * MARGIN
    title = f"{left}: {right}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{HEIGHT}" role="img" '
        f"aria-label={quoteattr(title)}>\n"
        f"<title>{escape(title)}</title>\n"
        f'<rect width="{middle}" height="{HEIGHT}" fill="#24292f"/>\n'
        f'<rect x="{middle}" width="{whole - middle}" height="{HEIGHT}" fill="{COLOURS.get(word, OPEN)}"/>\n'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">\n'
        f'<text x="{MARGIN}" y="14" textLength="{widths[0]}">{escape(left)}</text>\n'
        f'<text x="{middle + MARGIN}" y="14" textLength="{widths[1]}">{escape(right)}</text>\n'
        f"</g>\n</svg>\n"
    )
