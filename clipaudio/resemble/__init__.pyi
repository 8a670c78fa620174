from .api_response import ClipItem
from .async_client import AsyncClient
from .callback import ClipCallback, read_callback
from .client import BASE_URL, CallbackReceiver, Client
from .clip_update import ClipFields, ClipUpdate, RequestWarning
from .long_script import split_script

__all__ = [
    "BASE_URL",
    "AsyncClient",
    "CallbackReceiver",
    "Client",
    "ClipCallback",
    "ClipFields",
    "ClipItem",
    "ClipUpdate",
    "RequestWarning",
    "read_callback",
    "split_script",
]
