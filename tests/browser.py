"""Chromium without a window, driven over a pipe by the DevTools protocol: no port is opened."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import select
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

_KEY_CODES = {"Tab": 9, "Enter": 13}
_PATIENCE = 120  # seconds without an answer
_SWITCHES = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--mute-audio", "--no-first-run", "--disable-extensions"),
    *("--autoplay-policy=no-user-gesture-required", "--disable-background-networking", "--disable-component-update"),
    *("--remote-debugging-pipe", "--hide-scrollbars", "--no-default-browser-check"),
)


class BrowserError(AssertionError):
    """The browser reports an error."""


class Browser:
    """One Chromium; `open` shows a page in a new tab."""

    name = "chromium"

    def __init__(self, program: str, profile: Path) -> None:
        import fcntl  # not on every system, and this file is loaded for every test

        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        # behind 3 and 4, so that they can be copied there
        to_read, to_write = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (to_read, to_write))
        actions = [(os.POSIX_SPAWN_DUP2, to_read, 3), (os.POSIX_SPAWN_DUP2, to_write, 4)]
        actions += [(os.POSIX_SPAWN_OPEN, end, "/dev/null", os.O_WRONLY, 0) for end in (1, 2)]
        command = [program, *_SWITCHES, f"--user-data-dir={profile}", "about:blank"]
        self._process = os.posix_spawn(program, command, os.environ, file_actions=actions, setsid=True)
        os.close(to_read)
        os.close(to_write)
        self._numbers = itertools.count(1)
        self._waiting = b""
        self.events: list[dict] = []

    def send(self, method: str, session: str | None = None, **parameters):
        """Call a method of the protocol and return its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        while True:
            answer = self._next()
            if answer.get("id") == number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def _next(self) -> dict:
        while b"\0" not in self._waiting:
            if not select.select([self._read], [], [], _PATIENCE)[0]:
                raise BrowserError(f"the browser did not answer within {_PATIENCE} s")
            block = os.read(self._read, 1 << 20)
            if not block:
                raise BrowserError("the browser has ended")
            self._waiting += block
        message, _, self._waiting = self._waiting.partition(b"\0")
        return json.loads(message)

    def open(self, url: str, *, width: int = 1400, height: int = 900, scheme: str = "light") -> Tab:
        """Open *url* in a tab of its own and wait until it is loaded."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session)
        for domain in ("Page", "Runtime", "Network", "Log"):
            tab.send(f"{domain}.enable")
        tab.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        tab.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        tab.go(url)
        return tab

    def close(self) -> None:
        """End the browser and all its processes."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._read)
        os.close(self._write)


class Tab:
    """A tab of the browser."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session

    def send(self, method: str, **parameters):
        """Call a method of the protocol for this tab."""
        return self._browser.send(method, self._session, **parameters)

    def go(self, url: str) -> None:
        """Load *url*."""
        self.send("Page.navigate", url=url)
        self.evaluate(
            f"new Promise((done) => {{ const look = () => location.href.startsWith({json.dumps(url[:2000])})"
            " && document.readyState === 'complete' ? done() : setTimeout(look, 5); look(); })"
        )

    def evaluate(self, expression: str):
        """Return the value of *expression*, awaited; privileged, so that no policy of the page forbids it."""
        done = self.send(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True
        )
        if "exceptionDetails" in done:
            raise BrowserError(done["exceptionDetails"].get("exception", {}).get("description", done))
        return done["result"].get("value")

    def run(self, script: str) -> None:
        """Run the statements of *script* in the page."""
        self.evaluate(f"{script};\n0")

    def press(self, key: str) -> None:
        """Press and release a key."""
        more = {"text": key} if len(key) == 1 else {"code": key, "windowsVirtualKeyCode": _KEY_CODES.get(key, 0)}
        self.send("Input.dispatchKeyEvent", type="keyDown", key=key, **more)
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key)

    def mouse(self, kind: str, x: float, y: float, **more) -> None:
        """Send an event of the mouse: mousePressed, mouseReleased, mouseMoved, mouseWheel."""
        self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, x: float, y: float) -> None:
        """Click at a place of the window."""
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, x, y, button="left", buttons=1, clickCount=1)

    def screenshot(self, *, is_whole: bool = False) -> bytes:
        """Return the visible part, or the whole page, as PNG."""
        return base64.b64decode(
            self.send("Page.captureScreenshot", format="png", captureBeyondViewport=is_whole)["data"]
        )

    def events(self, *methods: str) -> list[dict]:
        """Return the parameters of events with these names that have come."""
        self.evaluate("1")  # all that came before has been read then
        return [
            event["params"]
            for event in self._browser.events
            if event.get("sessionId") == self._session and event.get("method") in methods
        ]

    def problems(self) -> list[str]:
        """Return exceptions and error messages of the page."""
        thrown = [str(one["exceptionDetails"]) for one in self.events("Runtime.exceptionThrown")]
        logged = [one["entry"]["text"] for one in self.events("Log.entryAdded") if one["entry"]["level"] == "error"]
        return thrown + logged

    def requests(self) -> list[str]:
        """Return what the page asked for, besides itself and what is inside it."""
        urls = [one["request"]["url"] for one in self.events("Network.requestWillBeSent")]
        seen = self.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
        return [url for url in urls[1:] + seen if not url.startswith("data:")]


@contextlib.contextmanager
def running_browser(start):
    """Run the browser that `start(folder)` starts in a folder of its own, which is removed."""
    folder = Path(tempfile.mkdtemp(prefix="clipaudio-browser-"))
    browser = start(folder)
    try:
        yield browser
    finally:
        browser.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", params=["chromium", "firefox", "webkit"])
def browser(needs, other_browsers, request):
    """Yield a browser that the tests of a session share; the last two where CLIPAUDIO_BROWSERS names them."""
    if request.param == "chromium":
        program = needs.program("chromium")
        start = lambda folder: Browser(program, folder)  # noqa: E731
    elif request.param not in os.environ.get("CLIPAUDIO_BROWSERS", "").split(","):
        pytest.skip(f"CLIPAUDIO_BROWSERS does not name {request.param}")
    else:
        start = other_browsers[request.param]
    with running_browser(start) as one:
        yield one
