// The timeline: seconds, waveform and tiers on one canvas, aligned as in an annotation editor.

const AXIS = 18; // pixels
const WAVE = 96;
const RESTS = new Set(["sil"]);

const readColors = (element) => {
  const style = getComputedStyle(element);
  const color = (name) => style.getPropertyValue(name).trim();
  return {
    font: style.fontFamily,
    text: color("--text"),
    muted: color("--muted"),
    line: color("--line"),
    tier: color("--tier"),
    rest: color("--rest"),
    wave: color("--wave"),
    accent: color("--accent"),
    active: color("--accent-soft"),
    activeText: color("--accent-text"),
    panel: color("--panel"),
  };
};

/** Size a canvas in device pixels and return its context, in CSS pixels. */
const fitCanvas = (canvas, width, height) => {
  const ratio = window.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
};

class Timeline {
  constructor(element, clip, view, waveform) {
    this.element = element;
    this.canvas = element.querySelector(".lanes");
    this.tip = element.querySelector(".tip");
    this.clip = clip;
    this.view = view;
    this.waveform = waveform;
    this.cues = EMPTY_LEVEL;
    this.selection = null; // [start, end] in seconds
    this.onseek = () => {};
    this.onselect = () => {};
    this.onhear = () => {};
    this.#listen();
  }

  /** The tiers that have rows, from the largest unit to the smallest. */
  get tiers() {
    const { speakers, sentences, words, phones, visemes } = this.clip.levels;
    const all = [
      { name: "speakers", level: speakers, height: 22, size: 11 },
      { name: "sentences", level: sentences, height: 24, size: 12 },
      { name: "words", level: words, height: 30, size: 14 },
      { name: "phones", level: phones, height: 26, size: 13 },
      { name: "captions", level: this.cues, height: 24, size: 12 },
      { name: "mouth", level: visemes, height: 22, size: 11, rests: RESTS },
    ];
    return all.filter((tier) => tier.level.length);
  }

  get gutter() {
    return this.width < 560 ? 64 : 76;
  }

  layout() {
    this.width = this.element.clientWidth;
    this.colors = readColors(this.element);
    let top = AXIS + (this.waveform ? WAVE : 6);
    this.placed = this.tiers.map((tier) => {
      const box = { left: this.gutter, top, width: this.width - this.gutter, height: tier.height };
      top += tier.height + 2;
      return { ...tier, box };
    });
    this.height = top + 6;
    this.element.style.height = `${this.height}px`;
    this.canvas.style.height = `${this.height}px`;
  }

  draw(time) {
    if (!this.placed || this.width < 1) return;
    const { view, colors, gutter, width, height } = this;
    const context = fitCanvas(this.canvas, width, height);
    const box = { left: gutter, top: 0, width: width - gutter, height: AXIS, below: height };
    drawAxis(context, view, box, colors);
    if (this.waveform) {
      context.fillStyle = colors.wave;
      this.waveform.draw(context, view, { left: gutter, top: AXIS + 4, width: box.width, height: WAVE - 10 });
    }
    for (const tier of this.placed) drawTier(context, tier, view, tier.box, rowAt(tier.level, time), colors);
    if (this.selection) {
      const [from, until] = this.selection.map((edge) => gutter + ((edge - view.start) / view.span) * box.width);
      context.globalAlpha = 0.22;
      context.fillStyle = colors.accent;
      context.fillRect(from, 0, until - from, height);
      context.globalAlpha = 1;
    }
    this.#drawNames(context);
    const x = gutter + ((time - view.start) / view.span) * box.width;
    if (x >= gutter && x <= width) {
      context.fillStyle = colors.accent;
      context.fillRect(Math.min(Math.round(x) - 1, width - 2), 0, 2, height);
    }
  }

  #drawNames(context) {
    context.fillStyle = this.colors.panel;
    context.fillRect(0, 0, this.gutter, this.height);
    context.font = `11px ${this.colors.font}`;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillStyle = this.colors.muted;
    for (const { name, box } of this.placed) context.fillText(name, this.gutter - 8, box.top + box.height / 2);
  }

  timeAt(x) {
    const { view, gutter, width } = this;
    return Math.min(Math.max(view.start + ((x - gutter) / (width - gutter)) * view.span, 0), this.clip.duration);
  }

  /** Return the tier and row at a place, or null. */
  hit(x, y) {
    const tier = this.placed?.find(({ box }) => y >= box.top && y < box.top + box.height);
    const row = tier && x >= this.gutter ? rowAt(tier.level, this.timeAt(x)) : null;
    return row === null ? null : { tier, row };
  }

  #listen() {
    const { element } = this;
    let drag = null;
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      drag = { x: event.clientX, start: this.view.start, moved: false, selects: event.shiftKey };
      element.setPointerCapture(event.pointerId);
    });
    element.addEventListener("pointermove", (event) => {
      if (!drag) return this.#hover(event);
      const by = event.clientX - drag.x;
      drag.moved ||= Math.abs(by) > 4;
      if (drag.moved && drag.selects) this.#select(drag.x, event.clientX);
      else if (drag.moved)
        this.view.show(drag.start - (by / (this.width - this.gutter)) * this.view.span, this.view.span);
    });
    element.addEventListener("pointerup", (event) => {
      if (drag?.selects && drag.moved) this.onselect();
      else if (drag && !drag.moved) this.#click(event);
      drag = null;
    });
    element.addEventListener("pointercancel", () => (drag = null));
    element.addEventListener("pointerleave", () => (this.tip.hidden = true));
    element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  #select(...places) {
    const { left } = this.element.getBoundingClientRect();
    this.selection = places.map((place) => this.timeAt(place - left)).sort((a, b) => a - b);
    const [start, end] = this.selection;
    this.#showTip(
      Math.max(...places) - left,
      AXIS + 34,
      `${formatTime(start)} – ${formatTime(end)}, ${(end - start).toFixed(3)} s`,
    );
    this.view.onchange();
  }

  #click(event) {
    this.selection = null;
    const { left, top } = this.element.getBoundingClientRect();
    const found = this.hit(event.clientX - left, event.clientY - top);
    if (found) this.onhear(found.tier.level, found.row);
    else this.onseek(this.timeAt(event.clientX - left));
  }

  #wheel(event) {
    const across = event.shiftKey && !event.deltaX ? event.deltaY : event.deltaX;
    if (event.ctrlKey || event.metaKey) {
      const { left } = this.element.getBoundingClientRect();
      this.view.zoom(Math.exp(Math.max(Math.min(event.deltaY, 100), -100) / 200), this.timeAt(event.clientX - left));
    } else if (Math.abs(across) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      this.view.pan((across / (this.width - this.gutter)) * this.view.span);
    } else return;
    event.preventDefault();
  }

  #hover(event) {
    const { left, top } = this.element.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const found = this.hit(x, y);
    if (!found) return void (this.tip.hidden = true);
    const { level, box } = found.tier;
    const [start, end] = level.times.subarray(2 * found.row, 2 * found.row + 2);
    const label = document.createElement("bdi");
    label.textContent = level.labels[found.row].slice(0, 400);
    this.#showTip(x, box.top - 4, label, ` ${formatTime(start)} – ${formatTime(end)}`);
  }

  #showTip(x, y, ...content) {
    this.tip.hidden = false;
    this.tip.replaceChildren(...content);
    const half = this.tip.offsetWidth / 2 + 4;
    this.tip.style.left = `${Math.max(Math.min(x, this.width - half), half)}px`;
    this.tip.style.top = `${y}px`;
  }
}
