"""`python -m svg_studio`: what svg-studio does where pip has put no script on the path."""

import sys

from svg_studio.app import main

if __name__ == "__main__":
    sys.exit(main())
