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
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np

from svg_studio.engine.config import SPLITS, ConfigError, ConvertConfig
from svg_studio.engine.data.source import Piece
from svg_studio.engine.data.splits import Move
from svg_studio.engine.data.store import FORMAT, MANIFEST, REPORT, Sequence, Store, sequence_of, to_plain, whole
from svg_studio.engine.errors import DataError
from svg_studio.engine.utils.files import explained, is_own_folder, open_own, own_folder, part_of, remove_tree, replacing
from svg_studio.engine.utils.json_file import lines_in, object_in
from svg_studio.engine.utils.plain_file import open_plain
from svg_studio.engine.utils.wording import extent
from svg_studio.engine.utils.workplace import Workplace

JOURNAL = "journal.jsonl"
_HEADER = 128  # bytes of a .npy file's header, whatever the first axis
_AT_ONCE = 1 << 24  # bytes that are moved
_CUT = -1  # in the place of a checksum that is to be computed anew


def old_of(folder: Path) -> Path:
    """Where the store that is being replaced lies for a moment."""
    return folder.with_name(f".{folder.name}.old")


def _new(kept: dict[tuple[str, str], None], line: tuple[str, str]) -> bool:
    """Adds a line to those that are kept; False if it is there already."""
    there = line in kept
    kept[line] = None
    return not there


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
        with open_plain(folder / JOURNAL) as file:
            return ConvertConfig.from_dict(object_in(file.readline(1 << 20))["config"])
    except (OSError, KeyError, TypeError, ConfigError) as error:
        raise DataError(f"{folder}: what is left of a conversion cannot be read; delete it and convert again") from error


