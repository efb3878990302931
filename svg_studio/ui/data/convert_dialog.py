"""The dialog that asks what to convert and how."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QSignalBlocker, Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from svg_studio.engine.config import ConfigError, ConvertConfig
from svg_studio.engine.data.datasets.video_folders import VIDEOS
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.events import StoreFound
from svg_studio.ui.data.source_field import SourceField
from svg_studio.ui.data.source_preview import SourcePreview
from svg_studio.ui.widgets.cards import Column, Line
from svg_studio.ui.widgets.controls import button, dialog_buttons, heading, label, show_text, timer
from svg_studio.ui.widgets.form import ConfigForm
from svg_studio.ui.widgets.layouts import column, row
from svg_studio.ui.widgets.words import literal

RESERVED = ("mnist", "softmotion30_44k", "processed_data", "downloads", *(name for name in DATASETS if name != "videos"))
DEVICES = ("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)))  # no file names on Windows
PAUSE_MS = 300  # after the last change, before the files are looked at and judged
BASIC = ("source", "store", "image_width", "grey", "fit", "every", "camera", "replace")
FITS = {"crop": "its middle square, cropped", "squash": "all of it, squashed into a square"}
SEEN = ("image_width", "grey", "fit", "background", "depth", "every", "test_percent")  # what a look at the files depends on


class ConvertDialog(QDialog):
    """`wanted(ConvertConfig)` when it is accepted. With `own_files` the source is asked for, which else is where downloads go.

    `look_wanted(ConvertConfig)` asks what own videos would become; the answers go to `preview`. Nothing is called wrong before
    something was written, or Convert pressed.
    """

    wanted = Signal(object)
    look_wanted = Signal(object)
    look_unwanted = Signal()

    def __init__(
        self,
        name: str,
        data_root: str,
        *,
        own_files: bool,
        sources: Sequence[str] = (),
        stores: Sequence[StoreFound] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._name, self._own_files = name, own_files
        self._judging = self._ready = False  # whether mistakes are told; whether the dialog is set up
        self._looked: tuple[object, ...] = ()  # what the last look depended on
        self._stores = {(store.name, store.image_width): store for store in stores}
        self._proposed = ""
        self.setWindowTitle(f"Convert {DATASETS[name].title}")
        self.setMinimumWidth(620)
        self.source = SourceField(f"Choose {DATASETS[name].source_note}", several=name == "videos")
        self.preview = SourcePreview()
        self.form = ConfigForm(ConvertConfig, basic=BASIC, own_title="Settings", choices={"fit": FITS}, check=self._problems)
        self.form.fix(dataset=name, data_root=data_root)
        if name == "videos":  # phone videos are twice as high as wide; the literature's sets stay as they are known
            self.form.fields["fit"].set_value("crop")
        store = self.form.fields["store"].editor
        assert isinstance(store, QLineEdit)
        store.setPlaceholderText(name)
        self.target = Line("muted")
        self.note = label(role="muted", wrap=True)
        self.buttons, self.convert_button = dialog_buttons(self, "Convert", self._accept)
        self._pause = timer(self, PAUSE_MS, self._settle, once=True)
        self._soon = timer(self, 0, self._fit, once=True)
        self._needed = 0  # px of height with which all is seen, when that was looked at last
        self._lay_out()
        self.form.changed.connect(self._on_change)
        self.source.changed.connect(self._on_source)
        self._shown: set[str] = set()
        self._on_change()
        self._ready = True
        if sources:
            self.set_sources(sources)
        if own_files:
            self.source.lines.setFocus()

    def set_sources(self, paths: Sequence[str]) -> None:
        """The files and folders to read."""
        self.source.set_paths(paths)
        self._settle()

    def go_on(self, store: StoreFound) -> None:
        """Accept what a conversion that was cut off was asked for."""
        if (config := begun_config(store, str(self.form.values()["data_root"]))) is not None:
            self.wanted.emit(config)
            self.accept()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self._soon.start()  # when the layout has done what was asked for
        return super().event(event)

    def _fit(self) -> None:
        """As high as all of it needs, where that has changed, and not beyond the screen; else as a person has drawn it."""
        inner, seen = self.form, self.area.viewport()
        short = inner.sizeHint().height() - seen.height()
        needed = self.height() + short + self.source.missing() if self._own_files else self.height() + short
        if needed == self._needed:
            return
        self._needed = needed
        screen = self.screen().availableGeometry()
        frame = self.frameGeometry().height() - self.height()
        if needed > self.height():
            self.resize(self.width(), min(needed, screen.height() - frame))
            self._soon.start()  # what lies above the settings may have taken some of it
            below = self.frameGeometry().bottom() - screen.bottom()
            if below > 0:
                self.move(self.x(), max(self.y() - below, screen.top()))

    def done(self, result: int) -> None:
        self._pause.stop()
        self.look_unwanted.emit()
        super().done(result)

    def _accept(self) -> None:
        self._judging = True
        self.form.recheck()
        self._judge()
        if self.form.config is not None:
            self.wanted.emit(self.form.config)
            self.accept()
        elif self.source.error:
            self.source.lines.setFocus()

    def _on_source(self) -> None:
        paths = self.source.paths()
        self._judging = self._judging or self._ready
        self.form.fix(source=paths if len(paths) > 1 else next(iter(paths), ""))
        self.source.set_error("")
        self._pause.start()

    def _settle(self) -> None:
        """Nobody has written for a moment: say what is wrong, and look at what is there."""
        self._pause.stop()
        self._judge()
        if self._name != "videos":
            return
        try:
            config = ConvertConfig.from_dict({**self.form.values(), "store": "", "replace": True})
        except ConfigError:
            config = None
        if config is None or not config.sources or self.source.error:
            self._looked = ()
            self.preview.forget()
            self.look_unwanted.emit()
            return
        seen = (config.sources, *(getattr(config, name) for name in SEEN))
        if seen != self._looked:
            self._looked = seen
            self.preview.begin(config.image_width)
            self.look_wanted.emit(config)

    def _judge(self) -> None:
        """Says beside the sources what is wrong with them, once something was written."""
        self.source.set_error((self._lacking() or self.form.problems.get("source", "")) if self._judging else "")

    def _lacking(self) -> str:
        """What to choose, where nothing is chosen yet."""
        return f"Choose {DATASETS[self._name].source_note}." if self._own_files and not self.source.paths() else ""

    def _on_change(self) -> None:
        self._judging = self._judging or self._ready
        self._propose()
        values = self.form.values()
        wanted = {*DATASETS[self._name].conversion} - {"source"}  # which has a field of its own
        if self._there(values["store"], values["image_width"]) is not None:
            wanted.add("replace")
        if wanted != self._shown:
            self._shown = wanted
            self.form.show_only("", wanted)  # which comes back here once more
            return
        folder = _folder(values["data_root"], values["store"] or self._name, values["image_width"])
        self.target.setText(f"The clips go to {folder}")
        cut_off = self._stores.get((values["store"] or self._name, values["image_width"]))
        config = self.form.config
        anew = config is not None and cut_off is not None and not cut_off.finished and not _same(config, cut_off)
        note = "A conversion with other settings was cut off here; this one starts anew." if anew else ""
        there = self._there(values["store"], values["image_width"])
        if there is not None and not self._judging:
            note = f"{there} is there already: write another name, or tick replace."
        show_text(self.note, note)
        reason = (self._lacking() or self.form.reason()) if self._judging else ""
        self.convert_button.setEnabled(not reason)
        self.convert_button.setToolTip(literal(reason or "Convert these files; it goes on while you do other things"))
        if self._ready:
            self._pause.start()

    def _propose(self) -> None:
        """A store's name after what is read, until somebody writes another."""
        field = self.form.fields["store"]
        if self._name != "videos" or field.value() != self._proposed:
            return
        first, *others = self.source.paths() or ("",)
        name = propose_name(first) if first else ""
        self._proposed = f"{name} and {len(others)} more" if others else name
        if field.value() != self._proposed:
            with QSignalBlocker(self.form):
                field.set_value(self._proposed)

    def _problems(self, config: ConvertConfig) -> dict[str, str]:
        """What keeps a conversion from beginning, beyond what the settings say of themselves."""
        if lacking := self._lacking():
            return {"source": lacking}
        if gone := [path for path in config.sources if not is_there(path)]:
            return {"source": f"{gone[0]}: there is no such file or folder"}
        there = self._there(config.store, config.image_width)
        if there is not None and not config.replace and self._judging:
            return {"store": f"{there}: is there already; write another name, or tick replace"}
        return {}

    def _there(self, store: str, image_width: int) -> Path | None:
        """The store that such a conversion would meet."""
        folder = _folder(self.form.values()["data_root"], store or self._name, image_width)
        return folder if is_there(str(folder)) else None

    def _lay_out(self) -> None:
        box = column(on=self, gap=10, margins=(20, 16, 20, 16))
        for store in self._stores.values():
            if not store.finished:
                words = label(f"The conversion into {store.name}, {store.image_width} px, was cut off.", wrap=True)
                tip = "With the settings it was begun with, where it stopped"
                again = button("Go on", partial(self.go_on, store), tip, name=f"Go on with {store.name}")
                box.addLayout(row(words, again, stretch=words))
        if self._own_files:
            box.addWidget(heading(f"Files of {DATASETS[self._name].title}" if self._name != "videos" else "Videos or images"))
            box.addWidget(label(f"Choose {DATASETS[self._name].source_note}. Your files stay as they are.", "muted", wrap=True))
            box.addWidget(self.source)
        if self._name == "videos":
            box.addWidget(self.preview)
        self.area = Column(self.form)
        self.area.setMinimumHeight(190)
        box.addWidget(self.area, 1)
        for widget in (self.note, self.target, self.buttons):
            box.addWidget(widget)


