"""Speak text with espeak-ng, in a process of its own, with the time of each word and phone."""
