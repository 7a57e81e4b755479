import { outliveOutput } from "./lost-output";
import { canary } from "./main";

/** Milliseconds that what a command left open, such as a connection, gets to end by itself. */
const LINGER_MS = 3000;

const isLost = outliveOutput();
canary(process.argv.slice(2)).then((code) => {
  process.exitCode = isLost() ? 2 : code;
  const wait = setInterval(() => {
    // Output that its reader has not taken yet has no limit: `canary preview | less`.
    if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit();
  }, LINGER_MS);
  wait.unref();
});
