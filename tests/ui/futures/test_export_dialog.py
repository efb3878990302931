"""The export dialog asks for exactly what it shows, never replaces a file unasked, and says how it went."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from pytestqt.qtbot import QtBot

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.events import ExportPreviewed, Failed, FileExported, Finished, Progressed, SizeEstimated, Stopped, TargetSeen
from svg_studio.engine.export.grid import Tile
from svg_studio.engine.export.registry import EXPORTERS, GIF_RATES
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui import recents
from svg_studio.ui.futures import export_dialog
from svg_studio.ui.futures.export_choices import Choice
from svg_studio.ui.futures.export_dialog import ExportDialog


@pytest.fixture
def choices(video: Callable[..., np.ndarray]) -> dict[str, Choice]:
    one, other = Tile(video(0), 3, "seed 1"), Tile(video(50), 3, "seed 2")
    return {
        "Selected future": Choice((one,), "seed-1"),
        "Whole wall": Choice((one, other), "wall", frozenset({"truth", "posterior"})),
    }


@pytest.fixture
def beside(video: Callable[..., np.ndarray]) -> dict[str, Tile]:
    """All but the posterior."""
    return {name: Tile(video(100 + n), 3, name) for n, name in enumerate(("truth", "mean", "spread"))}


@pytest.fixture
def dialog(quiet_lane: Any, choices: dict[str, Choice], beside: dict[str, Tile], tmp_path: Path, qtbot: QtBot) -> ExportDialog:
    dialog = ExportDialog(quiet_lane, choices, beside=beside, stem="demo-test-0")
    qtbot.addWidget(dialog)
    dialog.path.setText(str(tmp_path / "futures"))
    dialog.show()
    return dialog


def choose(dialog: ExportDialog, key: str) -> None:
    dialog.format.setCurrentIndex(dialog.format.findData(key))


def jobs(dialog: ExportDialog, target: str) -> list[Job]:
    return [job for job in dialog.studio.jobs if job.target == target]  # type: ignore[attr-defined]


def written(dialog: ExportDialog) -> ExportConfig:
    return jobs(dialog, "export.export:export")[-1].arguments["config"]


def test_that_every_format_is_offered_with_its_suffix(dialog: ExportDialog) -> None:
    assert [dialog.format.itemData(i) for i in range(dialog.format.count())] == list(EXPORTERS)
    for key, entry in reversed(EXPORTERS.items()):
        choose(dialog, key)
        assert dialog.path.text().endswith(entry.suffix)
        assert dialog.purpose.text() == entry.purpose


def test_that_gif_offers_only_rates_it_can_express(dialog: ExportDialog) -> None:
    choose(dialog, "gif")
    assert not dialog.fps.isVisible()
    assert {dialog.rates.itemData(i) for i in range(dialog.rates.count())} == set(GIF_RATES)
    assert dialog.config().fps == 10.0, "as it plays on the wall"
    choose(dialog, "mp4")
    assert dialog.fps.isVisible()
    assert not dialog.rates.isVisible()
    dialog.fps.setValue(23.98)
    assert dialog.config().fps == 23.98


def test_that_what_has_no_meaning_for_a_format_is_greyed_out(dialog: ExportDialog) -> None:
    choose(dialog, "npz")
    assert not dialog.scale.isEnabled()
    assert not dialog.captions.isEnabled()
    choose(dialog, "png")
    assert not dialog.fps.isEnabled()
    assert dialog.scale.isEnabled()


def test_that_all_settings_reach_the_job(dialog: ExportDialog, choices: dict[str, Choice], tmp_path: Path) -> None:
    choose(dialog, "mp4")
    choose(dialog, "gif")
    dialog.what.setCurrentIndex(1)
    dialog.rates.setCurrentIndex(dialog.rates.findData(20.0))
    dialog.scale.setValue(3)
    dialog.columns.setValue(2)
    dialog.captions.setChecked(False)
    dialog.borders.setChecked(False)
    dialog.export()
    expected = ExportConfig(
        path=str(tmp_path / "futures.gif"), format="gif", fps=20.0, scale=3, columns=2, captions=False, borders=False
    )
    assert written(dialog) == expected
    tiles = jobs(dialog, "export.export:export")[0].arguments["tiles"]
    assert [tile.caption for tile in tiles] == ["truth", "seed 1", "seed 2"]
    assert tiles[1:] == choices["Whole wall"].tiles


def test_that_what_is_told_of_the_futures_goes_along(quiet_lane: Any, choices: dict[str, Choice], qtbot: QtBot) -> None:
    dialog = ExportDialog(quiet_lane, choices, about=("Model: a", "Clip: 3"))
    qtbot.addWidget(dialog)
    choose(dialog, "html")
    dialog.export()
    assert written(dialog).about == ("Model: a", "Clip: 3")


@pytest.mark.parametrize("answer", [True, False])
def test_that_a_file_is_replaced_only_after_asking(
    dialog: ExportDialog, tmp_path: Path, answer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "futures.gif").write_bytes(b"precious")
    questions: list[str] = []

    def ask(parent: object, title: str, question: str, yes: str, *, danger: bool) -> bool:
        questions.append(question)
        return answer

    monkeypatch.setattr(export_dialog, "confirm", ask)
    dialog.path.setText(str(tmp_path / "futures"))  # the format's suffix is added
    dialog.export()
    assert len(questions) == 1
    assert "futures.gif" in questions[0]
    assert [job.arguments["config"].overwrite for job in jobs(dialog, "export.export:export")] == ([True] if answer else [])


@pytest.mark.parametrize("name", ["  ", "/", ".."])
def test_that_a_name_that_is_none_is_said_and_nothing_started(dialog: ExportDialog, name: str) -> None:
    dialog.path.setText(name)
    dialog.export()
    assert dialog.banner.kind == "error"
    assert "name the file" in dialog.banner.text
    assert not jobs(dialog, "export.export:export")


def test_that_progress_is_shown_and_then_the_file(dialog: ExportDialog, tmp_path: Path) -> None:
    dialog.export()
    job = jobs(dialog, "export.export:export")[0]
    assert not dialog.export_button.isEnabled()
    assert dialog.cancel_button.text() == "Cancel"
    dialog.on_event(job, Progressed(3, 8, "frames"))
    assert (dialog.progress.isVisible(), dialog.progress.value(), dialog.progress.maximum()) == (True, 3, 8)
    dialog.on_event(job, FileExported(tmp_path / "futures.gif", 123_456))
    dialog.on_event(job, Finished())
    assert dialog.banner.kind == "info"
    assert "futures.gif" in dialog.banner.text
    assert "123 kB" in dialog.banner.text
    assert dialog.export_button.isEnabled()
    assert not dialog.progress.isVisible()


def test_that_cancel_stops_the_job_and_leaves_the_dialog_open(dialog: ExportDialog, qtbot: QtBot) -> None:
    dialog.export()
    job = jobs(dialog, "export.export:export")[0]
    qtbot.mouseClick(dialog.cancel_button, Qt.MouseButton.LeftButton)
    assert job.stopping
    assert dialog.isVisible()
    dialog.on_event(job, Stopped())
    assert "nothing was written" in dialog.banner.text
    assert dialog.export_button.isEnabled()


def test_that_a_failure_is_said_in_the_dialog(dialog: ExportDialog) -> None:
    dialog.export()
    dialog.on_event(jobs(dialog, "export.export:export")[0], Failed("/x: disk full; choose another folder"))
    assert dialog.banner.kind == "error"
    assert "disk full" in dialog.banner.text


def test_that_closing_gives_up_what_is_under_way(dialog: ExportDialog) -> None:
    dialog.estimate()
    dialog.export()
    dialog.close()
    assert all(job.stopping for job in dialog.studio.jobs)  # type: ignore[attr-defined]


def test_that_the_size_is_estimated_anew_after_a_change_and_old_answers_are_passed_over(dialog: ExportDialog, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: len(jobs(dialog, "export.export:estimate_size")) == 1)
    first = jobs(dialog, "export.export:estimate_size")[0]
    dialog.scale.setValue(7)
    qtbot.waitUntil(lambda: len(jobs(dialog, "export.export:estimate_size")) == 2)
    second = jobs(dialog, "export.export:estimate_size")[1]
    assert first.stopping
    assert second.arguments["config"].scale == 7
    dialog.on_event(first, SizeEstimated(1_000_000))
    assert dialog.estimated.text() == "…"
    dialog.on_event(second, SizeEstimated(2_500_000))
    assert dialog.estimated.text() == "2.5 MB"


def test_that_a_real_lane_writes_a_real_file(
    start_lane: Callable[[str], Worker], choices: dict[str, Choice], tmp_path: Path, qtbot: QtBot
) -> None:
    dialog = ExportDialog(start_lane("studio"), choices)
    qtbot.addWidget(dialog)
    choose(dialog, "npz")
    dialog.what.setCurrentIndex(1)
    dialog.path.setText(str(tmp_path / "wall.npz"))
    dialog.export()
    qtbot.waitUntil(lambda: dialog.job is None, timeout=20_000)
    assert dialog.banner.kind == "info", dialog.banner.text
    with np.load(tmp_path / "wall.npz") as file:
        assert file["frames"].shape == (2, 8, 8, 8, 1)
        assert file["frames"][1, 3].max() == 53


# ---- what stands beside the futures


def test_that_truth_mean_and_spread_can_stand_before_any_futures(dialog: ExportDialog, qtbot: QtBot) -> None:
    boxes = dialog.fields.beside
    assert [box.isChecked() for box in boxes.values()] == [False] * 4, "a future by itself"
    qtbot.mouseClick(boxes["spread"], Qt.MouseButton.LeftButton, pos=boxes["spread"].rect().topLeft() + QPoint(8, 8))
    assert [tile.caption for tile in dialog.tiles] == ["spread", "seed 1"]
    dialog.what.setCurrentIndex(1)
    assert [name for name, box in boxes.items() if box.isChecked()] == ["truth"], "as far as it is there"
    boxes["mean"].click()
    assert [tile.caption for tile in dialog.tiles] == ["truth", "mean", "seed 1", "seed 2"]
    dialog.what.setCurrentIndex(0)
    assert [tile.caption for tile in dialog.tiles] == ["spread", "seed 1"], "as it was left"


def test_that_what_is_not_there_says_why_it_cannot_be_ticked(dialog: ExportDialog) -> None:
    posterior = dialog.fields.beside["posterior"]
    assert not posterior.isEnabled()
    assert "Not there yet" in posterior.toolTip()
    assert "Not there yet" not in dialog.fields.beside["truth"].toolTip()


# ---- the file's name


def test_that_the_proposed_name_follows_what_is_exported_until_the_person_writes_another(
    quiet_lane: Any, choices: dict[str, Choice], tmp_path: Path, qtbot: QtBot
) -> None:
    recents.note_place("export", tmp_path)
    dialog = ExportDialog(quiet_lane, choices, stem="demo-test-0")
    qtbot.addWidget(dialog)
    assert dialog.path.text() == str(tmp_path / "demo-test-0-seed-1.gif")
    dialog.what.setCurrentIndex(1)
    choose(dialog, "mp4")
    assert dialog.path.text() == str(tmp_path / "demo-test-0-wall.mp4")
    dialog.path.setText(str(tmp_path / "mine.v2.mp4"))
    dialog.what.setCurrentIndex(0)
    choose(dialog, "gif")
    assert dialog.path.text() == str(tmp_path / "mine.v2.gif")


def test_that_a_proposed_name_that_is_taken_is_counted_up_and_a_written_one_is_told(
    quiet_lane: Any, choices: dict[str, Choice], tmp_path: Path, qtbot: QtBot
) -> None:
    recents.note_place("export", tmp_path)
    dialog = ExportDialog(quiet_lane, choices)
    qtbot.addWidget(dialog)
    look = jobs(dialog, "export.names:look")[-1]
    dialog.on_event(look, TargetSeen(tmp_path / "futures-seed-1.gif", True, tmp_path / "futures-seed-1-2.gif"))
    assert dialog.path.text() == str(tmp_path / "futures-seed-1-2.gif")
    dialog.path.setText(str(tmp_path / "mine.gif"))
    qtbot.waitUntil(lambda: jobs(dialog, "export.names:look")[-1] is not look)
    look = jobs(dialog, "export.names:look")[-1]
    dialog.on_event(look, TargetSeen(tmp_path / "mine.gif", True, tmp_path / "mine-2.gif"))
    assert dialog.path.text() == str(tmp_path / "mine.gif")
    assert "asks before it replaces" in dialog.fields.note.text()
    dialog.path.setText(str(tmp_path / "other.gif"))
    assert dialog.fields.note.text() == ""


# ---- the preview


def test_that_the_preview_is_made_anew_after_a_change_and_plays_at_the_chosen_rate(dialog: ExportDialog, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: len(jobs(dialog, "export.preview:preview")) == 1)
    first = jobs(dialog, "export.preview:preview")[0]
    for t in range(3):
        dialog.on_event(first, ExportPreviewed(t, np.full((20, 30, 3), 10 * t, np.uint8), (40, 60), 50))
    canvas = dialog.preview.canvas
    assert "60 × 40 pixels · 50 frames · 5 s" in dialog.preview.words.text()
    assert "shown smaller; the first 3 are shown" in dialog.preview.words.text()
    seen = set()

    def moves() -> bool:
        seen.add(canvas.picture.pixel(0, 0) if canvas.picture else 0)
        return len(seen) == 3

    qtbot.waitUntil(moves)
    dialog.rates.setCurrentIndex(dialog.rates.findData(20.0))
    assert dialog.preview._clock.interval() == 50
    assert "2.5 s" in dialog.preview.words.text()
    qtbot.waitUntil(lambda: len(jobs(dialog, "export.preview:preview")) == 2)
    assert first.stopping
    dialog.on_event(first, ExportPreviewed(0, np.zeros((9, 9, 3), np.uint8), (9, 9), 1))
    assert "60 × 40" in dialog.preview.words.text(), "late answers are passed over"


def test_that_arrays_have_no_preview(dialog: ExportDialog, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: len(jobs(dialog, "export.preview:preview")) == 1)
    dialog.on_event(jobs(dialog, "export.preview:preview")[0], Finished())
    assert dialog.preview.canvas.picture is None
    assert "no picture" in dialog.preview.words.text()


def test_that_a_real_lane_composes_the_preview_and_looks_for_the_file(
    start_lane: Callable[[str], Worker], choices: dict[str, Choice], beside: dict[str, Tile], tmp_path: Path, qtbot: QtBot
) -> None:
    recents.note_place("export", tmp_path)
    (tmp_path / "demo-seed-1.gif").write_bytes(b"precious")
    (tmp_path / "demo-seed-1-2.gif").write_bytes(b"precious too")
    dialog = ExportDialog(start_lane("studio"), choices, beside=beside, stem="demo")
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.path.text() == str(tmp_path / "demo-seed-1-3.gif"), timeout=20_000)
    qtbot.waitUntil(lambda: len(dialog.preview.pictures) == 8, timeout=20_000)
    few = dialog.preview.pictures[0].width()
    dialog.what.setCurrentIndex(1)
    qtbot.waitUntil(lambda: dialog.preview.pictures[0].width() > few, timeout=20_000)
    dialog.close()


# ---- when it is written


def test_that_a_message_moves_no_button_from_under_the_pointer(dialog: ExportDialog, qtbot: QtBot) -> None:
    qtbot.waitExposed(dialog)
    buttons = (dialog.export_button, dialog.cancel_button, dialog.path)
    before = [one.mapTo(dialog, QPoint()) for one in buttons]
    dialog.banner.show_error("This cannot be written")
    assert dialog.layout() is not None
    dialog.layout().activate()  # type: ignore[union-attr]
    assert dialog.banner.isVisible()
    assert [one.mapTo(dialog, QPoint()) for one in buttons] == before
    dialog.banner.clear()
    dialog.layout().activate()  # type: ignore[union-attr]
    assert [one.mapTo(dialog, QPoint()) for one in buttons] == before


def test_that_a_written_file_is_shown_in_its_folder_and_its_path_copied(
    dialog: ExportDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    assert not dialog.show_button.isVisible()
    dialog.export()
    job = jobs(dialog, "export.export:export")[0]
    dialog.on_event(job, FileExported(tmp_path / "futures.gif", 123_456))
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url) or True)
    qtbot.mouseClick(dialog.show_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: opened == [QUrl.fromLocalFile(str(tmp_path))])
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == str(tmp_path / "futures.gif")
    assert recents.place("export") == str(tmp_path)
    dialog.path.setText(str(tmp_path / "more"))
    dialog.export()
    assert not dialog.show_button.isVisible(), "another one is being written"


def test_that_a_system_that_opens_no_folders_is_told(
    dialog: ExportDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    dialog.export()
    dialog.on_event(jobs(dialog, "export.export:export")[0], FileExported(tmp_path / "futures.gif", 1))
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    qtbot.mouseClick(dialog.show_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.banner.kind == "error")
    assert "Copy path" in dialog.banner.text
