"""Write TTML (.ttml) of the profile IMSC 1.1 Text.

Rules: https://www.w3.org/TR/ttml-imsc1.1/. Times are media times in milliseconds, or exact whole video frames if a
rate is given. U+FFFE and U+FFFF, which XML 1.0 forbids, are dropped.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from clipaudio.captions.sanitize import prepare
from clipaudio.captions.timestamp import format_milliseconds
from clipaudio.errors import ExportError
from clipaudio.text import close_directions, drop_xml_forbidden

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipaudio.captions.cue import Cue
    from clipaudio.captions.style import CaptionStyle

__all__ = ["check_language", "dumps", "escape_xml", "format_region"]

_LANGUAGE = re.compile(r"(?:[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)?")
_COLOUR = re.compile("#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?")
_SPACES = (
    'xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" '
    'xmlns:tts="http://www.w3.org/ns/ttml#styling" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"'
)
_LOOK = (
    'tts:color="#ffffff" tts:backgroundColor="#000000cc" tts:fontFamily="proportionalSansSerif" '
    'tts:fontSize="100%" tts:lineHeight="125%" tts:textAlign="center"'
)
_REGION = 'tts:origin="10% 10%" tts:extent="80% 80%" tts:displayAlign="after"'
_ROWS = 15  # cells of the height of a picture, unless a document says otherwise; 100% of a size is one
_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<tt {spaces} ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/imsc1.1/text" ttp:timeBase="media"{clock} \
xml:lang="{language}" xml:space="preserve">
  <head>
{head}    <styling>
      <style xml:id="text" {style}/>
    </styling>
    <layout>
      <region xml:id="{row}" {region} tts:showBackground="whenActive"/>
    </layout>
  </head>
  <body style="text" region="{row}">
    <div>
"""


def dumps(
    cues: Iterable[Cue],
    *,
    language: str = "",
    fps: Fraction | None = None,
    word_colour: str | None = None,
    style: CaptionStyle | None = None,
    speakers: bool = False,
    title: str = "",
) -> str:
    r"""Return *cues* as an IMSC 1.1 Text document, without cues that have no text.

    Parameters
    ----------
    language
        Language tag (BCP 47), such as "en"; empty if unknown.
    fps
        Exact video frames per second: times are frames, and each cue lasts at least one.
    word_colour
        `#RRGGBB` of each word while it is spoken; None writes no words.
    style
        Appearance of the text; None is white on black at the bottom.
    speakers
        Name the speaker of each cue, as an agent of the document.
    title
        Title of the document.

    Raises
    ------
    ExportError
        A time is not finite, or an option is not as described.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue
    >>> text = dumps([Cue(1.001, 2.002, ("A < B", "C"))], language="en", fps=Fraction(24000, 1001))
    >>> text[text.index("<p") : text.index("</div>")]
    '<p xml:id="cue1" begin="24f" end="48f">A &lt; B<br/>C</p>\n    '
    """
    check_language(language)
    if word_colour is not None and not _COLOUR.fullmatch(word_colour):
        raise ExportError(f"word_colour is {word_colour!r}; expected #RRGGBB")
    clock_ = _Clock(None if fps is None else Fraction(fps))
    kept = [cue for cue in prepare(cues, words=word_colour is not None).cues if escape_xml(cue.text).strip()]
    names = list(dict.fromkeys([cue.speaker for cue in kept if cue.speaker])) if speakers else []
    agents = {name: f"agent{number}" for number, name in enumerate(names, 1)}
    look, region = (_LOOK, _REGION) if style is None else (_look(style), format_region(style))
    row = "bottom" if style is None else style.row
    head = _metadata(title, agents)
    out = [
        _HEAD.format(
            spaces=_SPACES, clock=clock_.attributes, language=language, head=head, style=look, region=region, row=row
        )
    ]
    for number, cue in enumerate(kept, 1):
        start = clock_.units(cue.start)
        end = max(clock_.units(cue.end), start + 1)
        agent = f' ttm:agent="{agents[cue.speaker]}"' if cue.speaker in agents else ""
        if word_colour is not None and cue.words:
            text = _with_words(cue, start, end, clock_, word_colour)
        else:
            text = "<br/>".join([escape_xml(line) for line in cue.lines])
        times = f'begin="{clock_.text(start)}" end="{clock_.text(end)}"'
        out.append(f'      <p xml:id="cue{number}" {times}{agent}>{text}</p>\n')
    out.append("    </div>\n  </body>\n</tt>\n")
    return "".join(out)


