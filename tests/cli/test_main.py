"""The command line does the jobs without a window and answers mistakes with one line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.places import ROOT

from svg_studio.cli import main as cli
from svg_studio.cli import train as train_command
from svg_studio.engine.config import DataConfig, ModelConfig, SampleConfig, TrainConfig
from svg_studio.engine.events import Event, Logged

TINY = (
    "--device cpu --precision fp32 --base_width 2 --g_dim 8 --z_dim 3 --rnn_size 8 --n_past 2 --n_future 3 --n_eval 6"
    " --batch_size 4 --epoch_size 3 --niter 1"
)


def train_config(words: str) -> TrainConfig:
    return train_command.train_config(cli.build_parser().parse_args(["train", *words.split()]))


def test_that_defaults_are_the_originals() -> None:
    config = train_config("")
    assert config == TrainConfig()
    original = {
        "lr": 0.002, "beta1": 0.9, "batch_size": 100, "niter": 300, "epoch_size": 600, "n_eval": 30, "data_threads": 5,
        "optimizer": "adam", "seed": 1, "log_dir": "logs/lp", "name": "", "model_dir": "",
    }  # fmt: skip
    assert {k: getattr(config, k) for k in original} == original
    model = {
        "backbone": "dcgan", "image_width": 64, "channels": 1, "n_past": 5, "n_future": 10, "rnn_size": 256, "g_dim": 128,
        "prior_rnn_layers": 1, "posterior_rnn_layers": 1, "predictor_rnn_layers": 2, "z_dim": 10, "beta": 0.0001,
        "skip_frame": "original",
    }  # fmt: skip
    assert {k: getattr(config.model, k) for k in model} == model
    assert (config.data.dataset, config.data.data_root, config.data.num_digits) == ("smmnist", "data", 2)
    sampling = SampleConfig(model_path="m", log_dir="o")
    assert (sampling.n_past, sampling.n_future, sampling.nsample, sampling.N, sampling.batch_size) == (2, 28, 100, 256, 100)
    assert (sampling.num_threads, sampling.seed) == (0, 1)


def test_that_every_flag_reaches_the_config() -> None:
    config = train_config(
        "--lr 0.1 --beta1 0.5 --batch_size 7 --log_dir L --model_dir= --name N --data_root D --optimizer sgd --niter 4 --seed 3"
        " --epoch_size 9 --image_width 128 --channels 3 --dataset smmnist --n_past 3 --n_future 4 --n_eval 11 --rnn_size 12"
        " --prior_rnn_layers 2 --posterior_rnn_layers 3 --predictor_rnn_layers 4 --z_dim 5 --g_dim 6 --beta 0.5 --model vgg"
        " --data_threads 2 --num_digits 3 --last_frame_skip --base_width 8 --digits drawn --deterministic --time_chunk 2"
        " --prior fixed --device cpu --precision fp32"
    )
    assert config == TrainConfig(
        model=ModelConfig(
            backbone="vgg", image_width=128, channels=3, n_past=3, n_future=4, rnn_size=12, prior_rnn_layers=2,
            posterior_rnn_layers=3, predictor_rnn_layers=4, z_dim=5, g_dim=6, beta=0.5, skip_frame="every", base_width=8,
            time_chunk=2, prior="fixed",
        ),
        data=DataConfig(data_root="D", num_digits=3, digits="drawn", deterministic=True),
        lr=0.1, beta1=0.5, batch_size=7, log_dir="L", name="N", optimizer="sgd", niter=4, seed=3, epoch_size=9, n_eval=11,
        data_threads=2, device="cpu", precision="fp32",
    )  # fmt: skip


def test_that_the_fixed_prior_logs_where_the_original_did() -> None:
    assert train_config("--prior fixed").log_dir == "logs/fp"
    assert train_config("--prior fixed --log_dir here").log_dir == "here"


def test_that_a_preset_comes_under_the_flags() -> None:
    from svg_studio.engine.presets import PRESETS

    key = next(iter(PRESETS))
    assert train_config(f"--preset {key} --z_dim 3").model.z_dim == 3


def test_that_a_preset_with_the_fixed_prior_logs_where_the_original_did() -> None:
    assert train_config("--preset tiny --prior fixed").log_dir == "logs/fp"


@pytest.mark.parametrize(
    "words,expected",
    [
        ("train --preset tiny --model_dir there", "leave one out"),
        ("train --skip_frame last --last_frame_skip", "contradicts --skip_frame last"),
        ("train --resume /no/run", "/no/run"),
        ("train --resume /no/run --beta 1", "--beta: cannot change in a resumed run"),
        ("generate --model_path m.pt --log_dir o --seed 99999999999999999999", "--seed"),
        ("train --batch_size 0", "--batch_size=0: needs at least 1 clip"),
        ("train --n_eval 3", "n_past + n_future = 15"),
        ("generate --model_path /no/such.pt --log_dir out", "/no/such.pt"),
        ("generate --log_dir out", "--model_path"),
        ("generate --model_path m.pt", "--log_dir"),
        ("train --model_dir /no/such", "/no/such"),
    ],
)
def test_that_a_mistake_ends_in_one_line(words: str, expected: str, capsys: pytest.CaptureFixture) -> None:
    assert cli.main(words.split()) == 1
    err = capsys.readouterr().err
    assert expected in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        "train --bogus 1",
        "train --batch_size many",
        "bake",
        "train --optimizer lbfgs",
        "train --preset nonsense",
        "train --dataset mars",
        "download moon",
    ],
)
def test_that_a_flag_that_is_not_known_ends_in_one_line(words: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(words.split())
    assert end.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_that_train_and_generate_work_together(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["train", *TINY.split(), "--digits", "drawn", "--log_dir", str(tmp_path), "--name", "a"]) == 0
    assert "finished after 3 steps" in capsys.readouterr().err
    model = str(tmp_path / "a" / "checkpoints" / "last.pt")
    for suffix in ("gif", "mp4"):
        out = tmp_path / suffix
        words = f"--n_past 2 --n_future 4 --nsample 7 --N 3 --batch_size 2 --format {suffix}"
        assert cli.main(["generate", "--model_path", model, "--log_dir", str(out), *words.split()]) == 0
        assert {p.name for p in out.iterdir()} == {f"{s}_{i}.{suffix}" for s in ("train", "test") for i in range(4)}
        assert frames_in(out / f"test_3.{suffix}") == 6
    assert (tmp_path / "gif" / "test_0.gif").read_bytes() != (tmp_path / "gif" / "train_0.gif").read_bytes()


def test_that_a_run_is_resumed_and_made_longer(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    run = tmp_path / "a"
    assert cli.main(["train", *TINY.split(), "--digits", "drawn", "--log_dir", str(tmp_path), "--name", "a"]) == 0
    capsys.readouterr()
    assert cli.main(["train", "--resume", str(run)]) == 1
    err = capsys.readouterr().err
    assert f"{run}: is finished after 3 steps; extend it by a larger number of epochs than niter=1" in err
    assert err.count("\n") == 1
    assert cli.main(["train", "--resume", str(run), "--niter", "2", "--lr", "0.001"]) == 0
    assert "goes on from step 3 with lr=0.001 instead of 0.002" in capsys.readouterr().err
    assert len((run / "metrics.jsonl").read_text().splitlines()) == 6
    assert TrainConfig.load(run / "config.json").lr == 0.001


def test_that_a_run_is_resumed_from_one_of_its_checkpoints(tmp_path: Path) -> None:
    run = tmp_path / "a"
    words = [*TINY.split(), "--digits", "drawn", "--checkpoint_every", "1", "--log_dir", str(tmp_path), "--name", "a"]
    assert cli.main(["train", *words]) == 0
    before = [json.loads(line)["loss"] for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert cli.main(["train", "--resume", str(run / "checkpoints" / "step_1.pt")]) == 0
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [row["loss"] for row in rows] == before
    assert [row["step"] for row in rows] == [1, 2, 3]


def test_that_a_run_that_another_process_writes_is_not_resumed(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    from svg_studio.engine.runs.lock import RunLock

    assert cli.main(["train", *TINY.split(), "--digits", "drawn", "--log_dir", str(tmp_path), "--name", "a"]) == 0
    capsys.readouterr()
    lock = RunLock(tmp_path / "a")
    assert cli.main(["train", "--resume", str(tmp_path / "a"), "--niter", "2"]) == 1
    lock.release()
    err = capsys.readouterr().err
    assert "has been training this run since " in err
    assert "; stop it there first" in err
    assert err.count("\n") == 1


def frames_in(video: Path) -> int:
    import cv2

    capture = cv2.VideoCapture(str(video))
    count = 0
    while capture.read()[0]:
        count += 1
    capture.release()
    return count


def test_that_model_dir_goes_on_from_another_run(tmp_path: Path) -> None:
    common = ["train", "--log_dir", str(tmp_path)]
    assert cli.main([*common, *TINY.split(), "--digits", "drawn", "--name", "a"]) == 0
    assert cli.main([*common, "--model_dir", str(tmp_path / "a"), "--lr", "0.001"]) == 0
    config = TrainConfig.load(tmp_path / "continued" / "config.json")
    assert (config.model.z_dim, config.data.digits, config.lr, config.epoch_size) == (3, "drawn", 0.001, 3)


ONLY = """
import sys
for name in ("cv2 av PIL requests platformdirs tqdm PySide6 pyqtgraph torchvision matplotlib psutil"
             " skimage scipy").split():
    sys.modules[name] = None  # importing it raises ModuleNotFoundError
