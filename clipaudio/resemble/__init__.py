"""The Resemble AI service: its callbacks, its client, its errors."""
