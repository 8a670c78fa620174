"""Firefox and WebKitGTK without a window, driven by commands of W3C WebDriver; they have what `browser.Browser` has.

Firefox takes the commands itself (Marionette: JSON over a socket of the loopback), WebKitGTK through WebKitWebDriver
(HTTP on the loopback) under Xvfb. One page is open at a time: `open` leaves the one before.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

_PATIENCE = 120  # seconds without an answer
_KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Shift": "\ue008", "Control": "\ue009"}
_KEYS |= {"ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015"}
_MODIFIERS = {2: "Control", 8: "Shift"}  # as the DevTools protocol counts them
_POINTER = {"mousePressed": "pointerDown", "mouseReleased": "pointerUp"}
_BUTTON = {"none": 0, "left": 0}
_RESULT = """const done = arguments[arguments.length - 1];
(async () => (%s))().then((value) => done({value}), (error) => done({error: String(error)}));"""
_FIREFOX = """
user_pref("marionette.port", 0);
user_pref("media.autoplay.default", 0);
user_pref("media.default_volume", "0.0");
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("app.update.enabled", false);
user_pref("app.normandy.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,none");
"""  # without a volume it plays where there is no sound card


class DriverError(AssertionError):
    """The browser reports an error."""


class _Page:
    """The page that is open: what a tab of Chromium has, by commands of WebDriver."""

    def command(self, name: str, **parameters):
        """Send a command and return its value."""
        raise NotImplementedError

    def evaluate(self, expression: str):
        """Return the value of *expression*, awaited."""
        told = self.command("ExecuteAsyncScript", script=_RESULT % expression, args=[])
        if "error" in told:
            raise DriverError(told["error"])
        return told.get("value")

    def run(self, script: str) -> None:
        """Run the statements of *script* in the page."""
        self.command("ExecuteAsyncScript", script=f"{script};\narguments[arguments.length - 1]();", args=[])

    def press(self, key: str) -> None:
        """Press and release a key."""
        value = _KEYS.get(key, key)
        keys = [{"type": kind, "value": value} for kind in ("keyDown", "keyUp")]
        self.command("PerformActions", actions=[{"type": "key", "id": "keys", "actions": keys}])

    def mouse(self, kind: str, x: float, y: float, **more) -> None:
        """Send an event of the mouse: mousePressed, mouseReleased, mouseMoved, mouseWheel."""
        place = {"x": round(x), "y": round(y), "duration": 0, "origin": "viewport"}
        source = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}}
        if kind == "mouseWheel":
            source = {"type": "wheel", "id": "wheel"}
            deeds = [place | {"type": "scroll", "deltaX": more["deltaX"], "deltaY": more["deltaY"]}]
        else:
            deeds = [place | {"type": "pointerMove"}]
            if kind in _POINTER:
                deeds.append({"type": _POINTER[kind], "button": _BUTTON[more.get("button", "left")]})
        actions = [source | {"actions": deeds}]
        modifier = _MODIFIERS.get(more.get("modifiers", 0))
        if modifier:  # held while the event happens
            held = [{"type": "keyDown", "value": _KEYS[modifier]}, *({"type": "pause"} for _ in deeds)]
            held.append({"type": "keyUp", "value": _KEYS[modifier]})
            actions = [
                {"type": "key", "id": "keys", "actions": held},
                source | {"actions": [{"type": "pause"}, *deeds]},
            ]
        self.command("PerformActions", actions=actions)

    def click(self, x: float, y: float) -> None:
        """Click at a place of the window."""
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, x, y)

    def screenshot(self) -> bytes:
        """Return the visible part as PNG."""
        return base64.b64decode(self.command("TakeScreenshot", full=False))

    def requests(self) -> list[str]:
        """Return what the page asked for, besides itself and what is inside it."""
        seen = self.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
        return [url for url in seen if not url.startswith("data:")]


class Firefox(_Page):
    """One Firefox."""

    name = "firefox"

    def __init__(self, program: str, profile: Path) -> None:
        (profile / "user.js").write_text(_FIREFOX, "utf-8")
        command = [program, "--headless", "--marionette", "--remote-allow-system-access", "--no-remote"]
        self._process = _start([*command, "--profile", str(profile), "about:blank"], {"MOZ_HEADLESS": "1"})
        port = _wait(lambda: (profile / "MarionetteActivePort").read_text("utf-8"), self._process)
        self._socket = socket.create_connection(("127.0.0.1", int(port)), _PATIENCE)
        self._answers = self._socket.makefile("rb")
        self._number = 0
        self._read()  # its greeting
        self.command("NewSession", capabilities={})
        self.command("SetTimeouts", script=_PATIENCE * 1000)

    def command(self, name: str, **parameters):
        self._number += 1
        full = name if ":" in name else f"WebDriver:{name}"
        message = json.dumps([0, self._number, full, parameters]).encode()
        self._socket.sendall(b"%d:%b" % (len(message), message))
        _, _, error, result = self._read()
        if error:
            raise DriverError(f"{name}: {error['message']}")
        return result["value"] if set(result) == {"value"} else result

    def _read(self):
        size = b""
        while (letter := self._answers.read(1)) != b":":
            if not letter:
                raise DriverError("the browser has ended")
            size += letter
        return json.loads(self._answers.read(int(size)))

    @contextlib.contextmanager
    def _chrome(self):
        """Run scripts in the browser itself."""
        self.command("Marionette:SetContext", value="chrome")
        try:
            yield
        finally:
            self.command("Marionette:SetContext", value="content")

    def open(self, url: str, *, width: int = 1400, height: int = 900, scheme: str = "light") -> Firefox:
        """Open *url* in a viewport of this size, and wait until it is loaded."""
        with self._chrome():
            self.run(
                "const one = gBrowser.selectedBrowser;"
                f"for (const side of ['width', 'minWidth', 'maxWidth']) one.style[side] = '{width}px';"
                f"for (const side of ['height', 'minHeight', 'maxHeight']) one.style[side] = '{height}px';"
                f"one.browsingContext.prefersColorSchemeOverride = '{scheme}';"
                "Services.console.reset();"
            )
        self.command("SetWindowRect", x=0, y=0, width=max(width, 600) + 100, height=height + 200)
        self.command("Navigate", url=url)
        return self

    def problems(self) -> list[str]:
        """Return exceptions and error messages of the page."""
        with self._chrome():
            return self.evaluate(
                "(await new Promise((done) => setTimeout(done, 100)), Services.console.getMessageArray()"
                ".filter((one) => one instanceof Ci.nsIScriptError && !(one.flags & Ci.nsIScriptError.warningFlag)"
                " && /^(file|data|blob|http)/.test(one.sourceName)).map((one) => one.errorMessage))"
            )

    def close(self) -> None:
        """End the browser and all its processes."""
        self._answers.close()
        self._socket.close()
        _end(self._process)


_MINI_BROWSER = "lib/*/webkit2gtk-4.?/MiniBrowser"
_PATHS = {
    "Navigate": "url",
    "ExecuteAsyncScript": "execute/async",
    "PerformActions": "actions",
    "SetWindowRect": "window/rect",
    "SwitchToFrame": "frame",
    "SetTimeouts": "timeouts",
    "TakeScreenshot": "screenshot",
}
_WATCH = "addEventListener('error', ({message}) => problems.push(message), true);"
_WATCH += "addEventListener('securitypolicyviolation', (one) => problems.push(one.violatedDirective));"


class WebKit(_Page):
    """One WebKitGTK, with a screen of its own."""

    name = "webkit"

    def __init__(self, driver: str, browser: str, screen: str, folder: Path, *, theme: str) -> None:
        self._folder = folder
        read, write = os.pipe()
        command = [screen, "-displayfd", str(write), "-screen", "0", "1800x1300x24", "-nolisten", "tcp"]
        self._screen = _start(command, {}, keep=(write,))
        os.close(write)
        with os.fdopen(read) as told:
            display = f":{told.readline().strip()}"
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        more = {"DISPLAY": display, "GDK_BACKEND": "x11", "LIBGL_ALWAYS_SOFTWARE": "1", "GTK_THEME": theme}
        more["WEBKIT_DISABLE_COMPOSITING_MODE"] = "1"
        self._driver = _start([driver, "--host=127.0.0.1", f"--port={port}"], more)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
        _wait(lambda: self._ask("GET", "/status"), self._driver)
        options = {"binary": browser, "args": ["--automation", "--autoplay-policy=allow"]}
        wanted = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        self._session = self._ask("POST", "/session", {"capabilities": wanted})["sessionId"]
        self.command("SetTimeouts", script=_PATIENCE * 1000)

    def command(self, name: str, **parameters):
        method = "GET" if name == "TakeScreenshot" else "POST"
        return self._ask(method, f"/session/{self._session}/{_PATHS[name]}", parameters)

    def _ask(self, method: str, path: str, parameters=None):
        body = json.dumps(parameters or {}).encode() if method == "POST" else None
        try:
            self._connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = self._connection.getresponse()
            told = json.loads(answer.read())["value"]
        except OSError:
            self._connection.close()
            raise
        if answer.status != 200:
            raise DriverError(f"{path}: {told['error']}: {told['message']}")
        return told

    def open(self, url: str, *, width: int = 1400, height: int = 900, scheme: str = "light") -> WebKit:
        """Open *url* in a frame of this size: no window of its browser is as narrow as a phone."""
        if scheme != "light":
            pytest.skip("WebKitGTK takes its colours from the desktop")
        outer = self._folder / "outer.html"
        frame = f'<iframe src="{url}" style="width: {width}px; height: {height}px; border: 0"></iframe>'
        outer.write_text(f'<!doctype html><meta charset="utf-8"><style>body {{ margin: 0 }}</style>{frame}', "utf-8")
        self.command("SetWindowRect", x=0, y=0, width=max(width, 600) + 40, height=height + 120)
        self.command("Navigate", url=outer.as_uri())
        self.command("SwitchToFrame", id=0)
        self.run("window.problems = []; " + _WATCH)
        return self

    def mouse(self, kind: str, x: float, y: float, **more) -> None:
        """Send an event of the mouse; its driver forgets the keys that are held while the wheel turns."""
        if kind != "mouseWheel":
            super().mouse(kind, x, y, **more)
            return
        held = {"ctrlKey": more.get("modifiers") == 2, "deltaX": more["deltaX"], "deltaY": more["deltaY"]}
        event = json.dumps(held | {"clientX": x, "clientY": y, "bubbles": True, "cancelable": True})
        self.evaluate(f"document.elementFromPoint({x}, {y}).dispatchEvent(new WheelEvent('wheel', {event}))")

    def problems(self) -> list[str]:
        """Return exceptions and refusals of the page since it was loaded; there is no way to ask for earlier ones."""
        return self.evaluate("window.problems")

    def close(self) -> None:
        """End the browser and all its processes."""
        with contextlib.suppress(OSError, DriverError, http.client.HTTPException):
            self._ask("DELETE", f"/session/{self._session}")
        self._connection.close()
        _end(self._driver)
        _end(self._screen)


def _start(command: list[str], more: dict[str, str], keep: tuple[int, ...] = ()) -> subprocess.Popen:
    """Start a program and its children in a group of their own."""
    return subprocess.Popen(
        command,
        env={**os.environ, **more},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=keep,
        start_new_session=True,
    )


def _end(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _wait(ask, process: subprocess.Popen):
    """Return what *ask* returns, once it fails no more."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            told = ask()
        except OSError:
            told = None
        if told:
            return told
        if process.poll() is not None or time.monotonic() > end:
            raise DriverError(f"{process.args[0]} did not start")
        time.sleep(0.05)


def start_firefox(folder: Path):
    """Start Firefox; skip where it is not installed."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        pytest.skip("the program firefox is not installed")
    return Firefox(program, folder)


def start_webkit(folder: Path):
    """Start the small browser of WebKitGTK; skip where it, its driver or Xvfb is not installed."""
    programs = [shutil.which("WebKitWebDriver"), next(map(str, Path("/usr").glob(_MINI_BROWSER)), None)]
    programs.append(shutil.which("Xvfb"))
    if None in programs:
        pytest.skip("WebKitWebDriver, MiniBrowser or Xvfb is not installed")
    return WebKit(*programs, folder, theme="Adwaita")


@pytest.fixture(scope="session")
def other_browsers():
    """Return the functions that start the browsers besides Chromium."""
    return {"firefox": start_firefox, "webkit": start_webkit}
