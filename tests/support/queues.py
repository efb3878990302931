"""A Train page with a lane that does nothing, and what stands in its queue."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from svg_studio.engine.worker import Job
from svg_studio.ui.train.page import TrainPage


def new_page(qtbot: QtBot, lane: object) -> TrainPage:
    page = TrainPage(lane, lane)  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.show()
    return page


def trained(page: TrainPage) -> list[Job]:
    """All runs that were begun."""
    return [job for job in page._training.jobs if job.target == "training.train:train"]  # type: ignore[attr-defined]


def seeds(page: TrainPage) -> list[int]:
    return [entry.config.seed for entry in page.queue.queue.entries]


def texts(page: TrainPage) -> list[str]:
    return [page.queue.list.item(row).text() for row in range(page.queue.list.count())]
