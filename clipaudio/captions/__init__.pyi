from .break_quality import describe_breaks
from .captioning import Passage, explain_passages, make_cues
from .cue import Cue, CueWord, Piece
from .cue_timing import time_cues
from .explanation import CueExplanation, explain_cues
from .formats import ass, chapters, lrc, pysubs2_bridge, srt, transcript, tsv, ttml, webvtt, words_json
from .frame_rate import parse_fps
from .languages import LANGUAGES, Language, find_language
from .profiles import PROFILES, Profile, find_profile
from .quality import QualityReport, Violation, check_cues
from .refinement import Refinement, refine_cues
from .sanitize import CueChange, SanitizedCues, prepare
from .segmentation import cut_cues
from .widths import measure_width

__all__ = [
    "LANGUAGES",
    "PROFILES",
    "Cue",
    "CueChange",
    "CueExplanation",
    "CueWord",
    "Language",
    "Passage",
    "Piece",
    "Profile",
    "QualityReport",
    "Refinement",
    "SanitizedCues",
    "Violation",
    "ass",
    "chapters",
    "check_cues",
    "cut_cues",
    "describe_breaks",
    "explain_cues",
    "explain_passages",
    "find_language",
    "find_profile",
    "lrc",
    "make_cues",
    "measure_width",
    "parse_fps",
    "prepare",
    "pysubs2_bridge",
    "refine_cues",
    "srt",
    "time_cues",
    "transcript",
    "tsv",
    "ttml",
    "webvtt",
    "words_json",
]
