"""The end of a long job is told to a person who looks elsewhere."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
from support.desktop import TRAINING, Icon, Window

from svg_studio.engine.events import Failed, Finished, JobStarted, RunFinished, Stopped
from svg_studio.engine.worker import Job
from svg_studio.ui.preferences import Preferences
from svg_studio.ui.shell import notifications
from svg_studio.ui.shell.notifications import LONG_S, Notifications
from svg_studio.ui.shell.tray import Tray


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Windows that were marked in the task bar; no window of the program is active."""
    marked: list[str] = []
    monkeypatch.setattr(QApplication, "alert", staticmethod(lambda window, *_: marked.append("alert")))
    monkeypatch.setattr(QApplication, "activeWindow", staticmethod(lambda: None))
    return marked


def run(notifier: Notifications, job: Job, seconds: float, now: list[float], *events: Any) -> None:
    notifier.on_event(job, JobStarted(job.title))
    now[0] += seconds
    for event in events:
        notifier.on_event(job, event)


def test_that_the_end_of_training_is_told_by_the_tray(
    window: Window, has_tray: list[Icon], told: list[str], now: list[float]
) -> None:
    notifier = Notifications(window, Tray(window), Preferences(), clock=lambda: now[0])
    run(notifier, TRAINING, 7500, now, RunFinished(Path("runs/first"), 12_000), Finished())
    run(notifier, TRAINING, 2, now, Failed("no space left; free some"))
    assert has_tray[0].messages == [
        ("Training has finished", "first: 12,000 steps, after 2 h 05 min", QSystemTrayIcon.MessageIcon.Information),
        ("Training failed", "no space left; free some", QSystemTrayIcon.MessageIcon.Warning),
    ]
    assert not told


def test_that_without_a_tray_the_window_is_marked(window: Window, told: list[str], now: list[float]) -> None:
    notifier = Notifications(window, Tray(window), Preferences(), clock=lambda: now[0])
    run(notifier, TRAINING, 1, now, Finished())
    assert told == ["alert"]


def test_that_only_long_jobs_and_ends_nobody_asked_for_are_told(window: Window, told: list[str], now: list[float]) -> None:
    notifier = Notifications(window, Tray(window), Preferences(), clock=lambda: now[0])
    job = Job("data.convert:convert", title="Converting")
    run(notifier, job, LONG_S - 1, now, Finished())
    run(notifier, job, LONG_S - 1, now, Failed("x"))
    run(notifier, job, LONG_S + 1, now, Stopped())
    run(notifier, TRAINING, LONG_S + 1, now, Stopped())
    notifier.on_event(Job("x:y"), Stopped())  # a lane that shuts down says so of a job that never began
    assert told == []
    run(notifier, job, LONG_S + 1, now, Finished())
    run(notifier, job, LONG_S + 1, now, Failed("x"))
    assert told == ["alert", "alert"]


def test_that_nothing_is_told_to_a_person_who_looks_or_does_not_want_it(
    window: Window, told: list[str], now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Preferences()
    notifier = Notifications(window, Tray(window), settings, clock=lambda: now[0])
    monkeypatch.setattr(notifications.QApplication, "activeWindow", staticmethod(lambda: window))
    run(notifier, TRAINING, 1, now, Finished())
    assert told == []
    monkeypatch.setattr(notifications.QApplication, "activeWindow", staticmethod(lambda: None))
    notifier.switch.trigger()
    run(notifier, TRAINING, 1, now, Finished())
    assert told == []
    settings.save()
    again = Notifications(window, Tray(window), Preferences(), clock=lambda: now[0])
    assert not again.switch.isChecked(), "it is remembered"
    again.switch.trigger()
    run(again, TRAINING, 1, now, Finished())
    assert told == ["alert"]
