"""Opens pages in a headless Chromium, where there is one, and looks at them: by its DevTools protocol, through pipes."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

import pytest

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATIENCE_S = 60
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--remote-debugging-pipe", "about:blank"),
)
# Chromium takes commands from descriptor 3 and answers on 4.
START = """
import os, sys
r, w = (os.dup(int(n)) for n in sys.argv[1:3])
os.dup2(r, 3), os.dup2(w, 4)
os.set_inheritable(3, True), os.set_inheritable(4, True)  # they may have been 3 and 4 before
os.execv(sys.argv[3], sys.argv[3:])
"""
# Time that passes by `pass(ms)` alone: what was asked for the next picture is called then.
CLOCK = """
  let now = 1000, wanted = [];
  performance.now = () => now;
  window.requestAnimationFrame = (call) => wanted.push(call);
  window.pass = (ms) => { now += ms; const calls = wanted; wanted = []; for (const call of calls) call(now); };
"""


def find() -> Path | None:
    """The browser of this machine."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return Path(found) if found else None


def started() -> Browser:
    """A browser; a test that wants one is skipped where none starts, and fails where .ci/run has installed one."""
    found = find() if sys.platform.startswith("linux") else None
    why = f"needs a Chromium on Linux, called {' or '.join(NAMES)}"
    if found is not None:
        try:
            return Browser(found)
        except (AssertionError, OSError) as error:  # such as one in a snap, which sees no files of ours
            why = f"{found} does not start: {error}"
    if os.environ.get("SVG_STUDIO_BROWSER") == "required":
        pytest.fail(why)
    pytest.skip(why)


class Browser:
    """One page. `complaints` are the errors of its console, `blocked` the addresses that its policy did not let it load."""

    def __init__(self, program: Path) -> None:
        self._profile = TemporaryDirectory(ignore_cleanup_errors=True)
        theirs, self._to = os.pipe()
        self._from, theirs_too = os.pipe()
        words = [sys.executable, "-c", START, str(theirs), str(theirs_too), str(program), f"--user-data-dir={self._profile.name}"]
        self._process = subprocess.Popen(
            [*words, *QUIET], pass_fds=(theirs, theirs_too), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(theirs)
        os.close(theirs_too)
        self._buffer, self._count, self._session = b"", 0, ""
        try:
            self.fresh()
        except BaseException:
            self.close()
            raise

    def fresh(self) -> None:
        """A new page in the place of the one there is; nothing has been asked yet."""
        self._session = ""
        self._asked: dict[str, str] = {}
        self.blocked: set[str] = set()
        self.complaints: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    @property
    def requests(self) -> set[str]:
        """The addresses that the page wished to load, those that its policy blocked among them."""
        return set(self._asked.values())

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends it and takes its profile away."""
        os.close(self._to)  # which ends the browser, whatever started it
        while select.select([self._from], [], [], PATIENCE_S)[0] and os.read(self._from, 1 << 16):
            pass
        os.close(self._from)
        self._process.wait(PATIENCE_S)
        self._profile.cleanup()

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What the browser answers."""
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (said := self._hear()).get("id") != self._count:
            pass
        assert "error" not in said, said["error"]
        result: dict[str, Any] = said["result"]
        return result

    def open(self, page: Path, *, clock: bool = True) -> None:
        """Opens a file, with a clock that `pass(ms)` moves, and waits until it has loaded."""
        if clock:
            self.call("Page.addScriptToEvaluateOnNewDocument", source=CLOCK)
        self.call("Page.navigate", url=page.as_uri())
        while self._hear().get("method") != "Page.loadEventFired":
            pass

    def evaluate(self, script: str) -> Any:
        """The value of an expression, of a promise what it comes to."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """A key, goes down and up, where the focus is."""
        text = {"text": key} if len(key) == 1 else {}
        code = {" ": 32, "ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, "Tab": 9}[key]
        known = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", **known, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **known)

    def prefer(self, **features: str) -> None:
        """What the person prefers, such as prefers_color_scheme="dark"."""
        wished = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", features=wished)

    def _hear(self) -> dict[str, Any]:
        """The next message, noted where it tells of requests and complaints."""
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._from], [], [], PATIENCE_S)
            assert ready, "the browser is silent"
            more = os.read(self._from, 1 << 16)
            assert more, "the browser has gone"
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\0")
        said: dict[str, Any] = json.loads(line)
        about = said.get("params", {})
        match said.get("method"):
            case "Network.requestWillBeSent":
                self._asked[about["requestId"]] = about["request"]["url"]
            case "Network.loadingFailed" if about.get("blockedReason") == "csp":
                self.blocked.add(self._asked[about["requestId"]])
            case "Log.entryAdded" if about["entry"]["level"] == "error":
                self.complaints.append(about["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(about["exceptionDetails"]))
        return said
