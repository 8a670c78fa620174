"""Repair times, and find words, sentences, sounds and syllables.

`repair` is both a module and its function: import it as `from clipaudio.timing.repair import repair`, or use
`clipaudio.repair`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
