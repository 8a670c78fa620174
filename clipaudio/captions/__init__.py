"""Words into cues, cues into subtitle text."""
