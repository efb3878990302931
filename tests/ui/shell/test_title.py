"""The window's title: the run that is trained, and how far it is."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from svg_studio.engine.events import Event, Failed, Finished, Paused, Resumed, RunStarted, StepFinished, Stopped
from svg_studio.engine.worker import Job
from svg_studio.ui.shell.title import Title

RUN, OTHER = Job("training.train:train"), Job("sampling.futures:explore")


def step(number: int) -> Event:
    return StepFinished(number, 0, 1.0, 1.0, 1.0, 1.0, 1.0)


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def title(window: QWidget) -> Title:
    title = Title(window)
    title.on_event(RUN, RunStarted(Path("runs/two[*]digits"), {}, 1, "CPU", "fp32", 300))
    return title


def test_that_the_title_names_run_and_progress_while_one_is_trained(window: QWidget, title: Title) -> None:
    assert window.windowTitle() == "two[*][*]digits · 0 % – SVG Studio", "[*] would be a mark of Qt's"
    title.on_event(RUN, step(150))
    assert "· 50 % –" in window.windowTitle()
    title.on_event(RUN, Paused())
    assert "· 50 % (paused) –" in window.windowTitle()
    title.on_event(RUN, Resumed())
    assert "· 50 % –" in window.windowTitle()
    title.on_event(RUN, Paused())
    title.on_event(RUN, step(150))
    assert "· 50 % –" in window.windowTitle(), "a run that takes a step is not paused"
    title.on_event(RUN, step(299))
    assert "· 99 % –" in window.windowTitle(), "not 100 before the end"
    title.on_event(RUN, Finished())
    assert window.windowTitle() == "SVG Studio"


@pytest.mark.parametrize("end", [Stopped(), Failed("Why", "trace")])
def test_that_the_title_is_the_programs_own_after_any_end(window: QWidget, title: Title, end: Event) -> None:
    title.on_event(OTHER, end)
    assert "digits" in window.windowTitle(), "another job's end is not its own"
    title.on_event(RUN, end)
    assert window.windowTitle() == "SVG Studio"


def test_that_other_jobs_change_nothing_and_the_next_run_begins_at_its_own_beginning(window: QWidget, title: Title) -> None:
    title.on_event(RUN, step(150))
    for event in (step(30), Paused(), Finished()):
        title.on_event(OTHER, event)
        assert window.windowTitle() == "two[*][*]digits · 50 % – SVG Studio"
    title.on_event(RUN, Paused())
    next_run = Job("training.train:train")
    title.on_event(next_run, RunStarted(Path("runs/next"), {}, 1, "CPU", "fp32", 10))
    assert window.windowTitle() == "next · 0 % – SVG Studio"
    title.on_event(next_run, step(5))
    assert "· 50 % –" in window.windowTitle()
    title.on_event(next_run, RunStarted(Path("runs/none"), {}, 1, "CPU", "fp32", 0))
    title.on_event(next_run, step(0))
    assert "· 0 % –" in window.windowTitle(), "a run without steps has no share"


def test_that_the_title_is_written_once_a_percent(window: QWidget, title: Title, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(window, "setWindowTitle", said.append)  # Qt's signal is silent where the same is said again
    for number in range(1, 10):
        title.on_event(RUN, step(number))
    assert len(said) == 3