from svg_studio.app import main
sys.exit(main(sys.argv[1:]))
"""


def test_that_torch_numpy_and_einops_are_enough_to_train_on_drawn_digits(tmp_path: Path) -> None:
    words = ["train", *TINY.split(), "--digits", "drawn", "--log_dir", str(tmp_path), "--name", "a"]
    done = subprocess.run([sys.executable, "-c", ONLY, *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a" / "checkpoints" / "last.pt").is_file()
    assert "no preview" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_that_a_signal_stops_a_run_and_keeps_its_checkpoint(tmp_path: Path, number: int) -> None:
    words = ["train", *TINY.replace("--epoch_size 3", "--epoch_size 100000").split(), "--digits", "drawn"]
    main = "import sys; from svg_studio.app import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", main, *words, "--log_dir", str(tmp_path), "--name", "a"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "100,000 steps" in process.stderr.readline()
    metrics = tmp_path / "a" / "metrics.jsonl"
    while metrics.stat().st_size == 0:
        assert process.poll() is None
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "stopped" in err
    from svg_studio.engine.checkpoints.checkpoint import load

    steps = [json.loads(line)["step"] for line in metrics.read_text().splitlines()]
    assert load(tmp_path / "a").step == steps[-1] == len(steps)


def test_that_convert_takes_only_the_flags_that_concern_the_data_set(capsys: pytest.CaptureFixture) -> None:
    for words in ("convert bair --every 3", "convert kth --camera main", "convert videos --png", "convert smmnist", "convert"):
        with pytest.raises(SystemExit) as end:
            cli.main(words.split())
        assert end.value.code == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_that_convert_takes_several_sources_for_one_set() -> None:
    parse = cli.build_parser().parse_args
    assert parse(["convert", "videos", "--source", "a.mp4"]).source == "a.mp4"
    assert parse(["convert", "videos", "--source", "a.mp4", "--source", "b", "--source", "c"]).source == ("a.mp4", "b", "c")


def test_that_the_originals_names_of_the_converters_flags_are_understood() -> None:
    parse = cli.build_parser().parse_args
    assert parse(["convert", "kth", "--dataRoot", "D", "--imageSize", "128"]).image_width == 128
    assert parse(["convert", "kth", "--dataRoot", "D"]).data_root == "D"
    assert parse(["convert", "bair", "--data_dir", "D"]).data_root == "D"


@pytest.mark.parametrize(
    "words, sentence",
    [
        ("convert videos", "--source: name the folder or file"),
        ("convert bair --image_width 128 --data_root nowhere", "comes 64 px wide"),
        ("convert bair --image_width 100", "invalid choice: 100"),
        ("convert bair --store ..", "a folder name without"),
        ("convert videos --source x --store MNIST", "for a data set's own files"),
        ("convert videos --source ~nobody-of-that-name/x", "there is no such home folder; write the path out"),
        ("train --data_root ~nobody-of-that-name", "there is no such home folder"),
        (f"convert videos --source {'x' * 300}", "xxx"),
        ("verify nowhere", "no clips in nowhere; convert the data set first"),
        ("train --dataset kth --data_root nowhere --n_future 3", "download kth --data_root nowhere"),
        (
            "train --dataset videos --data_root nowhere --store mine",
            "convert videos --source FOLDER --data_root nowhere --store mine",
        ),
    ],
)
def test_that_mistakes_with_converted_sets_are_one_line(words: str, sentence: str, capsys: pytest.CaptureFixture) -> None:
    try:
        status = cli.main(words.split())
    except SystemExit as end:
        status = int(end.code or 0)
    err = capsys.readouterr().err
    assert status != 0
    assert err.count("\n") == 1
    assert sentence in err


def test_that_a_store_is_converted_verified_and_its_damage_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    from support.fake_source import FakeSource, install

    install(monkeypatch, FakeSource(broken=("seq2+seq3",), noted=("seq2+seq3",)))
    assert cli.main(["convert", "videos", "--source", "there", "--data_root", str(tmp_path)]) == 0
    err = capsys.readouterr().err
    assert "left out seq2+seq3: is broken at byte 7" in err
    assert "note: seq2+seq3: was sorted by its numbers" in err
    assert "; 1 left out and 1 note, see " in err
    assert "train 5 sequences" in err
    store = tmp_path / "videos" / "store-64"
    assert cli.main(["verify", str(store)]) == 0
    assert "all as it was converted" in capsys.readouterr().err
    with (store / "test.npy").open("r+b") as file:
        file.seek(1000)
        file.write(b"??")
    assert cli.main(["verify", str(store)]) == 1
    assert "the frames of seq0 have changed" in capsys.readouterr().err


def test_that_training_on_a_store_counts_what_is_too_short_and_lasts_to_the_futures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    from support.fake_source import FakeSource, install

    lengths = {"t0": 7, "t1": 7, "a": 12, "b": 4, "c": 9, "d": 11}
    install(monkeypatch, FakeSource(lengths=lengths))
    assert cli.main(["convert", "videos", "--source", "there", "--data_root", str(tmp_path), "--store", "mine"]) == 0
    words = [*TINY.split(), "--dataset", "videos", "--store", "mine", "--data_root", str(tmp_path), "--n_eval", "8"]
    assert cli.main(["train", *words, "--log_dir", str(tmp_path / "logs"), "--name", "a"]) == 0
    err = capsys.readouterr().err
    assert "1 of 4 train sequences have fewer than 5 frames and are left out" in err
    assert "finished after 3 steps" in err
    model = str(tmp_path / "logs" / "a" / "checkpoints" / "last.pt")
    out = tmp_path / "out"
    sampling = "--n_past 2 --n_future 4 --nsample 3 --N 2 --batch_size 2"
    assert cli.main(["generate", "--model_path", model, "--log_dir", str(out), *sampling.split()]) == 0
    assert frames_in(out / "test_1.gif") == 6


def test_that_the_authors_checkpoint_is_imported_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    from support.authors_files import authors_model, authors_options, save

    source, out = save(tmp_path / "svglp.pth", authors_model(), authors_options(log_dir="/theirs"), "legacy"), tmp_path / "model.pt"
    assert cli.main(["import", str(source), "--out", str(out)]) == 0
    err = capsys.readouterr().err
    assert "Imported from svglp.pth, a checkpoint in PyTorch's legacy layout: SVG-LP, dcgan, 64 px" in err
    assert f"{out} ({out.stat().st_size:,} bytes)" in err
    before = out.read_bytes()
    for words, sentence in (
        (
            [str(source), "--out", str(out)],
            f"{out} exists: choose another name or allow it to be replaced; give another --out or --replace",
        ),
        ([str(out), "--out", str(tmp_path / "b.pt")], f"{out}: is a checkpoint of SVG Studio already"),
        ([str(tmp_path / "no.pth"), "--out", str(tmp_path / "b.pt")], "no.pth: there is no such file"),
    ):
        assert cli.main(["import", *words]) == 1
        err = capsys.readouterr().err
        assert sentence in err
        assert err.count("\n") == 1
    assert out.read_bytes() == before
    assert not (tmp_path / "b.pt").exists()
    assert cli.main(["import", str(source), "--out", str(out), "--replace"]) == 0
    sampling = "--digits drawn --n_past 2 --n_future 2 --nsample 3 --N 1 --batch_size 1 --device cpu"
    for model in (source, out):  # as it is, and imported
        videos = tmp_path / model.suffix[1:]
        assert cli.main(["generate", "--model_path", str(model), "--log_dir", str(videos), *sampling.split()]) == 0
    assert (tmp_path / "pt" / "test_0.gif").read_bytes() == (tmp_path / "pth" / "test_0.gif").read_bytes()
    config = train_config(f"--model_dir {source} --lr 0.5")
    assert (config.lr, config.batch_size, config.model.z_dim, config.log_dir) == (0.5, 16, 3, "logs/lp")


def test_that_a_sweep_trains_every_combination_though_some_fail(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "s-beta=0.5-seed=1").mkdir()
    (tmp_path / "s-beta=0.5-seed=1" / "notes.txt").write_text("somebody's")
    words = f"train --digits drawn {TINY} --log_dir {tmp_path} --name s --sweep beta=0.5,0.25 --sweep seed=1..2"
    assert cli.main(words.split()) == 1
    said = capfd.readouterr().err
    assert "run 1 of 4: s-beta=0.5-seed=1" in said
    assert "run 4 of 4: s-beta=0.25-seed=2" in said
    assert "s-beta=0.5-seed=1: a run of that name is there already" in said
    assert said.splitlines()[-1] == "svg-studio: 1 of 4 runs failed, as said above"
    for beta in (0.5, 0.25):
        for seed in (1, 2):
            run = tmp_path / f"s-beta={beta}-seed={seed}"
            if (beta, seed) == (0.5, 1):
                assert [path.name for path in run.iterdir()] == ["notes.txt"]
                continue
            config = TrainConfig.load(run / "config.json")
            assert (config.model.beta, config.seed) == (beta, seed)
            assert (run / "checkpoints" / "last.pt").is_file()


def test_that_a_sweep_takes_the_originals_flag_names(tmp_path: Path) -> None:
    words = f"train --digits drawn {TINY} --log_dir {tmp_path} --name s --sweep model=vgg,dcgan"
    assert cli.main(words.split()) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"s-backbone=vgg", "s-backbone=dcgan"}


@pytest.mark.parametrize(
    "words, sentence",
    [
        ("--sweep beta", "--sweep: beta: list its values, such as 0.0001, 0.001"),
        ("--sweep beta=1 --sweep beta=2", "--sweep: beta=2: beta is listed twice; put all its values into one"),
        ("--sweep warmth=1", "--sweep: warmth: no setting that can be swept"),
        ("--sweep seed=1..3 --resume runs/a", "--sweep: makes new runs, and --resume goes on with an old one; leave one out"),
        ("--sweep batch_size=0", "--batch_size=0: needs at least 1 clip"),
    ],
)
def test_that_a_sweep_that_makes_no_sense_is_refused(words: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", *words.split()]) == 1
    assert capsys.readouterr().err.startswith(f"svg-studio: {sentence}")


def test_that_several_processes_refuse_a_sweep(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in (("RANK", "0"), ("WORLD_SIZE", "2"), ("LOCAL_RANK", "0")):
        monkeypatch.setenv(name, value)
    assert cli.main(["train", "--sweep", "seed=1..2"]) == 1
    assert "leave out torchrun or --sweep" in capsys.readouterr().err


def test_that_stopping_a_sweep_begins_no_further_run(tmp_path: Path) -> None:
    words = f"train --digits drawn {TINY} --niter 2000 --log_dir {tmp_path} --name s --sweep seed=1..3"
    process = subprocess.Popen([sys.executable, "main.py", *words.split()], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "last.pt" in line:
            process.send_signal(signal.SIGTERM)
            break
    rest = process.stderr.read()
    assert process.wait(60) == 0
    process.stderr.close()
    assert "run 2 of 3" not in rest
    assert [path.name for path in tmp_path.iterdir()] == ["s-seed=1"]


@pytest.mark.parametrize("ends_by", ["finishing", "failing"])
def test_that_a_sweep_that_is_told_to_stop_begins_no_further_run(
    ends_by: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from svg_studio.engine.errors import StudioError
    from svg_studio.engine.training import train as training

    def train(*_: object) -> Iterator[Event]:
        yield Logged("the last event")
        signal.raise_signal(signal.SIGINT)
        if ends_by == "failing":
            raise StudioError("the disk is full")

    monkeypatch.setattr(training, "train", train)
    assert cli.main(["train", "--digits", "drawn", "--sweep", "seed=1..3"]) == (ends_by == "failing")
    said = capfd.readouterr().err
    assert "run 1 of 3" in said
    assert "run 2 of 3" not in said


@pytest.mark.parametrize("named", ["nowhere", "a.pt", "runs/a/checkpoints"])
def test_that_what_is_no_run_is_not_resumed_and_named_as_it_was_typed(
    named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.pt").write_text("no checkpoint")
    Path("runs/a/checkpoints").mkdir(parents=True)
    assert cli.main(["train", "--resume", named]) == 1
    assert capsys.readouterr().err.startswith(f"svg-studio: --resume: {named}: no run; name a run's folder")


def test_that_help_lists_what_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    for command, words in (
        ("train", "One of smmnist, bair, kth, videos. [smmnist]"),
        ("generate", "[as the checkpoint was trained]"),
    ):
        with pytest.raises(SystemExit):
            cli.main([command, "--help"])
        assert words in " ".join(capsys.readouterr().out.split())
