"""Build the documentation site: README, guides and the API reference from the docstrings.

    python docs/site.py [FOLDER]        # build/site unless a folder is given; any warning is an error

Zensical builds it, with mkdocstrings for the API pages. Pages are copied to a temporary project first, so that links
that leave `docs/` lead to the copies of README, changelog and contributing.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONFIG = """
[project]
site_name = "clipaudio"
site_description = "Captions, TextGrids, lip-sync tracks and converted audio from the times of synthesized speech"
use_directory_urls = false
nav = [
  {"Home" = "index.md"},
  {"Guides" = [
    {"Captions" = "captions.md"}, {"Caption styles" = "guides/caption-styles.md"}, {"Mouths" = "lipsync.md"},
    {"Pages" = "guides/page.md"}, {"Converting audio" = "audio.md"}, {"Editing" = "guides/editing.md"},
    {"pandas" = "guides/pandas.md"}, {"Defaults and logs" = "guides/configuration.md"},
    {"Live streams" = "guides/live.md"}, {"What repair does" = "repair.md"}, {"Many clips" = "batch.md"},
    {"Batches in Python" = "guides/python-batches.md"},
    {"Receiving callbacks" = "listening.md"}, {"The inbox worker" = "guides/inbox-worker.md"},
    {"Testing with the emulator" = "emulator.md"}]},
  {"Reference" = [{"Sources" = "sources.md"}, {"Formats" = "formats.md"}, {"Commands" = "cli.md"},
    {"Glossary" = "glossary.md"}, API]},
  {"Project" = [
    {"Design" = "design.md"}, {"Performance" = "performance.md"}, {"Results" = "results.md"},
    {"Security" = "security.md"}, {"Faults" = "faults.md"}, {"Changelog" = "CHANGELOG.md"},
    {"Contributing" = "CONTRIBUTING.md"}]},
]

[project.theme]
features = ["navigation.indexes", "content.code.copy", "search.highlight"]

[project.markdown_extensions.admonition]
[project.markdown_extensions.tables]
[project.markdown_extensions.pymdownx.highlight]
[project.markdown_extensions.pymdownx.superfences]

[project.plugins.mkdocstrings.handlers.python]
paths = ["."]

[project.plugins.mkdocstrings.handlers.python.options]
docstring_style = "numpy"
show_root_heading = true
show_source = false
separate_signature = true
show_signature_annotations = true
"""


def copy_pages(target: Path) -> None:
    """Copy every page into *target*, with links between the folders adapted."""
    shutil.copytree(ROOT / "docs", target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    outside = {"README.md": "index.md", "CHANGELOG.md": "CHANGELOG.md", "CONTRIBUTING.md": "CONTRIBUTING.md"}
    for name, new in outside.items():
        text = (ROOT / name).read_text("utf-8").replace("](docs/", "](")
        text = re.sub(r"\[([^]]+)\]\(notebooks/[^)]+\)", r"\1", text)
        (target / new).write_text(text, "utf-8")
    results = (ROOT / "benchmarks" / "results" / "README.md").read_text("utf-8")
    (target / "results.md").write_text(results.replace("../../docs/", ""), "utf-8")
    page = target / "performance.md"
    page.write_text(page.read_text("utf-8").replace("../benchmarks/results/README.md", "results.md"), "utf-8")


def main() -> int:
    """Build the site; return the exit code of the generator."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "site").absolute()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        copy_pages(project / "docs")
        rooms = sorted((project / "docs" / "api").glob("*.md"), key=lambda page: (page.stem != "index", page.stem))
        entries = ", ".join(f'"api/{page.name}"' for page in rooms)
        (project / "zensical.toml").write_text(CONFIG.replace("API]", f'{{"Python API" = [{entries}]}}]'), "utf-8")
        shutil.copytree(ROOT / "clipaudio", project / "clipaudio", ignore=shutil.ignore_patterns("__pycache__"))
        command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
        done = subprocess.run(command, cwd=project, check=False)
        if done.returncode == 0:
            shutil.copytree(project / "site", target, dirs_exist_ok=True)
            sys.stderr.write(f"{target}/index.html\n")
        return done.returncode


if __name__ == "__main__":
    sys.exit(main())
