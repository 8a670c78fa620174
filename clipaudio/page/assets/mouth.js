// Draw a mouth from the weights of blend shapes: lips, teeth and tongue as SVG paths.

const REST_WEIGHTS = {};
const [CENTRE_X, CENTRE_Y] = [120, 68];

/** Return the weights at `time`, 0 to 1 by name, between the two nearest rows. */
const weightsAt = (moves, time) => {
  if (!moves) return REST_WEIGHTS;
  const { names, weights, fps } = moves;
  const last = weights.length / names.length - 1;
  const place = Math.min(Math.max(time * fps, 0), last);
  const row = Math.min(Math.floor(place), Math.max(last - 1, 0));
  const share = place - row;
  const next = Math.min(row + 1, last);
  const mix = (i) => (weights[row * names.length + i] * (1 - share) + weights[next * names.length + i] * share) / 255;
  return Object.fromEntries(names.map((name, i) => [name, mix(i)]));
};

/** Return the measures of the lips in pixels. */
const shapeLips = (weights) => {
  const get = (name) => weights[name] ?? 0;
  const rounding = Math.min(get("mouthPucker") + 0.6 * get("mouthFunnel"), 1);
  const spread = Math.min(get("mouthStretchLeft") / 0.35, 1);
  const press = Math.min(get("mouthPressLeft") / 0.5, 1);
  const roll = Math.min(get("mouthRollLower"), 1);
  const open = get("jawOpen") * (1 - press);
  const half = 62 + 12 * spread - 26 * rounding;
  return {
    half,
    inner: half - 9,
    up: 9 * open + 14 * get("mouthUpperUpLeft") + 5 * get("mouthFunnel"),
    down: 66 * open + 12 * get("mouthLowerDownLeft") * (1 - press) + 7 * get("mouthFunnel"),
    upper: 13 + 5 * rounding - 6 * press,
    lower: 17 + 6 * rounding - 8 * press - 9 * roll * (1 - press),
    tongue: get("tongueOut"),
  };
};

/** Return SVG path commands around the centre of the mouth; numbers in pairs of x, y. */
const command = (letter, ...places) =>
  letter + places.map((value, i) => (value + (i % 2 ? CENTRE_Y : CENTRE_X)).toFixed(1)).join(" ");

/** Return the outline of the lips, with a bow in the upper one. */
const drawLips = ({ half, up, down, upper, lower }) => {
  const [top, shoulder, peak] = [-up - upper, -up - 0.8 * upper, -up - 1.25 * upper];
  const bottom = 1.15 * (down + lower);
  return [
    command("M", -half, 0),
    command("C", -0.55 * half, shoulder, -0.3 * half, peak, -7, top),
    command("Q", 0, top + 4, 7, top),
    command("C", 0.3 * half, peak, 0.55 * half, shoulder, half, 0),
    command("C", 0.6 * half, bottom, -0.6 * half, bottom, -half, 0),
  ].join("");
};

/** Return the outline of the opening between the lips. */
const drawOpening = ({ inner, up, down }) =>
  command("M", -inner, 0) +
  command("C", -0.5 * inner, -1.25 * up, 0.5 * inner, -1.25 * up, inner, 0) +
  command("C", 0.55 * inner, 1.25 * down, -0.55 * inner, 1.25 * down, -inner, 0);

const drawTongue = ({ half, down, tongue }) => {
  const [root, rise] = [down + 30, down * (0.15 - 1.2 * tongue)];
  return command("M", -half, root) + command("C", -0.6 * half, rise, 0.6 * half, rise, half, root);
};

class Mouth {
  #paths;

  constructor(svg, moves, id) {
    this.moves = moves;
    svg.querySelector("clipPath").id = id;
    svg.querySelector(".inside").setAttribute("clip-path", `url(#${id})`);
    const names = ["outer", "inner", "tongue", "upper", "lower", "seam"];
    this.#paths = Object.fromEntries(names.map((name) => [name, [...svg.querySelectorAll(`.${name}`)]]));
  }

  #set(name, path, opacity = 1) {
    for (const element of this.#paths[name]) {
      element.setAttribute("d", path);
      element.style.opacity = opacity;
    }
  }

  draw(time) {
    const lips = shapeLips(weightsAt(this.moves, time));
    const { half, inner, up, down } = lips;
    const parted = Math.min((up + down) / 6, 1);
    this.#set("outer", drawLips(lips));
    this.#set("inner", drawOpening(lips));
    this.#set("tongue", drawTongue(lips));
    this.#set("seam", command("M", -inner, 0) + command("C", -0.4 * inner, 3, 0.4 * inner, 3, inner, 0), 1 - parted);
    const [above, below] = [-2 - 0.2 * up, down - 3];
    this.#set(
      "upper",
      command("M", -half, -40) + command("L", half, -40, half, above) + command("Q", 0, above + 9, -half, above),
      parted,
    );
    this.#set(
      "lower",
      command("M", -half, down + 30) +
        command("L", -half, below) +
        command("Q", 0, below + 7, half, below) +
        command("L", half, down + 30),
      parted,
    );
  }
}
