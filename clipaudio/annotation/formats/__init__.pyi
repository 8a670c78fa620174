from . import audacity, ctm, eaf, emu, textgrid

__all__ = [
    "audacity",
    "ctm",
    "eaf",
    "emu",
    "textgrid",
]
