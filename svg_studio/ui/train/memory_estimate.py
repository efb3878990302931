"""The line that says how much memory a run will take and how much there is."""

from __future__ import annotations

from dataclasses import replace

import psutil

from svg_studio.engine.config import ConfigError, TrainConfig
from svg_studio.engine.training.memory import estimate
from svg_studio.ui.formatting import size
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.words import Words

TIP = (
    "The most that training will hold: the program itself, weights, gradients and the optimiser's moments, what encoder, decoder "
    "and LSTMs keep for the backward pass, batches made ahead, tests and previews. It may be a quarter off."
)


class MemoryEstimate(Words):
    """Empty until it is shown settings. `is_too_much` says whether they want more than there is."""

    def __init__(self) -> None:
        super().__init__(wrap=True)
        self.is_too_much = False
        self._config: TrainConfig | None = None
        self._auto = ("", False)  # precision that "auto" leads to, and whether on a GPU, once that is known
        self._there = psutil.virtual_memory().total
        self.setToolTip(TIP)
        theme.notifier().changed.connect(self._recolour)
        self.show_config(None)

    def set_machine(self, precision: str, *, gpu: bool) -> None:
        """What "auto" leads to here: "fp32" or "bf16", and whether on a GPU."""
        self._auto = (precision, gpu)
        self.show_config(self._config)

    def show_config(self, config: TrainConfig | None) -> None:
        """What a run with these settings will take; nothing where there are none."""
        self._config, self.is_too_much = config, False
        self.setText("" if config is None else self._words(config))
        self.setVisible(config is not None)
        self.setAccessibleName(self.text() or "Memory")
        self._recolour()

    def _words(self, config: TrainConfig) -> str:
        on_gpu = config.device == "cuda" or (config.device == "auto" and self._auto[1])
        bf16 = config.precision == "bf16" or (config.precision == "auto" and self._auto[0] == "bf16")
        wanted = estimate(config, bf16=bf16, gpu=on_gpu)
        if on_gpu:  # how much it has is not known before it is used
            return f"Memory: about {size(wanted)} of the GPU"
        self.is_too_much = wanted > self._there
        if not self.is_too_much:
            return f"Memory: about {size(wanted)} of {size(self._there)}"
        remedy = "lower batch_size"
        if thrifty := _thrifty(config):
            less = size(estimate(thrifty, bf16=bf16))
            remedy += f", or set time_chunk to 1 and turn on recompute, for about {less}"
        return f"Memory: about {size(wanted)}, more than this machine's {size(self._there)}: {remedy}"

    def _recolour(self) -> None:
        colors = theme.colors()
        self.setStyleSheet(f"color: {colors.warning if self.is_too_much else colors.muted}")


def _thrifty(config: TrainConfig) -> TrainConfig | None:
    """The settings that take the least memory with this batch, if these are not they."""
    if config.recompute and config.model.time_chunk == 1:
        return None
    try:
        return replace(config, model=replace(config.model, time_chunk=1), recompute=True)
    except ConfigError:  # such as a batch of one clip
        return None
