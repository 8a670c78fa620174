"""Many clips: what is to be done (manifest), what was done (ledger), and what others read of it (tables)."""
