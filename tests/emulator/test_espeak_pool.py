"""Processes of espeak-ng that are kept ready."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from clipaudio.errors import SynthesisError
from clipaudio.synthesis import espeak, espeak_pool


@pytest.fixture(autouse=True)
def _engine(needs):
    needs("espeakng_loader")
    if not hasattr(os, "fork"):
        pytest.skip("this system starts a process for each order")


def _order(text, voice="en-us"):
    return {"voice": voice, "pieces": [{"offset": 0, "text": text}]}


def test_a_kept_process_answers_as_a_new_one_does():
    orders = [_order("One two."), _order("Drei vier.", "de"), _order("One two.")]
    fresh = [espeak_pool._ask_once(order) for order in orders]
    assert [espeak_pool.ask(order) for order in orders] == fresh


def test_one_process_answers_all_orders_of_a_thread():
    espeak_pool._close_all()
    for number in range(5):
        espeak_pool.ask(_order(f"Number {number}."))
    assert len(espeak_pool._idle) == 1


def test_threads_that_ask_at_once_have_a_process_each():
    espeak_pool._close_all()
    start = threading.Barrier(3)
    found = []

    def ask():
        start.wait()
        found.extend([espeak_pool.ask(_order("The same words."))] * 2)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1
    assert 1 <= len(espeak_pool._idle) <= 3


def test_a_process_that_was_killed_is_replaced():
    before = espeak_pool.ask(_order("Hello."))
    os.kill(espeak_pool._idle[-1].process.pid, signal.SIGKILL)
    assert espeak_pool.ask(_order("Hello.")) == before


def test_an_order_that_fails_does_not_harm_the_next():
    with pytest.raises(SynthesisError, match="KeyError: 'voice'"):
        espeak.run_engine({"pieces": []})
    kept = espeak_pool._idle[-1].process.pid
    assert espeak.run_engine(_order("Hello."))[0]["events"]
    assert espeak_pool._idle[-1].process.pid == kept


def test_a_process_that_takes_too_long_is_ended_and_replaced():
    espeak_pool.ask(_order("Hello."))
    os.kill(espeak_pool._idle[-1].process.pid, signal.SIGSTOP)
    with pytest.raises(SynthesisError, match="did not finish within 0 s; use a shorter text"):
        espeak_pool.ask(_order("Hello."), timeout=0)
    assert espeak_pool.ask(_order("Hello.")).code == 0


def test_a_silent_order_has_the_same_events_and_no_frames():
    header, pcm = espeak.run_engine(_order("Hello."))
    assert espeak.run_engine(_order("Hello.") | {"silent": True}) == (header, b"")
    assert pcm


def test_no_process_is_left_when_ours_ends():
    code = (
        "from clipaudio.synthesis import espeak, espeak_pool\n"
        "espeak.run_engine({'voice': 'en-us', 'pieces': []})\n"
        "print(espeak_pool._idle[-1].process.pid)\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, check=True, text=True)
    assert done.stderr == ""
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


def test_a_fork_of_ours_starts_a_process_of_its_own():
    espeak_pool.ask(_order("Hello."))
    code = (
        "import os\n"
        "from clipaudio.synthesis import espeak_pool as pool\n"
        "order = {'voice': 'en-us', 'pieces': [{'offset': 0, 'text': 'Hello.'}]}\n"
        "before = pool.ask(order)\n"
        "kept = pool._idle[-1].process.pid\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    is_right = pool.ask(order) == before and pool._idle[-1].process.pid != kept\n"
        "    pool._close_all()\n"
        "    os._exit(0 if is_right else 1)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0\n"
        "assert pool.ask(order) == before and pool._idle[-1].process.pid == kept\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
