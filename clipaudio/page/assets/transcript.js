// The text, sentence by sentence; the spoken word is marked and kept in sight, and a click plays a word.

const HANDS_OFF = 4000; // milliseconds for which a reader who scrolls is left alone

/** Cut the text of a sentence into words and what stands between them: [row or null, text]. */
const cutSentence = (text, labels, first, stop) => {
  const pieces = [];
  let place = 0;
  for (let row = first; row < stop; row++) {
    const found = text.indexOf(labels[row], place);
    if (found < 0) pieces.push([null, " "], [row, labels[row]]);
    else {
      if (found > place) pieces.push([null, text.slice(place, found)]);
      pieces.push([row, labels[row]]);
      place = found + labels[row].length;
    }
  }
  if (place < text.length) pieces.push([null, text.slice(place)]);
  return pieces;
};

class Transcript {
  #spans = [];
  #marked = null;
  #scrolled = -Infinity;

  constructor(element, clip) {
    this.element = element;
    this.onhear = () => {};
    const { words, sentences, speakers } = clip.levels;
    const runs = clip.sentenceWords;
    let last = null;
    for (let row = 0; row < sentences.length; row++) {
      const [first, stop] = [runs[2 * row], runs[2 * row + 1]];
      const speaker = rowAt(speakers, sentences.times[2 * row]);
      const paragraph = document.createElement("p");
      paragraph.dir = "auto";
      if (speaker !== null && speakers.labels[speaker] !== last) {
        last = speakers.labels[speaker];
        const name = document.createElement("b");
        name.textContent = last;
        paragraph.append(name);
      }
      for (const [word, text] of cutSentence(sentences.labels[row], words.labels, first, stop)) {
        if (word === null) paragraph.append(text);
        else paragraph.append(this.#span(word, text));
      }
      element.append(paragraph);
    }
    if (!words.length) element.append(Object.assign(document.createElement("p"), { textContent: "There is no text." }));
    element.lang = clip.language;
    for (const name of ["wheel", "touchmove", "pointerdown"])
      element.addEventListener(name, () => (this.#scrolled = performance.now()), { passive: true });
    element.addEventListener("click", (event) => {
      const row = event.target.dataset?.row;
      if (row !== undefined && !String(getSelection())) this.onhear(words, Number(row));
    });
  }

  #span(row, text) {
    const span = document.createElement("span");
    span.dataset.row = row;
    span.textContent = text;
    this.#spans[row] = span;
    return span;
  }

  mark(row) {
    if (row === this.#marked) return;
    this.#spans[this.#marked]?.removeAttribute("class");
    this.#marked = row;
    const span = this.#spans[row];
    if (!span) return;
    span.className = "now";
    const { element } = this;
    if (performance.now() - this.#scrolled < HANDS_OFF) return;
    const [box, word] = [element.getBoundingClientRect(), span.getBoundingClientRect()];
    if (word.top < box.top || word.bottom > box.bottom - 8) element.scrollTop += word.top - box.top - box.height / 3;
  }
}
