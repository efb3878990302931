"""Other people's texts on every page: what looks like markup, keys, marks and orders to a terminal is seen as it is written."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QItemSelectionModel, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QMessageBox,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot
from support.odd_texts import KINDS
from support.window import store, video

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.events import (
    ClipOpened,
    CurvesUpdated,
    EvaluationStarted,
    Failed,
    JobStarted,
    Logged,
    MetricListed,
    ModelListed,
    ModelOpened,
    Progressed,
    RunRow,
    RunsListed,
    RunStarted,
    SourceSkipped,
    StoreVerified,
)  # fmt: skip
from svg_studio.engine.worker import Job
from svg_studio.ui.data.page import DataPage
from svg_studio.ui.evaluate.page import EvaluatePage
from svg_studio.ui.futures.page import FuturesPage
from svg_studio.ui.runs.notes_dialog import NotesDialog
from svg_studio.ui.runs.page import RunsPage
from svg_studio.ui.runs.rename_dialog import RenameDialog
from svg_studio.ui.shell.log_pane import LogPane
from svg_studio.ui.shell.status_bar import StatusBar
from svg_studio.ui.train.page import TrainPage
from svg_studio.ui.widgets.action_banner import ActionBanner
from svg_studio.ui.widgets.confirm_dialog import confirm
from svg_studio.ui.widgets.controls import button, check_box, label
from svg_studio.ui.widgets.text_dialog import TextDialog
from svg_studio.ui.widgets.words import Words, literal, on_button, on_window

MANY, TIP = 400, 12_000  # letters that a widget shows of such a text, and that a tip does, which may quote several


def check_text(text: str, most: int = TIP) -> None:
    assert "\n" in text or text.isprintable(), ascii(text[:500])
    assert all(line.isprintable() for line in text.split("\n")), ascii(text[:500])
    assert len(text) <= most


def check_tip(text: str) -> None:
    check_text(text, 6 * TIP)
    assert "<img" not in text  # own words may be bold
    assert "<b>odd" not in text
    assert "&" not in text or text.startswith("<qt>")


def views(view: QAbstractItemView) -> Iterator[tuple[str, str]]:
    """What the cells and heads of a view say, shortly and at length."""
    model = view.model()
    roles = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole
    columns = model.columnCount() if isinstance(view, QTableView) else 1
    for row in range(model.rowCount()):
        for column in range(columns):
            index = model.index(row, column)
            yield tuple(str(model.data(index, role) or "") for role in roles)  # type: ignore[misc]
    for column in range(columns):
        yield tuple(str(model.headerData(column, Qt.Orientation.Horizontal, role) or "") for role in roles)  # type: ignore[misc]


def check(widget: QWidget) -> str:
    """Every text below a widget is literal, printable and bounded, and stretches nothing; all that was seen."""
    seen: list[str] = []
    for each in [widget, *widget.findChildren(QWidget)]:
        check_tip(each.toolTip())
        check_text(each.windowTitle())
        if isinstance(each, QLabel) and each.text():
            assert each.textFormat() != Qt.TextFormat.AutoText, each.text()
            rich = each.textFormat() == Qt.TextFormat.RichText
            assert not rich or ("<img" not in each.text() and "<b>odd" not in each.text())
            check_text(each.text())
            seen.append(html.unescape(each.text()) if rich else each.text())
        if isinstance(each, QAbstractButton):
            check_text(each.text(), MANY)
        if isinstance(each, QComboBox):
            for number in range(each.count()):
                check_text(each.itemText(number), MANY)
                seen.append(each.itemText(number))
        if isinstance(each, QAbstractItemView):
            for text, tip in views(each):
                check_text(text, MANY)
                check_tip(tip)
                seen.append(text)
    assert widget.minimumSizeHint().width() < 1300
    return "\n".join(seen)


@pytest.fixture(params=KINDS)
def odd(request: pytest.FixtureRequest) -> str:
    return KINDS[request.param]


def failed(odd: str) -> Failed:
    return Failed(f"{odd}: cannot be read; choose another", f"Traceback\n{odd}")


def runs_page(odd: str, lane: Any, _: Callable[..., Any]) -> QWidget:
    page = RunsPage(lane)
    page.rescan()
    said = {"dataset": odd, "prior": odd, "backbone": odd, "host": odd, "device": odd, "precision": odd}
    config = {"name": odd, "lr": 1, odd: odd}
    row = RunRow(Path("/runs") / odd, "failed", odd, tags=(odd, odd), notes=f"{odd}\n{odd}", config=config, **said)  # type: ignore[arg-type]
    other = RunRow(Path("/runs/b"), "damaged", odd, config={"name": "b", "lr": 2})
    page.on_event(page.runs._looking, RunsListed(page.log_dir, (row, other), (Path("/trash") / odd,)))  # type: ignore[arg-type]
    model = page.table.model()
    for number in range(2):
        flags = QItemSelectionModel.SelectionFlag
        page.table.selectionModel().select(model.index(number, 0), flags.Select | flags.Rows)
    page.offer.make(f"{odd}: deleted", {"Undo": lambda: None})
    page.banner.show_error(failed(odd).sentence)
    return page


def data_page(odd: str, lane: Any, made: Callable[..., Any]) -> QWidget:
    page = DataPage(lane, lane)
    page.show()
    name = odd.replace("/", "")
    found = made("videos", store(odd, problem=odd, settings={"fit": odd}), root=page.data_root, state=odd)
    for job in [job for job in lane.jobs if job.target == "data.clips:inspect" and job.arguments["name"] == "videos"]:
        page.on_event(job, found)
    page.work.verify("kth", [Path("/data") / name / "store-64"])
    job = lane.jobs[-1]
    for event in (
        JobStarted(odd),
        SourceSkipped(odd, odd),
        Progressed(1, 2, "bytes", odd),
        StoreVerified(Path(name), 1, 1, (odd,)),
        failed(odd),
    ):
        page.on_event(job, event)
    page.browser.wall.expect(1, QSize(8, 8))
    page.browser.wall.put(0, ClipOpened("test", 0, odd, video(1)))
    page.browser.wall.select(0)
    page.browser.refuse(odd)
    return page


def futures_page(odd: str, lane: Any, _: Callable[..., Any]) -> QWidget:
    page = FuturesPage(lane)
    page.open_model("/runs/a.pt")
    opened = ModelOpened(Path("/runs") / odd / "checkpoints" / "last.pt", {}, {"dataset": odd}, 1, 1, odd, odd, odd)
    page.bar.set_model(opened.path, odd)
    page.bar.offer_sources({}, {"dataset": odd})
    page.banner.show_error(failed(odd).sentence)
    return page


def evaluate_page(odd: str, lane: Any, _: Callable[..., Any]) -> QWidget:
    page = EvaluatePage(lane)
    page.add_models([f"/runs/{odd}", "/b.pt"])
    page.start_button.click()
    metric = MetricListed("psnr", odd, odd, odd, True, ("best",))
    models = tuple(ModelListed(name, Path(name), 1, 1, 2, odd) for name in (odd, "b"))
    page._job = job = Job("evaluation.evaluate:evaluate", {}, odd)
    page.on_event(job, EvaluationStarted(models, 6, 5, (metric,), 2, 2, lpips=odd, device=odd, precision=odd))
    page.on_event(job, CurvesUpdated(odd, 2, {("psnr", "best"): ((1.0, 2.0), (0.1, 0.1))}, {("psnr", "best"): (1.0, 0.1)}))
    page.on_event(job, Logged(odd, "warning"))
    return page


def train_page(odd: str, lane: Any, _: Callable[..., Any]) -> QWidget:
    page = TrainPage(lane, lane)
    named = TrainConfig(name="kept")
    object.__setattr__(named, "name", odd)  # as a queue of another program may have it, whatever a config of today allows
    page.queue.queue.add([named])
    page._job = job = Job("training.train:train", {}, odd)
    page.on_event(job, RunStarted(Path("/runs") / odd, TrainConfig().to_dict(), 1, odd, odd, 10))
    page.on_event(job, Progressed(1, 2, "bytes", odd))
    page.on_event(job, failed(odd))
    return page


def small_things(odd: str, lane: Any, _: Callable[..., Any]) -> QWidget:
    """The shell's own, and what all pages are made of."""
    whole = QWidget()
    status = StatusBar(whole)
    job = Job("a:b", {}, odd)
    for event in (JobStarted(odd), Progressed(1, 2, odd, odd), RunStarted(Path(odd), {}, 1, odd, odd, 1)):
        status.on_event(job, event, lane="training")
    status.training.refresh()
    status.say(odd)
    banner = ActionBanner(whole)
    banner.make(odd, {"Yes": lambda: None})
    for made in (
        label(odd, tip=odd),
        label(odd, wrap=True),
        button("Go", tip=odd),
        check_box("Box", tip=odd),
        NotesDialog(odd, (), ""),
        RenameDialog(Path("/runs") / odd, lambda name: None),
    ):
        made.setParent(whole)
    TextDialog(odd, odd, whole)
    return whole


