// Reads a JSON list of [format, text] from stdin; prints for each the cues that subsrt finds, or the pages of Remotion.
"use strict";
const { readFileSync } = require("fs");
const { createRequire } = require("module");
const { pathToFileURL } = require("url");
const path = require("path");

const modules = createRequire(path.join(process.env.NODE_PATH, "x.js"));
const { createTikTokStyleCaptions } = modules("@remotion/captions");

async function main() {
  const { default: sbv } = await import(pathToFileURL(modules.resolve("subsrt-ts/dist/format/sbv.js")).href);
  const read = {
    sbv: (text) => sbv.parse(text, { eol: "\n" }).map((cue) => [cue.start, cue.end, cue.content]),
    remotion: (text) =>
      createTikTokStyleCaptions({ captions: JSON.parse(text), combineTokensWithinMilliseconds: 0 }).pages,
  };
  const results = JSON.parse(readFileSync(0, "utf8")).map(([format, text]) => read[format](text));
  process.stdout.write(JSON.stringify(results));
}
main();
