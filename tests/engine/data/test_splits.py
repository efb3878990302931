"""Which names say a split, and what goes over where a split that was drawn by hash has nothing."""

from pathlib import Path

import pytest

from svg_studio.engine.data.splits import Move, remarks, said_split, split_folders, to_fill
from svg_studio.engine.data.store import Sequence


@pytest.mark.parametrize(
    "names, split",
    [
        (
            ("train", "Train", "TRAINING", "train_01", "train2", "ucf-train", "KTHTrain", "trainset", "TrainSet", "my train data"),
            "train",
        ),
        (("test", "Test", "testing", "test-set", "TESTDATA", "UCFTest", "01_test", "test.videos", "testSplit"), "test"),
        (("val", "valid", "Validation", "eval", "EVALUATION", "dev", "split_val", "val2", "ValSet", "valset", "dev-set"), "val"),
        (("trains", "tested", "attest", "testimony", "values", "valley", "device", "evaluations", "rétest", "strain"), ""),
        (("train_test", "train-val", "test+val", "trainTest", "", "1", "_", "动", "set", "data"), ""),
        (("train_training", "val (validation)", "été test"), None),
    ],
)
def test_that_a_folder_says_a_split_by_a_word_of_its_name(names: tuple[str, ...], split: str | None) -> None:
    wanted = ("train", "val", "test") if split is None else (split,) * len(names)
    assert {name: said_split(name) for name in names} == dict(zip(names, wanted, strict=True))


def test_that_the_folders_of_splits_are_found_and_hidden_ones_are_not(tmp_path: Path) -> None:
    for name in ("train", "Training_2", "VAL", ".test", "other", "deep/test"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "test").touch()
    assert split_folders(tmp_path) == {
        "train": [tmp_path / "Training_2", tmp_path / "train"],
        "test": [],
        "val": [tmp_path / "VAL"],
    }
    assert split_folders(tmp_path / "nowhere") == {"train": [], "test": [], "val": []}


def stored(**lengths: int) -> list[Sequence]:
    found: list[Sequence] = []
    for name, length in lengths.items():
        found.append(Sequence(name, sum(one.length for one in found), length, 0))
    return found


@pytest.mark.parametrize(
    "train, test, draws, percent, moves",
    [
        (stored(a=5, b=6, c=7), [], {"a": 3, "b": 2, "c": 9}, 10, [("b", "train", "test", 5, 6)]),
        ([], stored(a=5, b=6), {"a": 3, "b": 2}, 90, [("b", "test", "train", 5, 6)]),
        (stored(a=5, b=6, c=7), [], {"a": 2, "b": 3, "c": 2}, 10, [("a", "train", "test", 0, 5), ("c", "train", "test", 11, 7)]),
        (stored(a=5, b=6), [], {"a": 2, "b": 2}, 10, [("a", "train", "test", 0, 5)]),
        (stored(given=5, b=6), [], {"b": 2}, 10, [("b", "train", "test", 5, 6)]),
        (stored(given=5, other=6), [], {}, 10, []),
        (stored(a=5, b=6), [], {"a": 3, "b": 2}, 0, []),
        (stored(a=5), stored(b=6), {"a": 3, "b": 2}, 10, []),
        ([], [], {"a": 3}, 10, []),
        (stored(a=600), [], {"a": 3}, 10, [("a", "train", "test", 540, 60)]),
        (stored(a=100), [], {"a": 3}, 10, [("a", "train", "test", 60, 40)]),
        (stored(a=60), [], {"a": 3}, 10, [("a", "train", "test", 30, 30)]),
        (stored(a=1000), [], {"a": 3}, 80, [("a", "train", "test", 500, 500)]),
        (stored(a=9), [], {"a": 3}, 10, [("a", "train", "test", 5, 4)]),
        (stored(a=4), [], {"a": 3}, 10, [("a", "train", "test", 2, 2)]),
        (stored(a=3), [], {"a": 3}, 10, []),
        (stored(a=600), [], {"a": 3}, 0, []),
        (stored(a=600), [], {}, 10, []),
        ([], stored(a=600), {"a": 3}, 10, [("a", "test", "train", 0, 540)]),
        ([], stored(a=3), {"a": 3}, 10, [("a", "test", "train", 0, 3)]),
    ],
)
def test_that_what_goes_over_is_what_was_drawn_by_the_smallest_number_or_the_end_of_the_only_one(
    train: list[Sequence], test: list[Sequence], draws: dict[str, int], percent: int, moves: list[tuple[str, str, str, int, int]]
) -> None:
    assert to_fill({"train": train, "test": test, "val": stored(v=9)}, draws, percent) == [Move(*move[1:]) for move in moves]


def test_that_the_same_bytes_are_said_only_where_splits_share_them() -> None:
    found = {"train": stored(a=5, b=5, x=5), "test": stored(c=5, y=5), "val": stored(d=5)}
    assert list(remarks(found, [], (), {"b": "a"})) == []
    assert list(remarks(found, [], (), {"gone": "a"})) == []
    assert list(remarks(found, [], (), {"b": "a", "d": "a", "c": "a"})) == [
        ("b", "is in train and has the same bytes as c in test and d in val")
    ]
    assert list(remarks(found, [], (), {"c": "a", "y": "x"})) == [
        ("a", "is in train and has the same bytes as c in test; 1 more are in several splits too")
    ]
