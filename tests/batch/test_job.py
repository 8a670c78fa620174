"""What is made of every clip, and what each output is called."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.batch.job import Conversion, Job
from clipaudio.batch.output_store import Folder
from clipaudio.errors import ClipAudioError, ConvertError, ExportError

PLACE = Folder("out")


@pytest.mark.parametrize(
    ("text", "name", "extension"),
    [
        ("16000:PCM_16", "wav-16000-PCM_16", ".16000-PCM_16.wav"),
        ("44100::mp3", "mp3-44100", ".44100.mp3"),
        ("::flac", "flac", ".converted.flac"),
        (":PCM_24", "wav-PCM_24", ".PCM_24.wav"),
        ("8000:pcm_16:", "wav-8000-PCM_16", ".8000-PCM_16.wav"),
    ],
)
def test_a_conversion_is_named_by_what_it_asks_for(text, name, extension):
    wanted = Conversion.parse(text)
    assert (wanted.name, wanted.extension) == (name, extension)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("0", "is no conversion; expected RATE:SUBTYPE:FORMAT"),
        ("16k", "is no conversion"),
        ("١٦", "is no conversion"),
        ("999999999", "is no conversion"),
        ("1:PCM_16:wav:x", "is no conversion"),
        ("::aiff", "names the format 'aiff'; expected one of"),
        (":PCM_12", "unknown subtype"),
    ],
)
def test_what_is_no_conversion_is_told(text, match):
    with pytest.raises(ConvertError, match=match):
        Conversion.parse(text)


@given(st.text(":0123456789PCM_abcflwv", max_size=24))
def test_a_conversion_is_read_or_refused_and_never_anything_else(text):
    try:
        wanted = Conversion.parse(text)
    except ConvertError:
        return
    assert wanted.sample_rate is None or 1 <= wanted.sample_rate <= 768_000
    assert wanted.extension.endswith(f".{wanted.format}")


def test_nothing_to_do_and_the_same_twice_are_told():
    with pytest.raises(ExportError, match="nothing to do: no format, conversion or fetch; name each output once"):
        Job(place=PLACE)
    with pytest.raises(ExportError, match="srt asked for twice"):
        Job(place=PLACE, exports=("srt", "SRT"))
    with pytest.raises(ExportError, match="wav-8000 asked for twice"):
        Job(place=PLACE, conversions=(Conversion.parse("8000"), Conversion.parse("8000::wav")))


def test_a_format_or_an_option_nobody_knows_is_told():
    with pytest.raises(ClipAudioError, match="docx"):
        Job(place=PLACE, exports=("docx",))
    with pytest.raises(TypeError, match="flavour"):
        Job(place=PLACE, exports=("srt",), options={"flavour": "red"})


def test_no_two_outputs_of_a_clip_end_alike(needs):
    every = [f"{rate}:{subtype}:{kind}" for rate in ("", "8000") for subtype in ("", "PCM_16") for kind in ("", "flac")]
    job = Job(
        place=PLACE,
        exports=tuple(row.name for row in needs.formats()),
        conversions=tuple(map(Conversion.parse, every)),
        is_fetching=True,
    )
    keys = [job.key("cecad6f9", kind) for kind in job.kinds]
    assert len(set(keys)) == len(keys)
    assert all(key.startswith("ce/cecad6f9") for key in keys)


def test_what_changes_the_bytes_changes_the_hash_and_nothing_else_does():
    def hashes(**options):
        given = {"exports": ("srt",), "conversions": (Conversion.parse("8000"),), "is_fetching": True, **options}
        return [kind.options for kind in Job(place=PLACE, **given).kinds]

    audio, callback, srt, wav = hashes()
    assert hashes(allow_private=True, service="https://example.com") == [audio, callback, srt, wav]
    japanese = hashes(language="ja")
    assert (*japanese[:2], japanese[3]) == (audio, callback, wav)
    assert japanese[2] != srt
    undithered = hashes(convert_options={"dither": "none"})
    assert undithered[:3] == [audio, callback, srt]
    assert undithered[3] != wav
    assert not {audio, callback, srt, wav} & set(hashes(is_flat=True))


def test_options_that_are_not_chosen_keep_the_hash_of_older_ledgers():
    def hash_of(options):
        return Job(place=PLACE, exports=("srt",), options=options).kinds[0].options

    older = {"profile": "netflix", "fps": None, "refine": False, "spaces": None}
    newer = {**older, "profile": None, "style": None, "max_chars": None, "background": None}
    assert hash_of(newer) == hash_of(older)
    chosen = [newer | one for one in ({"style": "tiktok"}, {"max_chars": 30}, {"profile": "bbc"}, {"size": 40})]
    assert len({hash_of(one) for one in [newer, *chosen]}) == 5


def test_a_flat_job_has_no_folders_and_a_job_travels():
    job = Job(place=PLACE, exports=("srt",), is_flat=True)
    assert job.key("cecad6f9", job.kinds[0]) == "cecad6f9.srt"
    assert pickle.loads(pickle.dumps(job)) == job


@given(st.text(min_size=1))
def test_no_id_leads_out_of_the_place(name):
    job = Job(place=PLACE, exports=("srt",))
    folder, slash, rest = job.key(name, job.kinds[0]).partition("/")
    assert slash
    assert "/" not in rest
    assert folder not in {".", ".."}
    assert len(rest.encode()) < 200
