"""Print what several outputs of one clip have in common once, with the formats it concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from clipaudio.cli.output import Output

__all__ = ["GroupedMessages"]

_SHOWN: Final = 6


class GroupedMessages:
    """Keep the messages of the outputs of one clip, and print each once at the end.

    Parameters
    ----------
    output
        Where they are printed.
    source
        The file that the outputs are made from.
    """

    def __init__(self, output: Output, source: str) -> None:
        self._output = output
        self._source = source
        self._found: dict[str, list[tuple[str, str]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for text, concerned in self._found.items():
            formats = [name for name, _ in concerned]
            if len(formats) == 1:
                self._output.message(concerned[0][1])
            else:
                more = len(formats) - _SHOWN
                names = ", ".join(formats[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
                self._output.message(f"{self._source}: {names}: {text}")
        self._found.clear()

    def add(self, format_name: str, subject: str, text: str) -> None:
        """Keep *text*, which concerns *subject*, the output in that format."""
        self._found.setdefault(text.removeprefix(f"{format_name} "), []).append((format_name, f"{subject}: {text}"))

    def add_error(self, format_name: str, error: Exception) -> str:
        """Keep why a format is not written; return the sentence."""
        sentence = self._output.explain(error)
        self.add(format_name, self._source, sentence.removeprefix(f"{self._source}: "))
        return sentence
