from .convert import ConvertOptions, ConvertReport
from .decode import Audio, read_audio
from .envelope import Envelope, find_sound, read_envelope
from .many import ConvertFailure, convert_many
from .marks import CuePoint, mark_chunks, read_marks
from .measure import Levels, loudness, trim_silence
from .montage import AudioSlice, Montage, join_montages, montage_of
from .pydub_bridge import from_pydub, to_pydub
from .reader import MAX_HOURS, AudioReader, Recording, open_audio
from .wav import Issue
from .wav_writer import encode_wav

__all__ = [
    "MAX_HOURS",
    "Audio",
    "AudioReader",
    "AudioSlice",
    "ConvertFailure",
    "ConvertOptions",
    "ConvertReport",
    "CuePoint",
    "Envelope",
    "Issue",
    "Levels",
    "Montage",
    "Recording",
    "convert_many",
    "encode_wav",
    "find_sound",
    "from_pydub",
    "join_montages",
    "loudness",
    "mark_chunks",
    "montage_of",
    "open_audio",
    "read_audio",
    "read_envelope",
    "read_marks",
    "to_pydub",
    "trim_silence",
]
