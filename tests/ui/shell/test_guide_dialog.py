"""The guide, which comes with the program."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QTextCursor
from pytestqt.qtbot import QtBot
from support.places import ROOT
from support.whole_window import *  # noqa: F403

from svg_studio.paths import guide
from svg_studio.ui.shell.guide_dialog import GuideDialog


@pytest.fixture
def open_guide(qtbot: QtBot) -> GuideDialog:
    dialog = GuideDialog(guide())
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_that_the_guide_has_its_headings_beside_it(open_guide: GuideDialog) -> None:
    written = [line.lstrip("# ") for line in guide().read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    listed = [open_guide.headings.item(i).text().strip() for i in range(open_guide.headings.count())]
    assert listed == written
    assert "![" not in open_guide.text.toPlainText()


def test_that_a_heading_leads_to_its_text(open_guide: GuideDialog) -> None:
    last = open_guide.headings.count() - 1
    open_guide.headings.setCurrentRow(last)
    assert open_guide.text.textCursor().block().text() == open_guide.headings.item(last).text().strip()
    assert open_guide.text.verticalScrollBar().value() > 0


def test_that_links_lead_to_headings_or_to_the_browser_and_to_no_file(
    open_guide: GuideDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    open_guide.text.moveCursor(QTextCursor.MoveOperation.Start)
    open_guide.text.anchorClicked.emit(QUrl("#true-to-the-paper"))
    assert open_guide.text.textCursor().block().text() == "True to the paper"
    open_guide.text.anchorClicked.emit(QUrl("file:///etc/passwd"))
    open_guide.text.anchorClicked.emit(QUrl("https://arxiv.org/abs/1802.07687"))
    assert opened == ["https://arxiv.org/abs/1802.07687"]


def test_that_a_guide_that_is_gone_is_a_sentence(tmp_path: Path, qtbot: QtBot) -> None:
    dialog = GuideDialog(tmp_path / "guide.md")
    qtbot.addWidget(dialog)
    assert "guide.md cannot be read" in dialog.text.toPlainText()


def test_that_the_guide_comes_with_the_program(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from svg_studio.paths import guide; print(guide().read_text(encoding='utf-8')[:7])"]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "# Guide", done.stderr
