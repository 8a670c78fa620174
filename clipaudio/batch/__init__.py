"""Process many clips: rows (what to do), a job (what to make), a ledger (what is done), an engine (who does it)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
