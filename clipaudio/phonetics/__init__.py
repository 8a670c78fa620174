"""Phone labels of any alphabet and letters of any language to speech sounds."""
