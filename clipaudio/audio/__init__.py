"""Samples (frames, channels) and audio files; knows nothing of times."""
