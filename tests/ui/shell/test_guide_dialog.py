"""The guide, which comes with the program."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QTextCursor
from PySide6.QtWidgets import QPushButton
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


def test_that_pictures_are_left_out_headings_are_indented_and_paragraphs_have_room(tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "guide.md"
    lines = ["# One", "![A picture](docs/a.png)", "text of the first", "## A, b & c?", *["more of it\n"] * 80, "[link](#a-b--c)"]
    file.write_text("\n\n".join(lines), encoding="utf-8")
    dialog = GuideDialog(file)
    qtbot.addWidget(dialog)
    dialog.show()
    assert [dialog.headings.item(i).text() for i in range(2)] == ["One", "   A, b & c?"]
    assert "\ufffc" not in dialog.text.toPlainText(), "nothing stands in the place of a picture"
    blocks = {block.text(): block.blockFormat() for block in dialog._blocks()}
    assert blocks["text of the first"].bottomMargin() > 0
    assert (blocks["One"].topMargin() > 0, blocks["text of the first"].topMargin()) == (True, 0)
    dialog.text.anchorClicked.emit(QUrl("#a-b--c"))
    assert dialog.text.textCursor().block().text() == "A, b & c?", "named as web pages name it"
    assert not dialog.text.openLinks(), "a link to a file is not followed inside"
    top = dialog.text.document().documentLayout().blockBoundingRect(dialog.text.textCursor().block()).top()
    assert dialog.text.verticalScrollBar().value() == int(top), "the heading stands at the top"
    (close,) = dialog.findChildren(QPushButton)
    close.click()
    assert not dialog.isVisible()


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
