"""Write the index of many pages: a table of clips with their failures and findings, the worst first."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from clipaudio.page.document import fill_document, read_assets

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["IndexRow", "dumps_index"]

_MOST_MESSAGES: Final = 6  # of a clip
_LONGEST_MESSAGE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRow:
    """One clip of an index.

    Parameters
    ----------
    id
        The clip's name.
    page
        Path of its page relative to the index, with forward slashes; None if there is none.
    errors, notes
        Messages of outputs that failed; what was repaired, changed or guessed.
    fit
        How well its times fit its sound, 0 to 100; None if that was not measured.
    """

    id: str
    page: str | None = None
    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fit: float | None = None

    @property
    def rank(self) -> tuple[int, float, int, str]:
        """Its place in an index, ascending: most failures first, then the worst fit, then most notes, then by name."""
        return -len(self.errors), 100.0 if self.fit is None else self.fit, -len(self.notes), self.id


def dumps_index(rows: Sequence[IndexRow], *, title: str = "Clips", left_out: int = 0) -> str:
    """Return the index of *rows* as HTML, the worst clip first.

    Parameters
    ----------
    rows
        One per clip.
    title
        The heading.
    left_out
        Number of further clips that are not among *rows*; the page says so.

    Examples
    --------
    >>> page = dumps_index([IndexRow(id="fine"), IndexRow(id="bad", errors=("no audio",))])
    >>> page.index("bad") < page.index("fine")
    True
    """
    failed = sum(bool(row.errors) for row in rows)
    counts = f"{len(rows) + left_out:,} clips, {failed:,} with failed outputs"
    if left_out:
        counts += f"; the {left_out:,} clips with the fewest findings are left out"
    has_fit = any(row.fit is not None for row in rows)
    table = "".join(_row(row, has_fit=has_fit) for row in sorted(rows, key=lambda row: row.rank))
    fit = '<th scope="col">fit</th>' if has_fit else ""
    body = (
        f'<main id="page"><header class="head"><h1 dir="auto">{escape(title)}</h1><p>{counts}</p></header>\n'
        '<table><thead><tr><th scope="col">clip</th><th scope="col">failed</th><th scope="col">findings</th>'
        f'{fit}<th scope="col">messages</th></tr></thead>\n<tbody>\n{table}</tbody></table></main>\n'
    )
    return fill_document(title, styles=read_assets(("theme.css", "layout.css", "index.css")), body=body)


def _row(row: IndexRow, *, has_fit: bool) -> str:
    name = f'<bdi class="name">{escape(row.id)}</bdi>'
    link = name if row.page is None else f'<a href="./{escape(quote(row.page))}">{name}</a>'
    messages = _messages(row)
    shown = [f'<li class="{kind}"><bdi>{escape(_shorten(text))}</bdi></li>' for kind, text in messages[:_MOST_MESSAGES]]
    if len(messages) > _MOST_MESSAGES:
        shown.append(f"<li>{len(messages) - _MOST_MESSAGES} more</li>")
    counts = f"<td>{len(row.errors) or ''}</td><td>{len(row.notes) or ''}</td>"
    if has_fit:
        counts += f"<td>{'' if row.fit is None else f'{row.fit:.0f}'}</td>"
    return f'<tr><th scope="row">{link}</th>{counts}<td><ul>{"".join(shown)}</ul></td></tr>\n'


def _shorten(text: str) -> str:
    """Return at most so much of a message that every browser lays it out at once; the whole is in the clip's page."""
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 1] + "…"


def _messages(row: IndexRow) -> list[tuple[str, str]]:
    return [*(("error", text) for text in row.errors), *(("note", text) for text in row.notes)]
