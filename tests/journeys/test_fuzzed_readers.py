"""Files damaged in thousands of ways: each reader gives a result or its own error, in bounded memory and time.

The readers, each with a valid file, are in tests/support/fuzzed_readers.py. Another seed or a longer run:
`PYTHONPATH=tests python -m support.fuzzed_readers FOLDER 5000 SEED`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.places import ROOT

COUNT = 90  # of each reader


def test_that_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    path = os.pathsep.join((str(ROOT / "tests"), str(ROOT)))
    command = [sys.executable, "-m", "support.fuzzed_readers", str(tmp_path / "files"), str(COUNT), "1"]
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", check=False, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}
    )
    now = tmp_path / "files" / "now.txt"
    assert done.returncode == 0, f"{now.read_text() if now.exists() else ''}\n{done.stdout[-5000:]}\n{done.stderr[-3000:]}"
