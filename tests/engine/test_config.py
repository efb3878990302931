"""Settings: what they accept, what they say of what they do not, and that they survive the disk."""

from __future__ import annotations

import json
import math
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path
from typing import Any

import pytest

from svg_studio.engine.config import (
    Config,
    ConfigError,
    ConvertConfig,
    DataConfig,
    ExportConfig,
    FuturesConfig,
    ModelConfig,
    SampleConfig,
    TrainConfig,
)

EXAMPLES: list[Config] = [
    ModelConfig(backbone="vgg", image_width=128, channels=3, n_past=2, beta=1e-6, skip_frame="last"),
    DataConfig(digits="drawn", deterministic=True, num_digits=1),
    TrainConfig(model=ModelConfig(n_past=2), data=DataConfig(dataset="bair"), lr=0.0008, name="Größe 1", seed=2**40),
    SampleConfig(model_path="a.pt", log_dir="out", N=3),
    SampleConfig(model_path="a.pt", log_dir="out", data=DataConfig(num_digits=3)),
    FuturesConfig(model_path="a.pt", n_futures=100, data=DataConfig()),
    ExportConfig(path="wall.gif", fps=12.5, overwrite=True),
]


@pytest.mark.parametrize("config", EXAMPLES, ids=lambda config: type(config).__name__)
def test_that_settings_survive_the_disk(tmp_path: Path, config: Config) -> None:
    (tmp_path / "config.json").write_text(config.to_json(), encoding="utf-8")
    assert type(config).load(tmp_path / "config.json") == config
    assert type(config).from_dict(json.loads(json.dumps(config.to_dict()))) == config
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


def test_that_what_is_not_named_takes_its_default() -> None:
    assert TrainConfig.from_dict({"model": {"n_past": 7}}) == TrainConfig(model=ModelConfig(n_past=7))


def test_that_the_defaults_are_the_originals() -> None:
    train, model, sample = TrainConfig(), ModelConfig(), SampleConfig(model_path="a.pt", log_dir="out")
    assert (train.lr, train.beta1, train.optimizer, train.batch_size) == (0.002, 0.9, "adam", 100)
    assert (train.niter, train.epoch_size, train.n_eval, train.seed, train.log_dir) == (300, 600, 30, 1, "logs/lp")
    assert (model.backbone, model.image_width, model.channels, model.n_past, model.n_future) == ("dcgan", 64, 1, 5, 10)
    assert (model.g_dim, model.z_dim, model.rnn_size, model.beta, model.base_width) == (128, 10, 256, 1e-4, 64)
    assert (model.prior_rnn_layers, model.posterior_rnn_layers, model.predictor_rnn_layers) == (1, 1, 2)
    assert (sample.batch_size, sample.n_past, sample.n_future, sample.nsample, sample.N, sample.seed) == (100, 2, 28, 100, 256, 1)


@pytest.mark.parametrize("config", EXAMPLES, ids=lambda config: type(config).__name__)
def test_that_every_setting_says_what_it_is(config: Config) -> None:
    for field in fields(config):  # type: ignore[arg-type]
        if field.name not in ("model", "data"):
            assert field.metadata["tip"].endswith("."), field.name


def test_that_settings_cannot_be_changed_behind_the_checks() -> None:
    with pytest.raises(FrozenInstanceError):
        ModelConfig().n_past = 0  # type: ignore[misc]
    with pytest.raises(ConfigError):
        replace(ModelConfig(), n_past=0)


def test_that_a_name_with_a_line_break_stays_one_sentence() -> None:
    with pytest.raises(ConfigError, match=r"^'mom\\nentum': no such setting in TrainConfig$"):
        TrainConfig.from_dict({"mom\nentum": 0.9})


def problems(cls: type[Config], **data: Any) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        cls.from_dict(data)
    for name, sentence in caught.value.problems.items():
        assert sentence in str(caught.value)
        assert name in sentence
    return caught.value.problems


