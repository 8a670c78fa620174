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
  return {
    half: 62 + 12 * spread - 26 * rounding,
    up: 9 * open + 14 * get("mouthUpperUpLeft") + 5 * get("mouthFunnel"),
    down: 66 * open + 12 * get("mouthLowerDownLeft") * (1 - press) + 7 * get("mouthFunnel"),
    upper: 13 + 5 * rounding - 6 * press,
    lower: 17 + 6 * rounding - 8 * press - 9 * roll * (1 - press),
    tongue: get("tongueOut"),
  };
};

class Mouth {
  #paths = {};

  constructor(svg, moves, id) {
    this.moves = moves;
    const clipPath = svg.querySelector("clipPath");
    clipPath.id = id;
    svg.querySelector(".inside").setAttribute("clip-path", `url(#${id})`);
    for (const name of ["outer", "tongue", "seam"]) this.#paths[name] = [svg.querySelector(`.${name}`)];
    this.#paths.inner = [...svg.querySelectorAll(".inner")];
    this.#paths.upper = [svg.querySelector(".teeth.upper")];
    this.#paths.lower = [svg.querySelector(".teeth.lower")];
  }

  #set(name, path) {
    for (const element of this.#paths[name]) element.setAttribute("d", path);
  }

  draw(time) {
    const lips = shapeLips(weightsAt(this.moves, time));
    const [x, y] = [CENTRE_X, CENTRE_Y];
    const { half, up, down, upper, lower, tongue } = lips;
    const inner = half - 9;
    const teeth = Math.min((up + down) / 4, 1);
    this.#set(
      "outer",
      `M${x - half} ${y} C${x - half * 0.55} ${y - up - upper * 0.8} ${x - half * 0.3} ${y - up - upper * 1.25} ${x - 7} ${y - up - upper}` +
        ` Q${x} ${y - up - upper + 4} ${x + 7} ${y - up - upper}` +
        ` C${x + half * 0.3} ${y - up - upper * 1.25} ${x + half * 0.55} ${y - up - upper * 0.8} ${x + half} ${y}` +
        ` C${x + half * 0.6} ${y + (down + lower) * 1.15} ${x - half * 0.6} ${y + (down + lower) * 1.15} ${x - half} ${y}Z`,
    );
    this.#set(
      "inner",
      `M${x - inner} ${y} C${x - inner * 0.5} ${y - up * 1.25} ${x + inner * 0.5} ${y - up * 1.25} ${x + inner} ${y}` +
        ` C${x + inner * 0.55} ${y + down * 1.25} ${x - inner * 0.55} ${y + down * 1.25} ${x - inner} ${y}Z`,
    );
    this.#set("seam", `M${x - inner} ${y} C${x - inner * 0.4} ${y + 3} ${x + inner * 0.4} ${y + 3} ${x + inner} ${y}`);
    this.#paths.seam[0].style.opacity = Math.max(1 - (up + down) / 8, 0);
    this.#set("upper", `M${x - half} ${y - 40} h${2 * half} v${38 - up * 0.2} q${-half} 9 ${-2 * half} 0Z`);
    this.#set("lower", `M${x - half} ${y + down + 30} v${-33} q${half} 7 ${2 * half} 0 v33Z`);
    for (const name of ["upper", "lower"]) this.#paths[name][0].style.opacity = teeth;
    const rise = y + down * (0.62 - 0.5 * tongue);
    this.#set(
      "tongue",
      `M${x - half} ${y + down + 30} C${x - half * 0.6} ${rise} ${x + half * 0.6} ${rise} ${x + half} ${y + down + 30}Z`,
    );
  }
}
