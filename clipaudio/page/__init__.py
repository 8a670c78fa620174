"""Show clips as web pages of one file: sound, waveform, tiers, captions and a mouth; and an index of many pages."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
