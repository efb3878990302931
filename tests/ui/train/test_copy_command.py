"""The button that copies a run's command line."""

import shlex
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from svg_studio.cli import main as cli
from svg_studio.cli import train as train_command
from svg_studio.engine.config import TrainConfig
from svg_studio.ui.train import copy_command
from svg_studio.ui.train.copy_command import CopyCommand


def test_that_the_button_copies_the_command_of_the_config(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy_command, "ON_WINDOWS", False)
    button = CopyCommand()
    qtbot.addWidget(button)
    QGuiApplication.clipboard().setText("before")
    assert not button.isEnabled()
    button.copy()
    assert QGuiApplication.clipboard().text() == "before"
    config = TrainConfig(lr=0.25, name="my run")
    button.show_config(config)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    words = shlex.split(QGuiApplication.clipboard().text())
    assert words[words.index("train") :] == ["train", "--lr", "0.25", "--name", "my run"]
    assert train_command.train_config(cli.build_parser().parse_args(words[words.index("train") :])) == config
    assert button.text() == copy_command.DONE
    button.show_config(replace(config, lr=0.5))
    assert button.text() == copy_command.TEXT, "it has not copied that one"
    button.show_config(None)
    assert not button.isEnabled()


def test_that_the_button_says_again_what_it_does(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy_command, "DONE_MS", 1)
    button = CopyCommand()
    qtbot.addWidget(button)
    button.show_config(TrainConfig())
    button.copy()
    qtbot.waitUntil(lambda: button.text() == copy_command.TEXT)


def test_that_the_command_starts_the_program_as_it_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, expected in {
        "main.py": (sys.executable, str(tmp_path / "main.py")),
        "svg-studio": (str(tmp_path / "svg-studio"),),
        "svg-studio.exe": (str(tmp_path / "svg-studio.exe"),),
        "pytest": ("python", "main.py"),
    }.items():
        (tmp_path / name).touch()
        monkeypatch.setattr(sys, "argv", [name])
        assert copy_command.program() == expected
    package = tmp_path / "svg_studio"
    monkeypatch.setattr(sys, "argv", [str(package / "__main__.py")])
    assert copy_command.program() == (sys.executable, str(tmp_path / "main.py"))
    (tmp_path / "main.py").unlink()
    assert copy_command.program() == (sys.executable, "-m", "svg_studio"), "where it is installed, no main.py lies beside it"
    monkeypatch.setattr(sys, "argv", ["elsewhere/main.py"])
    assert copy_command.program() == ("python", "main.py")
