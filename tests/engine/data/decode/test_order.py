"""Names of images come in the order of the numbers in them, and where that is in doubt it is said what the order goes by."""

import random

import pytest

from svg_studio.engine.data.decode.order import ordered

ORDERS = {
    "decimals": ["1700000000.0", "1700000000.033", "1700000000.066", "1700000000.1", "1700000000.132"],
    "signs": ["-10", "-2", "0", "3", "12"],
    "only negative": ["-10", "-9", "-1"],
    "signs after letters": ["t-10", "t-2", "t3"],
    "a hyphen is no sign": ["frame-1", "frame-2", "frame-10"],
    "dates": ["2024-01-02", "2024-01-10", "2024-02-01"],
    "exponents": ["0.0", "1e-05", "2.5e-05", "0.0001", "0.25", "1e+16"],
    "signed floats": ["-1.5", "-0.25", "0.25", "0.5"],
    "numbers of numbers": ["v1.2", "v1.9", "v1.10"],
    "leading zeros": ["008", "9", "010"],
    "other digits": ["٨", "٩", "١٠"],
    "superscripts": ["a²1", "a²2"],
}


@pytest.mark.parametrize("kind", ORDERS)
def test_that_numbers_in_names_are_numbers(kind: str) -> None:
    names = [f"{stem}.png" for stem in ORDERS[kind]]
    for seed in range(5):
        assert ordered(random.Random(seed).sample(names, len(names))) == (names, "")


@pytest.mark.parametrize(
    "names,note",
    [
        (["b", "a"], "no numbers"),
        (["left_1", "right_1", "left_3"], "2 patterns, such as left_1.png and right_1.png"),
        (
            ["left_1", "right_1", "left_2", "right_2"],
            "those of 2 cameras, such as left_1.png and right_1.png, and were put one camera",
        ),
        (["1_a", "1_b", "1_c", "2_a", "2_b", "2_c"], "those of 3 cameras, such as 1_a.png and 1_b.png"),
        (["1", "01", "2"], "same number, such as 01.png and 1.png"),
        (["1_1", "1_2", "2_1"], "2 numbers that vary"),
    ],
)
def test_that_an_order_that_is_in_doubt_says_what_it_goes_by(names: list[str], note: str) -> None:
    order, said = ordered([f"{name}.png" for name in names])
    assert note in said
    assert ordered(order[::-1]) == (order, said)
