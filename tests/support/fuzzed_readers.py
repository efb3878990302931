"""Every reader of files that others may have written, with a small valid file, and the program that damages that file and reads it.

`python -m support.fuzzed_readers FOLDER COUNT SEED [READER …]` prints what went wrong; it may use no more than so much memory and
time, beyond which the system ends it. It is a process of its own because libraries in C may crash.
"""

from __future__ import annotations

import contextlib
import faulthandler
import io
import json
import shutil
import struct
import sys
import tarfile
import traceback
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from support.authors_files import authors_model, authors_options, save
from support.library_runs import make_run
from support.mutations import mutated
from support.places import ROOT
from support.tiny_models import tiny

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.config import ConfigError, ConvertConfig, DataConfig, TrainConfig
from svg_studio.engine.data import store as stores
from svg_studio.engine.data.datasets import mnist, tfrecords
from svg_studio.engine.data.datasets.kth_files import read_sequences
from svg_studio.engine.data.decode.images import read_image
from svg_studio.engine.data.decode.opencv import Unusable
from svg_studio.engine.data.decode.resize import Fitting
from svg_studio.engine.data.decode.video import Video
from svg_studio.engine.data.download.unpack import unpack
from svg_studio.engine.data.source import Piece
from svg_studio.engine.data.store_writer import JOURNAL, StoreWriter, unfinished
from svg_studio.engine.data.stored_clips import inspect_stored, open_stored
from svg_studio.engine.errors import CheckpointError, DataError, StudioError
from svg_studio.engine.evaluation import progress
from svg_studio.engine.metrics.statistics import Curve
from svg_studio.engine.runs import library
from svg_studio.engine.runs.command_line import read_config_file
from svg_studio.engine.runs.curves import read_curves
from svg_studio.engine.runs.folder import RunFolder
from svg_studio.engine.runs.run_queue import RunQueue
from svg_studio.engine.runs.state import RunState
from svg_studio.engine.utils.files import part_of
from svg_studio.ui.evaluate import results_file
from svg_studio.ui.runs import table

MEMORY = 2 << 30  # bytes beyond what the process has when it begins to read
CPU_S = 300  # of all; a reading that has no end is ended so
LONGEST = 1500  # characters of a sentence
OLD = ROOT / "tests" / "data" / "written_by_0.1.0"


@dataclass(frozen=True)
class Reader:
    """`make` writes a valid file, with all that belongs to it, into an empty folder; `read` reads what lies there."""

    make: Callable[[Path], Path]
    read: Callable[[Path], object]
    errors: tuple[type[Exception], ...] = ()  # that it may raise, with one sentence
    share: float = 1.0  # of the count


# ---- checkpoints


def own_checkpoint(folder: Path) -> Path:
    model = tiny().float()
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.rand(5, 2, 1, 64, 64)).total.backward()
    optimizer.step()
    config = TrainConfig(model=model.config)
    checkpoint.save(folder / "a.pt", model, config, 7, optimizer=optimizer, random={"torch": torch.get_rng_state()}, notes="n")
    return folder / "a.pt"


def open_checkpoint(file: Path) -> object:
    return checkpoint.load(file).model()


def legacy_checkpoint(folder: Path) -> Path:
    return save(folder / "a.pth", authors_model(), authors_options(), "legacy")


def zip_checkpoint(folder: Path) -> Path:
    return save(folder / "a.pth", authors_model(), authors_options(), "zip")


def pickle_of(make: Callable[[Path], Path]) -> Callable[[Path], Path]:
    """The pickle of a zip alone; the rest of it waits beside it."""

    def made(folder: Path) -> Path:
        whole = make(folder).rename(folder / "whole")
        with zipfile.ZipFile(whole) as archive:
            name = next(name for name in archive.namelist() if name.endswith("data.pkl"))
            (folder / "data.pkl").write_bytes(archive.read(name))
        return folder / "data.pkl"

    return made


def open_pickle(file: Path) -> object:
    """Opens the zip again, with another pickle in it and the right checksums."""
    with zipfile.ZipFile(file.with_name("whole")) as archive, zipfile.ZipFile(file.with_name("b.pt"), "w") as made:
        for name in archive.namelist():
            made.writestr(name, file.read_bytes() if name.endswith("data.pkl") else archive.read(name))
    return open_checkpoint(file.with_name("b.pt"))


# ---- stores


def store(folder: Path) -> StoreWriter:
    config = ConvertConfig(dataset="videos", data_root=str(folder), store="s", source="x")
    writer = StoreWriter(config, 1, {"action": 2}, {"settings": {"every": 1}})
    for number in range(3):
        piece = Piece(f"n{number}", np.full((4, 64, 64, 1), number, np.uint8), {"action": np.zeros((4, 2), np.float32)})
        writer.write("train" if number else "test", piece)
        writer.finish_unit(f"u{number}")
    return writer


