"""Name the process that holds a lease, and find out whether it is gone.

Conventions
-----------
A holder is text: host, boot, process number, start of the process, and a token of the inbox object. Only a process of
this host and this space of process numbers can be found to be gone; the lease of any other ends by its time.
"""

from __future__ import annotations

import functools
import os
import secrets
from pathlib import Path

from clipaudio.files import host_id
from clipaudio.system import is_running

__all__ = ["is_gone", "name_holder", "new_token"]


def new_token() -> str:
    """Return what tells two inboxes of one process apart."""
    return secrets.token_hex(4)


def name_holder(token: str) -> str:
    """Return the name of this process as a holder.

    Examples
    --------
    >>> is_gone(name_holder("a"))
    False
    """
    process = os.getpid()
    return f"{host_id()}:{_boot()}:{process}:{_started(process)}:{token}"


def is_gone(holder: str) -> bool:
    """Return True if the process of *holder* has certainly ended.

    Examples
    --------
    >>> is_gone(""), is_gone("a host:a boot:1:1:a")
    (False, False)
    """
    parts = holder.split(":")
    if len(parts) != 5 or parts[0] != host_id() or not parts[2].isdecimal():
        return False
    process = int(parts[2])
    if parts[1] != _boot() or not is_running(process) or _is_zombie(process):
        return True
    return "" not in (parts[3], started := _started(process)) and parts[3] != started


@functools.cache
def _boot() -> str:
    """Return what names this start of the machine, "" if the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def _started(process: int) -> str:
    """Return when *process* was started, in ticks since the machine was; "" if the system does not say."""
    fields = _status(process)
    return fields[19].decode("ascii") if len(fields) > 19 else ""


def _is_zombie(process: int) -> bool:
    """Return True if *process* has ended, and only its parent has not asked how."""
    return _status(process)[:1] in ([b"Z"], [b"X"])


def _status(process: int) -> list[bytes]:
    """Return what the system tells about *process*, from its state on; nothing if it does not tell."""
    try:
        return Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return []
