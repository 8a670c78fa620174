"""The service on your own machine: speaks, calls back, signs urls, fails on demand."""
