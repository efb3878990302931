"""What presets say of themselves holds on every machine."""

from __future__ import annotations

import re

import pytest

from svg_studio.engine.presets import PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_that_no_preset_promises_a_time_and_each_counts_its_own_steps(name: str) -> None:
    note, config = PRESETS[name].note, PRESETS[name].config
    assert not re.search(r"\b(second|minute|hour|day|laptop)s?\b", note)
    for steps in re.findall(r"([\d,]+) steps", note):
        assert int(steps.replace(",", "")) == config.niter * config.epoch_size