def _look(style: CaptionStyle) -> str:
    """Return the attributes of the text."""
    outline = f"{style.outline_colour} {100 * style.outline_pixels / style.font_pixels:.4g}%"
    values = {
        "color": style.colour,
        "backgroundColor": style.box or "transparent",
        "fontFamily": f"{style.font}, proportionalSansSerif",
        "fontSize": f"{100 * style.font_share * _ROWS:.4g}%",
        "fontWeight": "bold" if style.bold else "normal",
        "lineHeight": "125%",
        "textAlign": style.side,
        "textOutline": outline if style.outline_pixels and style.box is None else "none",
    }
    return " ".join([f'tts:{name}="{value}"' for name, value in values.items()])


def format_region(style: CaptionStyle) -> str:
    """Return the attributes of a region with the margins of *style*.

    >>> from clipaudio.captions.style import CaptionStyle
    >>> format_region(CaptionStyle(position="top", margin="10%", side_margin="5%"))
    'tts:origin="5% 10%" tts:extent="90% 80%" tts:displayAlign="before"'
    """
    side, vertical = (100 * share for share in style.margin_shares)
    align = {"top": "before", "middle": "center", "bottom": "after"}[style.row]
    return (
        f'tts:origin="{side:.4g}% {vertical:.4g}%" tts:extent="{100 - 2 * side:.4g}% {100 - 2 * vertical:.4g}%"'
        f' tts:displayAlign="{align}"'
    )


class _Clock:
    """Converts seconds to whole units, rounded once, and to text: milliseconds, or frames of an exact rate."""

    def __init__(self, fps: Fraction | None) -> None:
        self.attributes = ""
        self.rate = fps
        if fps is not None:
            if fps <= 0:
                raise ExportError(f"{fps} frames per second; expected more than 0")
            whole = -(-fps.numerator // fps.denominator)
            ratio = fps / whole
            self.attributes = (
                f' ttp:frameRate="{whole}" ttp:frameRateMultiplier="{ratio.numerator} {ratio.denominator}"'
            )

    def units(self, seconds: float) -> int:
        if self.rate is None:
            return int(seconds * 1000 + 0.5)
        numerator, denominator = float(seconds).as_integer_ratio()
        numerator *= 2 * self.rate.numerator
        denominator *= self.rate.denominator
        return (numerator + denominator) // (2 * denominator)

    def text(self, units: int) -> str:
        return format_milliseconds(units) if self.rate is None else f"{units}f"


def _metadata(title: str, agents: dict[str, str]) -> str:
    line = escape_xml(close_directions(" ".join(title.split())))
    name = f"      <ttm:title>{line}</ttm:title>\n" if title.strip() else ""
    people = "".join(
        [
            f'      <ttm:agent xml:id="{key}" type="person"><ttm:name type="full">{escape_xml(speaker)}</ttm:name>'
            "</ttm:agent>\n"
            for speaker, key in agents.items()
        ]
    )
    return f"    <metadata>\n{name}{people}    </metadata>\n" if name or people else ""


def check_language(language: str) -> None:
    """Check a language tag (BCP 47), or "" if unknown.

    Raises
    ------
    ExportError
        It is no tag.
    """
    if not _LANGUAGE.fullmatch(language):
        raise ExportError(f"{language!r} is no language tag; expected one such as en or pt-BR")


def escape_xml(text: str) -> str:
    """Return *text* as XML text, without the code points that XML forbids.

    >>> escape_xml("a < b")
    'a &lt; b'
    """
    if not text.isascii():
        text = drop_xml_forbidden(text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _with_words(cue: Cue, start: int, end: int, clock_: _Clock, colour: str) -> str:
    """Return the text with a span per word, coloured while it is spoken; times count from the start of the cue."""
    lines = []
    for line, pieces in zip(cue.lines, cue.pieces(), strict=True):
        spans = []
        for piece in pieces:
            begin, stop = (min(max(clock_.units(time), start), end) - start for time in (piece.start, piece.end))
            text = escape_xml(piece.text)
            kept = text.rstrip()
            if stop > begin and kept:
                times = f'begin="{clock_.text(begin)}" end="{clock_.text(stop)}"'
                kept_span = f'<span><set {times} tts:color="{colour}"/>{kept}</span>'
                spans.append(kept_span + text[len(kept) :])
            else:
                spans.append(text)
        lines.append("".join(spans) if line else "")
    return "<br/>".join(lines)
