"""Errors and durations in words."""

from __future__ import annotations

import pytest

from svg_studio.engine.errors import DataError
from svg_studio.engine.utils.wording import sentence


@pytest.mark.parametrize(
    "error, told",
    [
        (DataError("one\ntwo"), "one"),
        (ValueError(), "ValueError"),
        (FileNotFoundError(2, "No such file or directory", "a.pt"), "a.pt: No such file or directory"),
        (OSError("no number"), "OSError: no number"),
    ],
)
def test_that_an_error_is_told_in_one_sentence(error: Exception, told: str) -> None:
    assert sentence(error) == told
