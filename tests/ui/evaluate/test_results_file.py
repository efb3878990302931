"""An evaluation.json is read again, or refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from svg_studio.ui.evaluate import results_file
from svg_studio.ui.evaluate.results_file import ResultsError, read


def test_that_a_file_that_is_missing_or_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ResultsError, match="cannot be read"):
        read(tmp_path)
    monkeypatch.setattr(results_file, "MAX_BYTES", 10)
    (tmp_path / "evaluation.json").write_text(" " * 11)
    with pytest.raises(ResultsError, match="is more than 10 bytes long"):
        read(tmp_path)
