"""Which split a folder's name says, and what goes over where a split that was drawn by hash would have nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from svg_studio.engine.config import SPLITS

if TYPE_CHECKING:
    from svg_studio.engine.data.store import Sequence as Stored

LEAST_TEST = 40  # frames that the test part of an only sequence has: 10 given and 30 imagined, as the literature tests
SHORTEST = 2  # frames of a clip: one given, one imagined

NAMES = {
    "train": "train", "training": "train",
    "test": "test", "testing": "test",
    "val": "val", "valid": "val", "validation": "val", "eval": "val", "evaluation": "val", "dev": "val",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")  # where a word ends in TestSet and UCFTest
_TAIL = re.compile(r"(?<=.)(set|split|data)$")


class Move(NamedTuple):
    """Frames first … first + frames - 1 of split `source`, whole sequences or a part of one, go to the end of split `target`."""

    source: str
    target: str
    first: int
    frames: int


def said_split(name: str) -> str:
    """The split that a folder's name says by one of its words, as Train, test_01 and ValSet do; "" where it says none, or two."""
    words = (_TAIL.sub("", word.casefold()) for word in _WORD.findall(_HUMP.sub(" ", name)))
    said = {NAMES[word] for word in words if word in NAMES}
    return said.pop() if len(said) == 1 else ""


def split_folders(root: Path) -> dict[str, list[Path]]:
    """Split → the folders in `root` whose names say it, hidden ones left out."""
    found: dict[str, list[Path]] = {split: [] for split in SPLITS}
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        if (split := said_split(folder.name)) and not folder.name.startswith(".") and folder.is_dir():
            found[split].append(folder)
    return found


def to_fill(sequences: Mapping[str, Sequence[Stored]], draws: Mapping[str, int], test_percent: int) -> list[Move]:
    """What goes over to train, or to test where `test_percent` asks for one, if there is nothing in it; in the order of frames.

    draws: name of a sequence whose split was drawn by hash → the number that it was drawn by. The smallest goes over, with all
    that share its number as long as others stay. The only sequence is cut: its end is the test part.
    """
    train, test = sequences["train"], sequences["test"]
    if bool(train) == bool(test) or (train and not test_percent):
        return []
    full, empty = ("train", "test") if train else ("test", "train")
    there = sequences[full]
    drawn = [one for one in there if one.name in draws]
    if not drawn:
        return []
    if len(there) > 1:
        least = min(draws[one.name] for one in drawn)
        going = [one for one in drawn if draws[one.name] == least]
        going = going if len(going) < len(there) else going[:1]
        return [Move(full, empty, one.first, one.length) for one in going]
    length = there[0].length
    n_test = min(max(length * test_percent // 100, LEAST_TEST), length // 2)
    n_test = n_test if n_test >= SHORTEST else 0
    first, count = (length - n_test, n_test) if full == "train" else (0, length - n_test)
    return [Move(full, empty, first, count)] if count else []


def remarks(
    sequences: Mapping[str, Sequence[Stored]], moves: Sequence[Move], wanted: Collection[str], twins: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """What a person should know of splits that are made, as (sequence, or "" for all of it, sentence without a full stop).

    wanted: splits that should have something; twins: name → name of what has the same bytes.
    """
    for target in {move.target for move in moves}:
        for one in sequences[target]:
            if any(one.name == other.name for other in sequences[moves[0].source]):
                n_test = next(s.length for s in sequences["test"] if s.name == one.name)
                words = f"is the only sequence to train and test with, so its last {n_test} frames are the test part"
                yield one.name, f"{words}; give more videos, or a folder test"
            elif sequences[moves[0].source]:
                yield one.name, f"is the {target} part, which the hash of the names had left empty"
    for split in wanted:
        if not sequences[split]:
            yield "", f"has nothing to {split if split == 'test' else 'train'} with; give more videos, or a folder {split}"
    split_of = {one.name: split for split, those in sequences.items() for one in those}
    groups: dict[str, list[str]] = {}
    for name, twin in twins.items():
        groups.setdefault(twin, [twin]).append(name)
    leaks = [of for group in groups.values() if len(of := {split_of[n]: n for n in group if n in split_of}) > 1]
    if leaks:
        (split, name), *others = sorted(leaks[0].items(), key=lambda item: SPLITS.index(item[0]))
        more = f"; {len(leaks) - 1:,} more are in several splits too" if len(leaks) > 1 else ""
        yield name, f"is in {split} and has the same bytes as {' and '.join(f'{n} in {s}' for s, n in others)}{more}"
