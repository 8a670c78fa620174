"""Show a clip in a notebook: a player and a picture, in one piece of HTML without scripts or requests."""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING, Final

from clipaudio.errors import ClipAudioError, MissingExtraError

if TYPE_CHECKING:
    from clipaudio.clip.clip import Clip

__all__ = ["to_html"]

_LONGEST: Final = 30.0
"""Seconds that are drawn; more words could not be read."""


def to_html(clip: Clip) -> str:
    """Return *clip* as HTML: a title, the sound, and the words over the waveform, or their times without matplotlib.

    Examples
    --------
    >>> from clipaudio.clip import open_clip
    >>> "cecad6f9" in to_html(open_clip({"id": "cecad6f9"}))
    True
    """
    title = html.escape(clip.id or "clip")
    try:
        clip.words  # noqa: B018 - raises where there is nothing to show
        body = f"{_player(clip)}{_picture(clip)}"
    except (ClipAudioError, OSError) as error:
        body = f"<p>{html.escape(str(error))}</p>"
    return f"<div><p><b>{title}</b> · {html.escape(clip.source or 'edited')}</p>{body}</div>"


def _player(clip: Clip) -> str:
    if clip.audio is None:
        return "<p>no sound at hand</p>"
    from clipaudio.export.page_sound import LONGEST_INSIDE, embed_sound  # noqa: PLC0415 - audio loads on use

    if clip.duration > LONGEST_INSIDE:
        return f"<p>{clip.duration:.0f} s of sound; too long to be kept in a notebook</p>"
    sound = embed_sound(clip.audio, duration=clip.duration, sound_file="", folder=None).sound
    assert sound is not None  # only a longer one is no part of a page
    assert sound.data is not None
    data = base64.b64encode(sound.data).decode()
    return f'<audio controls src="data:{sound.media_type};base64,{data}"></audio>'


def _picture(clip: Clip) -> str:
    shown = clip if clip.duration <= _LONGEST else clip.cut(0, _LONGEST)
    levels = ("words", "phones") if len(shown.phones) else ("words",)
    try:
        from clipaudio.clip.plots import draw_png  # noqa: PLC0415 - matplotlib loads on use

        image = draw_png(shown, levels)
    except MissingExtraError:
        return _table(shown)
    text = html.escape(clip.text, quote=True)
    return f'<img alt="{text}" style="max-width:100%" src="data:image/png;base64,{base64.b64encode(image).decode()}">'


def _table(clip: Clip) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(word.label)}</td><td>{word.start:.3f}</td><td>{word.end:.3f}</td></tr>"
        for word in clip.words[:200]
    )
    return f"<table><tr><th>word</th><th>start</th><th>end</th></tr>{rows}</table>"
