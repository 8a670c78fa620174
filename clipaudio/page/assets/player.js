// The row of controls: play, time, speed, captions, zoom.

class Player {
  constructor(element, clip, clock, view) {
    this.clock = clock;
    this.button = element.querySelector(".play");
    this.now = element.querySelector(".now");
    this.onprofile = () => {};
    element.querySelector(".whole").textContent = ` / ${formatTime(clip.duration)}`;
    this.button.addEventListener("click", () => clock.toggle());
    element.querySelector(".speed").addEventListener("change", (event) => (clock.rate = Number(event.target.value)));
    const profiles = element.querySelector(".profile");
    for (const name of Object.keys(clip.cues)) profiles.append(new Option(name, name));
    profiles.addEventListener("change", () => this.onprofile(profiles.value));
    element.querySelector(".pick").hidden = !profiles.options.length;
    const zoom = (factor) => () => view.zoom(factor, Math.min(Math.max(clock.time, view.start), view.end));
    element.querySelector(".in").addEventListener("click", zoom(0.5));
    element.querySelector(".out").addEventListener("click", zoom(2));
    element.querySelector(".fit").addEventListener("click", () => view.show(0, view.duration));
  }

  draw(time) {
    this.now.textContent = formatTime(time);
    const { isPlaying } = this.clock;
    if (this.isPlaying === isPlaying) return;
    this.isPlaying = isPlaying;
    this.button.classList.toggle("playing", isPlaying);
    this.button.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
  }
}
