/**
 * `node --require`: at the end of a process, and of each that it starts, writes what it came to into the folder MEASURED. With
 * FIRST_LINE a process takes its output for a terminal's, and ends with its first line.
 */
const { writeFileSync, writeSync } = require("node:fs");
const { join } = require("node:path");

const { MEASURED = "", FIRST_LINE } = process.env;

process.on("exit", () => {
  const bytes = process.resourceUsage().maxRSS * 1024;
  const modules = Object.keys(require.cache).filter((file) => file !== __filename);
  writeFileSync(join(MEASURED, `${process.pid}.json`), JSON.stringify({ bytes, modules }));
});

if (FIRST_LINE !== undefined) {
  for (const stream of [process.stdout, process.stderr]) {
    stream.isTTY = true;
    stream.write = (/** @type {string} */ text) => {
      writeSync(stream.fd, text);
      process.exit();
    };
  }
}
