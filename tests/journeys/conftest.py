"""The fixtures of journeys: those of the window's tests."""

from support.window import *  # noqa: F403
