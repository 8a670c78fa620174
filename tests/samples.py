"""The sample payloads as the service would have sent them: marks that were set where a source leaves something out
are taken away again. A helper of tests, loaded by the fixture `samples`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def restore(value: Any) -> Any:
    """Rename keys like `graph_times_first53_then_source_cut`, and drop the `"..."` that stands for more."""
    if isinstance(value, dict):
        return {re.sub(r"_(ELIDED_IN_SOURCE|first.*)$", "", key): restore(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [restore(entry) for entry in value if entry != "..."]
    return value


def load(folder: Path) -> dict[str, dict[str, Any]]:
    """Return every sample that has letters, by its file name."""
    texts = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.json"))}
    return {name: restore(json.loads(text)) for name, text in texts.items() if '"graph_chars"' in text}
