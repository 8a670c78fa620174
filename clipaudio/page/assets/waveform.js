// Draw the lowest and highest sample of each column of pixels, from levels of detail four times coarser each.

class Waveform {
  #levels;
  #step;

  constructor({ extremes, step }) {
    this.#step = step;
    this.#levels = [extremes];
    while (this.#levels.at(-1).length > 2048) this.#levels.push(Waveform.#coarsen(this.#levels.at(-1)));
    const coarsest = this.#levels.at(-1);
    this.peak = Math.max(1, ...coarsest.map(Math.abs));
  }

  static #coarsen(fine) {
    const rows = Math.ceil(fine.length / 8);
    const coarse = new Int8Array(2 * rows);
    for (let row = 0; row < rows; row++) {
      let low = fine[8 * row];
      let high = fine[8 * row + 1];
      for (let i = 8 * row + 2; i < Math.min(8 * row + 8, fine.length); i += 2) {
        if (fine[i] < low) low = fine[i];
        if (fine[i + 1] > high) high = fine[i + 1];
      }
      coarse[2 * row] = low;
      coarse[2 * row + 1] = high;
    }
    return coarse;
  }

  /** Fill the outline of `view` into the box; the loudest sample of the clip reaches its edges. */
  draw(context, view, { left, top, width, height }) {
    const perPixel = view.span / width / this.#step;
    const level = Math.min(Math.max(Math.floor(Math.log(perPixel) / Math.log(4)), 0), this.#levels.length - 1);
    const rows = this.#levels[level];
    const step = this.#step * 4 ** level;
    const middle = top + height / 2;
    const scale = height / 2 / this.peak;
    for (let x = 0; x < width; x++) {
      const from = Math.floor((view.start + (x / width) * view.span) / step);
      const until = Math.max(Math.ceil((view.start + ((x + 1) / width) * view.span) / step), from + 1);
      let low = 127;
      let high = -127;
      for (let row = from; row < Math.min(until, rows.length / 2); row++) {
        if (rows[2 * row] < low) low = rows[2 * row];
        if (rows[2 * row + 1] > high) high = rows[2 * row + 1];
      }
      if (low > high) continue;
      context.fillRect(left + x, middle - high * scale, 1, Math.max((high - low) * scale, 1));
    }
  }
}
