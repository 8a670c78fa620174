"""Files that hold the sound together with its captions: videos, and books that read along."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
