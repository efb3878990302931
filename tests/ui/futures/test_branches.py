"""Forking on the Futures page: what is asked for, what the wall and the tree then show, and what is refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot
from support.futures_page import feed, four_futures

from svg_studio.engine.address import Path, Segment, common_frames, path_of
from svg_studio.engine.events import Event, Failed, Finished, Frames, FramesImagined, FutureSampled, FutureScored, Stopped
from svg_studio.engine.worker import Job
from svg_studio.ui.futures.branches import Branches
from svg_studio.ui.futures.export_choices import choices
from svg_studio.ui.futures.page import FuturesPage
from svg_studio.ui.futures.spread import mean_and_spread
from svg_studio.ui.futures.tree import ROOT

Explore = Callable[..., list[Event]]


@pytest.fixture
def page(quiet_lane: Any, qtbot: QtBot, exploration: Explore) -> Iterator[FuturesPage]:
    """The second of four futures is selected, and frame 4 is seen."""
    with four_futures(quiet_lane, qtbot, [*exploration(), Finished()]) as page:
        page.playback.seek(4)
        page.wall.select(1)
        page.view.branches.count.setValue(3)
        yield page


def branches(page: FuturesPage) -> Branches:
    return page.view.branches


def jobs(page: FuturesPage) -> list[Job]:
    return page.studio.jobs  # type: ignore[attr-defined]


def asked(page: FuturesPage) -> tuple[Path, ...]:
    """The paths that the last job is to imagine."""
    job = jobs(page)[-1]
    assert job.target == "sampling.futures:imagine_paths"
    return job.arguments["paths"]


def arrive(page: FuturesPage) -> None:
    """What the last job would say."""
    paths = asked(page)
    truth = page.references.truth
    assert truth is not None
    rng = np.random.default_rng(len(paths))
    frames = rng.integers(0, 255, (8, len(paths), *truth.shape[1:]), dtype=np.uint8)
    frames[:3] = truth[:3, None]
    made = [FramesImagined(t, 3, 8, frames[t]) for t in range(3, 8)]
    futures = [FutureSampled(k, path[-1].seed, 3, frames[:, k], (0.1,) * 8) for k, path in enumerate(paths)]
    scores = [FutureScored(k, path[-1].seed, (0.5,) * 8, (20.0,) * 8) for k, path in enumerate(paths)]
    feed(page, [*made, *futures, *scores, Finished()])


def last_frames(page: FuturesPage) -> Frames:
    """What is on the wall, (K, T, H, W, C)."""
    return np.stack([page.wall.futures[k].frames for k in sorted(page.wall.futures)])


def names(page: FuturesPage) -> list[str]:
    return page.wall.names


def listed(page: FuturesPage) -> list[str]:
    rows = branches(page).list.rows
    return [rows.data(rows.index(row)) for row in range(rows.rowCount())]


def test_that_f_forks_the_selected_future_after_the_frame_that_is_seen(page: FuturesPage, qtbot: QtBot) -> None:
    page.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_F)
    parent, *children = asked(page)
    assert parent == path_of(2)
    assert [[(s.start, s.seed) for s in child] for child in children] == [[(0, 2), (5, seed)] for seed in (5, 6, 7)]
    assert {common_frames([parent, child]) for child in children} == {5}, "equal to it up to frame 4, which is seen"
    config = jobs(page)[-1].arguments["config"]
    origin = page.wall.origin
    assert origin is not None
    assert (config.model_path, config.index, config.n_past, config.n_future) == (str(origin.path), 0, 3, 5)
    assert jobs(page)[-1].arguments["sha256"] == origin.opened.sha256


def test_that_the_forks_come_onto_the_wall_beside_their_parent_and_into_the_tree(page: FuturesPage) -> None:
    assert branches(page).list.isHidden()
    posterior = page.references.posterior
    page.view.wall_menu.open_at_selected()
    menu = page.view.wall_menu.menu
    assert menu is not None
    next(act for act in menu.actions() if act.text() == "Fork from this frame").trigger()
    menu.close()
    assert len(page.wall.futures) == 4, "what is on the wall stays until the first frame comes"
    arrive(page)
    assert names(page) == ["parent: seed 2", "seed 5", "seed 6", "seed 7"]
    assert page.wall.selected == 1
    assert listed(page) == ["All futures", "seed 1", "seed 2", "seed 5", "seed 6", "seed 7", "seed 3", "seed 4"]
    assert branches(page).list.isVisible()
    assert branches(page).list.current == branches(page).showing.nodes[1].key
    assert page.references.posterior is posterior, "the clip is the same"
    assert [film.caption for film in page.references.growing] == ["mean of 4", "spread ×2"]
    assert np.array_equal(page.references.growing[0].frames[5], mean_and_spread(last_frames(page)[:, 5])[0])
    assert page.wall.films[1] is not None
    assert page.wall.films[1].caption.startswith("seed 5 · SSIM 0.5") or page.wall.films[1].caption.startswith("5")
    assert not page.differs
    assert page.bar.export_button.isEnabled()
    assert next(iter(choices(page.wall))) == "Selected future (seed 5)"


def test_that_forks_are_forked_and_the_tree_leads_back_to_all_futures(page: FuturesPage, qtbot: QtBot) -> None:
    branches(page).fork()
    arrive(page)
    page.playback.seek(6)
    branches(page).fork_button.click()
    assert [[(s.start, s.seed) for s in path] for path in asked(page)][1] == [(0, 2), (5, 5), (7, 8)]
    arrive(page)
    tree = branches(page).list
    assert [page.wall.names, tree.rows.depths[3:7]] == [["parent: seed 5", "seed 8", "seed 9", "seed 10"], [1, 2, 2, 2]]
    tree.scrollToTop()
    qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=tree.visualRect(tree.rows.index(0)).center())
    assert asked(page) == tuple(path_of(seed) for seed in (1, 2, 3, 4))
    arrive(page)
    assert names(page) == ["seed 1", "seed 2", "seed 3", "seed 4"]
    tree.setFocus()
    tree.setCurrentIndex(tree.rows.index(tree.rows.row_of[branches(page).tree.children(2)[0].key]))
    qtbot.keyClick(tree, Qt.Key.Key_Return)
    assert [path[-1].seed for path in asked(page)] == [5, 8, 9, 10]


def test_that_a_future_without_forks_is_selected_among_those_it_was_forked_with(page: FuturesPage) -> None:
    branches(page).fork()
    arrive(page)
    before = len(jobs(page))
    branches(page).show_node(branches(page).showing.nodes[3].key)
    assert len(jobs(page)) == before, "it is on the wall already"
    assert page.wall.selected == 3
    branches(page).show_node(4)  # seed 4, on the wall of seeds
    arrive(page)
    assert (names(page)[3], page.wall.selected) == ("seed 4", 3)


def test_that_among_given_frames_the_first_imagined_one_is_forked(page: FuturesPage) -> None:
    page.playback.seek(0)
    branches(page).fork()
    assert {path[-1].start for path in asked(page)[1:]} == {3}


def test_that_the_last_frame_cannot_be_forked_and_nothing_is_lost(page: FuturesPage) -> None:
    page.playback.seek(7)
    before = len(jobs(page))
    branches(page).fork()
    assert len(jobs(page)) == before
    assert "last frame" in page.banner.text
    assert len(page.wall.futures) == 4


def test_that_nothing_is_forked_while_another_model_is_named(page: FuturesPage) -> None:
    page.open_model("b.pt")
    before = len(jobs(page))
    for act in (branches(page).fork, branches(page).undo, lambda: branches(page).show_node(2)):
        page.banner.clear()
        act()
        assert "The wall is still that of" in page.banner.text
    assert len(jobs(page)) == before


@pytest.mark.parametrize("end", [Failed("a.pt: the file has changed since these futures were made"), Stopped()])
def test_that_forks_that_do_not_come_leave_the_wall_as_it_is(page: FuturesPage, end: Event) -> None:
    branches(page).fork()
    feed(page, [end])
    assert names(page) == ["seed 1", "seed 2", "seed 3", "seed 4"]
    assert [node.key for node in branches(page).showing.nodes] == [1, 2, 3, 4]
    assert page.banner.text == (end.sentence if isinstance(end, Failed) else "")
    assert not page.differs
    assert branches(page).tree.forks == 3, "they are asked for again by a click"
    branches(page).show_node(2)
    arrive(page)
    assert len(page.wall.futures) == 4
    assert names(page)[0] == "parent: seed 2"


def test_that_a_click_on_another_node_drops_the_work_in_hand(page: FuturesPage) -> None:
    branches(page).fork()
    arrive(page)
    branches(page).show_node(ROOT)
    branches(page).add(2, 6, [Segment(6, seed=90)])
    assert [node.path[-1].seed for node in branches(page).showing.nodes] == [2, 5, 6, 7, 90], "what was asked for last"
    arrive(page)
    branches(page).show_node(ROOT)
    first = page.job
    assert first is not None
    branches(page).show_node(2)
    assert first.stopping
    assert names(page) == ["parent: seed 2", "seed 5", "seed 6", "seed 7", "seed 90"], (
        "which are still there, so nothing is asked for"
    )
    assert page.job is None
    assert page.wall.stale is False


def test_that_a_fork_is_named_pruned_and_brought_back(page: FuturesPage, qtbot: QtBot) -> None:
    branches(page).fork()
    arrive(page)
    tree, key = branches(page).list, branches(page).showing.nodes[2].key
    row = tree.rows.row_of[key]
    tree.setFocus()
    tree.setCurrentIndex(tree.rows.index(row))
    qtbot.keyClick(tree, Qt.Key.Key_F2)
    editor = tree.findChild(QLineEdit)
    assert editor is not None
    editor.setText("left turn")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    before = len(jobs(page))
    qtbot.waitUntil(lambda: listed(page)[row] == "left turn")
    assert names(page)[2] == "left turn"
    assert page.wall.title(2).startswith("left turn")
    assert len(jobs(page)) == before, "a name calls for no other frames"
    qtbot.keyClick(tree, Qt.Key.Key_Delete)
    assert [path[-1].seed for path in asked(page)] == [2, 5, 7]
    arrive(page)
    qtbot.keyClick(tree, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert [path[-1].seed for path in asked(page)] == [2, 5, 6, 7]
    arrive(page)
    assert "left turn" in listed(page)
    branches(page).redo()
    assert "left turn" not in listed(page)


def test_that_futures_of_the_wall_are_not_pruned(page: FuturesPage) -> None:
    before = branches(page).tree
    branches(page).prune(2)
    assert branches(page).tree is before
    assert "Only forks can be pruned" in page.banner.text


def test_that_sampling_begins_another_tree(page: FuturesPage, exploration: Explore) -> None:
    branches(page).fork()
    arrive(page)
    page.sample()
    feed(page, [*exploration(), Finished()])
    assert branches(page).tree.forks == 0
    assert branches(page).list.isHidden()
    assert not branches(page).undo_button.isEnabled()


def test_that_the_tree_tells_screen_readers_and_shows_the_clock(page: FuturesPage) -> None:
    branches(page).fork()
    arrive(page)
    rows = branches(page).list.rows
    told = rows.data(rows.index(3), Qt.ItemDataRole.AccessibleDescriptionRole)
    assert told == "seed 5, forked off seed 2 at frame 6"
    page.playback.seek(6)
    assert branches(page).list.bars.playhead == 6


def test_that_the_tree_is_drawn_as_time(page: FuturesPage, qtbot: QtBot) -> None:
    branches(page).fork()
    arrive(page)
    tree = branches(page).list
    tree.reveal()
    picture = tree.viewport().grab().toImage()
    child = tree.visualRect(tree.rows.index(3))
    bars = tree.bars

    def seen(frame: float, y: int = child.center().y()) -> tuple[int, ...]:
        wide = child.width() * 0.52 - 8
        at = QPoint(child.left() + 8 + round(wide * frame / 8), y) * picture.devicePixelRatio()
        return picture.pixelColor(at).getRgb()[:3]

    ground = seen(1, child.top() + 1)
    assert seen(6.5) != ground, "its own part, from frame 5 on"
    assert seen(1) == seen(2) == ground, "not what it shares"
    above = tree.visualRect(tree.rows.index(2)).center().y()
    assert len({ground, seen(1.5, above), seen(6.5, above)}) == 3, "given and imagined in their colours"
    assert (bars.frames, bars.given) == (8, 3)
