"""Saying something never fails: for lack of a letter, of a reader, or of room on a disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.places import ROOT

from svg_studio import __version__
from svg_studio.cli.console import READABLE

posix = pytest.mark.skipif(os.name == "nt", reason="needs a Unix shell")
MISTAKE = 'generate --log_dir o --model_path "nö/β×2.pt"'
NO_FILE = "there is no such file; choose a checkpoint such as RUN/checkpoints/last.pt"

VERSION = f"svg-studio {__version__}\n"
FULL = "svg-studio: stdout cannot be written (No space left on device); send it elsewhere\n"


def shell(words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """What a shell makes of a command, in which `svg` is the program."""
    script = f'svg() {{ "{sys.executable}" "{ROOT / "main.py"}" "$@"; }}\n{words}'
    return subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env={**os.environ, **environment}, capture_output=True, check=False, timeout=100
    )


@pytest.mark.parametrize(
    "text, encoding, shown",
    [
        ("β 2×2 … ± ö", "ascii", "beta 2x2 ... +- \\xf6"),
        ("β 2×2 … ö", "cp1252", "beta 2×2 … ö"),
        ("β 2×2 … ö", "latin-1", "beta 2×2 ... ö"),
        ("β 日 😀", "latin-1", "beta \\u65e5 \\U0001f600"),
        ("a\udcff.pt", "utf-8", "a\\xff.pt"),
        ("a\ud800", "utf-8", "a\\ud800"),
        ("β ö", "utf-16", "β ö"),
    ],
)
def test_that_letters_which_a_terminal_lacks_become_readable(text: str, encoding: str, shown: str) -> None:
    assert text.encode(encoding, READABLE).decode(encoding) == shown


@posix
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "utf-16", "utf-8"])
def test_that_help_and_mistakes_are_said_in_every_encoding(encoding: str) -> None:
    done = shell("svg train --help", PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    assert "KL(q" in done.stdout.decode(encoding)
    done = shell(f"svg {MISTAKE}", PYTHONIOENCODING=encoding)
    assert done.returncode == 1
    assert done.stderr.decode(encoding).rstrip().endswith(NO_FILE)
    assert "Traceback" not in done.stderr.decode(encoding)


@posix
@pytest.mark.parametrize(
    "words, status, out, err",
    [
        ("svg --version", 0, VERSION, ""),
        ("svg --version >&-", 0, "", ""),
        ("svg --version <&- 2>&-", 0, VERSION, ""),
        ("svg train --bogus 2>&-", 2, "", ""),
        ("svg train --bogus 2>/dev/full", 2, "", ""),
        ("svg --version >/dev/full", 1, "", FULL),
        ("svg train --help >/dev/full", 1, "", FULL),
        ("{ svg train --help; echo $? >&2; } | true", 0, "", "141\n"),
        ("mkdir gone && cd gone && rmdir ../gone && svg --version", 0, VERSION, ""),
        (
            "mkdir gone && cd gone && rmdir ../gone && svg train",
            1,
            "",
            "svg-studio: the current folder has been deleted; change to another one\n",
        ),
        (f'env -u HOME XDG_DATA_HOME=nonsense TMPDIR=/nowhere "{sys.executable}" -m svg_studio --version', 0, VERSION, ""),
        ("COLUMNS=-1 TERM=dumb NO_COLOR=1 svg --version", 0, VERSION, ""),
        ("COLUMNS=nonsense svg --version", 0, VERSION, ""),
        ("COLUMNS=1 svg train --help >help", 0, "", ""),
        ("ulimit -n 32; svg --version", 0, VERSION, ""),
        (f'"{sys.executable}" -OO -W error -m svg_studio --version', 0, VERSION, ""),
    ],
)  # fmt: skip
def test_that_odd_terminals_end_in_nothing_worse_than_a_sentence(
    words: str, status: int, out: str, err: str, tmp_path: Path
) -> None:
    if "/dev/full" in words and not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    done = shell(f'cd "{tmp_path}"; {words}', PYTHONPATH=str(ROOT))
    assert (done.returncode, done.stdout.decode(), done.stderr.decode()) == (status, out, err)


TINY = (
    "--device cpu --precision fp32 --base_width 2 --g_dim 8 --z_dim 3 --rnn_size 8 --n_past 2 --n_future 3 --n_eval 6"
    " --batch_size 4 --epoch_size 2 --niter 1 --digits drawn --data_threads 1"
)


@posix
@pytest.mark.parametrize("heard", ["2>&1 | head -n 1", "2>&-"])
def test_that_training_goes_on_when_nobody_listens(heard: str, tmp_path: Path) -> None:
    words = f"ulimit -n 64; cd \"{tmp_path}\"; {{ svg train {TINY} --log_dir $'r\\xff' --name a; }} {heard}"
    done = shell(words, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert b"Traceback" not in done.stdout + done.stderr
    (run,) = Path(os.fsdecode(tmp_path)).glob("r*/a")
    assert (run / "checkpoints" / "last.pt").is_file()
    assert '"finished"' in (run / "state.json").read_text()
