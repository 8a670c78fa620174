"""The room of the service: HTTP and wire names live here and nowhere else."""
