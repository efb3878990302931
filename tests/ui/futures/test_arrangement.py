"""The lists arrange the wall: futures keep their numbers, captions their seeds, and the selection its future."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QStyle, QStyleOptionComboBox
from pytestqt.qtbot import QtBot
from support.futures_page import feed, four_futures

from svg_studio.engine.events import Event, Failed, FewChosen, Finished, FramesImagined, FutureScored
from svg_studio.engine.worker import Job
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
    with four_futures(quiet_lane, qtbot, events) as page:
        yield page


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


# ---- few for many


def few_jobs(page: FuturesPage) -> list[Job]:
    return [job for job in page.studio.jobs if job.target == "sampling.few:choose"]  # type: ignore[attr-defined]


def test_that_few_futures_are_shown_with_how_many_each_stands_for(page: FuturesPage, qtbot: QtBot) -> None:
    feed(page, [Finished()])
    few = page.view.arrangement.few
    assert few.isHidden()
    choose(page, qtbot, "shown", "Few for many")
    assert few.isVisible()
    assert in_place(page) == [0, 1, 2, 3], "until they are known"
    few.setValue(2)
    first, second = few_jobs(page)
    assert first.stopping, "another number was wanted meanwhile"
    assert [len(second.arguments["futures"]), second.arguments["n_past"], second.arguments["k"]] == [4, 3, 2]
    page.on_event(first, FewChosen((0,), (4,), (0, 0, 0, 0), 1.0, "pixels"))
    assert in_place(page) == [0, 1, 2, 3], "that was the older question"
    page.on_event(second, FewChosen((3, 1), (3, 1), (3, 1, 3, 3), 4.0, "pixels"))
    assert in_place(page) == [1, 3], "as they are sorted"
    assert [page.wall.title(number).split(" · ")[0] for number in (1, 3)] == ["for 1", "for 3"]
    assert page.wall.selected in (1, 3)
    choose(page, qtbot, "sort", "By SSIM")
    assert in_place(page) == [3, 1]
    choose(page, qtbot, "shown", "All futures")
    assert few.isHidden()
    assert not page.wall.title(1).startswith("for")


def test_that_the_few_are_chosen_anew_of_other_futures(page: FuturesPage, events: list[Event], qtbot: QtBot) -> None:
    feed(page, [Finished()])
    choose(page, qtbot, "shown", "Few for many")
    (first,) = few_jobs(page)
    page.sample()
    assert first.stopping
    page.on_event(first, FewChosen((3, 1), (3, 1), (3, 1, 3, 3), 4.0, "pixels"))
    assert page.view.arrangement.chosen is None
    feed(page, events)
    assert len(few_jobs(page)) == 1, "not while scores are still to come"
    feed(page, [Finished()])
    assert len(few_jobs(page)) == 2


def test_that_it_is_said_where_they_cannot_be_chosen(page: FuturesPage, qtbot: QtBot) -> None:
    feed(page, [Finished()])
    choose(page, qtbot, "shown", "Few for many")
    page.on_event(few_jobs(page)[0], Failed("Futures cannot be compared"))
    assert page.banner.text == "Futures cannot be compared"
