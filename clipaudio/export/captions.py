"""Export captions: one function per format, all from the same cues; speakers are named if known."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from clipaudio.captions.escaping import find_changes
from clipaudio.captions.formats import (
    ass,
    ass_style,
    chapters,
    ebu_tt_d,
    lrc,
    otio,
    remotion,
    sbv,
    srt,
    transcript,
    tsv,
    ttml,
    webvtt,
    webvtt_style,
    words_json,
)
from clipaudio.captions.languages import note_on_found_language, note_on_language
from clipaudio.captions.sanitize import label_speakers, prepare
from clipaudio.captions.style import CaptionStyle
from clipaudio.errors import ExportError
from clipaudio.export.options import LOOKS
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
    "dumps_ebu_tt_d",
    "dumps_fcp",
    "dumps_ffmetadata",
    "dumps_lrc",
    "dumps_lrc_words",
    "dumps_otio",
    "dumps_remotion",
    "dumps_sbv",
    "dumps_srt",
    "dumps_transcript",
    "dumps_tsv",
    "dumps_ttml",
    "dumps_ttml_words",
    "dumps_webvtt",
    "dumps_webvtt_words",
    "dumps_words_json",
    "language_of",
    "note_on_style",
    "note_on_undecided_language",
    "notes_on_captions",
    "notes_on_languages",
]


def notes_on_captions(source: ExportContext, row: Format) -> tuple[str, ...]:
    """Return notes on what was changed in text and times so that the format can hold them.

    A language that was found, or one without known words, comes first.
    """
    if row.exporter == "dumps_transcript":  # no format: of what is removed, only what turned the text is told
        told = prepare(source.cues, words=False).changes
        return tuple(f"cue {change.index + 1}: {change.message}" for change in told if change.kind == "direction")
    if row.rules is None:
        return note_on_style(source, row)
    prepared = prepare(source.cues, words=row.has_words)
    cues = label_speakers(prepared.cues) if row.rules == "tsv" else prepared.cues
    safe = source.options.spreadsheet_safe is not False
    changes = (*prepared.changes, *find_changes(cues, row.rules, spreadsheet_safe=safe))
    notes = [*notes_on_languages(source)]
    by_marks = note_on_sentences()
    notes += [] if by_marks is None else [by_marks]
    notes += [f"cue {change.index + 1}: {change.message}" for change in changes]
    joined = len(source.timed_cues) - len(source.cues)
    if joined:
        notes.append(f"captions too short to be seen were joined to the one beside them: {joined}")
    if source.refinement is not None:
        starts, ends = (source.refinement.moved != 0).sum(axis=0).tolist()
        most = float(abs(source.refinement.moved).max(initial=0.0))
        notes.append(f"refined to the sound: {starts} starts and {ends} ends moved, by {most:.3f} s at most")
    return (*notes, *note_on_style(source, row))


def notes_on_languages(source: ExportContext) -> tuple[str, ...]:
    """Return notes on languages that were found from the text, and on those without known words."""
    levels = [part.aligned for part in source.clips]
    found = dict.fromkeys(one.language for one in levels if one.found_language)
    languages = dict.fromkeys(one.language for one in levels)
    notes = (*map(note_on_found_language, found), *map(note_on_language, languages))
    return tuple([note for note in notes if note is not None])


def note_on_style(source: ExportContext, row: Format) -> tuple[str, ...]:
    """Return a note if the format cannot carry what was chosen of the style."""
    style, options = source.options.caption_style(), source.options
    if style is None or not row.has_cues:
        return ()
    sheet = ("ffmpeg before version 6 reads no cue behind the style sheet",) if row.rules == "webvtt" else ()
    reasons = {
        "resolution": True,  # of other formats, lengths are shares of the picture
        "highlight": not row.has_words,
        "box": style.box is None,
        "outline": style.outline_pixels == 0,
    }
    idle = {name for name, is_idle in reasons.items() if is_idle}
    chosen = [name for name in LOOKS if options.style is not None or getattr(options, name) is not None]
    lost = [name for name in chosen if name not in idle and name not in row.looks.split()]
    if not lost:
        return sheet
    if not row.looks:
        return (f"{row.name} holds no style: the player decides how the captions look",)
    return (f"{row.name} cannot hold the {' and '.join(lost)} of the style: the player decides", *sheet)


def note_on_undecided_language(source: ExportContext) -> str | None:
    """Return a note if the language of a clip is unknown: neither given, nor named or told by the text."""
    return note_on_found_language(None) if any(part.aligned.assumed_language for part in source.clips) else None


def dumps_srt(source: ExportContext) -> str:
    """Return SubRip."""
    return srt.dumps(source.cues, speakers=True)


def dumps_webvtt(source: ExportContext) -> str:
    """Return WebVTT."""
    return webvtt.dumps(source.cues, speakers=True, **webvtt_style.dress(source.options.caption_style()))


def dumps_webvtt_words(source: ExportContext) -> str:
    """Return WebVTT in which words appear as they are spoken."""
    style = webvtt_style.dress(source.options.caption_style(), has_words=True)
    return webvtt.dumps(source.cues, karaoke=True, speakers=True, **style)


def dumps_ass(source: ExportContext) -> str:
    """Return Advanced SubStation Alpha."""
    return ass.dumps(source.cues, **ass_style.dress(source.options.caption_style()))


def dumps_ass_karaoke(source: ExportContext) -> str:
    """Return Advanced SubStation Alpha in which words fill as they are spoken."""
    return ass.dumps(source.cues, words="kf", **ass_style.dress(source.options.caption_style()))


def dumps_ass_words(source: ExportContext) -> str:
    """Return Advanced SubStation Alpha in which the spoken word is highlighted."""
    return ass.dumps(source.cues, words="highlight", **ass_style.dress(source.options.caption_style()))


def dumps_ttml(source: ExportContext) -> str:
    """Return TTML, in frames if a rate is chosen."""
    return _ttml(source, None)


def dumps_ttml_words(source: ExportContext) -> str:
    """Return TTML in which the spoken word is coloured."""
    style = source.options.caption_style() or CaptionStyle()
    return _ttml(source, style.highlight)


def _ttml(source: ExportContext, word_colour: str | None) -> str:
    return ttml.dumps(
        source.cues,
        language=language_of(source),
        fps=source.options.rate(),
        word_colour=word_colour,
        style=source.options.caption_style(),
        speakers=True,
    )


def language_of(source: ExportContext) -> str:
    """Return the language tag of the text, as BCP 47 writes it."""
    return source.aligned.language.replace("_", "-")


def dumps_ebu_tt_d(source: ExportContext) -> str:
    """Return EBU-TT-D."""
    style = source.options.caption_style()
    return ebu_tt_d.dumps(source.cues, language=language_of(source), style=style, speakers=True)


def dumps_sbv(source: ExportContext) -> str:
    """Return the captions of YouTube's editor."""
    return sbv.dumps(source.cues, speakers=True)


def dumps_remotion(source: ExportContext) -> str:
    """Return the captions of Remotion."""
    if source.options.bilingual:
        raise ExportError("remotion holds single words, so it cannot hold two languages; leave bilingual out")
    return remotion.dumps(source.cues)


def dumps_otio(source: ExportContext) -> str:
    """Return a timeline of OpenTimelineIO, 24 frames per second by default."""
    return _timeline(source, "otio")


def dumps_fcp(source: ExportContext) -> str:
    """Return a timeline of Final Cut Pro 7, 24 frames per second by default."""
    return _timeline(source, "fcp")


def _timeline(source: ExportContext, form: Literal["otio", "fcp"]) -> str:
    return otio.dumps(
        source.cues,
        duration=source.aligned.duration,
        fps=source.options.rate() or Fraction(24),
        format=form,
        name=source.id or "clip",
        sound_file=source.sound_file,
    )


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
    return words_json.dumps(source.cues, language=source.spoken_language, is_bilingual=source.options.bilingual)


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
