import { outliveOutput } from "./lost-output";
import { canary } from "./main";

const isLost = outliveOutput();
canary(process.argv.slice(2)).then((code) => {
  process.exitCode = isLost() ? 2 : code;
});
