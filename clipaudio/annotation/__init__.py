"""Arrange levels as tiers of annotations, and write them as TextGrid, EAF, EMU, CTM or Audacity labels."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
