"""The wall, its label, the header and Export belong to one model, clip and settings, whatever was interrupted or failed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from support.futures_page import feed

from svg_studio.engine.config import DataConfig, FuturesConfig, ModelConfig
from svg_studio.engine.events import CheckpointSaved, Event, Failed, Finished, ModelOpened, Stopped
from svg_studio.engine.worker import Job
from svg_studio.ui import recents
from svg_studio.ui.futures.export_dialog import ExportDialog
from svg_studio.ui.futures.origin import model_name
from svg_studio.ui.futures.page import FuturesPage

Explore = Callable[..., list[Event]]
A, B = Path("runs/a/checkpoints/last.pt"), Path("runs/b/checkpoints/last.pt")
MINE = DataConfig(dataset="videos", data_root="/data", store="mine")  # in colour


@pytest.fixture
def page(quiet_lane: Any, qtbot: QtBot, exploration: Explore) -> Iterator[FuturesPage]:
    """With four futures of the model A on the wall, sampled from drawn digits: seeds 1 to 4 of test clip 0."""
    page = FuturesPage(quiet_lane)
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.show()
    page.bar.n_past.setValue(3)
    page.bar.n_future.setValue(5)
    page.bar.n_futures.setValue(4)
    page.open_model(A, "drawn")
    feed(page, exploration()[:1])  # says how many digits; asked for again
    feed(page, [*exploration(), Finished()])
    page.playback.play(False)
    assert_agrees(page)
    yield page
    page.playback.play(False)


def config(page: FuturesPage) -> FuturesConfig:
    found: FuturesConfig = page.studio.jobs[-1].arguments["config"]  # type: ignore[attr-defined]
    return found


def jobs(page: FuturesPage) -> int:
    return len(page.studio.jobs)  # type: ignore[attr-defined]


def opened(exploration: Explore, path: Path = B, step: int = 90, **model: Any) -> ModelOpened:
    first = exploration()[0]
    assert isinstance(first, ModelOpened)
    return replace(first, path=path, step=step, model={**ModelConfig(n_past=3).to_dict(), **model})


def assert_agrees(page: FuturesPage) -> None:
    """What is named is what is on the wall, which can be exported."""
    assert not page.wall.stale
    assert not page.references.stale
    assert page.view.whose.isHidden()
    assert page.bar.export_button.isEnabled()
    assert "Write futures" in page.bar.export_button.toolTip()


def assert_differs(page: FuturesPage, *whose: str) -> None:
    """The wall is faint, says whose it is, and nothing of it is exported."""
    assert page.wall.stale
    assert page.references.stale
    assert page.view.whose.isVisible()
    assert not page.bar.export_button.isEnabled()
    for words in whose:
        assert words in page.view.whose.words.text()
        assert words in page.bar.export_button.toolTip()
    page.export()
    assert not page.findChildren(ExportDialog)
    assert page.banner.isVisible()


def test_that_the_wall_knows_what_it_is_made_of(page: FuturesPage) -> None:
    origin = page.wall.origin
    assert origin is not None
    assert (origin.model, origin.path, origin.step, origin.data) == ("a · last", A, 40, "Moving digits: drawn digits")
    assert (origin.split, origin.index, origin.n_past, origin.n_future, origin.seeds) == ("test", 0, 3, 5, (1, 2, 3, 4))
    assert origin.words == "a · last, step 40: Moving digits: drawn digits, test clip 0, 3 + 5 frames, seeds 1–4"
    facts = dict(fact.split(": ", 1) for fact in origin.facts)
    assert facts["Model"] == "a · last"
    assert facts["Clip"] == "test 0, seed of the clips 1"
    assert facts["Frames given and imagined"] == "3 + 5"
    assert facts["Seeds on the wall"] == "1–4"
    assert str(A.parent) not in str(origin.facts), "no folder of this machine"


def test_that_clips_which_do_not_fit_the_next_model_give_way_to_its_own_and_that_is_said(
    page: FuturesPage, exploration: Explore, store: Any, inspection: Any
) -> None:
    page.on_event(Job("data.clips:inspect"), inspection("videos", store("mine", channels=3)))
    page.show_clip(MINE, "train", 37)
    assert_differs(page, "a · last", "test clip 0")
    page.open_model(B)
    assert config(page).data == MINE, "the model that was chosen for it might take it"
    assert_differs(page, "a · last")
    feed(page, [opened(exploration)])
    assert (config(page).model_path, config(page).data) == (str(B), None)
    assert page.bar.source.currentData() == "own"
    words = "mine (Data page) does not fit b · last, which takes 64 px, grey: these are clips of its own data."
    assert page.banner.text == words
    assert page.banner.kind == "info"
    assert page.view.whose.isVisible()
    feed(page, [opened(exploration), *exploration()[1:], Finished()])
    assert page.banner.text == words, "until something else is asked for"
    assert_agrees(page)
    assert page.wall.origin is not None
    assert (page.wall.origin.path, page.wall.origin.step, page.wall.origin.index) == (B, 90, 37)


def test_that_clips_which_only_the_lane_knows_not_to_fit_give_way_too(page: FuturesPage, exploration: Explore) -> None:
    page._awaits_model = True
    page.bar.show_clip(DataConfig(dataset="videos", data_root="/nowhere", store="gone"), "test", 1)
    page.open_model(B)
    feed(page, [opened(exploration), Failed("/nowhere/gone: there is no such set")])
    assert config(page).data is None
    assert page.banner.text == "gone (Data page): /nowhere/gone: there is no such set: these are clips of its own data."
    before = jobs(page)
    feed(page, [opened(exploration), Failed("MNIST is not there")])
    assert jobs(page) == before, "own data that is not there has nothing to give way to"
    assert page.banner.text == "MNIST is not there"
    assert page.bar.model.text() == "b · last"
    assert_differs(page, "a · last")


def test_that_a_chosen_set_that_is_not_offered_for_the_next_model_is_said(
    page: FuturesPage, exploration: Explore, store: Any, inspection: Any
) -> None:
    page.on_event(Job("data.clips:inspect"), inspection("kth", store("kth")))
    page.bar.source.setCurrentIndex(page.bar.source.findData("kth/kth/64"))
    page.open_model(B, "kth/kth/64")
    feed(page, [opened(exploration, channels=3)])
    assert page.bar.source.currentData() == "own"
    assert "does not fit b · last, which takes 64 px, colour" in page.banner.text


def test_that_a_model_whose_sampling_fails_does_not_lend_its_name_to_the_wall(page: FuturesPage, exploration: Explore) -> None:
    page.open_model(B)
    feed(page, [opened(exploration), exploration()[1], Failed("out of memory; ask for fewer futures")])
    assert page.bar.model.text() == "b · last"
    assert_differs(page, "a · last, step 40")
    assert page.references.truth is not None, "the clip on the left is still that of the wall"
    assert sorted(page.wall.futures) == [0, 1, 2, 3]


def test_that_the_way_back_names_again_what_is_on_the_wall(page: FuturesPage, exploration: Explore, qtbot: QtBot) -> None:
    page.open_model(B)
    page.bar.seed.setValue(77)
    page.bar.index.setValue(5)
    page.bar.n_futures.setValue(9)
    feed(page, [opened(exploration), Failed("out of memory; ask for fewer futures")])
    before = jobs(page)
    qtbot.mouseClick(page.view.whose.button, Qt.MouseButton.LeftButton)
    assert_agrees(page)
    bar = page.bar
    assert (bar.model.text(), bar.index.value(), bar.n_futures.value(), bar.seed.value()) == ("a · last", 0, 4, 1)
    assert not page._debounce.isActive()
    assert jobs(page) == before
    page.sample()
    assert Path(config(page).model_path) == A


def test_that_the_way_back_leads_to_a_clip_of_the_data_page_too(
    page: FuturesPage, exploration: Explore, store: Any, inspection: Any
) -> None:
    grey = DataConfig(dataset="kth", data_root="/data")
    page.on_event(Job("data.clips:inspect"), inspection("kth", store("kth")))
    page.show_clip(grey, "train", 39)
    feed(page, [*exploration(), Finished()])
    assert_agrees(page)
    page.bar.source.setCurrentIndex(page.bar.source.findData("own"))
    page.bar.split.setCurrentText("test")
    assert_differs(page, "KTH actions, train clip 39")
    page.go_back()
    assert_agrees(page)
    assert (page.bar.data({}), page.bar.split.currentText(), page.bar.index.value()) == (grey, "train", 39)


@pytest.mark.parametrize("field, value", [("index", 17), ("seed", 99), ("n_future", 12), ("n_futures", 9), ("n_past", 2)])
def test_that_another_number_is_no_name_for_these_futures(page: FuturesPage, field: str, value: int) -> None:
    spin = getattr(page.bar, field)
    before = spin.value()
    spin.setValue(value)
    assert_differs(page, "a · last")
    spin.setValue(before)
    assert_agrees(page)


def test_that_a_sampling_that_was_cancelled_leaves_the_old_futures_under_their_own_name(
    page: FuturesPage, exploration: Explore
) -> None:
    page.bar.index.setValue(5)
    page.sample()
    feed(page, [*exploration()[:2], Stopped()])
    assert_differs(page, "test clip 0")
    assert page.references.truth is not None
    assert page.wall.origin is not None
    assert page.wall.origin.index == 0


def test_that_references_change_with_the_wall_and_not_before(page: FuturesPage, exploration: Explore) -> None:
    truth, posterior = page.references.truth, page.references.posterior
    page.bar.index.setValue(5)
    page.sample()
    events = exploration(seed=50)
    feed(page, events[:2])
    assert page.references.truth is truth
    assert page.references.posterior is posterior
    feed(page, events[2:3])
    assert page.references.truth is not truth
    assert page.references.posterior is None


def test_that_a_file_that_cannot_be_opened_leaves_name_and_source_as_they_are_on_the_wall(page: FuturesPage) -> None:
    page.open_model("notes.pt")
    assert_differs(page, "a · last")
    feed(page, [Failed("notes.pt: this is no checkpoint; choose another file")])
    assert "notes.pt" in page.banner.text
    assert page.bar.model.text() == "a · last"
    page.banner.clear()
    assert_agrees(page)


def test_that_a_clip_goes_on_waiting_for_a_model_after_a_file_that_is_none(
    page: FuturesPage, exploration: Explore, store: Any, inspection: Any
) -> None:
    page.on_event(Job("data.clips:inspect"), inspection("videos", store("mine", channels=3)))
    page.show_clip(MINE, "train", 37)
    page.open_model("notes.pt")
    feed(page, [Failed("notes.pt: this is no checkpoint; choose another file")])
    assert page.bar.model.text() == "a · last"
    assert_differs(page, "a · last")
    page.open_model(B)
    assert (config(page).data, config(page).index) == (MINE, 37)


def test_that_another_model_while_one_samples_takes_the_wall_only_with_its_first_frame(
    page: FuturesPage, exploration: Explore
) -> None:
    page.sample()
    events = exploration(seed=1)
    feed(page, events[:4])
    page.open_model(B)
    assert_differs(page, "a · last")
    feed(page, [opened(exploration), events[1]])
    assert page.view.whose.isVisible()
    feed(page, events[2:3])
    assert page.view.whose.isHidden()
    assert page.wall.origin is not None
    assert page.wall.origin.path == B
    assert not page.bar.export_button.isEnabled()
    assert "No future on the wall is complete" in page.bar.export_button.toolTip()


def test_that_futures_of_an_older_step_are_told_from_those_of_the_file_as_it_is_now(
    page: FuturesPage, exploration: Explore
) -> None:
    page.on_event(Job("training.train:train"), CheckpointSaved(A, 777, "last"))
    assert_agrees(page)
    page.sample()
    feed(page, [opened(exploration, A, 777), Stopped()])
    assert_differs(page, "a · last, step 40")


def test_that_the_label_lies_on_the_wall_and_moves_nothing(page: FuturesPage) -> None:
    before = [(part.pos(), part.size()) for part in (page.view.area, page.wall, page.references, page.transport)]
    page.bar.seed.setValue(77)
    assert page.view.whose.isVisible()
    assert [(part.pos(), part.size()) for part in (page.view.area, page.wall, page.references, page.transport)] == before
    assert page.view.right.rect().contains(page.view.whose.geometry())


def test_that_a_clip_waits_for_a_model_only_until_others_are_chosen(
    page: FuturesPage, store: Any, inspection: Any, exploration: Explore
) -> None:
    page.on_event(Job("data.clips:inspect"), inspection("videos", store("mine", channels=3)))
    page.show_clip(MINE, "train", 37)
    page.bar.source.setCurrentIndex(page.bar.source.findData("mixed"))
    page.open_model(B)
    assert config(page).data is None, "another model begins with its own clips"


def test_that_another_device_does_not_make_them_other_futures(page: FuturesPage) -> None:
    page.bar.device, page.bar.precision = "cpu", "fp32"
    page._compare()
    assert_agrees(page)


def test_that_without_futures_nothing_claims_a_wall(page: FuturesPage, exploration: Explore, qtbot: QtBot, quiet_lane: Any) -> None:
    fresh = FuturesPage(quiet_lane)
    qtbot.addWidget(fresh)
    fresh.show()
    fresh.open_model(A)
    feed(fresh, [exploration()[0], Stopped()])
    assert fresh.empty.isVisible()
    assert "press Sample" in fresh.empty.text.text(), "the model is open, and is not said to be none"
    assert fresh.view.whose.isHidden()
    assert not fresh.bar.export_button.isEnabled()
    assert "press Sample" in fresh.bar.export_button.toolTip()


def test_that_a_model_that_was_opened_is_remembered_and_one_that_was_not_is_not(page: FuturesPage) -> None:
    page.open_model("notes.pt")
    feed(page, [Failed("notes.pt: this is no checkpoint; choose another file")])
    assert recents.recent("models") == [str(A)]


def test_that_a_snapshot_is_named_after_its_run_and_step() -> None:
    assert model_name(Path("runs/lp/checkpoints/snapshots/step_4096.pt")) == "lp · step 4,096"
