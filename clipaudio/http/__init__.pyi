from .client import HttpTransport, Policy, Request, Response, Transport, Trust, shared_transport
from .retry import RateLimiter, Retry

__all__ = [
    "HttpTransport",
    "Policy",
    "RateLimiter",
    "Request",
    "Response",
    "Retry",
    "Transport",
    "Trust",
    "shared_transport",
]
