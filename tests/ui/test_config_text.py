"""Settings as text: what is nothing to a data set is no difference."""

from __future__ import annotations

from typing import Any

import pytest

from svg_studio.engine.config import DataConfig, TrainConfig
from svg_studio.ui.config_text import all_settings, differing, settings_apart, text


def config(dataset: str, **data: Any) -> TrainConfig:
    return TrainConfig(data=DataConfig(dataset=dataset, **data), log_dir="x")


def test_that_what_matters_for_other_data_sets_alone_is_no_difference() -> None:
    configs = [config("kth", num_digits=3), config("kth", num_digits=2), config("smmnist", num_digits=2)]
    plain = [one.to_dict() for one in configs]
    assert list(settings_apart(plain)) == ["dataset"]
    assert list(differing(configs)) == ["dataset"]
    assert all_settings(plain)["num_digits"] == ["–", "–", "2"]
    more = [*plain, config("smmnist", num_digits=3).to_dict()]
    assert settings_apart(more)["num_digits"] == ["–", "–", "2", "3"]


def test_that_a_setting_of_a_data_set_nobody_knows_counts() -> None:
    plain = [config("kth", num_digits=n).to_dict() for n in (2, 3)]
    for one in plain:
        one["data"]["dataset"] = "other"
    assert settings_apart(plain) == {"num_digits": ["2", "3"]}


@pytest.mark.parametrize("value, words", [(0.1 * 3, "0.3"), (1e-4, "0.0001"), (2.0, "2.0"), (True, "yes"), (None, "")])
def test_that_values_are_short(value: object, words: str) -> None:
    assert text(value) == words
