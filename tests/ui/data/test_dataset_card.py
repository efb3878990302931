"""A card that tells of one data set."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.events import (
    Progressed,
)
from svg_studio.ui.data.dataset_card import DatasetCard


def test_that_speed_and_time_left_follow_from_the_bytes(qtbot: QtBot) -> None:
    times = iter([0.0, 2.0])
    card = DatasetCard(DATASETS["smmnist"], clock=lambda: next(times))
    qtbot.addWidget(card)
    card.start_work("")
    card.show_progress(Progressed(0, 10_000_000, "bytes"))
    card.show_progress(Progressed(4_000_000, 10_000_000, "bytes"))
    assert card.amount.text() == "4.0 MB of 10.0 MB  ·  2.0 MB/s  ·  3 s left"


def test_that_a_download_of_unknown_or_huge_size_can_be_shown(qtbot: QtBot) -> None:
    card = DatasetCard(DATASETS["smmnist"])
    qtbot.addWidget(card)
    card.start_work("")
    card.show_progress(Progressed(5_000_000, 0, "bytes"))
    assert card.progress.maximum() == 0
    card.show_progress(Progressed(16_000_000_000, 32_000_000_000, "bytes"))
    assert card.progress.value() / card.progress.maximum() == 0.5


def test_that_the_paper_can_be_opened(qtbot: QtBot) -> None:
    card = DatasetCard(DATASETS["smmnist"])
    qtbot.addWidget(card)
    assert card.cite.textFormat() == Qt.TextFormat.RichText
    assert card.cite.openExternalLinks()
    assert card.cite.text().startswith("Denton &amp; Fergus, ")
    assert 'href="https://arxiv.org/abs/1802.07687"' in card.cite.text()
