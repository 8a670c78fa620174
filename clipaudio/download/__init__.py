"""URLs of audio files to checked files on disk."""
