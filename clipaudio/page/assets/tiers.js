// Draw levels as tiers of labelled intervals; only what is visible, and of what is narrower than a few pixels only
// as much as can be seen.

const NARROW = 3; // pixels
const PADDING = 3; // pixels on both sides of a label
const SMALLEST = 10; // pixels of type
const LONGEST_LABEL = 120; // characters that are measured

const widths = new Map();

const measureLabel = (context, text) => {
  const key = `${context.font}\n${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    if (widths.size > 20000) widths.clear();
    width = context.measureText(text).width;
    widths.set(key, width);
  }
  return width;
};

/** Choose the largest type, from `size` down, in which `text` has room. */
const chooseSize = (context, text, size, room, family) => {
  context.font = `${size}px ${family}`;
  const width = text.length > LONGEST_LABEL ? Infinity : measureLabel(context, text);
  const fitting = Math.floor((size * room) / width);
  if (fitting < size) context.font = `${fitting >= SMALLEST ? fitting : size - 1}px ${family}`;
};

const FIRST_LETTER = /\p{L}/u;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** Return the direction of `text`, which its first letter decides. */
const directionOf = (text) => (RIGHT_TO_LEFT.test(text.match(FIRST_LETTER)?.[0] ?? "") ? "rtl" : "ltr");

/** Return `text` cut to `room` pixels, with an ellipsis; "" if nothing fits. */
const elide = (context, text, room) => {
  const short = text.length > LONGEST_LABEL ? `${text.slice(0, LONGEST_LABEL)}…` : text;
  const width = measureLabel(context, short);
  if (width <= room) return short;
  const letters = Array.from(short);
  const count = Math.floor((letters.length * (room - 8)) / width);
  return count >= 1 ? `${letters.slice(0, count).join("")}…` : "";
};

/** Call `paint(row, x, width)` for the visible rows of `level`, and `paintMany(x, width)` where they are too narrow. */
const eachVisible = (level, view, { left, width }, paint, paintMany) => {
  const scale = width / view.span;
  const { times, length } = level;
  let row = firstEnding(level, view.start);
  while (row < length && times[2 * row] < view.end) {
    row = countStarted(level, times[2 * row]) - 1; // of rows that share their start, the last one counts
    const from = Math.max((times[2 * row] - view.start) * scale, 0);
    const until = Math.min((times[2 * row + 1] - view.start) * scale, width);
    if (until - from >= NARROW || (times[2 * row + 1] - times[2 * row]) * scale >= NARROW) {
      paint(row, left + from, until - from);
      row += 1;
    } else {
      paintMany(left + from, NARROW);
      row = Math.max(row + 1, countStarted(level, view.start + (from + NARROW) / scale));
    }
  }
};

/** Draw one tier; `active` is the row to be shown as current, or null. */
const drawTier = (context, tier, view, box, active, colors) => {
  const { level } = tier;
  const middle = box.top + box.height / 2 + 0.5;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const paint = (row, x, width) => {
    const label = level.labels[row];
    const isRest = tier.rests?.has(label);
    context.fillStyle = row === active ? colors.active : isRest ? colors.rest : colors.tier;
    context.fillRect(x, box.top + 1, Math.max(width - 1, 1), box.height - 2);
    if (isRest || width < 10) return;
    const whole = label.replace(/\s+/g, " ");
    chooseSize(context, whole, tier.size, width - 2 * PADDING, colors.font);
    const text = elide(context, whole, width - 2 * PADDING);
    context.fillStyle = row === active ? colors.activeText : colors.text;
    context.direction = directionOf(text);
    if (text) context.fillText(text, x + width / 2, middle);
  };
  eachVisible(level, view, box, paint, (x, width) => {
    context.fillStyle = colors.tier;
    context.fillRect(x, box.top + 1, width - 1, box.height - 2);
  });
  context.direction = "ltr";
};

/** Draw the seconds along the top. */
const drawAxis = (context, view, box, colors) => {
  const least = (view.span / box.width) * 74;
  const step =
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800].find((s) => s >= least) ?? 3600;
  const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
  context.font = `11px ${colors.font}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (let k = Math.ceil(view.start / step); k * step <= view.end; k++) {
    const x = Math.round(box.left + ((k * step - view.start) / view.span) * box.width);
    context.fillStyle = colors.line;
    context.fillRect(x, box.top, 1, box.below);
    context.fillStyle = colors.muted;
    const text = formatTime(k * step, digits);
    if (x + 4 + measureLabel(context, text) < box.left + box.width)
      context.fillText(text, x + 4, box.top + box.height / 2);
  }
};
