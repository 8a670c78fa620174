"""No error ends a worker: of the inbox, of a step, of a report."""

from __future__ import annotations

import threading

import pytest

from clipaudio.errors import InboxError
from clipaudio.receive.inbox import Inbox
from clipaudio.receive.troubles import Troubles
from clipaudio.receive.worker import InboxWorker

BODY = b'{"id": "a", "url": null}'


class FaultyInbox(Inbox):
    """An inbox that fails in the named methods as often as `left` says."""

    def __init__(self, path, *, failing, left, error=InboxError, **options):
        super().__init__(path, **options)
        self._failing, self.left, self._error = failing, left, error

    def _fail(self, name):
        if name == self._failing and self.left:
            self.left -= 1
            raise self._error("the disk is full")

    def claim_forward(self, **options):
        self._fail("claim_forward")
        return super().claim_forward(**options)

    def end_forward(self, number, outcome):
        self._fail("end_forward")
        super().end_forward(number, outcome)


def run_until(work, ended, **options):
    """Run the workers until the event *ended*; return what `run` returned."""
    stop, results = threading.Event(), []
    thread = threading.Thread(target=lambda: results.append(work.run(stop, **options)))
    thread.start()
    assert ended.wait(60)
    stop.set()
    thread.join(60)
    return results[0]


@pytest.mark.parametrize("error", [InboxError, OSError, MemoryError, RecursionError, RuntimeError])
@pytest.mark.parametrize("failing", ["claim_forward", "end_forward"])
def test_worker_survives_errors_of_the_inbox_and_reports_them_once(tmp_path, failing, error):
    inbox = FaultyInbox(tmp_path / "inbox.db", failing=failing, left=3, error=error, forwards=True)
    inbox.add("s", "a", BODY, project="p")
    done, said = threading.Event(), []

    def tell(step):
        if step.step == "forwarded":
            done.set()

    work = InboxWorker(inbox=inbox, folder=tmp_path, forward=lambda _: "ok", tell=tell, warn=said.append)
    assert run_until(work, done, workers=1)
    assert inbox.left == 0
    assert inbox.get(1).forward == "done"
    assert 1 <= sum("tried again" in text for text in said) <= 2  # once for steps, once for forwarding
    inbox.close()


@pytest.mark.parametrize("error", [MemoryError(), RecursionError("deep"), KeyError("x"), BrokenPipeError(32, "x")])
def test_any_error_of_a_step_costs_an_attempt_only(inbox, clock, tmp_path, error):
    inbox.add("s", "a", BODY, project="p")

    def fail(_project, _clip):
        raise error

    told = []
    options = {"refresh": fail, "confirm": True, "attempts": 2, "tell": told.append}
    work = InboxWorker(inbox=inbox, folder=tmp_path / "out", **options)
    for _ in range(3):
        while work.work_once():
            pass
        clock.now += 3600
    assert [step.step for step in told] == ["postponed", "failed"]
    assert inbox.get(1).note == told[0].message != ""


def test_result_that_cannot_be_stored_is_stored_before_the_next_step(tmp_path):
    inbox = FaultyInbox(tmp_path / "inbox.db", failing="end_forward", left=2, forwards=True)
    inbox.add("s", "a", BODY, project="p")
    inbox.replay(1)
    posts = []
    work = InboxWorker(inbox=inbox, folder=tmp_path, forward=lambda entry: posts.append(entry.number) or "ok")
    assert work._step()
    for _ in range(2):
        with pytest.raises(InboxError):
            work.work_once()
    assert not work.work_once()
    assert posts == [1]
    assert inbox.get(1).forward == "done"
    inbox.close()


def test_purged_callback_does_not_stop_the_results_of_others(tmp_path):
    inbox = Inbox(tmp_path / "inbox.db", forwards=True)
    for name in ("a", "b"):
        inbox.add("s", name, b'{"id": "%s", "url": null}' % name.encode(), project="p")

    def purge(entry):
        if entry.number == 1:
            inbox.end_forward(1, "done")
            inbox.purge(before=entry.received + 1, states=("failed",))
        return "ok"

    told = []
    work = InboxWorker(inbox=inbox, folder=tmp_path, forward=purge, tell=told.append)
    while work.work_once():
        pass
    assert [(step.number, step.step) for step in told if step.step == "forwarded"] == [(2, "forwarded")]
    inbox.close()


def test_report_that_fails_does_not_stop_the_work(inbox, tmp_path):
    for number in range(3):
        inbox.add("s", f"c{number}", b'{"id": "c%d", "url": null}' % number, project="p")

    def refuse(_progress):
        raise BrokenPipeError(32, "Broken pipe")

    said = []
    work = InboxWorker(inbox=inbox, folder=tmp_path, tell=refuse, warn=said.append)
    while work.work_once():
        pass
    assert inbox.counts()["failed"] == 3
    assert len(said) == 1


class EndingInbox(Inbox):
    """An inbox that ends the thread of each worker."""

    def claim(self, state, **_options):
        raise SystemExit(state)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_run_returns_false_when_no_worker_is_left(tmp_path):
    inbox = EndingInbox(tmp_path / "inbox.db")
    assert InboxWorker(inbox=inbox, folder=tmp_path).run(threading.Event(), workers=2) is False
    inbox.close()


def test_troubles_ignore_what_their_reader_raises():
    def refuse(_text):
        raise OSError("no terminal")

    troubles = Troubles(refuse)
    troubles.add(OSError("x"))
    troubles.clear()
