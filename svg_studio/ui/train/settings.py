"""The form for the next run: presets, settings, the memory estimate, and buttons such as the sweep's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from svg_studio.engine.config import DataConfig, TrainConfig
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.events import DatasetInspected, StoreFound
from svg_studio.engine.presets import DEFAULT_PRESET, PRESETS
from svg_studio.ui.converted_sets import Offer, offers
from svg_studio.ui.train import form_text
from svg_studio.ui.train.copy_command import CopyCommand
from svg_studio.ui.train.memory_estimate import MemoryEstimate
from svg_studio.ui.train.preset_chooser import PresetChooser
from svg_studio.ui.train.snapshot_cost import SnapshotCost
from svg_studio.ui.train.store_menu import StoreButton
from svg_studio.ui.train.sweep_dialog import SweepDialog
from svg_studio.ui.widgets.cards import Column
from svg_studio.ui.widgets.controls import button, enable, open_dialog, with_key
from svg_studio.ui.widgets.form import ConfigForm
from svg_studio.ui.widgets.layouts import boxed, column, row
from svg_studio.ui.widgets.setting_field import Choice

BASIC = {
    *("dataset", "digits", "num_digits", "store"),
    *("backbone", "prior", "n_past", "n_future", "z_dim", "rnn_size", "base_width", "beta"),
    *("batch_size", "lr", "niter", "epoch_size", "log_dir"),
}
OPTIONS = frozenset(name for entry in DATASETS.values() for name in entry.options)


class TrainSettings(QWidget):
    """`config` is what the form says, None while it is in error; `reason` says why.

    The buttons `add` and `sweep` are for the page to place.
    """

    changed = Signal()
    queue_wanted = Signal(tuple)  # TrainConfigs

    def __init__(self, first: TrainConfig, parent: QWidget | None = None) -> None:
        """first: settings to begin with, over which the default preset is laid."""
        super().__init__(parent)
        self._found: dict[str, DatasetInspected] = {}  # what lies on disk, by data set
        self.check_queue: Callable[[Sequence[TrainConfig]], Mapping[str, str]] = lambda configs: {}  # why they cannot wait
        self.presets = PresetChooser()
        self.form = ConfigForm(TrainConfig, basic=BASIC, own_title="Training", check=self.misfits)
        self.memory = MemoryEstimate()
        self.snapshots = SnapshotCost()
        key, tip = "Ctrl+Shift+Return", "Train with these settings after the runs that wait already"
        self.add = button("Add to queue", self._add, with_key(tip, key), key=key)
        key, tip = "Ctrl+Shift+S", "Queue a run for each of several values of a setting, such as beta or seed"
        self.sweep = button("Sweep…", self.ask_sweep, with_key(tip, key), key=key)
        self.command = CopyCommand()
        self.stores = StoreButton(self._stores, self._choose_store)
        self.form.fields["store"].row.addWidget(self.stores)
        self._lay_out()
        self._connect()
        self.form.set_values(first.to_dict())
        self.choose_preset(DEFAULT_PRESET)

    @property
    def config(self) -> TrainConfig | None:
        return self.form.config

    @property
    def reason(self) -> str:
        """Why there is no config; nothing where there is one."""
        return self.form.reason()

    def take(self, config: TrainConfig) -> None:
        """The settings of an earlier run into the form, for a new one in the form's own log folder."""
        log_dir = str(self.form.fields["log_dir"].value())
        self.form.set_values(replace(self.here(config), name="", log_dir=log_dir).to_dict())

    def train_on(self, data: DataConfig) -> None:
        """These clips, with the preset of their data set where the form was about another one, at their own width and channels."""
        fields = self.form.fields
        if data.dataset != fields["dataset"].value():
            width = fields["image_width"].value()
            fitting = [name for name, preset in PRESETS.items() if preset.config.data.dataset == data.dataset]
            fitting.sort(key=lambda name: PRESETS[name].config.model.image_width != width)
            if fitting:
                self.choose_preset(fitting[0])
        self.form.set_values({**self.form.values(), "data": data.to_dict()})
        name = data.store or data.dataset
        self._fit([offer for offer in self._offers(data.dataset) if offer.name == name])

    def state(self) -> str:
        """What stands in the form, as text for `restore`."""
        return form_text.written(self.form.values(), str(self.presets.list.currentData()))

    def restore(self, text: str) -> None:
        """The form as it was left; of a text that is damaged whatever makes sense, and the rest stays as it is."""
        found, preset = form_text.read(text, self.form.values())
        if preset in PRESETS:
            self.presets.show_preset(preset)
        if found is not None:
            self.form.set_values(found)

    def choose_preset(self, name: str) -> None:
        """Fill the form with a preset; where runs and data lie and where the model runs stay as they are."""
        self.presets.show_preset(name)
        preset, values = PRESETS[name], self.form.values()
        config = preset.config.to_dict()
        config |= {kept: values[kept] for kept in ("log_dir", "name", "device", "precision")}
        config["data"] |= {"data_root": values["data"]["data_root"]}
        self.form.set_values(config)

    def set_data_root(self, folder: str) -> None:
        """The folder of data sets, as chosen on another page."""
        self.form.fields["data_root"].set_value(folder)

    def set_found(self, found: DatasetInspected) -> None:
        """What lies on disk of a data set."""
        self._found[found.name] = found
        self._suggest_stores()
        self.form.recheck()

    def here(self, config: TrainConfig) -> TrainConfig:
        """A config from another machine, whose data folder this one has not: with the form's."""
        if _is_folder(config.data.data_root):
            return config
        return replace(config, data=replace(config.data, data_root=str(self.form.fields["data_root"].value())))

    def misfits(self, config: TrainConfig) -> dict[str, str]:
        """Where width or channels are not those of the data; field → sentence."""
        entry, data, model = DATASETS.get(config.data.dataset), config.data, config.model
        if entry is None:
            return {}
        problems = {}
        if model.image_width not in entry.widths:
            problems["image_width"] = f"image_width={model.image_width}: {entry.title} comes {_either(entry.widths)} px wide"
        if model.channels not in entry.channels:
            problems["channels"] = f"channels={model.channels}: {entry.title} comes with {_either(entry.channels)}"
        known = self._found.get(data.dataset)
        if problems or not entry.conversion or known is None or known.data_root != Path(data.data_root).expanduser():
            return problems
        name = data.store or data.dataset
        stores = [offer for offer in self._offers(data.dataset) if offer.name == name]
        widths = tuple(offer.image_width for offer in stores)
        if not stores:
            problems["store"] = f"There is no {name} in {data.data_root}: convert it on the Data page"
        elif model.image_width not in widths:
            problems["image_width"] = f"image_width={model.image_width}: {name} is {_either(widths)} px wide"
        else:
            channels = next(offer.channels for offer in stores if offer.image_width == model.image_width)
            if model.channels != channels:
                problems["channels"] = f"channels={model.channels}: {name} has {channels}"
        return problems

    def ask_sweep(self) -> None:
        """Open the dialog that makes several runs of these settings."""
        if self.config is not None:
            dialog = SweepDialog(self.config, self._misfits_of_all, self)
            dialog.made.connect(self.queue_wanted)
            open_dialog(dialog)

    def _misfits_of_all(self, configs: Sequence[TrainConfig]) -> dict[str, str]:
        found = dict(self.check_queue(configs))
        for config in configs:
            found |= self.misfits(config)
        return found

    def _add(self) -> None:
        if self.config is not None:
            self.queue_wanted.emit((self.config,))

    def _on_form(self) -> None:
        self.memory.show_config(self.config)
        self.snapshots.show_config(self.config)
        self.command.show_config(self.config, self.reason)
        for choice in (self.add, self.sweep):
            enable(choice, self.config is not None, f"The settings cannot be trained with: {self.reason}")
        self.changed.emit()

    def _show_options(self) -> None:
        dataset = str(self.form.fields["dataset"].value())
        entry = DATASETS.get(dataset)
        self.form.show_only("data", {"dataset", "data_root", *(entry.options if entry else OPTIONS)})
        self._suggest_stores()

    def _suggest_stores(self) -> None:
        self.form.fields["store"].suggest([offer.name for offer in self._offers(str(self.form.fields["dataset"].value()))])

    def _offers(self, dataset: str) -> list[Offer]:
        """What is converted of a data set in the data folder of the form, as far as it is known."""
        found = self._here(dataset)
        return offers(found) if found is not None else []

    def _here(self, dataset: str) -> DatasetInspected | None:
        """What was found of a data set in the data folder of the form; None where nobody has looked."""
        found = self._found.get(dataset)
        try:
            folder = Path(str(self.form.fields["data_root"].value())).expanduser()
        except RuntimeError:  # the home of nobody
            return None
        return found if found is not None and found.data_root == folder else None

    def _adapt_to_data(self) -> None:
        """Another data set was chosen by hand: width, channels and store become what there is of it."""
        fields, dataset = self.form.fields, str(self.form.fields["dataset"].value())
        entry, converted = DATASETS[dataset], self._offers(dataset)
        wanted: dict[str, tuple[int, ...]] = {"image_width": entry.widths, "channels": entry.channels}
        fields["store"].set_value("")
        for name, possible in wanted.items():
            if fields[name].value() not in possible:
                fields[name].set_value(possible[0])
        self._fit(converted)

    def _fit(self, converted: Sequence[Offer]) -> None:
        """Store, width and channels become those of one of these: the one of the width that is set, if there is one."""
        fields = self.form.fields
        if converted:
            offer = next((o for o in converted if o.image_width == fields["image_width"].value()), converted[0])
            for name, value in (("store", offer.data("").store), ("image_width", offer.image_width), ("channels", offer.channels)):
                fields[name].set_value(value)

    def _stores(self) -> list[StoreFound]:
        """What can be chosen from of the data set in the form."""
        found = self._here(str(self.form.fields["dataset"].value()))
        return [store for store in found.stores if store.finished and not store.problem] if found is not None else []

    def _choose_store(self, store: StoreFound) -> None:
        dataset = str(self.form.fields["dataset"].value())
        self._fit([o for o in self._offers(dataset) if (o.name, o.image_width) == (store.name, store.image_width)])

    def _connect(self) -> None:
        self.form.changed.connect(self._on_form)
        self.form.fields["dataset"].changed.connect(self._show_options)
        dataset = self.form.fields["dataset"].editor
        assert isinstance(dataset, Choice)
        dataset.activated.connect(self._adapt_to_data)
        self._show_options()
        self.presets.chosen.connect(self.choose_preset)

    def _lay_out(self) -> None:
        self.area = Column(boxed(column(self.form, margins=(0, 0, 8, 0))))
        costs = column(self.memory, self.snapshots, gap=2)
        about = row(costs, self.command, gap=6, stretch=costs)
        column(self.presets, self.area, about, on=self, gap=6, stretch=self.area)


def _is_folder(path: str) -> bool:
    try:
        return Path(path).expanduser().is_dir()
    except OSError:
        return False


def _either(values: tuple[int, ...]) -> str:
    return " or ".join(map(str, values))
