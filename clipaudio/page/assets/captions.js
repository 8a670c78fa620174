// The caption as it looks on the screen.

class Captions {
  #shown = undefined;

  constructor(element) {
    this.element = element;
    this.level = EMPTY_LEVEL;
  }

  set cues(level) {
    this.level = level;
    this.#shown = undefined;
  }

  draw(time) {
    const row = rowAt(this.level, time);
    if (row === this.#shown) return;
    this.#shown = row;
    const lines = row === null ? [] : this.level.labels[row].split("\n");
    this.element.replaceChildren(
      ...lines.map((text) => {
        const line = document.createElement("span");
        line.className = "line";
        line.dir = "auto";
        line.textContent = text.slice(0, 2000);
        return line;
      }),
    );
  }
}
