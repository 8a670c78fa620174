"""Disks that are full, folders that cannot be written, processes that are killed or race."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import threading

import pytest

import clipaudio
from clipaudio.errors import CallbackError
from clipaudio.files import remove_stale
from clipaudio.receive.inbox import Inbox
from clipaudio.receive.worker import InboxWorker

DOWNLOAD = """
import sys
from clipaudio.download.task import download
from clipaudio.errors import ClipAudioError
{before}
url, target = sys.argv[1:3]
def progress(received, expected):
    print(received, flush=True)
print("ready", flush=True)
try:
    done = download(url, target, allow_private=True, progress=progress)
except (ClipAudioError, OSError) as error:
    sys.exit(f"{{type(error).__name__}} {{getattr(error, 'errno', None)}}: {{error}}")
print("done", done.sha256, flush=True)
"""

SMALL_FILES = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
"""

# a filter of the kernel (seccomp) answers fsync and fdatasync with the error; all else is as ever
NO_SYNC = """
import ctypes, platform, struct
libc = ctypes.CDLL(None, use_errno=True)
calls = {"x86_64": (74, 75), "aarch64": (82, 83)}[platform.machine()]
def line(code, jump_true, jump_false, value):
    return struct.pack("HBBI", code, jump_true, jump_false, value)
steps = line(0x20, 0, 0, 0)  # the number of the call
steps += line(0x15, 1, 0, calls[0]) + line(0x15, 0, 1, calls[1])
steps += line(0x06, 0, 0, 0x00050000 | ERROR) + line(0x06, 0, 0, 0x7FFF0000)
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]
program = Program(len(steps) // 8, steps)
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(program), 0, 0):
    sys.exit("no filter")
"""


def program(before=""):
    return DOWNLOAD.format(before=before)


def test_a_file_beyond_the_limit_leaves_the_old_one(trial, peer, wav, child):
    """The system takes no file beyond some bytes: a write in the middle fails."""
    one = child(program(SMALL_FILES), peer.answer(trial.path(), 200, wav()), trial.target)
    _, said = one.communicate(timeout=30)
    assert said.startswith(f"OSError {errno.EFBIG}: ")
    assert f"'{trial.target}'" in said
    assert trial.secret not in said
    trial.is_untouched()


