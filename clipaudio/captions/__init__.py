"""Make captions: text with times becomes cues with lines, timed for the screen, in every caption format."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