@pytest.mark.parametrize(
    "cls, name, value, sentence",
    [
        (ModelConfig, "n_past", 0, "n_past=0: needs at least 1 frame"),
        (ModelConfig, "n_past", True, "n_past=True: must be a whole number"),
        (ModelConfig, "n_past", 2.0, "n_past=2.0: must be a whole number"),
        (ModelConfig, "n_past", "2", "n_past='2': must be a whole number"),
        (ModelConfig, "n_past", None, "n_past=None: must be a whole number"),
        (ModelConfig, "n_future", 1001, "n_future=1001: at most 1000 frames"),
        (ModelConfig, "beta", math.nan, "beta=nan: must be a finite number"),
        (ModelConfig, "beta", math.inf, "beta=inf: must be a finite number"),
        (ModelConfig, "beta", 10**400, f"beta=1{'0' * 99}…: must be a finite number"),
        (ModelConfig, "beta", True, "beta=True: must be a number"),
        (ModelConfig, "beta", -1.0, "beta=-1.0: needs at least 0"),
        (ModelConfig, "skip_frame", "first", "skip_frame=first: choose one of original, last, every"),
        (ModelConfig, "backbone", 1, "backbone=1: must be text"),
        (ModelConfig, "image_width", 96, "image_width=96: choose one of 64, 128"),
        (ModelConfig, "channels", True, "channels=True: must be a whole number"),
        (DataConfig, "deterministic", 1, "deterministic=1: must be true or false"),
        (DataConfig, "num_digits", 0, "num_digits=0: needs at least 1 digit"),
        (DataConfig, "dataset", "", "dataset: choose one"),
        (TrainConfig, "lr", 0.0, "lr=0.0: must be above 0"),
        (TrainConfig, "beta1", 1.0, "beta1=1.0: must lie in 0 ≤ beta1 < 1"),
        (TrainConfig, "n_eval", 14, "n_eval=14: needs at least n_past + n_future = 15 frames"),
        (TrainConfig, "seed", -1, "seed=-1: needs at least 0"),
        (TrainConfig, "seed", 2**62 + 1, f"seed={2**62 + 1}: at most {2**62}"),
        (TrainConfig, "name", "../elsewhere", "name='../elsewhere': a folder name without"),
        (TrainConfig, "name", "..", "name='..': a folder name without"),
        (TrainConfig, "log_dir", "", "log_dir: name the folder"),
        (TrainConfig, "model", None, "model=None: must be ModelConfig"),
        (TrainConfig, "momentum", 0.9, "momentum: no such setting in TrainConfig"),
        (SampleConfig, "model_path", "", "model_path: name a checkpoint"),
        (FuturesConfig, "n_futures", 401, "n_futures=401: at most 400 futures"),
        (FuturesConfig, "split", "all", "split=all: choose one of train, test, val"),
        (ExportConfig, "scale", 0, "scale=0: needs at least 1"),
        (ExportConfig, "fps", 0, "fps=0: must lie above 0"),
        (ExportConfig, "path", "", "path: name the file to write"),
    ],
)
def test_that_an_unusable_value_is_named(cls: type[Config], name: str, value: Any, sentence: str) -> None:
    fine = next(example for example in EXAMPLES if type(example) is cls).to_dict()
    if cls is TrainConfig:
        fine = TrainConfig().to_dict()
    found = problems(cls, **{**fine, name: value})
    assert list(found) == [name]
    assert found[name].startswith(sentence)


def test_that_the_bounds_themselves_are_allowed() -> None:
    ModelConfig(n_past=1, n_future=1000, g_dim=8192, base_width=512, beta=0.0, predictor_rnn_layers=16)
    TrainConfig(n_eval=15, seed=2**62, beta1=0.0, data_threads=64)
    ExportConfig(path="wall", scale=16, fps=100)


def test_that_all_problems_are_listed_at_once() -> None:
    assert list(problems(ModelConfig, n_past=0, g_dim=0, beta=-1.0, base_width=1000)) == ["n_past", "g_dim", "beta", "base_width"]
    assert set(problems(ModelConfig, n_past="two", skip_frame="none", beta=math.nan)) == {"n_past", "skip_frame", "beta"}
    assert set(problems(TrainConfig, model={"g_dim": 0, "depth": 1}, data={"num_digits": 0}, momentum=1)) == {
        "depth",
        "num_digits",
        "momentum",
    }


@pytest.mark.parametrize("content", ["", "{", "[]", "3", "null", '{"n_past": 0}', '{"n_pasts": 1}', "\udcff"])
def test_that_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError) as caught:
        ModelConfig.load(path)
    assert all(sentence.startswith(f"{path}: ") for sentence in caught.value.problems.values())


def test_that_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.json"):
        ModelConfig.load(tmp_path / "nowhere.json")


@pytest.mark.parametrize("value", ["", "white", "#fff", "ffffff", "#12345g", "#ffffff\n", "#１２３４５６"])
def test_that_a_background_that_is_no_colour_is_refused_in_one_sentence(value: str) -> None:
    with pytest.raises(ConfigError) as raised:
        ConvertConfig(source="there", background=value)
    assert raised.value.problems == {"background": f"background={value}: write a colour as #rrggbb, such as #ffffff for white"}
    assert ConvertConfig(source="there", background="#FFffff").background == "#FFffff"
