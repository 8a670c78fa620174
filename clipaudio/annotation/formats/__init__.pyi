from . import audacity, ctm, eaf, emu, htk, rttm, textgrid

__all__ = [
    "audacity",
    "ctm",
    "eaf",
    "emu",
    "htk",
    "rttm",
    "textgrid",
]
