// Build the clips of the page, and offer `window.clipaudio` to programs:
//   ready          true once everything works
//   state(time)    {word, phone, cue, viseme}: rows of the first clip's levels at `time` seconds, or null; pure
//   clips          each clip: state(time), data.levels, data.cues[profile], profile, clock, view

const audios = document.querySelectorAll("audio");
const clips = JSON.parse(document.getElementById("clips").textContent).map(
  (data, number) => new Clip(decodeClip(data), audios[number], number),
);
let active = clips[0];

/** Make `clip` the one that keys go to; only one clip plays. */
const use = (clip) => {
  if (clip !== active) active.clock.pause();
  active = clip;
  for (const one of clips) one.element.classList.toggle("active", one === clip);
};

/** Go on with the next clip at the same time, to hear the difference. */
const switchClip = () => {
  const { time, isPlaying } = active.clock;
  if (clips.length < 2) return;
  use(clips[(clips.indexOf(active) + 1) % clips.length]);
  active.seek(time);
  if (isPlaying) active.clock.play();
};

const page = document.getElementById("page");
page.classList.toggle("several", clips.length > 1);
for (const clip of clips) {
  page.append(clip.element);
  clip.element.querySelector(".timeline").setAttribute("aria-valuemax", clip.data.duration.toFixed(2));
  if (clips.length > 1)
    for (const section of clip.element.querySelectorAll("section"))
      section.setAttribute("aria-label", `${section.getAttribute("aria-label")} of ${clip.data.title.slice(0, 80)}`);
  for (const event of ["pointerdown", "focusin"]) clip.element.addEventListener(event, () => use(clip));
}
const layoutAll = () => clips.forEach((clip) => clip.layout());
new ResizeObserver(layoutAll).observe(page);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", layoutAll);
listenToKeys(() => active, switchClip);
use(active);
layoutAll();
window.clipaudio = { ready: true, clips, state: (time) => clips[0].state(time) };