def store_file(name: str) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        with contextlib.closing(store(folder)) as writer:
            return writer.publish(["x"]).path / name

    return made


def read_store(file: Path) -> object:
    folder, data = file.parent, DataConfig(dataset="videos", data_root=str(file.parents[2]), store="s")
    inspect_stored("videos", file.parents[2], raw="", missing="")
    list(stores.verify(folder))
    clips = open_stored(data, split="train", image_width=64, channels=1, n_frames=2, seed=1, windows=True)
    return clips.batch([0, 1])


def begun(folder: Path) -> Path:
    store(folder).close()
    return part_of(folder / "s" / "store-64") / JOURNAL


def go_on(file: Path) -> object:
    inspect_stored("videos", file.parents[2], raw="", missing="")
    with contextlib.suppress(DataError):
        unfinished(file.parent)
    with contextlib.closing(store(file.parents[2])) as writer:
        return writer.publish(["x"])


# ---- runs


def run_file(name: str) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        run = make_run(folder)
        (run / "tests.jsonl").write_text('{"epoch": 0, "step": 5, "test_loss": 1.5, "test_mse": 0.5, "test_kld": 2.0}\n')
        (run / "about.json").write_text(json.dumps({"tags": ["a"], "notes": "why"}))
        return run / name

    return made


def read_run(file: Path) -> object:
    row = library.read_row(file.parent)
    for column in table.COLUMNS:
        table.words(row, column)
        table.tip(row, column)
    read_curves(file.parent)
    RunState.read(file.parent)
    with contextlib.suppress(StudioError):
        library.read_config(file.parent)
    run = RunFolder(file.parent)
    run.begin(TrainConfig(), 5)
    run.close()
    return read_curves(file.parent)


def old(name: str) -> Callable[[Path], Path]:
    return lambda folder: Path(shutil.copyfile(OLD / name, folder / Path(name).name))


def read_queue(file: Path) -> object:
    queue = RunQueue(file.parent)
    titles = [entry.title for entry in queue.entries if not entry.resumes]
    queue.close()
    return titles


def unfinished_evaluation(folder: Path) -> Path:
    curve = Curve(3)
    curve.add(np.ones((3, 2)))
    progress.save(folder, "key", progress.State(1, {"m": {("psnr", "best"): curve}}))
    return folder / progress.NAME


def read_progress(file: Path) -> object:
    return progress.load(file.parent, "key", [("psnr", "best")], 3, lambda units: {"m": 2} if units < 9 else None)


# ---- data sets


EXAMPLE = b"\x0a\x0b\x0a\x09\x0a\x01a\x12\x04\x0a\x02\x0a\x00"  # the feature a, of one empty text


def records(folder: Path) -> Path:
    checksum = tfrecords.masked_crc32c()
    with (folder / "a.tfrecords").open("wb") as file:
        for data in (EXAMPLE, EXAMPLE):
            head = struct.pack("<Q", len(data))
            file.write(head + checksum(head) + data + checksum(data))
    return folder / "a.tfrecords"


def read_records(file: Path) -> object:
    found = list(tfrecords.records(file))
    if len(data := file.read_bytes()) == 2 * (len(EXAMPLE) + 16):
        tfrecords.fields(data[12 : 12 + len(EXAMPLE)])  # whatever its checksum says
    return found


def kth_list(folder: Path) -> Path:
    (folder / "00sequences.txt").write_text("Sequences\nperson01_boxing_d1\tframes 1-95, 96-185\nperson13_boxing_d3 *missing*\n")
    return folder / "00sequences.txt"


def idx(folder: Path) -> Path:
    file = folder / "root" / mnist.FOLDER / "train-images-idx3-ubyte"
    file.parent.mkdir(parents=True)
    file.write_bytes(struct.pack(">BBBBIII", 0, 0, 8, 3, 2, 28, 28) + bytes(2 * 28 * 28))
    return file


def read_idx(file: Path) -> object:
    mnist.inspect("smmnist", file.parents[len(mnist.FOLDER.parts)])
    return mnist.read_idx(file.with_name("train-images-idx3-ubyte"), 3)


def zipped(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner/a.txt", b"some" * 100)
        archive.writestr("inner/b.txt", b"more")
    return folder / "a.zip"


def tarred(mode: str) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        with tarfile.open(folder / "a.tar", mode) as archive:  # type: ignore[call-overload]
            for name in ("inner/a.txt", "inner/b.txt"):
                info = tarfile.TarInfo(name)
                info.size = 400
                archive.addfile(info, io.BytesIO(b"some" * 100))
        return folder / "a.tar"

    return made


def unpacked(file: Path) -> object:
    shutil.rmtree(file.with_name("out"), ignore_errors=True)
    return list(unpack(file, file.with_name("out"), limit=1 << 20))


# ---- pictures and videos


def picture(suffix: str) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        from PIL import Image

        image = Image.fromarray(np.arange(32 * 24 * 3, dtype=np.uint8).reshape(24, 32, 3))
        image.save(folder / f"a.{suffix}")
        return folder / f"a.{suffix}"

    return made


def video(suffix: str, codec: str) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        import av

        with av.open(str(folder / f"a.{suffix}"), "w") as container:
            stream = container.add_stream(codec, rate=25)
            stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
            for number in range(8):
                frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 20 * number, np.uint8), format="rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return folder / f"a.{suffix}"

    return made


