"""The browser of clips, driven by its controls."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from svg_studio.engine.config import DataConfig
from svg_studio.engine.events import ClipOpened
from svg_studio.ui.data.clip_browser import LAST, PAGE, ClipBrowser


class Wish(NamedTuple):
    data: DataConfig
    width: int
    channels: int
    split: str
    indices: tuple[int, ...]


@pytest.fixture
def browser(qtbot: QtBot) -> ClipBrowser:
    browser = ClipBrowser()
    browser.data_root = "/data"
    qtbot.addWidget(browser)
    browser.resize(700, 500)
    return browser


@pytest.fixture
def wishes(browser: ClipBrowser) -> list[Wish]:
    found: list[Wish] = []
    browser.wanted.connect(lambda *wish: found.append(Wish(*wish)))
    browser.reload()
    return found


def clip(index: int, split: str = "test", length: int = 3) -> ClipOpened:
    frames = np.full((length, 64, 64, 1), index, np.uint8)
    return ClipOpened(split, index, f"drawn {split} digits {index % 10} and 4", frames)


def fill(browser: ClipBrowser) -> None:
    for index in browser.indices:
        browser.put(clip(index, browser.split.currentData()))


def test_that_it_opens_with_drawn_test_clips_that_need_no_file(wishes: list[Wish]) -> None:
    data, width, channels, split, indices = wishes[0]
    assert (width, channels) == (64, 1)
    assert (data.digits, data.data_root, split) == ("drawn", "/data", "test")
    assert indices == tuple(range(PAGE))


def test_that_every_control_asks_for_other_clips(browser: ClipBrowser, wishes: list[Wish]) -> None:
    browser.split.setCurrentIndex(browser.split.findData("train"))
    assert wishes[-1].split == "train"
    browser.digits.setCurrentIndex(browser.digits.findData("mixed"))
    assert wishes[-1].data.digits == "mixed"
    browser.num_digits.setValue(3)
    assert wishes[-1].data.num_digits == 3
    browser.first.setValue(500)
    assert wishes[-1].indices == tuple(range(500, 500 + PAGE))
    assert len(wishes) == 5


def test_that_pages_are_turned_by_buttons_and_keys(browser: ClipBrowser, wishes: list[Wish], qtbot: QtBot) -> None:
    assert not browser.back.isEnabled()
    browser.on.click()
    assert wishes[-1].indices[0] == PAGE
    qtbot.keyClick(browser.wall, Qt.Key.Key_PageDown)
    assert wishes[-1].indices[0] == 2 * PAGE
    browser.back.click()
    qtbot.keyClick(browser.wall, Qt.Key.Key_PageUp)
    assert wishes[-1].indices[0] == 0
    assert not browser.back.isEnabled()


def test_that_moving_digits_have_no_last_page(browser: ClipBrowser, wishes: list[Wish]) -> None:
    browser.first.setValue(LAST)
    assert wishes[-1].indices == (LAST,)
    assert not browser.on.isEnabled()
    assert browser.count.text() == ""


@pytest.fixture
def converted(browser: ClipBrowser, wishes: list[Wish], store: Any, inspection: Any) -> ClipBrowser:
    """With KTH and two folders of videos converted, and nothing of BAIR."""
    browser.set_found(inspection("bair"))
    browser.set_found(inspection("kth", store("kth", test=30)))
    browser.set_found(inspection("videos", store("holiday", 128, 3, test=2), store("garden", test=0), store("x", problem="broken")))
    return browser


def choose(browser: ClipBrowser, key: str) -> None:
    place = browser.dataset.findData(key)
    assert place >= 0, key
    browser.dataset.setCurrentIndex(place)


def test_that_every_converted_set_can_be_chosen_and_comes_as_wide_as_it_is(converted: ClipBrowser, wishes: list[Wish]) -> None:
    titles = [converted.dataset.itemText(n) for n in range(converted.dataset.count())]
    assert titles == [
        "Stochastic Moving MNIST",
        "BAIR robot pushing",
        "KTH actions, 64 px",
        "garden (Own videos), 64 px",
        "holiday (Own videos), 128 px",
    ]
    choose(converted, "kth/kth/64")
    assert wishes[-1] == Wish(DataConfig(dataset="kth", data_root="/data"), 64, 1, "test", tuple(range(PAGE)))
    choose(converted, "videos/holiday/128")
    assert wishes[-1] == Wish(DataConfig(dataset="videos", data_root="/data", store="holiday"), 128, 3, "test", (0, 1))
    assert not converted._digit_controls.isVisibleTo(converted)


def test_that_the_last_page_ends_with_the_last_clip(converted: ClipBrowser, wishes: list[Wish]) -> None:
    choose(converted, "kth/kth/64")
    assert converted.count.text() == "of 30"
    converted.first.setValue(24)
    assert wishes[-1].indices == tuple(range(24, 30))
    assert not converted.on.isEnabled()
    converted.first.setValue(1000)
    assert wishes[-1].indices == (29,)
    converted.split.setCurrentIndex(converted.split.findData("train"))
    assert converted.count.text() == "of 40"
    assert wishes[-1].indices == tuple(range(29, 40))


def test_that_val_can_be_looked_at_where_the_set_has_one(
    converted: ClipBrowser, wishes: list[Wish], store: Any, inspection: Any
) -> None:
    with_val = replace(store("holiday", 128, 3), clips={"train": 5, "test": 3, "val": 2})
    converted.set_found(inspection("videos", with_val, store("garden")))
    choose(converted, "videos/holiday/128")
    assert [converted.split.itemData(n) for n in range(converted.split.count())] == ["train", "test", "val"]
    assert converted.split.currentData() == "test"
    converted.split.setCurrentIndex(converted.split.findData("val"))
    assert (wishes[-1].split, wishes[-1].indices, converted.count.text()) == ("val", (0, 1), "of 2")
    choose(converted, "videos/garden/64")
    assert [converted.split.itemData(n) for n in range(converted.split.count())] == ["train", "test"]
    assert wishes[-1].split in ("train", "test")


def test_that_a_split_without_clips_says_so(converted: ClipBrowser, wishes: list[Wish]) -> None:
    choose(converted, "videos/garden/64")
    assert converted.message.text() == "There are no test clips in garden (Own videos), 64 px."
    assert wishes[-1].data.dataset == "smmnist"


def test_that_a_look_at_the_disk_leaves_the_choice_where_it_is(
    converted: ClipBrowser, wishes: list[Wish], store: Any, inspection: Any
) -> None:
    choose(converted, "videos/holiday/128")
    asked = len(wishes)
    converted.set_found(inspection("kth", store("kth"), store("kth", 128)))
    assert converted.dataset.currentData() == "videos/holiday/128"
    assert len(wishes) == asked, "another set is none of its business"
    converted.set_found(inspection("videos", store("garden")))
    assert converted.dataset.currentData() == "videos/garden/64", "what is left of the same set"


@pytest.mark.parametrize(
    "name, raw, words",
    [
        ("bair", False, "BAIR robot pushing is not here yet: press Download, or Use files I have…"),
        ("bair", True, "BAIR robot pushing is not converted yet: press Convert…"),
        ("videos", False, "There are no videos yet: press Add videos…, or drop a video or a folder of videos on this window."),
    ],
)
def test_that_a_set_without_clips_says_what_to_do(
    browser: ClipBrowser, wishes: list[Wish], inspection: Any, name: str, raw: bool, words: str
) -> None:
    choose(browser, name)
    assert browser.message.text() == "Looking…"
    browser.set_found(inspection(name, raw=raw))
    assert browser.message.text() == words
    assert len(wishes) == 1


def test_that_a_conversion_cut_off_is_told(browser: ClipBrowser, wishes: list[Wish], store: Any, inspection: Any) -> None:
    choose(browser, "kth")
    browser.set_found(inspection("kth", store("kth", finished=False)))
    assert "press Go on" in browser.message.text()


@pytest.mark.parametrize("digits", ["mnist", "mixed"])
def test_that_missing_files_are_told_with_what_to_do(
    browser: ClipBrowser, wishes: list[Wish], inspection: Any, digits: str
) -> None:
    browser.set_found(inspection("smmnist"))
    asked = len(wishes)
    browser.digits.setCurrentIndex(browser.digits.findData(digits))
    assert len(wishes) == asked
    assert browser.pages.currentWidget() is browser.message
    assert browser.message.text() == "MNIST is not here: press Download or Use files I have…, or look at drawn digits."
    browser.refuse("t10k-images: not there")
    assert "press Download" in browser.message.text()
    browser.set_found(replace(inspection("smmnist"), ready=True))
    assert wishes[-1].data.digits == digits
    assert browser.pages.currentWidget() is browser.area


def test_that_a_refusal_is_shown_where_the_clips_would_be(browser: ClipBrowser, wishes: list[Wish]) -> None:
    browser.refuse("drawn digits cannot be made; reinstall")
    assert browser.message.text() == "drawn digits cannot be made; reinstall"
    assert browser.pages.currentWidget() is browser.message
    browser.reload()
    assert browser.pages.currentWidget() is browser.area


def test_that_clips_name_their_source_and_the_first_is_selected(browser: ClipBrowser, wishes: list[Wish]) -> None:
    assert not browser.open_button.isEnabled()
    fill(browser)
    film = browser.wall.films[3]
    assert film is not None
    assert film.caption.startswith("3  drawn")
    assert browser.chosen.text() == "Clip 0: drawn test digits 0 and 4"
    assert browser.open_button.isEnabled()


def test_that_clips_of_another_page_or_split_are_passed_over(browser: ClipBrowser, wishes: list[Wish]) -> None:
    browser.put(clip(PAGE))
    browser.put(clip(2, "train"))
    assert browser.wall.films == [None] * PAGE


def test_that_a_click_selects_and_the_button_opens(browser: ClipBrowser, wishes: list[Wish], qtbot: QtBot) -> None:
    with qtbot.waitExposed(browser):
        browser.show()
    fill(browser)
    qtbot.mouseClick(browser.wall, Qt.MouseButton.LeftButton, pos=browser.wall.cell(2).center())
    assert browser.wall.selected == 2
    with qtbot.waitSignal(browser.opened) as opened:
        browser.open_button.click()
    assert opened.args == [browser.data, "test", 2]


def test_that_keys_select_and_open(browser: ClipBrowser, wishes: list[Wish], qtbot: QtBot) -> None:
    browser.first.setValue(100)
    fill(browser)
    qtbot.keyClick(browser.wall, Qt.Key.Key_Right)
    qtbot.keyClick(browser.wall, Qt.Key.Key_Down)
    qtbot.keyClick(browser.wall, Qt.Key.Key_Up)
    qtbot.keyClick(browser.wall, Qt.Key.Key_Left)
    qtbot.keyClick(browser.wall, Qt.Key.Key_Left)  # there is nothing to the left of the first
    qtbot.keyClick(browser.wall, Qt.Key.Key_Right)
    assert browser.wall.selected == 1
    with qtbot.waitSignal(browser.opened) as opened:
        qtbot.keyClick(browser.wall, Qt.Key.Key_Return)
    assert opened.args == [browser.data, "test", 101]


def test_that_a_place_without_its_clip_cannot_be_opened(browser: ClipBrowser, wishes: list[Wish], qtbot: QtBot) -> None:
    opened = []
    browser.opened.connect(lambda *what: opened.append(what))
    browser.wall.select(5)
    qtbot.keyClick(browser.wall, Qt.Key.Key_Return)
    assert opened == []
    assert not browser.open_button.isEnabled()


def test_that_the_clips_play_while_they_are_seen(browser: ClipBrowser, wishes: list[Wish], qtbot: QtBot) -> None:
    fill(browser)
    assert not browser.playback.playing
    with qtbot.waitExposed(browser):
        browser.show()
    seen = set()
    qtbot.waitUntil(lambda: (seen.add(browser.wall.frame), len(seen) == 3)[1])  # type: ignore[func-returns-value]
    assert seen == {0, 1, 2}
    browser.hide()
    assert not browser.playback.playing
    browser.show()
    assert browser.playback.playing
    browser.playback.toggle()
    browser.hide()
    browser.show()
    assert not browser.playback.playing, "who has paused has paused"


def test_that_what_is_painted_is_the_clip(browser: ClipBrowser, wishes: list[Wish], qtbot: QtBot) -> None:
    with qtbot.waitExposed(browser):
        browser.show()
    for index in browser.indices:
        browser.put(clip(index * 20))
        browser.wall.put(index, clip(index * 20))
    picture = browser.wall.grab().toImage()
    for place in range(3):
        middle: QPoint = browser.wall.pictures[place].center() * picture.devicePixelRatio()
        assert picture.pixelColor(middle).red() == place * 20


def test_that_tiles_are_never_tiny(browser: ClipBrowser, wishes: list[Wish], qtbot: QtBot) -> None:
    browser.resize(420, 260)
    with qtbot.waitExposed(browser):
        browser.show()
    assert browser.wall.plan.image.width() >= 112


# ---- time


@pytest.fixture
def paused(browser: ClipBrowser, wishes: list[Wish], qtbot: QtBot) -> ClipBrowser:
    """Seen, with clips of 30 frames, at the first one."""
    with qtbot.waitExposed(browser):
        browser.show()
    for index in browser.indices:
        browser.put(clip(index, browser.split.currentData(), 30))
    browser.transport.first.click()
    return browser


def test_that_all_clips_stand_at_the_frame_that_the_slider_says(paused: ClipBrowser, qtbot: QtBot) -> None:
    slider = paused.transport.slider
    assert not paused.playback.playing
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(round(slider.x_of(12)), slider.height() // 2))
    assert paused.wall.frame == 12
    assert paused.transport.counter.text() == "13/30", "nothing here is given or imagined"
    qtbot.mouseClick(paused.transport.forward, Qt.MouseButton.LeftButton)
    assert paused.wall.frame == 13
    qtbot.mouseClick(paused.transport.play, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: paused.wall.frame > 14)


def test_that_keys_play_and_step(paused: ClipBrowser, qtbot: QtBot) -> None:
    paused.activateWindow()
    paused.transport.slider.setFocus()
    for key, frame in ((Qt.Key.Key_End, 29), (Qt.Key.Key_Left, 28), (Qt.Key.Key_Home, 0), (Qt.Key.Key_Right, 1)):
        qtbot.keyClick(paused.transport.slider, key)
        assert paused.wall.frame == frame
    paused.wall.setFocus()
    qtbot.keyClick(paused.wall, Qt.Key.Key_Right)
    assert (paused.wall.selected, paused.wall.frame) == (1, 1), "there the arrows are for the tiles"
    qtbot.keyClick(paused.wall, Qt.Key.Key_Space)
    assert paused.playback.playing
    qtbot.keyClick(paused.wall, Qt.Key.Key_Space)
    assert not paused.playback.playing


def test_that_turning_a_page_leaves_time_where_it_stands(paused: ClipBrowser) -> None:
    paused.transport.scrub(17)
    paused.turn(1)
    for index in paused.indices:
        paused.put(clip(index, "test", 30))
    assert (paused.wall.frame, paused.playback.playing) == (17, False)


def test_that_the_transport_has_room_in_a_small_window(browser: ClipBrowser, wishes: list[Wish], qtbot: QtBot) -> None:
    browser.resize(598, 560)  # as in a window of 1000 × 700
    with qtbot.waitExposed(browser):
        browser.show()
    for speed in browser.transport.speeds.buttons():
        assert speed.width() >= speed.sizeHint().width(), speed.text()


# ---- what is shown next, and again


def test_that_a_new_set_is_shown_as_soon_as_it_is_known(
    browser: ClipBrowser, wishes: list[Wish], store: Any, inspection: Any
) -> None:
    asked = len(wishes)
    browser.show_set("videos/phone/64")
    assert len(wishes) == asked
    browser.set_found(inspection("videos", store("phone", 64, 3, train=5, test=0)))
    assert wishes[-1] == Wish(DataConfig(dataset="videos", data_root="/data", store="phone"), 64, 3, "train", tuple(range(5)))
    assert browser.split.currentData() == "train", "where there is something to see"


def test_that_somebodys_own_choice_ends_the_wait_for_a_set(browser: ClipBrowser, store: Any, inspection: Any, qtbot: QtBot) -> None:
    browser.show_set("videos/phone/64")
    browser.dataset.activated.emit(0)
    browser.set_found(inspection("videos", store("phone")))
    assert browser.dataset.currentData() == "smmnist"


def test_that_everything_is_as_it_was_left(
    qtbot: QtBot, wishes: list[Wish], converted: ClipBrowser, store: Any, inspection: Any
) -> None:
    choose(converted, "kth/kth/64")
    converted.split.setCurrentIndex(converted.split.findData("train"))
    converted.first.setValue(24)
    converted.num_digits.setValue(5)
    converted.transport.set_speed(0.5)
    state = json.loads(json.dumps(converted.state()))
    other = ClipBrowser()
    qtbot.addWidget(other)
    other.restore(state)
    other.set_found(inspection("kth", store("kth", test=30)))
    assert other.state() == state
    assert other.indices == tuple(range(24, 36))
    other.restore(other.state() | {"set": "smmnist", "clip": 7})
    assert (other.dataset.currentData(), other.first.value(), other.num_digits.value()) == ("smmnist", 7, 5)


@pytest.mark.parametrize(
    "damage",
    [
        {},
        {"set": 5, "split": [], "clip": "x", "digits": {}, "num_digits": None, "speed": "fast"},
        {"set": "no/such/64", "split": "gone", "clip": -5, "digits": "gone", "num_digits": 10**30, "speed": 77},
        {"set": "smmnist", "split": "val", "clip": 10**30, "num_digits": -1, "speed": True},
        {"set": "kth/gone/64", "clip": 2.5, "num_digits": float("nan"), "speed": float("nan")},
    ],
)
def test_that_damaged_memories_are_passed_over(browser: ClipBrowser, wishes: list[Wish], damage: dict[str, Any]) -> None:
    browser.restore(damage)
    assert browser.dataset.currentData() == "smmnist"
    assert 1 <= browser.num_digits.value() <= 16
    assert 0 <= browser.first.value() <= LAST
    assert wishes[-1].split in ("train", "test")


# ---- menus and reasons


def test_that_a_clips_menu_opens_and_copies_it(paused: ClipBrowser, qtbot: QtBot) -> None:
    wall = paused.wall
    wall.put(2, ClipOpened("test", 2, "drawn test digits 2 and 4", np.full((30, 64, 64, 1), 77, np.uint8)))
    QTest.mouseClick(wall, Qt.MouseButton.RightButton, pos=wall.cell(2).center())
    assert wall.selected == 2
    wall.menu.open(wall.mapToGlobal(wall.cell(2).center()))
    assert wall.menu.menu is not None
    entries = {made.text(): made for made in wall.menu.menu.actions() if made.text()}
    assert list(entries) == ["Open in Futures", "Copy image", "Copy name"]
    entries["Copy image"].trigger()
    picture = QGuiApplication.clipboard().image()
    assert picture.width() == wall.plan.image.width() * wall.devicePixelRatioF()
    assert picture.pixelColor(picture.rect().center()).red() == 77
    entries["Copy name"].trigger()
    assert QGuiApplication.clipboard().text() == "Clip 2: drawn test digits 2 and 4"
    with qtbot.waitSignal(paused.opened) as opened:
        entries["Open in Futures"].trigger()
    assert opened.args == [paused.data, "test", 2]
    wall.menu.menu.hide()


def test_that_disabled_buttons_say_why(browser: ClipBrowser, wishes: list[Wish]) -> None:
    assert "No clip is selected yet." in browser.open_button.toolTip()
    assert "These are the first clips." in browser.back.toolTip()
    browser.first.setValue(LAST)
    assert "These are the last clips." in browser.on.toolTip()
    choose(browser, "bair")
    assert "There are no clips here." in browser.on.toolTip()
    choose(browser, "smmnist")
    browser.first.setValue(50)
    assert browser.back.toolTip() == f"{PAGE} clips back (Page Up)"