@pytest.mark.parametrize("frames", [20_000, 200_000])
def test_a_full_disk_leaves_the_old_file(trial, peer, wav, child, needs, tmp_path, frames):
    """A disk of 64 kB in memory: a small file only fills it when it is brought there, a large one in the middle."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts a disk")
    mount = [needs.program("unshare"), "--mount", needs.program("sh"), "-c"]
    disk = tmp_path / "disk"
    disk.mkdir()
    fill = f'mount -t tmpfs -o size=64k none "{disk}" && head -c 40000 /dev/zero > "{disk}/other" || exit 77\n'
    script = f'{fill}"$@"; code=$?; ls -A "{disk}"; exit $code'
    url = peer.answer(trial.path(), 200, wav(frames))
    one = child(program(), url, disk / "clip.wav", wrapper=[*mount, script, "sh"])
    told, said = one.communicate(timeout=30)
    if one.returncode == 77 or said.startswith("unshare: "):  # as in a folder that is the root, or a container
        pytest.skip("this root may not mount")
    assert said.startswith(f"OSError {errno.ENOSPC}: ")
    assert f"'{disk / 'clip.wav'}'" in said
    assert trial.secret not in said
    assert told.split()[-1] == "other"


@pytest.mark.skipif(sys.platform != "linux", reason="the filter of calls is Linux's")
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_disk_that_fails_when_it_syncs_leaves_the_old_file(trial, peer, wav, child, code):
    one = child(program(f"ERROR = {code}\n{NO_SYNC}"), peer.answer(trial.path(), 200, wav()), trial.target)
    _, said = one.communicate(timeout=30)
    if said == "no filter\n":
        pytest.skip("this system filters no calls")
    assert said.startswith(f"OSError {code}: ")
    assert f"'{trial.target}'" in said
    trial.is_untouched()


def test_a_folder_that_cannot_be_written_is_told(trial, peer, wav, child, needs):
    wrapper = []
    if os.geteuid() == 0:  # root writes everywhere, unless that power is taken away
        powers = "-dac_override,-dac_read_search"
        wrapper = [needs.program("setpriv"), f"--inh-caps={powers}", f"--bounding-set={powers}"]
    trial.folder.chmod(0o555)
    try:
        one = child(program(), peer.answer(trial.path(), 200, wav()), trial.target, wrapper=wrapper)
        _, said = one.communicate(timeout=30)
    finally:
        trial.folder.chmod(0o755)
    assert said.startswith(f"PermissionError {errno.EACCES}: ")
    assert str(trial.folder) in said
    assert trial.secret not in said
    trial.is_untouched()


@pytest.mark.parametrize("target", ["missing/clip.wav", "file/clip.wav", "folder"])
def test_a_target_where_no_file_can_stand_is_told(trial, peer, wav, target):
    inside = trial.folder.parent
    (inside / "file").touch()
    (inside / "folder").mkdir()
    trial.target = inside / target
    with pytest.raises(OSError, match=target.partition("/")[0]):
        trial.get(peer.answer(trial.path(), 200, wav()))
    assert list((inside / "folder").iterdir()) == []
    assert not list(inside.glob(".*"))


def test_a_disk_that_refuses_postpones_a_callback(peer, wav, tmp_path):
    now = [2_000_000_000.0]
    inbox = Inbox(tmp_path / "inbox.db", clock=lambda: now[0])
    callback = {"id": "cecad6f9", "url": peer.answer("/clip.wav", 200, wav())}
    inbox.add("s", "cecad6f9", json.dumps(callback).encode(), project="p")
    told = []
    work = InboxWorker(inbox=inbox, folder=tmp_path / "clips", allow_private=True, tell=told.append)
    in_the_way = tmp_path / "clips" / "cecad6f9.wav"
    in_the_way.mkdir(parents=True)
    work.work_once()
    in_the_way.rmdir()
    now[0] += 3600
    work.work_once()
    inbox.close()
    assert [one.step for one in told] == ["postponed", "downloaded"]
    assert in_the_way.read_bytes() == wav()


def test_two_processes_on_one_target_leave_one_whole_file(trial, peer, wav, child):
    bodies = [wav(), wav(30_000, value=0.5)]
    ends = []
    for number, body in enumerate(bodies):
        length = f"HTTP/1.1 200 X\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        pieces = [piece for at in range(0, len(body), 10_000) for piece in (body[at : at + 10_000], 0.02)]
        ends.append(child(program(), peer.script(f"/{number}", length, *pieces), trial.target))
    for one in ends:
        told, said = one.communicate(timeout=30)
        assert "done" in told, said
    assert trial.target.read_bytes() in bodies
    assert [one.name for one in trial.folder.iterdir()] == ["clip.wav"]


@pytest.mark.slow
def test_a_download_killed_at_any_moment_leaves_no_half_file(trial, peer, wav, child, is_long):
    body, old = wav(2_000_000), trial.target.read_bytes()
    moments = 100 if is_long else 20
    step = -(-len(body) // moments)
    sent = threading.Semaphore(0)

    def mark(_request):
        sent.release()
        return b""

    head = f"HTTP/1.1 200 X\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    pieces = [piece for at in range(0, len(body), step) for piece in (body[at : at + step], mark, 0.01)]
    struck = 0
    for moment in range(moments):
        sent = threading.Semaphore(0)
        one = child(program(), peer.script(trial.path(), head, *pieces), trial.target)
        for _ in range(moment + 1):
            assert sent.acquire(timeout=30)
        one.send_signal(signal.SIGKILL)
        one.wait()
        struck += one.returncode == -signal.SIGKILL
        assert trial.target.read_bytes() in {old, body}
    assert struck > moments // 2
    left = [path for path in trial.folder.iterdir() if path != trial.target]
    assert len(left) > 2, "few kills struck while a part was there"
    assert sorted(remove_stale(trial.folder)) == sorted(left)
    assert [path.name for path in trial.folder.iterdir()] == ["clip.wav"]
    told, said = child(program(), peer.url(trial.path()), trial.target).communicate(timeout=30)
    assert "done" in told, said
    assert trial.target.read_bytes() == body


@pytest.mark.parametrize(
    "name",
    [
        "../../clip",
        "/etc/clip",
        "..",
        ".",
        "~/clip",
        "CON",
        "nul.txt",
        "LPT1",
        "a" * 300,
        "a\x00b",
        "a\nb",
        "-rf",
        "ä/ö",
    ],
)
def test_no_id_leads_out_of_the_folder(peer, wav, tmp_path, name):
    url = peer.answer("/clip.wav", 200, wav())
    out = tmp_path / "a" / "b" / "out"
    clip = clipaudio.fetch({"id": name, "url": url}, out, allow_private=True)
    assert clip.audio.parent == out
    assert sorted(path.suffix for path in out.iterdir()) == [".json", ".wav"]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file() and path.parent != out] == []


def test_ids_that_differ_by_case_are_two_files_where_case_does_not_count(peer, wav, tmp_path):
    for number, name in enumerate(["cecad6f9", "CECAD6F9", "Cecad6f9"]):
        callback = {"id": name, "url": peer.answer(f"/{number}", 200, wav(100 + number))}
        clipaudio.fetch(callback, tmp_path / "out", allow_private=True)
    names = [path.name for path in (tmp_path / "out").iterdir()]
    assert len(names) == len({name.lower() for name in names}) == 6
    ids = {json.loads(path.read_text())["id"] for path in (tmp_path / "out").glob("*.json")}
    assert ids == {"cecad6f9", "CECAD6F9", "Cecad6f9"}


def test_an_empty_id_is_told_before_anything_is_asked(peer, tmp_path):
    with pytest.raises(CallbackError, match="has no id"):
        clipaudio.fetch({"id": "", "url": peer.url("/clip.wav")}, tmp_path, allow_private=True)
    assert peer.requests == []
