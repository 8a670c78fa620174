"""A signal may come at any moment: also while the main thread holds the locks of what it waits for."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HELD = """
import os, signal, threading
from clipaudio.cli.signals import stop_on_signals
stop = threading.Event()
stop_on_signals(stop)
with stop._cond, threading._active_limbo_lock:  # as in the middle of stop.wait() and thread.start()
    os.kill(os.getpid(), signal.SIGTERM)
print(stop.wait(60))
"""
TWICE = """
import os, signal, threading
from clipaudio.cli.signals import stop_on_signals
stop = threading.Event()
stop_on_signals(stop)
with stop._cond:
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
"""
IGNORED = """
import os, signal, threading
signal.signal(signal.SIGHUP, signal.SIG_IGN)
from clipaudio.cli.signals import stop_on_signals
stop = threading.Event()
stop_on_signals(stop)
os.kill(os.getpid(), signal.SIGHUP)
print(stop.wait(0.2))
"""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")


def run(code):
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout


def test_signal_does_not_wait_for_a_lock_that_the_main_thread_holds():
    assert run(HELD) == (0, "True\n")


def test_second_signal_ends_the_process_though_the_first_waits_for_a_lock():
    assert run(TWICE) == (130, "")


def test_hangup_that_was_ignored_stays_so():
    """As with nohup."""
    assert run(IGNORED) == (0, "False\n")
