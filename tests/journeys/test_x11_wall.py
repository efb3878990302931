"""What is on the wall belongs to what is named, fills its room and obeys the keys, in a real window on a real X server."""

from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSize
from support.small_sets import make_videos
from support.x11 import *  # noqa: F403
from support.x11 import MARKS, Answering, wait_for

from svg_studio.engine.config import ConvertConfig, DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.data.convert import convert
from svg_studio.engine.training.train import train
from svg_studio.ui.video.grid_plan import plan

pytestmark = MARKS
WALL = "Wall of futures"
WHOSE = "Whose futures these are"


@pytest.fixture
def run_and_videos(tmp_path: Path) -> None:
    """In the program's folders: a run on drawn digits, in grey, and converted videos of a person's own, in colour."""
    source = make_videos(tmp_path / "phone")
    list(convert(ConvertConfig(dataset="videos", source=str(source), data_root=str(tmp_path / "data"), store="phone")))
    model = ModelConfig(base_width=2, g_dim=8, z_dim=3, rnn_size=8, n_past=2, n_future=3)
    data = DataConfig(digits="drawn", num_digits=1, data_root=str(tmp_path / "data"))
    config = TrainConfig(
        model=model, data=data, niter=1, epoch_size=2, batch_size=2, n_eval=5, data_threads=0, log_dir=str(tmp_path / "runs"),
        name="digits", device="cpu", precision="fp32",
    )  # fmt: skip
    list(train(config))


def sampled(program: Answering, heard: int) -> None:
    wait_for(lambda: "Sampling: finished" in program.log()[heard:], "futures")


def selected(program: Answering) -> str:
    found = program.ask(WALL)
    return str(found["description"]) if found else ""


def tile(program: Answering, number: int, count: int) -> tuple[int, int]:
    """The middle of a tile on the screen, where all tiles fit."""
    x, y, width, height = program.there(WALL)["box"]
    p = plan(count, QSize(64, 64), QSize(width, height), 1.0, narrowest=32)
    middle = QRect(p.spot(number), p.cell).center()
    return x + middle.x(), y + middle.y()


def test_that_a_wall_is_never_shown_under_the_name_of_another_model(run_and_videos: None, answering: Answering) -> None:
    program = answering
    sampled(program, 0)
    program.wait_text("Model", r"^demo\.pt$")
    assert program.ask(WHOSE) is None

    program.key("ctrl+3")
    program.press("Data set")
    program.do("type", "phone")
    program.do("key", "Return")
    program.there("Open in Futures")
    program.press("Open in Futures")
    program.wait_text(WHOSE, r"demo\.pt")
    exporting = program.ask("Export…")
    assert exporting is not None
    assert not exporting["enabled"]

    program.key("ctrl+5")
    x, y, _, height = program.there("Search")["box"]

    def opened() -> bool:
        for below in range(30, 120, 12):
            program.click(x + 40, y + height + below)
            button = program.ask("Open in Futures")
            if button is not None and button["enabled"]:
                program.do("click", "--repeat", "2", "--delay", "40", "1")
                return True
        return False

    wait_for(opened, "the run in the table")
    program.wait_text("Model", "^digits · last$")

    def over() -> bool:
        """Whoever looks meanwhile sees whose the wall still is, or cannot export it."""
        exporting = program.ask("Export…")
        assert exporting is not None
        if program.ask(WHOSE) is not None:
            assert not exporting["enabled"]
        return bool(exporting["enabled"])

    wait_for(over, "futures of the run just opened")
    assert program.ask(WHOSE) is None
    program.key("ctrl+e")
    program.find_window("Export futures")
    program.wait_text("File", "digits-")
    assert "Traceback" not in program.errors.read_text()


def test_that_a_hundred_futures_are_all_on_the_screen_and_obey_mouse_and_keys(answering: Answering) -> None:
    program = answering
    sampled(program, 0)
    heard = len(program.log())
    program.write("Number of futures", 100)
    program.key("Tab")
    sampled(program, heard)
    bottom = program.there("Frame")["box"][1]
    _, y, _, height = program.there(WALL)["box"]
    assert y + height <= bottom, "nothing is left to scroll to"
    for number in (99, 0, 42):
        program.click(*tile(program, number, 100))
        wait_for(lambda number=number: f"seed {number + 1}" in selected(program), f"tile {number} where it belongs")
    program.key("p")
    wait_for(lambda: selected(program).endswith("seed 43, pinned"), "the pin after a click on a tile")
    program.key("Return")
    program.there("Truth and the selected future")
    program.key("Escape")
    program.there(WALL)
    program.key("w")
    wait_for(lambda: program.ask("Sample") is None, "the wall alone")
    program.key("w")
    program.there("Sample")
    assert "Traceback" not in program.log() + program.errors.read_text()
