"""Looks whether a window can be opened at all, before Qt would abort the process over it."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from pathlib import Path

# What Qt's X11 part loads and a bare Linux may lack, with the Debian and Ubuntu package that has it.
X_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
ANY_LIBRARIES = ("libEGL.so.1", "libGL.so.1", "libfontconfig.so.1", "libxkbcommon.so.0", "libdbus-1.so.3", "libglib-2.0.so.0")
COMMANDS = "the command line needs no window: see `python main.py --help`"


def problem() -> str:
    """Why no window can be opened here, as one sentence with the remedy; empty where one can."""
    if not sys.platform.startswith("linux"):
        return ""
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if platform not in ("", "xcb", "wayland", "wayland-egl"):
        return _lacking(ANY_LIBRARIES)
    wayland = platform != "xcb" and _wayland_answers()
    if wayland:
        return _lacking(ANY_LIBRARIES)
    if platform.startswith("wayland"):
        return f"QT_QPA_PLATFORM={platform}: no Wayland display answers; start it inside a Wayland session or unset the variable."
    if not os.environ.get("DISPLAY"):
        return f"No display: set DISPLAY or run `xvfb-run python main.py`; {COMMANDS}."
    return _lacking(tuple(X_LIBRARIES)) or _unreachable()


def _lacking(libraries: tuple[str, ...]) -> str:
    missing = [name for name in libraries if not _loads(name)]
    if not missing:
        return ""
    packages = " ".join(X_LIBRARIES[name] for name in missing)
    return f"Qt needs {', '.join(missing)}: install with `sudo apt-get install {packages}`; {COMMANDS}."


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _wayland_answers() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY", "")
    if not name:
        return False
    path = Path(os.environ.get("XDG_RUNTIME_DIR", "")) / name  # an absolute name stays as it is
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _unreachable() -> str:
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    broken = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    if not broken:
        return ""
    display = os.environ.get("DISPLAY")
    return f"DISPLAY={display}: no X server answers; set DISPLAY to one that runs, or run `xvfb-run python main.py`; {COMMANDS}."