def begun_config(store: StoreFound, data_root: str) -> ConvertConfig | None:
    """What a conversion that was cut off was asked for, below where it lies now; None where that cannot be read."""
    try:
        return ConvertConfig.from_dict({**store.settings, "data_root": data_root})
    except ConfigError:
        return None


def propose_name(source: str) -> str:
    """A name for a store of the videos in `source`, one that every system takes for a folder."""
    path = Path(source.rstrip("/\\"))
    own = path.stem if path.suffix.lower() in VIDEOS else path.name
    name = "".join("-" if c in '/\\:*?"<>|' or ord(c) < 32 else c for c in own)
    name = name.strip(" .")[:80].strip(" .") or "videos"
    return f"{name}-videos" if name.casefold() in RESERVED or name.casefold().split(".")[0] in DEVICES else name


def is_there(path: str) -> bool:
    """Whether there is such a file or folder; what cannot be a path is not."""
    try:
        return Path(path).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # a name too long, a null character, the home of nobody
        return False


def _folder(data_root: str, store: str, image_width: int) -> Path:
    return Path(data_root) / store / f"store-{image_width}"


def _same(config: ConvertConfig, store: StoreFound) -> bool:
    """Whether `config` goes on with what was cut off."""
    indifferent = ("replace", "png", "damaged", "data_root")
    asked, begun = config.to_dict(), {**store.settings}
    return all(asked[name] == begun.get(name, asked[name]) for name in asked if name not in indifferent)
