"""The bar above the wall: model, clip, data and seeds."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QSpinBox, QWidget

from svg_studio.engine.config import DataConfig, FuturesConfig
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.utils.wording import shown
from svg_studio.ui.converted_sets import OWN, ConvertedSets, Offer, misfit
from svg_studio.ui.futures.model_choice import ModelChoice
from svg_studio.ui.futures.origin import data_title, own_data
from svg_studio.ui.widgets.controls import Act, IconButton, button, combo_box, enable, label, refill, spin_box
from svg_studio.ui.widgets.layouts import column, row
from svg_studio.ui.widgets.words import literal

LIMITS = {"index": (0, 999_999_999), "n_past": (1, 1000), "n_future": (1, 1000), "n_futures": (1, 400), "seed": (0, 2_000_000_000)}
OTHER = "other"  # the key of clips that are not in the list
NAMES = {"n_past": "Given frames", "n_future": "Imagined frames", "n_futures": "Number of futures"}  # for screen readers
TIPS = {f.name: f"{f.metadata['tip']} ({f.name})" for f in fields(FuturesConfig)}
MANY = 10_000  # random clips of a set that makes as many as asked for


class FuturesToolbar(QWidget):
    """`changed` when a setting that calls for other futures changed; the other signals are its buttons."""

    changed = Signal()
    sample = Signal()
    open_model = Signal()
    export = Signal()
    compare = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.clip_count = 0  # of the chosen data and split; 0: as many as asked for
        self.sets = ConvertedSets()
        self.device = self.precision = "auto"  # as in the settings of the window
        self._other: DataConfig | None = None  # data that is not in the list, as another page asked for
        self._where = ""  # which page

        self.choice = ModelChoice()
        self.model = self.choice.name
        self.choice.open_model.connect(self.open_model)
        self.index = _spin("index", 78)
        self.n_past, self.n_future, self.n_futures = (_spin(name, 56) for name in ("n_past", "n_future", "n_futures"))
        self.seed = _spin("seed", 84)
        self.split = combo_box("Split")
        self.source = combo_box("Data set", tip="Where clips come from")
        self.source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.sample_button = button("Sample", self.sample, "Imagine the futures anew", primary=True)
        self.export_button = button(
            "Export…", self.export, "Write futures as a video, a page with a player, a picture or arrays (Ctrl+E)"
        )
        tip = "Several models, or a run's snapshots, on this clip with the same seeds (Ctrl+M)"
        self.compare_button = button("Compare…", self.compare, tip)
        self.allow_export(False, "There are no futures to export yet; press Sample first.")
        self.allow_sample(False)
        first = row(
            self.choice,
            row(
                _word("Clip", self.index),
                _tool("chevron-left", "Previous clip", lambda: self._go(-1)),
                self.index,
                _tool("chevron-right", "Next clip", lambda: self._go(1)),
                _tool("shuffle", "Random clip", self._shuffle),
                gap=5,
            ),
            row(_word("of", self.split), self.split, self.source, gap=5),
            None,
            gap=18,
        )
        second = row(
            *(
                row(_word(name, spin), spin, gap=5)
                for name, spin in (("Given", self.n_past), ("Imagined", self.n_future), ("Futures", self.n_futures))
            ),
            row(_word("Seed", self.seed), self.seed, _tool("dice", "Other seeds", self._roll), gap=5),
            None,
            row(self.sample_button, self.compare_button, self.export_button, gap=5),
            gap=18,
        )
        column(first, second, on=self, gap=8)

        self.offer_sources({}, {})
        self.offer_splits(("train", "test"))
        for spin in (self.index, self.n_past, self.n_future, self.n_futures, self.seed):
            spin.valueChanged.connect(self.changed)
        for combo in (self.split, self.source):
            combo.currentIndexChanged.connect(self.changed)

    # ---- what is chosen

    def config(self, model_path: Path, own: Mapping[str, Any]) -> FuturesConfig:
        """The settings as a job takes them; `own` is the DataConfig of the model, as plain data. Raises ConfigError."""
        return FuturesConfig(
            model_path=str(model_path),
            data=self.data(own),
            split=self.split.currentText(),
            index=self.index.value(),
            n_past=self.n_past.value(),
            n_future=self.n_future.value(),
            n_futures=self.n_futures.value(),
            seed=self.seed.value(),
            device=self.device,
            precision=self.precision,
        )

    def data(self, own: Mapping[str, Any]) -> DataConfig | None:
        """The chosen clips; None: the model's own."""
        choice = self.source.currentData()
        if choice == OWN:
            return None
        if choice == OTHER:
            return self._other
        if choice in self.sets.offers:
            return self.sets.offers[choice].data(self.sets.data_root)
        return replace(own_data(own), dataset="smmnist", digits=choice)

    def offer_sources(self, model: Mapping[str, Any], own: Mapping[str, Any]) -> None:
        """Lists the data that fits the model's frames; keeps the choice where it can."""
        entries = self.sets.sources("Model's own data", model)
        if self._other is not None:
            entries.append((self._other_title(), OTHER))
        if own:
            title = DATASETS[own["dataset"]].title if own.get("dataset") in DATASETS else str(own.get("dataset"))
            self.source.setToolTip(literal(f"Where clips come from; the model was trained on {title}"))
        refill(self.source, entries)

    def offer_splits(self, splits: Collection[str]) -> None:
        """Lists the splits that there are; keeps the choice where it can."""
        order = ("test", "train", "val")
        refill(self.split, [(split, split) for split in order if split in splits])

    def chosen(self, model: Mapping[str, Any], own: Mapping[str, Any]) -> tuple[DataConfig, Offer | None]:
        """The clips chosen, and the converted set that they are of, where it is known; `model` is a ModelConfig as plain data."""
        data = self.data(own) or own_data(own)
        return data, self.sets.offer_of(data, model)

    def count_clips(self, model: Mapping[str, Any], own: Mapping[str, Any]) -> None:
        """Offers the splits and numbers that there are of the chosen clips."""
        data, offer = self.chosen(model, own)
        entry = DATASETS.get(data.dataset)
        self.offer_splits(offer.clips if offer else entry.splits if entry else ())
        self.limit_index(offer.clips.get(self.split.currentText(), 0) if offer else 0)

    def misfit(self, model: Mapping[str, Any], own: Mapping[str, Any]) -> str:
        """Why the model cannot take the chosen clips; nothing where it can."""
        data, offer = self.chosen(model, own)
        return misfit(data.dataset, offer, model)

    def choose_source(self, key: str) -> None:
        """Chooses an entry without saying `changed`; nothing happens where it is not offered."""
        with QSignalBlocker(self.source):
            self.source.setCurrentIndex(max(0, self.source.findData(key)))

    def limit_index(self, count: int) -> None:
        """There are `count` clips to choose from; 0: as many as asked for."""
        self.clip_count = count
        self.index.setMaximum(count - 1 if count else LIMITS["index"][1])

    def put(self, config: FuturesConfig, own: Mapping[str, Any]) -> None:
        """Shows what `config` asks for, without saying `changed`; the counterpart of `config`."""
        assert config.data is not None
        keys = [self.source.itemData(n) for n in range(self.source.count())]
        for key in keys:
            self.choose_source(key)
            if (self.data(own) or own_data(own)) == config.data:
                break
        else:
            self.show_clip(config.data, config.split, config.index)
        self.place(config.split, config.index)
        self.put_numbers(n_past=config.n_past, n_future=config.n_future, n_futures=config.n_futures, seed=config.seed)

    def put_numbers(self, *, n_past: int, n_future: int, n_futures: int, seed: int) -> None:
        """Shows these, without saying `changed`."""
        for spin, value in ((self.n_past, n_past), (self.n_future, n_future), (self.n_futures, n_futures), (self.seed, seed)):
            with QSignalBlocker(spin):
                spin.setValue(value)

    def show_clip(self, data: DataConfig, split: str, index: int, where: str = "Data page") -> None:
        """Chooses one clip of `data`, which comes from `where`, without saying `changed`."""
        self._other, self._where = data, where
        self.place(split, index)
        with QSignalBlocker(self.source):
            if self.source.findData(OTHER) >= 0:
                self.source.removeItem(self.source.findData(OTHER))
            self.source.addItem(shown(self._other_title()), OTHER)
        self.choose_source(OTHER)

    def place(self, split: str, index: int) -> None:
        """Chooses a split and a number, without saying `changed`."""
        with QSignalBlocker(self.split), QSignalBlocker(self.index):
            self.limit_index(0)
            self.offer_splits({"train", "test", split})
            self.split.setCurrentText(split)
            self.index.setValue(index)

    def _other_title(self) -> str:
        assert self._other is not None
        return f"{data_title(self._other)} ({self._where})"

    def set_model(self, path: Path, words: str) -> None:
        """Names the model; `words` go into its tip."""
        self.choice.set_model(path, words)

    def forget_model(self) -> None:
        """There is none to sample from."""
        self.choice.forget_model()
        self.allow_sample(False)

    def allow_export(self, on: bool, why: str = "") -> None:
        """Whether there is something to export, and if not, why."""
        enable(self.export_button, on, why)

    def allow_sample(self, on: bool) -> None:
        """Whether there is a model to sample from."""
        enable(self.sample_button, on, "There is no model to sample from: open one first.")
        enable(self.compare_button, on, "There is no model to compare others with: open one first.")

    def _go(self, clips: int) -> None:
        self.index.setValue(self.index.value() + clips)

    def _shuffle(self) -> None:
        self.index.setValue(random.randrange(self.clip_count or MANY))

    def _roll(self) -> None:
        self.seed.setValue(random.randrange(1, 100_000))


def _spin(name: str, width: int) -> QSpinBox:
    spin = spin_box(NAMES.get(name, ""), *LIMITS[name], int(getattr(FuturesConfig, name)), TIPS[name])  # which has the default
    spin.setFixedWidth(width)
    spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return spin


def _tool(icon: str, tip: str, act: Act) -> IconButton:
    return IconButton(icon, tip, act, size=14)


def _word(text: str, buddy: QWidget) -> QLabel:
    if not buddy.accessibleName():
        buddy.setAccessibleName(text)
    return label(text, "muted", buddy=buddy)
