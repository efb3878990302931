"""The dialog that asks what to convert and how."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from svg_studio.engine.config import ConfigError, ConvertConfig
from svg_studio.engine.data.datasets.video_folders import VIDEOS
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.events import StoreFound
from svg_studio.ui.widgets.cards import Column, Line
from svg_studio.ui.widgets.controls import button, dialog_buttons, heading, label, show_text
from svg_studio.ui.widgets.form import ConfigForm
from svg_studio.ui.widgets.layouts import column, row
from svg_studio.ui.widgets.words import literal

RESERVED = ("mnist", "softmotion30_44k", "processed_data", "downloads", *(name for name in DATASETS if name != "videos"))
DEVICES = ("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)))  # no file names on Windows


class ConvertDialog(QDialog):
    """`wanted(ConvertConfig)` when it is accepted. With `own_files` the source is asked for, which else is where downloads go."""

    wanted = Signal(object)

    def __init__(
        self,
        name: str,
        data_root: str,
        *,
        own_files: bool,
        source: str = "",
        stores: Sequence[StoreFound] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._name, self._own_files = name, own_files
        self._stores = {(store.name, store.image_width): store for store in stores}
        self._proposed = ""
        self.setWindowTitle(f"Convert {DATASETS[name].title}")
        self.setMinimumWidth(600)
        self.form = ConfigForm(ConvertConfig, own_title="Settings", check=self._problems)
        self.form.fix(dataset=name, data_root=data_root)
        store = self.form.fields["store"].editor
        assert isinstance(store, QLineEdit)
        store.setPlaceholderText(name)
        self.target = Line("muted")
        self.note = label(role="muted", wrap=True)
        self.buttons, self.convert_button = dialog_buttons(self, "Convert", self._accept)
        self._lay_out()
        self.form.changed.connect(self._on_change)
        self._shown: set[str] = set()
        self._on_change()
        if source:
            self.set_source(source)

    def set_source(self, path: str) -> None:
        """The file or folder to read."""
        self.form.fields["source"].set_value(path)
        self.form.fields["source"].editor.setFocus()

    def go_on(self, store: StoreFound) -> None:
        """Accept what a conversion that was cut off was asked for."""
        if (config := begun_config(store, str(self.form.values()["data_root"]))) is not None:
            self.wanted.emit(config)
            self.accept()

    def _accept(self) -> None:
        if self.form.config is not None:
            self.wanted.emit(self.form.config)
            self.accept()

    def _on_change(self) -> None:
        self._propose()
        values = self.form.values()
        wanted = {*DATASETS[self._name].conversion} - ({"source"} if not self._own_files else set())
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
        show_text(self.note, "A conversion with other settings was cut off here; this one starts anew." if anew else "")
        self.convert_button.setEnabled(config is not None)
        self.convert_button.setToolTip(literal(self.form.reason()))

    def _propose(self) -> None:
        """A store's name after what is read, until somebody writes another."""
        field = self.form.fields["store"]
        if self._name != "videos" or field.value() != self._proposed:
            return
        source = str(self.form.fields["source"].value())
        self._proposed = propose_name(source) if source else ""
        if field.value() != self._proposed:
            with QSignalBlocker(self.form):
                field.set_value(self._proposed)

    def _problems(self, config: ConvertConfig) -> dict[str, str]:
        """What keeps a conversion from beginning, beyond what the settings say of themselves."""
        if self._own_files and not config.source:
            return {"source": f"source: choose {DATASETS[self._name].source_note}"}
        if config.source and not is_there(config.source):
            return {"source": f"source={config.source}: there is no such file or folder"}
        there = self._there(config.store, config.image_width)
        if there is not None and not config.replace:
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
            box.addWidget(label(f"Choose {DATASETS[self._name].source_note}. Nothing in it is changed.", "muted", wrap=True))
        area = Column(self.form)
        area.setMinimumHeight(330)
        box.addWidget(area, 1)
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
