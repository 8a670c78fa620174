"""Write the golden caption files beside this script: python tests/data/captions/make_golden.py.

They show each format at work on a few cues, for the eye and for the test that compares them. Look at what
changed before you commit what this wrote.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.formats import (
    ass,
    ass_style,
    ebu_tt_d,
    lrc,
    remotion,
    sbv,
    scc,
    srt,
    transcript,
    tsv,
    ttml,
    webvtt,
    webvtt_style,
    words_json,
)
from clipaudio.captions.formats.webvtt_blocks import KARAOKE, Note, Region
from clipaudio.captions.style import find_style

HERE = Path(__file__).parent
CUES = (
    Cue(
        0.25,
        2.5,
        ("Hey there! Fish & chips", "for < 5 pounds?"),
        (
            CueWord(0, 0, 3, 0.25, 0.42),
            CueWord(0, 4, 9, 0.42, 0.8),
            CueWord(0, 11, 15, 1.1, 1.4),
            CueWord(0, 18, 23, 1.5, 1.9),
            CueWord(1, 0, 3, 1.9, 2.0),
            CueWord(1, 6, 7, 2.05, 2.2),
            CueWord(1, 8, 14, 2.2, 2.5),
        ),
        "Ann",
    ),
    Cue(2.6, 4.0, ("Go --> there, {now}.",), (), "Bo"),
    Cue(59.9996, 61.0, (r"C:\New holds <b>bold</b>",), (), "Bo"),
    Cue(3600.0, 3601.0, ("API هذه واجهة",), (CueWord(0, 0, 3, 3600.1, 3600.4), CueWord(0, 4, 7, 3600.4, 3600.9))),
    Cue(36_000.5, 36_001.25, ("At ten hours:", "42"), ()),
)


def texts() -> dict[str, str]:
    """Return each file's name and text."""
    blocks = [KARAOKE, Note("Made by make_golden.py"), Region(id="bottom", width="80%")]
    return {
        "plain.srt": srt.dumps(CUES),
        "speakers.srt": srt.dumps(CUES, speakers=True),
        "plain.vtt": webvtt.dumps(CUES),
        "karaoke.vtt": webvtt.dumps(
            CUES, karaoke=True, speakers=True, isolate=True, settings="line:85% align:center", blocks=blocks
        ),
        "plain.ass": ass.dumps(CUES, title="Golden"),
        "karaoke.ass": ass.dumps(CUES, words="kf"),
        "highlight.ass": ass.dumps(CUES, words="highlight", position=(960, 900)),
        "plain.lrc": lrc.dumps(CUES, title="Golden"),
        "words.lrc": lrc.dumps(CUES, words=True, speakers=True),
        "plain.ttml": ttml.dumps(CUES, language="en", title="Golden"),
        "frames.ttml": ttml.dumps(CUES, language="en", fps=Fraction(24000, 1001), word_colour="#ffd700", speakers=True),
        "broadcast.ebu.ttml": ebu_tt_d.dumps(CUES, language="en", speakers=True),
        "broadcast.scc": scc.encode(CUES[:3]).text,
        "plain.sbv": sbv.dumps(CUES, speakers=True),
        "tiktok.ass": ass.dumps(CUES, words="highlight", **ass_style.dress(find_style("tiktok"))),
        "youtube.vtt": webvtt.dumps(CUES, **webvtt_style.dress(find_style("youtube"))),
        "podcast.ttml": ttml.dumps(CUES, language="en", style=find_style("podcast")),
        "words.remotion.json": remotion.dumps(CUES),
        "table.tsv": tsv.dumps(CUES),
        "words.json": words_json.dumps(CUES, language="en"),
        "transcript.txt": transcript.dumps(CUES, speakers=True),
    }


if __name__ == "__main__":
    for name, text in texts().items():
        (HERE / name).write_text(text, encoding="utf-8", newline="\n")
