"""Find out on which platforms and Pythons clipaudio installs from wheels alone, and write the tables of `platforms.md`.

Asks the package index by pip, one dry run for each platform and Python, and one more for each package if that fails:

    python docs/wheels.py

Run it with the newest Python of the tables: pip compares what a wheel requires with the Python that it runs on.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.markers import Marker

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "platforms.md"
PLATFORMS = {
    "Linux x86-64": ["manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"],
    "Linux Arm": ["manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"],
    "Windows x86-64": ["win_amd64"],
    "Windows Arm": ["win_arm64"],
    "macOS Intel": ["macosx_14_0_x86_64"],
    "macOS Arm": ["macosx_14_0_arm64"],
}
PYTHONS = ["3.11", "3.12", "3.13", "3.14", "3.15"]


def can_install(requirements: list[str], platform: str, python: str) -> bool:
    """Return True if pip finds wheels of *requirements* for the platform and the Python."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--no-deps", "--target", folder]
        command += ["--disable-pip-version-check", "--only-binary=:all:", "--python-version", python]
        for tag in PLATFORMS[platform]:
            command += ["--platform", tag]
        return subprocess.run([*command, *requirements], check=False, capture_output=True).returncode == 0


def missing(requirements: list[str], platform: str, python: str) -> list[str]:
    """Return the names of the packages without a wheel."""
    if can_install(requirements, platform, python):
        return []
    return [re.split(r"[<>=! ]", one)[0] for one in requirements if not can_install([one], platform, python)]


def packages_of_all(extras: dict[str, list[str]]) -> list[str]:
    """Return the requirements of every extra that `all` names, and its own without the Pythons that they are for."""
    names = re.findall(r"[\w-]+", " ".join(re.findall(r"clipaudio\[(.*?)\]", " ".join(extras["all"]))))
    own = {one.partition(";")[0] for one in extras["all"] if not one.startswith("clipaudio[")}
    return sorted({package for name in names for package in extras[name]} | own)


def wanted(requirements: list[str], python: str) -> list[str]:
    """Return the requirements of a Python without their markers; those of platforms are what the tables tell."""
    parts = [(name.strip(), marker.strip()) for name, _, marker in (one.partition(";") for one in requirements)]
    return [name for name, text in parts if "sys_platform" in text or is_for(text, python)]


def is_for(marker: str, python: str) -> bool:
    """Return True if *marker* takes in a Python."""
    return "python_version" not in marker or Marker(marker).evaluate({"python_version": python})


def table(found: dict[tuple[str, str], list[str]]) -> str:
    """Return the Markdown of the table."""
    rows = ["| | " + " | ".join(PYTHONS) + " |", "|---|" + "---|" * len(PYTHONS)]
    for platform in PLATFORMS:
        cells = ["wheels" if not found[platform, one] else "no " + ", ".join(found[platform, one]) for one in PYTHONS]
        rows.append(f"| {platform} | {' | '.join(cells)} |")
    return "\n".join(rows)


def main() -> None:
    """Ask, and replace the tables between the marks of the page."""
    if sys.version_info[:2] < max(tuple(map(int, one.split("."))) for one in PYTHONS):
        sys.exit(f"run this with Python {PYTHONS[-1]}")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lists = {
        "wheels": project["dependencies"],
        "wheels of all": packages_of_all(project["optional-dependencies"]),
    }
    text = PAGE.read_text("utf-8")
    for mark, requirements in lists.items():
        found = {
            (platform, python): missing(wanted(requirements, python), platform, python)
            for platform in PLATFORMS
            for python in PYTHONS
        }
        head, _, rest = text.partition(f"<!-- {mark} -->\n")
        tail = rest.partition(f"<!-- end of {mark} -->")[2]
        text = f"{head}<!-- {mark} -->\n{table(found)}\n<!-- end of {mark} -->{tail}"
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
