"""Align a text with its sound: times of words and phones where a service gave none."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
