"""Writes a frame store unit by unit, so that an interrupted conversion continues where it stopped.

Everything gathers in a hidden folder beside the store. Its journal has one line for each finished unit; frames beyond what
the journal tells of are cut off at the next start. The folder gets the store's name when all is there.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np

from svg_studio.engine.config import ConfigError, ConvertConfig
from svg_studio.engine.data.registry import SPLITS
from svg_studio.engine.data.source import Piece
from svg_studio.engine.data.store import FORMAT, MANIFEST, REPORT, Sequence, Store, to_plain
from svg_studio.engine.errors import DataError
from svg_studio.engine.utils.files import explained, is_own_folder, open_own, own_folder, part_of, remove_tree, replacing
from svg_studio.engine.utils.json_file import object_in
from svg_studio.engine.utils.workplace import Workplace

JOURNAL = "journal.jsonl"
_HEADER = 128  # bytes of a .npy file's header, whatever the first axis


def old_of(folder: Path) -> Path:
    """Where the store that is being replaced lies for a moment."""
    return folder.with_name(f".{folder.name}.old")


def workplace(folder: Path) -> Workplace:
    """For one process at a time that converts to `folder`. Raises Busy."""
    return Workplace(folder.with_name(f".{folder.name}.lock"), folder, "converting this", "wait for that one")


def tidy(folder: Path) -> None:
    """Puts in order what a process that was killed while a store got its name has left; for who holds its workplace."""
    old = old_of(folder)
    if not os.path.lexists(folder) and is_own_folder(old):
        old.rename(folder)  # between two renames
    remove_tree(old)
    if is_own_folder(folder):
        (folder / JOURNAL).unlink(missing_ok=True)


def digest(made_of: Any) -> str:
    """A short name for the settings and files that a store is made of."""
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:32]


@dataclass
class _State:
    """What is written and journalled of one split."""

    frames: int = 0
    sequences: list[Sequence] = field(default_factory=list)
    extras_crc32: dict[str, int] = field(default_factory=dict)


def unfinished(folder: Path) -> ConvertConfig:
    """What the conversion that was cut off in `folder`, one that part_of names, was asked for. Raises DataError."""
    try:
        with (folder / JOURNAL).open("rb") as file:
            return ConvertConfig.from_dict(object_in(file.readline(1 << 20))["config"])
    except (OSError, KeyError, TypeError, ConfigError) as error:
        raise DataError(f"{folder}: what is left of a conversion cannot be read; delete it and convert again") from error


class StoreWriter:
    """One conversion's output. `done` are the keys of the units that are finished, in this run or one before."""

    def __init__(self, config: ConvertConfig, channels: int, extras: Mapping[str, int], made_of: dict[str, Any]) -> None:
        self._config, self._channels, self._extras = config, channels, dict(extras)
        self._made_of = digest(made_of)
        self._settings = {**made_of["settings"], "source": config.source, "png": config.png, "made_of": self._made_of}
        self.done: set[str] = set()
        self.discarded = False  # what lay here of a conversion of other settings or files
        self._skipped: dict[tuple[str, str], None] = {}
        self._journalled = 0  # of skipped, in the journal
        self._splits = {split: _State(extras_crc32=dict.fromkeys(extras, 0)) for split in SPLITS}
        self._pending: dict[str, list[Sequence]] = {split: [] for split in SPLITS}
        self._files: dict[str, IO[bytes]] = {}
        self._journal: IO[bytes] = io.BytesIO()
        self._part = part_of(config.folder)
        with explained(self._part):
            config.folder.parent.mkdir(parents=True, exist_ok=True)
            self._lock = workplace(config.folder)
            try:
                tidy(config.folder)
                own_folder(self._part)
                self._journal = open_own(self._part / JOURNAL, "a+b")
                self._resume()
            except BaseException:
                self.close()
                raise

    @property
    def skipped(self) -> list[tuple[str, str]]:
        """What was left out, and why, in this run and those before."""
        return list(self._skipped)

    @property
    def frames(self) -> dict[str, int]:
        """Frames written of each split."""
        return {split: state.frames for split, state in self._splits.items()}

    def write(self, split: str, piece: Piece) -> None:
        """Appends frames; they count when their unit is finished."""
        width = self._config.image_width
        length = len(piece.frames)
        assert piece.frames.shape == (length, width, width, self._channels), piece.frames.shape
        assert {name: array.shape for name, array in piece.extras.items()} == {n: (length, k) for n, k in self._extras.items()}
        if not length:
            return
        state, pending = self._splits[split], self._pending[split]
        frames = np.ascontiguousarray(piece.frames)
        self._append(f"{split}.npy", frames)
        for name, values in piece.extras.items():
            array = np.ascontiguousarray(values, np.float32)
            self._append(f"{split}.{name}.npy", array)
            state.extras_crc32[name] = zlib.crc32(array.data, state.extras_crc32[name])
        if pending and pending[-1].name == piece.name:
            before = pending[-1]
            pending[-1] = before._replace(length=before.length + length, crc32=zlib.crc32(frames.data, before.crc32))
        else:
            pending.append(Sequence(piece.name, state.frames, length, zlib.crc32(frames.data)))
        state.frames += length

    def skip(self, source: str, reason: str) -> bool:
        """Notes what is left out; False if it is noted already, by a run before."""
        if (source, reason) in self._skipped:
            return False
        self._skipped[source, reason] = None
        return True

    def finish_unit(self, key: str) -> None:
        """What was written since the last unit is kept from now on."""
        with explained(self._part):
            for file in self._files.values():
                file.flush()
                os.fsync(file.fileno())
            splits = {
                split: {"frames": s.frames, "extras_crc32": s.extras_crc32, "sequences": self._pending[split]}
                for split, s in self._splits.items()
            }
            self._say({"unit": key, "splits": splits, "skipped": self.skipped[self._journalled :]})
        for split, pending in self._pending.items():
            self._splits[split].sequences += pending
            self._pending[split] = []
        self._journalled = len(self._skipped)
        self.done.add(key)

    def publish(self, sources: list[str]) -> Store:
        """Gives the store its name, in the place of one that is there where that was asked for."""
        folder = self._config.folder
        store = Store(
            path=folder,
            dataset=self._config.dataset,
            image_width=self._config.image_width,
            channels=self._channels,
            sequences={split: tuple(state.sequences) for split, state in self._splits.items()},
            extras=self._extras,
            extras_crc32={f"{split}.{name}": crc for split, s in self._splits.items() for name, crc in s.extras_crc32.items()},
            settings=self._settings,
            sources=tuple(sources),
            skipped=tuple(self.skipped),
        )
        with explained(folder):
            for split in SPLITS:
                for name in self._names(split):
                    self._write_header(name, self._splits[split].frames)
            report = [f"{source}: {reason}" for source, reason in self.skipped] or ["nothing was left out"]
            with replacing(self._part / REPORT, error=None) as part:
                part.write_text("\n".join(report) + "\n", encoding="utf-8")
            with replacing(self._part / MANIFEST, error=None) as part, part.open("w", encoding="utf-8") as file:
                json.dump(to_plain(store), file)
            self._close_files()
            old = old_of(folder)
            if os.path.lexists(folder):
                remove_tree(old)
                folder.rename(old)
            try:
                self._part.rename(folder)
            except OSError:
                if os.path.lexists(old):
                    old.rename(folder)
                raise
            tidy(folder)
        return store

    def discard(self) -> None:
        """Leaves nothing, where there is nothing worth going on with."""
        self._close_files()
        remove_tree(self._part)
        self.close()

    def close(self) -> None:
        """Lets go of the files and the workplace; what is finished stays for the next start."""
        self._close_files()
        self._lock.release()

    def _close_files(self) -> None:
        for file in self._files.values():
            with contextlib.suppress(OSError):  # a full disk, at the last bytes of an unfinished unit
                file.close()
        self._files.clear()
        self._journal.close()

    # ---- starting and going on

    def _resume(self) -> None:
        """Goes on from the journal, or starts anew if it is of other settings, other files or another format."""
        self._journal.seek(0)
        lines = self._journal.read().split(b"\n")[:-1]  # a line that was cut off has no end
        kept = 0
        if lines and self._continues(object_in(lines[0])):
            kept = len(lines[0]) + 1
            for line in lines[1:]:
                if not self._take(object_in(line)):
                    break
                kept += len(line) + 1
        if not kept:
            self.discarded = bool(lines)
            for path in self._part.iterdir():
                if path.name != JOURNAL:
                    remove_tree(path)
        self._journal.truncate(kept)
        self._journal.seek(0, os.SEEK_END)
        if not kept:
            self._say({"format": FORMAT, "made_of": self._made_of, "config": self._config.to_dict()})
        self._journalled = len(self._skipped)
        for split, state in self._splits.items():
            for name in self._names(split):
                file = self._files[name] = open_own(self._part / name, "r+b")
                file.truncate(_HEADER + state.frames * self._row(name))
                file.seek(0, os.SEEK_END)

    def _continues(self, begun: dict[str, Any]) -> bool:
        """Whether the conversion that wrote this first line of a journal is the one that is wanted now."""
        same = (begun.get("format"), begun.get("made_of")) == (FORMAT, self._made_of)
        return same and (begun["config"]["png"] or not self._config.png)  # PNG files come of every unit, or of none

    def _take(self, line: dict[str, Any]) -> bool:
        """Believes one line of the journal if the files hold what it tells of."""
        try:
            unit = str(line["unit"])
            skipped = dict.fromkeys((str(source), str(reason)) for source, reason in line["skipped"])
            states = {}
            for split, before in self._splits.items():
                found = line["splits"][split]
                for name in self._names(split):
                    if (self._part / name).stat().st_size < _HEADER + found["frames"] * self._row(name):
                        return False
                sequences = [*before.sequences, *(Sequence(*row) for row in found["sequences"])]
                states[split] = _State(found["frames"], sequences, found["extras_crc32"])
        except (OSError, KeyError, TypeError, ValueError, AttributeError):
            return False
        self._splits = states  # only now that all of the line is understood
        self._skipped |= skipped
        self.done.add(unit)
        return True

    def _names(self, split: str) -> list[str]:
        return [f"{split}.npy", *(f"{split}.{name}.npy" for name in self._extras)]

    def _shape(self, name: str) -> tuple[int, ...]:
        """Of what one frame has in file `name`."""
        extra, width = name.split(".")[1], self._config.image_width
        return (self._extras[extra],) if extra in self._extras else (width, width, self._channels)

    def _row(self, name: str) -> int:
        """Bytes that one frame has in file `name`."""
        return prod(self._shape(name)) * (4 if len(self._shape(name)) == 1 else 1)

    # ---- the files

    def _append(self, name: str, array: np.ndarray[Any, Any]) -> None:
        with explained(self._part / name):
            self._files[name].write(array.data)

    def _write_header(self, name: str, frames: int) -> None:
        shape = (frames, *self._shape(name))
        descr = "<f4" if len(shape) == 2 else "|u1"
        file = self._files[name]
        file.seek(0)
        np.lib.format.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": shape})
        assert file.tell() == _HEADER
        file.flush()
        os.fsync(file.fileno())

    def _say(self, line: object) -> None:
        self._journal.write(json.dumps(line).encode() + b"\n")
        self._journal.flush()
        os.fsync(self._journal.fileno())
