from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clipaudio.synthesis import espeak


def test_engine_finds_its_data_below_a_long_path_of_any_letters(needs, tmp_path):
    loader = needs("espeakng_loader")
    deep = tmp_path.joinpath(*["Jürgen 用户 " + "x" * 30] * 5)
    shutil.copytree(loader.get_data_path(), deep / "espeak-ng-data")
    order = {"voice": "en-us", "pieces": [{"text": "Hi", "offset": 0}], "paths": {"data": str(deep / "espeak-ng-data")}}
    header, pcm = espeak.run_engine(order)
    assert (header["frames"] * 2, header["events"][0][0]) == (len(pcm), "word")


def test_the_engines_process_loads_nothing_heavy(needs):
    """A process a clip is only affordable while it starts like a bare Python."""
    needs("espeakng_loader")
    code = (
        "import io, json, runpy, sys\n"
        "sys.stdin = io.StringIO(json.dumps({'voice': 'en-us', 'pieces': []}))\n"
        "sys.argv = ['x']\n"
        "try: runpy.run_module('clipaudio.synthesis.espeak_process', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'soundfile', 'soxr', 'msgspec', 'http.server'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stderr.strip() == b"[]"


def test_our_own_process_never_loads_the_engine(needs):
    needs("espeakng_loader")
    code = (
        "import sys\n"
        "from clipaudio.emulator import script; from clipaudio.synthesis import espeak\n"
        "espeak.speak(script.read_body('Hi'), voice='en-us')\n"
        "assert 'espeakng_loader' not in sys.modules\n"
        "assert 'espeak' not in open('/proc/self/maps').read().replace('espeak_process', '')\n"
    )
    if not Path("/proc/self/maps").exists():
        pytest.skip("only Linux shows what a process has mapped")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_events_point_into_the_whole_text(needs):
    loader = needs("espeakng_loader")
    paths = {"library": loader.get_library_path(), "data": loader.get_data_path()}
    order = {
        "voice": "de",
        "pieces": [{"text": "Früh ", "offset": 0}, {"pause": 0.5}, {"text": "auf.", "offset": 5}],
    }
    done = subprocess.run(
        [sys.executable, "-m", "clipaudio.synthesis.espeak_process"],
        input=json.dumps(order | {"paths": paths}).encode(),
        capture_output=True,
        check=True,
    )
    line, _, pcm = done.stdout.partition(b"\n")
    header = json.loads(line)
    words = [event for event in header["events"] if event[0] == "word"]
    assert [event[2] for event in words] == [0, 5]
    assert words[1][1] > 0.5 * header["sample_rate"]
    assert len(pcm) == 2 * header["frames"]
    assert not any(io.BytesIO(pcm).getvalue()[2 * words[1][1] - 8000 : 2 * words[1][1]])
