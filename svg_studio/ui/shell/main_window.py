"""The main window: navigation, pages, status bar, log and menus; passes every event to every page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QMenuBar, QStackedWidget, QWidget

from svg_studio.engine.config import DataConfig, TrainConfig
from svg_studio.engine.events import Event, Failed
from svg_studio.engine.worker import Job, Worker
from svg_studio.paths import guide
from svg_studio.ui.futures.page import FuturesPage
from svg_studio.ui.preferences import Preferences
from svg_studio.ui.shell import apply_settings, close_dialog
from svg_studio.ui.shell.about_dialog import AboutDialog
from svg_studio.ui.shell.busy_overlay import BusyOverlay
from svg_studio.ui.shell.dropped_files import gather, recognise
from svg_studio.ui.shell.event_log import log_event
from svg_studio.ui.shell.guide_dialog import GuideDialog
from svg_studio.ui.shell.keep_awake import KeepAwake
from svg_studio.ui.shell.log_pane import LogPane
from svg_studio.ui.shell.menus import Menus
from svg_studio.ui.shell.navigation import Navigation
from svg_studio.ui.shell.notifications import Notifications
from svg_studio.ui.shell.page_help import PageHelp
from svg_studio.ui.shell.remembered import bring_back, remember, state_of
from svg_studio.ui.shell.status_bar import LANES, StatusBar
from svg_studio.ui.shell.title import Title
from svg_studio.ui.shell.tour import Tour, steps
from svg_studio.ui.shell.tray import Tray
from svg_studio.ui.style import theme
from svg_studio.ui.video.playback import SPEEDS
from svg_studio.ui.widgets.action_banner import ActionBanner
from svg_studio.ui.widgets.banner import dismiss_one
from svg_studio.ui.widgets.controls import open_dialog
from svg_studio.ui.widgets.layouts import boxed, column, row, split
from svg_studio.ui.widgets.page_area import PageArea

if TYPE_CHECKING:
    from svg_studio.ui.data.page import DataPage
    from svg_studio.ui.evaluate.page import EvaluatePage
    from svg_studio.ui.runs.page import RunsPage
    from svg_studio.ui.train.page import TrainPage

    Page = FuturesPage | TrainPage | DataPage | EvaluatePage | RunsPage

# Key, also the icon's name, and title.
PAGES = (("futures", "Futures"), ("train", "Train"), ("data", "Data"), ("evaluate", "Evaluate"), ("runs", "Runs"))
KEYS = tuple(key for key, _ in PAGES)
SMALLEST = QSize(960, 600)  # at which every page can be used
# Jobs that come and go every other second, or at every move of a hand, and are not worth a word.
QUIET = ("runs.library:scan", "runs.curves:follow", "sampling.steering:steer", "sampling.latent_use:measure")


TOUR_OFFER = "New here? A tour of five steps shows what this window can do."


class MainWindow(QMainWindow):
    """Paints itself first. Then it opens `model`, or the `demo`, and builds the pages that take time to import."""

    painted = Signal()  # once

    def __init__(
        self,
        training: Worker,
        studio: Worker,
        files: Worker,
        evaluation: Worker,
        *,
        demo: Path | None = None,
        model: Path | None = None,
    ) -> None:
        super().__init__()
        self.training, self.studio, self.files, self.evaluation = training, studio, files, evaluation
        self._lanes = dict(zip(LANES, (training, studio, files, evaluation), strict=True))
        self.demo, self._model = demo if demo is not None and demo.is_file() else None, model
        self._painted = self._leaving = self._unasked = False
        self.settings = Preferences()
        self._is_new = not self.settings.text("page")  # which every window leaves behind
        self.title = Title(self)
        self.setAcceptDrops(True)
        self.futures = FuturesPage(studio)
        self.train: TrainPage | None = None  # this page and the next two are made once the window has been painted
        self.data: DataPage | None = None
        self.evaluate: EvaluatePage | None = None
        self.runs: RunsPage | None = None
        self.tour: Tour | None = None
        self.pages: dict[str, Page] = {"futures": self.futures}
        self.log_pane = LogPane()
        self.status = StatusBar()
        self.navigation = Navigation()
        self.stack = QStackedWidget()
        self._blanks = {key: QWidget() for key in KEYS[1:]}
        self.tray = Tray(self)
        self.notifier = Notifications(self, self.tray, self.settings)
        self.awake = KeepAwake(self.settings, self)
        self.tray.stop_wanted.connect(self._stop_training)
        self._lay_out()
        self.menus = Menus(self, [title for _, title in PAGES])
        self.overlay = BusyOverlay(self)
        self._restore()
        training.happened.connect(self.tray.on_event)
        for lane in self._lanes.values():
            lane.happened.connect(self._on_event)

    def _lay_out(self) -> None:
        for key, title in PAGES:
            self.navigation.add(title, key)
            self.stack.addWidget(self._blanks.get(key, self.futures))
        self.navigation.chosen.connect(self.show_page)
        self.futures.train_wanted.connect(self._show_train)
        self.down = split(PageArea(self.stack), self.log_pane, sizes=(600, 140), weights=(1,), down=True, handle=-1)
        self.offer = ActionBanner()
        right = boxed(column(self.down, gap=0, stretch=self.down))
        self.offer.float_over(right, self._pictures)
        self.stack.currentChanged.connect(lambda _: self.offer.settle())
        across = row(self.navigation, right, gap=0, stretch=right)
        self.setCentralWidget(boxed(column(across, self.status, gap=0, stretch=across)))
        self.log_pane.hide()
        self.show_page(0)

    def _restore(self) -> None:
        self.resize(1280, 800)
        self.restoreGeometry(self.settings.blob("geometry"))
        self._fit_screen()
        self.futures.transport.set_speed(self.settings.number("speed", SPEEDS, 1.0))
        self.show_log(self.settings.flag("log"))
        if self._model is None:  # its page, or the blank that stands in for it, is there from the first moment
            self.show_page(KEYS.index(self.settings.choice("page", KEYS, "futures")))

    def _fit_screen(self) -> None:
        """No larger than the screen it opens on, and wholly on it, with its frame as far as that is known."""
        room, frame = self.screen().availableGeometry(), self.frameGeometry()
        most = room.size() - (frame.size() - self.size())
        self.setMinimumSize(SMALLEST.boundedTo(most))
        if self.isMaximized() or self.isFullScreen():
            return
        size = self.size().boundedTo(most)
        whole = QRect(frame.topLeft(), frame.size() - self.size() + size)
        x = min(max(whole.x(), room.left()), room.right() + 1 - whole.width())
        y = min(max(whole.y(), room.top()), room.bottom() + 1 - whole.height())
        self.resize(size)
        self.move(x, y)  # of the frame

    # ---- after the first paint

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._after_paint)

    def _after_paint(self) -> None:
        self._fit_screen()  # now that it has a frame
        self.painted.emit()
        left = state_of(self.settings, "futures")
        if self._model is not None:
            self.futures.restore({name: value for name, value in left.items() if name != "model"})
            self.open_model(str(self._model))
        else:
            self.futures.otherwise = self.demo
            if not self.futures.restore(left) and self.demo is not None:
                self.futures.open_model(self.demo, "drawn")
        QTimer.singleShot(0, self._add_slow_parts)

    def _add_slow_parts(self) -> None:
        if self._leaving:
            return
        from svg_studio.ui.shell.slow_pages import add_slow_pages

        self.futures.make_plots()
        add_slow_pages(self)
        assert self.data is not None
        assert self.runs is not None
        apply_settings.restore(self)
        self.runs.rescan()  # whether one of them was interrupted
        self.status.watch_memory()
        self.data.inspect_once()  # what is converted can be chosen on the other pages too
        if self._is_new:
            self._offer_tour()

    def put(self, key: str, page: Page) -> None:
        """Replaces the blank that stood in for a page."""
        self.pages[key] = page
        bring_back(self.settings, key, page)
        shown = self.stack.currentIndex()
        blank = self._blanks.pop(key)
        self.stack.insertWidget(KEYS.index(key), page)
        if KEYS[shown] == key:
            self.stack.setCurrentWidget(page)  # before the blank goes, lest another page is seen for a moment
        self.stack.removeWidget(blank)
        blank.deleteLater()

    # ---- pages and models

    def show_page(self, number: int) -> None:
        """Shows page `number` of the navigation."""
        self.stack.setCurrentIndex(number)
        self.navigation.select(number)
        if number != 0 and self.offer.text == TOUR_OFFER:
            self.offer.withdraw()  # who goes on alone needs none
        if number == 0:
            self.futures.setFocus()  # so that space plays and arrows step, whatever was clicked on the way here

    def open_model(self, path: str) -> None:
        """Opens a checkpoint on the Futures page."""
        self.show_page(0)
        self.futures.open_model(path)

    def resume_run(self, run: str, epochs: int = 0) -> None:
        """Goes on with a run on the Train page."""
        self._show_train()
        if self.train is not None:
            self.train.resume(run, epochs)

    def extend_run(self, run: str) -> None:
        self._show_train()
        if self.train is not None:
            self.train.extend(run)

    def train_on(self, data: DataConfig) -> None:
        self._show_train()
        if self.train is not None:
            self.train.train_on(data)

    def duplicate(self, config: TrainConfig) -> None:
        self._show_train()
        if self.train is not None:
            self.train.settings.take(config)

    def evaluate_models(self, paths: list[str]) -> None:
        self.show_page(KEYS.index("evaluate"))
        if self.evaluate is not None:
            self.evaluate.add_models(paths)

    def choose_model(self) -> None:
        """Asks for a checkpoint."""
        self.show_page(0)
        self.futures.choose_model()

    def open_export(self, path: str) -> None:
        """Shows again the futures that a file was exported with."""
        self.show_page(0)
        self.futures.open_export(path)

    def choose_export(self) -> None:
        """Asks for such a file."""
        self.show_page(0)
        self.futures.choose_export()

    def open_demo(self) -> None:
        """Opens the checkpoint that comes with the program."""
        self.show_page(0)
        if self.demo is not None:
            self.futures.open_model(self.demo, "drawn")

    def export(self) -> None:
        """Asks how the futures on the wall are to be written."""
        self.show_page(0)
        self.futures.export()

    def compare(self) -> None:
        """Opens the window in which models are compared."""
        self.show_page(0)
        self.futures.compare()

    def _pictures(self) -> tuple[QWidget, ...]:
        """What the window's own offer lies over: on every page where the page's messages do."""
        shown = self.pages.get(KEYS[self.stack.currentIndex()])
        return shown.pictures if shown is not None else (self.stack,)

    def _show_train(self) -> None:
        self.show_page(1)

    def show_clip(self, data: DataConfig, split: str, index: int) -> None:
        self.show_page(0)
        self.futures.show_clip(data, split, index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # What no page had a use for.
        if event.key() != Qt.Key.Key_Escape or not dismiss_one(self):
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _local(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if paths := _local(event):
            event.acceptProposedAction()
            self._take(paths)

    def _take(self, paths: list[Path]) -> None:
        """Opens what was dropped, or says why not."""
        comparing = self.evaluate is not None and self.stack.currentWidget() is self.evaluate
        if comparing and all(recognise(path).kind == "model" for path in paths):
            self.evaluate_models([str(path) for path in paths])
            return
        found = gather(paths)
        if found.sentence:
            self.status.say(found.sentence)
        if found.kind == "model":
            self.open_model(str(found.paths[0]))
        elif found.kind == "export":
            self.open_export(str(found.paths[0]))
        elif found.kind and self.data is None:
            self.status.say("The Data page is still being made: drop it again in a moment.")
        elif found.kind and self.data is not None:
            self.show_page(KEYS.index("data"))
            self.data.use_files(found.kind, [str(path) for path in found.paths])

    # ---- events

    def _on_event(self, job: Job, event: Event) -> None:
        if job.target not in QUIET or isinstance(event, Failed):
            said_by = self.sender()
            self.status.on_event(job, event, lane=next(name for name, lane in self._lanes.items() if lane is said_by))
            log_event(job, event)
        if job.target not in QUIET:
            self.notifier.on_event(job, event)
        self.awake.on_event(job, event)
        self.title.on_event(job, event)
        for page in list(self.pages.values()):
            page.on_event(job, event)

    # ---- what the menus do

    def open_log_folder(self, folder: str) -> None:
        """Lists the runs of `folder`."""
        self.show_page(KEYS.index("runs"))
        if self.runs is not None:
            self.runs.open_folder(folder)

    def open_data_folder(self, folder: str) -> None:
        """Shows the data sets of `folder`."""
        self.show_page(KEYS.index("data"))
        if self.data is not None:
            self.data.set_data_root(folder)

    def show_log(self, on: bool) -> None:
        """Shows the log pane, or folds it away."""
        self.menus.log.setChecked(on)
        self.log_pane.setVisible(on)

    def fill_screen(self, on: bool) -> None:
        """The whole screen, or a window again."""
        state, full = self.windowState(), Qt.WindowState.WindowFullScreen
        self.setWindowState(state | full if on else state & ~full)
        self.menus.full_screen.setChecked(on)

    def choose_scheme(self, scheme: str) -> None:
        """Dresses the window in one of theme.SCHEMES."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app, scheme)
        self.settings.put("scheme", scheme)

    def show_settings(self) -> None:
        """The dialog of all settings."""
        apply_settings.show(self)

    def show_page_help(self) -> None:
        """What the page's pictures mean, and its keys."""
        key, title = PAGES[self.stack.currentIndex()]
        page = self.pages.get(key)
        if page is not None:
            for older in self.findChildren(PageHelp):
                older.close()
            PageHelp(key, title, page, _entries(self.menuBar()), self).show()

    def show_guide(self) -> None:
        """The guide that comes with the program."""
        GuideDialog(guide(), self).show()

    def start_tour(self) -> None:
        """Shows a newcomer round, on the demo where no model is open."""
        self.show_page(0)
        if self.futures.model_path is None and self.demo is not None:
            self.open_demo()
        if self.tour is not None:
            self.tour.leave()
        if self.offer.text == TOUR_OFFER:
            self.offer.withdraw()
        self.tour = Tour(self, steps(self))
        self.tour.destroyed.connect(self._forget_tour)

    def _offer_tour(self) -> None:
        """To who opens the program for the first time."""
        self.offer.make(TOUR_OFFER, {"Start the tour": self.start_tour, "Not now": lambda: None})

    def _forget_tour(self) -> None:
        self.tour = None

    def show_about(self) -> None:
        """What this program is, and what to cite."""
        open_dialog(AboutDialog(self))

    # ---- leaving

    @property
    def is_keeping(self) -> bool:
        """Whether a model is being trained, which is to be kept."""
        return self.train is not None and self.train.is_training

    def leave(self) -> None:
        """Closes without a question, as a signal from outside asks for; what is being trained is kept."""
        self._unasked = True
        if self.tray.holds:
            self.tray.back()  # the end of a hidden window would not be that of the program
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._leaving:
            answer = close_dialog.Answer.STOP
            if self.train is not None and self.is_keeping and not self._unasked:
                answer = self._ask_to_close(self.train)
            if answer is not close_dialog.Answer.STOP:
                event.ignore()
                if answer is close_dialog.Answer.KEEP:
                    self.tray.take()
                return
            self._remember()
            self._begin_leaving()
        if any(lane.isRunning() for lane in self._lanes.values()):
            event.ignore()  # the last lane to end closes the window again
            self.overlay.cover("Finishing the step…")
            return
        self.log_pane.detach()
        event.accept()

    def _ask_to_close(self, train: TrainPage) -> close_dialog.Answer:
        if train.lost is not None:
            answer = close_dialog.ask_lost(self, train.lost)
            if answer is close_dialog.Answer.CANCEL:
                self._show_train()
            return answer
        queue = train.queue.queue
        return close_dialog.ask(self, tray=self.tray.available, waiting=queue.waiting, kept=queue.is_kept)

    def _stop_training(self) -> None:
        if self.train is not None:
            self.train.stop()

    def _begin_leaving(self) -> None:
        self._leaving = True
        if self.train is not None:
            self.train.leave()
        for lane in self._lanes.values():
            lane.finished.connect(self.close)
            lane.shutdown()

    def _remember(self) -> None:
        self.settings.put("geometry", self.saveGeometry())
        self.settings.put("page", KEYS[self.stack.currentIndex()])
        self.settings.put("speed", self.futures.playback.speed)
        self.settings.put("log", self.menus.log.isChecked())
        for key, page in self.pages.items():
            remember(self.settings, key, page)
        self.settings.save()


def _entries(bar: QMenuBar) -> list[QAction]:
    """All entries of the menus."""
    menus = [menu for act in bar.actions() if (menu := act.menu()) is not None]
    return [act for menu in menus if isinstance(menu, QMenu) for act in menu.actions()]


def _local(event: QDropEvent) -> list[Path]:
    """The files and folders that are being dropped."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
