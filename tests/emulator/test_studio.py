from __future__ import annotations

import logging

import pytest

from clipaudio.emulator.clips import EmulatedClip
from clipaudio.emulator.delivery import Postman
from clipaudio.emulator.faults import Faults, Switchboard
from clipaudio.emulator.rendering import Speaker
from clipaudio.emulator.storage import Storage
from clipaudio.emulator.studio import Studio
from clipaudio.errors import SynthesisError


class Mute(Speaker):
    """A speaker whose engine has died."""

    def speak(self, script, *, voice_uuid):
        raise SynthesisError(f"no voice for {script.text!r} in {voice_uuid}")


@pytest.fixture
def studio():
    """Return the function that makes a studio around a speaker."""

    def make(speaker, issues=()):
        storage = Storage(lambda: 0.0)
        postman = Postman(lambda: 0.0, tries=1, backoff=0.0, timeout=5.0)
        board = Switchboard(Faults())
        return Studio(
            speaker=speaker,
            storage=storage,
            postman=postman,
            board=board,
            clock=lambda: 9.0,
            shape="contiguous",
            issues=issues,
        )

    return make


@pytest.fixture
def clip(receiver):
    """Return a clip that calls back to `receiver`."""
    clip = EmulatedClip("p", "c", 0.0, 0.0)
    clip.set({"body": "Hi.", "voice_uuid": "v", "callback_uri": receiver.uri}, now=0.0)
    return clip


def test_a_clip_that_cannot_be_spoken_has_issues_and_no_url(studio, clip, receiver, caplog):
    room = studio(Mute("tone"))
    with caplog.at_level(logging.WARNING, "clipaudio.emulator"):
        room.start(clip, clip)
        assert room.wait(20)
    assert receiver.contents == [{"id": "c", "project_id": "p", "issues": ["no voice for 'Hi.' in v"]}]
    assert "clip c cannot be spoken" in caplog.text
    assert clip.spoken is None


@pytest.mark.parametrize("issues", [None, (), ("The voice is old.",)])
def test_issues_are_sent_as_set(studio, clip, receiver, issues):
    room = studio(Speaker("tone"), issues)
    room.start(clip, clip)
    assert room.wait(20)
    assert receiver.contents[0].get("issues") == (None if issues is None else list(issues))


def test_speech_for_an_older_revision_is_not_kept(studio, clip):
    room = studio(Speaker("tone"))
    older = EmulatedClip("p", "c", 0.0, 0.0, body="Old.")
    room.speak(older, clip)
    assert clip.spoken is None
    room.speak(clip, clip)
    assert clip.spoken.time == 9.0


def test_waiting_ends_with_the_time_allowed(studio, clip, receiver):
    room = studio(Speaker("tone"))
    room._board.faults = Faults(callback_delay=60)
    room.start(clip, clip)
    assert not room.wait(0.01)
    room.close()
    assert room.wait(0)
    assert receiver.posts == []
