"""Which release of the suite this is. A test holds pyproject.toml, CITATION.cff and CHANGELOG.md to it."""

NAME = "dl-reproductions"
VERSION = "0.2.0"
RELEASED = "2026-11-29"
AUTHORS = "The dl-reproductions contributors"
TITLE = "dl-reproductions: claims about training neural networks, run and judged"
