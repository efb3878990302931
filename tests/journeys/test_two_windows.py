"""Two processes share one queue: the second says what waits in the first, and takes it over once that has ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pytestqt.qtbot import QtBot
from support.queues import new_page

from svg_studio.paths import queue_folder
from svg_studio.ui.train.queue_view import EMPTY

FIRST = """
import sys
from pathlib import Path
from svg_studio.engine.config import TrainConfig
from svg_studio.engine.runs.run_queue import RunQueue
queue = RunQueue(Path(sys.argv[1]))
queue.add([TrainConfig(seed=1), TrainConfig(seed=2)])
print("ready", flush=True)
for line in sys.stdin:
    queue.add([TrainConfig(seed=int(line))])
    print("added", flush=True)
"""


def test_that_a_second_window_says_what_waits_in_the_first_and_takes_it_over_when_that_has_ended(
    qtbot: QtBot, quiet_lane: object
) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", FIRST, str(queue_folder())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as first:
        assert first.stdin is not None
        assert first.stdout is not None
        try:
            assert first.stdout.readline() == "ready\n"
            page = new_page(qtbot, quiet_lane)
            view, tabs = page.queue, page.lists
            assert f"process {first.pid}" in page.banner.text
            assert view.words.text().startswith("2 runs in the other window's queue")
            assert tabs.tabText(tabs.indexOf(view)) == "Queue (2)"
            assert not view.start.isEnabled(), "they are the other window's"
            first.stdin.write("3\n")
            first.stdin.flush()
            assert first.stdout.readline() == "added\n"
            qtbot.waitUntil(lambda: view.words.text().startswith("3 runs in the other"), timeout=20_000)
            page.settings.add.click()
            assert "3 runs in the other window's queue" in view.state.text()
        finally:
            first.kill()  # as hard as a window can end
    qtbot.waitUntil(lambda: view.list.count() == 4, timeout=20_000)
    assert [entry.config.seed for entry in view.queue.entries][:3] == [1, 2, 3]
    assert view.queue.is_kept
    assert page.banner.text == ""
    assert "other window" not in view.state.text()
    assert view.words.text() == EMPTY
    assert tabs.tabText(tabs.indexOf(view)) == "Queue (4)"
    assert not view._looks.isActive(), "there is nothing more to look for"
