from .feed import Feed, Revision, Update

__all__ = ["Feed", "Revision", "Update"]
