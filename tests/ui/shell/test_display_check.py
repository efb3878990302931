"""What is said where no window can be opened."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.places import ROOT

from svg_studio.ui.shell import display_check


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lacks displays and X libraries")
class TestDisplay:
    @pytest.fixture(autouse=True)
    def bare(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_RUNTIME_DIR"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(display_check, "_loads", lambda library: True)

    def test_that_no_display_is_said_with_the_remedy(self) -> None:
        assert "xvfb-run" in display_check.problem()

    @pytest.mark.parametrize("platform", ["offscreen", "minimal", "vnc:port=5900"])
    def test_that_platforms_without_a_display_need_none(self, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("QT_QPA_PLATFORM", platform)
        assert display_check.problem() == ""

    def test_that_missing_libraries_are_named_with_their_packages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DISPLAY", ":0")
        monkeypatch.setattr(display_check, "_loads", lambda library: library not in ("libxcb-cursor.so.0", "libxcb-icccm.so.4"))
        sentence = display_check.problem()
        assert "apt-get install libxcb-cursor0 libxcb-icccm4`" in sentence

    def test_that_a_library_that_is_not_there_is_noticed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()
        assert not display_check._loads("libsurely-not-there.so.9")

    def test_that_a_dead_wayland_socket_is_no_display(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        assert "No display" in display_check.problem()

    @pytest.mark.parametrize("name, word", [("", "No display"), (":4711", ":4711")])
    def test_that_the_program_ends_with_one_sentence_and_no_abort(self, name: str, word: str, tmp_path: Path) -> None:
        environment = {k: v for k, v in os.environ.items() if k not in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")}
        environment |= {"SVG_STUDIO_HOME": str(tmp_path)} | ({"DISPLAY": name} if name else {})
        done = subprocess.run([sys.executable, "main.py"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert word in done.stderr or "apt-get install" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
