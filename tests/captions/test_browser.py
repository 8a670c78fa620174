"""A real browser plays a clip with its captions, and shows each cue when it is spoken."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import webvtt, webvtt_style
from clipaudio.captions.style import CaptionStyle
from clipaudio.cli.main import main
from clipaudio.clip import open_clip

PAGE = """<!doctype html><meta charset="utf-8"><audio id="a" src="clip.wav" preload="auto">
<track id="t" kind="subtitles" src="clip.vtt" default></audio><script>
const audio = document.getElementById("a"), track = document.getElementById("t").track, seen = [];
track.mode = "hidden";
track.oncuechange = () => {
  const now = audio.currentTime;
  for (const cue of track.activeCues)
    seen.push({now, start: cue.startTime, end: cue.endTime, text: cue.getCueAsHTML().textContent});
};
const tell = (what) => fetch("/done", {method: "POST", body: JSON.stringify(what)});
audio.onended = () => tell({seen, duration: audio.duration});
audio.onerror = () => tell({error: String(audio.error && audio.error.message)});
audio.play().catch((error) => tell({error: String(error)}));
</script>"""


@contextlib.contextmanager
def served(files):
    """Serve *files*, and give the address with a function that waits for what the page tells."""
    told, arrived = [], threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            kind, body = files.get(self.path, ("text/plain", None))
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def do_POST(self):
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()
            arrived.set()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", lambda: told[0] if arrived.wait(60) else None
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def browsing(chromium, profile, url):
    """Open *url* in a browser without a window, and close it at the end."""
    switches = [
        *("--headless=new", "--no-sandbox", "--disable-gpu", "--mute-audio", "--no-first-run"),
        "--autoplay-policy=no-user-gesture-required",
        f"--user-data-dir={profile}",
    ]
    process = subprocess.Popen([chromium, *switches, url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.slow
def test_chromium_shows_every_cue_within_fifty_milliseconds(needs, tmp_path):
    chromium = needs.program("chromium")
    assert main(["demo", "--out", str(tmp_path)]) == 0
    clip = open_clip(tmp_path / "callback.json", audio=tmp_path / "clip.wav")
    cues = clip.cues()
    files = {
        "/": ("text/html", PAGE.encode()),
        "/clip.wav": ("audio/wav", (tmp_path / "clip-16k.wav").read_bytes()),
        "/clip.vtt": ("text/vtt", (tmp_path / "clip.vtt").read_bytes()),
    }
    with served(files) as (url, wait), browsing(chromium, tmp_path / "profile", url):
        told = wait()
    assert told is not None, "the browser told nothing within a minute"
    assert "error" not in told, told
    assert told["duration"] == pytest.approx(clip.duration, abs=0.001)
    assert [row["text"] for row in told["seen"]] == [cue.text for cue in cues]
    for row, cue in zip(told["seen"], cues, strict=True):
        assert (row["start"], row["end"]) == pytest.approx((cue.start, cue.end), abs=0.00051)
        assert 0 <= row["now"] - cue.start <= 0.05


LOOKS = {
    "bottom": CaptionStyle(colour="#ffff00", margin="20%", size="10%", outline=0),
    "top": CaptionStyle(colour="#00ff00", position="top", margin="20%", size="10%", outline=0),
    "middle": CaptionStyle(colour="#ffffff", position="middle", size="10%", box="#ff0000"),
    "left": CaptionStyle(colour="#ffffff", position="bottom-left", side_margin="10%", size="10%"),
}
WALL = """<!doctype html><meta charset="utf-8"><style>body {{ margin: 0 }} video {{ display: block }}</style>{videos}
<script>
for (const one of document.querySelectorAll("video")) {{ one.textTracks[0].mode = "showing"; one.currentTime = 0.5; }}
</script>"""


@pytest.mark.slow
def test_chromium_draws_a_style_of_webvtt_in_its_colours_and_places(needs, tmp_path):
    chromium, ffmpeg = needs.program("chromium"), needs.program("ffmpeg")
    film, wall = tmp_path / "v.webm", tmp_path / "wall.png"
    source = ["-f", "lavfi", "-i", "color=black:s=640x360:r=5:d=2", "-c:v", "libvpx"]
    subprocess.run([ffmpeg, "-v", "error", *source, film], check=True)
    files = {"/v.webm": ("video/webm", film.read_bytes())}
    videos = ""
    for name, style in LOOKS.items():
        videos += f'<video src="v.webm" width=640 height=360 muted><track src="{name}.vtt" default></video>'
        text = webvtt.dumps([Cue(0, 2, ("HHHH", "HHHH"))], **webvtt_style.dress(style))
        files[f"/{name}.vtt"] = ("text/vtt", text.encode())
    files["/"] = ("text/html", WALL.format(videos=videos).encode())
    switches = ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    with served(files) as (url, _):
        shot = [f"--screenshot={wall}", "--window-size=640,1600", "--timeout=8000", url]
        subprocess.run([chromium, *switches, *shot], check=True, capture_output=True, timeout=60)
    command = [
        ffmpeg,
        "-v",
        "error",
        "-i",
        wall,
        "-vf",
        "crop=640:1440:0:0",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-",
    ]
    out = subprocess.run(command, check=True, capture_output=True).stdout
    drawn = dict(zip(LOOKS, np.frombuffer(out, np.uint8).reshape(4, 360, 640, 3).astype(int), strict=True))
    for name, picture in drawn.items():
        red, green, blue = picture.transpose(2, 0, 1)
        ink = {"bottom": (red > 200) & (green > 200) & (blue < 60), "top": (green > 200) & (red < 60)}
        rows, columns = np.nonzero(ink.get(name, (red > 200) & (green > 200) & (blue > 200)))
        assert len(rows) > 100, name
        if name == "bottom":
            assert 180 < rows.min() < rows.max() < 360 * 0.85
        elif name == "top":
            assert 360 * 0.15 < rows.min() < rows.max() < 180
        elif name == "middle":
            assert abs((rows.min() + rows.max()) / 2 - 180) < 20
            assert ((red > 200) & (green < 60)).any()  # the box
        else:
            assert abs(columns.min() - 64) < 12
