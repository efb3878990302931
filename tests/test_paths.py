"""Where the program keeps data, runs and its log."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from svg_studio import paths


def test_that_a_resource_is_found_from_any_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert paths.resource("README.md").is_file()
    assert paths.resource("presets/tiny.json").parent.parent == paths.resource("README.md").parent


def test_that_one_variable_moves_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVG_STUDIO_HOME", str(tmp_path / "here"))
    folders = {paths.default_data_root(), paths.default_log_dir(), paths.log_file().parent}
    assert len(folders) == 3
    assert {folder.parent for folder in folders} == {tmp_path / "here"}


def test_that_folders_are_the_platforms_own_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SVG_STUDIO_HOME", raising=False)
    assert paths.default_data_root().parent == platformdirs.user_data_path("svg-studio", appauthor=False)


def test_that_only_the_logs_folder_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVG_STUDIO_HOME", str(tmp_path))
    paths.default_data_root()
    paths.default_log_dir()
    assert paths.log_file().parent.is_dir()
    assert [found.name for found in tmp_path.iterdir()] == ["log"]


def test_that_platformdirs_is_imported_only_when_asked() -> None:
    code = "import svg_studio.paths, sys; sys.exit('platformdirs' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
