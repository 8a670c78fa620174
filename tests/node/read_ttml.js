// Reads a JSON list of TTML texts from stdin; prints for each the cues imsc finds, and what it reports.
"use strict";
// without the part that draws, which asks for a browser as it loads
const { fromXML } = require("imsc/src/main/js/doc.js");
const { generateISD } = require("imsc/src/main/js/isd.js");

function text(content) {
  if (content.kind === "br") return "\n";
  return content.text !== undefined ? content.text : (content.contents || []).map(text).join("");
}

function paragraphs(content, found) {
  if (content.kind === "p") found.push([content.begin, content.end, text(content)]);
  else (content.contents || []).forEach((child) => paragraphs(child, found));
  return found;
}

const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
const results = texts.map((ttml) => {
  const errors = [];
  const note = (message) => { errors.push(String(message)); };
  const tree = fromXML(ttml, { info: note, warn: note, error: note, fatal: note });
  if (!tree) return { cues: [], errors };
  const moments = tree.getMediaTimeEvents();
  moments.forEach((moment) => generateISD(tree, moment, { info: note, warn: note, error: note, fatal: note }));
  return { cues: paragraphs(tree.body, []), errors };
});
process.stdout.write(JSON.stringify(results));
