"""The API of the service without a socket: a request in, a response out.

Conventions
-----------
The pages of the service tell what comes back when all is well. Where they are silent (statuses of errors,
what an absent field does, where the hour of a url counts) this file decides once: an absent field keeps its
value; 400 is for a body that is no JSON, lacks a field or has nothing (or too much) to say, 401 for a
missing or wrong key, 404 for an unknown project, clip, voice or path, 422 for a value out of its range.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from clipaudio.emulator.clips import EmulatedClip, new_uuid, problems_with
from clipaudio.emulator.exchange import EmulatorRequest, EmulatorResponse, json_answer, problem
from clipaudio.emulator.faults import Faults, Switchboard
from clipaudio.errors import ConvertError, SynthesisError
from clipaudio.synthesis.espeak import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clipaudio.emulator.storage import Storage
    from clipaudio.emulator.studio import Studio

__all__ = ["Service", "ServiceOptions"]

_HTML = b"<html><body><h1>We're sorry, but something went wrong.</h1></body></html>"
_REASONS = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    429: "Too many requests",
}
_KEY = re.compile(r"(?:Bearer\s+|Token token=)\"?([^\s\"]+)\"?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOptions:
    """How the emulator behaves when nothing fails; see `clipaudio.emulator.running` for each."""

    key: str | None = None
    envelope: Literal["new", "old"] = "new"
    projects: Sequence[str] | None = None
    voices: Sequence[str] | None = None
    any_clip: bool = False
    clock: Callable[[], float] = time.time


class Service:
    """Answer requests; speaking and calling back is left to the studio.

    Parameters
    ----------
    options
        What is allowed and how lists look.
    studio
        Speaks the clips.
    storage
        Serves their audio.
    board
        The faults in force.
    """

    def __init__(self, options: ServiceOptions, *, studio: Studio, storage: Storage, board: Switchboard) -> None:
        self.options = options
        self.requests: list[EmulatorRequest] = []
        self._studio = studio
        self._storage = storage
        self._board = board
        self._has_public = options.envelope == "old"
        self._lock = threading.RLock()
        self._clips: dict[tuple[str, str], EmulatedClip] = {}
        self._projects: dict[str, float] = dict.fromkeys(options.projects or (), options.clock())

    def answer(self, request: EmulatorRequest) -> EmulatorResponse:
        """Record *request* and answer it."""
        self.requests.append(request)
        if self._storage.owns(request):
            download = request.parts[0] == "storage"
            return self._storage.answer(request, self._board.take("audio") if download else Faults())
        if request.parts[:2] != ["api", "v2"]:
            return problem(404, "Not found")
        faults = self._board.take("answer")
        self._studio.pause(faults.answer_delay)
        failed = _failed(faults)
        if failed is not None:
            return failed
        if not self._knows_key(request):
            return problem(401, "Unauthorized")
        return self._route(request)

    def add_clip(self, project_uuid: str, clip_uuid: str, fields: dict[str, Any]) -> EmulatedClip:
        """Add a clip to a project as the web page does: perhaps with a body, without audio."""
        now = self.options.clock()
        clip = EmulatedClip(project_uuid, clip_uuid, now, now)
        clip.set(fields, now=now)
        with self._lock:
            self._projects.setdefault(project_uuid, now)
            self._clips[project_uuid, clip_uuid] = clip
        return clip

    def clip(self, clip_uuid: str) -> EmulatedClip:
        """Return the clip with this id, in any project; raise KeyError if there is none."""
        with self._lock:
            for (_, uuid), clip in self._clips.items():
                if uuid == clip_uuid:
                    return clip
        raise KeyError(f"no clip {clip_uuid!r}")

    def _knows_key(self, request: EmulatorRequest) -> bool:
        given = _KEY.match(request.header("Authorization") or "")
        return given is not None and self.options.key in (None, given[1])

    def _route(self, request: EmulatorRequest) -> EmulatorResponse:
        """Return the handler of a request."""
        match request.parts[2:]:
            case ["projects"] | ["projects", _, "clips"] | ["projects", _, "clips", _] if len(
                request.parts
            ) > 3 and not self._knows_project(request.parts[3]):
                return problem(404, "Project not found")
            case ["projects"]:
                handlers = {"GET": self._list_projects}
            case ["voices"]:
                handlers = {"GET": self._list_voices}
            case ["projects", _, "clips"]:
                handlers = {"GET": self._list_clips, "POST": self._create}
            case ["projects", _, "clips", _]:
                handlers = {
                    "GET": self._show,
                    "PUT": self._update,
                    "PATCH": self._update,
                    "DELETE": self._delete,
                }
            case _:
                return problem(404, "Not found")
        handler = handlers.get(request.method)
        if handler is None:
            refused = problem(405, "Method not allowed")
            return replace(refused, headers={**refused.headers, "Allow": ", ".join(handlers)})
        return handler(request)

    def _knows_project(self, project_uuid: str) -> bool:
        with self._lock:
            if self.options.projects is None:
                self._projects.setdefault(project_uuid, self.options.clock())
            return project_uuid in self._projects

    def _show(self, request: EmulatorRequest) -> EmulatorResponse:
        clip = self._find(request)
        return json_answer({"success": True, "item": self._item(clip)}) if clip else problem(404, "Clip not found")

    def _item(self, clip: EmulatedClip) -> dict[str, Any]:
        return clip.item(has_public=self._has_public)

    def _delete(self, request: EmulatorRequest) -> EmulatorResponse:
        with self._lock:
            clip = self._find(request)
            if clip is None:
                return problem(404, "Clip not found")
            del self._clips[clip.project_uuid, clip.uuid]
        return json_answer({"success": True})

    def _find(self, request: EmulatorRequest) -> EmulatedClip | None:
        with self._lock:
            return self._clips.get((request.parts[3], request.parts[5]))

    def _update(self, request: EmulatorRequest) -> EmulatorResponse:
        clip = self._find(request)
        if clip is None and not self.options.any_clip:
            return problem(404, "Clip not found")
        fields = self._fields(request, needed=["callback_uri"] + ([] if clip and clip.body else ["body"]))
        if isinstance(fields, EmulatorResponse):
            return fields
        with self._lock:
            if clip is None:
                clip = self.add_clip(request.parts[3], request.parts[5], {})
            clip.set(fields, now=self.options.clock())
            answer = json_answer({"success": True, "item": clip.answer(has_public=self._has_public)})
            order = replace(clip)
        self._studio.start(order, clip)
        return answer

    def _create(self, request: EmulatorRequest) -> EmulatorResponse:
        fields = self._fields(request, needed=["body"])
        if isinstance(fields, EmulatorResponse):
            return fields
        clip = self.add_clip(request.parts[3], new_uuid(), fields)
        if clip.callback_uri:
            answer = json_answer({"success": True, "item": clip.answer(has_public=self._has_public)})
            self._studio.start(replace(clip), clip)
            return answer
        try:
            self._studio.speak(replace(clip), clip)
        except (ConvertError, SynthesisError) as error:
            return problem(500, str(error))
        return json_answer({"success": True, "item": self._item(clip)})

    def _fields(self, request: EmulatorRequest, *, needed: list[str]) -> dict[str, Any] | EmulatorResponse:
        """Return the checked fields of a create or an update, or their problems."""
        try:
            fields = request.json()
        except (ValueError, RecursionError):  # the latter: nested beyond reason
            return problem(400, "Invalid JSON")
        if not isinstance(fields, dict):
            return problem(400, "Invalid JSON: an object is expected")
        found = problems_with(fields) | {
            name: ["can't be blank"] for name in needed if fields.get(name) is None or fields[name] == ""
        }
        if found:
            name, texts = next(iter(found.items()))
            blank = set(found) & {*needed, "body"} and "must be a http or https url" not in texts
            return problem(400 if blank else 422, f"{name} {texts[0]}", found)
        voice = fields.get("voice_uuid")
        if voice is not None and self.options.voices is not None and voice not in self.options.voices:
            return problem(404, "Voice not found")
        return fields

    def _list_clips(self, request: EmulatorRequest) -> EmulatorResponse:
        with self._lock:
            clips = [clip for (project, _), clip in self._clips.items() if project == request.parts[3]]
        asked = request.query.get("q", "").casefold()
        return self._page(request, [self._item(clip) for clip in clips if asked in clip.title.casefold()])

    def _list_projects(self, request: EmulatorRequest) -> EmulatorResponse:
        with self._lock:
            return self._page(request, [{"uuid": uuid, "name": uuid} for uuid in self._projects])

    def _list_voices(self, request: EmulatorRequest) -> EmulatorResponse:
        voices = LANGUAGES if self.options.voices is None else self.options.voices
        return self._page(request, [{"uuid": uuid, "name": uuid, "status": "finished"} for uuid in voices])

    def _page(self, request: EmulatorRequest, items: list[dict[str, Any]]) -> EmulatorResponse:
        """Return one page of *items* in the current envelope."""
        try:
            page, size = (int(request.query.get(name, usual)) for name, usual in (("page", "1"), ("page_size", "10")))
        except ValueError:
            return problem(400, "page and page_size must be whole numbers")
        if page < 1 or not 1 <= size <= 1000:
            return problem(400, "page starts at 1 and page_size lies between 1 and 1000")
        pages = -(-len(items) // size)
        head = {"success": True, "page": page}
        if self.options.envelope == "old":
            head |= {"num_pages": pages, "page_size": size}
        else:
            head |= {"total_results": len(items), "page_count": pages}
        return json_answer({**head, "items": items[(page - 1) * size : page * size]})


def _failed(faults: Faults) -> EmulatorResponse | None:
    """Return the failure that the faults ask for."""
    if faults.answer_drop:
        return EmulatorResponse(dropped=True)
    if faults.answer_empty:
        return EmulatorResponse(200, b"", {"Content-Type": "application/json"})
    if faults.answer_unsuccessful:
        return problem(200, "Something went wrong")
    if faults.answer_status is None and not faults.answer_html:
        return None
    status = faults.answer_status or 500
    if status == 422:
        answer = problem(status, "body is invalid", {"body": ["is invalid"]})
    else:
        answer = problem(status, _REASONS.get(status, "Internal server error"))
    if faults.answer_html:
        answer = EmulatorResponse(status, _HTML, {"Content-Type": "text/html; charset=utf-8"})
    if faults.answer_retry_after is not None:
        answer = replace(answer, headers={**answer.headers, "Retry-After": f"{faults.answer_retry_after:g}"})
    return answer
