#!/usr/bin/env bash
# Set up a virtual environment and run the checks; tests/run.py does it in any shell, and names the variables.
set -euo pipefail
exec python3 "$(dirname "$0")/run.py" "$@"
