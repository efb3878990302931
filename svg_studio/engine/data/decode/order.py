"""Sorts the names of a folder's images by the numbers in them: decimals, signs and exponents where the names show such."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import PurePath

_Key = tuple[str | Decimal, ...]  # text, number, text, …
_DIGITS, _DECIMAL = r"\d+", r"\d+(?:\.\d+)?(?:[eE][+-]\d{2,3}(?!\d))?"
_SIGN = r"(?:(?<![\d+-])[+-])?"  # no sign follows a digit: 2024-01-02 is a date
_READINGS = (_DIGITS, _DECIMAL, _SIGN + _DIGITS, _SIGN + _DECIMAL)  # from the plainest on
_DATE = r"(?<!\d)(?:19|20)\d\d\D?\d\d\D?\d\d(?!\d{3})"


def ordered(names: Sequence[str]) -> tuple[list[str], str]:
    """The names in order, all numbers read by one rule, and where the order is in doubt a note on what it goes by; else empty.

    Numbers are read in the way that makes the names most alike: `-10`, `-2` and `3` are one pattern if - is a sign, and `1e-05`
    and `0.25` are one if they are decimals. The order depends on the names alone.
    """
    stems = {name: unicodedata.normalize("NFC", PurePath(name).stem) for name in names}
    keys = [{name: _key(stem, reading) for name, stem in stems.items()} for reading in _READINGS]
    kinds = [len({key[::2] for key in of.values()}) for of in keys]
    signed, decimal = _meant(list(stems.values()))
    # Of readings that fit equally well, the one that the names speak for.
    misfits = [(count, (at >= 2) != signed, (at % 2 == 1) != decimal) for at, count in enumerate(kinds)]
    key = keys[min(range(len(keys)), key=lambda at: (misfits[at][0], sum(misfits[at][1:]), at))]
    order = sorted(names, key=lambda name: (key[name], name))
    return order, _doubt(order, key)


def _meant(stems: Sequence[str]) -> tuple[bool, bool]:
    """Whether a - that stands before the number of every name is a sign, and whether points are decimal points."""
    signed = all(re.match(r"(?:.*[^\w+-]|.*_)?[+-]\d", stem) for stem in stems)
    fractions = [part for stem in stems for part in re.findall(r"\d\.(\d+)", stem)]
    # 1.10 after 1.9 counts within 1: a float is written without zeros at its end, or with as many digits as the others.
    zeros = any(len(part) > 1 and part.endswith("0") for part in fractions)
    return signed, len({len(part) for part in fractions}) > 1 and not zeros


def _key(stem: str, reading: str) -> _Key:
    parts = re.split(f"({reading})", stem)
    return tuple(Decimal(part) if at % 2 else part.casefold() for at, part in enumerate(parts))


def _doubt(order: Sequence[str], key: dict[str, _Key]) -> str:
    if len(order) < 2:
        return ""
    kinds = {key[name][::2]: name for name in reversed(order)}
    if all(len(kind) == 1 for kind in kinds):
        return "its images have no numbers in their names and were sorted by letters"
    if len(kinds) > 1:
        first, second, *_ = sorted(kinds.values(), key=order.index)
        numbers = [sorted(of[1::2] for of in key.values() if of[::2] == kind) for kind in kinds]
        if len(numbers[0]) > 1 and all(one == numbers[0] for one in numbers):
            views = f"its images look like those of {len(kinds)} cameras, such as {first} and {second}"
            return f"{views}, and were put one camera after another; a folder for each would make each a sequence"
        patterns = f"{len(kinds)} patterns, such as {first} and {second}"
        return f"its images have names of {patterns}, and were sorted one pattern after another"
    for one, two in pairwise(order):
        if key[one] == key[two]:
            return f"some of its images have the same number, such as {one} and {two}, and were sorted by letters there"
    columns = [set(column) for column in zip(*(key[name][1::2] for name in order), strict=True)]
    varying = [at for at, column in enumerate(columns) if len(column) > 1]
    last = [key[name][1::2][varying[-1]] for name in order]
    dated = all(re.search(_DATE, name) for name in order)
    if len(varying) > 1 and not dated and last != sorted(last):
        return f"its images have {len(varying)} numbers that vary in their names and were sorted by the first, then by the next"
    return ""
