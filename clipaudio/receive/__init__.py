"""Callbacks received, stored and processed."""
