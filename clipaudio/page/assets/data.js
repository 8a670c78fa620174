// Decode the JSON of the page into levels that can be searched.
// A level: {times: Float64Array [start, end, start, end, …] in seconds, labels: [text], length}.

const decodeBytes = (text) => {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
};

const decodeLevel = ({ times, labels }) => ({
  times: new Float64Array(decodeBytes(times).buffer),
  labels,
  length: labels.length,
});

const decodeEach = (levels) =>
  Object.fromEntries(Object.entries(levels).map(([name, level]) => [name, decodeLevel(level)]));

const decodeClip = (clip) => ({
  ...clip,
  levels: decodeEach(clip.levels),
  cues: decodeEach(clip.cues),
  waveform: clip.waveform && {
    step: clip.waveform.step,
    extremes: new Int8Array(decodeBytes(clip.waveform.extremes).buffer),
  },
  moves: clip.moves && { ...clip.moves, weights: decodeBytes(clip.moves.weights) },
});

const EMPTY_LEVEL = { times: new Float64Array(0), labels: [], length: 0 };
