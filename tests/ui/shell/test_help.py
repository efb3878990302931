"""Help: the page's own, whose keys are those of the page, the guide, and a tour that can be left at any step."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QKeySequence, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from support.places import ROOT
from support.whole_window import *  # noqa: F403

from svg_studio.paths import guide
from svg_studio.ui.shell.guide_dialog import GuideDialog
from svg_studio.ui.shell.main_window import PAGES, MainWindow
from svg_studio.ui.shell.page_help import KEYS, MEANS, PageHelp
from svg_studio.ui.shell.tour import Step, Tour

NATIVE = QKeySequence.SequenceFormat.NativeText


def shown_help(window: MainWindow) -> PageHelp:
    """The help that is open."""
    return next(found for found in reversed(window.findChildren(PageHelp)) if found.isVisible())


def test_that_f1_explains_the_page_that_is_shown(window: MainWindow, qtbot: QtBot) -> None:
    for number, (key, title) in enumerate(PAGES):
        window.show_page(number)
        window.activateWindow()
        QTest.keyClick(window, Qt.Key.Key_F1)
        found = shown_help(window)
        said = found.text.toPlainText()
        assert found.windowTitle() == f"Help: {title}"
        assert all(name in said and words in said for _, name, words in MEANS[key])
        assert all(keys in said and words in said for keys, words in KEYS[key].items())
        for button in window.pages[key].findChildren(QAbstractButton):
            if not button.shortcut().isEmpty():
                assert button.shortcut().toString(NATIVE) in said, button.text()
        assert "Full screen" in said, "the keys of the menus are told on every page"
        found.close()


def test_that_a_question_mark_is_help_but_for_who_is_writing(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page(4)
    assert window.runs is not None
    search = window.runs.bar.search
    search.setFocus()
    QTest.keyClicks(search, "lp?")
    assert search.text() == "lp?"
    assert not [found for found in window.findChildren(PageHelp) if found.isVisible()]


def test_that_every_page_has_help() -> None:
    assert set(KEYS) == set(MEANS) == {key for key, _ in PAGES}


# ---- the guide


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


# ---- the tour


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    """A window with a thing in each corner."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1000, 700)
    for x, y in ((0, 0), (900, 0), (0, 660), (900, 660)):
        QPushButton("thing", window).setGeometry(x, y, 100, 40)
    window.show()
    return window


def tour_of(host: QWidget) -> Tour:
    things = [thing for thing in host.findChildren(QPushButton) if thing.text() == "thing"]
    return Tour(host, [Step(f"Step {n}", "words " * 20, lambda thing=thing: thing) for n, thing in enumerate(things)])


def test_that_the_tour_goes_on_and_back_beside_what_it_speaks_of(host: QWidget, qtbot: QtBot) -> None:
    things = [thing for thing in host.findChildren(QPushButton) if thing.text() == "thing"]
    tour = tour_of(host)
    for number, thing in enumerate(things):
        assert tour.title.text() == f"Step {number}"
        assert tour.place.text() == f"{number + 1} of 4"
        assert host.rect().contains(tour.geometry())
        assert not tour.geometry().intersects(thing.geometry()), "what it speaks of is seen"
        assert tour.next.hasFocus()
        tour.next.click() if number < 3 else tour.back.click()
    assert tour.title.text() == "Step 2"


def test_that_the_tour_ends_at_any_step_and_after_the_last(host: QWidget, qtbot: QtBot) -> None:
    first = tour_of(host)
    QTest.keyClick(first.next, Qt.Key.Key_Escape)
    assert first.isHidden()
    second = tour_of(host)
    second.next.click()
    second.end.click()
    assert second.isHidden()
    third = tour_of(host)
    for _ in range(4):
        third.next.click()
    assert third.isHidden()


def test_that_a_thing_that_is_not_there_is_no_harm(host: QWidget) -> None:
    tour = Tour(host, [Step("Gone", "words", lambda: None), Step("Hidden", "words", lambda: QPushButton(host))])
    assert host.rect().contains(tour.geometry())
    tour.next.click()
    assert tour.title.text() == "Hidden"


def test_that_the_window_has_a_tour_of_five_steps_that_everything_goes_on_beside(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1280, 800)
    window.show_page(1)
    window.start_tour()
    tour = window.tour
    assert tour is not None
    assert window.stack.currentIndex() == 0
    assert tour.place.text() == "1 of 5"
    window.start_tour()
    assert sum(one.isVisible() for one in window.findChildren(Tour)) == 1
    with qtbot.waitSignal(window.tour.destroyed):
        window.tour.end.click()
    assert window.tour is None


def test_that_the_guide_comes_with_the_program(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from svg_studio.paths import guide; print(guide().read_text(encoding='utf-8')[:7])"]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "# Guide", done.stderr
