"""The form of the Evaluate page: models, data and the protocol's settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from svg_studio.engine.config import MAX_MODELS, ConfigError, DataConfig, EvaluateConfig, TrainConfig
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.events import DatasetInspected
from svg_studio.paths import default_log_dir
from svg_studio.ui.converted_sets import DIGITS, ConvertedSets
from svg_studio.ui.evaluate.models_list import ModelsList
from svg_studio.ui.evaluate.results_file import NAME
from svg_studio.ui.widgets.controls import combo_box, enable, heading, refill
from svg_studio.ui.widgets.file_dialogs import open_file
from svg_studio.ui.widgets.form import ConfigForm
from svg_studio.ui.widgets.layouts import column

BASIC = ("split", "n_past", "n_future", "nsample", "N", "seed", "ssim", "log_dir")
OWN_EDITORS = {"model_path", "data"}  # settings that the form does not show
SSIMS = {"both": "both conventions", "literature": "the literature's: 11×11 Gaussian", "original": "the original's: 7×7, range 2"}
SPECIAL: dict[str, tuple[int | str, str]] = {  # what an empty field means
    "n_past": (0, "as the model"),
    "n_future": (0, "as the model"),
    "lpips_weights": ("", "those in torch.hub's cache"),
}
KEPT = (
    "split",
    "n_past",
    "n_future",
    "nsample",
    "N",
    "batch_size",
    "seed",
    "ssim",
    "lpips_weights",
    "device",
    "precision",
    "batch_stats",
)
MAX_BYTES = 1 << 20  # of a run's config.json


class EvaluateSettings(QWidget):
    """`changed` after every edit. `config` is what is asked for, None while `reason` says why there is nothing to start."""

    changed = Signal()

    def __init__(self, demo: Path | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sets = ConvertedSets()
        self._known: dict[str, Mapping[str, Any]] = {}  # path of a model → its ModelConfig, as far as it was heard of
        self._own: dict[str, Mapping[str, Any]] = {}  # path of a model → the DataConfig it was trained with, likewise
        self.models = ModelsList(demo)
        tip = "Clips of which set; all models are given the same ones. Listed is what fits the first model."
        self.source = combo_box("Data set", tip=tip)
        self.source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.form = ConfigForm(
            EvaluateConfig,
            basic={*BASIC, *OWN_EDITORS},
            own_title="Protocol",
            choices={"ssim": SSIMS},
            words={"log_dir": "Results folder"},
            check=self._problems,
        )
        self.form.show_only("", {f.name for f in fields(EvaluateConfig)} - OWN_EDITORS)
        for name, (value, words) in SPECIAL.items():
            self.form.fields[name].set_special(value, words)
        weights = self.form.fields["lpips_weights"]
        weights.row.addWidget(weights.browse_button("file", self._choose_weights, short=True))
        parts = (self.models, heading("Data", self.source), self.source, self.form)
        column(*parts, on=self, gap=8, margins=(0, 0, 8, 0), stretch=self.form)
        self.models.changed.connect(self._on_models)
        self.source.currentIndexChanged.connect(self._on_source)
        self.form.changed.connect(self._on_form)
        self._list_sources()
        self.propose_folder()

    @property
    def config(self) -> EvaluateConfig | None:
        """None while something is in error."""
        return self.form.config

    @property
    def data(self) -> dict[str, str] | None:
        """Single settings of the first model's data that are to be others."""
        digits = self.source.currentData()
        if digits not in DIGITS:
            return None
        return {"dataset": "smmnist", "digits": digits, **({"data_root": self._sets.data_root} if self._sets.data_root else {})}

    def reason(self) -> str:
        """Why there is nothing to start; nothing where there is."""
        return self.models.missing or self.form.reason() if self.models.paths else "Add one model or several."

    def add(self, paths: Iterable[str | Path]) -> None:
        """More models."""
        self.models.add(paths)

    def propose_folder(self) -> None:
        """A folder that is not there yet."""
        parent, number = default_log_dir() / "evaluations", 1
        while (parent / f"evaluation-{number}").exists():
            number += 1
        self.form.fields["log_dir"].set_value(str(parent / f"evaluation-{number}"))

    def learn(self, path: Path, model: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        """What kind of model (ModelConfig as plain data) lies at `path`, and what it was trained on (DataConfig likewise)."""
        self._known[str(path)], self._own[str(path)] = model, data
        self._list_sources()

    def set_found(self, found: DatasetInspected) -> None:
        """What lies on disk of a data set."""
        self._sets.put(found)
        self._list_sources()

    def set_enabled(self, enabled: bool, why: str = "") -> None:
        """Lock or free all of it, and say why; the folds still open."""
        self.models.set_enabled(enabled, why)
        enable(self.source, enabled, why)
        self.form.set_enabled(enabled, why)

    def state(self) -> dict[str, object]:
        """What `restore` takes: plain values. The folder is proposed anew each time."""
        values = self.form.values()
        return {"models": self.models.paths, "source": self.source.currentData(), **{name: values[name] for name in KEPT}}

    def restore(self, state: Mapping[str, object]) -> None:
        """As it was left; what is damaged, and models that are not there any more, are left out."""
        paths = state.get("models")
        for path in paths[:MAX_MODELS] if isinstance(paths, list) else ():
            if isinstance(path, str) and _is_there(path):
                self.models.add([path])
        sane = EvaluateConfig(model_path=("any",), log_dir="any").to_dict()
        for name in KEPT:
            try:
                EvaluateConfig.from_dict({**sane, name: state.get(name)})
            except ConfigError:
                continue
            self.form.fields[name].set_value(state[name])
        if (row := self.source.findData(state.get("source"))) >= 0:
            self.source.setCurrentIndex(row)

    def _on_models(self) -> None:
        self._list_sources()
        self.form.fix(model_path=self.models.paths)

    def _on_source(self) -> None:
        offer = self._sets.offers.get(self.source.currentData())
        self.form.fix(data=offer.data(self._sets.data_root).to_dict() if offer else None)

    def _on_form(self) -> None:
        self.models.show_error(self.form.problems.get("model_path", "") if self.models.paths else "")
        self.changed.emit()

    def _list_sources(self) -> None:
        """What fits the first model, or everything where it is not known what that is; the choice stays where it can."""
        refill(self.source, self._sets.sources("The first model's own", self._first()))
        self._on_source()

    def _first(self) -> Mapping[str, Any]:
        """The ModelConfig of the first model, if it is known."""
        if not self.models.paths:
            return {}
        path = self.models.paths[0]
        if path not in self._known:
            self._known[path], self._own[path] = _trained_as(Path(path))
        return self._known[path]

    def _problems(self, config: EvaluateConfig) -> dict[str, str]:
        """What only a look at the disk shows; field → sentence."""
        missing = self._missing(config)
        return {**_problems(config), **({"split": missing} if missing else {})}

    def _missing(self, config: EvaluateConfig) -> str:
        """Why the chosen data has no clips of the chosen split; nothing where it has some, or where that is not known."""
        model = self._first()
        own = self._own.get(self.models.paths[0], {}) if self.models.paths else {}
        try:
            data = config.data or DataConfig.from_dict({**own, **(self.data or {})})
        except ConfigError:
            return ""
        offer, entry = self._sets.offer_of(data, model), DATASETS.get(data.dataset)
        there = [split for split, count in offer.clips.items() if count] if offer else entry.splits if entry else ()
        if not there or config.split in there or not (own or self.data or config.data):
            return ""
        title = offer.title if offer else entry.title if entry else data.dataset
        return f"split={config.split}: {title} has no such clips; choose {' or '.join(there)}"

    def _choose_weights(self) -> None:
        if path := open_file(self, "AlexNet's weights for LPIPS", "weights", "Weights (*.pth *.pt);;All files (*)"):
            self.form.fields["lpips_weights"].set_value(path)


def _problems(config: EvaluateConfig) -> dict[str, str]:
    """What only a look at the disk shows; field → sentence."""
    try:
        folder = Path(config.log_dir).expanduser()
        if (folder / NAME).exists():
            return {"log_dir": f"log_dir={folder.name}: holds a finished evaluation; choose another folder"}
    except (OSError, RuntimeError, ValueError) as error:
        return {"log_dir": f"log_dir={config.log_dir}: is no folder that can be looked at ({error}); choose another one"}
    return {}


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def _trained_as(path: Path) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """ModelConfig and DataConfig as they lie beside a run's checkpoints; nothing where there are none to be read."""
    run = path.parent.parent if path.parent.name == "checkpoints" else path
    try:
        file = run / "config.json"
        if file.stat().st_size <= MAX_BYTES:
            config = TrainConfig.load(file)
            return config.model.to_dict(), config.data.to_dict()
    except (OSError, ConfigError, RecursionError):
        pass
    return {}, {}
