"""Write EBU-TT-D (.ebu.ttml): TTML for distribution by broadcasters.

Rules: EBU Tech 3380, version 1.0.1 (2018), https://tech.ebu.ch/publications/tech3380. Times are hours, minutes, seconds
and milliseconds. The colour behind the text belongs to spans, the padding of lines to paragraphs; colours are
hexadecimal, and each paragraph has an identifier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clipaudio.captions.formats.ttml import check_language, escape_xml, format_region
from clipaudio.captions.sanitize import label_speakers, prepare
from clipaudio.captions.style import CaptionStyle
from clipaudio.captions.timestamp import format_milliseconds, round_to_units

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipaudio.captions.cue import Cue

__all__ = ["dumps"]

_DEFAULT: Final = CaptionStyle(box="#000000cc", margin="10%", side_margin="10%", size="5.333%")
_CELLS: Final = (32, 15)
_HEAD: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<tt:tt xmlns:tt="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" \
xmlns:tts="http://www.w3.org/ns/ttml#styling" xmlns:ebutts="urn:ebu:tt:style" xmlns:ebuttm="urn:ebu:tt:metadata" \
ttp:timeBase="media" ttp:cellResolution="{columns} {rows}" xml:lang="{language}" xml:space="preserve">
  <tt:head>
    <tt:metadata>
      <ebuttm:documentMetadata>
        <ebuttm:conformsToStandard>urn:ebu:tt:distribution:2018-04</ebuttm:conformsToStandard>
      </ebuttm:documentMetadata>
    </tt:metadata>
    <tt:styling>
      <tt:style xml:id="paragraph" tts:fontFamily="{font}" tts:fontSize="{size}" tts:lineHeight="125%" \
tts:textAlign="{align}" ebutts:linePadding="0.5c"/>
      <tt:style xml:id="text" tts:color="{colour}" tts:backgroundColor="{box}" tts:fontWeight="{weight}"/>
    </tt:styling>
    <tt:layout>
      <tt:region xml:id="place" {region}/>
    </tt:layout>
  </tt:head>
"""


def dumps(cues: Iterable[Cue], *, language: str = "", style: CaptionStyle | None = None, speakers: bool = False) -> str:
    r"""Return *cues* as an EBU-TT-D document, without cues that have no text; without cues it has no body.

    Parameters
    ----------
    language
        Language tag (BCP 47), such as "en"; empty if unknown.
    style
        Appearance of the text, without its outline, which the format has not; None is white on black at the bottom.
    speakers
        Name the speaker before the text where it changes.

    Raises
    ------
    ExportError
        A time is not finite, or the language is no tag.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue
    >>> text = dumps([Cue(1.0, 2.0, ("A < B", "C"))], language="en")
    >>> text[text.index("<tt:p") : text.index("</tt:div>")].split("><")[1]
    'tt:span style="text">A &lt; B</tt:span'
    """
    check_language(language)
    look = style or _DEFAULT
    out = [
        _HEAD.format(
            columns=_CELLS[0],
            rows=_CELLS[1],
            language=language,
            font=f"{look.font}, proportionalSansSerif",
            size=f"{100 * look.font_share * _CELLS[1]:.4g}%",
            align=look.side,
            colour=look.colour,
            box=look.box or "#00000000",
            weight="bold" if look.bold else "normal",
            region=format_region(look),
        )
    ]
    kept = prepare(cues, words=False).cues
    kept = tuple(cue for cue in (label_speakers(kept) if speakers else kept) if escape_xml(cue.text).strip())
    for number, (cue, (start, end)) in enumerate(zip(kept, round_to_units(kept, 1000), strict=True), 1):
        spans = "<tt:br/>".join([f'<tt:span style="text">{escape_xml(line)}</tt:span>' for line in cue.lines])
        times = f'begin="{format_milliseconds(start)}" end="{format_milliseconds(end)}"'
        out.append(f'      <tt:p xml:id="sub{number}" region="place" style="paragraph" {times}>{spans}</tt:p>\n')
    if kept:
        out.insert(1, "  <tt:body>\n    <tt:div>\n")
        out.append("    </tt:div>\n  </tt:body>\n")
    return "".join([*out, "</tt:tt>\n"])
