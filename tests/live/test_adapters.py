"""The adapters of the guide run, with the real packages where they are installed, and with what these document."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
STAND_INS = Path(__file__).parent / "documented"
BLOCKS = re.findall(
    r"^```py\n(.*?)^```", (ROOT / "docs" / "guides" / "live.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
)
TEXT = " ".join(["We went to the old house on the hill. Then it rained, and nobody knew what to do."] * 4)

PIPECAT = """
import asyncio

pushed = []

class Heard(LiveCaptions):
    async def push_frame(self, frame, direction=FrameDirection.DOWNSTREAM):
        pushed.append(frame)

async def main():
    captions = Heard(language="en")
    for turn in range(2):
        for row, word in enumerate(TEXT.split()):
            frame = TTSTextFrame(word, text_type="word")
            frame.pts = row * 300_000_000
            await captions.process_frame(frame, FrameDirection.DOWNSTREAM)
        last = InterruptionFrame() if turn == 0 else TTSStoppedFrame()
        await captions.process_frame(last, FrameDirection.DOWNSTREAM)
        if turn == 0:
            early = sum(isinstance(frame, OutputTransportMessageFrame) for frame in pushed)
            pushed.clear()
    messages = [frame.message for frame in pushed if isinstance(frame, OutputTransportMessageFrame)]
    assert " ".join(" ".join(one["lines"]) for one in messages) == TEXT
    assert 0 < early < len(messages)
    assert sum(isinstance(frame, TTSTextFrame) for frame in pushed) == len(TEXT.split())

asyncio.run(main())
"""

LIVEKIT = """
import asyncio

async def main():
    shown = []

    async def show(cue):
        shown.append(cue)

    async def chunks():
        yield "no time"
        for row, word in enumerate(TEXT.split()):
            yield TimedString(word + " ", start_time=row * 0.3, end_time=row * 0.3 + 0.28)

    agent = CaptionedAgent(show)
    passed, early = [], 0
    async for chunk in agent.transcription_node(chunks(), None):
        passed.append(str(chunk))
        early = len(shown)
    assert "".join(passed).split() == ["no", "time" + TEXT.split()[0], *TEXT.split()[1:]]
    assert " ".join(" ".join(cue.lines) for cue in shown) == TEXT
    assert 0 < early < len(shown)

asyncio.run(main())
"""


def is_installed(name):
    """Ask a new process: this one may have collected the modules that stand in for the package."""
    return subprocess.run([sys.executable, "-c", f"import {name}"], check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize("kind", ["documented", "installed"])
@pytest.mark.parametrize(
    ("package", "module", "use"), [("pipecat", "pipecat", PIPECAT), ("livekit", "livekit.agents", LIVEKIT)]
)
def test_the_adapters_of_the_guide_show_captions_as_they_are_spoken(package, module, use, kind):
    if kind == "installed" and not is_installed(module):
        pytest.skip(f"the Python package {module} is not installed")
    block = next(block for block in BLOCKS if block.startswith(f"# {package}\n"))
    code = f"{block}\nTEXT = {TEXT!r}\n{use}"
    folders = [str(STAND_INS)] if kind == "documented" else []
    path = os.pathsep.join([*folders, *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr
