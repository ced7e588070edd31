"""Text made inert for what it is written into: no word of a claim can run, end a field or break a line. No Keras."""

import codecs
import re

PATH = re.compile(r"""(['"])(~|\w:)?\.*[/\\].*?\1|(?<![\w.])(~\w*|\.+|\w:)?[/\\][^\s'"]+""")
LATEX = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "%": r"\%",
    "&": r"\&", "#": r"\#", "_": r"\_", "$": r"\$", '"': "{''}", "`": "{`}",
}  # fmt: skip
"""Braces by name, as BibTeX counts those behind a backslash too."""


def pathless(text: str) -> str:
    """Text for a record that others read: a path may tell a user's name."""
    return PATH.sub("<path>", text)


def plain(text: str) -> str:
    """One line without control characters, among them those that turn the direction of writing."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def markdown(text: str) -> str:
    """A cell of a Markdown table: pipes and tags are entities."""
    return plain(text).replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;")


def cell(text: str) -> str:
    """A cell of a CSV file: what a spreadsheet would run as a formula stands behind an apostrophe."""
    one_line = plain(text)
    return f"'{one_line}" if one_line[:1] in ("=", "+", "-", "@") else one_line


def latex(text: str) -> str:
    """Text of LaTeX, and of a field of BibTeX; what has no command in LaTeX stays as it is."""
    return "".join(LATEX.get(c) or (c if c.isascii() else _command(c)) for c in plain(text))


def _command(character: str) -> str:
    import latexcodec  # noqa: F401 (makes the codec known, and takes a while to load)

    try:
        command: str = codecs.encode(character, "ulatex")  # type: ignore[assignment]  # a codec from text to text
        return f"{{{command}}}"
    except UnicodeEncodeError:
        return character


def csl(text: str) -> str:
    """Text of a CSL item, whose readers take tags for formatting and may pass them on to a page."""
    return re.sub(r"<(?=[A-Za-z/!?])", "‹", plain(text))
