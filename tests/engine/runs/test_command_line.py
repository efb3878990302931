"""A command line gives the config back that it was made of; a config.json is believed only as far as it deserves."""

from __future__ import annotations

import json
import os
import random
import shlex
import typing
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from svg_studio.cli import main as cli
from svg_studio.cli import train as train_command
from svg_studio.engine.choices import choices_of
from svg_studio.engine.config import Config, ConfigError, DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.presets import PRESETS
from svg_studio.engine.runs.command_line import PROGRAM, command_of, read_config_file

WORDS = (
    "runs", "two words", "it's", 'a "b"', "über/日本", "-x", "--name", "a=b", "$HOME", "~/runs", "a;b&c|d", "50%",
    "#1", "a\\", "*", "(1)",
    'C:\\a b\\', "back`tick", "a,b", "-1", "a'b\"c", "!x", "{a}", "--lr 3",
)  # fmt: skip


def parsed(words: list[str]) -> TrainConfig:
    """What `train` makes of the words of a line, the program's left out."""
    assert tuple(words[:2]) == PROGRAM
    arguments = cli.build_parser().parse_args(words[2:])
    return train_command.resumed_config(arguments) if arguments.resume else train_command.train_config(arguments)


def windows_words(line: str) -> list[str]:
    """The words that a Windows program finds in a line, by the rules of its C runtime."""
    words, i = [], 0
    while i < len(line):
        if line[i] in " \t":
            i += 1
            continue
        word, quoted = "", False
        while i < len(line) and (quoted or line[i] not in " \t"):
            slashes = len(line[i:]) - len(line[i:].lstrip("\\"))
            i += slashes
            if i < len(line) and line[i] == '"':
                word += "\\" * (slashes // 2)
                if slashes % 2:
                    word += '"'
                else:
                    quoted = not quoted
                i += 1
            elif slashes:
                word += "\\" * slashes
            else:
                word += line[i]
                i += 1
        words.append(word)
    return words


def made_up(rng: random.Random) -> TrainConfig:
    """Some config that can be used, most of whose settings are not the defaults."""
    while True:
        try:
            return TrainConfig(
                model=ModelConfig(**_some(ModelConfig, rng)), data=DataConfig(**_some(DataConfig, rng)), **_some(TrainConfig, rng)
            )
        except ConfigError:
            continue


def _some(kind: type[Config], rng: random.Random) -> dict[str, Any]:
    values: dict[str, Any] = {}
    hints = typing.get_type_hints(kind)
    for f in fields(kind):  # type: ignore[arg-type]
        choices = choices_of(f)
        if f.name in ("model", "data", "model_dir") or rng.random() < 0.4:
            continue
        if choices:
            values[f.name] = rng.choice(choices)
        elif hints[f.name] is bool:
            values[f.name] = rng.random() < 0.5
        elif hints[f.name] is int:
            values[f.name] = 2000 if f.name == "n_eval" else rng.randint(1, 16)
        elif hints[f.name] is float:
            values[f.name] = rng.choice((rng.random(), 1e-7 * rng.random(), 0.25))
        else:
            values[f.name] = rng.choice(
                [word for word in WORDS if f.name not in ("name", "store") or not set(word) & set('/\\:*?"<>|')]
            )
    return values


def test_that_any_config_comes_back_from_its_command_line() -> None:
    rng, parser = random.Random(5), cli.build_parser()
    for _ in range(60):
        config = made_up(rng)
        for words in (shlex.split(command_of(config)), windows_words(command_of(config, windows=True))):
            assert tuple(words[:2]) == PROGRAM
            assert train_command.train_config(parser.parse_args(words[2:])) == config, words


@pytest.mark.parametrize("name", PRESETS)
def test_that_presets_come_back_from_their_command_lines(name: str) -> None:
    config = PRESETS[name].config
    assert parsed(shlex.split(command_of(config))) == config
    assert parsed(windows_words(command_of(config, windows=True))) == config


def test_that_only_what_differs_is_said_under_the_command_lines_names() -> None:
    assert command_of(TrainConfig()) == "python main.py train"
    config = TrainConfig(
        model=ModelConfig(backbone="vgg", beta=1e-6), data=DataConfig(deterministic=True), name="two words", lr=0.01
    )
    assert command_of(config) == "python main.py train --model vgg --beta 1e-06 --deterministic --lr 0.01 --name 'two words'"
    assert command_of(config, program=["/a b/python"], windows=True).startswith('"/a b/python" train --model vgg')


def test_that_windows_quotes_what_its_shells_would_take_for_theirs() -> None:
    line = command_of(TrainConfig(log_dir="C:\\a&b\\", name="x"), windows=True)
    assert line == 'python main.py train --log_dir "C:\\a&b\\\\" --name x'


@pytest.mark.parametrize("word", WORDS)
def test_that_every_path_survives_both_shells(word: str) -> None:
    config = TrainConfig(log_dir=word, data=DataConfig(data_root=word))
    assert parsed(shlex.split(command_of(config))) == config
    assert parsed(windows_words(command_of(config, windows=True))) == config


@pytest.mark.parametrize("log_dir", ["logs/lp", "logs/fp", "elsewhere"])
def test_that_a_fixed_prior_keeps_its_log_folder(log_dir: str) -> None:
    config = TrainConfig(model=ModelConfig(prior="fixed"), log_dir=log_dir)
    assert parsed(shlex.split(command_of(config))) == config


def weights_of_another_run(folder: Path) -> Path:
    """A checkpoint of a run whose settings are unlike the defaults."""
    from svg_studio.engine.checkpoints import checkpoint
    from svg_studio.engine.models.registry import build

    model = ModelConfig(base_width=2, g_dim=8, z_dim=3, rnn_size=8, n_past=2, n_future=3, prior="fixed")
    config = TrainConfig(
        model=model, data=DataConfig(deterministic=True, digits="drawn"), recompute=False, optimizer="sgd", lr=0.5, name="first"
    )
    path = folder / "first.pt"
    checkpoint.save(path, build(model), config, 7)
    return path


def test_that_a_run_from_other_weights_comes_back_whatever_their_settings_were(tmp_path: Path) -> None:
    path = weights_of_another_run(tmp_path)
    for config in (TrainConfig(model_dir=str(path)), TrainConfig(model_dir=str(path), lr=0.25, name="mine", tensorboard=True)):
        assert parsed(shlex.split(command_of(config))) == config


def test_that_a_run_is_resumed_with_what_differs_from_its_folder(tmp_path: Path) -> None:
    run = tmp_path / "my run"
    run.mkdir()
    config = TrainConfig(lr=0.25, niter=3, data=DataConfig(digits="drawn"))
    (run / "config.json").write_text(config.to_json(), encoding="utf-8")
    longer = replace(config, niter=9)
    line = command_of(longer, str(run))
    assert line == f"python main.py train --resume '{run}' --niter 9"
    assert parsed(shlex.split(line)) == longer
    assert command_of(config, str(run)) == f"python main.py train --resume '{run}'"
    (run / "config.json").unlink()
    with pytest.raises(ConfigError, match=r"config\.json"):
        command_of(config, str(run))


def with_file(path: Path, *flags: str) -> TrainConfig:
    return train_command.train_config(cli.build_parser().parse_args(["train", "--config", str(path), *flags]))


def test_that_a_config_file_starts_the_identical_run_and_so_does_its_folder(tmp_path: Path) -> None:
    rng = random.Random(3)
    for _ in range(20):
        config = made_up(rng)
        (tmp_path / "config.json").write_text(config.to_json(), encoding="utf-8")
        assert with_file(tmp_path / "config.json") == config
        assert with_file(tmp_path) == config


def test_that_flags_beside_a_config_file_go_first(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    config = TrainConfig(lr=0.25, model=ModelConfig(z_dim=3), data=DataConfig(digits="drawn", deterministic=True), name="a")
    file.write_text(config.to_json(), encoding="utf-8")
    found = with_file(file, "--lr", "0.5", "--z_dim", "4", "--no-deterministic", "--name", "b")
    assert found == replace(
        config, lr=0.5, name="b", model=replace(config.model, z_dim=4), data=replace(config.data, deterministic=False)
    )


def test_that_weights_named_beside_a_config_file_bring_no_settings_and_no_name(tmp_path: Path) -> None:
    file, weights = tmp_path / "config.json", weights_of_another_run(tmp_path)
    config = TrainConfig(lr=0.25, name="mine")
    file.write_text(config.to_json(), encoding="utf-8")
    assert with_file(file, "--model_dir", str(weights)) == replace(config, model_dir=str(weights))


def deep(opening: str, closing: str) -> str:
    return opening * 100_000 + closing * 100_000


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("", "is no JSON or damaged"),
        ("{", "is no JSON or damaged"),
        (b"\xff\xfe", "is no JSON or damaged"),
        ("5", "expected settings by name"),
        ("[]", "expected settings by name"),
        ('{"model": 5}', "expected settings by name"),
        ('{"model": null}', "model"),
        ('{"surprise": 1}', "surprise: no such setting"),
        ('{"lr": "fast"}', "must be a number"),
        ('{"lr": NaN}', "lr"),
        ('{"lr": 1e999}', "lr"),
        ('{"lr": 1' + "0" * 400 + "}", "no setting takes a number that large"),
        ('{"lr": 1' + "0" * 5000 + "}", "config.json"),
        ('{"batch_size": true}', "must be a whole number"),
        ('{"name": "../../x"}', "a folder name without"),
        ('{"log_dir": "a\\u0000b"}', "log_dir: holds a character"),
        ('{"data": {"data_root": "\\u0000"}}', "data_root: holds a character"),
        (deep("[", "]"), "is no JSON or damaged"),
        (deep('{"model":', "}")[:900_000], "config.json"),
        (" " * (2 << 20), "is more than 1,048,576 bytes long"),
    ],
)
def test_that_a_hostile_config_file_is_refused_with_a_sentence(
    text: str | bytes, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    file = tmp_path / "config.json"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert cli.main(["train", "--config", str(file)]) == 1
    said = capsys.readouterr().err
    assert sentence in said
    assert str(file) in said
    assert said.count("\n") == 1
    assert len(said) < 400
    assert "Error" not in said


def test_that_a_config_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path, Path("~nobody-of-that-name/config.json")):
        with pytest.raises(ConfigError, match=r"config\.json|none\.json"):
            read_config_file(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_that_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.json")
    with pytest.raises(ConfigError, match="is a named pipe, not a file"):
        read_config_file(tmp_path)


@pytest.mark.parametrize("beside", [["--preset", "tiny"], ["--resume", "RUN"]], ids=lambda words: words[0])
def test_that_settings_come_from_one_place(
    beside: list[str], tmp_path: Path, saved: Callable[..., Path], capsys: pytest.CaptureFixture
) -> None:
    file = saved(TrainConfig())
    words = [word.replace("RUN", str(tmp_path)) for word in beside]
    assert cli.main(["train", "--config", str(file), *words]) == 1
    assert "--config" in capsys.readouterr().err


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[TrainConfig], Path]:
    """Writes a config."""

    def save(config: TrainConfig) -> Path:
        path = tmp_path / "config.json"
        path.write_text(json.dumps(config.to_dict()), encoding="utf-8")
        return path

    return save
