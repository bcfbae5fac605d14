"""A headless Chromium for tests, driven over its pipe (Chrome DevTools Protocol): what it shows, what
it says on its console, and what it asks the network for."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SECONDS = 60.0


class Browser:
    """One page. `problems`: errors, warnings and refused contents told on its console; `requests`: the
    addresses that it loaded or tried to."""

    def __init__(self, to: int, out: int) -> None:
        self.problems: list[str] = []
        self.requests: list[str] = []
        self._to, self._from, self._rest, self._id = to, out, b"", 0
        target = self.tell("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.tell("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.tell(f"{domain}.enable")

    _session: str | None = None

    def tell(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        self._id += 1
        message = {"id": self._id, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            heard = self._heard()
            if heard.get("id") == self._id:
                assert "error" not in heard, heard
                return dict(heard["result"])

    def open(self, path: Path, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Load a file and wait until it is there."""
        scheme = "dark" if dark else "light"
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600)  # fmt: skip
        self.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.tell("Page.navigate", url=path.resolve().as_uri())
        end = monotonic() + SECONDS
        while self.run("document.readyState") != "complete" or self.run("location.href") == "about:blank":
            assert monotonic() < end, "the page does not load"

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = self.tell("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key, at what has the focus."""
        for kind in ("keyDown", "keyUp"):
            self.tell("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def picture(self, path: Path) -> None:
        """What is seen, as PNG."""
        path.write_bytes(base64.b64decode(self.tell("Page.captureScreenshot")["data"]))

    def _heard(self) -> dict[str, Any]:
        end = monotonic() + SECONDS
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._from], [], [], max(0.0, end - monotonic()))
            assert ready, "the browser does not answer"
            data = os.read(self._from, 1 << 20)
            assert data, "the browser is gone"
            self._rest += data
        text, _, self._rest = self._rest.partition(b"\0")
        heard: dict[str, Any] = json.loads(text)
        self._noted(heard.get("method", ""), heard.get("params", {}))
        return heard

    def _noted(self, method: str, said: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            self.problems.append(str(said["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.problems.append(said["entry"]["text"])
        elif method == "Runtime.consoleAPICalled":
            self.problems.append(str(said["args"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(said["request"]["url"])


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser with its profile in this folder, ended when it is left."""
    assert PROGRAM is not None
    theirs_in, ours_to = os.pipe()
    ours_from, theirs_out = os.pipe()
    script = f'exec 3<&{theirs_in} 4>&{theirs_out}; exec "$@"'
    words = [PROGRAM, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
             "--hide-scrollbars", f"--user-data-dir={folder}", "about:blank"]  # fmt: skip
    with subprocess.Popen(
        ["bash", "-c", script, "bash", *words], pass_fds=(theirs_in, theirs_out), stderr=subprocess.DEVNULL
    ) as process:
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            yield Browser(ours_to, ours_from)
        finally:
            process.terminate()
            os.close(ours_to)
            os.close(ours_from)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
