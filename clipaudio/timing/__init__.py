"""Letters, phones and their times: numpy in, numpy out; no files, no network."""
