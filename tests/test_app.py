"""How the program is started; an error that nobody caught is logged, and reported in a file with nothing of anybody's data."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.places import ROOT

from svg_studio import __version__, app, crash_report


@pytest.fixture(autouse=True)
def own_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVG_STUDIO_HOME", str(tmp_path))
    monkeypatch.setattr(crash_report, "_written", 0)


def raised() -> ValueError:
    secret = "what is in the file"  # noqa: F841  # a variable of the frame
    try:
        raise ValueError("it went wrong")
    except ValueError as error:
        return error


def reports(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "log").glob("report-*.txt"))


def test_that_an_uncaught_error_writes_a_report_and_says_where(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture
) -> None:
    error = raised()
    with caplog.at_level(logging.ERROR, "svg_studio"):
        app.log_exception(type(error), error, error.__traceback__)
    (report,) = reports(tmp_path)
    assert f"Unexpected: it went wrong; a report is in {report}" in caplog.text
    assert str(report) in capsys.readouterr().err
    text = report.read_text()
    assert f"SVG Studio {__version__}" in text
    assert "torch 2." in text
    assert "ValueError: it went wrong" in text
    assert 'in raised\n    raise ValueError("it went wrong")' in text
    assert "what is in the file" not in text


def test_that_an_error_of_a_thread_is_reported_too(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    error = raised()
    app.log_thread_exception(threading.ExceptHookArgs((type(error), error, error.__traceback__, None)))
    assert len(reports(tmp_path)) == 1


def test_that_an_error_that_comes_again_and_again_does_not_fill_the_disk(
    tmp_path: Path, capsys: pytest.CaptureFixture, caplog: pytest.LogCaptureFixture
) -> None:
    error = raised()
    for _ in range(crash_report.MAX_REPORTS + 5):
        app.log_exception(type(error), error, error.__traceback__)
    assert len(reports(tmp_path)) == crash_report.MAX_REPORTS
    assert len(caplog.records) == crash_report.MAX_REPORTS + 5


def test_that_an_error_is_still_logged_where_no_report_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SVG_STUDIO_HOME", str(tmp_path / "file"))
    error = raised()
    app.log_exception(type(error), error, error.__traceback__)
    assert caplog.records[-1].getMessage() == "Unexpected: it went wrong"


@pytest.mark.parametrize("start", [["main.py"], ["-m", "svg_studio"]], ids=" ".join)
def test_that_the_version_is_said_without_torch_and_qt(start: list[str]) -> None:
    command = [sys.executable, "-X", "importtime", *start, "--version"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == f"svg-studio {__version__}\n"
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "svg_studio.cli.main" in loaded
    assert not loaded & {"torch", "PySide6", "cv2", "requests"}


@pytest.mark.parametrize("start", [["main.py"], ["-m", "svg_studio"]], ids=" ".join)
def test_that_help_is_the_command_lines(start: list[str]) -> None:
    done = subprocess.run([sys.executable, *start, "--help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("usage: svg-studio [-h] [--version] COMMAND")
    assert "compare checkpoints" in done.stdout


def run_python(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Another Python, in the repository's root."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_that_a_sub_command_never_imports_qt() -> None:
    script = (
        "import sys; sys.argv = ['main.py', 'train', '--help']\n"
        "from svg_studio.app import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "sys.exit(any(name.startswith('PySide6') for name in sys.modules))"
    )
    done = run_python("-c", script)
    assert done.returncode == 0, done.stderr
    assert "--beta" in done.stdout


@pytest.mark.parametrize(
    "argv, window", [([], True), (["--scheme", "dark"], True), (["a/b.pt"], True), (["train"], False), (["--help"], False)]
)
def test_that_only_a_bare_call_or_a_model_opens_the_window(argv: list[str], window: bool) -> None:
    assert app._for_window(argv) is window
