"""The fixtures of the tests around the window."""

from support.desktop import has_tray, quits, window  # noqa: F401
