"""Export captions: one function per format, all from the same cues; speakers are named if known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipaudio.captions.escaping import find_changes
from clipaudio.captions.formats import ass, chapters, lrc, srt, transcript, tsv, ttml, webvtt, words_json
from clipaudio.captions.languages import note_on_found_language, note_on_language
from clipaudio.captions.sanitize import label_speakers, prepare
from clipaudio.timing.sentence_marks import note_on_sentences

if TYPE_CHECKING:
    from clipaudio.captions.formats.chapters import Chapter
    from clipaudio.export.context import ExportContext
    from clipaudio.export.registry import Format

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
    "note_on_undecided_language",
    "notes_on_captions",
]


def notes_on_captions(source: ExportContext, row: Format) -> tuple[str, ...]:
    """Return notes on what was changed in text and times so that the format can hold them.

    A language that was found, or one without known words, comes first.
    """
    if row.exporter == "dumps_transcript":  # no format: of what is removed, only what turned the text is told
        told = prepare(source.cues, words=False).changes
        return tuple(f"cue {change.index + 1}: {change.message}" for change in told if change.kind == "direction")
    if row.rules is None:
        return ()
    prepared = prepare(source.cues, words=row.has_words)
    cues = label_speakers(prepared.cues) if row.rules == "tsv" else prepared.cues
    safe = source.options.spreadsheet_safe is not False
    changes = (*prepared.changes, *find_changes(cues, row.rules, spreadsheet_safe=safe))
    levels = [part.aligned for part in source.clips]
    found = dict.fromkeys(one.language for one in levels if one.found_language)
    notes = [note for note in map(note_on_found_language, found) if note is not None]
    languages = dict.fromkeys(one.language for one in levels)
    notes += [note for note in map(note_on_language, languages) if note is not None]
    by_marks = note_on_sentences()
    notes += [] if by_marks is None else [by_marks]
    notes += [f"cue {change.index + 1}: {change.message}" for change in changes]
    if source.refinement is not None:
        starts, ends = (source.refinement.moved != 0).sum(axis=0).tolist()
        most = float(abs(source.refinement.moved).max(initial=0.0))
        notes.append(f"refined to the sound: {starts} starts and {ends} ends moved, by {most:.3f} s at most")
    return tuple(notes)


def note_on_undecided_language(source: ExportContext) -> str | None:
    """Return a note if the text of a clip does not tell its language; for callers who gave none."""
    return None if all(part.aligned.found_language for part in source.clips) else note_on_found_language(None)


def dumps_srt(source: ExportContext) -> str:
    """Return SubRip."""
    return srt.dumps(source.cues, speakers=True)


def dumps_webvtt(source: ExportContext) -> str:
    """Return WebVTT."""
    return webvtt.dumps(source.cues, speakers=True)


def dumps_webvtt_words(source: ExportContext) -> str:
    """Return WebVTT in which words appear as they are spoken."""
    return webvtt.dumps(source.cues, karaoke=True, speakers=True)


def dumps_ass(source: ExportContext) -> str:
    """Return Advanced SubStation Alpha."""
    return ass.dumps(source.cues)


def dumps_ass_karaoke(source: ExportContext) -> str:
    """Return Advanced SubStation Alpha in which words fill as they are spoken."""
    return ass.dumps(source.cues, words="kf")


def dumps_ass_words(source: ExportContext) -> str:
    """Return Advanced SubStation Alpha in which the spoken word is highlighted."""
    return ass.dumps(source.cues, words="highlight")


def dumps_ttml(source: ExportContext) -> str:
    """Return TTML, in frames if a rate is chosen."""
    language = source.aligned.language.replace("_", "-")  # as locales are written
    return ttml.dumps(source.cues, language=language, fps=source.options.rate(), speakers=True)


def dumps_lrc(source: ExportContext) -> str:
    """Return LRC."""
    return lrc.dumps(source.cues, speakers=True)


def dumps_lrc_words(source: ExportContext) -> str:
    """Return enhanced LRC."""
    return lrc.dumps(source.cues, words=True, speakers=True)


def dumps_tsv(source: ExportContext) -> str:
    """Return tab-separated values."""
    return tsv.dumps(source.cues, speakers=True, spreadsheet_safe=source.options.spreadsheet_safe is not False)


def dumps_words_json(source: ExportContext) -> str:
    """Return JSON in the shape of Whisper's."""
    return words_json.dumps(source.cues, language=source.aligned.language)


def dumps_transcript(source: ExportContext) -> str:
    """Return the text alone."""
    return transcript.dumps(source.cues, speakers=True)


def dumps_chapters(source: ExportContext) -> str:
    """Return WebVTT chapters, one per clip."""
    return chapters.dumps(_chapters(source))


def dumps_ffmetadata(source: ExportContext) -> str:
    """Return chapters as ffmpeg's metadata, one per clip."""
    return chapters.dumps_ffmetadata(_chapters(source))


def _chapters(source: ExportContext) -> tuple[Chapter, ...]:
    titles = [part.title or f"Clip {number}" for number, part in enumerate(source.clips, 1)]
    starts = [part.offset for part in source.clips]
    return chapters.make_chapters(titles, starts, duration=source.aligned.duration)
