"""What the terminal is sent: no text of others moves its cursor, and no address its secrets."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from support.odd_texts import KINDS

from svg_studio.cli.main import main
from svg_studio.cli.run_job import fail
from svg_studio.cli.terminal import Terminal
from svg_studio.engine.events import (
    CheckpointSaved,
    Event,
    FileExported,
    Logged,
    PreviewSaved,
    Progressed,
    RunFinished,
    SourceSkipped,
    StoreConverted,
    StoreVerified,
    read_only,
)


def events(odd: str) -> list[Event]:
    path = Path("a") / odd
    return [
        Logged(odd, "warning"),
        Progressed(1, 2, "bytes", odd),
        CheckpointSaved(path, 1, "last"),
        PreviewSaved(1, path, path, read_only(np.zeros((1, 4, 4, 1), np.uint8))),
        SourceSkipped(odd, odd),
        StoreConverted(path, {odd: 1}, {odd: 1}, 1, path),
        StoreVerified(path, 1, 1, (odd,)),
        FileExported(path, 1),
        RunFinished(path, 1),
    ]


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("kind", KINDS)
def test_that_a_terminal_gets_lines_of_letters(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for event in events(KINDS[kind]):
        monkeypatch.setattr(sys, "stderr", screen := Screen())
        with Terminal() as terminal:
            terminal.show(event)
        told = screen.getvalue()
        assert told.encode("utf-8")
        for order in ("\x1b[2J", "\x07", "\x9b", "\u202e", "\u2028", "\0", "\x85", "\t"):
            assert order not in told
        if not isinstance(event, Progressed):
            assert told.count("\n") == 1 + (len(event.problems) if isinstance(event, StoreVerified) else 0)
        assert len(told) < 5000


@pytest.mark.parametrize("kind", KINDS)
def test_that_a_refusal_is_one_line_of_letters(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    fail(f"{KINDS[kind]}: is damaged; https://user:geheim@host/x?token=zzTOKENzz")
    with pytest.raises(SystemExit):
        main([f"{KINDS[kind]}", "https://user:geheim@host/x?token=zzTOKENzz"])
    told = capsys.readouterr().err
    assert told.count("\n") == 2
    assert all(line.isprintable() for line in told.splitlines())
    assert "geheim" not in told
    assert "zzTOKENzz" not in told
