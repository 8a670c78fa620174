// The stretch of time that the timeline shows.

const NARROWEST = 0.05; // seconds

class View {
  constructor(duration) {
    this.duration = Math.max(duration, NARROWEST);
    this.start = 0;
    this.span = this.duration;
    this.onchange = () => {};
  }

  get end() {
    return this.start + this.span;
  }

  show(start, span) {
    this.span = Math.min(Math.max(span, NARROWEST), this.duration);
    this.start = Math.min(Math.max(start, 0), this.duration - this.span);
    this.onchange();
  }

  /** Zoom by `factor` so that `time` keeps its place. */
  zoom(factor, time) {
    const share = (time - this.start) / this.span;
    const span = Math.min(Math.max(this.span * factor, NARROWEST), this.duration);
    this.show(time - share * span, span);
  }

  pan(seconds) {
    this.show(this.start + seconds, this.span);
  }

  /** Turn the page if `time` is outside, as a reader does at the end of a line. */
  follow(time) {
    if (time < this.start || time > this.end - 0.02 * this.span) this.show(time - 0.1 * this.span, this.span);
  }
}
