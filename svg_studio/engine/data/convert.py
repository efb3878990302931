"""The `convert` job: turns a data set's files into a frame store and, after an interruption, continues where it stopped."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from svg_studio.engine.config import ConvertConfig
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.data.source import Noted, Reading, Skipped, Source, Unit
from svg_studio.engine.data.splits import remarks, to_fill
from svg_studio.engine.data.store import REPORT, open_store
from svg_studio.engine.data.store_writer import StoreWriter, digest, tidy, workplace
from svg_studio.engine.errors import DataError, StudioError
from svg_studio.engine.events import Events, Logged, Progressed, Remedy, SourceNoted, SourceSkipped, StoreConverted
from svg_studio.engine.utils.background import Aside
from svg_studio.engine.utils.file_names import check_name
from svg_studio.engine.utils.files import check_room

_DEPTH = 4  # pieces read ahead of each unit
_WHOLE = (0, -1)  # first and last frame of a unit, where the store of an earlier version says what it is made of

# Settings that version 0.1.0 had not, with what it did: while they say so, they are left out of what a store is made of.
_LATER = {"background": "#000000", "depth": 16}

NEW_PLACE = Remedy(other=("store", "replace"))


def convert(config: ConvertConfig) -> Events:
    """Unpacks, where the source is an archive, and converts what `config` names.

    Yields Progressed in bytes of the sources, SourceSkipped, SourceNoted, Logged and StoreConverted.

    Closing it keeps what was converted, and the same call goes on from there. Raises DataError for sources that are not there,
    for a store of other settings in the same place, and for a damaged source where `config.damaged` is "stop".
    """
    if config.dataset not in DATASETS or not DATASETS[config.dataset].conversion:
        known = ", ".join(name for name, entry in DATASETS.items() if entry.conversion)
        raise DataError(f"dataset={config.dataset}: needs no conversion; choose one of {known}")
    entry = DATASETS[config.dataset]
    if config.image_width not in entry.widths:
        widths = " or ".join(map(str, entry.widths))
        raise DataError(f"image_width={config.image_width}: {entry.title} comes {widths} px wide")
    module = entry.load()
    try:
        with closing(Aside()) as aside:
            config = yield from module.unpack(config)
            # Aside: to look through a large folder takes a while, and a stop is to be heard meanwhile.
            source: Source = yield from aside.run(lambda: module.source(config), lambda: Progressed(0, 0, "", "Looking for files"))
            made_of = yield from aside.run(lambda: _made_of(config, source), lambda: Progressed(0, 0, "", "Looking at files"))
    except OSError as error:
        raise DataError(f"{error.filename}: cannot be read ({error.strerror or error}); make it readable") from error
    if config.folder.exists() and not config.replace:
        with suppress(StudioError, OSError), workplace(config.folder):  # or somebody else works there, or it is read-only
            tidy(config.folder)
        yield from _already(config, made_of)
        return
    check_name("store", config.store)
    with closing(StoreWriter(config, source.channels, source.extras, made_of, {u.split for u in source.units})) as writer:
        if config.folder.exists() and not config.replace:  # another process has made it since
            writer.discard()
            yield from _already(config, made_of)
            return
        todo = [unit for unit in source.units if unit.key not in writer.done]
        total = sum(unit.size for unit in source.units)
        done = total - sum(unit.size for unit in todo)
        if writer.discarded:
            yield Logged(f"{config.folder}: a conversion of other settings or files was cut off here; it is begun anew", "warning")
        if len(todo) < len(source.units):
            yield Logged(f"{config.folder}: going on after {len(source.units) - len(todo)} of {len(source.units)} files")
        need = round(source.expected_bytes * (total - done) / max(total, 1))
        check_room(config.folder, need, config.folder, "make room or choose another data_root")
        yield from _said(config, writer, [*source.skipped, *source.notes])
        for unit, pieces in read_ahead(source.read, todo):
            yield Progressed(done, total, "bytes", unit.name)
            said: list[Skipped | Noted] = []
            for piece in pieces:
                if isinstance(piece, Skipped | Noted):
                    said.append(piece)
                    continue
                writer.write(unit.split, piece)
                yield Progressed(done + round(piece.share * unit.size), total, "bytes", unit.name)
            if (
                any(isinstance(one, Skipped) for one in said) and not unit.path.exists()
            ):  # a disk that was unplugged is not a set of damaged files
                raise DataError(f"{unit.path}: is gone; bring it back, and Convert goes on where it was")
            yield from _said(config, writer, said)
            writer.finish_unit(unit.key)
            done += unit.size
            yield Progressed(done, total, "bytes", unit.name)
        if not any(writer.frames.values()):
            writer.discard()
            # What is missing altogether was told before anything was read, damage later.
            why = " ({}: {})".format(*writer.skipped[-1]) if writer.skipped else ""
            raise DataError(f"{config.reads}: nothing in it could be converted{why}")
        yield from _fill(config, writer, source.units)
        store = writer.publish([str(unit.path) for unit in source.units])
    yield _converted(store.path)


def read_ahead(
    read: Callable[[Unit], Iterator[Reading]], units: Sequence[Unit], threads: int = 0
) -> Generator[tuple[Unit, Iterator[Reading]], None, None]:
    """Each unit with what `read` yields of it, in order, several units being read at once in threads."""
    threads = threads or max(2, min(4, os.cpu_count() or 1))
    stop = threading.Event()

    def work(unit: Unit, out: queue.Queue[Any]) -> None:
        try:
            with closing(read(unit)) as pieces:  # type: ignore[type-var]
                for piece in pieces:
                    if not _put(out, piece, stop):
                        return
            _put(out, None, stop)
        except BaseException as error:  # handed to who consumes
            _put(out, error, stop)

    def taken(out: queue.Queue[Any]) -> Iterator[Reading]:
        while (item := out.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    with ThreadPoolExecutor(threads, thread_name_prefix="reading") as pool:
        try:
            queues: list[queue.Queue[Any]] = []
            for number, unit in enumerate(units):
                for ahead in units[len(queues) : number + threads]:
                    queues.append(queue.Queue(_DEPTH))
                    pool.submit(work, ahead, queues[-1])
                yield unit, taken(queues[number])
                queues[number] = queue.Queue(1)  # frees what it held
        finally:
            stop.set()


def _put(out: queue.Queue[Any], item: object, stop: threading.Event) -> bool:
    while not stop.is_set():
        try:
            out.put(item, timeout=0.1)
        except queue.Full:
            continue
        return True
    return False


def _said(config: ConvertConfig, writer: StoreWriter, said: list[Skipped | Noted]) -> Events:
    """Says and keeps for the report what is not there yet."""
    for one in said:
        if isinstance(one, Noted):
            if writer.note(one.source, one.note):
                yield SourceNoted(one.source, one.note)
            continue
        if one.damaged and config.damaged == "stop":
            raise DataError(f"{one.source}: {one.reason}; mend it, or convert with damaged=skip")
        if writer.skip(one.source, one.reason):
            yield SourceSkipped(one.source, one.reason)


def _fill(config: ConvertConfig, writer: StoreWriter, units: Sequence[Unit]) -> Events:
    """After all is read: what was split by hash leaves neither train nor test empty. Says what of the splits is to be known."""
    moves = to_fill(writer.sequences, {unit.name: unit.draw for unit in units if unit.draw >= 0}, config.test_percent)
    if moves:
        for done, total in writer.move(moves):
            yield Progressed(done, total, "bytes", "Splitting")
    by_hash = "test_percent" in DATASETS[config.dataset].conversion
    wanted = ("train", "test") if by_hash and config.test_percent else ("train",) if by_hash else ()
    notes = remarks(writer.sequences, moves, wanted, {unit.name: unit.twin for unit in units if unit.twin})
    yield from _said(config, writer, [Noted(source or config.reads, note) for source, note in notes])


def _made_of(config: ConvertConfig, source: Source) -> dict[str, Any]:
    """What decides a store's content: two conversions that agree in this give the same store."""
    names = {*DATASETS[config.dataset].conversion, "image_width"} - {"source", "store", "png", "damaged"}
    settings = {name: value for name, value in config.to_dict().items() if name in names and value != _LATER.get(name)}
    units = [[unit.key, unit.size, *_WHOLE, _changed(unit.path)] for unit in source.units]
    return {"dataset": config.dataset, "settings": settings, "units": units, "plan": source.plan}


