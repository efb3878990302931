"""Describes converted sets for the pages: their titles, their settings, and whether they fit a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svg_studio.engine.config import DataConfig
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.events import DatasetInspected, StoreFound
from svg_studio.ui.formatting import size

OWN = "own"  # what the model was trained on
DIGITS = {"mnist": "Moving digits: MNIST", "drawn": "Moving digits: drawn digits", "mixed": "Moving digits: half of each"}


@dataclass(frozen=True)
class Offer:
    """One converted set that can be opened."""

    dataset: str
    name: str  # of the store, below data_root
    image_width: int
    channels: int
    clips: Mapping[str, int]  # split → sequences

    @property
    def key(self) -> str:
        """What lists remember it by."""
        return f"{self.dataset}/{self.name}/{self.image_width}"

    @property
    def title(self) -> str:
        """Such as "KTH actions, 64 px", or "holiday (Own videos), 128 px"."""
        title = DATASETS[self.dataset].title
        return f"{title if self.name == self.dataset else f'{self.name} ({title})'}, {self.image_width} px"

    def data(self, data_root: str) -> DataConfig:
        """Its clips, as jobs are told of them."""
        return DataConfig(dataset=self.dataset, data_root=data_root, store="" if self.name == self.dataset else self.name)

    def fits(self, model: Mapping[str, Any]) -> bool:
        """Whether a model (ModelConfig as plain data) takes such frames."""
        return (model.get("image_width"), model.get("channels")) == (self.image_width, self.channels)


def offers(found: DatasetInspected) -> list[Offer]:
    """The stores that can be opened; the data set's own comes first."""
    ready = [s for s in found.stores if s.finished and not s.problem]
    ready.sort(key=lambda s: (s.name != found.name, s.name, s.image_width))
    return [Offer(found.name, s.name, s.image_width, s.channels, s.clips) for s in ready]


class ConvertedSets:
    """The sets that lie below one folder, `data_root`, as far as it was looked at. `model` is a ModelConfig as plain data."""

    def __init__(self) -> None:
        self.data_root = ""
        self.offers: dict[str, Offer] = {}  # by key
        self._found: dict[str, DatasetInspected] = {}

    def put(self, found: DatasetInspected) -> None:
        """Takes what was found of one data set; what lies below another folder is forgotten."""
        if self.data_root != str(found.data_root):
            self.data_root, self._found = str(found.data_root), {}
        self._found[found.name] = found
        self.offers = {offer.key: offer for f in self._found.values() for offer in offers(f)}

    def sources(self, own: str, model: Mapping[str, Any]) -> list[tuple[str, str]]:
        """What lists offer, as titles and keys: `own`, digits, and these sets, as far as they fit a model that is known."""
        digits = DATASETS["smmnist"]
        fits = not model or (model.get("channels") in digits.channels and model.get("image_width") in digits.widths)
        found = [(own, OWN), *((title, key) for key, title in DIGITS.items() if fits)]
        return found + [(offer.title, offer.key) for offer in self.offers.values() if not model or offer.fits(model)]

    def offer_of(self, data: DataConfig, model: Mapping[str, Any]) -> Offer | None:
        """Which of them `data` means; where there are several widths, the one that fits the model."""
        try:
            if Path(data.data_root).expanduser() != Path(self.data_root):
                return None
        except RuntimeError:  # the home of nobody
            return None
        name = (data.dataset, data.store or data.dataset)
        same = [offer for offer in self.offers.values() if (offer.dataset, offer.name) == name]
        return next((offer for offer in same if offer.fits(model)), same[0] if same else None)


def misfit(dataset: str, offer: Offer | None, model: Mapping[str, Any]) -> str:
    """Why a model (ModelConfig as plain data) cannot take these clips, in a sentence; nothing where it can."""
    entry = DATASETS.get(dataset)
    widths = (offer.image_width,) if offer else entry.widths if entry else ()
    channels = (offer.channels,) if offer else entry.channels if entry else ()
    if not widths or (model["image_width"] in widths and model["channels"] in channels):
        return ""
    clip = f"{' or '.join(map(str, widths))} px wide, in {' or '.join(map(colour, channels))}"
    takes = f"{model['image_width']} px, {colour(model['channels'])}"
    return f"This clip is {clip}; the open model takes {takes}: open a model that was trained on such clips."


def summary(found: DatasetInspected) -> str:
    """One sentence on the state of a data set, each store of which has a line of its own beside it."""
    if not found.stores:
        return found.state[:1].upper() + found.state[1:]
    words = ["Ready"] if found.ready else []
    words += [f"{s.name} is not finished: press Go on" for s in found.stores if not s.finished]
    words += [s.problem for s in found.stores if s.problem]
    return "; ".join(words)


def describe(store: StoreFound) -> str:
    """A line about one store: its name, what it holds and how large it is."""
    where = f"{store.name}, {store.image_width} px"
    if not store.finished:
        return f"{where}: not finished, {size(store.size)} so far"
    if store.problem:
        return f"{where}: cannot be opened, {size(store.size)}"
    counts = " + ".join(f"{count:,} {split}" for split, count in store.clips.items())
    return f"{where}, {colour(store.channels)}: {counts} sequences, {size(store.size)}"


def colour(channels: int) -> str:
    """A number of channels as people say it."""
    return {1: "grey", 3: "colour"}.get(channels, f"{channels} channels")
