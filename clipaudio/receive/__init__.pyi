from .asgi_wsgi import asgi_app, wsgi_app
from .inbox import Inbox, InboxEntry, State
from .listener import Listener, listening
from .receiver import Receiver
from .worker import InboxWorker, Progress

__all__ = [
    "Inbox",
    "InboxEntry",
    "InboxWorker",
    "Listener",
    "Progress",
    "Receiver",
    "State",
    "asgi_app",
    "listening",
    "wsgi_app",
]
