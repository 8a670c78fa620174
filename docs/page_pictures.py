"""The pictures of the page guide: a page in Chromium, wide and narrow, in light and dark.

Run `clipaudio demo --out demo-out`, then `python docs/page_pictures.py demo-out docs/images`.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

import clipaudio

BROWSER = Path(__file__).parent.parent / "tests" / "browser.py"
SIZES = {"wide": (1400, 690), "narrow": (380, 700)}
MOMENT = 1.62  # seconds: in the word "paid"


def main() -> None:
    """Draw the clip in the folder named first into the folder named second."""
    folder, target = Path(sys.argv[1]), Path(sys.argv[2])
    program = shutil.which("chromium") or sys.exit("chromium is not installed")
    spec = importlib.util.spec_from_file_location("browser", BROWSER)
    assert spec is not None
    assert spec.loader is not None
    driver = importlib.util.module_from_spec(spec)
    sys.modules["browser"] = driver  # dataclasses and pickles look modules up
    spec.loader.exec_module(driver)
    clip = clipaudio.open_clip(folder / "callback.json", audio=folder / "clip.wav")
    with tempfile.TemporaryDirectory() as made, driver.running_browser(program) as browser:
        page = clip.save(Path(made) / "clip.html")
        for name, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                tab = browser.open(page.as_uri(), width=width, height=height, scheme=scheme)
                tab.evaluate(f"window.clipaudio.clips[0].seek({MOMENT}); new Promise((done) => setTimeout(done, 300))")
                (target / f"page-{name}-{scheme}.png").write_bytes(tab.screenshot())


if __name__ == "__main__":
    main()
