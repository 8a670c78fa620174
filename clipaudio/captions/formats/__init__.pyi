from . import ass, chapters, lrc, pysubs2_bridge, srt, transcript, tsv, ttml, webvtt, words_json

__all__ = [
    "ass",
    "chapters",
    "lrc",
    "pysubs2_bridge",
    "srt",
    "transcript",
    "tsv",
    "ttml",
    "webvtt",
    "words_json",
]
