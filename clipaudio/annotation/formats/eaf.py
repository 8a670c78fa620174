"""Write levels as the XML of ELAN (.eaf): tiers with time slots, children included in their parents.

Times are whole milliseconds. Format: ELAN Annotation Format 3.0,
https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from clipaudio.annotation.hierarchy import count_tiers
from clipaudio.text import LABEL_RULES, clean_text, close_directions, drop_xml_forbidden

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clipaudio.annotation.hierarchy import Tier, TierLevel

__all__ = ["dumps"]

_FREE, _INCLUDED = "time-aligned", "included"
_DATE = "1970-01-01T00:00:00+00:00"  # fixed, so that equal clips give equal files
_MIME = {".wav": "audio/x-wav", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".flac": "audio/flac"}


def dumps(levels: Sequence[TierLevel], duration: float, *, sound_file: str = "") -> str:
    """Return *levels* as an EAF document.

    Parameters
    ----------
    levels
        Parents before their children. A level with an entry outside its parent has no parent in the file.
    duration
        Seconds of the clip.
    sound_file
        Path of the audio, to which the document links; no link if empty.

    Raises
    ------
    ExportError
        A time is not finite or negative, or entries do not fit into their parent.

    Examples
    --------
    >>> from clipaudio.annotation.hierarchy import TierLevel
    >>> from clipaudio.timing.timeline import Timeline
    >>> document = dumps([TierLevel("words", Timeline(("Hi",), [[0.1, 0.3]]))], 0.5)
    >>> document.count("<ANNOTATION_VALUE>Hi</ANNOTATION_VALUE>"), 'TIME_VALUE="100"' in document
    (1, True)
    """
    tiers = count_tiers(levels, duration, ticks_per_second=1000)
    return "".join(_document(tiers, sound_file))


def _document(tiers: Sequence[Tier], sound_file: str) -> Iterator[str]:
    schema = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<ANNOTATION_DOCUMENT AUTHOR="" DATE="{_DATE}" FORMAT="3.0" VERSION="3.0"'
    yield ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    yield f' xsi:noNamespaceSchemaLocation="{schema}">\n    <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">\n'
    if sound_file:
        kind = _MIME.get(PurePath(sound_file).suffix.lower(), "unknown")
        path = sound_file.replace("\\", "/")
        relative = "./" + path.rpartition("/")[2]
        is_absolute = path.startswith("/") or path[1:3] == ":/"
        url = f"file://{'' if path.startswith('/') else '/'}{path}" if is_absolute else relative
        yield f'        <MEDIA_DESCRIPTOR MEDIA_URL={_value(url)} MIME_TYPE="{kind}"'
        yield f" RELATIVE_MEDIA_URL={_value(relative)}/>\n"
    total = sum(len(tier.labels) for tier in tiers)
    yield f'        <PROPERTY NAME="lastUsedAnnotationId">{total}</PROPERTY>\n    </HEADER>\n'
    yield "    <TIME_ORDER>\n"
    slot = 1
    for tier in tiers:
        ticks = tier.times.ravel().tolist()
        slots = enumerate(ticks, slot)
        yield "".join([f'        <TIME_SLOT TIME_SLOT_ID="ts{slot}" TIME_VALUE="{tick}"/>\n' for slot, tick in slots])
        slot += len(ticks)
    yield "    </TIME_ORDER>\n"
    number = 1
    for tier in tiers:
        parent = "" if tier.parent is None else f" PARENT_REF={_value(tier.parent)}"
        kind = _FREE if tier.parent is None else _INCLUDED
        person = f" PARTICIPANT={_value(tier.speaker)}" if tier.speaker else ""
        yield f'    <TIER LINGUISTIC_TYPE_REF="{kind}"{parent}{person} TIER_ID={_value(tier.name)}>\n'
        yield "".join([_annotation(row, label) for row, label in enumerate(tier.labels, number)])
        number += len(tier.labels)
        yield "    </TIER>\n"
    yield f'    <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="{_FREE}" TIME_ALIGNABLE="true"/>\n'
    yield '    <LINGUISTIC_TYPE CONSTRAINTS="Included_In" GRAPHIC_REFERENCES="false"'
    yield f' LINGUISTIC_TYPE_ID="{_INCLUDED}" TIME_ALIGNABLE="true"/>\n'
    for name, what in _CONSTRAINTS:
        yield f'    <CONSTRAINT DESCRIPTION="{what}" STEREOTYPE="{name}"/>\n'
    yield "</ANNOTATION_DOCUMENT>\n"


_CONSTRAINTS = (
    ("Time_Subdivision", "children fill their parent without gaps"),
    ("Symbolic_Subdivision", "children divide their parent in order, without times"),
    ("Symbolic_Association", "one child for each parent"),
    ("Included_In", "children lie inside their parent"),
)


def _annotation(number: int, label: str) -> str:
    """Return one entry of a tier, between two time slots of its own."""
    text = label if label.isalnum() else escape(_xml(label))
    return (
        f'        <ANNOTATION>\n            <ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}"'
        f' TIME_SLOT_REF1="ts{2 * number - 1}" TIME_SLOT_REF2="ts{2 * number}">\n'
        f"                <ANNOTATION_VALUE>{text}</ANNOTATION_VALUE>\n"
        "            </ALIGNABLE_ANNOTATION>\n        </ANNOTATION>\n"
    )


def _value(text: str) -> str:
    return quoteattr(_xml(close_directions(clean_text(text, LABEL_RULES).text)))


def _xml(text: str) -> str:
    """Replace the two characters besides controls that XML 1.0 forbids."""
    return drop_xml_forbidden(text, "\ufffd")
