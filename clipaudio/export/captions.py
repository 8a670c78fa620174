"""A clip into captions: one exporter a format, all from the same cues. Who speaks is told wherever that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipaudio.captions.escaping import find_changes
from clipaudio.captions.formats import ass, chapters, lrc, srt, transcript, tsv, ttml, webvtt, words_json
from clipaudio.captions.languages import note_on_language
from clipaudio.captions.sanitize import prepare

if TYPE_CHECKING:
    from clipaudio.captions.formats.chapters import Chapter
    from clipaudio.export.context import ExportContext

__all__ = [
    "dumps_ass",
    "dumps_ass_karaoke",
    "dumps_ass_words",
    "dumps_chapters",
    "dumps_ffmetadata",
    "dumps_lrc",
    "dumps_lrc_words",
    "dumps_srt",
    "dumps_transcript",
    "dumps_tsv",
    "dumps_ttml",
    "dumps_webvtt",
    "dumps_webvtt_words",
    "dumps_words_json",
    "has_cues",
    "notes_on_captions",
]


_RULES = {
    "srt": "srt",
    "vtt": "webvtt",
    "ass": "ass",
    "lrc": "lrc",
    "ttml": "ttml",
    "tsv": "tsv",
    "words": "words-json",
}


def has_cues(format_name: str) -> bool:
    """Tell whether text is cut into cues for the format of that name.

    Examples
    --------
    >>> has_cues("vtt-words"), has_cues("chapters")
    (True, False)
    """
    return format_name.partition("-")[0] in _RULES


def notes_on_captions(source: ExportContext, format_name: str) -> tuple[str, ...]:
    """Tell what had to be changed in the text or the times of captions to write them in that format.

    A language whose words are not known is told of first.
    """
    rules = _RULES.get(format_name.partition("-")[0])
    if rules is None:
        return ()
    prepared = prepare(source.cues, words=format_name.partition("-")[2] != "" or format_name == "words")
    changes = (*prepared.changes, *find_changes(prepared.cues, rules))
    languages = dict.fromkeys(part.aligned.language for part in source.clips)
    notes = [note for note in map(note_on_language, languages) if note is not None]
    notes += [f"cue {change.index + 1}: {change.message}" for change in changes]
    if source.refinement is not None:
        starts, ends = (source.refinement.moved != 0).sum(axis=0).tolist()
        most = float(abs(source.refinement.moved).max(initial=0.0))
        notes.append(f"refined to the sound: {starts} starts and {ends} ends moved, by {most:.3f} s at most")
    return tuple(notes)


def dumps_srt(source: ExportContext) -> str:
    """Give SubRip."""
    return srt.dumps(source.cues, speakers=True)


def dumps_webvtt(source: ExportContext) -> str:
    """Give WebVTT."""
    return webvtt.dumps(source.cues, speakers=True)


def dumps_webvtt_words(source: ExportContext) -> str:
    """Give WebVTT in which words appear as they are spoken."""
    return webvtt.dumps(source.cues, karaoke=True, speakers=True)


def dumps_ass(source: ExportContext) -> str:
    """Give Advanced SubStation Alpha."""
    return ass.dumps(source.cues)


def dumps_ass_karaoke(source: ExportContext) -> str:
    """Give Advanced SubStation Alpha in which words fill as they are spoken."""
    return ass.dumps(source.cues, words="kf")


def dumps_ass_words(source: ExportContext) -> str:
    """Give Advanced SubStation Alpha in which the word spoken is highlighted."""
    return ass.dumps(source.cues, words="highlight")


def dumps_ttml(source: ExportContext) -> str:
    """Give TTML, in frames where a rate is chosen."""
    language = source.aligned.language.replace("_", "-")  # as locales are written
    return ttml.dumps(source.cues, language=language, fps=source.options.rate(), speakers=True)


def dumps_lrc(source: ExportContext) -> str:
    """Give LRC."""
    return lrc.dumps(source.cues, speakers=True)


def dumps_lrc_words(source: ExportContext) -> str:
    """Give enhanced LRC."""
    return lrc.dumps(source.cues, words=True, speakers=True)


def dumps_tsv(source: ExportContext) -> str:
    """Give tab-separated values."""
    return tsv.dumps(source.cues)


def dumps_words_json(source: ExportContext) -> str:
    """Give JSON in the shape of Whisper's."""
    return words_json.dumps(source.cues, language=source.aligned.language)


def dumps_transcript(source: ExportContext) -> str:
    """Give the text alone."""
    return transcript.dumps(source.cues, speakers=True)


def dumps_chapters(source: ExportContext) -> str:
    """Give WebVTT chapters, one a clip."""
    return chapters.dumps(_chapters(source))


def dumps_ffmetadata(source: ExportContext) -> str:
    """Give chapters as ffmpeg's metadata, one a clip."""
    return chapters.dumps_ffmetadata(_chapters(source))


def _chapters(source: ExportContext) -> tuple[Chapter, ...]:
    titles = [part.title or f"Clip {number}" for number, part in enumerate(source.clips, 1)]
    starts = [part.offset for part in source.clips]
    return chapters.make_chapters(titles, starts, duration=source.aligned.duration)
