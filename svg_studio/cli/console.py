"""Makes stdout and stderr such that saying something never fails: for lack of a letter, of a reader, or of room on a disk."""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import sys

READABLE = "svg_studio.readable"  # name of the error handler of encodings
BROKEN_PIPE = 141  # the exit status that a shell shows for SIGPIPE
_WORDS = {
    "α": "alpha", "β": "beta", "σ": "sigma", "Σ": "sum", "×": "x", "·": "*", "±": "+-", "−": "-", "–": "-", "—": "-", "…": "...",
    "√": "sqrt", "≤": "<=", "≥": ">=", "‖": "||", "→": "->", "²": "^2", "’": "'", "‘": "'", "“": '"', "”": '"',
    "\N{NO-BREAK SPACE}": " ",
}  # fmt: skip


class Console(io.TextIOWrapper):
    """Writes as long as that is possible; afterwards nothing, and `lost` says why."""

    lost: OSError | None = None

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self._lose(error)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        """What is left of it, and what else the process writes there, goes nowhere."""
        self.lost = self.lost or error
        with contextlib.suppress(OSError):
            handle = os.open(os.devnull, os.O_WRONLY)
            os.dup2(handle, self.fileno())
            os.close(handle)


def set_up() -> None:
    """For a process of its own: stdin, stdout and stderr are there, also where the caller closed them, and never fail."""
    for handle in range(3):  # else the next file that is opened would be taken for one of them
        try:
            os.fstat(handle)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: SIM115, PTH123  # for as long as the process lasts
    sys.stdout, sys.stderr = _safe(sys.stdout, "stdout"), _safe(sys.stderr, "stderr")


def ended(status: int) -> int:
    """`status`, unless something was lost that was to go to stdout: then 141 where nobody reads, and else 1 with a sentence."""
    with contextlib.suppress(OSError, AttributeError):
        sys.stdout.flush()
    error = getattr(sys.stdout, "lost", None)
    if error is None:
        return status
    if error.errno in (errno.EPIPE, errno.EINVAL):  # Windows says EINVAL
        return BROKEN_PIPE
    print(f"svg-studio: stdout cannot be written ({error.strerror}); send it elsewhere", file=sys.stderr)
    return 1


def readable(error: UnicodeError) -> tuple[str, int]:
    """What stands for letters that an encoding lacks: words for the paper's, else escapes; bytes that are no letters as such."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join(_WORDS.get(letter) or _escaped(letter) for letter in letters), error.end


def _escaped(letter: str) -> str:
    if 0xDC80 <= ord(letter) <= 0xDCFF:  # a byte of a file's name that is no UTF-8
        return f"\\x{ord(letter) - 0xDC00:02x}"
    return letter.encode("ascii", "backslashreplace").decode()


codecs.register_error(READABLE, readable)


def _safe(stream: object, name: str) -> Console:
    if stream is None:
        return Console(io.FileIO(os.devnull, "w"), encoding="utf-8", errors=READABLE)
    if not isinstance(stream, io.TextIOWrapper) or stream is not getattr(sys, f"__{name}__"):
        return stream  # type: ignore[return-value]  # somebody has put one of their own there
    with contextlib.suppress(OSError):
        stream.flush()
    # The buffer is not taken from the old one: that closes it when it goes.
    return Console(
        stream.buffer, encoding=stream.encoding, errors=READABLE, line_buffering=name == "stderr" or stream.line_buffering
    )
