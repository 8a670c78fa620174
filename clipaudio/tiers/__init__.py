"""Timelines into tiers of annotation for phonetics tools."""
