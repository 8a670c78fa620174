// The time of a clip: that of its sound, or of a plain clock if there is none or it cannot be played.

class Clock {
  #audio;
  #stop = Infinity;
  #time = 0;
  #since = null;
  #rate = 1;

  constructor(audio, duration) {
    this.#audio = audio;
    this.duration = duration;
    this.onchange = () => {};
    this.onerror = () => {};
    if (!audio) return;
    audio.preservesPitch = true;
    for (const name of ["play", "pause", "ended", "seeked"]) audio.addEventListener(name, () => this.onchange());
    audio.addEventListener("timeupdate", () => this.tick()); // a hidden page draws nothing, and still has to stop
    audio.addEventListener("error", () => this.#loseAudio());
    if (audio.error) this.#loseAudio();
  }

  get time() {
    if (this.#audio) return Math.min(this.#audio.currentTime, this.duration);
    if (this.#since === null) return this.#time;
    return Math.min(this.#time + ((performance.now() - this.#since) / 1000) * this.#rate, this.duration);
  }

  get isPlaying() {
    return this.#audio ? !this.#audio.paused && !this.#audio.ended : this.#since !== null;
  }

  set rate(rate) {
    this.#settle();
    this.#rate = rate;
    if (this.#audio) this.#audio.playbackRate = rate;
  }

  /** Move to `time`, and play on if it plays. */
  seek(time) {
    const inside = Math.min(Math.max(time, 0), this.duration);
    this.#stop = Infinity;
    // sound counts whole microseconds and cuts the rest: without rounding up, the start of a word would lie before it
    if (this.#audio) this.#audio.currentTime = (Math.ceil(inside * 1e6) + 0.5) / 1e6;
    else {
      this.#time = inside;
      if (this.#since !== null) this.#since = performance.now();
    }
    this.onchange();
  }

  play() {
    if (this.time >= this.duration - 0.01) this.seek(0);
    if (this.#audio) this.#audio.play().catch(() => this.onchange());
    else this.#since ??= performance.now();
    this.onchange();
  }

  pause() {
    this.#stop = Infinity;
    if (this.#audio) this.#audio.pause();
    else {
      this.#settle();
      this.#since = null;
    }
    this.onchange();
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  /** Play from `start` to `end`, then stop there. */
  playRange(start, end) {
    this.seek(start);
    this.play();
    this.#stop = end;
  }

  /** Stop where a range or the clip ends; called for each picture, and by the sound itself. */
  tick() {
    if (!this.isPlaying) return;
    const now = this.time;
    const stop = this.#stop;
    if (now >= stop || (!this.#audio && now >= this.duration)) this.pause();
    if (now >= stop) this.#stopBefore(stop);
  }

  /** Stand at the end of what was played: inside it, so that it stays marked, and not where the sound came to rest. */
  #stopBefore(end) {
    const time = Math.max((Math.floor(end * 1e6) - 0.5) / 1e6, 0);
    if (this.#audio) this.#audio.currentTime = time;
    else this.#time = time;
  }

  #settle() {
    this.#time = this.time;
    if (this.#since !== null) this.#since = performance.now();
  }

  /** Go on from where the sound ended; Firefox, for one, notes only when it plays that there is no sound card. */
  #loseAudio() {
    if (!this.#audio) return;
    const { time, isPlaying } = this;
    this.#audio = null;
    this.#time = time;
    this.#since = isPlaying ? performance.now() : null;
    this.onerror();
    this.onchange();
  }
}
