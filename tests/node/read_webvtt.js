// Reads a JSON list of WebVTT texts from stdin; prints for each what the strict parsers find, and their complaints.
"use strict";
const { WebVTTParser } = require("webvtt-parser");
const nodeWebvtt = require("node-webvtt");

// its own table lacks the semicolons
const entities = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&nbsp;": "\u00a0", "&lrm;": "\u200e", "&rlm;": "\u200f" };

function plain(node) {
  return node.type === "text" ? node.value : (node.children || []).map(plain).join("");
}

const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
const results = texts.map((text) => {
  const tree = new WebVTTParser(entities).parse(text, "subtitles");
  const cues = tree.cues.map((cue) => [cue.startTime, cue.endTime, plain(cue.tree)]);
  let raw;
  try {
    raw = nodeWebvtt.parse(text, { strict: true }).cues.map((cue) => [cue.start, cue.end, cue.text]);
  } catch (error) {
    raw = String(error);
  }
  return { strict: cues, errors: tree.errors.map((error) => error.message), node: raw };
});
process.stdout.write(JSON.stringify(results));
