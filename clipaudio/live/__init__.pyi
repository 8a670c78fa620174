from .feed import Difference, Feed, Update

__all__ = ["Difference", "Feed", "Update"]
