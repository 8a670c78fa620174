#!/usr/bin/env bash
# Set up a virtual environment and run the checks: style, types, import contract, tests.
# CLIPAUDIO_SLOW=1 adds the slow tests and branch coverage; CLIPAUDIO_EXTRA=dev installs every optional program that
# tests compare with; CLIPAUDIO_FULL=1 lets a test fail where one is missing.
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
if [ "$#" -gt 0 ]; then
    exec "$python" -m pytest "$@"
elif [ "${CLIPAUDIO_SLOW:-}" = 1 ]; then
    "$python" -m coverage erase
    "$python" -m coverage run -m pytest --numprocesses "${CLIPAUDIO_JOBS:-2}"
    "$python" -m coverage combine --quiet
    "$python" -m coverage report
else
    "$python" -m pytest --numprocesses "${CLIPAUDIO_JOBS:-2}"
fi
