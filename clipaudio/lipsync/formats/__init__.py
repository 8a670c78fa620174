"""Lip-sync file formats, one module each."""
