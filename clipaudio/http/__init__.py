"""HTTP/1.1 requests to checked addresses, with deadlines; knows nothing of clips."""
