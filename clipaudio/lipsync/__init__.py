"""Move a mouth: phones or graphemes become targets, a track of the mouth, viseme shapes and curves."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
