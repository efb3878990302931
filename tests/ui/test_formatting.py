"""Names in short that can still be told apart."""

from __future__ import annotations

import pytest

from svg_studio.ui.formatting import apart

SEEDS = [f"smmnist_g128-z10-beta0.0001-learned-with-a-long-name-seed{seed}" for seed in (1, 2, 30)]


@pytest.mark.parametrize(
    "names",
    [
        SEEDS,
        [f"{name}-and-the-same-end-of-all-of-them" for name in SEEDS],
        [f"lr={lr}-{'x' * 60}" for lr in (0.1, 0.01)],
        ["a" * 40 + middle + "b" * 40 for middle in "xyz"],
        ["ab" * 40, "ab" * 41],
        ["short", "shorter"],
    ],
)
@pytest.mark.parametrize("most", [6, 12, 20])
def test_that_short_forms_differ_wherever_names_do(names: list[str], most: int) -> None:
    short = apart(names, most)
    assert len(set(short.values())) == len(names)
    assert all(len(words) <= most + 8 for words in short.values())


def test_that_what_fits_stays_and_what_is_shared_goes() -> None:
    assert apart(["a", "b"], 10) == {"a": "a", "b": "b"}
    long = [f"{name}-again-and-again-and-again" for name in SEEDS]
    assert list(apart(long, 16).values()) == ["…seed1…gain", "…seed2…gain", "…seed30…gain"]
    assert apart([], 5) == {}
