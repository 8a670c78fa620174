"""Certificates on macOS, whose Python may come without any."""

from __future__ import annotations

import os
import subprocess
import sys


def test_python_without_certificates_takes_those_of_the_system_else_says_what_to_do(tmp_path):
    there = tmp_path / "cert.pem"
    there.touch()
    code = (
        "import sys\n"
        "from clipaudio.errors import ConnectionFailedError\n"
        "from clipaudio.http.trust import system_paths\n"
        "sys.modules['certifi'] = None\n"
        "print(system_paths('darwin', sys.argv[1]) == (sys.argv[1], None), system_paths('darwin', sys.argv[2]))\n"
        "try: system_paths('linux', sys.argv[2])\n"
        "except ConnectionFailedError as error: print(error)\n"
    )
    nothing = str(tmp_path / "none")
    command = [sys.executable, "-c", code, str(there), nothing]
    environment = os.environ | {"SSL_CERT_FILE": nothing, "SSL_CERT_DIR": nothing}
    done = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
    found, error = done.stdout.splitlines()
    assert found == "True (None, None)"
    assert "install its ca-certificates package or certifi" in error
