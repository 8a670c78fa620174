"""The sample payloads as the service would have sent them: marks that were set where a source leaves something out
are taken away again. A helper of tests, loaded by the fixture `samples`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

TIMED = (
    "go_stream_wav_decoded.json",
    "sts_doc_arpabet_elided.json",
    "synthesize_hello_from_resemble.json",
    "v1_doc_this_is_a_test_PARTIAL.json",
    "v1_get_clip_ssml_break_PARTIAL.json",
    "v2_callback_doc_elided.json",
    "v2_doc_hey_there.json",
    "v2_get_clip_doc.json",
    "ws_frame_doc.json",
)


def restore(value: Any) -> Any:
    """Rename keys like `graph_times_first53_then_source_cut`, and drop the `"..."` that stands for more."""
    if isinstance(value, dict):
        return {re.sub(r"_(ELIDED_IN_SOURCE|first.*)$", "", key): restore(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [restore(entry) for entry in value if entry != "..."]
    return value


def load(folder: Path) -> dict[str, dict[str, Any]]:
    """Give every timed sample by its file name."""
    return {name: restore(json.loads((folder / name).read_text("utf-8"))) for name in TIMED}
