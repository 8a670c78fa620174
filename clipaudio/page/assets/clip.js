// One clip of the page: its parts, and what they do to each other.

const PIXELS_A_SECOND = 260; // at first, unless the whole clip is little longer

class Clip {
  #frame = 0;

  constructor(data, audio, number) {
    this.data = data;
    this.element = document.getElementById("clip").content.cloneNode(true).querySelector("article");
    const find = (selector) => this.element.querySelector(selector);
    this.clock = new Clock(data.hasSound ? audio : null, data.duration);
    this.view = new View(data.duration);
    const waveform = data.waveform?.extremes.length ? new Waveform(data.waveform) : null;
    this.timeline = new Timeline(find(".timeline"), data, this.view, waveform);
    this.overview = new Overview(find(".overview"), this.timeline, this.view, waveform, data.levels.words);
    this.mouth = new Mouth(find(".mouth"), data.moves, `mouth-${number}`);
    this.captions = new Captions(find(".cue"));
    this.transcript = new Transcript(find(".transcript"), data);
    this.player = new Player(find(".controls"), data, this.clock, this.view);
    this.silent = find(".silent");
    fillHeader(find(".head"), data);
    listFindings(find(".findings"), data, (start, end) => this.hear(start, end));
    this.#connect();
    this.profile = Object.keys(data.cues)[0] ?? "";
  }

  #connect() {
    const draw = () => this.requestDraw();
    this.clock.onchange = draw;
    this.clock.onerror = () => this.#say("The sound cannot be played; the clock runs without it.");
    this.view.onchange = draw;
    this.player.onprofile = (name) => (this.profile = name);
    this.timeline.onseek = (time) => this.seek(time);
    const hearRow = ({ times }, row) => this.hear(times[2 * row], times[2 * row + 1]);
    this.timeline.onhear = hearRow;
    this.timeline.onselect = () => this.hearSelection();
    this.transcript.onhear = hearRow;
    if (!this.data.hasSound) this.#say("There is no sound; play moves through the times.");
    const span = Math.max(window.innerWidth / PIXELS_A_SECOND, 1.6);
    if (this.data.duration > 1.3 * span) this.view.show(0, span);
  }

  #say(text) {
    this.silent.textContent = text;
    this.silent.hidden = false;
  }

  get cues() {
    return this.data.cues[this.#profile] ?? EMPTY_LEVEL;
  }

  #profile = "";

  get profile() {
    return this.#profile;
  }

  /** Show the captions of another profile. */
  set profile(name) {
    this.#profile = name;
    this.captions.cues = this.cues;
    this.timeline.cues = this.cues;
    this.layout();
  }

  /** Return the rows of word, phone, cue and viseme at `time`, null where there is none. */
  state(time) {
    return stateOf(this.data.levels, this.cues, time);
  }

  seek(time) {
    this.clock.seek(time);
    this.view.follow(this.clock.time);
  }

  hear(start, end) {
    this.clock.playRange(Math.max(start, 0), Math.min(end, this.data.duration));
    this.view.follow(this.clock.time);
  }

  /** Play the selected stretch of the timeline, if there is one. */
  hearSelection() {
    if (this.timeline.selection) this.hear(...this.timeline.selection);
  }

  step(level, by) {
    const start = neighbourStart(this.data.levels[level], this.clock.time, by);
    if (start !== null) this.seek(start);
  }

  zoom(factor) {
    this.view.zoom(factor, Math.min(Math.max(this.clock.time, this.view.start), this.view.end));
  }

  layout() {
    this.timeline.layout();
    this.requestDraw();
  }

  /** Draw once before the next picture, and for every picture while the clip plays. */
  requestDraw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.draw();
      if (this.clock.isPlaying) this.requestDraw();
    });
  }

  draw() {
    this.clock.tick();
    const { time, isPlaying } = this.clock;
    if (isPlaying) this.view.follow(time);
    const { word } = this.state(time);
    this.timeline.draw(time);
    this.overview.draw(time);
    this.mouth.draw(time);
    this.captions.draw(time);
    this.transcript.mark(word);
    this.player.draw(time);
    const slider = this.timeline.element;
    slider.setAttribute("aria-valuenow", time.toFixed(2));
    slider.setAttribute(
      "aria-valuetext",
      formatTime(time, 2) + (word === null ? "" : ` ${this.data.levels.words.labels[word].slice(0, 80)}`),
    );
  }
}
