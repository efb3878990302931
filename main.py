"""Starts SVG Studio: the window without a sub-command, the command line with one. `python -m svg_studio` does the same."""

import sys

from svg_studio.app import main

if __name__ == "__main__":
    sys.exit(main())