def _changed(path: Path) -> object:
    """When a file was changed last, in seconds; for a folder of images the same of each of them."""
    if not path.is_dir():
        return int(path.stat().st_mtime)
    with os.scandir(path) as entries:
        return digest(sorted([e.name, e.stat().st_size, int(e.stat().st_mtime)] for e in entries if e.is_file()))


def _already(config: ConvertConfig, made_of: dict[str, Any]) -> Events:
    """A store is there: the one that is wanted, or one that must not be overwritten."""
    try:
        store = open_store(config.folder)
    except DataError as error:
        raise DataError(f"{config.folder}: is there, and is no whole store", NEW_PLACE) from error
    wanted = made_of["settings"]
    if store.dataset != config.dataset or any(store.settings.get(k) != wanted.get(k) for k in {*wanted, *_LATER}):
        raise DataError(f"{store.path}: was converted with other settings", NEW_PLACE)
    if store.settings.get("made_of") != digest(made_of):
        raise DataError(f"{store.path}: was converted from other files", NEW_PLACE)
    if config.png and not store.settings.get("png"):
        raise DataError(f"{store.path}: was converted without PNG files", Remedy(other=("replace",)))
    yield Logged(f"{store.path} is converted already")
    yield _converted(store.path)


def _converted(path: Path) -> StoreConverted:
    store = open_store(path)
    counts = {split: len(sequences) for split, sequences in store.sequences.items()}
    frames = {split: store.count(split) for split in counts}
    return StoreConverted(path, counts, frames, len(store.skipped), path / REPORT, len(store.notes))
