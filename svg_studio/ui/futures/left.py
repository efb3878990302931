"""How the Futures page was left, as plain values, and how it goes back to that: whatever stands in a settings file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox

from svg_studio.engine.config import SPLITS, ConfigError, DataConfig
from svg_studio.paths import resource
from svg_studio.ui.converted_sets import DIGITS, OWN

if TYPE_CHECKING:
    from svg_studio.ui.futures.asking import Asking

NUMBERS = ("n_past", "n_future", "n_futures", "seed", "index")
AS_LEFT = "as last time"


def state_of(page: Asking) -> dict[str, str | int | float]:
    """Model, clip, settings and arrangement. The demo is not named: where no other model was open, it is opened anyway."""
    bar, view = page.bar, page.view
    state: dict[str, str | int | float] = {name: getattr(bar, name).value() for name in NUMBERS}
    state |= {"split": bar.split.currentText(), "tiles": view.tile_size.currentData()}
    state |= {"sort": view.arrangement.sort.currentData()}
    opened = page.opened
    if opened is not None and opened.path == page.model_path and opened.path != resource("demo.pt"):
        source = bar.source.currentData()
        state |= {"model": str(opened.path), "source": source if source in DIGITS else OWN}
        data = bar.data(opened.data)
        if data is not None and source not in DIGITS:
            state["data"] = data.to_json()
    return state


def restore(page: Asking, state: Mapping[str, object]) -> bool:
    """Puts the page back; what is no such value is left as it is. Whether it opens a model."""
    bar, view = page.bar, page.view
    split = _text(state, "split")
    for name in NUMBERS:
        spin, value = getattr(bar, name), state.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            with QSignalBlocker(spin):
                spin.setValue(max(spin.minimum(), min(value, spin.maximum())))
    if split in SPLITS:
        bar.place(split, bar.index.value())
    _choose(view.tile_size, state.get("tiles"))
    _choose(view.arrangement.sort, state.get("sort"))
    model, data = _text(state, "model"), _data(_text(state, "data"))
    if not model or "\0" in model:
        return False
    if data is None:
        source = _text(state, "source")
        page.open_model(model, source if source in DIGITS else OWN)
    else:
        bar.show_clip(data, bar.split.currentText(), bar.index.value(), AS_LEFT)
        page.open_with_clip(model)
    return True


def _choose(combo: QComboBox, wished: object) -> None:
    if isinstance(wished, str | int | float) and (at := combo.findData(wished)) >= 0:
        combo.setCurrentIndex(at)


def _text(state: Mapping[str, object], name: str) -> str:
    value = state.get(name)
    return value if isinstance(value, str) else ""


def _data(text: str) -> DataConfig | None:
    try:
        return DataConfig.from_dict(json.loads(text)) if text else None
    except (ValueError, RecursionError, ConfigError):
        return None
