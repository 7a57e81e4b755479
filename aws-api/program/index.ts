/** The program, run anew while all that it imports stays loaded: half of an evaluation's time is loading. */
const program = require.resolve("../../index");
delete require.cache[program];
export = require(program);