PLACES = (runs_page, data_page, futures_page, evaluate_page, train_page, small_things)


@pytest.mark.parametrize("place", PLACES)
def test_that_no_page_takes_a_text_for_anything_else(
    place: Callable[..., QWidget], odd: str, quiet_lane: Any, inspection: Callable[..., Any], qtbot: QtBot
) -> None:
    page = place(odd, quiet_lane, inspection)
    qtbot.addWidget(page)
    seen = check(page)
    assert Words(odd).text()[:3] in seen
    if "<img" in odd:
        assert "<img src=qrc:x><b>odd</b>" in seen
    page.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_that_a_question_is_plain(odd: str, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[QMessageBox] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: asked.append(box))
    owner = QWidget()
    qtbot.addWidget(owner)
    confirm(owner, "Empty", f"1 run in the trash of {odd}. Delete?", "Delete")
    assert asked[0].textFormat() == Qt.TextFormat.PlainText
    check_text(asked[0].text())


def test_that_the_log_shows_it_as_text(odd: str, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    pane = LogPane()
    qtbot.addWidget(pane)
    monkeypatch.setattr(pane.logger, "propagate", False)  # to pytest, whose processes cannot tell each other such letters
    try:
        pane.logger.error("a %s", odd)
        pane.flush()
    finally:
        pane.detach()
    assert "odd" in pane.toPlainText()
    for line in pane.toPlainText().split("\n"):
        check_text(line, 2100)


@pytest.mark.parametrize(
    "text, tip, shown_on_button, title",
    [
        ("plain", "plain", "plain", "plain"),
        ("<b>&", "<qt><p style='white-space:pre'>&lt;b&gt;&amp;</p></qt>", "<b>&&", "<b>&"),
        ("<a>\nb", "<qt><p style='white-space:pre'>&lt;a&gt;<br>b</p></qt>", r"<a>\nb", r"<a>\nb"),
        ("\u202e", r"\u202e", r"\u202e", r"\u202e"),
        ("a[*]", "a[*]", "a[*]", "a[*][*]"),
    ],
)
def test_that_each_place_has_its_own_way(text: str, tip: str, shown_on_button: str, title: str) -> None:
    assert (literal(text), on_button(text), on_window(text)) == (tip, shown_on_button, title)


def test_that_a_line_without_room_is_cut_in_its_middle(qtbot: QtBot) -> None:
    words = Words("odd" * 600)
    qtbot.addWidget(words)
    assert words.minimumSizeHint().width() <= 200
    assert words.sizeHint().width() <= 720
    words.resize(300, 20)
    cut, whole = words.grab().toImage(), Words("odd" * 600)
    qtbot.addWidget(whole)
    whole.resize(100_0, 20)
    assert cut != whole.grab().copy(0, 0, 300, 20).toImage()
