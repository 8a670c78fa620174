from .fetcher import Fetcher
from .many import Outcome, download_async, download_many
from .signed_url import expires_at
from .task import Download, download

__all__ = [
    "Download",
    "Fetcher",
    "Outcome",
    "download",
    "download_async",
    "download_many",
    "expires_at",
]