class StoreWriter:
    """One conversion's output. `done` are the keys of the units that are finished, in this run or one before.

    splits: those that there are files for; train and test are always among them.
    """

    def __init__(
        self,
        config: ConvertConfig,
        channels: int,
        extras: Mapping[str, int],
        made_of: dict[str, Any],
        splits: Collection[str] = ("train", "test"),
    ) -> None:
        self._config, self._channels, self._extras = config, channels, dict(extras)
        self._made_of = digest(made_of)
        self._settings = {**made_of["settings"], "source": config.source, "png": config.png, "made_of": self._made_of}
        self.done: set[str] = set()
        self.discarded = False  # what lay here of a conversion of other settings or files
        self._skipped: dict[tuple[str, str], None] = {}
        self._notes: dict[tuple[str, str], None] = {}
        self._journalled = (0, 0)  # of skipped and notes, in the journal
        there = [split for split in SPLITS if split in {"train", "test", *splits}]
        self._splits = {split: _State(extras_crc32=dict.fromkeys(extras, 0)) for split in there}
        self._pending: dict[str, list[Sequence]] = {split: [] for split in there}
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
    def notes(self) -> list[tuple[str, str]]:
        """What else was to be known of a file, in this run and those before."""
        return list(self._notes)

    @property
    def frames(self) -> dict[str, int]:
        """Frames written of each split."""
        return {split: state.frames for split, state in self._splits.items()}

    @property
    def sequences(self) -> dict[str, list[Sequence]]:
        """What is finished of each split."""
        return {split: state.sequences for split, state in self._splits.items()}

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
        """Keeps for the report what is left out; False if it is kept already, by a run before."""
        return _new(self._skipped, (source, reason))

    def note(self, source: str, note: str) -> bool:
        """Keeps a note for the report; False if it is kept already, by a run before."""
        return _new(self._notes, (source, note))

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
            skipped, notes = self._journalled
            self._say({"unit": key, "splits": splits, "skipped": self.skipped[skipped:], "notes": self.notes[notes:]})
        for split, pending in self._pending.items():
            self._splits[split].sequences += pending
            self._pending[split] = []
        self._journalled = len(self._skipped), len(self._notes)
        self.done.add(key)

    def move(self, moves: Many[Move]) -> Iterator[tuple[int, int]]:
        """Makes `moves`, all from one split to one other and in the order of frames; yields bytes done and of all.

        Bytes change places in the files, so a conversion that is cut off from here on begins anew: its journal is cut first.
        """
        source, target = moves[0].source, moves[0].target
        self._journal.seek(0)
        self._journal.truncate(len(self._journal.readline()))
        os.fsync(self._journal.fileno())
        total = sum((self._splits[source].frames - moves[0].first) * self._row(name) for name in self._names(source))
        done = 0
        with explained(self._part):
            for here, there in zip(self._names(source), self._names(target), strict=True):
                for step in self._move(here, there, moves):
                    done += step
                    yield done, total
            self._retell(moves)

    def _move(self, here: str, there: str, moves: Many[Move]) -> Iterator[int]:
        """The rows of one file; yields bytes."""
        row, source, target = self._row(here), self._files[here], self._files[there]
        target.seek(0, os.SEEK_END)
        for move in moves:
            yield from _copy(source, _HEADER + move.first * row, target, target.tell(), move.frames * row)
        ends = [move.first for move in moves[1:]] + [self._splits[moves[0].source].frames]
        at = moves[0].first
        for move, end in zip(moves, ends, strict=True):  # what stays between two of them moves down
            first = move.first + move.frames
            yield from _copy(source, _HEADER + first * row, source, _HEADER + at * row, (end - first) * row)
            at += end - first
        source.truncate(_HEADER + at * row)

    def _retell(self, moves: Many[Move]) -> None:
        """What the two splits hold after `moves`."""
        before, after = self._splits[moves[0].source], self._splits[moves[0].target]
        all_of_it, before.sequences, before.frames = before.sequences, [], 0
        for one in all_of_it:
            going = sum(move.frames for move in moves if one.first <= move.first < one.first + one.length)
            for state, length in ((before, one.length - going), (after, going)):
                if length:
                    crc32 = one.crc32 if length == one.length else _CUT
                    state.sequences.append(Sequence(one.name, state.frames, length, crc32))
                    state.frames += length
        for split in (moves[0].source, moves[0].target):
            state = self._splits[split]
            cut = {s: self._crc32(f"{split}.npy", s.first, s.length) for s in state.sequences if s.crc32 == _CUT}
            state.sequences = [s._replace(crc32=cut.get(s, s.crc32)) for s in state.sequences]
            state.extras_crc32 = {name: self._crc32(f"{split}.{name}.npy", 0, state.frames) for name in self._extras}

    def _crc32(self, name: str, first: int, count: int) -> int:
        file, row, crc = self._files[name], self._row(name), 0
        file.seek(_HEADER + first * row)
        for size in _steps(count * row):
            crc = zlib.crc32(file.read(size), crc)
        return crc

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
            notes=tuple(self.notes),
        )
        with explained(folder):
            for split in self._splits:
                for name in self._names(split):
                    self._write_header(name, self._splits[split].frames)
            report = [f"{split}: {extent(len(s.sequences), s.frames)}" for split, s in self._splits.items()]
            report += ["", "Left out", *([f"{source}: {reason}" for source, reason in self.skipped] or ["nothing"])]
            if self.notes:
                report += ["", "Notes", *(f"{source}: {note}" for source, note in self.notes)]
            with replacing(self._part / REPORT, error=None) as part:
                part.write_text("\n".join(report) + "\n", encoding="utf-8", errors="backslashreplace")
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
        kept = 0
        lines = (line for line in lines_in(self._journal) if line.endswith(b"\n"))  # one that was cut off has no end
        first = next(lines, b"")
        if first and self._continues(object_in(first)):
            kept = len(first)
            for line in lines:
                if not self._take(object_in(line)):
                    break
                kept += len(line)
        if not kept:
            self.discarded = bool(first)
            for path in self._part.iterdir():
                if path.name != JOURNAL:
                    remove_tree(path)
        self._journal.truncate(kept)
        self._journal.seek(0, os.SEEK_END)
        if not kept:
            self._say({"format": FORMAT, "made_of": self._made_of, "config": self._config.to_dict()})
        self._journalled = len(self._skipped), len(self._notes)
        for split, state in self._splits.items():
            for name in self._names(split):
                file = self._files[name] = open_own(self._part / name, "r+b")
                file.truncate(_HEADER + state.frames * self._row(name))
                file.seek(0, os.SEEK_END)

    def _continues(self, begun: dict[str, Any]) -> bool:
        """Whether the conversion that wrote this first line of a journal is the one that is wanted now."""
        same = (begun.get("format"), begun.get("made_of")) == (FORMAT, self._made_of)
        try:
            return same and (begun["config"]["png"] is True or not self._config.png)  # PNG files come of every unit, or of none
        except (KeyError, TypeError):
            return False

    def _take(self, line: dict[str, Any]) -> bool:
        """Believes one line of the journal if the files hold what it tells of."""
        try:
            unit = str(line["unit"])
            skipped = dict.fromkeys((str(source), str(reason)) for source, reason in line["skipped"])
            notes = dict.fromkeys((str(source), str(note)) for source, note in line.get("notes", ()))  # version 0.1.0 had none
            states = {}
            for split, before in self._splits.items():
                found = line["splits"][split]
                frames = found["frames"]
                added = [sequence_of(row) for row in found["sequences"]]
                if frames != before.frames + sum(sequence.length for sequence in added):
                    return False
                for name in self._names(split):
                    if (self._part / name).stat().st_size < _HEADER + frames * self._row(name):
                        return False
                crc32 = {name: whole(found["extras_crc32"][name]) for name in self._extras}
                states[split] = _State(whole(frames), [*before.sequences, *added], crc32)
        except (OSError, KeyError, TypeError, ValueError, AttributeError):
            return False
        self._splits = states  # only now that all of the line is understood
        self._skipped |= skipped
        self._notes |= notes
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


def _steps(size: int) -> Iterator[int]:
    """`size` bytes in parts."""
    yield from (min(_AT_ONCE, size - start) for start in range(0, size, _AT_ONCE))


def _copy(source: IO[bytes], first: int, target: IO[bytes], at: int, size: int) -> Iterator[int]:
    """Copies bytes, within one file to a place before them; yields how many, part by part."""
    for step in _steps(size):
        source.seek(first)
        data = source.read(step)
        target.seek(at)
        target.write(data)
        first, at = first + step, at + step
        yield step
