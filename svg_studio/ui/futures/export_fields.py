"""The fields of the export dialog: which futures, what stands beside them, format, look and file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QSizePolicy, QWidget

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.export.grid import Tile
from svg_studio.engine.export.names import suggested
from svg_studio.engine.export.registry import EXPORTERS, suffixes
from svg_studio.ui import recents
from svg_studio.ui.futures.export_choices import BESIDE, Choice
from svg_studio.ui.futures.figure_fields import FigureFields
from svg_studio.ui.widgets.controls import button, check_box, combo_box, decimal_box, enable, label, named, spin_box
from svg_studio.ui.widgets.file_dialogs import save_file
from svg_studio.ui.widgets.layouts import row
from svg_studio.ui.widgets.path_edit import FileEdit

TIPS = {
    "truth": "The clip as the data set holds it",
    "posterior": "Approximate posterior: the model's own predictions fed back, z taken from the posterior of the true frames",
    "mean": "Mean of all futures on the wall",
    "spread": "Twice the standard deviation over all futures; bright where they disagree",
}


class ExportFields(QWidget):
    """`changed` when something else would be written; `named` when the file alone has another name."""

    changed = Signal()
    renamed = Signal()

    def __init__(self, choices: Mapping[str, Choice], beside: Mapping[str, Tile], stem: str, about: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.choices, self._tiles_beside, self._stem = dict(choices), dict(beside), stem
        self._about = about
        self._ticked = {title: set(choice.beside & beside.keys()) for title, choice in choices.items()}
        self._proposed = ""  # the path that was proposed last; another one is the person's
        self.setMinimumWidth(400)
        self._make()
        self._lay_out()
        self._on_what()
        self._on_format()
        self.what.currentIndexChanged.connect(self._on_what)
        self.rates.currentIndexChanged.connect(self._adapt)
        for spin in (self.fps, self.scale, self.columns):
            spin.valueChanged.connect(self._adapt)
        self.format.currentIndexChanged.connect(self._on_format)
        self.path.textChanged.connect(self._on_path)
        self.figure.changed.connect(self._on_figure)

    def _make(self) -> None:
        self.what = combo_box("What", ((title, title) for title in self.choices))
        self.format = combo_box("Format", ((entry.title, key) for key, entry in EXPORTERS.items()))
        self.beside: dict[str, QCheckBox] = {}
        for name in BESIDE:
            self.beside[name] = check_box(name.capitalize(), self._on_beside, TIPS[name], name=f"{name.capitalize()} beside them")
            enable(
                self.beside[name], name in self._tiles_beside, "Not there yet: it is complete with the last frame of all futures."
            )
        self.purpose = label(role="muted", wrap=True)
        self.purpose.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.purpose.setMinimumHeight(2 * self.purpose.fontMetrics().lineSpacing())
        self.fps = decimal_box("Frames a second", 0.5, 100.0, 10.0, suffix=" frames/s")
        self.rates = combo_box("Frames a second", tip="The rates that whole hundredths of a second a frame can express")
        self.scale = spin_box("Enlargement", 1, 16, 2, "Pixels of the file, each way, to one of the model", suffix="×")
        self.columns = spin_box("Tiles in a row", 0, 40, 0)
        self.columns.setSpecialValueText("nearly square")
        tip = "Seed and mean SSIM of each future below its tile, the same at any size"
        self.captions = check_box("Captions", self._adapt, tip, checked=True)
        tip = "Green while a frame is given, red once it is imagined"
        self.borders = check_box("Green and red borders", self._adapt, tip, checked=True)
        self.figure = FigureFields(self)
        self.path = named(FileEdit(), "File", "The file to write; one that is there is replaced only after asking")
        self.note = label(role="muted", wrap=True, name="About the file")
        self.note.setMinimumHeight(self.note.fontMetrics().lineSpacing())
        self.estimated = label("–", name="Estimated size")

    def _lay_out(self) -> None:
        self._form = form = QFormLayout(self, labelAlignment=Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(9)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow("What", self.what)
        form.addRow("Beside them", row(*self.beside.values(), None, gap=12))
        form.addRow("Format", self.format)
        form.addRow("", self.purpose)
        self.rate_row = row(self.fps, self.rates)
        form.addRow("Rate", self.rate_row)
        form.addRow("Enlargement", self.scale)
        form.addRow("Tiles in a row", self.columns)
        self.figure.add_to(form)
        form.addRow("Marks", row(self.captions, self.borders, None, gap=16))
        form.addRow("File", row(self.path, button("Choose…", self.choose_path, "Choose folder and name"), gap=8, stretch=self.path))
        form.addRow("", self.note)
        form.addRow("Size, about", self.estimated)

    # ---- what they say

    def config(self, *, overwrite: bool = False) -> ExportConfig:
        """The settings shown. Raises ConfigError."""
        return ExportConfig(
            path=self.path.text().strip(),
            format=self.format.currentData(),
            fps=self.rate,
            scale=self.scale.value(),
            columns=self.columns.value(),
            captions=self.captions.isChecked(),
            borders=self.borders.isChecked(),
            overwrite=overwrite,
            about=self._about,
            **self.figure.values(),
        )

    @property
    def rate(self) -> float:
        """Frames a second."""
        choices = EXPORTERS[self.format.currentData()].fps_choices
        return float(self.rates.currentData()) if choices else self.fps.value()

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """What is to be written, what stands beside the futures first."""
        ticked = self._ticked[self.what.currentData()]
        return (*(self._tiles_beside[name] for name in BESIDE if name in ticked), *self.choices[self.what.currentData()].tiles)

    def choose_path(self) -> None:
        """Asks for the file; whether to replace one is asked when it is written."""
        entry = EXPORTERS[self.format.currentData()]
        path = save_file(self, "Export to", "export", self.path.text(), f"{entry.title} (*{self._suffix})", confirm=False)
        if path:
            self.path.setText(path)

    # ---- the file's name

    def take_name(self, path: Path) -> None:
        """A free name in place of the one proposed, which is taken; one that the person wrote is left as it is."""
        if self.path.text() == self._proposed:
            self._propose(path)

    def tell(self, there: bool) -> None:
        """Whether a file of that name is there."""
        self.note.setText("There is a file of this name: Export asks before it replaces it." if there else "")

    def _propose(self, path: Path) -> None:
        self._proposed = str(path)
        self.path.setText(self._proposed)

    @property
    def _suffix(self) -> str:
        """The file's, as the format has it."""
        return EXPORTERS[self.format.currentData()].suffix_of(self.figure.kind.currentData())

    def _name(self) -> None:
        """The name of what is chosen, as long as the person has not written another; the suffix is always the format's."""
        suffix, written = self._suffix, self.path.text().strip()
        if written == self._proposed:
            folder = Path(written).parent if written else Path(recents.place("export", _folder()))
            self._propose(folder / f"{suggested(self._stem, self.choices[self.what.currentData()].name)}{suffix}")
        elif written:
            path = Path(written)
            known = path.suffix.lower() in suffixes()
            self.path.setText(f"{path.with_suffix('') if known else path}{suffix}")

    # ---- what follows from what

    def _on_path(self) -> None:
        self.note.setText("")
        self.renamed.emit()

    def _on_what(self) -> None:
        for name, box in self.beside.items():
            with QSignalBlocker(box):
                box.setChecked(name in self._ticked[self.what.currentData()])
        self._name()
        self._adapt()

    def _on_beside(self) -> None:
        self._ticked[self.what.currentData()] = {name for name, box in self.beside.items() if box.isChecked()}
        self._adapt()

    def _on_figure(self) -> None:
        self._name()
        self._adapt()

    def _on_format(self) -> None:
        entry = EXPORTERS[self.format.currentData()]
        wished = self.rates.currentData() or self.fps.value()
        with QSignalBlocker(self.rates):
            self.rates.clear()
            for rate in sorted(entry.fps_choices):
                self.rates.addItem(f"{rate:g} frames/s", rate)
            if entry.fps_choices:
                nearest = min(entry.fps_choices, key=lambda rate: abs(rate - wished))
                self.rates.setCurrentIndex(self.rates.findData(nearest))
        is_figure = self.format.currentData() == "figure"
        self._show_rows(is_figure)
        self.rates.setVisible(bool(entry.fps_choices))
        self.fps.setVisible(not entry.fps_choices and not is_figure)
        enable(self.fps, entry.moving, "Nothing moves in this format.")
        self.purpose.setText(entry.purpose)
        self._name()
        self._adapt()

    def _show_rows(self, of_figure: bool) -> None:
        """A figure's own rows, or in their place those that it has no use for."""
        others = (self.rate_row, self.scale, self.columns)
        # Hidden first: Qt lays out what is shown at once, and a dialog that had room for both would stay as large.
        for rows, on in sorted(((self.figure.rows, of_figure), (others, not of_figure)), key=lambda part: part[1]):
            for line in rows:
                self._form.setRowVisible(line, on)

    def _adapt(self) -> None:
        """What a strip or an array has no use for is greyed out."""
        key = self.format.currentData()
        for field in (self.scale, self.captions, self.borders):
            enable(field, key != "npz", "Arrays hold the frames as the model made them.")
        moving = EXPORTERS[key].moving
        why = "There is one tile." if moving else "Here every tile is a row of its own."
        enable(self.columns, moving and len(self.tiles) > 1, why)
        self.changed.emit()


def _folder() -> str:
    """The person's folder for videos where there is one."""
    videos = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)
    return videos if videos and Path(videos).is_dir() else str(Path.home())
