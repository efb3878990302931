"""Lists of values become runs, each named after its own."""

from __future__ import annotations

import itertools
import re

import pytest

from svg_studio.engine.config import ConfigError, DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.runs import sweep
from svg_studio.engine.runs.sweep import MAX_RUNS, expand, read_values, sweepable, value_of

BASE = TrainConfig(model=ModelConfig(beta=0.5), data=DataConfig(digits="drawn"), batch_size=7)


@pytest.mark.parametrize(
    "name, text, values",
    [
        ("beta", "1e-4, 0.001 ,1", (1e-4, 1e-3, 1.0)),
        ("z_dim", "10,20", (10, 20)),
        ("seed", "1..5", (1, 2, 3, 4, 5)),
        ("seed", "7, 1..3, 2..4", (7, 1, 2, 3, 4)),
        ("seed", "3..3", (3,)),
        ("optimizer", "adam, sgd", ("adam", "sgd")),
        ("deterministic", "on, off", (True, False)),
        ("recompute", "No, TRUE", (False, True)),
        ("backbone", "vgg, dcgan", ("vgg", "dcgan")),
        ("store", "kitchen, street", ("kitchen", "street")),
        ("lr", "0.1, 0.10, 1e-1", (0.1,)),
        ("beta", " 1,, ", (1.0,)),
    ],
)
def test_that_words_become_values_of_the_setting(name: str, text: str, values: tuple[object, ...]) -> None:
    found = read_values(name, text)
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]


@pytest.mark.parametrize(
    "name, text, sentence",
    [
        ("beta", "", "list its values, such as 0.0001, 0.001"),
        ("beta", " , ", "list its values"),
        ("z_dim", "ten", "z_dim=ten: must be a whole number"),
        ("z_dim", "1.5", "z_dim=1.5: must be a whole number"),
        ("lr", "fast", "lr=fast: must be a number"),
        ("lr", "1..5", "lr=1..5: must be a number"),
        ("seed", "5..1", "from the lower to the higher one"),
        ("seed", f"1..{MAX_RUNS + 1}", f"at most {MAX_RUNS} numbers"),
        ("seed", "1..10000000000000", f"at most {MAX_RUNS} numbers"),
        ("seed", "1..x", "seed=1..x: must be a whole number"),
        ("deterministic", "maybe", "deterministic=maybe: is on or off"),
        ("optimizer", "adam, lion", "optimizer=lion: choose of adam, rmsprop, sgd"),
        ("backbone", "resnet", "backbone=resnet: choose of dcgan, vgg"),
        ("dataset", "ucf101", "dataset=ucf101: choose of smmnist"),
        ("log_dir", "a, b", "no setting that can be swept"),
        ("warmth", "1", "no setting that can be swept; choose one of backbone, "),
    ],
)
def test_that_what_is_no_value_is_refused_with_a_sentence(name: str, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence)) as told:
        read_values(name, text)
    assert set(told.value.problems) == {name}


def test_that_a_sweep_is_every_combination_and_changes_nothing_else() -> None:
    lists = {"beta": (1e-4, 1e-3), "z_dim": (5, 10, 20), "lr": (0.1,)}
    configs = expand(BASE, lists)
    assert [(c.model.beta, c.model.z_dim, c.lr) for c in configs] == list(itertools.product(*lists.values()))
    for config in configs:
        plain = config.to_dict()
        plain["name"], plain["lr"] = BASE.name, BASE.lr
        plain["model"] |= {"beta": BASE.model.beta, "z_dim": BASE.model.z_dim}
        assert plain == BASE.to_dict()


def test_that_runs_are_named_after_their_values_and_share_a_beginning() -> None:
    names = [config.name for config in expand(BASE, {"beta": (1e-5, 0.001), "deterministic": (True, False)})]
    beginning = re.compile(r"smmnist-drawn2-dcgan64-lp-\d{8}-\d{6}-")
    assert {beginning.sub("", name) for name in names} == {
        f"beta={beta}-deterministic={word}" for beta in ("1e-05", "0.001") for word in ("on", "off")
    }
    assert len({beginning.match(name)[0] for name in names}) == 1  # type: ignore[index]


def test_that_a_name_of_ones_own_comes_first_and_a_swept_prior_is_told() -> None:
    named = TrainConfig.from_dict({**BASE.to_dict(), "name": "mine"})
    assert [c.name for c in expand(named, {"seed": (1, 2)})] == ["mine-seed=1", "mine-seed=2"]
    learned, fixed = (c.name for c in expand(BASE, {"prior": ("learned", "fixed")}))
    assert "-lp-" in learned
    assert "-fp-" in fixed


def test_that_names_are_folder_names_whatever_the_values() -> None:
    for name, field in sweepable().items():
        choices = sweep.choices_of(field)
        value = choices[-1] if choices else value_of(BASE, name)
        assert not set(expand_one(name, value).name) & set('/\\:*?"<>|\0')


def expand_one(name: str, value: object) -> TrainConfig:
    """BASE with one value, and whatever else that value asks for."""
    more = {"recompute": {"time_chunk": (1,)}}.get(name, {})
    (config,) = expand(BASE, {name: (value,), **more})
    return config


def test_that_a_combination_that_cannot_be_trained_is_told_by_setting() -> None:
    with pytest.raises(ConfigError) as told:
        expand(BASE, {"beta": (1.0, -1.0)})
    assert told.value.problems == {"beta": "beta=-1.0: needs at least 0"}


def test_that_too_many_runs_are_refused_before_any_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "_with", lambda *_: pytest.fail("made one"))
    with pytest.raises(ConfigError, match=f"1,000,000 runs: a sweep has at most {MAX_RUNS}"):
        expand(BASE, {name: tuple(range(1, 101)) for name in ("seed", "z_dim", "batch_size")})


def test_that_every_setting_but_places_can_be_swept() -> None:
    names = {name for part in (ModelConfig, DataConfig, TrainConfig) for name in part.__dataclass_fields__}
    assert set(sweepable()) == names - {"name", "log_dir", "data_root", "model_dir", "model", "data"}
    assert {value_of(BASE, name) for name in ("beta", "digits", "batch_size")} == {0.5, "drawn", 7}
