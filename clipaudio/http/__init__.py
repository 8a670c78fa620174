"""HTTP/1.1 requests to checked addresses, with deadlines; knows nothing of clips."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
