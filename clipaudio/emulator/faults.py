"""Faults that the emulator produces on demand; none is on by default.

The switches come in three groups by the first word of their name: `answer_…` for requests to the API,
`callback_…` for the POST of the finished clip, `audio_…` for its download. Each group has a `…_times` that
says how many times it strikes before things go well again; None is for ever.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Literal, get_args

__all__ = ["Faults", "Switchboard"]

CallbackContent = Literal["json", "form", "truncated", "foreign", "no_url"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Switches for failures; the default is that nothing fails.

    Examples
    --------
    Two refusals, then it works:

    >>> Faults(answer_status=429, answer_retry_after=1, answer_times=2).answer_status
    429
    """

    answer_status: int | None = field(default=None, metadata={"help": "refuse API requests with this status"})
    answer_retry_after: float | None = field(default=None, metadata={"help": "send Retry-After with it, seconds"})
    answer_html: bool = field(default=False, metadata={"help": "answer with an HTML page instead of JSON"})
    answer_empty: bool = field(default=False, metadata={"help": "answer 200 with an empty body"})
    answer_unsuccessful: bool = field(default=False, metadata={"help": "answer 200 with success: false"})
    answer_drop: bool = field(default=False, metadata={"help": "close the connection without an answer"})
    answer_delay: float = field(default=0.0, metadata={"help": "answer after this many seconds"})
    answer_times: int | None = field(default=None, metadata={"help": "number of requests it happens to"})

    callback_delay: float = field(default=0.0, metadata={"help": "call back after this many more seconds"})
    callback_lost: bool = field(default=False, metadata={"help": "never call back"})
    callback_copies: int = field(default=1, metadata={"help": "call back this many times"})
    callback_first: bool = field(default=False, metadata={"help": "call back before the request is answered"})
    callback_reorder: int = field(
        default=0, metadata={"help": "gather this many callbacks, then send the newest first"}
    )
    callback_content: CallbackContent = field(
        default="json",
        metadata={
            "help": "send form fields, half of the JSON, an id nobody knows, or no url instead",
            "choices": get_args(CallbackContent),
        },
    )
    callback_times: int | None = field(default=None, metadata={"help": "number of callbacks it happens to"})

    audio_expired: bool = field(default=False, metadata={"help": "signed urls are dead at once"})
    audio_expired_status: int = field(default=403, metadata={"help": "what a dead url answers: 403, 404, 410"})
    audio_truncated: bool = field(default=False, metadata={"help": "close the connection after half the bytes"})
    audio_reset: bool = field(default=False, metadata={"help": "reset the connection after half the bytes"})
    audio_delay: float = field(default=0.0, metadata={"help": "wait this many seconds before each 4 kB"})
    audio_html: bool = field(default=False, metadata={"help": "send an HTML page with status 200"})
    audio_no_range: bool = field(default=False, metadata={"help": "ignore Range"})
    audio_no_length: bool = field(default=False, metadata={"help": "send no Content-Length"})
    audio_new_etag: bool = field(default=False, metadata={"help": "give another ETag each time"})
    audio_times: int | None = field(default=None, metadata={"help": "number of downloads it happens to"})


Group = Literal["answer", "callback", "audio"]


class Switchboard:
    """The faults in force, which count how often they struck; safe to change while the service runs.

    Examples
    --------
    >>> board = Switchboard(Faults(audio_html=True, audio_times=1))
    >>> board.take("audio").audio_html, board.take("audio").audio_html
    (True, False)
    """

    def __init__(self, faults: Faults) -> None:
        self._lock = threading.Lock()
        self._struck: dict[str, int] = {}
        self._faults = faults

    @property
    def faults(self) -> Faults:
        """The faults as they were set."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        with self._lock:
            self._faults = faults
            self._struck.clear()

    def take(self, group: Group) -> Faults:
        """Return the faults for one event of *group*; none once they have been used up."""
        with self._lock:
            limit: int | None = getattr(self._faults, f"{group}_times")
            count = self._struck[group] = self._struck.get(group, 0) + 1
            return self._faults if limit is None or count <= limit else Faults()
