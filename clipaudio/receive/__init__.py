"""Receive, store and process callbacks."""
