// The whole clip in a strip: the waveform (words if there is no sound), the visible stretch and the time; drag to move.

class Overview {
  constructor(canvas, timeline, view, waveform, words) {
    this.canvas = canvas;
    this.timeline = timeline;
    this.view = view;
    this.waveform = waveform;
    this.words = words;
    const move = (event) => {
      const { left, width } = canvas.getBoundingClientRect();
      const share = (event.clientX - left - timeline.gutter) / (width - timeline.gutter);
      view.show(share * view.duration - view.span / 2, view.span);
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      move(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) move(event);
    });
  }

  draw(time) {
    const { clientHeight: height } = this.canvas;
    const { gutter: left, colors } = this.timeline;
    const width = this.canvas.clientWidth - left;
    if (width < 1) return;
    const context = fitCanvas(this.canvas, left + width, height);
    const whole = { start: 0, span: this.view.duration };
    const scale = width / whole.span;
    context.fillStyle = colors.active;
    if (this.view.span < whole.span)
      context.fillRect(left + this.view.start * scale, 0, Math.max(this.view.span * scale, 3), height);
    context.fillStyle = colors.wave;
    const box = { left, top: 3, width, height: height - 6 };
    const bar = (x, long) => context.fillRect(x, height / 2 - 3, Math.max(long - 1, 1), 6);
    if (this.waveform) this.waveform.draw(context, whole, box);
    else eachVisible(this.words, { ...whole, end: whole.span }, box, (_, x, long) => bar(x, long), bar);
    context.fillStyle = colors.accent;
    context.fillRect(left + Math.min(Math.max(time * scale - 1, 0), width - 2), 0, 2, height);
  }
}
