"""Join clips, markup, styles and scripts to one HTML file that needs no network.

The page has a strict Content Security Policy: only its own script and style run, told by their hashes, and the only
sound is that inside the page, or the file beside it that the page names.
"""

from __future__ import annotations

import hashlib
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from clipaudio.page.encoding import encode_base64, encode_clips
from clipaudio.text import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.page.page_clip import PageClip, PageSound

__all__ = ["dumps", "fill_document", "read_assets"]

_STYLES: Final = ("theme.css", "layout.css", "clip.css")
_SCRIPTS: Final = (
    "data.js",
    "lookup.js",
    "clock.js",
    "view.js",
    "waveform.js",
    "tiers.js",
    "timeline.js",
    "overview.js",
    "mouth.js",
    "captions.js",
    "transcript.js",
    "findings.js",
    "header.js",
    "player.js",
    "keys.js",
    "clip.js",
    "page.js",
)
"""Scripts in the order in which they are joined: each uses only names of those before it."""


def dumps(clips: Sequence[PageClip]) -> str:
    """Return the page of *clips* as HTML, side by side if there are several.

    Parameters
    ----------
    clips
        At least one.

    Examples
    --------
    >>> from clipaudio.page import PageClip
    >>> page = dumps([PageClip(title="<b>", duration=1.0)])
    >>> page.startswith("<!doctype html>"), "&lt;b&gt;" in page, "<b>" in page
    (True, True, False)
    """
    title = " | ".join(clip.title for clip in clips)
    sounds = "".join(_sound(clip.sound) for clip in clips)
    body = f'{sounds}\n<script type="application/json" id="clips">{encode_clips(clips)}</script>\n'
    return fill_document(
        title,
        styles=read_assets(_STYLES),
        body=read_assets(("page.html",)) + body,
        script="(() => {\n" + read_assets(_SCRIPTS) + "})();\n",
        has_files=any(clip.sound is not None and clip.sound.data is None for clip in clips),
        language=clips[0].language,
    )


def fill_document(
    title: str, *, styles: str, body: str, script: str = "", has_files: bool = False, language: str = ""
) -> str:
    """Return an HTML document that allows its own style and script only.

    Parameters
    ----------
    title
        Plain text.
    styles, body, script
        As they are; *body* is markup that was escaped.
    has_files
        Whether it plays sound files beside it.
    language
        Language tag of *title*, which is text of the clip.
    """
    media = "media-src data:" + " 'self' file:" * has_files
    policy = [
        "default-src 'none'",
        f"script-src {_digest(script)}" if script else "script-src 'none'",
        f"style-src {_digest(styles)}",
        "img-src data:",
        media,
        "base-uri 'none'",
        "form-action 'none'",
    ]
    told = f' lang="{escape(language)}"' if language else ""
    text = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title{told}>{escape(title)}</title>\n<style>{styles}</style>\n</head>\n<body>\n{body}"
    )
    return replace_surrogates(text) + (f"<script>{script}</script>\n" if script else "") + "</body>\n</html>\n"


@cache
def read_assets(names: tuple[str, ...]) -> str:
    """Return the files of `assets` with these names, joined."""
    folder = files("clipaudio.page") / "assets"
    return "".join([(folder / name).read_text("utf-8") for name in names])


def _digest(text: str) -> str:
    return f"'sha256-{encode_base64(hashlib.sha256(text.encode()).digest())}'"


def _sound(sound: PageSound | None) -> str:
    """Return an audio element for each clip, in their order; an empty one if there is no sound."""
    if sound is None:
        return '<audio hidden preload="none"></audio>'
    url = sound.url if sound.data is None else f"data:{sound.media_type};base64,{encode_base64(sound.data)}"
    return f'<audio hidden preload="auto" src="{escape(url)}"></audio>'
