#!/usr/bin/env bash
# Set up a virtual environment and run every check: style, types, import contract, tests with coverage.
# CLIPAUDIO_EXTRA=dev installs every optional oracle as well; CLIPAUDIO_FULL=1 makes a missing one fail.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${CLIPAUDIO_VENV:-.venv}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
python="$venv/bin/python"
"$python" -m pip install --quiet --disable-pip-version-check --editable ".[${CLIPAUDIO_EXTRA:-test}]"

"$python" -m ruff check .
"$python" -m ruff format --check .
"$python" -m mypy
"$venv/bin/lint-imports" --no-cache
"$python" -m coverage erase
"$python" -m coverage run -m pytest "$@"
"$python" -m coverage combine --quiet
if [ "$#" -eq 0 ]; then
    "$python" -m coverage report
fi
