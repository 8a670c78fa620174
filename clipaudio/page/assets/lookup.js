// Find rows by time. Rows ascend; a row is active from its start until before its end, and if several share a time,
// the last that started is.

/** Return the number of rows that start at or before `time`. */
const countStarted = ({ times, length }, time) => {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[2 * middle] <= time) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Return the active row at `time`, or null. */
const rowAt = (level, time) => {
  const row = countStarted(level, time) - 1;
  return row >= 0 && time < level.times[2 * row + 1] ? row : null;
};

/** Return the first row that ends after `time`, or the number of rows. */
const firstEnding = (level, time) => {
  const row = countStarted(level, time) - 1;
  return row >= 0 && level.times[2 * row + 1] > time ? row : row + 1;
};

/** Return what is spoken and shown at `time`: rows of the levels, or null. */
const stateOf = (levels, cues, time) => ({
  word: rowAt(levels.words, time),
  phone: rowAt(levels.phones, time),
  cue: rowAt(cues, time),
  viseme: rowAt(levels.visemes, time),
});

const formatTime = (seconds, digits = 3) => {
  const units = Math.round(Math.max(seconds, 0) * 10 ** digits);
  const whole = Math.floor(units / 10 ** digits);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const fraction = digits ? `.${String(units % 10 ** digits).padStart(digits, "0")}` : "";
  const tail = `${String(whole % 60).padStart(2, "0")}${fraction}`;
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
};
