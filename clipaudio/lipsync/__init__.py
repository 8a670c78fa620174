"""Phones into mouth shapes, mouth shapes into lip-sync tracks."""
