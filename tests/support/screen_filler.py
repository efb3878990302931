"""The part of a window manager that full screen needs: run beside Xvfb, it does what _NET_WM_STATE asks for and nothing else.

Prints "ready" once it listens. It redirects nothing, so windows are where they would be without it.
"""

import ctypes
from ctypes import byref, c_char_p, c_int, c_long, c_uint, c_ulong, c_void_p

STRUCTURE_NOTIFY, CLIENT_MESSAGE, ATOM, REPLACE, BITS = 1 << 17, 33, 4, 0, 32
REMOVE, ADD = 0, 1


class ClientMessage(ctypes.Structure):
    """XClientMessageEvent, with the room that any XEvent may take behind it."""

    _fields_ = (
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        ("window", c_ulong),
        ("message_type", c_ulong),
        ("format", c_int),
        ("data", c_long * 5),
        ("rest", c_long * 24),
    )


def main() -> None:
    x = ctypes.CDLL("libX11.so.6")
    x.XOpenDisplay.restype = c_void_p
    for name in ("XDefaultRootWindow", "XInternAtom"):
        getattr(x, name).restype = c_ulong
    display = c_void_p(x.XOpenDisplay(None))
    root = c_ulong(x.XDefaultRootWindow(display))
    state, full = (x.XInternAtom(display, c_char_p(name), 0) for name in (b"_NET_WM_STATE", b"_NET_WM_STATE_FULLSCREEN"))
    x.XSelectInput(display, root, c_long(STRUCTURE_NOTIFY))
    x.XSync(display, 0)
    print("ready", flush=True)
    before: dict[int, tuple[int, int, int, int]] = {}
    event = ClientMessage()
    while True:
        x.XNextEvent(display, byref(event))
        if event.type != CLIENT_MESSAGE or event.message_type != state or full not in event.data[1:3]:
            continue
        window, wanted = event.window, event.data[0]
        if wanted == ADD and window not in before:
            before[window] = place(x, display, window)
            _, _, width, height = place(x, display, root.value)
            x.XMoveResizeWindow(display, c_ulong(window), 0, 0, c_uint(width), c_uint(height))
            atoms = (c_ulong * 1)(full)
            x.XChangeProperty(display, c_ulong(window), c_ulong(state), c_ulong(ATOM), BITS, REPLACE, atoms, 1)
        elif wanted == REMOVE and window in before:
            left, top, width, height = before.pop(window)
            x.XMoveResizeWindow(display, c_ulong(window), left, top, c_uint(width), c_uint(height))
            x.XDeleteProperty(display, c_ulong(window), c_ulong(state))
        x.XSync(display, 0)


def place(x: ctypes.CDLL, display: c_void_p, window: int) -> tuple[int, int, int, int]:
    """Left, top, width and height."""
    parent, left, top, width, height, border, depth = c_ulong(), c_int(), c_int(), c_uint(), c_uint(), c_uint(), c_uint()
    parts = (byref(part) for part in (parent, left, top, width, height, border, depth))
    x.XGetGeometry(display, c_ulong(window), *parts)
    return left.value, top.value, width.value, height.value


if __name__ == "__main__":
    main()
