"""`python -m reproductions` is the `repro` command."""

import sys

from reproductions.cli import main

if __name__ == "__main__":
    sys.exit(main())
