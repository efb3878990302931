"""The Futures page with four futures on its wall, and what is said to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pytestqt.qtbot import QtBot

from svg_studio.engine.events import Event
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.futures.page import FuturesPage


def feed(page: FuturesPage, events: Sequence[Event], job: Job | None = None) -> None:
    """The page hears `events` of its job in hand, or of another one."""
    job = job or page.job
    assert job is not None
    for event in events:
        page.on_event(job, event)


@contextmanager
def four_futures(lane: Worker, qtbot: QtBot, events: Sequence[Event]) -> Iterator[FuturesPage]:
    """Four futures of 8 frames, of which 3 are given, of the model a.pt: what `events` say of them. It stands still."""
    page = FuturesPage(lane)
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.show()
    page.bar.n_past.setValue(3)
    page.bar.n_future.setValue(5)
    page.bar.n_futures.setValue(4)
    page.open_model("a.pt")
    feed(page, events)
    page.playback.play(False)
    yield page
    page.playback.play(False)
