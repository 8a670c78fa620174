// Keys of the whole page; they go to the clip that was used last.

/** Return the start of the row before or after the one at `time`. */
const neighbourStart = (level, time, by) => {
  const started = countStarted(level, time + 1e-6);
  const row = by > 0 ? started : started - 2;
  return row < 0 ? 0 : row < level.length ? level.times[2 * row] : null;
};

const KEYS = {
  " ": (clip) => clip.clock.toggle(),
  k: (clip) => clip.clock.toggle(),
  j: (clip) => clip.seek(clip.clock.time - 1),
  l: (clip) => clip.seek(clip.clock.time + 1),
  ArrowLeft: (clip) => clip.step("words", -1),
  ArrowRight: (clip) => clip.step("words", 1),
  ArrowUp: (clip) => clip.step("sentences", -1),
  ArrowDown: (clip) => clip.step("sentences", 1),
  Enter: (clip) => clip.hearSelection(),
  Home: (clip) => clip.seek(0),
  End: (clip) => clip.seek(clip.data.duration),
  "+": (clip) => clip.zoom(0.5),
  "=": (clip) => clip.zoom(0.5),
  "-": (clip) => clip.zoom(2),
  0: (clip) => clip.view.show(0, clip.view.duration),
};

/** Listen for keys of the clip that `activeClip()` returns, and for `x`, which calls `switchClip`. */
const listenToKeys = (activeClip, switchClip) => {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, input, textarea")) return;
    if ([" ", "Enter"].includes(event.key) && event.target.closest("button")) return; // it presses the button
    if (event.key === "x") switchClip();
    const run = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!run) return;
    event.preventDefault();
    run(activeClip());
  });
};