def read_video(file: Path) -> object:
    with contextlib.closing(Video(file)) as found:
        shapes = [block.shape for block in found.blocks(Fitting(64, channels=3), last=500)]
        return shapes, found.shortfall()


READERS: dict[str, Reader] = {
    "own checkpoint": Reader(own_checkpoint, open_checkpoint, (CheckpointError,)),
    "own checkpoint's pickle": Reader(pickle_of(own_checkpoint), open_pickle, (CheckpointError,), share=2),
    "authors' checkpoint, legacy": Reader(legacy_checkpoint, open_checkpoint, (CheckpointError,), share=2),
    "authors' checkpoint, zip": Reader(zip_checkpoint, open_checkpoint, (CheckpointError,)),
    "authors' pickle": Reader(pickle_of(zip_checkpoint), open_pickle, (CheckpointError,), share=2),
    "manifest": Reader(store_file("manifest.json"), read_store, (DataError,)),
    "npy": Reader(store_file("train.npy"), read_store, (DataError,)),
    "npy of numbers": Reader(store_file("train.action.npy"), read_store, (DataError,)),
    "conversion's journal": Reader(begun, go_on, (DataError,)),
    **{name: Reader(run_file(name), read_run) for name in (
        "config.json", "state.json", "about.json", "metrics.jsonl", "tests.jsonl", "log.txt"
    )},
    "settings of a run": Reader(run_file("config.json"), read_config_file, (ConfigError,)),
    "queue": Reader(old("queue/queue.json"), read_queue),
    "evaluation": Reader(old("evaluated/evaluation.json"), results_file.read, (results_file.ResultsError,)),
    "unfinished evaluation": Reader(unfinished_evaluation, read_progress),
    "TFRecord": Reader(records, read_records, (ValueError,)),
    "KTH's list": Reader(kth_list, read_sequences, (DataError,)),
    "IDX": Reader(idx, read_idx, (DataError,)),
    "zip": Reader(zipped, unpacked, (DataError,)),
    "tar": Reader(tarred("w"), unpacked, (DataError,)),
    "tar.gz": Reader(tarred("w:gz"), unpacked, (DataError,)),
    **{name: Reader(picture(name), read_image, (Unusable,)) for name in ("png", "jpg", "gif", "bmp", "tiff", "webp", "ppm")},
    "AVI": Reader(video("avi", "mpeg4"), read_video, (Unusable,), share=0.3),
    "MP4": Reader(video("mp4", "libx264"), read_video, (Unusable,), share=0.3),
}  # fmt: skip


def _begin(name: str, folder: Path) -> None:
    """Writes the valid file, and reads it, which raises nothing."""
    whole = folder / "whole"
    whole.mkdir(parents=True)
    place = READERS[name].make(whole).relative_to(whole)
    READERS[name].read(_copied(whole, folder / "valid") / place)
    (folder / "place.txt").write_text(place.as_posix())


def fuzz(name: str, folder: Path, count: int, seed: str) -> list[str]:
    """What went wrong, with the seed that shows it again."""
    reader, whole, place = READERS[name], folder / "whole", (folder / "place.txt").read_text()
    wrong: list[str] = []
    data = (whole / place).read_bytes()
    for number in range(max(1, round(count * reader.share))):
        own = f"{seed}/{name}/{number}"
        (folder.parent / "now.txt").write_text(own)  # the last one, should the process be ended
        here = _copied(whole, folder / "here") / place
        here.write_bytes(mutated(data, own))
        try:
            reader.read(here)
        except reader.errors as error:
            said = str(error).replace(str(folder), "")
            if not said or "\n" in said or len(said) > LONGEST:
                wrong.append(f"{own}: says {said[:300]!r} ({len(said)} characters)")
        except Exception:
            wrong.append(f"{own}: {traceback.format_exc()[-1500:]}")
    return wrong


def _copied(whole: Path, to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(whole, to)
    return to


def _bound() -> None:
    if sys.platform == "linux":
        import resource

        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))


def main(folder: Path, count: int, seed: str, names: list[str]) -> int:
    faulthandler.enable()
    torch.set_num_threads(1)
    made = {}
    for number, name in enumerate(names or READERS):  # which loads the libraries that they need, before memory is bounded
        made[name] = folder / str(number)
        _begin(name, made[name])
    _bound()
    wrong = [line for name, place in made.items() for line in fuzz(name, place, count, seed)]
    print("\n".join(wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]))
