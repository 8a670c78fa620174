"""Audio files and samples, shape (frames, channels)."""
