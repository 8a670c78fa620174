"""A clip from 44100 to 16000 Hz, PCM_16 to PCM_16 with dither: `convert` against what people use instead.

The work is the same for all: a WAV file in, a WAV file out, on a RAM disk where there is one. Peers that can dither
do; pydub cannot, and resamples without a filter; librosa does not dither. The programs pay their own start, as they
do when they are called for each clip. "bare soxr" is the resampler alone, from array to array: nobody can be faster
with it. torchaudio is left out: no build of it for the CPU alone could be installed.

What this cannot show: speed on a disk, which is the disk's; two threads on a machine whose second core is busy; and
anything about quality (tests/audio/test_quality.py has those figures).

    python benchmarks/bench_audio.py           speed, and two threads against one
    python benchmarks/bench_audio.py --long    the peak memory of a 2-hour file too (2 GiB of room needed)
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import soxr
from interleave import race, write

from clipaudio.audio.convert import convert
from clipaudio.audio.wav_writer import encode_wav

if TYPE_CHECKING:
    from collections.abc import Callable

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pydub imports audioop, deprecated before Python 3.13
    import librosa
    import pydub

RATE, NEW_RATE = 44_100, 16_000
OURS, CORE = "clipaudio.convert", "bare soxr, arrays only"
GOALS = {  # times faster on 4 s clips
    "soundfile + soxr + naive dither": 1.4,
    "pydub": 1.3,
    "librosa + soundfile": 1.8,
    "sox": 4.5,
    "ffmpeg": 20,
    CORE: 1 / 1.5,
}
# what a process needs that does nothing else, and prints: peak MiB above the imports, seconds
WATCHED = """
import resource, sys, time
from pathlib import Path
def peak():  # ru_maxrss starts with what the parent had: the kernel's own mark of this process does not
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
source, target = sys.argv[1:]
{imports}
before, begin = peak(), time.perf_counter()
{run}
print(peak() - before, time.perf_counter() - begin)
"""
STREAMED = {
    "clipaudio.convert": (
        "import numpy, soxr\nfrom clipaudio.audio.convert import convert",
        "convert(source, target, sample_rate=16_000, subtype='PCM_16')",
    ),
    "soundfile + soxr, the whole file at once": (
        "import numpy, soundfile, soxr",
        "soundfile.write(target, soxr.resample(soundfile.read(source, dtype='float32')[0], 44_100, 16_000), 16_000)",
    ),
}


def by_clipaudio(source: Path, target: Path) -> None:
    convert(source, target, sample_rate=NEW_RATE, subtype="PCM_16", dither="tpdf")


def by_hand(source: Path, target: Path) -> None:
    samples, rate = soundfile.read(source, dtype="float32")
    samples = soxr.resample(samples, rate, NEW_RATE)
    rng = np.random.default_rng()
    samples += (rng.random(len(samples), np.float32) - rng.random(len(samples), np.float32)) / 32768
    soundfile.write(target, samples, NEW_RATE, subtype="PCM_16")


def by_pydub(source: Path, target: Path) -> None:
    with source.open("rb") as file:
        segment = pydub.AudioSegment.from_wav(file)
    segment.set_frame_rate(NEW_RATE).set_sample_width(2).export(target, format="wav").close()


def by_librosa(source: Path, target: Path) -> None:
    samples, _ = librosa.load(source, sr=NEW_RATE)
    soundfile.write(target, samples, NEW_RATE, subtype="PCM_16")


def by_sox(source: Path, target: Path) -> None:
    subprocess.run(["sox", source, "-b", "16", "-r", str(NEW_RATE), target], check=True)


def by_ffmpeg(source: Path, target: Path) -> None:
    dithered = f"aresample={NEW_RATE}:dither_method=triangular"
    options = ["-nostdin", "-v", "error", "-y", "-i", source, "-af", dithered, "-c:a", "pcm_s16le", target]
    subprocess.run(["ffmpeg", *options], check=True)


def make_clips(folder: Path, count: int, seconds: int) -> list[Path]:
    """Write clips of band-limited noise that swells and falls like speech, each one another."""
    paths = []
    for number in range(count):
        noise = np.random.default_rng(number).normal(0, 0.2, 8000 * seconds)
        swell = np.abs(np.sin(np.arange(len(noise)) / 1500 + number))
        samples = soxr.resample(noise * swell, 8000, RATE)[: RATE * seconds, np.newaxis]
        path = folder / f"clip-{seconds}-{number}.wav"
        path.write_bytes(encode_wav((samples.clip(-0.99, 0.99) * 32_768).astype(np.int16), RATE, "PCM_16"))
        paths.append(path)
    return paths


def check(target: Path, seconds: int) -> None:
    """Make sure that a rival did the work."""
    about = soundfile.info(target)
    assert (about.samplerate, about.subtype, about.channels) == (NEW_RATE, "PCM_16", 1), about
    assert abs(about.frames - seconds * NEW_RATE) <= 2, about


def bench_convert(folder: Path) -> list[dict]:
    rivals: dict[str, Callable[[Path, Path], None]] = {
        OURS: by_clipaudio,
        "soundfile + soxr + naive dither": by_hand,
        "pydub": by_pydub,
        "librosa + soundfile": by_librosa,
    }
    rivals |= {name: run for name, run in (("sox", by_sox), ("ffmpeg", by_ffmpeg)) if shutil.which(name)}
    results = []
    for count, seconds in ((12, 4), (1, 60)):
        clips = make_clips(folder, count, seconds)
        target = folder / "out.wav"
        for run in rivals.values():
            run(clips[0], target)
            check(target, seconds)
        arrays = [soundfile.read(clip, dtype="float32")[0] for clip in clips]
        runs = {
            name: lambda run=run, clips=clips, target=target: [run(clip, target) for clip in clips]
            for name, run in rivals.items()
        }
        runs[CORE] = lambda arrays=arrays: [soxr.resample(array, RATE, NEW_RATE) for array in arrays]
        results.append({"what": "convert 44100 to 16000", "size": f"{count} x {seconds} s", "rivals": race(runs)})
    return results


def bench_threads(folder: Path) -> list[dict]:
    """Sixty clips, in chunks of ten: threads that take clip by clip wait for each other more often.

    The same with bare soxr, which holds no lock at all, tells what the machine has to give at this moment.
    """
    clips = make_clips(folder, 60, 4)
    array = soundfile.read(clips[0], dtype="float32")[0]
    chunks = [clips[first : first + 10] for first in range(0, len(clips), 10)]

    def work(clip: Path) -> None:
        by_clipaudio(clip, clip.with_suffix(".out.wav"))

    def on(threads: int, run: Callable[[Path], object]) -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda chunk: [run(clip) for clip in chunk], chunks))

    def core(_: Path) -> None:
        soxr.resample(array, RATE, NEW_RATE)

    rivals = {
        "two threads": lambda: on(2, work),
        "one thread": lambda: on(1, work),
        f"{CORE}, two threads": lambda: on(2, core),
        f"{CORE}, one thread": lambda: on(1, core),
    }
    return [{"what": "convert on threads", "size": "60 x 4 s", "rivals": race(rivals, rounds=15)}]


def bench_memory(folder: Path) -> list[dict]:
    """Convert two hours in a process of its own."""
    minute = make_clips(folder, 1, 60)[0].read_bytes()[44:]
    source, target = folder / "long.wav", folder / "long-out.wav"
    head = encode_wav(np.zeros((0, 1), np.int16), RATE, "PCM_16")[:40]
    size = 120 * len(minute)
    with source.open("wb") as file:
        file.write(head[:4] + (36 + size).to_bytes(4, "little") + head[8:] + size.to_bytes(4, "little"))
        for _ in range(120):
            file.write(minute)
    rivals = {}
    for name, (imports, run) in STREAMED.items():
        code = WATCHED.format(imports=imports, run=run)
        done = subprocess.run([sys.executable, "-c", code, source, target], check=True, capture_output=True, text=True)
        check(target, 7200)
        mib, seconds = map(float, done.stdout.split())
        taken = round(seconds * 1e3, 1)
        rivals[f"{name}: {mib:.0f} MiB above the imports"] = {
            "peak_mib": round(mib, 1),
            "median_ms": taken,
            "fastest_ms": taken,
            "slowest_ms": taken,
        }
    return [{"what": "peak memory of one long file", "size": "2 h", "rivals": rivals}]


def main() -> None:
    ram = Path("/dev/shm")
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=ram if ram.is_dir() else None) as name:
        folder = Path(name)
        results = [*bench_convert(folder), *bench_threads(folder)]
        if "--long" in sys.argv:
            results += bench_memory(folder)
    write("audio", results)
    for name, row in results[0]["rivals"].items():
        if name in GOALS:
            faster = 1 / row["ours_over_this"]
            verdict = "reached" if faster >= GOALS[name] else "NOT reached"
            print(f"{name:<34} {faster:6.2f} times faster, goal {GOALS[name]:.2f}: {verdict}")
    took = {name: row["median_ms"] for name, row in results[2]["rivals"].items()}
    scaled, possible = (
        took["one thread"] / took["two threads"],
        took[f"{CORE}, one thread"] / took[f"{CORE}, two threads"],
    )
    print(f"two threads {scaled:.2f} times one, goal 1.80; bare soxr {possible:.2f} on this machine now")
    print(f"the whole run took {time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
