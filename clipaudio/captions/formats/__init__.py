"""Caption file formats, one module each."""
