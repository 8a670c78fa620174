"""Name the files that `clipaudio export` writes, as `--out` and `--name` say."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from clipaudio.export import Format

__all__ = ["claim_target", "is_one_file", "plan_targets", "problem_with_names"]


def plan_targets(
    beside: Path, naming: dict[str, str | int], formats: list[Format], options: argparse.Namespace
) -> list[tuple[Path, Format]]:
    """Return the file of each format; *naming* holds the fields of `--name`."""
    from clipaudio.file_names import fill_name

    if is_one_file(options, formats):
        return [(options.out, formats[0])]
    folder = beside if options.out is None else options.out
    if options.name is None:
        return [(folder / f"{naming['stem']}{found.extension}", found) for found in formats]
    return [(folder / fill_name(options.name, **naming, ext=found.extension.lstrip(".")), found) for found in formats]


def is_one_file(options: argparse.Namespace, formats: list[Format]) -> bool:
    """Return True if --out names the one file to write."""
    return (
        options.out is not None
        and not options.out.is_dir()
        and len(formats) == 1
        and (options.join is not None or len(options.callbacks) == 1)
        and _is_named_for(options.out, formats[0])
    )


def _is_named_for(out: Path, found: Format) -> bool:
    """Return True if *out* ends as files of the format do: `clip.rhubarb.json`, or `mouth.json` for short."""
    return out.suffix != "" and found.extension.lower().endswith(out.suffix.lower())


def problem_with_names(options: argparse.Namespace, formats: list[Format]) -> str | None:
    """Return why outputs cannot be named as `--out` and `--name` say."""
    from clipaudio.export import FORMATS
    from clipaudio.file_names import check_name

    if options.name is not None:
        if is_one_file(options, formats):
            return "--out names the file already; leave --name out, or name a folder"
        wrong = check_name(options.name, {"stem", "id", "n", "ext"})
        return None if wrong is None else f"--name {options.name}: {wrong}"
    if options.out is None or options.out.is_dir() or is_one_file(options, formats):
        return None
    if not any(_is_named_for(options.out, row) for row in FORMATS):
        return None  # a folder is not named like a file
    return f"--out {options.out} is the name of a file; it takes one callback and its one format, else name a folder"


def claim_target(target: Path, path: Path, options: argparse.Namespace) -> None:
    """Refuse a *target* that was written for another file than *path*."""
    from clipaudio.errors import ExportError

    other = options.targets.claim(target, path)
    if other is not None:
        raise ExportError(f"{target} was written for {other} already; give another --out")
