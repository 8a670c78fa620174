"""Tiers of intervals and points for phonetics tools."""
