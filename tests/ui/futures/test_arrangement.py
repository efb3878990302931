"""The lists arrange the wall: futures keep their numbers, captions their seeds, and the selection its future."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QStyle, QStyleOptionComboBox
from pytestqt.qtbot import QtBot

from svg_studio.engine.events import Event, FramesImagined, FutureScored
from svg_studio.ui.futures.export_choices import choices
from svg_studio.ui.futures.page import FuturesPage

Explore = Callable[..., list[Event]]
ORDER = [2, 0, 3, 1]  # by SSIM
PLACES = {number: 0.1 * (4 - place) for place, number in enumerate(ORDER)}


@pytest.fixture
def events(exploration: Explore) -> list[Event]:
    """Four futures whose SSIM is highest for number 2, then 0, 3, 1, and of which number 1 is farthest from their mean."""
    nothing = (float("nan"),) * 3
    found: list[Event] = []
    for event in exploration():
        if isinstance(event, FutureScored):
            ssim = PLACES[event.number]
            event = FutureScored(event.number, event.seed, nothing + (ssim,) * 5, nothing + (30 - 10 * ssim,) * 5)
        elif isinstance(event, FramesImagined):
            frames = np.stack([np.full((8, 8, 1), grey, np.uint8) for grey in (50, 250, 60, 70)])
            event = FramesImagined(event.t, event.n_past, event.n_frames, frames)
        found.append(event)
    return found


@pytest.fixture
def page(quiet_lane: Any, qtbot: QtBot, events: list[Event]) -> Iterator[FuturesPage]:
    page = FuturesPage(quiet_lane)
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


def feed(page: FuturesPage, events: list[Event]) -> None:
    job = page.job
    assert job is not None
    for event in events:
        page.on_event(job, event)


def choose(page: FuturesPage, qtbot: QtBot, name: str, words: str) -> None:
    """As with the keyboard: down until the entry is there."""
    combo = getattr(page.view.arrangement, name)
    while combo.currentIndex() > 0:
        qtbot.keyClick(combo, Qt.Key.Key_Up)
    for _ in range(combo.count()):
        if combo.currentText() == words:
            return
        qtbot.keyClick(combo, Qt.Key.Key_Down)
    raise AssertionError(words)


def in_place(page: FuturesPage) -> list[int]:
    """The numbers as they lie on the wall, row by row."""
    pictures = [(picture.top(), picture.left(), number) for number, picture in enumerate(page.wall.pictures) if picture.isValid()]
    return [number for _, _, number in sorted(pictures)]


def caption(page: FuturesPage, number: int) -> str:
    film = page.wall.films[number]
    assert film is not None
    return film.caption


@pytest.mark.parametrize(
    "words, order, said",
    [
        ("By seed", [0, 1, 2, 3], "SSIM 0.400"),
        ("By SSIM", ORDER, "SSIM 0.400"),
        ("By PSNR", ORDER[::-1], "PSNR 26.0"),
        ("By spread", [1, 0, 2, 3], "spread 47.5"),
    ],
)
def test_that_the_wall_is_sorted(page: FuturesPage, qtbot: QtBot, words: str, order: list[int], said: str) -> None:
    choose(page, qtbot, "sort", words)
    assert in_place(page) == order
    assert caption(page, 2) == f"seed 3 · {said}"
    assert sorted(page.wall.futures) == [0, 1, 2, 3], "numbers are what they were"


def test_that_a_click_and_the_selection_mean_the_future_and_not_the_place(page: FuturesPage, qtbot: QtBot) -> None:
    page.wall.select(3)
    choose(page, qtbot, "sort", "By SSIM")
    assert page.wall.selected == 3
    qtbot.mouseClick(page.wall, Qt.MouseButton.LeftButton, pos=page.wall.pictures[2].center())
    assert page.wall.selected == 2
    assert page.wall.accessibleDescription() == "Selected: future 3, seed 3"
    qtbot.keyClick(page.wall, Qt.Key.Key_Right)
    assert page.wall.selected == 0, "the next place"
    qtbot.keyClick(page, Qt.Key.Key_P)
    assert page.wall.pinned == [0]


def test_that_each_tile_shows_its_own_future_in_its_new_place(page: FuturesPage, qtbot: QtBot) -> None:
    page.playback.seek(5)
    choose(page, qtbot, "sort", "By SSIM")
    image = page.wall.grab().toImage()
    for number in range(4):
        middle = page.wall.pictures[number].center() * image.devicePixelRatio()
        assert image.pixelColor(middle).red() == 10 * (number + 1) + 5


def test_that_it_is_sorted_once_all_scores_are_there(page: FuturesPage, qtbot: QtBot, events: list[Event]) -> None:
    choose(page, qtbot, "sort", "By SSIM")
    page.sample()
    feed(page, events[:-1])
    assert in_place(page) == [0, 1, 2, 3]
    feed(page, events[-1:])
    assert in_place(page) == ORDER


def test_that_pinned_alone_are_shown_and_grow(page: FuturesPage, qtbot: QtBot) -> None:
    choose(page, qtbot, "shown", "Pinned")
    assert in_place(page) == []
    before = page.wall.grab().toImage()
    choose(page, qtbot, "shown", "All futures")
    small = page.wall.plan.image.width()
    for number in (1, 2):
        page.wall.select(number)
        qtbot.keyClick(page, Qt.Key.Key_P)
    choose(page, qtbot, "shown", "Pinned")
    assert in_place(page) == [1, 2]
    assert page.wall.plan.image.width() > small
    assert page.wall.grab().toImage() != before
    assert page.wall.selected == 2
    qtbot.keyClick(page, Qt.Key.Key_P)
    assert in_place(page) == [1]
    assert page.wall.selected == 1, "what is not shown is not what keys are about"


def test_that_an_empty_wall_says_why(page: FuturesPage, qtbot: QtBot) -> None:
    choose(page, qtbot, "shown", "Pinned")
    image = page.wall.grab().toImage()
    ground = image.pixel(0, 0)
    middle = range(image.height() // 2 - 20, image.height() // 2 + 20)
    assert any(image.pixel(x, y) != ground for y in middle for x in range(image.width())), "words in the middle"
    assert page.wall.number_at(QPoint(50, 50)) == -1


def test_that_best_worst_and_most_different_are_named(page: FuturesPage, qtbot: QtBot) -> None:
    choose(page, qtbot, "shown", "Best, worst, most different")
    assert in_place(page) == [2, 1, 0], "the worst is the most different too: the next one takes that place"
    assert [caption(page, n) for n in (2, 1, 0)] == [
        "best · seed 3 · SSIM 0.400",
        "worst · seed 2 · SSIM 0.100",
        "most different · seed 1 · SSIM 0.300",
    ]
    choose(page, qtbot, "shown", "All futures")
    assert caption(page, 2) == "seed 3 · SSIM 0.400"


def test_that_the_selected_alone_follows_the_selection(page: FuturesPage, qtbot: QtBot) -> None:
    page.wall.select(1)
    choose(page, qtbot, "shown", "Selected alone")
    assert in_place(page) == [1]
    page.wall.select(3)
    assert in_place(page) == [3]


def test_that_new_futures_are_shown_although_none_is_pinned(page: FuturesPage, qtbot: QtBot, events: list[Event]) -> None:
    page.wall.pin(1)
    choose(page, qtbot, "shown", "Pinned")
    page.bar.n_futures.setValue(2)
    page.sample()
    few = [e for e in events if getattr(e, "number", 0) < 2 and not isinstance(e, FramesImagined)]
    feed(page, few)
    assert in_place(page) == [0, 1]
    assert page.view.arrangement.shown.currentText() == "All futures"


def test_that_the_lists_say_what_they_measure(page: FuturesPage) -> None:
    lists = page.view.arrangement
    assert "root of the mean squared difference" in lists.sort.toolTip()
    assert "mean SSIM against the truth" in lists.shown.toolTip()
    assert (lists.sort.accessibleName(), lists.shown.accessibleName()) == ("Sort", "Show")


def test_that_every_entry_of_the_lists_is_seen_whole(page: FuturesPage, qtbot: QtBot) -> None:
    page.resize(1000, 700)
    lists = page.view.arrangement
    for combo in (lists.sort, lists.shown):
        qtbot.waitUntil(lambda combo=combo: combo.width() >= combo.sizeHint().width())
        longest = max(combo.fontMetrics().horizontalAdvance(combo.itemText(n)) for n in range(combo.count()))
        option = QStyleOptionComboBox()
        combo.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = combo.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, combo)
        assert room.width() >= longest


def test_that_a_few_stand_for_all(page: FuturesPage, qtbot: QtBot) -> None:
    most = page.view.arrangement.most
    assert not most.isVisible()
    choose(page, qtbot, "shown", "A few that differ")
    assert most.isVisible()
    most.setValue(2)
    assert in_place(page) == [1, 2]  # greys 50, 250, 60, 70
    assert caption(page, 2).startswith("stands for 3")
    assert caption(page, 1).startswith("stands for 1")
    choose(page, qtbot, "sort", "By SSIM")
    assert in_place(page) == [2, 1]
    most.setValue(3)
    assert len(in_place(page)) == 3
    page.wall.select(in_place(page)[-1])
    assert page.wall.selected in in_place(page)
    choose(page, qtbot, "shown", "All futures")
    assert in_place(page) == ORDER
    assert "stands" not in caption(page, 1)
    assert not most.isVisible()


def test_that_a_few_are_chosen_once_all_futures_are_complete(page: FuturesPage, qtbot: QtBot, events: list[Event]) -> None:
    choose(page, qtbot, "shown", "A few that differ")
    page.view.arrangement.most.setValue(2)
    page.sample()
    feed(page, events[:4])
    assert len(in_place(page)) == 4
    feed(page, events[4:])
    assert len(in_place(page)) == 2


def test_that_the_few_can_be_exported_with_what_they_stand_for(page: FuturesPage, qtbot: QtBot) -> None:
    choose(page, qtbot, "shown", "A few that differ")
    page.view.arrangement.most.setValue(2)
    found = choices(page.wall)
    assert [tile.caption.rpartition(" · ")[2] for tile in found["Futures shown (2)"].tiles] == ["stands for 1", "stands for 3"]
    assert len(found["Whole wall (4)"].tiles) == 4
    choose(page, qtbot, "shown", "All futures")
    assert "Futures shown (2)" not in choices(page.wall)
