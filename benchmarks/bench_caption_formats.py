"""Writing and reading captions against pysubs2, webvtt-py, srt and ten lines of Python.

What this cannot show: that a clip's captions feel faster; a hundred cues take less than a millisecond everywhere. Each
writer begins with the same times and texts: building its own objects from them is part of its work, as it is
for whoever uses it. The ten lines check and escape nothing.
"""

from __future__ import annotations

import io
from datetime import timedelta

import pysubs2
import srt as srt_package
import webvtt as webvtt_py
from interleave import race, write

from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.formats import ass, lrc, srt, tsv, ttml, webvtt, words_json
from clipaudio.captions.sanitize import prepare

SIZES = (100, 1_000, 10_000)


def make(count: int) -> list[Cue]:
    """Return cues of two lines, of which some need care, with a word every quarter of a second."""
    cues = []
    for row in range(count):
        lines = (
            "So this is what they said,",
            "at half past ten: fish & chips." if row % 10 == 0 else "and then they left.",
        )
        words = tuple(
            CueWord(line, first, first + 2, row * 3.0004 + line + first / 40, row * 3.0004 + line + first / 40 + 0.2)
            for line in (0, 1)
            for first in range(0, 15, 5)
        )
        cues.append(Cue(row * 3.0004, row * 3.0004 + 2.5, lines, words))
    return cues


def stamp(seconds: float, separator: str) -> str:
    rest = round(seconds * 1000)
    hours, rest = divmod(rest, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    seconds, rest = divmod(rest, 1000)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{separator}{rest:03d}"


def ten_lines(cues: list[Cue], separator: str) -> str:
    out = io.StringIO()
    for number, cue in enumerate(cues, 1):
        times = f"{stamp(cue.start, separator)} --> {stamp(cue.end, separator)}"
        out.write(f"{number}\n{times}\n" + "\n".join(cue.lines) + "\n\n")
    return out.getvalue()


def by_pysubs2(cues: list[Cue], name: str) -> str:
    file = pysubs2.SSAFile()
    for cue in cues:
        file.append(pysubs2.SSAEvent(round(cue.start * 1000), round(cue.end * 1000), r"\N".join(cue.lines)))
    return file.to_string(name)


def by_webvtt_py(cues: list[Cue]) -> str:
    file = webvtt_py.WebVTT()
    for cue in cues:
        file.captions.append(webvtt_py.Caption(stamp(cue.start, "."), stamp(cue.end, "."), list(cue.lines)))
    return file.content


def by_srt(cues: list[Cue]) -> str:
    subtitles = [
        srt_package.Subtitle(number, timedelta(seconds=cue.start), timedelta(seconds=cue.end), "\n".join(cue.lines))
        for number, cue in enumerate(cues)
    ]
    return srt_package.compose(subtitles)


def bench_writers() -> list[dict]:
    results = []
    for count in SIZES:
        cues = make(count)
        rivals = {
            "srt": {
                "clipaudio.captions.formats.srt.dumps": lambda cues=cues: srt.dumps(cues),
                "ten lines": lambda cues=cues: ten_lines(cues, ","),
                "pysubs2": lambda cues=cues: by_pysubs2(cues, "srt"),
                "srt": lambda cues=cues: by_srt(cues),
            },
            "webvtt": {
                "clipaudio.captions.formats.webvtt.dumps": lambda cues=cues: webvtt.dumps(cues),
                "ten lines": lambda cues=cues: ten_lines(cues, "."),
                "pysubs2": lambda cues=cues: by_pysubs2(cues, "vtt"),
                "webvtt-py": lambda cues=cues: by_webvtt_py(cues),
            },
            "ass": {
                "clipaudio.captions.formats.ass.dumps": lambda cues=cues: ass.dumps(cues),
                "pysubs2": lambda cues=cues: by_pysubs2(cues, "ass"),
            },
            "ttml": {
                "clipaudio.captions.formats.ttml.dumps": lambda cues=cues: ttml.dumps(cues),
                "pysubs2": lambda cues=cues: by_pysubs2(cues, "ttml"),
            },
        }
        for name, named in rivals.items():
            results.append({"what": f"write {name}", "size": f"{count} cues", "rivals": race(named, rounds=7)})
    return results


def bench_readers() -> list[dict]:
    results = []
    for count in SIZES:
        cues = make(count)
        text, vtt = srt.dumps(cues), webvtt.dumps(cues)
        rivals = {
            "srt": {
                "clipaudio.captions.formats.srt.loads": lambda text=text: srt.loads(text),
                "pysubs2": lambda text=text: pysubs2.SSAFile.from_string(text, "srt"),
                "srt": lambda text=text: list(srt_package.parse(text)),
            },
            "webvtt": {
                "clipaudio.captions.formats.webvtt.loads": lambda vtt=vtt: webvtt.loads(vtt),
                "pysubs2": lambda vtt=vtt: pysubs2.SSAFile.from_string(vtt, "vtt"),
                "webvtt-py": lambda vtt=vtt: webvtt_py.from_buffer(io.StringIO(vtt)),
            },
        }
        for name, named in rivals.items():
            results.append({"what": f"read {name}", "size": f"{count} cues", "rivals": race(named, rounds=7)})
    return results


def bench_ours() -> list[dict]:
    """Time what has no rival here beside the plain SubRip writer."""
    cues = make(10_000)
    text = webvtt.dumps(cues, karaoke=True)
    rivals = {
        "srt.dumps": lambda: srt.dumps(cues),
        "prepare": lambda: prepare(cues),
        "webvtt.dumps(karaoke=True)": lambda: webvtt.dumps(cues, karaoke=True),
        'ass.dumps(words="k")': lambda: ass.dumps(cues, words="k"),
        'ass.dumps(words="highlight")': lambda: ass.dumps(cues, words="highlight"),
        "lrc.dumps(words=True)": lambda: lrc.dumps(cues, words=True),
        "tsv.dumps": lambda: tsv.dumps(cues),
        "words_json.dumps": lambda: words_json.dumps(cues),
        "webvtt.loads of karaoke": lambda: webvtt.loads(text),
    }
    return [{"what": "formats with words, 6 words a cue", "size": "10000 cues", "rivals": race(rivals, rounds=5)}]


if __name__ == "__main__":
    write("caption_formats", [*bench_writers(), *bench_readers(), *bench_ours()])
